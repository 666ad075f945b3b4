"""What was understood of a text, before anything is stored."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from apps.common.display import counted
from apps.dashboard.core import requirements, source
from apps.dashboard.core.requirements import Coverage
from apps.dashboard.core.source import Listing, Problem
from apps.execution.core.intake import Intake
from apps.masterplans.core.document import PlanDocument

LANGUAGES = {"python": "Python", "typescript": "TypeScript", "javascript": "JavaScript"}
MOST_ROWS = 150  # of the outline
MOST_WAVES = 24


@dataclass(frozen=True, slots=True)
class OutlineRow:
    level: str  # phase, milestone, task or atom
    title: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Understood:
    """The plan that the text describes, as far as it could be read."""

    title: str
    language: str
    package: str
    budget_usd: Decimal
    soft_cap_usd: Decimal
    model: str
    gate: str
    coverage: tuple[Coverage, ...]
    phases: int
    milestones: int
    tasks: int
    atoms: int
    outline: tuple[OutlineRow, ...]
    hidden_rows: int
    waves: tuple[int, ...]  # atoms of each
    hidden_waves: int
    critical_path: tuple[str, ...]  # symbols

    @property
    def wave_count(self) -> int:
        return len(self.waves) + self.hidden_waves


@dataclass(frozen=True, slots=True)
class Preview:
    understood: Understood | None
    listing: Listing

    @property
    def has_errors(self) -> bool:
        return self.listing.errors > 0

    @property
    def can_start(self) -> bool:
        return self.understood is not None and not self.has_errors and self.understood.atoms > 0


def preview(text: str, intake: Intake) -> Preview:
    """Return what to show of a text that was read."""
    problems = [
        Problem(entry.line, entry.column, entry.severity.value, entry.message)
        for entry in intake.diagnostics
    ]
    understood = _understood(intake, intake.document) if intake.document else None
    return Preview(understood, source.listing(text.removeprefix("\ufeff"), problems))


def _understood(intake: Intake, document: PlanDocument) -> Understood:
    front = document.front
    outline = tuple(_outline(document))
    waves = intake.graph.waves if intake.graph else ()
    path = intake.graph.critical_path if intake.graph else ()
    milestones = sum(len(phase.milestones) for phase in document.phases)
    return Understood(
        title=front.title,
        language=LANGUAGES.get(front.language or "", ""),
        package=front.package,
        budget_usd=front.budget_usd,
        soft_cap_usd=front.budget_usd * front.soft_cap,
        model=front.model,
        gate=front.gate.value,
        coverage=_coverage(intake, document),
        phases=len(document.phases),
        milestones=milestones,
        tasks=sum(1 for _ in document.tasks()),
        atoms=len(document.atoms()),
        outline=outline[:MOST_ROWS],
        hidden_rows=max(0, len(outline) - MOST_ROWS),
        waves=tuple(len(wave) for wave in waves[:MOST_WAVES]),
        hidden_waves=max(0, len(waves) - MOST_WAVES),
        critical_path=tuple(ref.rsplit("::", 1)[-1] for ref in path),
    )


def _coverage(intake: Intake, document: PlanDocument) -> tuple[Coverage, ...]:
    summed = []
    for priority in requirements.PRIORITIES:
        refs = [each.ref for each in document.requirements if each.priority == priority]
        if refs:
            covered = sum(1 for ref in refs if intake.coverage.get(ref))
            summed.append(Coverage(priority, covered, len(refs)))
    return tuple(summed)


def _outline(document: PlanDocument) -> Iterator[OutlineRow]:
    for phase in document.phases:
        yield OutlineRow("phase", phase.title)
        for milestone in phase.milestones:
            yield OutlineRow("milestone", milestone.title)
            for task in milestone.tasks:
                yield OutlineRow("task", task.title, f"{task.path}, {_atoms(len(task.atoms))}")
                for atom in task.atoms:
                    yield OutlineRow("atom", atom.signature)


def _atoms(number: int) -> str:
    return counted(number, "atom")
