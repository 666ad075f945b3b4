"""Bars of shares, as percentages that go into SVG attributes."""

from collections.abc import Sequence
from dataclasses import dataclass

GAP = 0.35  # percent of the bar's width left free after each segment


@dataclass(frozen=True, slots=True)
class Segment:
    tone: str  # a class of marks.css without its prefix: ok, run, hold, bad, bg
    x: str  # "12.50%"
    width: str


def segments(parts: Sequence[tuple[str, int]]) -> tuple[Segment, ...]:
    """Return one segment per part that is not empty, side by side over the whole width."""
    total = sum(count for _, count in parts)
    if not total:
        return (Segment("bg", percent(0), percent(100)),)
    drawn, start = [], 0.0
    for tone, count in parts:
        share = 100 * count / total
        if count:
            drawn.append(Segment(tone, percent(start), percent(max(share - GAP, GAP))))
        start += share
    return tuple(drawn)


def slots(used: int, limit: int) -> tuple[Segment, ...]:
    """Return one segment per slot, the used ones first; a plain share when there are too many."""
    if limit > MOST_SLOTS or used > limit:
        return segments([("run", used), ("bg", max(limit - used, 0))])
    return segments([("run", 1)] * used + [("bg", 1)] * (limit - used))


MOST_SLOTS = 48  # more than this would be thinner than the gap between them


def percent(value: float) -> str:
    """Return the value, from 0 to 100, as an SVG length."""
    return f"{min(max(value, 0), 100):.2f}%"
