"""Spending per day as bars: geometry in numbers for SVG attributes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal

NO_MONEY = Decimal(0)
LEFT, RIGHT, TOP, BOTTOM = 52, 752, 12, 150  # px; the text stands outside of these
GAP = Decimal("0.28")  # share of a day's width that stays free
MOST_LINES = 4
LABEL_STEPS = {7: 1, 30: 5, 90: 14}  # days from one label of the axis to the next


@dataclass(frozen=True, slots=True)
class DayBar:
    """One day; `height` is at least a hair when something was spent."""

    day: date
    spent: Decimal  # USD; an adjustment may make it negative
    x: str
    y: str
    width: str
    height: str
    middle: str
    has_label: bool


@dataclass(frozen=True, slots=True)
class GridLine:
    """A line across, with its amount in USD."""

    y: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class DayChart:
    bars: tuple[DayBar, ...]  # every day, the oldest first
    lines: tuple[GridLine, ...]
    total: Decimal

    @property
    def newest_first(self) -> tuple[DayBar, ...]:
        return self.bars[::-1]

    @property
    def most(self) -> DayBar:
        """The day on which most was spent."""
        return max(self.bars, key=lambda bar: bar.spent)


def day_chart(spent: Mapping[date, Decimal], *, last: date, days: int) -> DayChart:
    """Return a bar for each of the days up to `last`; days without spending have none to see."""
    all_days = [last - timedelta(days=back) for back in reversed(range(days))]
    step, most = _scale(max((spent.get(day, NO_MONEY) for day in all_days), default=NO_MONEY))
    slot = Decimal(RIGHT - LEFT) / days
    label_step = LABEL_STEPS.get(days, max(days // 7, 1))
    bars = []
    for place, day in enumerate(all_days):
        amount = spent.get(day, NO_MONEY)
        height = _height(amount, most)
        x = LEFT + slot * (place + GAP / 2)
        bars.append(
            DayBar(
                day=day,
                spent=amount,
                x=f"{x:.1f}",
                y=f"{BOTTOM - height:.1f}",
                width=f"{slot * (1 - GAP):.1f}",
                height=f"{height:.1f}",
                middle=f"{LEFT + slot * (place + Decimal('0.5')):.1f}",
                has_label=(days - 1 - place) % label_step == 0,
            )
        )
    amounts = [step * count for count in range(int(most / step) + 1)]
    lines = tuple(GridLine(f"{BOTTOM - _height(amount, most):.1f}", amount) for amount in amounts)
    return DayChart(tuple(bars), lines, sum((bar.spent for bar in bars), NO_MONEY))


def _height(amount: Decimal, most: Decimal) -> Decimal:
    if amount <= 0:
        return NO_MONEY
    return max((BOTTOM - TOP) * amount / most, Decimal(1))


def _scale(largest: Decimal) -> tuple[Decimal, Decimal]:
    """Return the step between the lines, 1, 2 or 5 times a power of ten, and the top of the axis."""
    if largest <= 0:
        return Decimal(1), Decimal(1)
    power = Decimal(10) ** (largest / MOST_LINES).adjusted()
    step = next(power * f for f in (1, 2, 5, 10) if power * f * MOST_LINES >= largest)
    return step, step * (largest / step).to_integral_value(ROUND_CEILING)
