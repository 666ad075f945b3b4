"""One attempt from its claim to its verdict. Any line may be the last: rows tell how to go on."""

import logging
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F
from django.utils import timezone

from apps.common.errors import ConsoleError
from apps.execution import queries
from apps.execution.actions import transitions
from apps.execution.actions.leases import keeper
from apps.execution.actions.reconcile import reconcile
from apps.execution.actions.workspace import commit_or_pause, pause_running
from apps.execution.core.answer import parse_answer
from apps.execution.core.prompt import build_messages, shortest_answer
from apps.execution.models import Attempt, AttemptStatus, CodeVersion
from apps.execution.tuning import tuning
from apps.llm.clients import build_client
from apps.llm.core.errors import CallInterrupted, ErrorKind, LlmError
from apps.llm.core.text import storable
from apps.llm.core.types import (
    CallContext,
    Completion,
    CompletionClient,
    CompletionRequest,
    Message,
)
from apps.llm.core.wire import identify
from apps.llm.profiles import get_profile
from apps.masterplans.models import Atom, AtomStatus, PauseReason, PlanStatus
from apps.traceability import actions as trace
from apps.traceability.core.kinds import StepKind
from apps.validation.checks import validate_atom
from apps.validation.core.findings import Finding, Severity, has_blocking, is_blocking

logger = logging.getLogger(__name__)

# Failures that lie in the question, not in the endpoint: the atom is asked again, the plan goes on.
ANSWERED_WITH_NO = frozenset({ErrorKind.REFUSED, ErrorKind.BAD_REQUEST, ErrorKind.UNPARSEABLE})

# What the plan waits for when a call cannot be made at all; else for the provider.
PAUSES = {
    ErrorKind.BUDGET: PauseReason.BUDGET,
    ErrorKind.PRICE: PauseReason.OPERATOR,
    ErrorKind.CONFIGURATION: PauseReason.OPERATOR,
}


@dataclass(frozen=True, slots=True)
class Run:
    """One worker's hold on an attempt; its writes count only while the row has its token."""

    attempt: Attempt
    token: UUID

    def row(self) -> Any:
        """The attempt, if it is still ours."""
        return Attempt.objects.filter(
            pk=self.attempt.pk, run_token=self.token, status=AttemptStatus.RUNNING
        )


def run_attempt(attempt_id: UUID, *, client: CompletionClient | None = None) -> None:
    """Carry out an attempt; a second delivery of the same message finds it taken and stops.

    The client is the process's own unless one is given.
    """
    run = _claim(attempt_id, now=timezone.now())
    if run is None:
        return
    with keeper.hold(run.attempt.pk, run.token):
        try:
            accepted = _carry_out(run, client or build_client())
        except ConsoleError as error:  # a program that judges code is missing or broken
            accepted = False
            _wait(run, PauseReason.OPERATOR, error.message)
        except (OperationalError, InterfaceError):
            raise  # the database went away: the lease ends, and the attempt is taken up again
        except Exception as error:
            logger.exception(
                "An attempt broke off",
                extra={"event": "attempt.broke_off", "attempt_id": run.attempt.pk},
            )
            accepted = False
            _break_off(run, error)
    if accepted:
        commit_or_pause(run.attempt.plan_id)
    reconcile(run.attempt.plan_id)


@transaction.atomic
def _claim(attempt_id: UUID, *, now: datetime) -> Run | None:
    """Take the attempt unless somebody runs it, or its plan does not run."""
    attempt = (
        Attempt.objects.select_for_update(of=("self",))
        .select_related("atom", "plan")
        .filter(pk=attempt_id)
        .first()
    )
    if attempt is None or attempt.plan.status != PlanStatus.RUNNING:
        return None
    if attempt.status != AttemptStatus.QUEUED:
        return None
    atoms = Atom.objects.filter(pk=attempt.atom_id)
    if not transitions.move(atoms, AtomStatus.QUEUED, AtomStatus.RUNNING):
        return None  # cancelling the plan took the atom out of the run
    run = Run(attempt, uuid.uuid4())
    Attempt.objects.filter(pk=attempt.pk).update(
        status=AttemptStatus.RUNNING,
        run_token=run.token,
        lease_expires_at=now + tuning().lease,
        started_at=attempt.started_at or now,
        runs=F("runs") + 1,
    )
    atoms.filter(started_at=None).update(started_at=now)
    transitions.tell_atom(attempt.plan.ref, attempt.atom_id)
    return run


def _carry_out(run: Run, client: CompletionClient) -> bool:
    """Ask, judge, store. Return whether there is new code to commit."""
    try:
        text = run.attempt.response_text
        if text is None:
            text = _ask(run, client)
    except CallInterrupted:
        _hand_back(run)
        return False
    except LlmError as error:
        return _give_up_asking(run, error)
    if text is None:
        return False  # the attempt is no longer ours
    started = timezone.now()
    code, findings = _judge(run.attempt, text)
    spent = timezone.now() - started
    if code is None or has_blocking(findings):
        _reject(run, code or "", findings, spent)
        return False
    return _accept(run, code, findings, spent)


def _ask(run: Run, client: CompletionClient) -> str | None:
    """Return the answer's text, stored; None when the attempt was taken away meanwhile."""
    started = timezone.now()
    messages = tuple(
        replace(message, content=storable(message.content))
        for message in build_messages(queries.prompt_context(run.attempt))
    )
    if not _store_messages(run, messages, duration=timezone.now() - started):
        return None
    request = _request(run.attempt, messages)
    return _store_answer(run, client.complete(request))


def _request(attempt: Attempt, messages: tuple[Message, ...]) -> CompletionRequest:
    request = CompletionRequest(
        profile=attempt.plan.model,
        messages=messages,
        temperature=attempt.temperature,
        max_tokens=get_profile(attempt.plan.model).max_output_tokens,
        min_tokens=shortest_answer(attempt.atom.as_spec()),
        context=CallContext(
            call_id="",
            plan_id=attempt.plan_id,
            atom_id=attempt.atom_id,
            attempt_id=attempt.pk,
            attempt_number=attempt.number,
            trace_id=attempt.trace_id,
            purpose="atom",
        ),
    )
    return identify(request)


@transaction.atomic
def _store_messages(run: Run, messages: tuple[Message, ...], *, duration: timedelta) -> bool:
    rows = [{"role": message.role.value, "content": message.content} for message in messages]
    if not run.row().update(messages=rows):
        return False
    characters = sum(len(message.content) for message in messages)
    _record(run, StepKind.CONTEXT, duration=duration, numbers={"prompt_characters": characters})
    return True


@transaction.atomic
def _store_answer(run: Run, completion: Completion) -> str | None:
    """Keep the answer before anything is done with it, so that it is never paid for again."""
    kept = run.row().update(
        response_text=completion.text,
        finish_reason=completion.finish_reason[:20],
        model=completion.model[:120],
        input_tokens=completion.usage.input_tokens,
        output_tokens=completion.usage.output_tokens,
        latency_ms=completion.latency_ms,
    )
    return completion.text if kept else None  # another worker has the attempt


def _judge(attempt: Attempt, text: str) -> tuple[str | None, tuple[Finding, ...]]:
    """Return the code of the answer, if it has any, and everything that is wrong with it."""
    atom = attempt.atom.as_spec()
    parsed = parse_answer(text, atom)
    if parsed.code is None or not parsed.is_usable:
        return parsed.code, parsed.findings
    project = queries.project_with(attempt.atom, parsed.code)
    findings = validate_atom(atom=atom, project=project, code=parsed.code)
    return parsed.code, (*parsed.findings, *findings)


@transaction.atomic
def _accept(run: Run, code: str, findings: Sequence[Finding], spent: timedelta) -> bool:
    """Keep the code as the atom's; return False when it is no longer wanted."""
    if not _close(run, AttemptStatus.SUCCEEDED, AtomStatus.SUCCEEDED, code, findings):
        return False
    attempt = run.attempt
    version = CodeVersion.objects.create(
        plan_id=attempt.plan_id, atom_id=attempt.atom_id, attempt=attempt, code=code
    )
    _record(run, StepKind.VALIDATION, duration=spent, numbers=_verdict(findings))
    _record(run, StepKind.STORED, data={"code_version": str(version.pk)})
    return True


@transaction.atomic
def _reject(run: Run, code: str, findings: Sequence[Finding], spent: timedelta) -> None:
    """End the attempt; the atom is asked again with the findings, or has failed."""
    attempt = run.attempt
    is_last = attempt.number >= attempt.atom.attempt_limit
    atom_status = AtomStatus.FAILED if is_last else AtomStatus.QUEUED
    if not _close(run, AttemptStatus.REJECTED, atom_status, code, findings):
        return
    _record(run, StepKind.VALIDATION, duration=spent, numbers=_verdict(findings))
    kind = StepKind.FAILED if is_last else StepKind.RETRY
    _record(run, kind, data={"sentence": _first_reason(findings)})


def _close(
    run: Run,
    attempt_status: AttemptStatus,
    atom_status: AtomStatus,
    code: str,
    findings: Sequence[Finding],
) -> bool:
    """End the attempt and move its atom; False when the attempt was lost or the plan cancelled."""
    now = timezone.now()
    attempt = run.attempt
    rows = [asdict(finding) | {"message": storable(finding.message)} for finding in findings]
    if not run.row().update(status=attempt_status, finished_at=now, code=code, findings=rows):
        return False
    accepted = atom_status == AtomStatus.SUCCEEDED
    moved = transitions.move(
        Atom.objects.filter(pk=attempt.atom_id),
        AtomStatus.RUNNING,
        atom_status,
        finished_at=None if atom_status == AtomStatus.QUEUED else now,
        status_note="" if accepted else _first_reason(findings),
    )
    if not moved:  # cancelling the plan took the atom out of the run
        Attempt.objects.filter(pk=attempt.pk).update(status=AttemptStatus.CANCELLED)
    transitions.tell_atom(attempt.plan.ref, attempt.atom_id)
    return bool(moved)


def _give_up_asking(run: Run, error: LlmError) -> bool:
    """Without an answer: a refused question is a rejected attempt, anything else pauses the plan."""
    if error.kind in ANSWERED_WITH_NO:
        finding = Finding(
            rule="llm." + error.kind.value,
            severity=Severity.CRITICAL,
            message=error.sentence,
        )
        _reject(run, "", (finding,), timedelta(0))
    else:
        _wait(run, PAUSES.get(error.kind, PauseReason.PROVIDER), error.sentence)
    return False


def _break_off(run: Run, error: Exception) -> None:
    """End an attempt that the console itself could not carry through; it counts as one of the tries."""
    message = f"The console could not carry this attempt through ({type(error).__name__})."
    finding = Finding(rule="engine.error", severity=Severity.CRITICAL, message=message)
    _reject(run, "", (finding,), timedelta(0))


@transaction.atomic
def _hand_back(run: Run, *, sentence: str = "") -> None:
    """Put the attempt back into the queue, unused; whoever reconciles next sends it again."""
    attempt = run.attempt
    returned = run.row().update(
        status=AttemptStatus.QUEUED,
        run_token=None,
        lease_expires_at=None,
        dispatched_at=None,
        runs=F("runs") - 1,
    )
    if returned:
        atoms = Atom.objects.filter(pk=attempt.atom_id)
        transitions.move(atoms, AtomStatus.RUNNING, AtomStatus.QUEUED, status_note=sentence)
    transitions.tell_atom(attempt.plan.ref, attempt.atom_id)


@transaction.atomic
def _wait(run: Run, reason: PauseReason, sentence: str) -> None:
    """Put the attempt back and pause the plan until somebody resumes it."""
    pause_running(run.attempt.plan_id, reason=reason, sentence=sentence)
    _hand_back(run, sentence=sentence)


def _verdict(findings: Sequence[Finding]) -> dict[str, int]:
    blocking = sum(is_blocking(finding) for finding in findings)
    return {"findings": len(findings), "blocking": blocking}


def _first_reason(findings: Sequence[Finding]) -> str:
    blocking = [finding for finding in findings if is_blocking(finding)]
    return blocking[0].message if blocking else "The answer had no code."


def _record(run: Run, kind: StepKind, *, duration: timedelta | None = None, **facts: Any) -> None:
    attempt = run.attempt
    trace.record(
        kind=kind,
        trace_id=attempt.trace_id,
        plan_id=attempt.plan_id,
        atom_id=attempt.atom_id,
        attempt_id=attempt.pk,
        attempt_number=attempt.number,
        duration_ms=None if duration is None else int(duration.total_seconds() * 1000),
        **facts,
    )
