"""Amounts as people and programs give them."""

import re
from decimal import Decimal

PLACES = 6  # of an amount in USD
LARGEST_USD = Decimal(1_000_000)  # whatever is above is a slip of the pen
STORABLE_USD = Decimal("99999999.999999")  # what a column of 14 digits with 6 places holds
_SHAPE = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d{1,9})(?:\.\d{1,6})?|\.\d{1,6}")


def read_usd(text: str) -> Decimal:
    """Return the USD of `260`, `$1,250.50`. Raises ValueError with a sentence for anything else."""
    plain = text.strip().removeprefix("$").strip()
    if not plain:
        raise ValueError("Enter an amount in USD.")
    if not (plain.isascii() and _SHAPE.fullmatch(plain)):
        raise ValueError("This is not an amount in USD. Write it like 260 or 260.50.")
    amount = Decimal(plain.replace(",", ""))
    if amount > STORABLE_USD:
        raise ValueError("This is more than the console can keep.")
    return amount


def amount_problem(amount: Decimal) -> str:
    """Return why this cannot be a cap in USD, as a sentence; empty when it can."""
    if not amount.is_finite():
        return "The amount is not a number."
    if amount <= 0:
        return "The amount must be above zero."
    if amount > LARGEST_USD:
        return "The amount is larger than a cap can be."
    if amount != round(amount, PLACES):
        return f"The amount has more than {PLACES} places."
    return ""
