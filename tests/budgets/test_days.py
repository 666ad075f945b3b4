"""Bars of days."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from apps.budgets.core.days import BOTTOM, LEFT, RIGHT, TOP, day_chart

LAST = date(2026, 11, 22)


@pytest.mark.parametrize("days", [7, 30, 90])
def test_every_day_has_its_place(days: int) -> None:
    chart = day_chart({LAST: Decimal(1)}, last=LAST, days=days)

    assert [bar.day for bar in chart.bars] == [LAST - timedelta(days=n) for n in range(days)][::-1]
    assert float(chart.bars[0].x) > LEFT
    assert float(chart.bars[-1].x) + float(chart.bars[-1].width) < RIGHT
    assert chart.bars[-1].has_label
    assert 5 <= sum(bar.has_label for bar in chart.bars) <= 7


@pytest.mark.parametrize(
    ("most", "top", "lines"),
    [
        ("0", "1", 2),
        ("0.003", "0.003", 4),
        ("1", "1", 3),
        ("7", "8", 5),
        ("1617.23", "2000", 5),
        ("200", "200", 5),
    ],
)
def test_scale_is_round_and_holds_the_largest(most: str, top: str, lines: int) -> None:
    chart = day_chart({LAST: Decimal(most)}, last=LAST, days=7)

    assert chart.lines[0].amount == 0
    assert chart.lines[-1].amount == Decimal(top)
    assert len(chart.lines) == lines
    assert all(TOP <= float(line.y) <= BOTTOM for line in chart.lines)


def test_total_is_what_the_bars_say_and_nothing_else_counts() -> None:
    spent = {
        LAST: Decimal("0.1"),
        LAST - timedelta(days=1): Decimal(2),
        date(2020, 1, 1): Decimal(9),
    }
    chart = day_chart(spent, last=LAST, days=7)

    assert chart.total == Decimal("2.1")
    assert chart.most.day == LAST - timedelta(days=1)


def test_a_little_is_seen_and_less_than_nothing_is_not() -> None:
    yesterday = LAST - timedelta(days=1)
    spent = {
        LAST: Decimal("0.000001"),
        yesterday: Decimal(-1),
        LAST - timedelta(days=2): Decimal(50),
    }
    chart = day_chart(spent, last=LAST, days=7)

    assert chart.bars[-1].height == "1.0"
    assert chart.bars[-2].height == "0.0"
