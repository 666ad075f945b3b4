"""Amounts as people type them."""

from decimal import Decimal

import pytest

from apps.budgets.core.amounts import read_usd


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("260", "260"),
        (" $260.50 ", "260.5"),
        ("1,250,000.000001", "1250000.000001"),
        (".5", "0.5"),
        ("0", "0"),
    ],
)
def test_read(text: str, amount: str) -> None:
    assert read_usd(text) == Decimal(amount)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "$",
        "-1",
        "1e3",
        "12,5",
        "1,25",
        "NaN",
        "1.2345678",
        "٣",
        "1 000",
        "999999999",
        "0x10",
        "1.",
    ],
)
def test_refuse(text: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        read_usd(text)
