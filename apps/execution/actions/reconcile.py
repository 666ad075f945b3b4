"""The reconciler: look at the rows of a plan and do the next right thing."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Exists, Max, OuterRef, Q
from django.utils import timezone

from apps.accounts.actions import notify
from apps.accounts.core.notices import Notice
from apps.common.events import announce
from apps.execution.actions import gates, transitions
from apps.execution.actions.gates import Answer, Ruling
from apps.execution.adapters.dispatch import send_attempts
from apps.execution.core.tuning import Tuning, temperature_of
from apps.execution.models import Attempt, AttemptStatus, CodeVersion
from apps.execution.tuning import tuning
from apps.masterplans.core import topics
from apps.masterplans.models import (
    Atom,
    AtomDependency,
    AtomStatus,
    Masterplan,
    PlanStatus,
    Wave,
    WaveStatus,
)
from apps.traceability import actions as trace
from apps.traceability.core.kinds import StepKind
from apps.validation.core.findings import Finding, Severity

MAX_RUNS = 8  # workers that may die of one attempt before it is given up
UNFINISHED = (AtomStatus.PENDING, AtomStatus.QUEUED, AtomStatus.RUNNING)


def reconcile(plan_id: UUID, *, now: datetime | None = None) -> None:
    """Take a plan as far as it can go at this moment. Calling it twice changes nothing.

    Costs about ten queries, however many atoms the plan has.
    """
    moment = now or timezone.now()
    with transaction.atomic():
        transitions.lock_plan(plan_id)
        plan = Masterplan.objects.defer("source_text", "context").get(pk=plan_id)
        _take_up_lost(plan, moment)
        if plan.status == PlanStatus.RUNNING:
            gates.prepare(plan, moment)
            _advance(plan, moment, tuning())
        elif plan.status != PlanStatus.CANCELLED:
            gates.send_again(plan, moment)  # what people asked for goes on beside the run


def _take_up_lost(plan: Masterplan, now: datetime) -> None:
    """Return attempts whose worker died to the queue, or end them when the plan was cancelled."""
    if plan.status == PlanStatus.CANCELLED:
        _cancel_attempts(plan, now)
        return
    lost = list(
        Attempt.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(plan=plan, status=AttemptStatus.RUNNING, lease_expires_at__lt=now)
        .select_related("atom")
        .defer("messages", "response_text")
    )
    for attempt in lost:
        if attempt.runs < MAX_RUNS:
            _return_to_queue(attempt)
        else:
            _give_up(attempt, now)
        transitions.tell_atom(plan.ref, attempt.atom_id)


def _return_to_queue(attempt: Attempt) -> None:
    """Let another worker carry the attempt out; its number and its answer, if any, stay."""
    Attempt.objects.filter(pk=attempt.pk).update(
        status=AttemptStatus.QUEUED, run_token=None, lease_expires_at=None, dispatched_at=None
    )
    atoms = Atom.objects.filter(pk=attempt.atom_id)
    transitions.move(atoms, AtomStatus.RUNNING, AtomStatus.QUEUED)
    _record(attempt, StepKind.INTERRUPTED)


def _give_up(attempt: Attempt, now: datetime) -> None:
    """End an attempt that every worker died of: something in it may be what kills them."""
    sentence = f"Its worker died {attempt.runs} times."
    finding = Finding(rule="engine.lost", severity=Severity.CRITICAL, message=sentence)
    Attempt.objects.filter(pk=attempt.pk).update(
        status=AttemptStatus.REJECTED, finished_at=now, findings=[asdict(finding)]
    )
    is_last = attempt.number >= attempt.atom.attempt_limit
    transitions.move(
        Atom.objects.filter(pk=attempt.atom_id),
        AtomStatus.RUNNING,
        AtomStatus.FAILED if is_last else AtomStatus.QUEUED,
        finished_at=now if is_last else None,
        status_note=sentence,
    )
    _record(attempt, StepKind.FAILED if is_last else StepKind.RETRY, sentence=sentence)


def _record(attempt: Attempt, kind: StepKind, **data: str) -> None:
    trace.record(
        kind=kind,
        trace_id=attempt.trace_id,
        plan_id=attempt.plan_id,
        atom_id=attempt.atom_id,
        attempt_id=attempt.pk,
        attempt_number=attempt.number,
        data=data,
    )


def _cancel_attempts(plan: Masterplan, now: datetime) -> None:
    dead = Q(status=AttemptStatus.QUEUED) | Q(
        status=AttemptStatus.RUNNING, lease_expires_at__lt=now
    )
    Attempt.objects.filter(dead, plan=plan).update(status=AttemptStatus.CANCELLED, finished_at=now)


def _advance(plan: Masterplan, now: datetime, numbers: Tuning) -> None:
    """Go through the waves in order until one has to be waited for."""
    last = plan.waves.aggregate(last=Max("number"))["last"]
    for wave in plan.waves.exclude(status=WaveStatus.PASSED).order_by("number"):
        if wave.status == WaveStatus.PENDING:
            _start_wave(plan, wave, now)
        counts = _count(wave)
        if sum(counts[status] for status in UNFINISHED):
            _dispatch(plan, wave, now, numbers)
            return
        if counts[AtomStatus.FAILED] or counts[AtomStatus.BLOCKED]:
            _block(plan, wave, now, failed=counts[AtomStatus.FAILED])
            return
        if CodeVersion.objects.filter(atom__wave=wave, commit_sha="").exists():
            return  # whoever commits the last of them reconciles again
        _begin_tests(plan, wave)
        ruling = gates.rule_on_wave(plan, wave, now, is_last=wave.number == last)
        if ruling.answer == Answer.BLOCKED:
            _block_by_gate(plan, wave, now, ruling)
            return
        _note(plan, wave, ruling)
        if ruling.answer == Answer.WAIT:
            return  # whoever runs the tests, or approves them, reconciles again
        _pass_wave(plan, wave, now, ruling)
    _complete(plan, now)


def _start_wave(plan: Masterplan, wave: Wave, now: datetime) -> None:
    transitions.move(
        Wave.objects.filter(pk=wave.pk), WaveStatus.PENDING, WaveStatus.RUNNING, started_at=now
    )
    transitions.move(
        Atom.objects.filter(wave=wave), AtomStatus.PENDING, AtomStatus.QUEUED, queued_at=now
    )
    transitions.tell_plan(plan, f"Wave {wave.number} started", kind=StepKind.WAVE)


def _count(wave: Wave) -> dict[str, int]:
    rows = wave.atoms.order_by().values_list("status").annotate(Count("pk"))
    return dict.fromkeys(AtomStatus.values, 0) | dict(rows)


def _dispatch(plan: Masterplan, wave: Wave, now: datetime, numbers: Tuning) -> None:
    """Make an attempt for each queued atom that fits under the limit, and send what waits."""
    under_way = Attempt.objects.filter(plan=plan, status__in=Attempt.ACTIVE).count()
    free = numbers.max_in_flight - under_way
    if free > 0:
        _make_attempts(plan, wave, free)
    waiting = Attempt.objects.filter(plan=plan, status=AttemptStatus.QUEUED).filter(
        Q(dispatched_at=None) | Q(dispatched_at__lt=now - numbers.redispatch)
    )
    attempt_ids = list(waiting.order_by("atom__position").values_list("pk", flat=True))
    if attempt_ids:
        Attempt.objects.filter(pk__in=attempt_ids).update(dispatched_at=now)
        transaction.on_commit(lambda: send_attempts(attempt_ids))


def _make_attempts(plan: Masterplan, wave: Wave, free: int) -> None:
    active = Attempt.objects.filter(atom=OuterRef("pk"), status__in=Attempt.ACTIVE)
    atoms = (
        Atom.objects.filter(wave=wave, status=AtomStatus.QUEUED)
        .exclude(Exists(active))
        .annotate(last_number=Max("attempts__number"))
        .order_by("position")
        .values_list("pk", "trace_id", "last_number")[:free]
    )
    Attempt.objects.bulk_create(
        Attempt(
            plan=plan,
            atom_id=atom_id,
            trace_id=trace_id,
            number=(last or 0) + 1,
            temperature=temperature_of((last or 0) + 1),
        )
        for atom_id, trace_id, last in atoms
    )


def _begin_tests(plan: Masterplan, wave: Wave) -> None:
    rows = Wave.objects.filter(pk=wave.pk)
    transitions.move(rows, WaveStatus.RUNNING, WaveStatus.VALIDATING)
    if transitions.move(rows, WaveStatus.VALIDATING, WaveStatus.TESTING):
        announce(topics.waves(plan.ref), topics.summary(plan.ref))


def _note(plan: Masterplan, wave: Wave, ruling: Ruling) -> None:
    """Say what the plan waits for, and take it back when it goes on."""
    waits = ruling.answer == Answer.WAIT
    note = f"Wave {wave.number} is done. {ruling.sentence}" if waits else ""
    changed = Masterplan.objects.filter(pk=plan.pk).exclude(status_note=note)
    if changed.update(status_note=note):
        announce(*topics.of_plan(plan.ref))


def _pass_wave(plan: Masterplan, wave: Wave, now: datetime, ruling: Ruling) -> None:
    rows = Wave.objects.filter(pk=wave.pk)
    transitions.move(rows, WaveStatus.TESTING, WaveStatus.PASSED, finished_at=now)
    gates.ask_for_evidence(plan)
    why = f": {ruling.sentence}" if ruling.sentence else ""
    transitions.tell_plan(plan, f"Wave {wave.number} passed{why}", kind=StepKind.WAVE)


def _block_by_gate(plan: Masterplan, wave: Wave, now: datetime, ruling: Ruling) -> None:
    """Hold the plan at this wave until a person looks at what its tests say."""
    rows = Wave.objects.filter(pk=wave.pk)
    transitions.move(rows, WaveStatus.TESTING, WaveStatus.BLOCKED, finished_at=now)
    note = f"Wave {wave.number} is blocked: {ruling.sentence}"
    transitions.tell_plan(plan, note, kind=StepKind.WAVE)
    plans = Masterplan.objects.filter(pk=plan.pk)
    transitions.move(
        plans,
        PlanStatus.RUNNING,
        PlanStatus.PAUSED,
        pause_reason=ruling.reason,
        status_note=note,
    )
    transitions.tell_plan(plan, "Paused by the gate")
    announce(topics.tests(plan.ref))
    notify(
        kind=Notice.GATE_CLOSED,
        title=f"{plan.ref} is held at wave {wave.number} by its tests",
        text=note,
        path=f"/masterplans/{plan.ref}/tests",
        if_nobody_acts="the plan stays paused and spends nothing.",
    )


def _block(plan: Masterplan, wave: Wave, now: datetime, *, failed: int) -> None:
    """End the run: what depends on a failed atom is blocked, the rest of the plan waits."""
    _block_dependents(plan)
    rows = Wave.objects.filter(pk=wave.pk)
    transitions.move(rows, WaveStatus.RUNNING, WaveStatus.BLOCKED, finished_at=now)
    atoms = "1 atom" if failed == 1 else f"{failed} atoms"
    sentence = f"Wave {wave.number} is blocked: {atoms} of it failed in every attempt"
    transitions.tell_plan(plan, sentence, kind=StepKind.WAVE)
    note = f"{sentence}. Look at the findings, then retry."
    plans = Masterplan.objects.filter(pk=plan.pk)
    transitions.move(
        plans, PlanStatus.RUNNING, PlanStatus.FAILED, finished_at=now, status_note=note
    )
    transitions.tell_plan(plan, "Failed")


def _block_dependents(plan: Masterplan) -> None:
    """Block, wave after wave, the pending atoms that need a failed or blocked one."""
    broken = [AtomStatus.FAILED, AtomStatus.BLOCKED]
    while True:
        needs_broken = AtomDependency.objects.filter(
            dependent=OuterRef("pk"), needed__status__in=broken
        )
        atoms = Atom.objects.filter(plan=plan).filter(Exists(needs_broken))
        note = "It needs an atom that failed."
        if not transitions.move(atoms, AtomStatus.PENDING, AtomStatus.BLOCKED, status_note=note):
            return


def _complete(plan: Masterplan, now: datetime) -> None:
    rows = Masterplan.objects.filter(pk=plan.pk)
    if transitions.move(rows, PlanStatus.RUNNING, PlanStatus.COMPLETED, finished_at=now):
        transitions.tell_plan(plan, "Completed")
