"""What happened around a request, newest first: one list from the audit log, ledger and messages."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from apps.common.csv_text import Cell
from apps.common.display import counted, usd, usd_cap
from apps.dashboard.core.looks import Look

AUDIT = "audit"
LEDGER = "ledger"
MESSAGE = "message"

_PLAIN = Look("Noted", "t3", "dot-fill")
_LOOKS = {
    "budget.override_asked": Look("Asked", "t3", "comment"),
    "budget.override_approved": Look("Approved", "ok", "check-circle"),
    "budget.override_declined": Look("Declined", "bad", "x-circle"),
    "budget.override_withdrawn": Look("Withdrawn", "t3", "skip-fill"),
    "budget.override_expired": Look("Expired", "t3", "clock"),
    "soft_cap": Look("Soft cap", "warn", "credit-card"),
    "hard_cap": Look("Hard cap", "bad", "pause"),
    "cap_change": Look("Caps changed", "t3", "credit-card"),
    MESSAGE: Look("Message", "t3", "mail"),
}
CSV_HEAD = ("at_utc", "source", "action", "who", "what", "reason")


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened."""

    at: datetime
    source: str  # AUDIT, LEDGER or MESSAGE
    action: str
    who: str  # empty: the console itself
    words: str
    reason: str = ""

    @property
    def look(self) -> Look:
        return _LOOKS.get(self.action) or _LOOKS.get(self.source, _PLAIN)

    @property
    def name(self) -> str:
        """Who did it, where the words begin with that name."""
        return self.who if self.who and self.words.startswith(f"{self.who} ") else ""

    @property
    def rest(self) -> str:
        return self.words.removeprefix(self.name).strip()

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The line as a row under CSV_HEAD."""
        return (self.at, self.source, self.action, self.who, self.words, self.reason)


def newest_first(*parts: Iterable[Line]) -> list[Line]:
    return sorted((line for part in parts for line in part), key=lambda line: line.at, reverse=True)


def message_words(title: str, sent: int, waiting: int, failed: int) -> str:
    """Return what became of a message: how many channels have it."""
    states = [(sent, "sent to"), (waiting, "on its way to"), (failed, "not delivered to")]
    parts = [f"{word} {counted(count, 'channel')}" for count, word in states if count]
    return f"{title}: {', '.join(parts)}" if parts else f"{title}: no channel is set up"


def cap_words(kind: str, *, spent: Decimal, soft_cap: Decimal, hard_cap: Decimal) -> str:
    """Return what a line of the ledger tells of a cap."""
    if kind == "soft_cap":
        return f"Soft cap of {usd_cap(soft_cap)} passed"
    return f"Paused at {usd(spent)}, under the hard cap of {usd_cap(hard_cap)}"
