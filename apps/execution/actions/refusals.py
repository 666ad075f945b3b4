"""Code that its tests refused: the atom is asked again, and told what they found."""

from dataclasses import asdict

from django.db.models import Max

from apps.acceptance.models import RunStatus, TestRun
from apps.acceptance.queries.refusals import sentences_of
from apps.execution.actions import transitions
from apps.execution.core.tuning import ATTEMPTS
from apps.execution.errors import NoTestFailed
from apps.execution.models import Attempt, AttemptStatus
from apps.llm.core.text import storable
from apps.masterplans.models import Atom, AtomStatus, Masterplan, Wave, WaveStatus
from apps.traceability import actions as trace
from apps.traceability.core.kinds import StepKind
from apps.validation.core.findings import Finding, Severity

RULE = "acceptance"


def reopen_refused(plan: Masterplan) -> None:
    """Queue the atoms whose tests, or whose carried examples, keep the gate shut.

    Their code stays in its file until better code is accepted. Raises NoTestFailed when the gate is
    shut for another reason, which no new code can mend.
    """
    run = TestRun.objects.filter(plan=plan, status=RunStatus.FINISHED).order_by("number").last()
    found = sentences_of(run) if run else {}
    if not found:
        raise NoTestFailed(ref=plan.ref, reason=run.gate_reason if run else "")
    atoms = {atom.pk: atom for atom in Atom.objects.filter(pk__in=found).select_related("wave")}
    for atom_id, sentences in found.items():
        _reopen(plan, atoms[atom_id], sentences)
    waves = Wave.objects.filter(pk__in={atom.wave_id for atom in atoms.values()})
    transitions.move(waves, WaveStatus.PASSED, WaveStatus.RUNNING, finished_at=None)


def _reopen(plan: Masterplan, atom: Atom, sentences: list[str]) -> None:
    accepted = atom.attempts.filter(status=AttemptStatus.SUCCEEDED).order_by("number").last()
    if accepted is not None:
        _refuse(accepted, sentences)
    last = atom.attempts.aggregate(last=Max("number"))["last"] or 0
    moved = transitions.move(
        Atom.objects.filter(pk=atom.pk),
        AtomStatus.SUCCEEDED,
        AtomStatus.QUEUED,
        finished_at=None,
        attempt_limit=last + ATTEMPTS,
        status_note=sentences[0],
    )
    if moved:
        trace.record(
            kind=StepKind.RETRY,
            trace_id=atom.trace_id,
            plan_id=plan.pk,
            atom_id=atom.pk,
            attempt_id=accepted.pk if accepted else None,
            attempt_number=accepted.number if accepted else None,
            data={"sentence": sentences[0]},
        )
    transitions.tell_atom(plan.ref, atom.pk)


def _refuse(attempt: Attempt, sentences: list[str]) -> None:
    """Turn the attempt into one that was rejected, with what the next one has to mend."""
    findings = [
        asdict(Finding(rule=RULE, severity=Severity.HIGH, message=storable(sentence)))
        for sentence in sentences
    ]
    Attempt.objects.filter(pk=attempt.pk).update(
        status=AttemptStatus.REJECTED, findings=[*attempt.findings, *findings]
    )
