"""Storing what a masterplan's text asks for."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from uuid import UUID

from django.db import transaction

from apps.accounts.actions import require
from apps.accounts.core.roles import Action
from apps.accounts.models import User
from apps.budgets.actions import open_budget
from apps.common.errors import InvalidInput
from apps.execution.actions import transitions
from apps.execution.core.intake import Intake, read, wave_title
from apps.execution.errors import AlreadyImported
from apps.llm.core.text import storable
from apps.llm.profiles import get_profile
from apps.masterplans.core.document import AtomSpec, PlanDocument, TaskSpec
from apps.masterplans.models import (
    Atom,
    AtomDependency,
    Masterplan,
    Milestone,
    Phase,
    PlanStatus,
    Requirement,
    Task,
    Wave,
)

REASON_LENGTH = 300  # of AtomDependency.reason


def import_masterplan(*, text: str, by: User, is_copy: bool = False) -> Masterplan:
    """Store the plan: ready when it has no errors, else a draft that keeps text and problems.

    Raises NotAllowed; InvalidInput when nothing can be read; AlreadyImported for a text that is
    known, unless a copy is wanted.
    """
    require(by, Action.IMPORT_PLAN)
    intake = read(text)
    if intake.document is None:
        raise InvalidInput(problem=" ".join(entry.message for entry in intake.diagnostics))
    sha256 = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    with transaction.atomic():
        transitions.lock_text(sha256)
        if not is_copy:
            _refuse_known(sha256)
        plan = _store(intake, intake.document, text=text, sha256=sha256, by=by)
    return Masterplan.objects.get(pk=plan.pk)


def _refuse_known(sha256: str) -> None:
    known = Masterplan.objects.filter(source_sha256=sha256).first()
    if known is not None:
        raise AlreadyImported(ref=known.ref, plan_id=known.pk)


def _store(
    intake: Intake, document: PlanDocument, *, text: str, sha256: str, by: User
) -> Masterplan:
    front = document.front
    reason = _why_draft(intake, document)
    plan = Masterplan.objects.create(
        owner=by,
        title=front.title,
        language=front.language or "",
        package=front.package,
        context=document.context,
        source_text=storable(text),
        source_sha256=sha256,
        diagnostics=[asdict(entry) for entry in intake.diagnostics],
        budget_usd=front.budget_usd,
        soft_cap=front.soft_cap,
        model=front.model,
        gate=front.gate,
        batching=front.batching,
        status=PlanStatus.DRAFT if reason else PlanStatus.READY,
        status_note=reason,
    )
    plan.refresh_from_db(fields=["number", "created_at"])
    open_budget(plan=plan, hard_cap=front.budget_usd, soft_share=front.soft_cap)
    waves = _store_waves(plan, intake, document)
    atoms = _store_tree(plan, intake, document, waves)
    _store_dependencies(intake, atoms)
    _store_requirements(plan, intake, document, atoms)
    transitions.tell_plan(plan, f"Imported by {by.username}")
    return plan


def _why_draft(intake: Intake, document: PlanDocument) -> str:
    """Return why the plan cannot run, as a sentence, or nothing when it can."""
    errors = [entry for entry in intake.diagnostics if entry.severity == "error"]
    if errors:
        first = errors[0]
        more = f" {len(errors) - 1} more errors follow." if len(errors) > 1 else ""
        return f"line {first.line}: {first.message}{more}"
    if not document.atoms():
        return "it has no `## Plan` section with atoms."
    try:
        get_profile(document.front.model)
    except Exception as error:
        raise InvalidInput(problem=str(error)) from error
    return ""


def _store_waves(plan: Masterplan, intake: Intake, document: PlanDocument) -> dict[str, Wave]:
    """Store the waves; return the wave of each atom by the atom's ref."""
    if intake.graph is None:
        return {}
    milestone_of = {
        atom.ref: milestone.title
        for phase in document.phases
        for milestone in phase.milestones
        for task in milestone.tasks
        for atom in task.atoms
    }
    specs = {atom.ref: atom for atom in document.atoms()}
    wave_of: dict[str, Wave] = {}
    for number, refs in enumerate(intake.graph.waves, start=1):
        title = wave_title([specs[ref] for ref in refs], milestone_of)
        wave_of |= dict.fromkeys(refs, Wave(plan=plan, number=number, title=title[:200]))
    Wave.objects.bulk_create(dict.fromkeys(wave_of.values()))
    return wave_of


def _store_tree(
    plan: Masterplan, intake: Intake, document: PlanDocument, waves: Mapping[str, Wave]
) -> dict[str, Atom]:
    """Store phases, milestones, tasks and atoms; return the atoms by ref."""
    critical = frozenset(intake.graph.critical_path if intake.graph else ())
    atoms: dict[str, Atom] = {}
    for task, task_spec in _store_tasks(plan, document):
        for spec in task_spec.atoms:
            atom = _atom(task, spec)
            atom.plan, atom.position = plan, len(atoms)
            atom.wave, atom.is_critical = waves.get(spec.ref), spec.ref in critical
            atoms[spec.ref] = atom
    Atom.objects.bulk_create(atoms.values(), batch_size=1000)
    return atoms


def _store_tasks(plan: Masterplan, document: PlanDocument) -> list[tuple[Task, TaskSpec]]:
    """Store phases, milestones and tasks; return each task with what it stands for."""
    phases = [
        (Phase(plan=plan, position=number, title=spec.title), spec)
        for number, spec in enumerate(document.phases)
    ]
    milestones = [
        (Milestone(phase=phase, position=number, title=spec.title), spec)
        for phase, phase_spec in phases
        for number, spec in enumerate(phase_spec.milestones)
    ]
    tasks = [
        (Task(milestone=milestone, position=number, title=spec.title, path=spec.path), spec)
        for milestone, milestone_spec in milestones
        for number, spec in enumerate(milestone_spec.tasks)
    ]
    Phase.objects.bulk_create(phase for phase, _ in phases)
    Milestone.objects.bulk_create(milestone for milestone, _ in milestones)
    Task.objects.bulk_create(task for task, _ in tasks)
    return tasks


def _atom(task: Task, spec: AtomSpec) -> Atom:
    return Atom(
        task=task,
        path=spec.path,
        symbol=spec.symbol,
        kind=spec.kind,
        language=spec.language,
        signature=spec.signature,
        description=spec.description,
        external_uses=[name for name in spec.uses if "::" not in name],
    )


def _store_dependencies(intake: Intake, atoms: Mapping[str, Atom]) -> None:
    if intake.graph is None:
        return
    AtomDependency.objects.bulk_create(
        (
            AtomDependency(
                dependent=atoms[edge.source],
                needed=atoms[edge.target],
                kind=edge.kind,
                reason=edge.reason[:REASON_LENGTH],
            )
            for edge in intake.graph.edges
        ),
        batch_size=1000,
        ignore_conflicts=True,
    )


def _store_requirements(
    plan: Masterplan, intake: Intake, document: PlanDocument, atoms: dict[str, Atom]
) -> None:
    rows = [
        Requirement(
            plan=plan,
            position=position,
            ref=spec.ref,
            text=spec.text,
            priority=spec.priority,
            reason=spec.reason,
            line=spec.line,
        )
        for position, spec in enumerate(document.requirements)
    ]
    Requirement.objects.bulk_create(rows, ignore_conflicts=True)
    stored: dict[str, UUID] = dict(plan.requirements.values_list("ref", "pk"))
    through = Requirement.atoms.through
    through.objects.bulk_create(
        (
            through(requirement_id=stored[ref], atom_id=atoms[atom_ref].pk)
            for ref, covering in intake.coverage.items()
            for atom_ref in covering
        ),
        batch_size=1000,
        ignore_conflicts=True,
    )
