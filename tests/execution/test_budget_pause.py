"""A plan whose money does not suffice: it stops before the cap, loses nothing, and goes on later."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from threading import Barrier, Event

import pytest
from django.conf import settings
from django.db import connection

from apps.accounts.core.roles import Role
from apps.accounts.models import Notification
from apps.budgets import actions as budgets
from apps.budgets.errors import ModelHasNoPrice
from apps.budgets.layers import HoldLayer
from apps.budgets.models import Budget, CostEvent, Denial, EventKind, Hold, ModelPrice
from apps.budgets.queries.reconciliation import differences
from apps.execution import actions
from apps.execution.adapters.workspace import Workspace
from apps.execution.models import Attempt
from apps.llm.core.backoff import RetryPolicy
from apps.llm.core.errors import ErrorKind, RetryableLlmError
from apps.llm.core.types import Completion, CompletionRequest, Usage
from apps.llm.retries import RetryClient
from apps.masterplans.models import Masterplan, PlanStatus
from tests.api.programs import PLANS, Program
from tests.execution.plans import (
    MARK,
    OPENING,
    TEXT,
    AnsweringClient,
    imported_plan,
    started_plan,
    work_off,
)
from tests.factories import PriceFactory, UserFactory

pytestmark = pytest.mark.django_db

# Pays the first answer in full and a shorter second one; the third does not fit.
TOO_LITTLE = Decimal("0.004500")


@pytest.fixture(autouse=True)
def _price_of_the_model(db: None) -> None:
    """A test that commits empties every table afterwards, also of what migrations put there."""
    PriceFactory(provider="local", model="replay-1", input_usd="0.25", output_usd="1.25")


class Wordy(AnsweringClient):
    """Uses every token that it may."""

    def complete(self, request: CompletionRequest) -> Completion:
        used = Usage(input_tokens=100, output_tokens=request.max_tokens)
        return replace(super().complete(request), usage=used)


def plan_with(budget_usd: Decimal) -> Masterplan:
    return started_plan(TEXT.replace("budget_usd: 5.00", f"budget_usd: {budget_usd}"))


def approve(plan: Masterplan, hard_cap: str) -> None:
    budgets.change_cap(
        budget_id=plan.budget.pk,
        hard_cap=Decimal(hard_cap),
        by=UserFactory(role=Role.APPROVER),
        reason="Approved.",
    )


def resume(plan: Masterplan) -> Masterplan:
    return actions.resume(plan_id=plan.pk, by=plan.owner)


def budget_of(plan: Masterplan) -> Budget:
    return Budget.objects.get(plan=plan)


class TestTooLittle:
    def test_the_plan_pauses_before_the_cap_is_passed(self) -> None:
        client = Wordy()

        plan = work_off(plan_with(TOO_LITTLE), client)

        assert (plan.status, plan.pause_reason) == ("paused", "budget")
        assert client.asked == {OPENING: 1, MARK: 1}
        assert client.requests[1].max_tokens < client.requests[0].max_tokens  # what was affordable
        budget = budget_of(plan)
        assert 0 < budget.spent <= TOO_LITTLE
        assert (budget.held, budget.overrun) == (0, 0)
        assert budget.paused_at is not None
        assert Denial.objects.get().reason == "hard_cap"
        assert list(differences()) == []

    def test_it_says_how_much_is_left_and_how_much_is_needed(self) -> None:
        plan = work_off(plan_with(TOO_LITTLE), Wordy())

        budget = budget_of(plan)
        assert plan.status_note.startswith("The next call could cost up to $0.00")
        assert "of the hard cap of $0.0045 is left" in plan.status_note
        line = budget.events.get(kind=EventKind.HARD_CAP)
        assert line.reason == plan.status_note
        message = Notification.objects.get(kind="hard_cap")
        assert message.text == plan.status_note

    def test_the_attempt_that_could_not_be_paid_is_not_used_up(self) -> None:
        plan = work_off(plan_with(TOO_LITTLE), Wordy())

        attempt = plan.attempts.get(status="queued")
        assert (attempt.number, attempt.runs, attempt.run_token) == (1, 0, None)
        assert attempt.atom.status == "queued"
        assert attempt.atom.status_note == plan.status_note
        assert set(plan.attempts.exclude(pk=attempt.pk).values_list("status", flat=True)) == {
            "succeeded"
        }

    def test_without_more_money_it_pauses_again(self) -> None:
        client = Wordy()
        plan = work_off(plan_with(TOO_LITTLE), client)
        spent = budget_of(plan).spent

        assert resume(plan).status == PlanStatus.RUNNING
        assert budget_of(plan).paused_at is None
        plan = work_off(plan, client)

        assert (plan.status, plan.pause_reason) == ("paused", "budget")
        assert budget_of(plan).spent == spent
        assert CostEvent.objects.filter(kind=EventKind.HARD_CAP).count() == 2  # once per pause
        assert client.asked.total() == 2

    def test_with_more_money_it_completes_and_no_try_was_lost(self) -> None:
        client = Wordy()
        plan = work_off(plan_with(TOO_LITTLE), client)

        approve(plan, "1")
        resume(plan)
        plan = work_off(plan, client)

        assert plan.status == PlanStatus.COMPLETED
        assert plan.status_note == ""
        assert set(plan.attempts.values_list("number", "status")) == {(1, "succeeded")}
        assert client.asked.total() == 3
        assert list(differences()) == []

    def test_a_cap_that_pays_no_call_at_all_pauses_at_once(self) -> None:
        client = Wordy()

        plan = work_off(plan_with(Decimal("0.000100")), client)

        assert (plan.status, plan.pause_reason) == ("paused", "budget")
        assert client.asked.total() == 0
        assert budget_of(plan).spent == 0


class DuringTheCall(Wordy):
    """Lets something happen while the model thinks about an atom."""

    def __init__(self, ref: str, happen: Callable[[], None]) -> None:
        super().__init__()
        self._ref = ref
        self._happen = happen

    def complete(self, request: CompletionRequest) -> Completion:
        if self._ref in request.messages[-1].content:
            self._happen()
        return super().complete(request)


class TestUnderWay:
    def test_a_call_that_is_under_way_when_the_plan_pauses_is_kept(self) -> None:
        plan = plan_with(Decimal(1))
        opening, mark = plan.attempts.order_by("atom__position")

        class Dear(AnsweringClient):
            """Is billed for more than it was allowed to write."""

            def complete(self, request: CompletionRequest) -> Completion:
                used = Usage(input_tokens=100, output_tokens=request.max_tokens * 3)
                return replace(super().complete(request), usage=used)

        def another_is_billed_too_much() -> None:
            actions.run_attempt(mark.pk, client=HoldLayer(Dear()))
            assert Masterplan.objects.get(pk=plan.pk).status == PlanStatus.PAUSED

        client = DuringTheCall(f"Atom: `{OPENING}`", another_is_billed_too_much)
        actions.run_attempt(opening.pk, client=HoldLayer(client))

        plan.refresh_from_db()
        assert (plan.status, plan.pause_reason) == ("paused", "budget")
        assert "more than the worst case" in plan.status_note
        assert set(plan.attempts.values_list("status", flat=True)) == {"succeeded"}
        assert budget_of(plan).held == 0
        assert not plan.code_versions.filter(commit_sha="").exists()
        assert list(differences()) == []

    @pytest.mark.parametrize("status", ["paused", "cancelled"])
    def test_after_a_pause_a_call_is_not_tried_again(self, status: str) -> None:
        plan = started_plan()
        attempt = plan.attempts.earliest("atom__position")

        def somebody_stops_the_plan() -> None:
            verb = actions.pause if status == "paused" else actions.cancel
            verb(plan_id=plan.pk, by=plan.owner)

        busy = RetryableLlmError(ErrorKind.RATE_LIMITED, "It asks for fewer requests.")
        busy.is_free = True
        client = DuringTheCall(f"Atom: `{OPENING}`", somebody_stops_the_plan)
        client.answers[OPENING] = [busy]
        retrying = RetryClient(
            HoldLayer(client),
            RetryPolicy(),
            on_pause=lambda *_: None,
            wait=lambda _seconds: False,
        )

        actions.run_attempt(attempt.pk, client=retrying)

        assert client.asked == {OPENING: 1}
        assert Hold.objects.get().state == "voided"
        attempt.refresh_from_db()
        assert (attempt.status, attempt.runs) == (
            "queued" if status == "paused" else "cancelled",
            0,
        )

    @pytest.mark.django_db(transaction=True)
    def test_who_waits_for_the_money_of_another_call_is_told_when_it_is_gone(self) -> None:
        plan = plan_with(Decimal("0.003000"))  # one call, and almost nothing beside it
        attempts = list(plan.attempts.order_by("atom__position"))
        is_asked, may_answer = Event(), Event()

        class Slow(Wordy):
            def complete(self, request: CompletionRequest) -> Completion:
                is_asked.set()
                assert may_answer.wait(timeout=20)
                return super().complete(request)

        client = Slow()

        def run(attempt: Attempt) -> None:
            try:
                actions.run_attempt(attempt.pk, client=HoldLayer(client))
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(run, attempts[0])
            assert is_asked.wait(timeout=20)
            second = pool.submit(run, attempts[1])
            time.sleep(0.6)
            assert Masterplan.objects.get(pk=plan.pk).status == PlanStatus.RUNNING  # it waits
            may_answer.set()
            first.result(timeout=30)
            second.result(timeout=30)

        plan.refresh_from_db()
        assert (plan.status, plan.pause_reason) == ("paused", "budget")
        assert client.asked == {OPENING: 1}
        statuses = plan.attempts.order_by("atom__position").values_list("status", "runs")
        assert list(statuses) == [("succeeded", 1), ("queued", 0)]
        assert list(differences()) == []

    @pytest.mark.django_db(transaction=True)
    def test_many_workers_that_run_dry_pause_the_plan_once(self) -> None:
        plan = plan_with(Decimal("0.000200"))
        attempts = list(plan.attempts.all())
        together = Barrier(len(attempts))

        def run(attempt: Attempt) -> None:
            try:
                together.wait(timeout=20)
                actions.run_attempt(attempt.pk, client=HoldLayer(Wordy()))
            finally:
                connection.close()

        with ThreadPoolExecutor(len(attempts)) as pool:
            list(pool.map(run, attempts))

        plan.refresh_from_db()
        assert (plan.status, plan.pause_reason) == ("paused", "budget")
        assert CostEvent.objects.filter(kind=EventKind.HARD_CAP).count() == 1
        assert Notification.objects.filter(kind="hard_cap").count() == 1
        assert set(plan.attempts.values_list("status", "runs")) == {("queued", 0)}


class TestNoPrice:
    def test_a_plan_is_not_started(self) -> None:
        plan = imported_plan()
        ModelPrice.objects.all().delete()

        with pytest.raises(ModelHasNoPrice):
            actions.start(plan_id=plan.pk, by=plan.owner)

        plan.refresh_from_db()
        assert plan.status == PlanStatus.READY

    def test_over_the_api_the_refusal_says_the_way_out(self) -> None:
        plan = imported_plan()
        ModelPrice.objects.all().delete()

        answer = Program(Role.OPERATOR).post(f"{PLANS}/{plan.ref}/start")

        assert (answer.status_code, answer.json()["code"]) == (409, "model_has_no_price")
        assert "manage.py prices add local replay-1" in answer.json()["detail"]

    def test_in_the_middle_of_a_run_the_plan_waits_for_the_operator(self) -> None:
        plan = started_plan()
        ModelPrice.objects.all().delete()
        client = AnsweringClient()

        plan = work_off(plan, client)

        assert (plan.status, plan.pause_reason) == ("paused", "operator")
        assert "manage.py prices add local replay-1" in plan.status_note
        assert client.asked.total() == 0
        assert Denial.objects.get().reason == "no_price"
        assert set(plan.attempts.values_list("status", "number", "runs")) == {("queued", 1, 0)}
        assert budget_of(plan).paused_at is None  # it does not wait for money

        with pytest.raises(ModelHasNoPrice):
            resume(plan)
        PriceFactory(provider="local", model="replay-1")
        resume(plan)
        assert work_off(plan, client).status == PlanStatus.COMPLETED


def test_the_commits_say_what_the_ledger_says() -> None:
    wrong = "```python\ndef mark(sign: str) -> str:\n    return sign\n```\n"
    client = AnsweringClient({MARK: [wrong, *AnsweringClient().answers[MARK]]})
    plan = work_off(started_plan(), client)

    keys = ("Code-Version", "Cost-USD")
    shown = " ".join(f"%(trailers:key={key},valueonly=true,separator=%x20)" for key in keys)
    workspace = Workspace(settings.WORKSPACE_DIR, plan.pk)
    log = workspace.git.run("log", f"--format={shown}", "main").decode()
    committed = dict(line.split() for line in log.splitlines() if line.strip())

    versions = plan.code_versions.all()
    assert len(committed) == len(versions) == 3
    for version in versions:
        hold = Hold.objects.get(attempt_id=version.attempt_id)
        assert Decimal(committed[str(version.pk)]) == hold.actual
    rejected = plan.attempts.get(status="rejected")
    assert Hold.objects.get(attempt_id=rejected.pk).actual == Decimal("0.000050")
    assert budget_of(plan).spent == 4 * Decimal("0.000050")
    assert list(differences()) == []
