"""What happened to the money of a plan, and what is to come: in a sentence and as a table."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from apps.common.display import clock, counted, day_clock, usd, usd_cap

TABLE_STEPS = 12
PACE_POINTS = 4  # fewer show no pace
WHOLE_DOLLARS_FROM = 20
# Between these shares of the time half of the money is spent, if it is spent evenly.
EVEN_FROM, EVEN_TO = 0.4, 0.6


@dataclass(frozen=True, slots=True)
class Point:
    """What was spent in all, in USD, from this moment on."""

    at: datetime
    spent: Decimal


@dataclass(frozen=True, slots=True)
class Cone:
    """The forecast: totals at the end in USD, and when that is, if known."""

    low: Decimal
    middle: Decimal
    high: Decimal
    remaining_atoms: int
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """What the chart tells. Points in the order of time."""

    points: Sequence[Point]
    now: datetime
    soft_cap: Decimal
    hard_cap: Decimal
    new_cap: Decimal | None = None
    forecast: Cone | None = None
    paused_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the chart as a table."""

    when: str
    amount: str
    what: str


def sentence(story: Story) -> str:
    """Return the chart in words, for whoever does not see it."""
    return " ".join(filter(None, (_spent_in_words(story), _forecast_in_words(story))))


def rows(story: Story) -> tuple[Row, ...]:
    """Return the chart as a table: spending at up to twelve moments, the forecast, the caps."""
    spending = [
        Row(day_clock(point.at), usd(point.spent), "spent")
        for point in _evenly(story.points, TABLE_STEPS)
    ]
    return (*spending, *_forecast_rows(story), *_cap_rows(story))


def last_moment(story: Story) -> datetime:
    """When the line of what was spent ends."""
    return max(story.now, story.points[-1].at) if story.points else story.now


def known_end(story: Story) -> datetime | None:
    """When the plan will end; None if nobody knows, or if that time has passed already."""
    end = story.forecast.ends_at if story.forecast else None
    return end if end and end > last_moment(story) else None


def spent_by(story: Story, at: datetime | None = None) -> Decimal:
    """Return what was spent by a moment, or in all."""
    known = bisect_right(story.points, at, key=_moment) if at else len(story.points)
    return story.points[known - 1].spent if known else Decimal(0)


def _moment(point: Point) -> datetime:
    return point.at


def _spent_in_words(story: Story) -> str:
    spent = spent_by(story)
    if not story.points:
        return "Nothing has been spent yet."
    if not spent:
        return "What ran so far cost nothing."
    last = story.points[-1].at
    words = f"Spend rose{_pace(story)} to {usd(spent)} by {clock(last)}{_cap_in_words(story)}."
    if story.paused_at:
        words += f" The plan has been paused since {clock(story.paused_at)}."
    return words


def _pace(story: Story) -> str:
    """Return whether the money went evenly, as words to put in; nothing for a few moments."""
    first, last = story.points[0].at, story.points[-1].at
    if len(story.points) < PACE_POINTS or last <= first:
        return ""
    share = (_half_spent_at(story.points) - first) / (last - first)
    if share < EVEN_FROM:
        return ", fastest at first,"
    return " evenly" if share <= EVEN_TO else ", fastest towards the end,"


def _half_spent_at(points: Sequence[Point]) -> datetime:
    """Return when half of the money was spent, as the line between the points has it."""
    half = points[-1].spent / 2
    after = next(i for i, point in enumerate(points) if point.spent >= half)
    if not after:
        return points[0].at
    before, then = points[after - 1], points[after]
    share = (half - before.spent) / (then.spent - before.spent)
    return before.at + (then.at - before.at) * float(share)


def _cap_in_words(story: Story) -> str:
    """Return which cap was reached, and when."""
    for name, cap in (("hard cap", story.hard_cap), ("soft cap", story.soft_cap)):
        reached = next((point.at for point in story.points if point.spent >= cap), None)
        if reached and spent_by(story) >= cap:
            return f" and reached the {name} of {usd_cap(cap)} at {clock(reached)}"
    return ""


def _forecast_in_words(story: Story) -> str:
    cone = story.forecast
    if cone is None:
        return ""
    if not cone.remaining_atoms:
        return "No atom is left to run."
    cap, name = story.hard_cap, "hard cap"
    if story.new_cap is not None:
        cap, name = story.new_cap, "new cap"
    if cone.high <= cap:
        verdict = f"stays under the {name}"
    else:
        verdict = f"{'lies above' if cone.low > cap else 'crosses'} the {name} of {usd_cap(cap)}"
    return (
        f"With {counted(cone.remaining_atoms, 'atom')} left, the forecast is {about(cone.middle)}, "
        f"between {about(cone.low)} and {about(cone.high)}. The 80% range {verdict}."
    )


def about(amount: Decimal) -> str:
    """Return an estimate: nobody needs its cents above twenty dollars."""
    return f"${amount:,.0f}" if amount >= WHOLE_DOLLARS_FROM else usd(amount)


def _evenly(points: Sequence[Point], most: int) -> list[Point]:
    """Return some of the points, evenly in time, the first and the last among them."""
    if len(points) <= most:
        return list(points)
    first, span = points[0].at, points[-1].at - points[0].at
    moments = (first + span * i / (most - 1) for i in range(most))
    chosen = {bisect_right(points, moment, key=_moment) - 1 for moment in moments}
    return [points[i] for i in sorted(chosen | {0, len(points) - 1})]


def _forecast_rows(story: Story) -> list[Row]:
    cone = story.forecast
    if cone is None:
        return []
    end = known_end(story)
    when = day_clock(end) if end else "at the end"
    return [
        Row(when, usd(cone.low), "forecast, 1 run in 10 ends below it"),
        Row(when, usd(cone.middle), "forecast, expected"),
        Row(when, usd(cone.high), "forecast, 9 runs in 10 end below it"),
    ]


def _cap_rows(story: Story) -> list[Row]:
    caps = [("soft cap", story.soft_cap), ("hard cap", story.hard_cap), ("new cap", story.new_cap)]
    return [Row("", usd_cap(cap), name) for name, cap in caps if cap is not None]
