"""manage.py prices."""

from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from apps.budgets.models import ModelPrice
from tests.factories import PriceFactory

pytestmark = pytest.mark.django_db

ONE = ("seed", "--provider", "openai", "--model", "o3-mini")


@pytest.fixture(autouse=True)
def _empty_list() -> None:
    """Take away the price that the migrations bring."""
    ModelPrice.objects.all().delete()


class Terminal(StringIO):
    """A person at the keyboard."""

    def isatty(self) -> bool:
        return True


def run(*args: str, stdin: StringIO | None = None) -> str:
    out = StringIO()
    call_command("prices", *args, stdout=out, stdin=stdin or StringIO())
    return out.getvalue()


class TestSeed:
    def test_without_approval_the_diff_is_printed_and_nothing_written(self) -> None:
        said = run(*ONE)

        assert "new      openai/o3-mini: input $" in said
        assert "1 new, 0 changed, 0 the same" in said
        assert "Nothing written. Write it with --apply." in said
        assert not ModelPrice.objects.exists()

    def test_apply_writes_and_the_second_run_has_nothing_to_do(self) -> None:
        assert "1 written." in run(*ONE, "--apply")
        assert ModelPrice.objects.get().max_output_tokens == 32_768

        said = run(*ONE, "--apply")

        assert "0 new, 0 changed, 1 the same\nNo change." in said
        assert ModelPrice.objects.count() == 1

    @pytest.mark.parametrize(("answer", "written"), [("y\n", 1), ("n\n", 0), ("\n", 0), ("", 0)])
    def test_a_person_is_asked(self, answer: str, written: int) -> None:
        said = run(*ONE, stdin=Terminal(answer))

        assert "Write 1 prices? [y/N] " in said
        assert ModelPrice.objects.count() == written

    def test_a_changed_price_is_shown_and_followed(self) -> None:
        run(*ONE, "--apply", "--max-output-tokens", "9000")
        ModelPrice.objects.update(input_usd=Decimal("99.5"))

        said = run(*ONE, "--apply")

        assert "changed  openai/o3-mini: input $99.50 → $" in said
        newest, oldest = ModelPrice.objects.all()
        assert oldest.input_usd == Decimal("99.5")
        assert newest.max_output_tokens == 9000

    def test_a_typed_price_is_kept_unless_told_otherwise(self) -> None:
        PriceFactory(provider="openai", model="o3-mini", source="our contract")

        assert "kept     openai/o3-mini: typed by a person" in run(*ONE, "--apply")
        assert ModelPrice.objects.count() == 1

        assert "1 written." in run(*ONE, "--apply", "--replace-own")

    def test_by_default_the_models_of_profiles_are_included(self, settings: LazySettings) -> None:
        profile = settings.LLM_PROFILES["default"]
        dated = "claude-haiku-4-5-20251001"
        settings.LLM_PROFILES = {"default": {**profile, "vendor": "anthropic", "model": dated}}

        said = run("seed")

        assert f"new      anthropic/{dated}: " in said
        assert "new      openai/o3-mini: " in said
        assert "note     openai/whisper-1: left out, not billed by tokens" in said

    def test_all_of_the_default_can_be_written(self) -> None:
        said = run("seed", "--apply")

        assert f"{ModelPrice.objects.count():,} written." in said
        assert ModelPrice.objects.count() > 100

    def test_an_unknown_provider_is_named(self) -> None:
        with pytest.raises(CommandError, match=r"no provider 'acme'. It has: anthropic"):
            run("seed", "--provider", "acme")


class TestAdd:
    def test_all_figures(self) -> None:
        said = run(
            *("add", "acme", "m-1", "--input-usd", "1.25", "--output-usd", "10"),
            *("--cache-read-usd", "0.125", "--cache-write-usd", "1.5", "--reasoning-usd", "12"),
            *("--max-output-tokens", "8000", "--max-input-tokens", "200000"),
            *("--source", "acme.test/prices", "--from", "2026-01-02T03:04"),
        )

        row = ModelPrice.objects.get()
        assert (row.cache_read_usd, row.reasoning_usd) == (Decimal("0.125"), Decimal(12))
        assert (row.max_output_tokens, row.max_input_tokens) == (8000, 200_000)
        assert row.effective_from == datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
        assert "$0.125" in said

    def test_free(self) -> None:
        run("add", "local", "llama", "--free")

        row = ModelPrice.objects.get()
        assert (row.input_usd, row.output_usd) == (0, 0)
        assert row.source == "runs locally, no bill"

    @pytest.mark.parametrize(
        ("args", "says"),
        [
            ((), "or --free for a local model"),
            (("--input-usd", "1"), "--output-usd"),
            (("--input-usd", "0", "--output-usd", "0"), "say so with --free"),
            (("--free", "--input-usd", "1"), "not both"),
            (("--input-usd", "-1", "--output-usd", "1"), "cannot be negative"),
            (("--input-usd", "x", "--output-usd", "1"), "no number"),
            (("--free", "--from", "soon"), "no moment"),
            (("--free", "--max-output-tokens", "many"), "no whole number"),
        ],
    )
    def test_refused(self, args: tuple[str, ...], says: str) -> None:
        with pytest.raises(CommandError, match=says):
            run("add", "acme", "m-1", *args)

        assert not ModelPrice.objects.exists()


class TestList:
    def test_nothing_yet(self) -> None:
        assert "manage.py prices seed" in run("list")

    def test_versions_and_providers(self) -> None:
        for year in (2020, 2021):
            PriceFactory(
                provider="acme", model="m-1", effective_from=datetime(year, 1, 1, tzinfo=UTC)
            )
        PriceFactory(provider="zeta", model="m-2")

        assert [line.split()[0] for line in run("list").splitlines()] == [
            "provider",
            "acme",
            "zeta",
        ]
        assert "2021-01-01" in run("list")
        assert "2020-01-01" not in run("list", "--provider", "acme")
        assert len(run("list", "--all").splitlines()) == 4
