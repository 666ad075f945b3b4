"""The cost of a call is not lost, whenever its worker is killed."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import LazySettings
from django.utils import timezone

from apps.budgets import actions as budgets
from apps.budgets.models import Budget, EventKind, Hold, HoldState
from apps.budgets.queries.reconciliation import differences
from apps.execution import actions
from apps.execution.models import Attempt
from apps.execution.tuning import tuning
from apps.masterplans.models import Masterplan, PlanStatus
from apps.traceability.core.kinds import StepKind
from tests.budgets.test_sums import assert_one_sum
from tests.e2e.call_and_die import Moment
from tests.execution.plans import GOOD, fenced, started_plan
from tests.processes import ROOT, Replay, replay_server, stack_env

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

CALLS = len(GOOD)  # of the plan, when nothing goes wrong
CHILD_LIMIT_S = 60


@pytest.fixture
def replay(tmp_path: Path, settings: LazySettings) -> Iterator[Replay]:
    """The endpoint of the worker that dies, and of the healthy one: this process."""
    answers = tmp_path / "answers.yaml"
    entries = [{"atom": ref, "text": fenced(code)} for ref, code in GOOD.items()]
    answers.write_text(yaml.safe_dump(entries), encoding="utf-8")
    with replay_server(tmp_path, answers) as server:
        profile = {**settings.LLM_PROFILES["default"], "base_url": server.base_url}
        settings.LLM_PROFILES = {"default": profile}
        yield server


@pytest.fixture
def plan(replay: Replay) -> Masterplan:
    """A running plan; its first attempts wait for workers."""
    return started_plan()


def kill_in_call(attempt: Attempt, moment: Moment, replay: Replay, folder: Path) -> None:
    """Let a process of its own carry the attempt out, and die at the moment."""
    command = [sys.executable, "-m", "tests.e2e.call_and_die", str(attempt.pk), moment.value]
    env = stack_env(folder, LLM_BASE_URL=replay.base_url)
    log = folder / "died.log"
    with log.open("wb") as output:
        child = subprocess.run(
            command,
            env=env,
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=CHILD_LIMIT_S,
            check=False,  # it is killed
        )
    assert child.returncode == -signal.SIGKILL, log.read_text(encoding="utf-8")
    attempt.refresh_from_db()
    assert (attempt.status, attempt.runs, attempt.response_text) == ("running", 1, None)


def first_attempt(plan: Masterplan) -> Attempt:
    attempt: Attempt = plan.attempts.order_by("atom__position")[0]
    return attempt


def requests(replay: Replay) -> int:
    """Return how many calls reached the endpoint."""
    counters: dict[str, Any] = replay.counters()["counters"]  # type: ignore[assignment]  # JSON
    return int(counters["requests"])


def holds_of(attempt: Attempt) -> list[Hold]:
    return list(Hold.objects.filter(attempt_id=attempt.pk).order_by("call_id"))


def lease_of_attempt_ends() -> None:
    """Let the sweeper look at the attempts when the dead worker's lease is over."""
    actions.sweep(now=timezone.now() + tuning().lease + timedelta(seconds=1))


def lease_of_hold_ends(hold: Hold) -> None:
    """Let the clock look at the holds when the longest call would be over."""
    before, after = hold.lease_expires_at, hold.lease_expires_at + timedelta(seconds=1)
    assert budgets.expire_holds(now=before) == 0
    assert budgets.expire_holds(now=after) == 1


def work_off(plan: Masterplan) -> Masterplan:
    """Carry out what waits, as a healthy worker does, with the client of this process."""
    while attempt := plan.attempts.filter(status="queued").order_by("atom__position").first():
        actions.run_attempt(attempt.pk)
    plan.refresh_from_db()
    assert plan.status == PlanStatus.COMPLETED, plan.status_note
    return plan


def assert_everything_is_booked(plan: Masterplan, attempt: Attempt) -> None:
    """The plan's cost is the same everywhere, and includes every hold of the interrupted call."""
    spent = assert_one_sum(plan)
    assert list(differences()) == []
    budget = Budget.objects.get(plan=plan)
    assert (budget.spent, budget.held, budget.overrun) == (spent, 0, 0)
    holds = Hold.objects.filter(budget=budget)
    assert holds.count() == CALLS + 1
    charges = plan.trace_events.filter(kind=StepKind.CHARGE, attempt_id=attempt.pk)
    booked = [hold.actual for hold in holds_of(attempt)]
    assert sorted(charges.values_list("cost_usd", flat=True)) == sorted(booked)


@pytest.mark.parametrize(
    ("moment", "sent"), [(Moment.RESERVED, 0), (Moment.ANSWERED, 1)], ids=["reserved", "answered"]
)
class TestKilledWithAnOpenHold:
    """Nobody but the dead worker knew whether the call was made, so its worst case is booked."""

    def test_its_lease_ends_first(
        self, plan: Masterplan, replay: Replay, tmp_path: Path, moment: Moment, sent: int
    ) -> None:
        attempt = first_attempt(plan)
        kill_in_call(attempt, moment, replay, tmp_path)
        hold = self.held(plan, attempt)
        assert requests(replay) == sent

        lease_of_hold_ends(hold)

        self.assert_captured(hold, reason="Its worker did not come back.")
        budget = Budget.objects.get(plan=plan)
        assert (budget.spent, budget.held) == (hold.amount, 0)
        lease_of_attempt_ends()
        self.assert_paid_twice(work_off(plan), attempt)
        assert requests(replay) == CALLS + sent

    def test_a_healthy_worker_asks_again_first(
        self, plan: Masterplan, replay: Replay, tmp_path: Path, moment: Moment, sent: int
    ) -> None:
        attempt = first_attempt(plan)
        kill_in_call(attempt, moment, replay, tmp_path)
        hold = self.held(plan, attempt)

        lease_of_attempt_ends()
        work_off(plan)

        self.assert_captured(hold, reason="The same question is asked again")
        self.assert_paid_twice(plan, attempt)
        assert requests(replay) == CALLS + sent
        assert budgets.expire_holds(now=hold.lease_expires_at + timedelta(days=1)) == 0

    def held(self, plan: Masterplan, attempt: Attempt) -> Hold:
        """Return the one hold that the dead worker left."""
        (hold,) = holds_of(attempt)
        assert (hold.state, hold.actual) == (HoldState.HELD, None)
        budget = Budget.objects.get(plan=plan)
        assert (budget.spent, budget.held) == (0, hold.amount)
        kinds = plan.trace_events.filter(attempt_id=attempt.pk).values_list("kind", flat=True)
        assert StepKind.CALL in kinds
        assert not {StepKind.RESPONSE, StepKind.CHARGE} & set(kinds)
        return hold

    def assert_captured(self, hold: Hold, *, reason: str) -> None:
        hold.refresh_from_db()
        assert (hold.state, hold.actual) == (HoldState.UNKNOWN, hold.amount)
        reserved, captured = hold.events.all()
        assert (reserved.kind, captured.kind) == (EventKind.RESERVE, EventKind.CAPTURE_UNKNOWN)
        assert reason in captured.reason

    def assert_paid_twice(self, plan: Masterplan, attempt: Attempt) -> None:
        first, second = holds_of(attempt)
        assert (first.state, second.state) == (HoldState.UNKNOWN, HoldState.SETTLED)
        assert first.call_id.removesuffix(".1") == second.call_id.removesuffix(".2")
        assert first.actual is not None
        assert second.actual is not None
        assert first.actual > second.actual > 0
        assert_everything_is_booked(plan, attempt)


def test_killed_after_the_bill_was_booked(plan: Masterplan, replay: Replay, tmp_path: Path) -> None:
    attempt = first_attempt(plan)
    kill_in_call(attempt, Moment.SETTLED, replay, tmp_path)
    (hold,) = holds_of(attempt)
    assert hold.state == HoldState.SETTLED
    assert Budget.objects.get(plan=plan).spent == hold.actual

    lease_of_attempt_ends()
    work_off(plan)

    first, second = holds_of(attempt)
    assert (first.pk, first.actual) == (hold.pk, hold.actual)
    assert (second.state, second.actual) == (HoldState.SETTLED, hold.actual)
    assert requests(replay) == CALLS + 1
    assert_everything_is_booked(plan, attempt)
