"""The page of prices."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from apps.accounts.core.roles import Role
from apps.accounts.models import AuditEntry
from apps.budgets.models import ModelPrice
from tests.factories import PriceFactory, UserFactory

pytestmark = pytest.mark.django_db

PAGE = "/prices"
FORM = {
    "provider": "acme",
    "model": "m-1",
    "input_usd": "1.25",
    "output_usd": "10",
    "cache_read_usd": "",
    "cache_write_usd": "",
    "reasoning_usd": "",
    "max_output_tokens": "4096",
    "max_input_tokens": "",
    "effective_from": "",
    "source": "acme.test/prices",
}


def browser_of(role: Role | None) -> Client:
    browser = Client()
    browser.force_login(UserFactory(role=role))
    return browser


@pytest.fixture(autouse=True)
def _one_profile(settings: LazySettings) -> None:
    """One profile, `default`, of acme/m-1; and no price that the migrations bring."""
    profile = settings.LLM_PROFILES["default"]
    settings.LLM_PROFILES = {"default": {**profile, "vendor": "acme", "model": "m-1"}}
    ModelPrice.objects.all().delete()


@pytest.fixture
def viewer() -> Client:
    return browser_of(Role.VIEWER)


@pytest.fixture
def admin() -> Client:
    return browser_of(Role.ADMIN)


def text_of(browser: Client, address: str = PAGE) -> str:
    response = browser.get(address)
    assert response.status_code == 200
    return response.content.decode()


class TestList:
    def test_shows_the_figures_exactly(self, viewer: Client) -> None:
        PriceFactory(provider="zeta", model="z-9", input_usd="0.125", max_output_tokens=32_768)

        text = text_of(viewer)

        for figure in ("z-9", "$0.125", "$2.00", "32,768", "as input", "as output", "made up"):
            assert figure in text

    def test_a_profile_without_a_price_is_told_how_to_get_one(self, viewer: Client) -> None:
        text = text_of(viewer)

        assert "<b>acme/m-1</b> has no price: profile default cannot call it." in text
        assert "manage.py prices add acme m-1 --input-usd … --output-usd …" in text
        assert "manage.py prices add acme m-1 --free" in text
        assert "manage.py prices seed --provider acme --model m-1" in text

    def test_a_priced_profile_is_named_at_its_model(self, viewer: Client) -> None:
        PriceFactory(provider="acme", model="m-1")

        text = text_of(viewer)

        assert "has no price" not in text
        assert "used by default" in text

    def test_a_price_to_come_is_none_yet(self, viewer: Client) -> None:
        tomorrow = timezone.now() + timedelta(days=1)
        PriceFactory(provider="acme", model="m-1", effective_from=tomorrow)

        assert "<b>acme/m-1</b> has no price" in text_of(viewer)

    def test_search(self, viewer: Client) -> None:
        for model in ("m-1", "zz-top"):
            PriceFactory(provider="acme", model=model)

        assert "zz-top" not in text_of(viewer, f"{PAGE}?q=acme/m-1")
        assert "No model matches “&lt;b&gt;”" in text_of(viewer, f"{PAGE}?q=<b>%00")

    def test_many_models_are_paged(self, viewer: Client, django_assert_max_num_queries) -> None:
        for number in range(101):
            PriceFactory(provider="acme", model=f"m-{number:03}")

        with django_assert_max_num_queries(9):
            first = text_of(viewer)

        assert "Page 1 of 2" in first
        assert "m-100" in text_of(viewer, f"{PAGE}?page=2")
        assert "m-100" in text_of(viewer, f"{PAGE}?page=9999")
        assert "m-000" in text_of(viewer, f"{PAGE}?page=x")


class TestHistory:
    ADDRESS = f"{PAGE}?provider=acme&model=m-1"

    def test_versions_and_their_state(self, viewer: Client, django_assert_max_num_queries) -> None:
        author = UserFactory(username="rosa")
        for year in (2020, 2021, 2999):
            moment = datetime(year, 1, 1, tzinfo=UTC)
            PriceFactory(provider="acme", model="m-1", effective_from=moment, created_by=author)

        with django_assert_max_num_queries(9):
            text = text_of(viewer, self.ADDRESS)

        assert [text.count(word) for word in ("to come", "in force", "followed</span>")] == [1] * 3
        assert "rosa" in text

    def test_a_model_that_nobody_knows(self, viewer: Client) -> None:
        assert "acme/m-1 has no price" in text_of(viewer, self.ADDRESS)

    def test_only_its_own_note_is_shown(self, viewer: Client) -> None:
        assert "cannot call it" not in text_of(viewer, f"{PAGE}?provider=acme&model=m-2")
        assert "cannot call it" in text_of(viewer, self.ADDRESS)

    def test_the_form_starts_with_what_holds(self, admin: Client) -> None:
        PriceFactory(provider="acme", model="m-1", input_usd="0.125", output_usd="20")

        text = text_of(admin, self.ADDRESS)

        for value in ("acme", "m-1", "0.125", "20", "4096"):
            assert f'value="{value}"' in text


class TestSetting:
    def send(self, browser: Client, **changes: str) -> Any:
        return browser.post(PAGE, FORM | changes)

    def test_a_version_is_added_and_the_page_says_so(self, admin: Client) -> None:
        response = self.send(admin, reasoning_usd="12.5", effective_from="2026-01-02T03:04")

        assert response.headers["Location"] == f"{PAGE}#content"
        assert "Price set." in text_of(admin)
        row = ModelPrice.objects.get()
        assert (row.input_usd, row.reasoning_usd) == (Decimal("1.25"), Decimal("12.5"))
        assert row.effective_from == datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
        assert AuditEntry.objects.get().by == row.created_by

    def test_free_needs_the_tick(self, admin: Client) -> None:
        zeros = {"input_usd": "0", "output_usd": "0"}

        assert self.send(admin, **zeros).status_code == 422
        assert self.send(admin, is_free="on").status_code == 422
        assert not ModelPrice.objects.exists()

        assert self.send(admin, **zeros, is_free="on").status_code == 302

    @pytest.mark.parametrize(
        ("field", "value", "says"),
        [
            ("provider", "", "Write the name."),
            ("model", "two words", "without spaces"),
            ("model", "m" * 121, "at most 120 characters"),
            ("input_usd", "", "Write the price."),
            ("input_usd", "cheap", "Write a number, like 0.25."),
            ("input_usd", "NaN", "Write a number, like 0.25."),
            ("output_usd", "-1", "cannot be negative"),
            ("cache_read_usd", "0.0000001", "at most six places"),
            ("cache_write_usd", "1e9", "typing error"),
            ("max_output_tokens", "0", "whole number"),
            ("max_input_tokens", "1.5", "whole number"),
            ("effective_from", "soon", "Write day and time"),
            ("source", "", "Say where the figures are from."),
        ],
    )
    def test_what_is_wrong_stands_at_its_field(
        self, admin: Client, field: str, value: str, says: str
    ) -> None:
        response = self.send(admin, **{"provider": "kept", field: value})

        text = response.content.decode()
        assert response.status_code == 422
        assert says in text
        described = f'aria-describedby="id_{field}_helptext id_{field}_error"'
        assert described in text or f'aria-describedby="id_{field}_error"' in text
        assert f'id="id_{field}_error"' in text
        assert field == "provider" or 'value="kept"' in text
        assert not ModelPrice.objects.exists()

    def test_every_problem_is_said_at_once(self, admin: Client) -> None:
        text = self.send(admin, input_usd="-1", source="").content.decode()

        assert "Correct 2 fields below." in text
        assert 'id="id_input_usd_error"' in text
        assert 'id="id_source_error"' in text

    def test_two_versions_at_one_moment(self, admin: Client) -> None:
        self.send(admin, effective_from="2026-01-02T03:04")

        response = self.send(admin, effective_from="2026-01-02T03:04")

        assert response.status_code == 409
        assert (
            "acme/m-1 has a price from 2 Jan 2026, 03:04 UTC already" in response.content.decode()
        )

    @pytest.mark.parametrize("role", [None, *(role for role in Role if role != Role.ADMIN)])
    def test_others_may_not(self, role: Role | None) -> None:
        assert self.send(browser_of(role)).status_code == 403
        assert not ModelPrice.objects.exists()

    def test_others_see_no_form(self, viewer: Client) -> None:
        assert 'method="post" action="/prices' not in text_of(viewer)


def test_who_is_not_signed_in_is_led_to_the_door(client: Client) -> None:
    for response in (client.get(PAGE), client.post(PAGE, FORM)):
        assert response.status_code == 302
        assert response.headers["Location"].startswith("/accounts/")


def test_without_a_role_nothing_is_shown() -> None:
    assert browser_of(None).get(PAGE).status_code == 403


def test_other_methods(admin: Client) -> None:
    assert admin.put(PAGE).status_code == 405
