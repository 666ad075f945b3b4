"""Writing the price list, and which version holds."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db.models import F

from apps.accounts.core.roles import Role
from apps.accounts.models import AuditEntry
from apps.budgets.actions.prices import (
    PriceExists,
    PriceInvalid,
    PricesMoved,
    PriceWouldNotHold,
    add_price,
    seed,
)
from apps.budgets.core.price_list import LONGEST, Change, Entry
from apps.budgets.core.pricing import Price
from apps.budgets.models import ModelPrice
from apps.budgets.queries.prices import current_prices, price_of, versions_of
from apps.common.errors import ConsoleError, NotAllowed
from tests.factories import PriceFactory, UserFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 15, 4, tzinfo=UTC)
DAY = timedelta(days=1)
CHEAP = Price(Decimal("0.25"), Decimal("1.25"), max_output_tokens=4096)
DEAR = Price(Decimal(3), Decimal(15), cache_read_usd=Decimal("0.3"), max_output_tokens=4096)


@pytest.fixture(autouse=True)
def _empty_list() -> None:
    """Take away the price that the migrations bring."""
    ModelPrice.objects.all().delete()


def set_price(price: Price = CHEAP, **options: object) -> ModelPrice:
    given = {"provider": "acme", "model": "m-1", "source": "acme.test", "by": None, "now": NOW}
    return add_price(price=price, **{**given, **options})


class TestAddPrice:
    def test_a_version_holds_from_now(self) -> None:
        version = set_price(DEAR)

        version.refresh_from_db()
        assert version.as_price() == DEAR
        assert (version.effective_from, version.source) == (NOW, "acme.test")
        assert version.created_by is None

    def test_a_change_follows_and_leaves_the_old_version_as_it_was(self) -> None:
        old = set_price(CHEAP)

        new = set_price(DEAR, now=NOW + DAY)

        assert list(versions_of("acme", "m-1")) == [new, old]
        assert ModelPrice.objects.get(pk=old.pk).as_price() == CHEAP

    def test_it_is_audited_with_both_prices(self) -> None:
        admin = UserFactory(role=Role.ADMIN)
        set_price(CHEAP)

        set_price(DEAR, by=admin, now=NOW + DAY)

        entry = AuditEntry.objects.first()
        assert (entry.by, entry.action, entry.subject) == (admin, "price.set", "acme/m-1")
        assert entry.before["input_usd"] == "0.250000"
        assert (entry.after["input_usd"], entry.after["source"]) == ("3", "acme.test")
        assert "acme/m-1 costs from 23 Nov 2026, 15:04 UTC per million tokens" in entry.sentence

    def test_free_of_charge_is_a_row_of_zeros(self) -> None:
        set_price(Price(Decimal(0), Decimal(0), max_output_tokens=1))

        assert price_of("acme", "m-1", at=NOW).input_usd == 0

    @pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMIN])
    def test_only_administrators_may(self, role: Role) -> None:
        with pytest.raises(NotAllowed):
            set_price(by=UserFactory(role=role))

        assert not ModelPrice.objects.exists()

    @pytest.mark.parametrize(
        ("wrong", "says"),
        [
            ({"price": replace(CHEAP, input_usd=Decimal(-1))}, "Input: A price cannot be negative"),
            ({"price": replace(CHEAP, output_usd=Decimal(10**6))}, "Output: More than $100,000"),
            ({"price": replace(CHEAP, cache_read_usd=Decimal("nan"))}, "Cache read: This is not"),
            ({"price": replace(CHEAP, max_output_tokens=0)}, "Most output tokens: Write a whole"),
            ({"provider": ""}, "Provider: Write the name"),
            ({"provider": "a" * 81}, "Provider: Write at most 80"),
            ({"model": "two words"}, "Model: Write the name without spaces"),
            ({"source": " "}, "Say in at most 200 characters"),
            ({"source": "x" * 201}, "Say in at most 200 characters"),
        ],
    )
    def test_what_is_wrong_is_said_and_nothing_written(
        self, wrong: dict[str, object], says: str
    ) -> None:
        with pytest.raises(PriceInvalid) as refusal:
            set_price(**wrong)

        assert says in refusal.value.message
        assert not ModelPrice.objects.exists()
        assert not AuditEntry.objects.exists()

    def test_two_versions_at_one_moment(self) -> None:
        set_price(CHEAP)

        with pytest.raises(PriceExists, match="acme/m-1 has a price from 22 Nov 2026, 15:04 UTC"):
            set_price(DEAR)

        assert price_of("acme", "m-1", at=NOW).as_price() == CHEAP

    def test_a_version_that_would_never_hold(self) -> None:
        set_price(CHEAP)

        with pytest.raises(PriceWouldNotHold, match="never be used"):
            set_price(DEAR, effective_from=NOW - DAY)

    def test_a_version_to_come(self) -> None:
        set_price(CHEAP)
        set_price(DEAR, effective_from=NOW + DAY)

        assert price_of("acme", "m-1", at=NOW).as_price() == CHEAP
        assert price_of("acme", "m-1", at=NOW + DAY).as_price() == DEAR

    def test_the_longest_names_fit(self) -> None:
        name = "m" * LONGEST["model"]

        set_price(model=name, provider="p" * LONGEST["provider"])

        assert name in AuditEntry.objects.get().sentence

    def test_lengths_are_those_of_the_columns(self) -> None:
        columns = {name: ModelPrice._meta.get_field(name).max_length for name in LONGEST}

        assert columns == LONGEST


class TestSeed:
    def change(self, old: Price | None, new: Price, **options: object) -> Change:
        return Change(Entry("acme", "m-1", new, "genai-prices 1", **options), old)

    def test_new_models_hold_since_the_catalogue_says(self) -> None:
        seed(changes=[self.change(None, CHEAP, starts_at=NOW - DAY)], now=NOW)

        assert ModelPrice.objects.get().effective_from == NOW - DAY

    def test_changed_prices_hold_from_now(self) -> None:
        set_price(CHEAP, now=NOW - DAY)

        seed(changes=[self.change(CHEAP, DEAR, starts_at=NOW - 2 * DAY)], now=NOW)

        assert price_of("acme", "m-1", at=NOW).as_price() == DEAR
        assert price_of("acme", "m-1", at=NOW).effective_from == NOW

    def test_nothing_is_written_when_a_price_moved_since_the_diff(self) -> None:
        set_price(DEAR, now=NOW - DAY)
        fine = Change(Entry("acme", "m-2", CHEAP, "genai-prices 1"), None)

        with pytest.raises(PricesMoved, match="acme/m-1"):
            seed(changes=[fine, self.change(CHEAP, CHEAP)], now=NOW)

        assert ModelPrice.objects.count() == 1

    def test_administrators_only(self) -> None:
        with pytest.raises(ConsoleError):
            seed(changes=[self.change(None, CHEAP)], by=UserFactory(role=Role.LEAD), now=NOW)


class TestPriceOf:
    def test_only_the_exact_name(self, django_assert_num_queries) -> None:
        PriceFactory(provider="acme", model="m-1")

        with django_assert_num_queries(3):
            assert price_of("acme", "m-1", at=NOW) is not None
            assert price_of("acme", "m-10", at=NOW) is None
            assert price_of("Acme", "m-1", at=NOW) is None

    def test_before_the_first_version(self) -> None:
        PriceFactory(provider="acme", model="m-1", effective_from=NOW)

        assert price_of("acme", "m-1", at=NOW - timedelta(microseconds=1)) is None
        assert price_of("acme", "m-1", at=NOW) is not None


class TestCurrentPrices:
    @pytest.fixture(autouse=True)
    def _some(self) -> None:
        for model, ages in {"m-1": (3, 1, -1), "m-2": (2,), "m-3": (-2,)}.items():
            for age in ages:
                PriceFactory(provider="acme", model=model, effective_from=NOW - age * DAY)
        PriceFactory(provider="zeta", model="lab/m-1", effective_from=NOW)

    def test_one_version_of_each_model(self) -> None:
        age = NOW - F("effective_from")
        rows = current_prices(at=NOW).annotate(age=age)

        assert [(row.model, row.age.days) for row in rows] == [
            ("m-1", 1),
            ("m-2", 2),
            ("lab/m-1", 0),
        ]

    @pytest.mark.parametrize(
        ("text", "models"),
        [
            ("ACME", ["m-1", "m-2"]),
            ("m-1", ["m-1", "lab/m-1"]),
            ("acme/m-1", ["m-1"]),
            ("zeta/lab/m-1", ["lab/m-1"]),
            ("nothing", []),
        ],
    )
    def test_search(self, text: str, models: list[str]) -> None:
        assert [row.model for row in current_prices(at=NOW, text=text)] == models
