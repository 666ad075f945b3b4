"""What changed between two answers, side by side and as one column."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

CONTEXT = 3  # unchanged lines kept around a change


@dataclass(frozen=True, slots=True)
class Side:
    number: int  # of the line, from 1
    text: str


@dataclass(frozen=True, slots=True)
class DiffRow:
    """One row of two columns. A row without sides stands for `skipped` unchanged lines."""

    old: Side | None
    new: Side | None
    is_change: bool
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of one column: sign is "+", "-", " ", or "" for unchanged lines left out."""

    sign: str
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Diff:
    rows: tuple[DiffRow, ...]
    lines: tuple[DiffLine, ...]
    added: int
    removed: int

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.removed)


def diff(old: str, new: str) -> Diff:
    """Compare two texts line by line; line ends do not matter."""
    rows = tuple(_rows(old.splitlines(), new.splitlines()))
    lines = tuple(_lines(rows))
    added = sum(line.sign == "+" for line in lines)
    return Diff(rows, lines, added, sum(line.sign == "-" for line in lines))


def _rows(old: Sequence[str], new: Sequence[str]) -> Iterator[DiffRow]:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    shown = 0  # old lines already accounted for
    for group in matcher.get_grouped_opcodes(CONTEXT):
        start = group[0][1]
        if start > shown:
            yield DiffRow(None, None, is_change=False, skipped=start - shown)
        for tag, old_from, old_to, new_from, new_to in group:
            left = [Side(i + 1, old[i]) for i in range(old_from, old_to)]
            right = [Side(i + 1, new[i]) for i in range(new_from, new_to)]
            for sides in zip_longest(left, right):
                yield DiffRow(*sides, is_change=tag != "equal")
        shown = group[-1][2]
    if shown < len(old):
        yield DiffRow(None, None, is_change=False, skipped=len(old) - shown)


def _lines(rows: Sequence[DiffRow]) -> Iterator[DiffLine]:
    """Turn two columns into one: of each run of changes the old lines first, then the new."""
    added: list[DiffLine] = []
    for row in rows:
        if row.is_change:
            if row.old:
                yield DiffLine("-", row.old.number, row.old.text)
            if row.new:
                added.append(DiffLine("+", row.new.number, row.new.text))
            continue
        yield from added
        added = []
        if row.new:
            yield DiffLine(" ", row.new.number, row.new.text)
        else:
            yield DiffLine("", 0, f"{row.skipped} unchanged lines")
    yield from added
