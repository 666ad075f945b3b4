"""Which lines of the ledger somebody wants to see; it stands in the address."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

MAX_TEXT = 300
LARGEST_ID = 2**63 - 1
NOT_A_TIME = "This is not a time. Write it like 2026-11-22 15:04."


@dataclass(frozen=True, slots=True)
class LedgerFilter:
    """An empty filter shows everything."""

    kind: str = ""
    atom: str = ""  # part of a symbol, or path::symbol
    since: datetime | None = None  # this moment and later
    until: datetime | None = None  # before this moment
    before: int | None = None  # only lines older than this one
    typed: Mapping[str, str] = field(default_factory=dict)  # since and until as they were written
    problems: Mapping[str, str] = field(default_factory=dict)  # field -> sentence

    @property
    def is_empty(self) -> bool:
        return not (self.kind or self.atom or self.since or self.until)

    @property
    def query(self) -> str:
        """The address of the filter, without the page: `?kind=settle`, or nothing."""
        parts = {"kind": self.kind, "atom": self.atom, **self.typed}
        written = urlencode({name: text for name, text in parts.items() if text})
        return f"?{written}" if written else ""


def read_filter(query: Mapping[str, str], kinds: Collection[str]) -> LedgerFilter:
    """Return the filter of an address; what cannot be read does not filter, and is told."""
    kind = query.get("kind", "")
    typed = {name: _text(query, name) for name in ("since", "until")}
    since, until = _moment(typed["since"]), _moment(typed["until"], is_end=True)
    unread = [("since", since), ("until", until)]
    return LedgerFilter(
        kind=kind if kind in kinds else "",
        atom=_text(query, "atom"),
        since=since,
        until=until,
        before=_id(query.get("before", "")),
        typed=typed,
        problems={n: NOT_A_TIME for n, moment in unread if typed[n] and moment is None},
    )


def _text(query: Mapping[str, str], name: str) -> str:
    return query.get(name, "").replace("\x00", "").strip()[:MAX_TEXT]


def _moment(text: str, *, is_end: bool = False) -> datetime | None:
    """Return the moment in UTC; the end of a day, when only the day is given and it is an end."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        if is_end and len(text) == len("2026-11-22"):
            moment += timedelta(days=1)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _id(text: str) -> int | None:
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(LARGEST_ID)):
        return None
    return min(int(text), LARGEST_ID)
