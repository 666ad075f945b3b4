"""What a call can cost, and what it did cost."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.budgets.core.pricing import Price, affordable_tokens, bill, worst_case
from apps.llm.core.types import Usage

PRICE = Price(
    Decimal("0.25"),
    Decimal("1.25"),
    cache_read_usd=Decimal("0.025"),
    cache_write_usd=Decimal("0.3125"),
    max_output_tokens=4096,
)


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
        (Usage(1_000_000, 0, cache_write_input_tokens=1_000_000), "0.312500"),
        (Usage(100, 100, cached_input_tokens=200), "0.000130"),  # more cached than sent: all cached
        (Usage(0, 1000, reasoning_tokens=900), "0.001250"),  # reasoning has no price of its own
    ],
)
def test_bill(usage: Usage, expected: str) -> None:
    cost = bill(usage, PRICE)

    assert cost == Decimal(expected)
    assert cost.as_tuple().exponent == -6


def test_reasoning_at_its_own_price() -> None:
    price = Price(Decimal(1), Decimal(2), reasoning_usd=Decimal(3))

    assert bill(Usage(0, 1000, reasoning_tokens=400), price) == Decimal("0.002400")


def test_worst_case_takes_the_dearest_price_of_each_side_and_rounds_up() -> None:
    price = Price(Decimal(1), Decimal(2), cache_write_usd=Decimal("1.25"), reasoning_usd=Decimal(3))

    assert worst_case(price, input_tokens=100, max_tokens=10) == Decimal("0.000155")
    assert worst_case(PRICE, input_tokens=1, max_tokens=0) == Decimal("0.000001")


@pytest.mark.parametrize(
    ("left", "tokens"),
    [
        ("0.000000", 0),
        ("0.000031", 0),  # the prompt alone costs 0.00003125
        ("0.000032", 0),  # and not one token more fits
        ("0.000033", 1),
        ("0.001282", 1000),
        ("1000.000000", 4096),  # never more than the model may be asked for
    ],
)
def test_affordable_tokens(left: str, tokens: int) -> None:
    assert affordable_tokens(PRICE, input_tokens=100, left=Decimal(left)) == tokens


def test_what_is_free_affords_any_answer() -> None:
    free = Price(Decimal(0), Decimal(0), max_output_tokens=4096)

    assert affordable_tokens(free, input_tokens=10**6, left=Decimal(0)) == 4096
    assert worst_case(free, input_tokens=10**6, max_tokens=4096) == 0


amounts = st.decimals(min_value=0, max_value=100, places=6)
tokens = st.integers(min_value=0, max_value=200_000)
prices = st.builds(
    Price,
    amounts,
    amounts,
    cache_read_usd=st.none() | amounts,
    cache_write_usd=st.none() | amounts,
    reasoning_usd=st.none() | amounts,
)


@given(prices, tokens, tokens, st.data())
def test_no_bill_is_above_the_worst_case(
    price: Price, most_input: int, max_tokens: int, data: st.DataObject
) -> None:
    sent = data.draw(st.integers(0, most_input))
    answered = data.draw(st.integers(0, max_tokens))
    cached = data.draw(st.integers(0, sent))
    usage = Usage(
        sent,
        answered,
        cached_input_tokens=cached,
        cache_write_input_tokens=data.draw(st.integers(0, sent - cached)),
        reasoning_tokens=data.draw(st.integers(0, answered)),
    )

    assert bill(usage, price) <= worst_case(price, input_tokens=most_input, max_tokens=max_tokens)


@given(prices, tokens, amounts)
def test_what_is_affordable_fits(price: Price, input_tokens: int, left: Decimal) -> None:
    afforded = affordable_tokens(price, input_tokens=input_tokens, left=left)

    if afforded:
        assert worst_case(price, input_tokens=input_tokens, max_tokens=afforded) <= left
