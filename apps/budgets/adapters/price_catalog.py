"""The price catalogue of the package genai-prices, as it was installed: no network."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_CEILING, Decimal
from importlib.metadata import version

from genai_prices import types as catalog
from genai_prices.data import providers as PROVIDERS  # noqa: N812 - a constant of the package

from apps.budgets.core.price_list import Entry, Key, is_free
from apps.budgets.core.pricing import MICRO_DOLLAR, Price

SOURCE = "genai-prices"  # every source text of the catalogue starts so
DEFAULT_PROVIDERS = (
    "anthropic",
    "cohere",
    "deepseek",
    "google",
    "groq",
    "mistral",
    "openai",
    "x-ai",
)

_USD_KEYS = {
    "input_usd": "input_mtok",
    "output_usd": "output_mtok",
    "cache_read_usd": "cache_read_mtok",
    "cache_write_usd": "cache_write_mtok",
    "reasoning_usd": "output_reasoning_mtok",
}
# What a call that sends and receives text does not use. The console never asks for an hour's cache.
_NOT_USED = ("audio_", "image_", "video_", "web_searches", "storage_searches", "cache_write_1h")


@dataclass(frozen=True, slots=True)
class Note:
    """Something about a model that an operator should know; most often why it is left out."""

    provider: str
    model: str
    text: str


@dataclass(frozen=True, slots=True)
class Catalog:
    """What was read."""

    entries: tuple[Entry, ...]
    notes: tuple[Note, ...]


class _LeftOut(Exception):
    """The model's price cannot be written as USD per million tokens."""


def known_providers() -> list[str]:
    """Return the providers of the catalogue."""
    return sorted(provider.id for provider in PROVIDERS)


def read_catalog(
    *,
    providers: Collection[str],
    models: Collection[str] = (),
    also: Collection[Key] = (),
    now: datetime,
    data: Sequence[catalog.Provider] = PROVIDERS,
) -> Catalog:
    """Return the prices in force now.

    `models` names the only models that are wanted. They, and the models of `also`, are found by
    the catalogue's own rules, so that a dated name gets the price of its family.
    """
    entries: dict[Key, Entry] = {}
    notes, unknown = [], []
    for provider_id, name, info in _wanted(data, providers, models, also):
        if info is None:
            unknown.append(Note(provider_id, name, "not in the catalogue"))
            continue
        try:
            entry = _entry(provider_id, name, info, now)
        except _LeftOut as reason:
            notes.append(Note(provider_id, name, f"left out, {reason}"))
            continue
        entries.setdefault(entry.key, entry)
        notes += [Note(provider_id, name, text) for text in _announced(info, now)]
    # Somebody who asks for a model of any provider wants to hear of the one that has it.
    found = {entry.model for entry in entries.values()} | {note.model for note in notes}
    notes += [note for note in unknown if note.model not in found]
    return Catalog(tuple(entries.values()), tuple(notes))


def _wanted(
    data: Sequence[catalog.Provider],
    providers: Collection[str],
    models: Collection[str],
    also: Collection[Key],
) -> Iterator[tuple[str, str, catalog.ModelInfo | None]]:
    by_id = {provider.id: provider for provider in data}
    for provider_id in providers:
        provider = by_id[provider_id]
        if not models:
            yield from ((provider_id, info.id, info) for info in provider.models)
        for name in models:
            yield provider_id, name, _find(provider, name)
    for provider_id, name in also:
        if provider_id in by_id:
            yield provider_id, name, _find(by_id[provider_id], name)


def _find(provider: catalog.Provider, name: str) -> catalog.ModelInfo | None:
    exact = next((info for info in provider.models if info.id == name), None)
    return exact or provider.find_model(name)


def _entry(provider_id: str, name: str, info: catalog.ModelInfo, now: datetime) -> Entry:
    at_other_hours = [moment for moment in _turns(info, now) if moment != now]
    prices = [_price(info.get_prices(moment)) for moment in (now, *at_other_hours)]
    price = _dearest(prices)
    if is_free(price):
        raise _LeftOut("no charge in the catalogue: add it with --free if that is true")
    source = f"{SOURCE} {version(SOURCE)}"
    if name != info.id:
        source += f" for {info.id}"
    if any(other != prices[0] for other in prices):
        source += "; dearest hour of the day"
    if price.max_input_tokens is not None:
        source += f"; holds up to {price.max_input_tokens:,} input tokens"
    return Entry(provider_id, name, price, source[:200], _started_at(info, now))


def _turns(info: catalog.ModelInfo, now: datetime) -> list[datetime]:
    """Return the moments of the day at which the price may change; empty for most models."""
    if isinstance(info.prices, catalog.ModelPrice):
        return []
    hours = [c for p in info.prices if isinstance(c := p.constraint, catalog.TimeOfDateConstraint)]
    today = now.astimezone(UTC).date()
    turns = [turn for hour in hours for turn in (hour.start_time, hour.end_time)]
    return [datetime.combine(today, turn, turn.tzinfo or UTC) for turn in turns]


def _started_at(info: catalog.ModelInfo, now: datetime) -> datetime | None:
    if isinstance(info.prices, catalog.ModelPrice):
        return None
    for conditional in reversed(info.prices):
        rule = conditional.constraint
        if rule is not None and not rule.active(now):
            continue
        return _midnight(rule) if isinstance(rule, catalog.StartDateConstraint) else None
    return None


def _announced(info: catalog.ModelInfo, now: datetime) -> list[str]:
    if isinstance(info.prices, catalog.ModelPrice):
        return []
    starts = [
        _midnight(rule)
        for conditional in info.prices
        if isinstance(rule := conditional.constraint, catalog.StartDateConstraint)
    ]
    coming = sorted({start for start in starts if start > now})
    return [f"another price from {start:%Y-%m-%d}: seed again then" for start in coming]


def _midnight(rule: catalog.StartDateConstraint) -> datetime:
    return datetime(rule.start_date.year, rule.start_date.month, rule.start_date.day, tzinfo=UTC)


def _price(found: catalog.ModelPrice) -> Price:
    stated = {key: value for key, value in vars(found).items() if value is not None}
    if not stated:
        raise _LeftOut("no price in the catalogue")
    if "input_mtok" not in stated or "output_mtok" not in stated:
        raise _LeftOut("not billed by tokens" if "input_mtok" not in stated else "writes no text")
    others = [key for key in stated if key not in _USD_KEYS.values()]
    if extra := [key for key in others if not any(part in key for part in _NOT_USED)]:
        raise _LeftOut(f"not billed by tokens alone but also by {', '.join(sorted(extra))}")
    used = {name: stated[key] for name, key in _USD_KEYS.items() if key in stated}
    return Price(
        input_usd=_base(used["input_usd"]),
        output_usd=_base(used["output_usd"]),
        cache_read_usd=_base_or_none(used.get("cache_read_usd")),
        cache_write_usd=_base_or_none(used.get("cache_write_usd")),
        reasoning_usd=_base_or_none(used.get("reasoning_usd")),
        max_input_tokens=_first_step(used.values()),
    )


def _base(value: Decimal | catalog.TieredPrices) -> Decimal:
    base = value.base if isinstance(value, catalog.TieredPrices) else value
    return base.quantize(MICRO_DOLLAR, ROUND_CEILING)


def _base_or_none(value: Decimal | catalog.TieredPrices | None) -> Decimal | None:
    return None if value is None else _base(value)


def _first_step(values: Iterable[Decimal | catalog.TieredPrices]) -> int | None:
    """Return up to how many input tokens the base prices hold; None for prices without steps."""
    tiered = [value for value in values if isinstance(value, catalog.TieredPrices)]
    starts = [tier.start for value in tiered for tier in value.tiers]
    if starts and min(starts) < 1:
        raise _LeftOut("its price has no first step")
    return min(starts, default=None)


def _dearest(prices: list[Price]) -> Price:
    """Return figure by figure the most that is asked at any hour."""
    steps = [price.max_input_tokens for price in prices if price.max_input_tokens is not None]
    return Price(
        input_usd=max(price.input_usd for price in prices),
        output_usd=max(price.output_usd for price in prices),
        cache_read_usd=_dearest_of([(p.cache_read_usd, p.input_usd) for p in prices]),
        cache_write_usd=_dearest_of([(p.cache_write_usd, p.input_usd) for p in prices]),
        reasoning_usd=_dearest_of([(p.reasoning_usd, p.output_usd) for p in prices]),
        max_input_tokens=min(steps, default=None),
    )


def _dearest_of(figures: list[tuple[Decimal | None, Decimal]]) -> Decimal | None:
    """Return the most of each figure or what stands for it; None when there is none at any hour."""
    if all(own is None for own, _ in figures):
        return None
    return max(instead if own is None else own for own, instead in figures)
