"""Atoms as the plan page lists them: what needs a person first, then what has run longest."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from apps.dashboard.core import looks
from apps.dashboard.core.looks import Look
from apps.dashboard.core.stage import HELD, NOT_FINISHED, NOT_RUN

FIRST_ROWS = 7
PAGE_ROWS = 100

ORDER = (
    "in_review",
    "failed",
    "blocked",
    "running",
    "queued",
    HELD,
    NOT_FINISHED,
    "pending",
    NOT_RUN,
    "succeeded",
)
_RANKS = {status: rank for rank, status in enumerate(ORDER)}


@dataclass(frozen=True, slots=True)
class AtomRow:
    id: UUID
    wave_id: UUID | None
    position: int
    path: str
    symbol: str
    status: str  # as its plan makes it stand: see stage.py
    note: str  # why it is in this state
    attempt_limit: int
    started_s: float | None  # unix time; 2,000 rows are read faster as numbers than as datetimes
    finished_s: float | None
    attempts: int = 0
    rejected: int = 0  # of the attempts
    cost_usd: Decimal = Decimal(0)
    input_tokens: int = 0
    output_tokens: int = 0

    @property
    def look(self) -> Look:
        return looks.ATOM[self.status]

    @property
    def check(self) -> Look:
        """What the first level of checks says of the last answer."""
        if self.status == "succeeded":
            return _CHECK_PASSED
        if self.status == "running":
            return _CHECK_RUNS
        return _CHECK_FAILED if self.rejected else _CHECK_WAITS

    @property
    def note_with_try(self) -> str:
        """The note, with the number of the try that it is about when another one follows."""
        if self.note and self.rejected and self.status in _GOES_ON:
            return f"try {self.rejected}: {self.note}"
        return self.note

    def time_s(self, until: datetime) -> float | None:
        """Seconds from the first try to the end, or until a moment; None before it started."""
        if self.started_s is None:
            return None
        return max(0.0, (self.finished_s or until.timestamp()) - self.started_s)


_GOES_ON = frozenset({"queued", "running", HELD, NOT_FINISHED})
_CHECK_PASSED = Look("passed", "ok", "check")
_CHECK_FAILED = Look("failed", "bad", "x")
_CHECK_RUNS = Look("running", "run", "sync")
_CHECK_WAITS = Look("not run", "", "circle")


@dataclass(frozen=True, slots=True)
class Group:
    """A filter of the list; `key` stands in the URL."""

    key: str
    word: str
    statuses: frozenset[str]


GROUPS = (
    Group("", "All", frozenset(ORDER)),
    Group("attention", "Needs attention", frozenset({"in_review", "failed", "blocked"})),
    Group("running", "Running", frozenset({"running"})),
    Group("queued", "Queued", frozenset({"queued", "pending", HELD})),
    Group("passed", "Passed", frozenset({"succeeded"})),
)
ATTENTION = GROUPS[1]
LEFT = Group("left", "Not finished", frozenset({NOT_FINISHED, NOT_RUN}))
GROUPS_AT_THE_END = (GROUPS[0], ATTENTION, LEFT, GROUPS[-1])


def group_of(key: str) -> Group:
    """Return the group for a key of the URL: a group's, or a single state; else every atom."""
    for group in (*GROUPS, LEFT):
        if group.key == key:
            return group
    if key in looks.ATOM:
        return Group(key, looks.ATOM[key].word, frozenset({key}))
    return GROUPS[0]


def groups_beside(chosen: Group, *, is_over: bool = False) -> tuple[Group, ...]:
    """Return the groups to offer, the chosen one among them."""
    groups = GROUPS_AT_THE_END if is_over else GROUPS
    return groups if chosen in groups else (*groups, chosen)


def tally(rows: Sequence[AtomRow]) -> Counter[str]:
    """Count the atoms of each state."""
    return Counter(row.status for row in rows)


def count_in(counts: Mapping[str, int], group: Group) -> int:
    return sum(counts.get(status, 0) for status in group.statuses)


def in_order(rows: Sequence[AtomRow]) -> list[AtomRow]:
    """Return the rows, those that need a person first, then those that have run longest."""
    return sorted(rows, key=_urgency)


def _urgency(row: AtomRow) -> tuple[int, float, int]:
    if row.status == "succeeded":  # the latest first
        moment = -(row.finished_s or 0.0)
    else:
        moment = row.started_s or math.inf
    return _RANKS[row.status], moment, row.position


@dataclass(frozen=True, slots=True)
class Cut:
    """A part of a long list: rows `start` to `stop`, counted from 0."""

    start: int
    stop: int
    total: int
    page: int  # 0: only the first rows; from 1 on: pages
    last_page: int

    @property
    def hidden(self) -> int:
        return self.total - self.stop + self.start


def cut(total: int, page: int, *, first: int = FIRST_ROWS, size: int = PAGE_ROWS) -> Cut:
    """Return which rows a page holds; page 0 is the first few, a page too far is the last one."""
    last_page = max(1, math.ceil(total / size))
    if page <= 0:
        return Cut(0, min(first, total), total, 0, last_page)
    page = min(page, last_page)
    return Cut((page - 1) * size, min(page * size, total), total, page, last_page)
