"""The five figures of a plan, summed from the rows that the page lists."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from apps.dashboard.core import bars
from apps.dashboard.core.bars import Segment
from apps.dashboard.core.stage import HELD, NOT_FINISHED, NOT_RUN
from apps.dashboard.core.triage import AtomRow

# From done to not begun, with the tone of each; what waits is the empty part of the bar.
BAR = (
    ("succeeded", "ok"),
    ("running", "run"),
    ("in_review", "hold"),
    ("failed", "bad"),
    ("blocked", "warn"),
)
_WORDS = {
    "succeeded": "passed",
    "running": "running",
    "in_review": "in review",
    "failed": "failed",
    "blocked": "blocked",
}
WAITING = ("queued", "pending", HELD)
UNFINISHED = (*WAITING, "running")
LEFT = (NOT_FINISHED, NOT_RUN)  # by a plan that is over


def progress_bar(counts: Mapping[str, int]) -> tuple[Segment, ...]:
    """Return the bar of a plan or a wave."""
    begun = [(tone, counts.get(status, 0)) for status, tone in BAR]
    return bars.segments([*begun, ("bg", _sum(counts, WAITING) + _sum(counts, LEFT))])


def in_words(counts: Mapping[str, int]) -> str:
    """Return the counts as a sentence fragment: 61 passed, 22 running, 10 to go."""
    parts = [f"{counts[status]} {word}" for status, word in _WORDS.items() if counts.get(status)]
    if waiting := _sum(counts, WAITING):
        parts.append(f"{waiting} to go")
    if left := _sum(counts, LEFT):
        parts.append(f"{left} not finished")
    return ", ".join(parts) or "no atoms"


def unfinished(counts: Mapping[str, int]) -> int:
    return _sum(counts, UNFINISHED)


def queued(counts: Mapping[str, int]) -> int:
    """Return how many atoms wait for a slot, or for the plan to be resumed."""
    return _sum(counts, ("queued", HELD))


def _sum(counts: Mapping[str, int], states: Iterable[str]) -> int:
    return sum(counts.get(state, 0) for state in states)


@dataclass(frozen=True, slots=True)
class Cost:
    spent: Decimal  # USD
    hard_cap: Decimal  # USD
    soft_cap: Decimal  # USD

    @property
    def bar(self) -> tuple[Segment, ...]:
        spent = bars.percent(self._share(self.spent))
        return (Segment("bg", "0%", "100%"), Segment(self.tone, "0%", spent))

    @property
    def soft_tick(self) -> str:
        return bars.percent(self._share(self.soft_cap))

    @property
    def tone(self) -> str:
        if self.spent >= self.hard_cap:
            return "bad"
        return "warn" if self.is_over_soft_cap else "ok"

    @property
    def is_over_soft_cap(self) -> bool:
        return self.spent >= self.soft_cap

    @property
    def left(self) -> Decimal:
        return max(self.hard_cap - self.spent, Decimal(0))

    def _share(self, amount: Decimal) -> float:
        return float(100 * amount / self.hard_cap)


@dataclass(frozen=True, slots=True)
class Tries:
    """How often the first answer was good enough, among the atoms whose first try is judged."""

    decided: int  # atoms whose first try was accepted or refused
    first_try: int  # of them, passed with one attempt
    attempts: int  # over all atoms

    @property
    def percent(self) -> int | None:
        return round(100 * self.first_try / self.decided) if self.decided else None

    @property
    def bar(self) -> tuple[Segment, ...]:
        return bars.segments([("ok", self.first_try), ("bg", self.decided - self.first_try)])


JUDGED = frozenset({"succeeded", "failed", "in_review"})


def tries(rows: Sequence[AtomRow]) -> Tries:
    decided = [row for row in rows if row.rejected or row.status in JUDGED]
    first = [row for row in decided if row.status == "succeeded" and row.attempts == 1]
    return Tries(len(decided), len(first), sum(row.attempts for row in rows))


@dataclass(frozen=True, slots=True)
class Tokens:
    sent: int
    received: int

    @property
    def total(self) -> int:
        return self.sent + self.received

    @property
    def bar(self) -> tuple[Segment, ...]:
        return bars.segments([("run", self.sent), ("hold", self.received)])


@dataclass(frozen=True, slots=True)
class InFlight:
    running: int
    queued: int
    limit: int

    @property
    def bar(self) -> tuple[Segment, ...]:
        return bars.slots(self.running, self.limit)


def spent(rows: Sequence[AtomRow]) -> Decimal:
    """Return the USD that the atoms cost so far."""
    return sum((row.cost_usd for row in rows), Decimal(0))


def tokens(rows: Sequence[AtomRow]) -> Tokens:
    return Tokens(sum(row.input_tokens for row in rows), sum(row.output_tokens for row in rows))
