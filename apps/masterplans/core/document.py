"""What a masterplan says, once read: plain values that every later part shares."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Language(StrEnum):
    PYTHON = "python"
    TYPESCRIPT = "typescript"
    JAVASCRIPT = "javascript"


class Priority(StrEnum):
    MUST = "must"
    SHOULD = "should"
    MAY = "may"


class GateMode(StrEnum):
    PER_WAVE = "per-wave"
    AT_END = "at-end"


class AtomKind(StrEnum):
    FUNCTION = "function"
    CLASS = "class"
    CONST = "const"
    TYPE = "type"
    INTERFACE = "interface"


class DiagnosticSeverity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Diagnostic:
    """A problem at a place of the text, with a sentence that says what to do."""

    line: int  # 1-based
    column: int  # 1-based, in characters
    severity: DiagnosticSeverity
    code: str  # stable, kebab-case
    message: str


@dataclass(frozen=True, slots=True)
class FrontMatter:
    title: str
    language: Language | None
    package: str  # import root of the generated code; may be empty
    budget_usd: Decimal  # hard cap, USD, > 0
    soft_cap: Decimal  # share of the hard cap, 0 < x <= 1
    model: str  # an LLM profile name
    gate: GateMode
    batching: bool


@dataclass(frozen=True, slots=True)
class RequirementSpec:
    ref: str  # "R1"
    text: str  # Markdown, with the lines of a table that belongs to it
    priority: Priority
    reason: str  # why this priority, for people
    line: int


@dataclass(frozen=True, slots=True)
class AtomSpec:
    path: str  # relative, with forward slashes
    symbol: str
    kind: AtomKind
    language: Language
    signature: str
    description: str
    uses: tuple[str, ...]  # refs of atoms, or names of existing symbols
    covers: tuple[str, ...]  # refs of requirements, the explicit ones only
    line: int

    @property
    def ref(self) -> str:
        return f"{self.path}::{self.symbol}"


@dataclass(frozen=True, slots=True)
class TaskSpec:
    title: str
    path: str
    atoms: tuple[AtomSpec, ...]


@dataclass(frozen=True, slots=True)
class MilestoneSpec:
    title: str
    tasks: tuple[TaskSpec, ...]


@dataclass(frozen=True, slots=True)
class PhaseSpec:
    title: str
    milestones: tuple[MilestoneSpec, ...]


@dataclass(frozen=True, slots=True)
class PlanDocument:
    front: FrontMatter
    context: str  # Markdown sent to the model with every atom
    requirements: tuple[RequirementSpec, ...]
    phases: tuple[PhaseSpec, ...]  # empty without a Plan section

    def tasks(self) -> Iterator[TaskSpec]:
        for phase in self.phases:
            for milestone in phase.milestones:
                yield from milestone.tasks

    def atoms(self) -> tuple[AtomSpec, ...]:
        """Every atom, in plan order."""
        return tuple(atom for task in self.tasks() for atom in task.atoms)
