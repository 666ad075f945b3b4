"""Prices of calls."""

from decimal import Decimal

import pytest

from apps.llm.core.cost import Prices, cost_usd, estimate_usage
from apps.llm.core.types import Message, Role, Usage

PRICES = Prices(Decimal("0.25"), Decimal("1.25"), Decimal("0.025"))


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (Usage(0, 0), "0.000000"),
        (Usage(1_000_000, 0), "0.250000"),
        (Usage(0, 1_000_000), "1.250000"),
        (Usage(577, 99), "0.000268"),  # 144.25 + 123.75 micro-dollars
        (Usage(2, 0), "0.000001"),  # half a micro-dollar goes up
        (Usage(1, 0), "0.000000"),
        (Usage(1_000_000, 0, cached_input_tokens=400_000), "0.160000"),
        (Usage(100, 100, cached_input_tokens=200), "0.000130"),  # more cached than sent: all cached
    ],
)
def test_cost(usage: Usage, expected: str) -> None:
    cost = cost_usd(usage, PRICES)

    assert cost == Decimal(expected)
    assert cost.as_tuple().exponent == -6


def test_cached_tokens_without_a_price_of_their_own_cost_the_same() -> None:
    prices = Prices(Decimal(1), Decimal(1))

    assert cost_usd(Usage(1000, 0, cached_input_tokens=500), prices) == Decimal("0.001000")


def test_reasoning_is_part_of_the_output() -> None:
    thinking = Usage(0, 1000, reasoning_tokens=900)

    assert cost_usd(thinking, PRICES) == cost_usd(Usage(0, 1000), PRICES)


def test_estimate_says_that_it_is_one() -> None:
    messages = (Message(Role.SYSTEM, "12345678"), Message(Role.USER, "é"))

    assert estimate_usage(messages, "123") == Usage(2 + 4 + 1 + 4, 1, is_estimated=True)


def test_estimate_takes_any_text() -> None:
    assert estimate_usage((Message(Role.USER, "\ud800"),), "").input_tokens == 5
