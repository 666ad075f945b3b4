"""Reads of the engine."""

from collections.abc import Mapping
from uuid import UUID

from django.db.models import Max

from apps.execution.core.describe import describe_dependency
from apps.execution.core.prompt import Dependency, PromptContext
from apps.execution.models import Attempt, AttemptStatus, CodeVersion
from apps.execution.source import SourceTree
from apps.masterplans.core.document import Language, Priority, RequirementSpec
from apps.masterplans.models import Atom, Masterplan
from apps.validation.core.findings import Finding, Severity


def source_tree(plan: Masterplan) -> SourceTree:
    """Return the files of the plan's accepted code. One query, and one more per file that is read."""
    versions = CodeVersion.objects.filter(plan=plan).defer("code").select_related("atom")
    return SourceTree(plan, versions)


def newest_code(plan_id: UUID) -> int:
    """Return the number of the newest accepted code of a plan; 0 before there is any."""
    found = CodeVersion.objects.filter(plan=plan_id).aggregate(newest=Max("sequence"))
    return found["newest"] or 0


def project_with(atom: Atom, code: str) -> Mapping[str, str]:
    """Return the files of the plan with this code in its place."""
    return source_tree(atom.plan).with_candidate(atom, code)


def prompt_context(attempt: Attempt) -> PromptContext:
    """Return everything that the model is told for this attempt. About seven queries."""
    atom, plan = attempt.atom, attempt.plan
    previous = _previous(attempt)
    return PromptContext(
        plan_title=plan.title,
        package=plan.package,
        language=Language(plan.language),
        context=plan.context,
        atom=atom.as_spec(),
        attempt=attempt.number,
        max_attempts=atom.attempt_limit,
        requirements=_requirements(atom),
        dependencies=_dependencies(atom),
        file_text=_file_text(atom),
        previous_code=(previous.code or previous.response_text or "") if previous else "",
        previous_findings=_findings(previous) if previous else (),
    )


def _file_text(atom: Atom) -> str:
    """Return the atom's file without the atom; empty before its first one is accepted."""
    versions = CodeVersion.objects.filter(plan=atom.plan_id, atom__path=atom.path)
    versions = versions.exclude(atom=atom)  # code of its own that was refused later
    tree = SourceTree(atom.plan, versions.defer("code").select_related("atom"))
    return tree.get(atom.path, "")


def _requirements(atom: Atom) -> tuple[RequirementSpec, ...]:
    return tuple(
        RequirementSpec(
            ref=row.ref,
            text=row.text,
            priority=Priority(row.priority),
            reason=row.reason,
            line=row.line,
        )
        for row in atom.requirements.all()
    )


def _dependencies(atom: Atom) -> tuple[Dependency, ...]:
    """Describe what the atom needs by its accepted code; it was released because all of it exists."""
    spec = atom.as_spec()
    versions = CodeVersion.objects.filter(atom__needed_by__dependent=atom).select_related("atom")
    newest = {version.atom_id: version for version in versions.order_by("sequence")}
    done = sorted(newest.values(), key=lambda version: version.atom.position)
    return tuple(
        describe_dependency(version.atom.as_spec(), version.code, importer=spec) for version in done
    )


def _previous(attempt: Attempt) -> Attempt | None:
    rejected = Attempt.objects.filter(
        atom=attempt.atom_id, number__lt=attempt.number, status=AttemptStatus.REJECTED
    )
    return rejected.order_by("number").last()


def _findings(attempt: Attempt) -> tuple[Finding, ...]:
    return tuple(
        Finding(row["rule"], Severity(row["severity"]), row["message"], row["line"])
        for row in attempt.findings
    )
