"""A masterplan's text with its problems under their lines."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.dashboard.core import looks
from apps.dashboard.core.looks import Look

CONTEXT = 2  # lines kept around a problem
WHOLE_TEXT = 400  # lines; a longer text is shown around its problems only
MOST_PROBLEMS = 100
LONGEST_LINE = 240  # characters; the rest of a line is cut


@dataclass(frozen=True, slots=True)
class Problem:
    line: int  # from 1
    column: int  # from 1
    severity: str
    message: str
    caret: str = ""  # white space up to the column, tabs kept, then ^

    @property
    def look(self) -> Look:
        return looks.DIAGNOSTIC[self.severity]


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line, or, when `skipped` is set, that many lines left out."""

    number: int
    text: str
    problems: tuple[Problem, ...] = ()
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Listing:
    lines: tuple[SourceLine, ...]
    errors: int
    warnings: int
    hidden_problems: int

    @property
    def problems(self) -> tuple[Problem, ...]:
        return tuple(problem for line in self.lines for problem in line.problems)


def problem_from(row: Mapping[str, Any]) -> Problem:
    """Return a problem from a stored or a fresh diagnostic."""
    return Problem(row["line"], row["column"], str(row["severity"]), row["message"])


def listing(text: str, problems: Sequence[Problem]) -> Listing:
    """Return the lines to show: all of a short text, else those around its problems."""
    lines = text.split("\n")
    shown = sorted(problems, key=lambda problem: (problem.line, problem.column))[:MOST_PROBLEMS]
    by_line: dict[int, list[Problem]] = {}
    for problem in shown:
        by_line.setdefault(min(max(problem.line, 1), len(lines)), []).append(problem)
    errors = sum(problem.severity == "error" for problem in problems)
    return Listing(
        tuple(_lines(lines, by_line)),
        errors=errors,
        warnings=len(problems) - errors,
        hidden_problems=len(problems) - len(shown),
    )


def _lines(lines: Sequence[str], by_line: Mapping[int, Sequence[Problem]]) -> Iterator[SourceLine]:
    skipped = 0
    for number, text in enumerate(lines, start=1):
        if not _is_near(number, len(lines), by_line):
            skipped += 1
            continue
        if skipped:
            yield SourceLine(0, "", skipped=skipped)
            skipped = 0
        problems = tuple(_with_caret(problem, text) for problem in by_line.get(number, ()))
        yield SourceLine(number, _shortened(text), problems)
    if skipped:
        yield SourceLine(0, "", skipped=skipped)


def _is_near(number: int, total: int, by_line: Mapping[int, Sequence[Problem]]) -> bool:
    if total <= WHOLE_TEXT:
        return True
    return any(near in by_line for near in range(number - CONTEXT, number + CONTEXT + 1))


def _with_caret(problem: Problem, text: str) -> Problem:
    before = text[: max(problem.column - 1, 0)][:LONGEST_LINE]
    space = "".join(sign if sign == "\t" else " " for sign in before)
    return Problem(problem.line, problem.column, problem.severity, problem.message, space + "^")


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_LINE else text[:LONGEST_LINE] + "…"
