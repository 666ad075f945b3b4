"""Trace events in words: the log of a plan, and the timeline of an atom."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from apps.common.display import counted, duration, usd
from apps.dashboard.core.bars import percent
from apps.dashboard.core.looks import Look

# The steps that a plan's log tells; the others belong to the timeline of their atom.
TOLD = ("plan", "wave", "retry", "stored", "failed", "blocked", "interrupted", "call_failed")

LOOKS: Mapping[str, Look] = {
    "plan": Look("Plan", "t2", "stack"),
    "wave": Look("Wave", "run", "workflow"),
    "queued": Look("Queued", "t3", "clock"),
    "context": Look("Prompt built", "t2", "file-code"),
    "call": Look("Model asked", "run", "broadcast"),
    "call_failed": Look("Call failed", "bad", "alert-fill"),
    "response": Look("Answer", "run", "comment"),
    "charge": Look("Charged", "t2", "credit-card"),
    "validation": Look("Checked", "t2", "checklist"),
    "retry": Look("Refused", "warn", "iterations"),
    "stored": Look("Passed", "ok", "check-circle"),
    "failed": Look("Failed", "bad", "x-circle"),
    "blocked": Look("Blocked", "warn", "no-entry"),
    "interrupted": Look("Worker lost", "warn", "zap"),
}
_CALL_AGAIN = Look("Call put off", "warn", "hourglass")
_UNKNOWN = Look("Step", "t2", "dot-fill")

# What a plan's own sentences begin with, and the look that says the same.
_PLAN_LOOKS = (
    ("Completed", Look("Completed", "ok", "check-circle-fill")),
    ("Failed", Look("Failed", "bad", "x-circle-fill")),
    ("Cancelled", Look("Cancelled", "t3", "skip-fill")),
    ("Paused", Look("Paused", "warn", "pause")),
    ("Started", Look("Started", "run", "play")),
    ("Resumed", Look("Resumed", "run", "play")),
    ("Retried", Look("Retried", "run", "sync")),
)


@dataclass(frozen=True, slots=True)
class Event:
    """A trace event as it is stored."""

    kind: str
    at: datetime  # when the step ended
    symbol: str = ""  # of its atom; empty for a step of the plan
    atom_id: UUID | None = None
    attempt: int | None = None
    duration_ms: int | None = None
    cost_usd: Decimal = Decimal(0)
    input_tokens: int | None = None
    output_tokens: int | None = None
    numbers: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        return str(self.data.get("sentence", ""))

    @property
    def cause(self) -> str:
        """The sentence without what the plan did about it."""
        return self.sentence.removeprefix("Paused: ")

    @property
    def look(self) -> Look:
        if self.kind == "plan":
            found = (look for start, look in _PLAN_LOOKS if self.sentence.startswith(start))
            return next(found, LOOKS["plan"])
        if self.kind == "retry" and "wait_s" in self.numbers:
            return _CALL_AGAIN
        if self.kind == "wave" and self.sentence.endswith("passed"):
            return LOOKS["stored"]
        if self.kind == "wave" and "blocked" in self.sentence:
            return LOOKS["blocked"]
        return LOOKS.get(self.kind, _UNKNOWN)

    @property
    def started_at(self) -> datetime:
        return self.at - timedelta(milliseconds=self.duration_ms or 0)

    @property
    def words(self) -> str:
        """What happened, as the log of a plan says it after the atom's name."""
        return _WORDS.get(self.kind, _plain)(self)

    @property
    def detail(self) -> str:
        """The figures of the step, as the timeline of an atom says them after its word."""
        parts = []
        if self.numbers.get("prompt_characters"):
            parts.append(f"{self.numbers['prompt_characters']:,} characters")
        if "wait_s" in self.numbers:
            parts.append(f"waits {duration(self.numbers['wait_s'])}")
        if self.kind == "validation":
            parts.append(_verdict(self.numbers))
        if self.kind == "charge":
            parts.append(_charge(self))
        if self.input_tokens is not None or self.output_tokens is not None:
            parts.append(f"{self.input_tokens or 0:,} tokens in, {self.output_tokens or 0:,} out")
        if self.sentence:
            parts.append(self.sentence)
        return " · ".join(parts)


# What the ledger did, as the timeline says it after the sum.
_ENTRIES = {
    "settle": "",
    "capture_unknown": "the worst case, because nobody knows the bill",
    "adjust": "correction",
}


def _charge(event: Event) -> str:
    words = _ENTRIES.get(str(event.data.get("entry")), "")
    return f"{usd(event.cost_usd)}, {words}" if words else usd(event.cost_usd)


def _plain(event: Event) -> str:
    return event.sentence or event.look.word


def _stored(event: Event) -> str:
    return "passed" if (event.attempt or 1) == 1 else f"passed on try {event.attempt}"


def _with_reason(start: str, event: Event) -> str:
    return f"{start}: {event.sentence}" if event.sentence else start


_WORDS: Mapping[str, Callable[[Event], str]] = {
    "stored": _stored,
    "retry": lambda event: _with_reason(_what_is_retried(event), event),
    "failed": lambda event: _with_reason("failed", event),
    "blocked": lambda event: _with_reason("blocked", event),
    "call_failed": lambda event: _with_reason("call failed", event),
    "interrupted": lambda event: f"lost its worker, try {event.attempt} is taken up again",
}


def _what_is_retried(event: Event) -> str:
    """Two things are retried: an answer that was refused, and a call that got no answer."""
    if "wait_s" in event.numbers:
        return f"call is made again in {duration(event.numbers['wait_s'])}"
    return f"try {event.attempt} refused"


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of a plan's log: one event, or several that say the same; then the newest of them."""

    event: Event
    count: int = 1

    @property
    def words(self) -> str:
        if self.count == 1:
            return self.event.words
        if self.event.kind in _MANY:
            return _with_reason(_many(self.event, self.count), self.event)
        return f"{self.event.words}, {self.count} times"


def log(events: Sequence[Event]) -> tuple[Entry, ...]:
    """Return the rows for these events, newest first: what follows from one cause is told once.

    A cause is a sentence. Events with the same one are grouped while nothing else is between them.
    """
    entries: list[Entry] = []
    start = 0  # of the entries with the present cause
    for event in events:
        if not entries or not event.cause or event.cause != entries[-1].event.cause:
            start = len(entries)
        same = (at for at in range(start, len(entries)) if _is_told(event, entries[at].event))
        if (at := next(same, None)) is None:
            entries.append(Entry(event))
        else:
            entries[at] = replace(entries[at], count=entries[at].count + 1)
    return tuple(entries)


def _is_told(event: Event, by: Event) -> bool:
    return event.kind == by.kind and event.look == by.look and bool(event.cause)


_MANY = frozenset({"call_failed", "retry", "failed", "blocked"})


def _many(event: Event, count: int) -> str:
    if event.kind == "call_failed":
        return f"{count} calls failed"
    if event.kind == "retry":
        return (
            f"{count} calls are made again"
            if "wait_s" in event.numbers
            else f"{count} tries refused"
        )
    return f"{count} atoms {event.kind}"


def _verdict(numbers: Mapping[str, Any]) -> str:
    found, blocking = numbers.get("findings", 0), numbers.get("blocking", 0)
    if not found:
        return "nothing found"
    return f"{counted(found, 'finding')}, {blocking} blocking"


IDLE_S = 5.0  # a longer wait between two steps becomes a break
BREAK_SHARE = 0.04  # of the time axis, whatever the break's length
SMALLEST_MARK = 0.6  # percent of the axis, so that the shortest step is seen


@dataclass(frozen=True, slots=True)
class Step:
    """A step on the time axis; x and width are SVG lengths. A break has no event."""

    event: Event | None
    x: str
    width: str
    idle_s: float = 0

    @property
    def idle(self) -> str:
        return duration(self.idle_s)


def timeline(events: Sequence[Event]) -> tuple[Step, ...]:
    """Lay the steps of an atom on one axis, in order, long idle times compressed."""
    if not events:
        return ()
    pieces = _pieces(sorted(events, key=lambda event: event.at))
    busy_s = sum(length for _, length, idle in pieces if not idle)
    breaks = sum(1 for _, _, idle in pieces if idle)
    scale = (100 - 100 * BREAK_SHARE * min(breaks, 10)) / busy_s if busy_s else 0.0
    break_width = 100 * BREAK_SHARE * min(breaks, 10) / breaks if breaks else 0.0
    return tuple(_placed(pieces, scale, break_width))


# A piece is an event or None for a wait, its length on the axis in seconds, and whether it is idle.
_Piece = tuple[Event | None, float, bool]


def _pieces(events: Sequence[Event]) -> list[_Piece]:
    pieces: list[_Piece] = []
    cursor = events[0].started_at
    for event in events:
        wait_s = (event.started_at - cursor).total_seconds()
        if wait_s > 0:
            pieces.append((None, wait_s, wait_s > IDLE_S))
            cursor = event.started_at
        length_s = max((event.at - max(event.started_at, cursor)).total_seconds(), 0.0)
        pieces.append((event, length_s, False))
        cursor = max(cursor, event.at)
    return pieces


def _placed(pieces: Sequence[_Piece], scale: float, break_width: float) -> list[Step]:
    steps, x = [], 0.0
    for event, length_s, is_idle in pieces:
        wide = break_width if is_idle else length_s * scale
        if event is not None:
            shown = max(wide, SMALLEST_MARK)
            steps.append(Step(event, percent(min(x, 100 - shown)), percent(shown)))
        elif is_idle:
            steps.append(Step(None, percent(x), percent(wide), idle_s=length_s))
        x += wide
    return steps
