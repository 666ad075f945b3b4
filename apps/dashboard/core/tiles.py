"""The tile map of a wave: one small square per atom, in plan order."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.dashboard.core.triage import AtomRow

PITCH = 15  # SVG units from tile to tile
EDGE = 1  # free space around the map
# Few atoms make one or a few rows; many make a wider map, which the page scales down.
COLUMNS = ((120, 24), (480, 36), (10_000, 48))

# The legend's order: what is done first, as in the bars.
LEGEND = (
    "succeeded",
    "running",
    "in_review",
    "failed",
    "blocked",
    "queued",
    "held",
    "pending",
    "not_finished",
    "not_run",
)


@dataclass(frozen=True, slots=True)
class TileMap:
    """The atoms and how many of them stand in a row."""

    rows: Sequence[AtomRow]
    columns: int

    @property
    def width(self) -> int:
        return PITCH * min(len(self.rows), self.columns)

    @property
    def height(self) -> int:
        return PITCH * -(-len(self.rows) // self.columns)

    def place(self, index: int) -> tuple[int, int]:
        """Return x and y of a tile, counted from 0."""
        row, column = divmod(index, self.columns)
        return EDGE + PITCH * column, EDGE + PITCH * row


def tile_map(rows: Sequence[AtomRow]) -> TileMap:
    """Lay the atoms out row by row."""
    columns = next((wide for most, wide in COLUMNS if len(rows) <= most), COLUMNS[-1][1])
    return TileMap(rows, columns)
