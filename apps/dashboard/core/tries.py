"""The attempts at an atom as its page shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from apps.dashboard.core import changes, looks
from apps.dashboard.core.changes import Diff
from apps.dashboard.core.looks import Look


@dataclass(frozen=True, slots=True)
class FindingRow:
    rule: str
    severity: str
    message: str
    line: int | None  # of the code

    @property
    def look(self) -> Look:
        return looks.FINDING[self.severity]


@dataclass(frozen=True, slots=True)
class Try:
    number: int
    status: str
    temperature: Decimal
    runs: int  # more than one when a worker died
    started_at: datetime | None
    finished_at: datetime | None
    messages: Sequence[Mapping[str, Any]]  # the prompt: role and content
    response: str | None  # None: no answer yet
    finish_reason: str
    model: str
    input_tokens: int | None
    output_tokens: int | None
    latency_ms: int | None
    code: str
    raw_findings: Sequence[Mapping[str, Any]]
    cost_usd: Decimal = Decimal(0)

    @property
    def look(self) -> Look:
        return looks.ATTEMPT[self.status]

    @property
    def findings(self) -> tuple[FindingRow, ...]:
        """The findings, the worst first."""
        rows = [
            FindingRow(
                str(row.get("rule", "")),
                _severity(row),
                str(row.get("message", "")),
                row.get("line"),
            )
            for row in self.raw_findings
        ]
        return tuple(sorted(rows, key=lambda row: (_RANKS[row.severity], row.line or 0)))

    @property
    def marked_lines(self) -> frozenset[int]:
        """The lines of the code that a finding is about."""
        return frozenset(row.line for row in self.findings if row.line)


_RANKS = {severity: rank for rank, severity in enumerate(looks.FINDING)}


def _severity(row: Mapping[str, Any]) -> str:
    severity = str(row.get("severity", ""))
    return severity if severity in looks.FINDING else "low"


@dataclass(frozen=True, slots=True)
class Comparison:
    old: Try
    new: Try
    diff: Diff


def comparison(tries: Sequence[Try], old: int, new: int) -> Comparison | None:
    """Compare the code of two tries; by default the last two that have code.

    None when fewer than two tries have code.
    """
    by_number = {entry.number: entry for entry in tries if entry.code}
    if len(by_number) < 2:
        return None
    numbers = sorted(by_number)
    right = by_number.get(new) or by_number[numbers[-1]]
    before = [number for number in numbers if number < right.number]
    left = by_number.get(old)
    if left is None or left is right:
        left = by_number[before[-1] if before else next(n for n in numbers if n != right.number)]
    return Comparison(left, right, changes.diff(left.code, right.code))


@dataclass(frozen=True, slots=True)
class Totals:
    """Over all tries."""

    cost_usd: Decimal
    input_tokens: int
    output_tokens: int
    latency_ms: int


def totals(tries: Sequence[Try]) -> Totals:
    return Totals(
        sum((entry.cost_usd for entry in tries), Decimal(0)),
        sum(entry.input_tokens or 0 for entry in tries),
        sum(entry.output_tokens or 0 for entry in tries),
        sum(entry.latency_ms or 0 for entry in tries),
    )
