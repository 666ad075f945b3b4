"""How the plan list is divided: who waits for a person comes first."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class PlanGroup(StrEnum):
    """A part of the plan list, and a value of its `state` filter."""

    NEEDS_YOU = "needs-you"
    RUNNING = "running"
    READY = "ready"
    DONE = "done"

    @property
    def title_text(self) -> str:
        """The name of the group, as people read it."""
        return TEXTS[self].title


@dataclass(frozen=True, slots=True)
class GroupText:
    """What a group is called, and what it holds."""

    title: str
    hint: str


TEXTS: Mapping[PlanGroup, GroupText] = {
    PlanGroup.NEEDS_YOU: GroupText("Needs you", "Nothing moves here until someone decides"),
    PlanGroup.RUNNING: GroupText("Running", "Newest first"),
    PlanGroup.READY: GroupText("Ready", "Waiting for a start"),
    PlanGroup.DONE: GroupText("Done", "Newest first"),
}

# In the order of the list. A draft has errors that somebody has to mend.
STATUSES: Mapping[PlanGroup, tuple[str, ...]] = {
    PlanGroup.NEEDS_YOU: ("paused", "failed", "draft"),
    PlanGroup.RUNNING: ("running",),
    PlanGroup.READY: ("ready",),
    PlanGroup.DONE: ("completed", "cancelled"),
}
IN_PROGRESS = (*STATUSES[PlanGroup.RUNNING], "paused")


def group_of(status: str) -> PlanGroup:
    """Return the group that shows plans of this status."""
    return next(group for group, statuses in STATUSES.items() if status in statuses)


def rank_of(group: PlanGroup) -> int:
    """Return the place of the group in the list, from 0."""
    return list(STATUSES).index(group)


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of a page of the list."""

    rank: int
    number: int

    def __str__(self) -> str:
        return f"{self.rank}-{self.number}"


def read_cursor(text: str) -> Cursor | None:
    """Return the cursor of "2-142"; None for text that is none, so a bad link shows page one."""
    rank, _, number = text.partition("-")
    is_number = rank.isascii() and rank.isdigit() and number.isascii() and number.isdigit()
    if not is_number or len(text) > 12:
        return None
    return Cursor(int(rank), int(number))
