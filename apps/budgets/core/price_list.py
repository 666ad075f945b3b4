"""Prices side by side: what a catalogue says, what is stored, and what no price may be."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from apps.budgets.core.pricing import MICRO_DOLLAR, Price

# Catalogues do not say how long an answer may be; few models write more than this. A profile's own
# limit is smaller as a rule, and the smaller one counts.
DEFAULT_MAX_OUTPUT_TOKENS = 32_768
MOST_USD = Decimal(100_000)  # per million tokens; the dearest model known costs 600
MOST_TOKENS = 2**31 - 1  # what the column holds
LONGEST = {"provider": 80, "model": 120, "source": 200}  # characters that the columns hold
FREE_SOURCE = "runs locally, no bill"

INSTEAD = {  # what tokens of a kind cost where they have no price of their own
    "cache_read_usd": "input_usd",
    "cache_write_usd": "input_usd",
    "reasoning_usd": "output_usd",
}
USD_LABELS = {
    "input_usd": "input",
    "output_usd": "output",
    "cache_read_usd": "cache read",
    "cache_write_usd": "cache write",
    "reasoning_usd": "reasoning",
}
COUNT_LABELS = {
    "max_input_tokens": "most input tokens",
    "max_output_tokens": "most output tokens",
}
# A catalogue knows nothing about the length of answers, so that is never a difference.
COMPARED = (*USD_LABELS, "max_input_tokens")

Key = tuple[str, str]  # provider, model


@dataclass(frozen=True, slots=True)
class Entry:
    """What a catalogue says about one model."""

    provider: str
    model: str
    price: Price
    source: str
    starts_at: datetime | None = None  # None: nobody knows since when

    @property
    def key(self) -> Key:
        return self.provider, self.model


@dataclass(frozen=True, slots=True)
class Listed:
    """What is stored about one model."""

    price: Price
    is_from_catalog: bool  # False: a person typed it


@dataclass(frozen=True, slots=True)
class Change:
    """A catalogue's entry beside the price that is in force."""

    entry: Entry
    old: Price | None  # None: the model has none yet

    @property
    def label(self) -> str:
        return f"{self.entry.provider}/{self.entry.model}"


@dataclass(frozen=True, slots=True)
class Diff:
    """What a catalogue would change, in the order of the catalogue."""

    added: tuple[Change, ...] = ()
    changed: tuple[Change, ...] = ()
    kept: tuple[Change, ...] = ()  # typed by a person: the catalogue does not overrule it
    same: int = 0

    @property
    def changes(self) -> tuple[Change, ...]:
        """What is written when somebody approves."""
        return self.added + self.changed


def diff(
    entries: Iterable[Entry],
    listed: Mapping[Key, Listed],
    *,
    max_output_tokens: int = DEFAULT_MAX_OUTPUT_TOKENS,
    replaces_own: bool = False,
) -> Diff:
    """Compare a catalogue with the prices in force.

    `max_output_tokens` is for models that are new; known ones keep theirs. A price that a person
    typed is replaced only with `replaces_own`.
    """
    added, changed, kept, same = [], [], [], 0
    for entry in entries:
        known = listed.get(entry.key)
        if known is None:
            added.append(Change(_with_answers(entry, max_output_tokens), None))
            continue
        change = Change(_with_answers(entry, known.price.max_output_tokens), known.price)
        if not differences(change):
            same += 1
        elif known.is_from_catalog or replaces_own:
            changed.append(change)
        else:
            kept.append(change)
    return Diff(tuple(added), tuple(changed), tuple(kept), same)


def _with_answers(entry: Entry, max_output_tokens: int) -> Entry:
    return replace(entry, price=replace(entry.price, max_output_tokens=max_output_tokens))


def differences(change: Change) -> list[str]:
    """Return each figure that changes: `output $10.00 → $8.00`; nothing for a new model."""
    if change.old is None:
        return []
    old, new = _figures(change.old), _figures(change.entry.price)
    labels = USD_LABELS | COUNT_LABELS
    return [
        f"{labels[name]} {_shown(name, old[name])} → {_shown(name, new[name])}"
        for name in COMPARED
        if old[name] != new[name]
    ]


def diff_lines(found: Diff) -> list[str]:
    """Return the diff for people: a line per new, changed or kept price, and the counts."""
    lines = [f"new      {c.label}: {described(c.entry.price)} [{_origin(c)}]" for c in found.added]
    lines += [f"changed  {c.label}: {', '.join(differences(c))}" for c in found.changed]
    lines += [
        f"kept     {c.label}: typed by a person; the catalogue says {', '.join(differences(c))}"
        for c in found.kept
    ]
    counts = [f"{len(found.added):,} new", f"{len(found.changed):,} changed"]
    if found.kept:
        counts.append(f"{len(found.kept):,} kept")
    return [*lines, ", ".join([*counts, f"{found.same:,} the same"])]


def _origin(change: Change) -> str:
    since = change.entry.starts_at
    return change.entry.source + (f", since {since:%Y-%m-%d}" if since else "")


def described(price: Price) -> str:
    """Return the figures in one line; those that follow another figure are left out."""
    return ", ".join(
        f"{label} {_shown(name, value)}"
        for name, label in (USD_LABELS | COUNT_LABELS).items()
        if (value := getattr(price, name)) is not None
    )


def figure(amount: Decimal | None) -> str:
    """Return USD exactly, with two places at least: $10.00, $0.125, $0.000001."""
    if amount is None:
        return "–"
    whole, places = f"{amount:,.6f}".split(".")
    return f"${whole}.{places.rstrip('0').ljust(2, '0')}"


def _shown(name: str, value: Decimal | int | None) -> str:
    if value is None:
        return f"as {USD_LABELS[INSTEAD[name]]}" if name in INSTEAD else "any"
    return f"{value:,}" if name in COUNT_LABELS else figure(Decimal(value))


def _figures(price: Price) -> dict[str, Decimal | int | None]:
    return {name: getattr(price, name) for name in COMPARED}


def as_facts(price: Price) -> dict[str, object]:
    """Return every figure by its name, for the audit log."""
    return {name: getattr(price, name) for name in (*USD_LABELS, *COUNT_LABELS)}


def is_free(price: Price) -> bool:
    """Return whether no token costs anything."""
    return not price.dearest_input_usd and not price.dearest_output_usd


def problems(figures: Mapping[str, object]) -> dict[str, str]:
    """Return what is wrong with each figure that cannot be stored, as a sentence.

    `figures` are by the names of Price, see as_facts; those that are missing are not looked at.
    """
    found = {}
    for name, value in figures.items():
        if isinstance(value, Decimal) and (problem := _usd_problem(value)):
            found[name] = problem
        if isinstance(value, int) and not 1 <= value <= MOST_TOKENS:
            found[name] = f"Write a whole number from 1 to {MOST_TOKENS:,}."
    return found


def _usd_problem(value: Decimal) -> str:
    if not value.is_finite():
        return "This is not a number of USD."
    if value < 0:
        return "A price cannot be negative."
    if value > MOST_USD:
        return f"More than ${MOST_USD:,} per million tokens must be a typing error."
    if value != value.quantize(MICRO_DOLLAR):
        return "Write at most six places."
    return ""


def name_problem(name: str, *, longest: int) -> str:
    """Return why this cannot be the name of a provider or model, or an empty text."""
    if not name:
        return "Write the name."
    if len(name) > longest:
        return f"Write at most {longest} characters."
    if any(sign.isspace() or not sign.isprintable() for sign in name):
        return "Write the name without spaces, exactly as the provider does."
    return ""


def table(rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Return the rows as lines of text whose columns stand below each other."""
    kept = list(rows)
    widths = [max(map(len, column)) for column in zip(*kept, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in kept
    ]
