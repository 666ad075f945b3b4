"""Lines of the ledger as people read them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One line; amounts in USD."""

    id: int
    at: datetime
    kind: str
    label: str  # the kind in words
    atom_id: UUID | None
    path: str
    symbol: str
    attempt_number: int | None
    purpose: str
    provider: str
    model: str
    priced_from: datetime | None  # the version of the price
    call_id: str
    spent_delta: Decimal
    held_delta: Decimal
    spent: Decimal  # the totals after this line
    held: Decimal
    overrun: Decimal
    hard_cap: Decimal
    soft_cap: Decimal
    by: str
    reason: str

    @property
    def is_cap_change(self) -> bool:
        return self.kind == "cap_change"


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """Lines, newest first."""

    rows: tuple[LedgerRow, ...]
    total: int  # lines of the filter, on all pages
    next_before: int | None  # where the next page starts
    is_first: bool


CSV_HEADER = (
    "id",
    "at",
    "kind",
    "path",
    "symbol",
    "try",
    "purpose",
    "provider",
    "model",
    "price_effective_from",
    "call_id",
    "spent_delta_usd",
    "held_delta_usd",
    "spent_usd",
    "held_usd",
    "overrun_usd",
    "hard_cap_usd",
    "soft_cap_usd",
    "by",
    "reason",
)


def csv_cells(row: LedgerRow) -> tuple[str | int | Decimal | datetime | None, ...]:
    """Return the row in the order of CSV_HEADER."""
    return (
        row.id,
        row.at,
        row.kind,
        row.path,
        row.symbol,
        row.attempt_number,
        row.purpose,
        row.provider,
        row.model,
        row.priced_from,
        row.call_id,
        row.spent_delta,
        row.held_delta,
        row.spent,
        row.held,
        row.overrun,
        row.hard_cap,
        row.soft_cap,
        row.by,
        row.reason,
    )
