"""When a run will be done, from the atoms that are done already."""

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SMALLEST_SAMPLE = 3  # with fewer finished atoms a forecast would be a guess

Span = tuple[float, float]  # start and end of an atom's work, in seconds on one clock


@dataclass(frozen=True, slots=True)
class Pace:
    """How long one atom takes, retries included: the middle half of those that passed."""

    low_s: float
    median_s: float
    high_s: float
    sample: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """Seconds from now."""

    low_s: float
    middle_s: float
    high_s: float
    sample: int  # atoms it was learned from

    @property
    def span(self) -> str:
        """The range in words: 18–27 min."""
        return span_in_words(self.low_s, self.high_s)


def pace(durations_s: Sequence[float]) -> Pace | None:
    """Return the quartiles; None while too few atoms have passed."""
    if len(durations_s) < SMALLEST_SAMPLE:
        return None
    low, middle, high = statistics.quantiles(durations_s, n=4, method="inclusive")
    return Pace(low, middle, high, len(durations_s))


def forecast(
    pace: Pace | None, remaining: Iterable[int], slots: int, *, stretch: float = 1.0
) -> Forecast | None:
    """Return when the waves with so many unfinished atoms will be done, one after the other."""
    rounds = stretch * sum(rounds_of(count, slots) for count in remaining)
    if pace is None or not rounds:
        return None
    return Forecast(rounds * pace.low_s, rounds * pace.median_s, rounds * pace.high_s, pace.sample)


def rounds_of(atoms: int, slots: int) -> float:
    """Return how many times the slots are filled; a wave takes at least one atom's time."""
    if not atoms:
        return 0
    return max(1.0, atoms / slots)


def stretch(pace: Pace | None, waves: Iterable[Sequence[Span]], slots: int) -> float:
    """Return how much longer the waves took than full slots would have; 1 when nothing is known.

    Each wave is the spans of its finished atoms. Time in which none of them ran does not count, so
    a pause does not make the forecast worse.
    """
    busy_s = expected_s = 0.0
    for spans in waves:
        if pace is not None and spans:
            busy_s += busy(spans)
            expected_s += rounds_of(len(spans), slots) * pace.median_s
    return max(1.0, busy_s / expected_s) if expected_s else 1.0


def busy(spans: Sequence[Span]) -> float:
    """Return the seconds in which at least one of the spans was under way."""
    total = 0.0
    end = -math.inf
    for start, stop in sorted(spans):
        total += max(0.0, stop - max(start, end))
        end = max(end, stop)
    return total


def roughly(seconds: float) -> str:
    """Return a single expected duration, no finer than it is known: 38 s, 8 min, 2 h."""
    size, unit = next((size, unit) for most, size, unit in _UNITS if seconds < most)
    return f"{max(1, round(seconds / size))} {unit}"


def span_in_words(low_s: float, high_s: float) -> str:
    """Return a range for people, never narrower than it is: 18–27 min."""
    if high_s >= _HOURS_FROM_S:
        return f"{math.floor(low_s / 360) / 10:g}–{math.ceil(high_s / 360) / 10:g} h"
    size, unit = next((size, unit) for most, size, unit in _UNITS if high_s < most)
    low, high = math.floor(low_s / size), max(1, math.ceil(high_s / size))
    if low >= high:
        return f"{high} {unit}"
    return f"{low}–{high} {unit}" if low else f"under {high} {unit}"


_HOURS_FROM_S = 5400.0
_UNITS = ((120.0, 1, "s"), (_HOURS_FROM_S, 60, "min"), (math.inf, 3600, "h"))
