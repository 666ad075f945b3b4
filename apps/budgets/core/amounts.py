"""Amounts as people type them."""

import re
from decimal import Decimal

LARGEST_USD = Decimal("99999999.999999")  # what a column of 14 digits with 6 places holds
_SHAPE = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d{1,9})(?:\.\d{1,6})?|\.\d{1,6}")


def read_usd(text: str) -> Decimal:
    """Return the USD of `260`, `$1,250.50`. Raises ValueError with a sentence for anything else."""
    plain = text.strip().removeprefix("$").strip()
    if not plain:
        raise ValueError("Enter an amount in USD.")
    if not (plain.isascii() and _SHAPE.fullmatch(plain)):
        raise ValueError("This is not an amount in USD. Write it like 260 or 260.50.")
    amount = Decimal(plain.replace(",", ""))
    if amount > LARGEST_USD:
        raise ValueError("This is more than the console can keep.")
    return amount
