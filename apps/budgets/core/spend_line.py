"""The chart "Spend and forecast": where each line, label and mark stands, and the same in words.

Plain geometry in the units of the view box; colours are classes of the style sheet. Times are UTC.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from apps.budgets.core.spend_story import (
    Cone,
    Point,
    Row,
    Story,
    about,
    known_end,
    last_moment,
    rows,
    sentence,
    spent_by,
)
from apps.common.display import usd_cap

__all__ = ["Cone", "Point", "Row", "SpendLine", "Story", "spend_line"]

WIDTH, HEIGHT = 760, 236
LEFT, RIGHT, TOP, BOTTOM = 44.0, 664.0, 12.0, 210.0  # of the plot
NOW_BEFORE_FORECAST = 478.0  # where spending ends if nobody knows when the plan will
FORECAST_END = 586.0  # right of it stands its label
CAP_LABEL_X = 672.0
LABEL_HEIGHT = 14.0
TEXT_DROP = 4.0  # from the middle of a text to its base line
HEADROOM = 1.06  # of the scale over the largest figure
GRID_LINES = 6
TIME_TICKS = 6
LABEL_WIDTH = 40.0  # a time under the axis stays this far inside, to both sides in half
POINTS = 200
THOUSAND, MILLION = 1_000, 1_000_000

MINUTE, HOUR, DAY = 60, 3600, 86_400
TIME_STEPS_S = (
    *(1, 2, 5, 10, 15, 30),
    *(MINUTE * n for n in (1, 2, 5, 10, 15, 30)),
    *(HOUR * n for n in (1, 2, 3, 6, 12)),
    *(DAY * n for n in (1, 2, 7, 14, 30, 90, 365)),
)

_Corner = tuple[float, float]  # x and y


@dataclass(frozen=True, slots=True)
class Tick:
    """A label beside an axis; `at` is x or y."""

    at: float
    text_y: float
    label: str


@dataclass(frozen=True, slots=True)
class CapLine:
    y: float
    text_y: float
    label: str
    line_class: str  # k-soft, k-hard, k-new
    text_class: str  # t-warn, t-bad, t-new


@dataclass(frozen=True, slots=True)
class Mark:
    """A dot with its label."""

    x: float
    y: float
    text_x: float
    text_y: float
    anchor: str  # start or end
    label: str


@dataclass(frozen=True, slots=True)
class SpendLine:
    """Everything that the template draws."""

    view_box: str
    left: float
    right: float
    cap_label_x: float
    grid: tuple[Tick, ...]
    times: tuple[Tick, ...]
    caps: tuple[CapLine, ...]
    spend_path: str  # empty: nothing was spent yet
    cone_path: str  # empty, as the next two: no forecast
    forecast_path: str
    forecast_mark: Mark | None
    paused_mark: Mark | None
    sentence: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class _Scale:
    """From moments and money to places."""

    start: datetime
    span_s: float
    end_x: float  # where start plus span stands
    top_usd: float

    def x(self, at: datetime) -> float:
        share = (at - self.start).total_seconds() / self.span_s
        return _place(LEFT + share * (self.end_x - LEFT))

    def y(self, amount: Decimal | float) -> float:
        return _place(BOTTOM - float(amount) / self.top_usd * (BOTTOM - TOP))


def spend_line(story: Story) -> SpendLine:
    """Return the chart of a plan's money."""
    scale = _scale(story)
    caps = _caps(story, scale)
    cone_path, forecast_path = _forecast_paths(story, scale)
    return SpendLine(
        view_box=f"0 0 {WIDTH} {HEIGHT}",
        left=LEFT,
        right=RIGHT,
        cap_label_x=CAP_LABEL_X,
        grid=_grid(scale, taken=[cap.y for cap in caps]),
        times=_times(scale),
        caps=caps,
        spend_path=_path(_thinned(_corners(story, scale))),
        cone_path=cone_path,
        forecast_path=forecast_path,
        forecast_mark=_forecast_mark(story, scale),
        paused_mark=_paused_mark(story, scale),
        sentence=sentence(story),
        rows=rows(story),
    )


def nice_step(span: float, steps: int) -> float:
    """Return the smallest of 1, 2, 5 times a power of ten that needs no more than so many steps."""
    raw = span / steps
    power = 10.0 ** math.floor(math.log10(raw))
    return next(n * power for n in (1, 2, 5, 10) if n * power >= raw * (1 - 1e-9))


def _scale(story: Story) -> _Scale:
    start = story.points[0].at if story.points else story.now
    end, end_x = last_moment(story), RIGHT
    if story.forecast:
        at_end = known_end(story)
        end, end_x = (at_end, FORECAST_END) if at_end else (end, NOW_BEFORE_FORECAST)
    span_s = max((end - start).total_seconds(), 1.0)
    return _Scale(start, span_s, end_x, top_usd=float(_largest(story)) * HEADROOM)


def _largest(story: Story) -> Decimal:
    """The largest amount of the chart. Caps are above nothing, so this is too."""
    figures = [story.hard_cap, story.soft_cap, *(point.spent for point in story.points)]
    if story.new_cap is not None:
        figures.append(story.new_cap)
    if story.forecast:
        figures.append(story.forecast.high)
    return max(figures)


def _caps(story: Story, scale: _Scale) -> tuple[CapLine, ...]:
    """Return the lines of the caps; their labels stand apart where the lines do not."""
    caps = [
        (story.soft_cap, "Soft cap", "k-soft", "t-warn"),
        (story.hard_cap, "Hard cap", "k-hard", "t-bad"),
    ]
    if story.new_cap is not None:
        caps.append((story.new_cap, "New cap", "k-new", "t-new"))
    caps.sort(key=lambda cap: cap[0], reverse=True)
    middles = _apart([scale.y(amount) for amount, *_ in caps])
    return tuple(
        CapLine(
            y=scale.y(amount),
            text_y=_place(middle + TEXT_DROP),
            label=f"{name} {_short(amount)}",
            line_class=line_class,
            text_class=text_class,
        )
        for (amount, name, line_class, text_class), middle in zip(caps, middles, strict=True)
    )


def _apart(ys: Sequence[float]) -> list[float]:
    """Return places for labels near these, from top to bottom, none over another."""
    places: list[float] = []
    for y in ys:
        places.append(max(y, places[-1] + LABEL_HEIGHT) if places else y)
    lowest = BOTTOM
    for i in reversed(range(len(places))):
        places[i] = min(places[i], lowest)
        lowest = places[i] - LABEL_HEIGHT
    return places


def _grid(scale: _Scale, *, taken: Sequence[float]) -> tuple[Tick, ...]:
    """Return the lines of round amounts; where a cap has its line, that one stands alone."""
    step = nice_step(scale.top_usd, GRID_LINES)
    amounts = [step * i for i in range(math.floor(scale.top_usd / step) + 1)]
    places = [(scale.y(amount), amount) for amount in amounts]
    return tuple(
        Tick(at=y, text_y=_place(y + TEXT_DROP), label=_axis_label(amount, step))
        for y, amount in places
        if not amount or all(abs(y - cap_y) > LABEL_HEIGHT / 2 for cap_y in taken)
    )


def _axis_label(amount: float, step: float) -> str:
    """Return an amount with as many places as its axis needs: $50, $0.50, $0.0005, $20k."""
    if not amount:
        return "$0"
    if step >= 1:
        return _short(Decimal(round(amount)))
    return f"${amount:.{max(2, -math.floor(math.log10(step)))}f}"


def _short(amount: Decimal) -> str:
    """Return an amount in a few signs: $4.50, $200, $1,250, $12.5k, $3M."""
    if amount >= MILLION:
        return f"${float(amount / MILLION):.4g}M"
    if amount >= 10 * THOUSAND:
        return f"${float(amount / THOUSAND):.4g}k"
    return f"${amount:,.0f}" if amount >= THOUSAND else usd_cap(amount)


def _times(scale: _Scale) -> tuple[Tick, ...]:
    """Return round moments under the axis."""
    step_s = next(
        (step for step in TIME_STEPS_S if scale.span_s / step <= TIME_TICKS),
        math.ceil(scale.span_s / TIME_TICKS / TIME_STEPS_S[-1]) * TIME_STEPS_S[-1],
    )
    first = math.ceil(scale.start.timestamp() / step_s)
    last = math.floor((scale.start.timestamp() + scale.span_s) / step_s)
    moments = [datetime.fromtimestamp(i * step_s, UTC) for i in range(first, last + 1)]
    return tuple(
        Tick(at=scale.x(moment), text_y=BOTTOM + 19, label=_time_label(moment, step_s, scale))
        for moment in moments
        if LEFT + LABEL_WIDTH / 2 <= scale.x(moment) <= RIGHT - LABEL_WIDTH / 2
    )


def _time_label(moment: datetime, step_s: int, scale: _Scale) -> str:
    """Return the day where days matter, else the time of day."""
    if step_s >= 90 * DAY:
        return f"{moment:%b %Y}"
    is_midnight = not moment.hour and not moment.minute and not moment.second
    if step_s >= DAY or (is_midnight and scale.span_s > DAY):
        return f"{moment.day} {moment:%b}"
    return f"{moment:%H:%M:%S}" if step_s < MINUTE else f"{moment:%H:%M}"


def _corners(story: Story, scale: _Scale) -> list[_Corner]:
    """Return the line of what was spent: from nothing at its first moment until now."""
    if not story.points:
        return []
    last = story.points[-1]
    return [
        (scale.x(scale.start), scale.y(0)),
        *((scale.x(point.at), scale.y(point.spent)) for point in story.points),
        (scale.x(last_moment(story)), scale.y(last.spent)),
    ]


def _thinned(corners: Sequence[_Corner]) -> list[_Corner]:
    """Return so many corners at most: of each column the first, the last and its largest step."""
    if len(corners) <= POINTS:
        return list(corners)
    left, width = corners[0][0], max(corners[-1][0] - corners[0][0], 1.0)
    columns: dict[int, list[_Corner]] = {}
    for corner in corners:
        column = int((corner[0] - left) / width * (POINTS // 4 - 1))
        columns.setdefault(column, []).append(corner)
    return [corner for own in columns.values() for corner in _telling(own)]


def _telling(corners: Sequence[_Corner]) -> Iterable[_Corner]:
    """Return the first, the last, and those before and after the largest step; four at most."""
    last = len(corners) - 1
    step = max(range(1, last + 1), key=lambda i: abs(corners[i][1] - corners[i - 1][1]), default=0)
    return (corners[i] for i in sorted({0, max(step - 1, 0), step, last}))


def _path(corners: Iterable[_Corner], *, is_closed: bool = False) -> str:
    path = " L".join(f"{x} {y}" for x, y in corners)
    return f"M{path}{' Z' if is_closed else ''}" if path else ""


def _forecast_paths(story: Story, scale: _Scale) -> tuple[str, str]:
    """Return the range and the middle of the forecast, as areas and lines from now to the end."""
    if not story.forecast:
        return "", ""
    here = (scale.x(last_moment(story)), scale.y(spent_by(story)))
    low, middle, high = (
        (FORECAST_END, scale.y(amount))
        for amount in (story.forecast.low, story.forecast.middle, story.forecast.high)
    )
    return _path((here, high, low), is_closed=True), _path((here, middle))


def _forecast_mark(story: Story, scale: _Scale) -> Mark | None:
    if not story.forecast:
        return None
    y = scale.y(story.forecast.middle)
    return Mark(
        x=FORECAST_END,
        y=y,
        text_x=FORECAST_END + 9,
        text_y=_place(y + TEXT_DROP),
        anchor="start",
        label=about(story.forecast.middle),
    )


def _paused_mark(story: Story, scale: _Scale) -> Mark | None:
    if story.paused_at is None:
        return None
    at = min(max(story.paused_at, scale.start), last_moment(story))
    x, y = scale.x(at), scale.y(spent_by(story, at))
    has_room = x > LEFT + 100  # for the label on the left, where the line is below it
    return Mark(
        x=x,
        y=y,
        text_x=_place(x - 8 if has_room else x + 8),
        text_y=_place(y - 8),
        anchor="end" if has_room else "start",
        label=f"paused {story.paused_at.astimezone(UTC):%H:%M}",
    )


def _place(value: float) -> float:
    """Return a coordinate: a tenth of a unit is finer than any screen."""
    return round(value, 1)
