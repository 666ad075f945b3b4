from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from apps.common import display

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (None, "–"),
        (Decimal(0), "$0.00"),
        (Decimal("142.374"), "$142.37"),
        (Decimal("142.375"), "$142.38"),
        (Decimal("1234567.5"), "$1,234,567.50"),
        (Decimal("0.01"), "$0.01"),
        (Decimal("0.0114"), "$0.0114"),
        (Decimal("0.099999"), "$0.1000"),
        (Decimal("0.1004"), "$0.10"),
        (Decimal("0.0041"), "$0.0041"),
        (Decimal("0.00009"), "under $0.0001"),
        (Decimal("-3.5"), "-$3.50"),
        (Decimal("-0.0041"), "-$0.0041"),
    ],
)
def test_usd(amount: Decimal | None, text: str) -> None:
    assert display.usd(amount) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (None, "–"),
        (Decimal(5), "$5"),
        (Decimal("4.500000"), "$4.50"),
        (Decimal("0.000123"), "$0.000123"),
        (Decimal("-1234.5"), "-$1,234.50"),
    ],
)
def test_exact_usd(amount: Decimal | None, text: str) -> None:
    assert display.exact_usd(amount) == text


@pytest.mark.parametrize(("amount", "text"), [("200", "$200"), ("4.50", "$4.50"), ("0", "$0")])
def test_usd_cap(amount: str, text: str) -> None:
    assert display.usd_cap(Decimal(amount)) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0, "0 ms"),
        (-1, "0 ms"),
        (0.85, "850 ms"),
        (0.9999, "1.0 s"),
        (3.44, "3.4 s"),
        (9.96, "10 s"),
        (38.2, "38 s"),
        (59.6, "1 min 00 s"),
        (250, "4 min 10 s"),
        (3599.7, "1 h 00 min"),
        (3840, "1 h 04 min"),
        (timedelta(days=2, hours=3), "2 d 3 h"),
    ],
)
def test_duration(seconds: float | timedelta | None, text: str) -> None:
    assert display.duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "–"), (0, "0:00"), (37, "0:37"), (1564, "26:04"), (timedelta(seconds=3850), "1:04:10")],
)
def test_stopwatch(seconds: float | timedelta | None, text: str) -> None:
    assert display.stopwatch(seconds) == text


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (97, 100, "97.0%"),
        (1, 3, "33.3%"),
        (9999, 10000, "99.9%"),
        (1, 100000, "under 0.1%"),
        (0, 5, "0.0%"),
        (5, 5, "100.0%"),
        (0, 0, "not evaluated"),
        (None, 5, "not evaluated"),
    ],
)
def test_percent(part: int | None, whole: int, text: str) -> None:
    assert display.percent(part, whole) == text


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(1, 4, "25.00%"), (5, 4, "100.00%"), (-1, 4, "0.00%"), (1, 0, "0%"), (None, 3, "0%")],
)
def test_width(part: int | None, whole: int, text: str) -> None:
    assert display.width(part, whole) == text


@pytest.mark.parametrize(
    ("number", "noun", "text"),
    [
        (1, ("atom",), "1 atom"),
        (0, ("atom",), "0 atoms"),
        (1204, ("atom",), "1,204 atoms"),
        (2, ("try", "tries"), "2 tries"),
    ],
)
def test_counted(number: int, noun: tuple[str, ...], text: str) -> None:
    assert display.counted(number, *noun) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(None, "–"), (312, "312 B"), (4120, "4.1 kB"), (2_300_000, "2.3 MB"), (5e12, "5000.0 GB")],
)
def test_size(count: int | None, text: str) -> None:
    assert display.size(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "just now"),
        (44, "just now"),
        (50, "1 min ago"),
        (200, "3 min ago"),
        (7300, "2 h ago"),
        (432_000, "5 d ago"),
    ],
)
def test_since(seconds: int, text: str) -> None:
    assert display.since(NOON - timedelta(seconds=seconds), NOON) == text


def test_moments_are_told_in_utc() -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))

    assert display.clock(elsewhere) == "12:00 UTC"
    assert display.clock_s(elsewhere) == "12:00:00 UTC"
    assert display.day_clock(elsewhere) == "22 Nov 2026, 12:00 UTC"


def test_grouped() -> None:
    assert (display.grouped(12345), display.grouped(None)) == ("12,345", "–")
