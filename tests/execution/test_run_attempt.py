"""An attempt from its claim to its verdict, and what happens when it is interrupted."""

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from apps.budgets.models import Budget
from apps.execution import actions
from apps.execution.actions.leases import renew
from apps.execution.adapters.workspace import Workspace
from apps.execution.models import Attempt, CodeVersion
from apps.llm.core.errors import CallInterrupted, ErrorKind, FinalLlmError, RetryableLlmError
from apps.masterplans.models import Atom, AtomStatus, Masterplan, PlanStatus
from apps.traceability.models import TraceEvent
from tests.execution.plans import (
    GREETING,
    MARK,
    OPENING,
    AnsweringClient,
    fenced,
    paid,
    started_plan,
    work_off,
)

pytestmark = pytest.mark.django_db


def first_attempt(plan: Masterplan) -> Attempt:
    return plan.attempts.order_by("atom__position")[0]


def test_a_plan_completes_wave_by_wave() -> None:
    client = AnsweringClient()

    plan = work_off(started_plan(), client)

    assert plan.status == PlanStatus.COMPLETED
    assert client.asked == {OPENING: 1, MARK: 1, GREETING: 1}
    assert set(plan.waves.values_list("status", flat=True)) == {"passed"}
    versions = Workspace(settings.WORKSPACE_DIR, plan.pk).committed_versions()
    assert set(versions) == set(plan.code_versions.values_list("pk", flat=True))
    assert set(versions.values()) == set(plan.code_versions.values_list("commit_sha", flat=True))


def test_the_prompt_of_a_dependent_shows_what_it_needs() -> None:
    client = AnsweringClient()

    work_off(started_plan(), client)

    prompt = client.requests[-1].messages[-1].content
    assert "Atom: `greet/greeting.py::greeting` (attempt 1 of 4)" in prompt
    assert "`opening() -> str` — `from greet.parts import opening`" in prompt
    assert "R1" in prompt


def test_a_wrong_answer_is_asked_again_with_its_findings() -> None:
    wrong = fenced("def mark(sign: str) -> str:\n    return sign\n")
    good = AnsweringClient().answers[MARK]
    client = AnsweringClient({MARK: [wrong, *good]})

    plan = work_off(started_plan(), client)

    assert plan.status == PlanStatus.COMPLETED
    first, second = plan.attempts.filter(atom__symbol="mark")
    assert (first.status, second.status) == ("rejected", "succeeded")
    assert first.findings[0]["rule"] == "py.signature"
    assert (str(first.temperature), str(second.temperature)) == ("0.00", "0.30")
    asked = [r for r in client.requests if "attempt 2 of 4" in r.messages[-1].content]
    assert first.findings[0]["message"] in asked[0].messages[-1].content


def test_every_step_is_traced_with_its_numbers() -> None:
    plan = work_off(started_plan(), AnsweringClient())

    atom = plan.atoms.get(symbol="opening")
    kinds = list(TraceEvent.objects.filter(atom=atom).values_list("kind", flat=True))
    assert kinds == ["context", "charge", "validation", "stored"]
    assert {event.trace_id for event in atom.trace_events.all()} == {atom.trace_id}


def test_a_second_delivery_does_nothing() -> None:
    plan = started_plan()
    attempt = first_attempt(plan)
    client = AnsweringClient()

    actions.run_attempt(attempt.pk, client=client)
    actions.run_attempt(attempt.pk, client=client)

    assert client.asked[OPENING] == 1
    assert CodeVersion.objects.filter(atom=attempt.atom).count() == 1


def test_an_attempt_that_somebody_runs_is_left_alone() -> None:
    plan = started_plan()
    attempt = first_attempt(plan)
    take(attempt, lease=timedelta(seconds=30))
    client = AnsweringClient()

    actions.run_attempt(attempt.pk, client=client)

    assert not client.asked


def test_a_dead_workers_attempt_is_taken_up_again() -> None:
    plan = started_plan()
    attempt = first_attempt(plan)
    take(attempt, lease=timedelta(seconds=-1))

    actions.sweep(now=timezone.now())
    attempt.refresh_from_db()
    assert (attempt.status, attempt.run_token) == ("queued", None)

    client = AnsweringClient()
    assert work_off(plan, client).status == PlanStatus.COMPLETED
    assert client.asked[OPENING] == 1
    kinds = set(TraceEvent.objects.filter(atom=attempt.atom).values_list("kind", flat=True))
    assert "interrupted" in kinds


def test_an_answer_that_was_stored_is_not_paid_for_again() -> None:
    plan = started_plan()
    attempt = first_attempt(plan)
    client = AnsweringClient()
    take(attempt, lease=timedelta(seconds=-1), response_text=client.answers[OPENING][0])
    actions.sweep(now=timezone.now())

    actions.run_attempt(attempt.pk, client=client)

    attempt.refresh_from_db()
    assert attempt.status == "succeeded"
    assert not client.asked


def test_a_run_that_lost_its_lease_writes_nothing() -> None:
    plan = started_plan()
    attempt = first_attempt(plan)

    class Overtaken(AnsweringClient):
        """Loses the attempt to another worker while the model thinks."""

        def complete(self, request: Any) -> Any:
            Attempt.objects.filter(pk=attempt.pk).update(run_token=uuid.uuid4())
            return super().complete(request)

    actions.run_attempt(attempt.pk, client=Overtaken())

    attempt.refresh_from_db()
    assert (attempt.status, attempt.response_text) == ("running", None)
    assert not CodeVersion.objects.filter(atom=attempt.atom).exists()


def test_renewing_extends_only_running_leases() -> None:
    plan = started_plan()
    attempt = first_attempt(plan)
    token = take(attempt, lease=timedelta(seconds=1))

    assert renew([token, uuid.uuid4()]) == 1
    attempt.refresh_from_db()
    assert attempt.lease_expires_at is not None
    assert attempt.lease_expires_at > timezone.now() + timedelta(seconds=5)


@pytest.mark.parametrize(
    "error",
    [
        RetryableLlmError(ErrorKind.CONNECTION, "The endpoint does not answer."),
        FinalLlmError(ErrorKind.AUTH, "The key was refused."),
    ],
)
def test_without_the_provider_the_plan_pauses_and_no_attempt_is_used(error: Exception) -> None:
    plan = started_plan()
    client = AnsweringClient({OPENING: [error, *AnsweringClient().answers[OPENING]]})  # type: ignore[list-item]  # an LlmError, as its type says

    plan = work_off(plan, client)

    assert (plan.status, plan.pause_reason) == (PlanStatus.PAUSED, "provider")
    assert plan.status_note == str(error)
    assert set(plan.attempts.values_list("status", flat=True)) == {"queued"}

    plan = actions.resume(plan_id=plan.pk, by=plan.owner)
    plan = work_off(plan, client)
    assert plan.status == PlanStatus.COMPLETED
    assert set(plan.attempts.values_list("number", flat=True)) == {1}


def test_a_refused_question_uses_an_attempt_and_the_plan_goes_on() -> None:
    refusal = FinalLlmError(ErrorKind.REFUSED, "The model refused to answer.")
    client = AnsweringClient({OPENING: [refusal, *AnsweringClient().answers[OPENING]]})

    plan = work_off(started_plan(), client)

    assert plan.status == PlanStatus.COMPLETED
    first = plan.attempts.get(atom__symbol="opening", number=1)
    assert first.findings[0]["rule"] == "llm.refused"


def test_an_answer_after_cancelling_does_not_count() -> None:
    plan = started_plan()
    attempt = first_attempt(plan)

    class Cancelling(AnsweringClient):
        """Somebody cancels the plan while the model thinks."""

        def complete(self, request: Any) -> Any:
            actions.cancel(plan_id=plan.pk, by=plan.owner)
            return super().complete(request)

    actions.run_attempt(attempt.pk, client=paid(Cancelling()))

    attempt.refresh_from_db()
    assert attempt.status == "cancelled"
    assert Budget.objects.get(plan=plan).spent == Decimal("0.000050")
    assert Atom.objects.get(pk=attempt.atom_id).status == AtomStatus.PENDING
    assert not plan.code_versions.exists()


def test_nul_in_an_answer_is_no_crash() -> None:
    client = AnsweringClient({OPENING: ["no code \x00 here", *AnsweringClient().answers[OPENING]]})

    plan = work_off(started_plan(), client)

    assert plan.status == PlanStatus.COMPLETED


def take(attempt: Attempt, *, lease: timedelta, **changes: Any) -> uuid.UUID:
    """Let a worker that is not there hold the attempt; return the token of its run."""
    token = uuid.uuid4()
    Attempt.objects.filter(pk=attempt.pk).update(
        status="running",
        run_token=token,
        lease_expires_at=timezone.now() + lease,
        **changes,
    )
    Atom.objects.filter(pk=attempt.atom_id).update(status="running")
    attempt.refresh_from_db()
    return token


def test_an_ending_worker_hands_its_attempt_back() -> None:
    plan = started_plan()
    attempt = first_attempt(plan)

    class Ending(AnsweringClient):
        """Ends while the call waits for its next try."""

        def complete(self, request: Any) -> Any:
            raise CallInterrupted

    actions.run_attempt(attempt.pk, client=Ending())

    attempt.refresh_from_db()
    plan.refresh_from_db()
    assert (attempt.status, attempt.run_token, plan.status) == ("queued", None, "running")
    assert work_off(plan, AnsweringClient()).status == PlanStatus.COMPLETED
