"""The problems a masterplan can have: one stable code each, and the list that gathers them."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from apps.masterplans.core.document import Diagnostic, DiagnosticSeverity

MAX_PROBLEMS = 500  # a person reads the first ones; a page holds no more


class Code(StrEnum):
    # The file
    FILE_TOO_LARGE = "file-too-large"
    TOO_MANY_LINES = "too-many-lines"
    TOO_MANY_REQUIREMENTS = "too-many-requirements"
    TOO_MANY_ATOMS = "too-many-atoms"
    TOO_MANY_PROBLEMS = "too-many-problems"
    CONTROL_CHARACTER = "control-character"
    UNCLOSED_BLOCK = "unclosed-block"
    HEADING_LEVEL = "heading-level"
    HEADING_TOO_LONG = "heading-too-long"
    TEXT_IGNORED = "text-ignored"
    EMPTY_SECTION = "empty-section"
    # Front matter
    FRONT_MATTER_UNCLOSED = "front-matter-unclosed"
    FRONT_MATTER_TOO_LONG = "front-matter-too-long"
    FRONT_MATTER_YAML = "front-matter-yaml"
    UNKNOWN_KEY = "unknown-key"
    DUPLICATE_KEY = "duplicate-key"
    BAD_VALUE = "bad-value"
    MISSING_TITLE = "missing-title"
    MISSING_LANGUAGE = "missing-language"
    # Requirements
    REQUIREMENTS_MISSING = "requirements-missing"
    REQUIREMENTS_FROM_PROSE = "requirements-from-prose"
    REQUIREMENT_FORMAT = "requirement-format"
    DUPLICATE_REQUIREMENT_ID = "duplicate-requirement-id"
    DUPLICATE_REQUIREMENT_TEXT = "duplicate-requirement-text"
    PRIORITY_UNCLEAR = "priority-unclear"
    # Plan
    PLAN_EMPTY = "plan-empty"
    TASK_WITHOUT_PATH = "task-without-path"
    UNSAFE_PATH = "unsafe-path"
    WRONG_SUFFIX = "wrong-suffix"
    PATH_NOT_IMPORTABLE = "path-not-importable"
    PATH_IS_FOLDER = "path-is-folder"
    # Atoms
    ATOM_OUTSIDE_TASK = "atom-outside-task"
    ATOM_WITHOUT_SIGNATURE = "atom-without-signature"
    ATOM_WITHOUT_DESCRIPTION = "atom-without-description"
    ATOM_DESCRIPTION_MISPLACED = "atom-description-misplaced"
    UNREADABLE_SIGNATURE = "unreadable-signature"
    DUPLICATE_ATOM = "duplicate-atom"
    BAD_USE = "bad-use"
    UNKNOWN_USE = "unknown-use"
    AMBIGUOUS_USE = "ambiguous-use"
    SELF_USE = "self-use"
    BAD_COVERS = "bad-covers"
    UNKNOWN_COVERS = "unknown-covers"


WARNINGS = frozenset(
    {
        Code.HEADING_LEVEL,
        Code.TEXT_IGNORED,
        Code.EMPTY_SECTION,
        Code.UNKNOWN_KEY,
        Code.REQUIREMENTS_FROM_PROSE,
        Code.PRIORITY_UNCLEAR,
        Code.PATH_NOT_IMPORTABLE,
        Code.ATOM_WITHOUT_DESCRIPTION,
        Code.UNKNOWN_USE,
        Code.SELF_USE,
    }
)


class Problems:
    """Gathers diagnostics while a file is read."""

    def __init__(self) -> None:
        self._found: list[Diagnostic] = []

    def add(self, code: Code, message: str, *, line: int, column: int = 1) -> None:
        severity = DiagnosticSeverity.WARNING if code in WARNINGS else DiagnosticSeverity.ERROR
        self._found.append(Diagnostic(line, column, severity, code.value, message))

    def listed(self) -> tuple[Diagnostic, ...]:
        return listed(self._found)


def listed(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Every problem once, in the order of the file; the gravest ones when there are too many."""
    unique = sorted(set(found))
    return tuple(unique) if len(unique) <= MAX_PROBLEMS else _shortened(unique)


def _shortened(found: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    by_weight = sorted(found, key=lambda each: each.severity is DiagnosticSeverity.WARNING)
    kept, hidden = by_weight[:MAX_PROBLEMS], by_weight[MAX_PROBLEMS:]
    rest = Diagnostic(
        hidden[0].line,
        hidden[0].column,
        hidden[0].severity,  # errors come first, so this is the gravest of the hidden ones
        Code.TOO_MANY_PROBLEMS.value,
        f"{len(hidden)} more problems are not listed; mend the listed ones first.",
    )
    return tuple(sorted([*kept, rest]))
