"""manage.py prices list|seed|add: what models cost."""

import sys
from argparse import ArgumentTypeError
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.budgets.actions.prices import add_price, seed
from apps.budgets.adapters.price_catalog import (
    DEFAULT_PROVIDERS,
    SOURCE,
    Catalog,
    known_providers,
    read_catalog,
)
from apps.budgets.core.price_list import (
    DEFAULT_MAX_OUTPUT_TOKENS,
    FREE_SOURCE,
    Diff,
    Key,
    Listed,
    diff,
    diff_lines,
    figure,
    is_free,
    table,
)
from apps.budgets.core.pricing import Price
from apps.budgets.models import ModelPrice
from apps.budgets.queries.prices import current_prices
from apps.common.errors import ConsoleError
from apps.llm.core.errors import LlmError
from apps.llm.profiles import load_profiles

HEADINGS = (
    "provider",
    "model",
    "input",
    "output",
    "cache read",
    "cache write",
    "reasoning",
    "most output",
    "most input",
    "since (UTC)",
    "source",
)


class Command(BaseCommand):
    help = "What models cost, in USD per million tokens: look, take over a catalogue, add one."
    stealth_options = ("stdin",)

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="do", required=True, metavar="list|seed|add")
        _describe_list(commands.add_parser("list", help="print the prices in force"))
        _describe_seed(commands.add_parser("seed", help="take prices over from genai-prices"))
        _describe_add(commands.add_parser("add", help="let another price hold from now"))

    def handle(self, *args: Any, **options: Any) -> None:
        verbs: dict[str, Callable[[dict[str, Any]], None]] = {
            "list": self._list,
            "seed": self._seed,
            "add": self._add,
        }
        try:
            verbs[options["do"]](options)
        except (ConsoleError, LlmError) as error:
            raise CommandError(str(error)) from error

    def _list(self, options: dict[str, Any]) -> None:
        rows = ModelPrice.objects.all() if options["all"] else current_prices(at=timezone.now())
        if options["provider"]:
            rows = rows.filter(provider__in=options["provider"])
        lines = [_cells(row) for row in rows]
        if not lines:
            self.stdout.write("No prices. Take over a catalogue with: manage.py prices seed")
            return
        for line in table([HEADINGS, *lines]):
            self.stdout.write(line)

    def _seed(self, options: dict[str, Any]) -> None:
        now = timezone.now()
        found = _read(options, now)
        for note in found.notes:
            self.stdout.write(f"note     {note.provider}/{note.model}: {note.text}")
        differs = diff(
            found.entries,
            _listed(now),
            max_output_tokens=options["max_output_tokens"],
            replaces_own=options["replace_own"],
        )
        for line in diff_lines(differs):
            self.stdout.write(line)
        if not differs.changes:
            self.stdout.write("No change.")
        elif options["apply"] or self._is_approved(differs, options):
            written = seed(changes=differs.changes, now=timezone.now())
            self.stdout.write(f"{len(written):,} written.")
        else:
            self.stdout.write("Nothing written. Write it with --apply.")

    def _is_approved(self, differs: Diff, options: dict[str, Any]) -> bool:
        stdin: TextIO = options.get("stdin") or sys.stdin
        if not stdin.isatty():
            return False
        self.stdout.write(f"Write {len(differs.changes):,} prices? [y/N] ", ending="")
        self.stdout.flush()
        return stdin.readline().strip().lower() in {"y", "yes"}

    def _add(self, options: dict[str, Any]) -> None:
        version = add_price(
            provider=options["provider"],
            model=options["model"],
            price=_typed_price(options),
            source=options["source"] or (FREE_SOURCE if options["free"] else "command line"),
            by=None,
            effective_from=options["from"],
        )
        for line in table([HEADINGS, _cells(version)]):
            self.stdout.write(line)


def _describe_list(parser: CommandParser) -> None:
    parser.add_argument("--provider", action="append", help="only this one; may be repeated")
    parser.add_argument("--all", action="store_true", help="every version, not only those in force")


def _describe_seed(parser: CommandParser) -> None:
    parser.description = (
        "Compare the catalogue with the prices in force, print every difference and ask."
        " Without a terminal nothing is written unless --apply is given."
    )
    parser.add_argument(
        "--provider",
        action="append",
        help=f"only this one; may be repeated. Without it: {', '.join(DEFAULT_PROVIDERS)},"
        " and the models of LLM_PROFILES",
    )
    parser.add_argument(
        "--model",
        action="append",
        help="only this name, exactly as the profile has it; may be repeated",
    )
    parser.add_argument("--apply", action="store_true", help="write without asking")
    parser.add_argument(
        "--replace-own", action="store_true", help="also replace prices that a person typed"
    )
    parser.add_argument(
        "--max-output-tokens",
        type=_count,
        default=DEFAULT_MAX_OUTPUT_TOKENS,
        help="most tokens of an answer, for models that are new; the catalogue does not say it"
        " (default: %(default)s; a profile's own limit is smaller as a rule)",
    )


def _describe_add(parser: CommandParser) -> None:
    parser.add_argument("provider", help="who sends the bill, as the profile names it")
    parser.add_argument("model", help="exactly as the profile has it")
    parser.add_argument("--free", action="store_true", help="no charge: the model runs locally")
    for name in ("input", "output", "cache-read", "cache-write", "reasoning"):
        parser.add_argument(f"--{name}-usd", type=_usd, help="USD per million tokens")
    parser.add_argument("--max-output-tokens", type=_count, default=DEFAULT_MAX_OUTPUT_TOKENS)
    parser.add_argument("--max-input-tokens", type=_count, help="the price holds up to here")
    parser.add_argument("--source", default="", help="where the figures are from")
    parser.add_argument("--from", type=_moment, help="ISO 8601, UTC where no zone is given")


def _read(options: dict[str, Any], now: datetime) -> Catalog:
    """Return the wanted part of the catalogue. Raises CommandError for an unknown provider."""
    chosen, models = options["provider"], options["model"] or ()
    for provider in chosen or ():
        if provider not in known_providers():
            raise CommandError(
                f"The catalogue has no provider {provider!r}. It has: {', '.join(known_providers())}."
            )
    also = () if chosen or models else _models_in_use()
    found = read_catalog(providers=chosen or DEFAULT_PROVIDERS, models=models, also=also, now=now)
    if models and not found.entries and not found.notes:
        raise CommandError("The catalogue has none of these models.")
    return found


def _models_in_use() -> list[Key]:
    return [(profile.billed_by, profile.model) for profile in load_profiles().values()]


def _listed(now: datetime) -> dict[Key, Listed]:
    return {
        (row.provider, row.model): Listed(row.as_price(), row.source.startswith(SOURCE))
        for row in current_prices(at=now)
    }


def _typed_price(options: dict[str, Any]) -> Price:
    """Return the price of the options. Raises CommandError for one that is not complete."""
    usd = {name: options[name] for name in _USD_OPTIONS}
    if options["free"]:
        if any(value is not None for value in usd.values()):
            raise CommandError("Give prices or --free, not both.")
        usd |= {"input_usd": Decimal(0), "output_usd": Decimal(0)}
    if usd["input_usd"] is None or usd["output_usd"] is None:
        raise CommandError("Give --input-usd and --output-usd, or --free for a local model.")
    price = Price(
        **usd,
        max_output_tokens=options["max_output_tokens"],
        max_input_tokens=options["max_input_tokens"],
    )
    if is_free(price) and not options["free"]:
        raise CommandError(
            "Every price is 0. If the model truly costs nothing, say so with --free."
        )
    return price


_USD_OPTIONS = ("input_usd", "output_usd", "cache_read_usd", "cache_write_usd", "reasoning_usd")


def _cells(row: ModelPrice) -> tuple[str, ...]:
    return (
        row.provider,
        row.model,
        figure(row.input_usd),
        figure(row.output_usd),
        figure(row.cache_read_usd),
        figure(row.cache_write_usd),
        figure(row.reasoning_usd),
        f"{row.max_output_tokens:,}",
        "any" if row.max_input_tokens is None else f"{row.max_input_tokens:,}",
        f"{row.effective_from.astimezone(UTC):%Y-%m-%d %H:%M}",
        row.source,
    )


def _usd(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ArgumentTypeError(f"{text!r} is no number, like 0.25") from None


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 11):
        raise ArgumentTypeError(f"{text!r} is no whole number")
    return int(text)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no moment, like 2026-12-01T00:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
