"""The engine's numbers, with what each of them means."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

# Source: design, rulings on retries: up to four attempts, each a little bolder.
TEMPERATURES = (Decimal("0.0"), Decimal("0.3"), Decimal("0.5"), Decimal("0.7"))
ATTEMPTS = len(TEMPERATURES)


@dataclass(frozen=True, slots=True)
class Tuning:
    max_in_flight: int  # attempts of one plan that may be queued or running at a time
    lease: timedelta  # a running attempt whose lease was not renewed for so long is taken up again
    redispatch: timedelta  # a queued attempt that no worker took for so long is sent again


def temperature_of(attempt_number: int) -> Decimal:
    """Return the temperature of an attempt, counted from 1; the schedule repeats after its end."""
    return TEMPERATURES[(attempt_number - 1) % ATTEMPTS]
