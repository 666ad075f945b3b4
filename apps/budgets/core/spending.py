"""Where the money of a plan went: by atom, by wave, by model, and how much of it bought retries."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

BAR_PX = 120  # length of the bar of what cost most
NO_MONEY = Decimal(0)


@dataclass(frozen=True, slots=True)
class Spending:
    """What one thing cost, in USD; `of` is the spending that it is a share of."""

    cost: Decimal
    retries: Decimal  # of the cost, what second and later tries cost
    of: Decimal
    most: Decimal = NO_MONEY  # the largest cost of the list, which fills the bar

    @property
    def first_px(self) -> str:
        """Length of the bar's part for first tries."""
        return self._px(self.cost - self.retries)

    @property
    def retries_px(self) -> str:
        return self._px(self.retries)

    def _px(self, part: Decimal) -> str:
        return f"{BAR_PX * part / self.most:.1f}" if self.most else "0.0"


@dataclass(frozen=True, slots=True)
class AtomCost:
    """One atom as the ledger knows it; `tries` is the number of its last paid try."""

    atom_id: UUID | None  # None: calls that belong to no atom
    wave_id: UUID | None
    cost: Decimal
    retries: Decimal
    tries: int
    path: str = ""
    symbol: str = ""


@dataclass(frozen=True, slots=True)
class AtomLine:
    """One atom of the list, beside its share."""

    atom: AtomCost
    spending: Spending


@dataclass(frozen=True, slots=True)
class WaveLine:
    """One wave; without a number: what belongs to no wave."""

    number: int | None
    title: str
    atoms: int  # that cost something
    spending: Spending


@dataclass(frozen=True, slots=True)
class ModelLine:
    """One model, in USD."""

    provider: str
    model: str
    calls: int
    cost: Decimal
    open_calls: int
    unknown_calls: int


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over everything that was booked."""

    cost: Decimal
    retries: Decimal
    atoms: int  # that cost something


def totals(rows: Iterable[AtomCost]) -> Totals:
    """Return the sums of the rows."""
    paid = [row for row in rows if row.cost]
    return Totals(
        cost=sum((row.cost for row in paid), NO_MONEY),
        retries=sum((row.retries for row in paid), NO_MONEY),
        atoms=sum(row.atom_id is not None for row in paid),
    )


def costliest(rows: Iterable[AtomCost]) -> list[AtomCost]:
    """Return the rows that cost something, the most first; equal ones in a stable order."""
    paid = [row for row in rows if row.cost]
    return sorted(paid, key=lambda row: (-row.cost, row.atom_id.int if row.atom_id else -1))


def atom_lines(rows: Sequence[AtomCost], of: Decimal) -> tuple[AtomLine, ...]:
    """Return the rows with their shares of the whole, in the order given."""
    most = max((row.cost for row in rows), default=NO_MONEY)
    return tuple(AtomLine(row, Spending(row.cost, row.retries, of, most)) for row in rows)


def the_rest(rows: Iterable[AtomCost], of: Decimal) -> Spending:
    """Return what all these cost together."""
    sums = totals(rows)
    return Spending(sums.cost, sums.retries, of)


def wave_lines(
    rows: Iterable[AtomCost], waves: Mapping[UUID, tuple[int, str]]
) -> tuple[WaveLine, ...]:
    """Return one line per wave that cost something; what has no wave comes last.

    `waves` has number and title of each wave.
    """
    rows = [row for row in rows if row.cost]
    of = totals(rows).cost
    groups: dict[Hashable, list[AtomCost]] = {}
    for row in rows:
        groups.setdefault(row.wave_id if row.wave_id in waves else None, []).append(row)
    lines = []
    for wave_id, members in groups.items():
        number, title = waves[wave_id] if isinstance(wave_id, UUID) else (None, "")
        lines.append(WaveLine(number, title, totals(members).atoms, the_rest(members, of)))
    return tuple(sorted(lines, key=lambda line: (line.number is None, line.number or 0)))
