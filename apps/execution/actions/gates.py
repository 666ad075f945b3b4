"""Whether a wave may pass: its tests have run on the code as it is, and the gate is open.

Idempotent like all of the engine: rows say what was asked for, and what waits is sent again.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from apps.acceptance.actions import runs, suites
from apps.acceptance.models import (
    AcceptanceTest,
    RunScope,
    RunStatus,
    Suite,
    SuiteStatus,
    TestRun,
    TestState,
)
from apps.acceptance.queries.ripeness import ripening
from apps.execution.adapters.dispatch import send_evidence, send_generation, send_test_run
from apps.execution.queries import newest_code
from apps.execution.tuning import tuning
from apps.masterplans.core.document import GateMode
from apps.masterplans.models import Masterplan, PauseReason, Wave


class GateRule(StrEnum):
    """What a gate may do in this installation."""

    ENFORCE = "enforce"
    OBSERVE = "observe"  # tests run and are shown, nothing is held up by their results
    OFF = "off"


class Answer(StrEnum):
    GO = "go"
    WAIT = "wait"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Ruling:
    answer: Answer
    sentence: str = ""  # why it waits or is blocked
    reason: PauseReason = PauseReason.GATE
    run: TestRun | None = None


GO = Ruling(Answer.GO)


def prepare(plan: Masterplan, now: datetime) -> None:
    """Ask for the tests of a plan that runs, so that they are there when its first wave ends."""
    if settings.ACCEPTANCE_GATE != GateRule.OFF:
        suites.ensure_suite(plan.pk)
        send_again(plan, now)


def send_again(plan: Masterplan, now: datetime) -> None:
    """Send what waits for a sandbox and was not taken; end what waited too long."""
    runs.take_up_lost_runs(plan.pk, now=now)
    suites.take_up_lost(plan.pk, now=now)
    due = Q(dispatched_at=None) | Q(dispatched_at__lt=now - tuning().redispatch)
    waiting: QuerySet[TestRun] = TestRun.objects.filter(due, plan=plan, status=RunStatus.QUEUED)
    for run_id in waiting.values_list("pk", flat=True):
        _send_run(run_id, now)
    for suite_id in Suite.objects.filter(due, plan=plan, status=SuiteStatus.QUEUED).values_list(
        "pk", flat=True
    ):
        _send_suite(suite_id, now)


def _send_run(run_id: UUID, now: datetime) -> None:
    TestRun.objects.filter(pk=run_id).update(dispatched_at=now)
    transaction.on_commit(lambda: send_test_run(run_id))


def _send_suite(suite_id: int, now: datetime) -> None:
    Suite.objects.filter(pk=suite_id).update(dispatched_at=now)
    transaction.on_commit(lambda: send_generation(suite_id))


def ask_for_evidence(plan: Masterplan) -> None:
    """Have the tests of the waves that passed tried on small mistakes; nothing waits for it."""
    if settings.ACCEPTANCE_GATE != GateRule.OFF:
        transaction.on_commit(lambda: send_evidence(plan.pk))


def rule_on_wave(plan: Masterplan, wave: Wave, now: datetime, *, is_last: bool) -> Ruling:
    """Say whether a wave whose atoms are all accepted may pass; asks for its tests if need be."""
    if settings.ACCEPTANCE_GATE == GateRule.OFF:
        return GO
    if plan.gate == GateMode.AT_END and not is_last:
        return GO
    ruling = _rule(plan, wave, now, is_last=is_last)
    if ruling.answer == Answer.BLOCKED and settings.ACCEPTANCE_GATE == GateRule.OBSERVE:
        return Ruling(Answer.GO, ruling.sentence, run=ruling.run)
    return ruling


def _rule(plan: Masterplan, wave: Wave, now: datetime, *, is_last: bool) -> Ruling:
    suite = suites.ensure_suite(plan.pk)
    if suite.status in (SuiteStatus.QUEUED, SuiteStatus.GENERATING):
        return Ruling(Answer.WAIT, "Its tests are being generated.")
    if suite.status == SuiteStatus.FAILED:
        return Ruling(Answer.BLOCKED, suite.note, PauseReason.OPERATOR)
    ripe = ripening(plan.pk, wave=wave, is_final=is_last)
    unseen = AcceptanceTest.objects.filter(
        plan=plan, state=TestState.WAITING, requirement__ref__in=ripe.fresh
    ).count()
    if unseen:
        return Ruling(Answer.WAIT, _unseen(unseen))
    if not ripe.fresh and not is_last:
        return GO
    scope = RunScope.FULL if is_last else RunScope.WAVE
    return _of_run(_current_run(plan, wave, scope, suite, now))


def _unseen(count: int) -> str:
    tests = "1 test waits" if count == 1 else f"{count} tests wait"
    return f"{tests} for a person's approval."


def _current_run(
    plan: Masterplan, wave: Wave, scope: RunScope, suite: Suite, now: datetime
) -> TestRun:
    """Return the newest run over the code and the tests as they are, or ask for one."""
    newest = newest_code(plan.pk)
    own = TestRun.objects.filter(wave=wave)
    current = own.filter(scope=scope, code_sequence=newest, revision=suite.revision)
    run = current.order_by("number").last()
    if run is None:
        note = "Something changed before it ran; a newer run took its place."
        own.filter(status=RunStatus.QUEUED).update(
            status=RunStatus.NOT_RUN, finished_at=now, note=note
        )
        run = runs.queue_run(plan=plan, wave=wave, scope=scope, code_sequence=newest)
        _send_run(run.pk, now)
    return run


def _of_run(run: TestRun) -> Ruling:
    if run.status in TestRun.ACTIVE:
        return Ruling(Answer.WAIT, "Its tests run.", run=run)
    if run.status == RunStatus.NOT_RUN:
        return Ruling(Answer.BLOCKED, run.note, PauseReason.OPERATOR, run)
    if runs.is_open(run):
        return Ruling(Answer.GO, run.gate_reason, run=run)
    return Ruling(Answer.BLOCKED, _why(run), run=run)


MOST_NAMED = 3


def _why(run: TestRun) -> str:
    """Name the tests that block, each with its atom."""
    tests = AcceptanceTest.objects.filter(plan=run.plan_id, check_id__in=run.blocking)
    current = tests.exclude(state=TestState.SUPERSEDED).select_related("atom", "requirement")
    named = [
        f"{test.check_id} ({test.requirement.priority.upper()}) on {test.atom.ref}"
        for test in current.order_by("position")
    ]
    if not named:
        return run.gate_reason
    more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
    return f"{run.gate_reason} Not passed: {', '.join(named[:MOST_NAMED])}{more}."
