"""Figures in words: one way to write money, durations, shares, counts and moments."""

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

NOTHING = "–"  # stands where there is no figure
CENT = Decimal("0.01")
FINE_BELOW = Decimal("0.1")  # USD


def usd(amount: Decimal | float | None) -> str:
    """Return an amount to the cent, below ten cents to four places: $142.37, $0.05, $0.0041."""
    if amount is None:
        return NOTHING
    exact = Decimal(amount)
    sign = "-" if exact < 0 else ""
    if exact and abs(exact) < FINE_BELOW and exact % CENT:
        return f"{sign}{_fine_usd(abs(exact))}"
    return f"{sign}${_rounded(abs(exact), '0.01'):,}"


def usd_cap(amount: Decimal | None) -> str:
    """Return a cap; whole dollars stand without cents: $200, $4.50."""
    text = usd(amount)
    return text.removesuffix(".00")


def exact_usd(amount: Decimal | None) -> str:
    """Return an amount with every place that it has, two at least: $5, $4.50, $0.000123."""
    if amount is None:
        return NOTHING
    plain = f"{abs(amount):,.6f}".rstrip("0")
    whole, _, places = plain.partition(".")
    sign = "-" if amount < 0 else ""
    return f"{sign}${whole}.{places.ljust(2, '0')}" if places else f"{sign}${whole}"


def _fine_usd(amount: Decimal) -> str:
    if amount < Decimal("0.0001"):
        return "under $0.0001"
    return f"${_rounded(amount, '0.0001')}"


def _rounded(amount: Decimal, step: str) -> Decimal:
    return amount.quantize(Decimal(step), rounding=ROUND_HALF_UP)


def duration(seconds: float | timedelta | None) -> str:
    """Return a duration for a sentence: 850 ms, 3.4 s, 38 s, 4 min 10 s, 1 h 04 min, 2 d 3 h."""
    if seconds is None:
        return NOTHING
    total = seconds.total_seconds() if isinstance(seconds, timedelta) else float(seconds)
    if total < 0.9995:
        return f"{max(total, 0) * 1000:.0f} ms"
    if total < 9.95:
        return f"{total:.1f} s"
    whole = round(total)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    if whole < 86_400:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    return f"{whole // 86_400} d {whole % 86_400 // 3600} h"


def stopwatch(seconds: float | timedelta | None) -> str:
    """Return a duration for a column: 0:37, 26:04, 1:04:10."""
    if seconds is None:
        return NOTHING
    total = seconds.total_seconds() if isinstance(seconds, timedelta) else float(seconds)
    minutes, second = divmod(max(round(total), 0), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"


def percent(part: Decimal | float | None, whole: Decimal | float | None = 1) -> str:
    """Return part of whole to one place, 97.0%; a whole of nothing is not a percentage.

    Rounding never shows 100.0% or 0.0% for what is not exactly all or nothing.
    """
    if part is None or not whole:
        return "not evaluated"
    value = Decimal(part) / Decimal(whole) * 100
    shown = _rounded(value, "0.1")
    if shown == 100 and value < 100:
        return "99.9%"
    if shown == 0 and value > 0:
        return "under 0.1%"
    return f"{shown}%"


def width(part: Decimal | float | None, whole: Decimal | float | None = 1) -> str:
    """Return part of whole as the width or x of a mark, 0% to 100%."""
    if part is None or not whole:
        return "0%"
    value = min(max(float(part) / float(whole), 0.0), 1.0) * 100
    return f"{value:.2f}%"


def grouped(number: int | None) -> str:
    """Return a whole number with its thousands apart: 12,345."""
    return NOTHING if number is None else f"{number:,}"


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: 1 atom, 1,204 atoms; `many` for irregular ones."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def size(count_bytes: int | None) -> str:
    """Return a number of bytes: 312 B, 4.1 kB, 2.3 MB."""
    if count_bytes is None:
        return NOTHING
    amount = float(count_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000 or unit == "GB":
            break
        amount /= 1000
    return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"


def clock(moment: datetime) -> str:
    """Return the time of day in UTC: 15:04 UTC."""
    return f"{moment.astimezone(UTC):%H:%M} UTC"


def clock_s(moment: datetime) -> str:
    """Return the time of day in UTC to the second: 15:04:12 UTC."""
    return f"{moment.astimezone(UTC):%H:%M:%S} UTC"


def day_clock(moment: datetime) -> str:
    """Return day and time in UTC: 22 Nov 2026, 15:04 UTC."""
    utc = moment.astimezone(UTC)
    return f"{utc.day} {utc:%b %Y, %H:%M} UTC"


def since(moment: datetime, now: datetime) -> str:
    """Return how long ago a moment was, coarsely: just now, 3 min ago, 2 h ago, 5 d ago."""
    seconds = (now - moment).total_seconds()
    if seconds < 45:
        return "just now"
    for unit_s, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= unit_s:
            return f"{int(seconds // unit_s)} {unit} ago"
    return "1 min ago"
