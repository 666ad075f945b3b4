"""Reading genai-prices: the installed data as it is, and made-up models for the rare cases."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from genai_prices import types as catalog

from apps.budgets.adapters.price_catalog import (
    DEFAULT_PROVIDERS,
    Catalog,
    known_providers,
    read_catalog,
)
from apps.budgets.core.price_list import as_facts, is_free, name_problem, problems

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def tiered(base: str, start: int, price: str) -> catalog.TieredPrices:
    return catalog.TieredPrices(base=Decimal(base), tiers=[catalog.Tier(start, Decimal(price))])


def prices(input_mtok: str, output_mtok: str, **more: object) -> catalog.ModelPrice:
    return catalog.ModelPrice(
        input_mtok=Decimal(input_mtok), output_mtok=Decimal(output_mtok), **more
    )


def read(asked: object, *, now: datetime = NOW) -> Catalog:
    """Return what is read from a catalogue with this one model."""
    info = catalog.ModelInfo(id="m-1", match=catalog.ClauseStartsWith("m-1"), prices=asked)
    acme = catalog.Provider(id="acme", name="Acme", api_pattern="", models=[info])
    return read_catalog(providers=["acme"], now=now, data=[acme])


class TestInstalledData:
    def test_every_price_can_be_stored(self) -> None:
        found = read_catalog(providers=known_providers(), now=NOW)

        assert len(found.entries) > 500
        for entry in found.entries:
            assert problems(as_facts(entry.price)) == {}
            assert not is_free(entry.price)
            assert isinstance(entry.price.input_usd, Decimal)
            assert not name_problem(entry.model, longest=120)
            assert not name_problem(entry.provider, longest=80)
            assert entry.source.startswith("genai-prices ")
            assert entry.starts_at is None or entry.starts_at <= NOW

    def test_no_model_is_listed_twice(self) -> None:
        found = read_catalog(providers=known_providers(), now=NOW)

        keys = [entry.key for entry in found.entries]
        assert len(keys) == len(set(keys))

    def test_the_usual_providers_are_in_it(self) -> None:
        assert set(DEFAULT_PROVIDERS) <= set(known_providers())

    def test_whatever_is_left_out_says_why(self) -> None:
        found = read_catalog(providers=["openai"], now=NOW)

        reasons = {note.model: note.text for note in found.notes}
        assert reasons["whisper-1"] == "left out, not billed by tokens"
        assert reasons["text-embedding-3-small"] == "left out, writes no text"

    def test_a_dated_name_gets_the_price_of_its_family(self) -> None:
        name = "claude-haiku-4-5-20251001"

        (dated,) = read_catalog(providers=["anthropic"], models=[name], now=NOW).entries
        (family,) = read_catalog(
            providers=["anthropic"], models=["claude-haiku-4-5"], now=NOW
        ).entries

        assert (dated.model, dated.price) == (name, family.price)
        assert dated.source.endswith("for claude-haiku-4-5")

    def test_a_model_of_one_provider_is_not_missed_at_the_others(self) -> None:
        found = read_catalog(providers=["groq", "openai"], models=["o3-mini"], now=NOW)

        assert [entry.provider for entry in found.entries] == ["openai"]
        assert found.notes == ()

    def test_an_unknown_model_is_named(self) -> None:
        found = read_catalog(providers=["openai"], models=["no-such-model"], now=NOW)

        assert found.entries == ()
        assert [note.text for note in found.notes] == ["not in the catalogue"]

    def test_models_of_profiles_come_with_the_rest(self) -> None:
        also = [("anthropic", "claude-haiku-4-5-20251001"), ("local", "replay-1")]

        found = read_catalog(providers=["openai"], also=also, now=NOW)

        assert found.entries[-1].key == also[0]
        assert not [note for note in found.notes if note.provider == "local"]


class TestShapes:
    def test_tiers_hold_up_to_the_first_step(self) -> None:
        asked = catalog.ModelPrice(
            input_mtok=tiered("1", 200_000, "2"), output_mtok=tiered("4", 100_000, "6")
        )

        (entry,) = read(asked).entries

        assert (entry.price.input_usd, entry.price.output_usd) == (Decimal(1), Decimal(4))
        assert entry.price.max_input_tokens == 100_000
        assert entry.source.endswith("; holds up to 100,000 input tokens")

    def test_tiers_without_a_first_step_are_left_out(self) -> None:
        asked = catalog.ModelPrice(input_mtok=tiered("1", 0, "2"), output_mtok=Decimal(1))

        assert read(asked).notes[0].text == "left out, its price has no first step"

    @pytest.mark.parametrize(
        ("more", "why"),
        [
            ({"requests_kcount": Decimal(5)}, "not billed by tokens alone but also by requests"),
            ({"input_mtok": Decimal(0), "output_mtok": Decimal(0)}, "no charge in the catalogue"),
            ({"input_mtok": None}, "not billed by tokens"),
            ({"input_mtok": None, "output_mtok": None}, "no price in the catalogue"),
        ],
    )
    def test_left_out(self, more: dict, why: str) -> None:
        asked = catalog.ModelPrice(**{"input_mtok": Decimal(1), "output_mtok": Decimal(2), **more})

        found = read(asked)

        assert found.entries == ()
        assert why in found.notes[0].text

    def test_what_a_text_call_does_not_use_is_ignored(self) -> None:
        asked = prices("1", "2", input_audio_mtok=Decimal(30), web_searches_kcount=Decimal(10))

        (entry,) = read(asked).entries

        assert entry.price.dearest_input_usd == 1

    def test_a_figure_with_many_places_is_rounded_up(self) -> None:
        (entry,) = read(prices("0.08333333333", "2")).entries

        assert entry.price.input_usd == Decimal("0.083334")

    def test_the_price_in_force_and_the_announced_one(self) -> None:
        asked = [
            catalog.ConditionalPrice(prices=prices("1", "1")),
            catalog.ConditionalPrice(
                catalog.StartDateConstraint(date(2026, 11, 1)), prices=prices("2", "2")
            ),
            catalog.ConditionalPrice(
                catalog.StartDateConstraint(date(2026, 12, 1)), prices=prices("3", "3")
            ),
        ]

        found = read(asked)

        assert found.entries[0].price.input_usd == 2
        assert found.entries[0].starts_at == datetime(2026, 11, 1, tzinfo=UTC)
        assert found.notes[0].text == "another price from 2026-12-01: seed again then"

    @pytest.mark.parametrize("hour", [2, 20])
    def test_the_dearest_hour_counts_at_every_hour(self, hour: int) -> None:
        day = catalog.TimeOfDateConstraint(time(16, 30, tzinfo=UTC), time(0, 30, tzinfo=UTC))
        asked = [
            catalog.ConditionalPrice(prices=prices("1", "2")),
            catalog.ConditionalPrice(day, prices=prices("3", "1", cache_read_usd=None)),
        ]

        (entry,) = read(asked, now=NOW.replace(hour=hour)).entries

        assert (entry.price.input_usd, entry.price.output_usd) == (Decimal(3), Decimal(2))
        assert entry.price.cache_read_usd is None
        assert entry.source.endswith("; dearest hour of the day")
