"""The price list's core: differences, what no price may be, how figures look."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from apps.budgets.core.price_list import (
    DEFAULT_MAX_OUTPUT_TOKENS,
    Entry,
    Listed,
    as_facts,
    described,
    diff,
    diff_lines,
    figure,
    is_free,
    name_problem,
    problems,
    table,
)
from apps.budgets.core.pricing import Price


def price(input_usd: str = "1", output_usd: str = "2", **more: object) -> Price:
    usd = {
        name: Decimal(str(v)) if name.endswith("usd") and v is not None else v
        for name, v in more.items()
    }
    return Price(Decimal(input_usd), Decimal(output_usd), **{"max_output_tokens": 100, **usd})


def entry(found: Price, model: str = "m-1") -> Entry:
    return Entry("acme", model, found, "genai-prices 1")


KEY = ("acme", "m-1")


class TestDiff:
    def test_a_model_without_a_price_is_new(self) -> None:
        found = diff([entry(price())], {})

        assert [change.label for change in found.added] == ["acme/m-1"]
        assert found.added[0].entry.price.max_output_tokens == DEFAULT_MAX_OUTPUT_TOKENS

    def test_the_same_figures_are_the_same_however_they_are_written(self) -> None:
        listed = Listed(price("1.000000", "2.00"), is_from_catalog=True)

        found = diff([entry(price("1", "2"))], {KEY: listed})

        assert (found.changes, found.same) == ((), 1)

    def test_a_known_model_keeps_the_length_of_its_answers(self) -> None:
        listed = Listed(price(max_output_tokens=777), is_from_catalog=True)

        found = diff([entry(price("3"))], {KEY: listed}, max_output_tokens=5)

        assert found.changed[0].entry.price == price("3", max_output_tokens=777)

    @pytest.mark.parametrize(("replaces_own", "kept"), [(False, 1), (True, 0)])
    def test_a_typed_price_is_replaced_only_when_asked(self, replaces_own: bool, kept: int) -> None:
        listed = Listed(price("0.5"), is_from_catalog=False)

        found = diff([entry(price("1"))], {KEY: listed}, replaces_own=replaces_own)

        assert (len(found.kept), len(found.changed)) == (kept, 1 - kept)

    def test_a_typed_price_that_agrees_is_the_same(self) -> None:
        assert diff([entry(price())], {KEY: Listed(price(), is_from_catalog=False)}).same == 1

    def test_lines_show_old_and_new(self) -> None:
        listed = Listed(price("1", "2", cache_read_usd="0.1"), is_from_catalog=True)
        changed = entry(price("1", "1.5", max_input_tokens=200_000))

        lines = diff_lines(diff([changed, entry(price(), "m-2")], {KEY: listed}))

        assert lines == [
            "new      acme/m-2: input $1.00, output $2.00, most output tokens 32,768"
            " [genai-prices 1]",
            "changed  acme/m-1: output $2.00 → $1.50, cache read $0.10 → as input,"
            " most input tokens any → 200,000",
            "1 new, 1 changed, 0 the same",
        ]

    def test_lines_say_since_when_and_what_is_kept(self) -> None:
        since = datetime(2026, 3, 1, tzinfo=UTC)
        new = Entry("acme", "m-2", price(), "genai-prices 1", since)
        listed = {KEY: Listed(price("9"), is_from_catalog=False)}

        lines = diff_lines(diff([entry(price("1")), new], listed))

        assert lines[0].endswith("[genai-prices 1, since 2026-03-01]")
        assert lines[1] == (
            "kept     acme/m-1: typed by a person; the catalogue says input $9.00 → $1.00"
        )
        assert lines[2] == "1 new, 0 changed, 1 kept, 0 the same"


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("10", "$10.00"),
        ("0.125", "$0.125"),
        ("0.000001", "$0.000001"),
        ("0", "$0.00"),
        ("1234.5", "$1,234.50"),
        (None, "–"),
    ],
)
def test_figure_is_exact(amount: str | None, shown: str) -> None:
    assert figure(None if amount is None else Decimal(amount)) == shown


@pytest.mark.parametrize(
    ("found", "name", "says"),
    [
        (price("-0.000001"), "input_usd", "negative"),
        (price("NaN"), "input_usd", "not a number"),
        (price("1", "Infinity"), "output_usd", "not a number"),
        (price("1", "100000.000001"), "output_usd", "typing error"),
        (price(cache_write_usd="0.0000001"), "cache_write_usd", "six places"),
        (price(max_output_tokens=0), "max_output_tokens", "whole number"),
        (price(max_input_tokens=2**31), "max_input_tokens", "whole number"),
    ],
)
def test_what_no_price_may_be(found: Price, name: str, says: str) -> None:
    (wrong, sentence) = next(iter(problems(as_facts(found)).items()))

    assert wrong == name
    assert says in sentence


@pytest.mark.parametrize(
    "found", [price("0", "0"), price("100000"), price(reasoning_usd="0.000001", max_input_tokens=1)]
)
def test_what_a_price_may_be(found: Price) -> None:
    assert problems(as_facts(found)) == {}


@pytest.mark.parametrize(
    ("found", "free"),
    [
        (price("0", "0"), True),
        (price("0", "0", cache_write_usd="1"), False),
        (price("0", "0.1"), False),
    ],
)
def test_is_free(found: Price, free: bool) -> None:
    assert is_free(found) is free


@pytest.mark.parametrize(
    ("name", "is_fine"),
    [
        ("gpt-9", True),
        ("meta/llama:free", True),
        ("", False),
        ("two words", False),
        ("tab\t", False),
        ("nul\0", False),
        ("x" * 81, False),
    ],
)
def test_name(name: str, is_fine: bool) -> None:
    assert (name_problem(name, longest=80) == "") is is_fine


def test_described_leaves_out_what_follows_another_figure() -> None:
    assert described(price(reasoning_usd="3")) == (
        "input $1.00, output $2.00, reasoning $3.00, most output tokens 100"
    )


def test_columns_stand_below_each_other() -> None:
    assert table([("a", "bb", "c"), ("aaa", "b", "")]) == ["a    bb  c", "aaa  b"]
