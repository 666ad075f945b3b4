"""What a type checker says of an assembled project, as findings about the answered code."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from apps.validation.core.findings import Finding, Severity
from apps.validation.core.placing import line_in_answer


@dataclass(frozen=True, slots=True)
class TypeMessage:
    path: str  # of the project; empty: about the project as a whole
    line: int  # 1-based; 0 without a place
    code: str  # "TS2322"
    message: str


# In JavaScript types are guesses: syntax, names and duplicates count, all else is the author's.
SYNTAX_CODE = re.compile(r"TS1\d{3}|timeout")
NAME_CODES = frozenset({"TS2304", "TS2552", "TS2300", "TS2451", "TS2305", "TS2307", "TS2440"})


def counts_in_javascript(message: TypeMessage) -> bool:
    return message.code in NAME_CODES or SYNTAX_CODE.fullmatch(message.code) is not None


class TypeChecker(Protocol):
    """Checks a whole project that it only reads."""

    def check(self, files: Mapping[str, str]) -> Sequence[TypeMessage]: ...


def type_findings(
    messages: Sequence[TypeMessage], *, path: str, text: str, code: str
) -> Iterator[Finding]:
    """Errors in the answer's own file fail it; errors elsewhere are told with their file."""
    for found in messages:
        rule = f"ts.{found.code}"
        if found.path == path:
            line = line_in_answer(text, found.line, code)
            yield Finding(rule, Severity.HIGH, _placed(found, line), line)
        elif found.path:
            place = f"`{found.path}`, line {found.line}"
            message = f"In {place}, which is not part of this answer: {found.message}"
            yield Finding(rule, Severity.MEDIUM, message)
        else:
            yield Finding(rule, Severity.HIGH, f"In the project: {found.message}")


def _placed(found: TypeMessage, line: int | None) -> str:
    return found.message if line else f"{found.message} (`{found.path}`, line {found.line})"
