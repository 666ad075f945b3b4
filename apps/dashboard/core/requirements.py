"""Requirements and the atoms that cover them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

PRIORITIES = ("must", "should", "may")
FIRST_ROWS = 8
MOST_NAMES = 4  # atoms named beside a requirement; the others are counted


@dataclass(frozen=True, slots=True)
class CoveringAtom:
    id: UUID
    symbol: str


@dataclass(frozen=True, slots=True)
class RequirementRow:
    id: UUID
    ref: str
    text: str
    priority: str
    covered_by: int  # atoms
    atoms: tuple[CoveringAtom, ...] = ()

    @property
    def first_line(self) -> str:
        return self.text.split("\n", 1)[0]

    @property
    def unnamed(self) -> int:
        return self.covered_by - len(self.atoms)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many requirements of a priority some atom covers."""

    priority: str
    covered: int
    total: int


def coverage(rows: Sequence[RequirementRow]) -> tuple[Coverage, ...]:
    """Return the coverage of each priority that the plan has."""
    summed = []
    for priority in PRIORITIES:
        group = [row for row in rows if row.priority == priority]
        if group:
            summed.append(Coverage(priority, sum(row.covered_by > 0 for row in group), len(group)))
    return tuple(summed)


def in_order(rows: Sequence[RequirementRow]) -> list[RequirementRow]:
    """Return the rows, what nothing covers first, then by priority and place in the plan."""
    return sorted(rows, key=lambda row: (row.covered_by > 0, PRIORITIES.index(row.priority)))
