"""Requests for a higher hard cap as the inbox lists them: the longest wait first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from apps.common import display
from apps.dashboard.core.looks import Look

WAITING = "waiting"
EXPIRED = "expired"
APPROVED = "approved"

MINE = Look("Waiting for you", "warn", "hourglass")
LOOKS = {
    WAITING: Look("Waiting", "warn", "hourglass"),
    APPROVED: Look("Approved", "ok", "check-circle-fill"),
    "declined": Look("Declined", "bad", "x-circle-fill"),
    "withdrawn": Look("Withdrawn", "idle", "skip-fill"),
    EXPIRED: Look("Expired", "idle", "clock"),
}


class Box(StrEnum):
    """What of the inbox somebody looks at; it stands in the address."""

    MINE = "me"
    ALL = "all"
    DECIDED = "decided"

    @property
    def title_text(self) -> str:
        return {Box.MINE: "For you", Box.ALL: "All waiting", Box.DECIDED: "Decided"}[self]


def box(text: str, *, may_decide: bool) -> Box:
    """Return the box that was asked for; unasked, what waits for the person, else all that waits."""
    if text in list(Box):
        return Box(text)
    return Box.MINE if may_decide else Box.ALL


def state(status: str, expires_at: datetime, now: datetime) -> str:
    """Return the status; a request whose time is over has expired, noted or not."""
    return EXPIRED if status == WAITING and expires_at <= now else status


@dataclass(frozen=True, slots=True)
class Request:
    """One request, and what its waiting blocks."""

    number: int
    ref: str
    plan_ref: str
    plan_title: str
    asked_by: str
    asked_at: datetime
    now_usd: Decimal  # the hard cap now; of a request that ended, the one when it was asked
    asked_usd: Decimal
    granted_usd: Decimal | None
    left_usd: Decimal  # of the plan's budget
    state: str
    is_mine: bool  # the reader may decide on it
    expires_at: datetime
    paused_at: datetime | None  # since when the plan waits for money
    atoms_to_go: int
    ended_at: datetime | None = None
    decided_by: str = ""

    @property
    def look(self) -> Look:
        return MINE if self.state == WAITING and self.is_mine else LOOKS[self.state]

    def blocks(self, now: datetime) -> str:
        """Return what waiting costs: paused 1 h 12 min."""
        if self.paused_at is None:
            return f"runs, {display.usd(self.left_usd)} left"
        return f"paused {coarsely(now - self.paused_at)}"

    def expires_in(self, now: datetime) -> str:
        return coarsely(self.expires_at - now)


def coarsely(span: timedelta) -> str:
    """Return a span of time without its seconds: under 1 min, 41 min, 3 h 41 min, 2 d 3 h."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return "under 1 min"
    return f"{minutes} min" if minutes < 60 else display.duration(minutes * 60)


def by_cost_of_waiting(requests: Iterable[Request]) -> list[Request]:
    """Return paused plans first, the longest pause first; then what expires soonest."""
    return sorted(
        requests,
        key=lambda one: (
            one.paused_at is None,
            one.paused_at or one.expires_at,
            one.expires_at,
            one.number,
        ),
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where one request stands among those that wait for the reader: 1 of 2."""

    position: int  # from 1; 0 when it is not among them
    total: int
    previous: int | None = None  # numbers of its neighbours
    next: int | None = None


def place(number: int, waiting: Sequence[int]) -> Place:
    """Return the place of a request; from one that is not in the list, the next is its first."""
    if number not in waiting:
        return Place(0, len(waiting), next=waiting[0] if waiting else None)
    index = waiting.index(number)
    return Place(
        position=index + 1,
        total=len(waiting),
        previous=waiting[index - 1] if index else None,
        next=waiting[index + 1] if index + 1 < len(waiting) else None,
    )
