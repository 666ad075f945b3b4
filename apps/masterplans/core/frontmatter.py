"""The YAML block at the head of a masterplan.

Only YAML's event stream is read, never a constructed object: one mapping of plain words, so neither
tags nor aliases nor nesting can do harm, and `off` stays the word that was written.
"""

import difflib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeVar

import yaml
from yaml.events import (
    CollectionEndEvent,
    CollectionStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
)

from apps.masterplans.core.characters import cleaned
from apps.masterplans.core.document import FrontMatter, GateMode, Language
from apps.masterplans.core.markup import one_line
from apps.masterplans.core.problems import Code, Problems

MAX_CHARACTERS = 16_000
MAX_DEPTH = 8  # of a value, which is refused anyway; scanning deeper ones takes quadratic time
MAX_TITLE = 200  # characters, as those below
MAX_PACKAGE = 120
MAX_MODEL = 80
MAX_BUDGET_USD = Decimal("99999999.999999")  # what numeric(14,6) holds
MONEY_PLACES = 6
DEFAULT = FrontMatter(
    title="",
    language=None,
    package="",
    budget_usd=Decimal(200),
    soft_cap=Decimal("0.7"),
    model="default",
    gate=GateMode.PER_WAVE,
    batching=False,
)

_FENCE = re.compile(r"---[ \t]*$")
_FENCE_END = re.compile(r"(?:---|\.\.\.)[ \t]*$")
_LOOSE_ENTRY = re.compile(r"^([A-Za-z_]\w*)[ \t]*:(.*)$")
NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_PACKAGE = re.compile(r"(?:@[a-z0-9][\w.-]*/)?[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*")
_MODEL = re.compile(r"[A-Za-z0-9][\w./:@-]*")
_YAML_EXPECTED = (  # a part of PyYAML's problem, what was expected instead
    (
        "mapping values are not allowed",
        "one value after the key; put quotes around text that holds a colon",
    ),
    ("found character '\\t'", "spaces instead of a tab"),
    ("found character", "quotes around a value that starts with this character"),
    ("while scanning a quoted scalar", "a closing quotation mark"),
    ("flow sequence", "a closing `]`, or quotes around the value"),
    ("flow mapping", "a closing `}`, or quotes around the value"),
    ("while scanning a simple key", "a colon behind the key"),
    ("could not find expected ':'", "a colon behind the key"),
    ("undefined alias", "quotes around a value that starts with `*`"),
    ("<document start>", "every key at the start of its line"),
    ("block end", "every key at the start of its line"),
)

E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class _Entry:
    key: str
    value: str | None  # None for a list, a mapping or an alias
    line: int
    column: int  # of the value
    key_column: int


class _UnreadableError(Exception):
    """A front matter that is no mapping of words."""

    def __init__(self, line: int, column: int, expected: str) -> None:
        super().__init__(expected)
        self.line, self.column, self.expected = line, column, expected


def read_front_matter(lines: Sequence[str], problems: Problems) -> tuple[FrontMatter, int]:
    """The front matter and the number of its lines; defaults stand in for what cannot be read."""
    if not lines or not _FENCE.match(lines[0]):
        return DEFAULT, 0
    end = next((at for at, line in enumerate(lines) if at and _FENCE_END.match(line)), None)
    if end is None:
        problems.add(
            Code.FRONT_MATTER_UNCLOSED,
            "The front matter is never closed; put a line of `---` behind its last key.",
            line=1,
        )
        return DEFAULT, _loose_end(lines)
    return _front_matter(_entries(lines[1:end], problems), problems), end + 1


def _loose_end(lines: Sequence[str]) -> int:
    """Where an unclosed front matter most likely ends: at the first line that is no entry."""
    return next(
        (at for at, line in enumerate(lines) if at and not _LOOSE_ENTRY.match(line)), len(lines)
    )


def _entries(lines: Sequence[str], problems: Problems) -> list[_Entry]:
    text = "\n".join(lines)
    if len(text) > MAX_CHARACTERS:
        message = (
            f"The front matter is longer than {MAX_CHARACTERS:,} characters; keep prose below it."
        )
        problems.add(Code.FRONT_MATTER_TOO_LONG, message, line=1)
        return []
    try:
        found = _mapping(yaml.parse(text, Loader=yaml.SafeLoader))
        return [_cleaned(entry, problems) for entry in found]
    except yaml.MarkedYAMLError as error:
        bad = _from_yaml(error)
    except yaml.YAMLError:
        bad = _UnreadableError(1, 1, "printable characters only")
    except (ValueError, OverflowError):  # PyYAML on `"\U00110000"`, or `%YAML` with a huge number
        bad = _UnreadableError(1, 1, "plain text instead of escapes such as `\\U00110000`")
    except _UnreadableError as error:
        bad = error
    message = f"The front matter cannot be read in line {bad.line}: expected {bad.expected}."
    problems.add(Code.FRONT_MATTER_YAML, message, line=bad.line, column=bad.column)
    return _loose_entries(lines)


def _cleaned(entry: _Entry, problems: Problems) -> _Entry:
    """Escapes bring back the characters that were taken out of the lines."""
    key = cleaned(entry.key, problems, line=entry.line, column=entry.key_column)
    value = cleaned(entry.value or "", problems, line=entry.line, column=entry.column)
    return replace(entry, key=key, value=None if entry.value is None else value)


def _from_yaml(error: yaml.MarkedYAMLError) -> _UnreadableError:
    mark = error.problem_mark or error.context_mark
    said = f"{error.context or ''} {error.problem or ''}"
    expected = next(
        (text for part, text in _YAML_EXPECTED if part in said), "`key: value` on every line"
    )
    if mark is None:
        return _UnreadableError(1, 1, expected)
    return _UnreadableError(mark.line + 2, mark.column + 1, expected)


def _loose_entries(lines: Sequence[str]) -> list[_Entry]:
    """The lines of a broken front matter that still read as `key: value`; a draft keeps them."""
    found = []
    for number, line in enumerate(lines, start=2):
        match = _LOOSE_ENTRY.match(line)
        if match:
            value = match[2].strip().strip("\"'")
            found.append(_Entry(match[1], value, number, match.end(1) + 2, 1))
    return found


def _mapping(events: Iterator[Event]) -> list[_Entry]:
    """The entries of the one mapping that the stream may hold."""
    nodes = (event for event in events if isinstance(event, NodeEvent | MappingEndEvent))
    first = next(nodes, None)
    if first is None:
        return []
    if not isinstance(first, MappingStartEvent):
        raise _unreadable(first, "`key: value` on every line")
    found: list[_Entry] = []
    for key in nodes:
        if isinstance(key, MappingEndEvent):
            break
        if not isinstance(key, ScalarEvent):
            raise _unreadable(key, "a plain word as key")
        found.append(_entry(key, _value(events)))
    for _ in events:  # a second document or broken YAML behind the mapping is reported too
        pass
    return found


def _unreadable(event: Event, expected: str) -> _UnreadableError:
    return _UnreadableError(*_place(event), expected)


def _place(event: Event) -> tuple[int, int]:
    """Line and column in the file, whose first line is the opening `---`."""
    mark = event.start_mark
    return (mark.line + 2, mark.column + 1) if mark else (1, 1)


def _value(events: Iterator[Event]) -> Event:
    """The event of the next value; the inside of a list or mapping is skipped."""
    first = next(events)
    depth = _depth(first)
    while depth:
        event = next(events)
        depth += _depth(event)
        if depth > MAX_DEPTH:
            raise _unreadable(event, "one plain value for every key")
    return first


def _depth(event: Event) -> int:
    if isinstance(event, CollectionStartEvent):
        return 1
    return -1 if isinstance(event, CollectionEndEvent) else 0


def _entry(key: ScalarEvent, value: Event) -> _Entry:
    word = _word(value) if isinstance(value, ScalarEvent) else None
    return _Entry(str(key.value), word, *_place(value), key_column=_place(key)[1])


def _word(scalar: ScalarEvent) -> str:
    """What was written; an unquoted null is an empty word."""
    is_plain = scalar.implicit[0] and scalar.value in NULLS
    return "" if is_plain else str(scalar.value).strip()


# --- values -------------------------------------------------------------------------------------


def _within(limit: int, word: str) -> str:
    if len(word) > limit:
        raise ValueError(f"at most {limit} characters")
    return word


def _title(word: str) -> str:
    return _within(MAX_TITLE, one_line(word))


def _choice(choices: type[E]) -> Callable[[str], E]:
    def read(word: str) -> E:
        try:
            return choices(word.lower())
        except ValueError:
            raise ValueError("one of " + ", ".join(each.value for each in choices)) from None

    return read


def _number(word: str) -> Decimal:
    try:
        number = Decimal(word)
    except InvalidOperation:
        raise ValueError("a plain number such as 5.00") from None
    if not number.is_finite():
        raise ValueError("a plain number such as 5.00")
    return number


def _budget(word: str) -> Decimal:
    amount = _number(word)
    if amount <= 0:
        raise ValueError("an amount in USD above 0")
    if amount > MAX_BUDGET_USD:
        raise ValueError(f"an amount in USD of at most {MAX_BUDGET_USD:,}")
    return _in_places(amount, "an amount in USD")


def _in_places(number: Decimal, what: str) -> Decimal:
    if number != round(number, MONEY_PLACES):
        raise ValueError(f"{what} with at most {MONEY_PLACES} decimal places")
    return number


def _soft_cap(word: str) -> Decimal:
    share = _number(word)
    if not 0 < share <= 1:
        raise ValueError("a share above 0 and up to 1, such as 0.7")
    return _in_places(share, "a share")


def _switch(word: str) -> bool:
    switches = {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}
    if word.lower() not in switches:
        raise ValueError("on or off")
    return switches[word.lower()]


def _matching(pattern: re.Pattern[str], limit: int, expected: str) -> Callable[[str], str]:
    def read(word: str) -> str:
        if not pattern.fullmatch(word):
            raise ValueError(expected)
        return _within(limit, word)

    return read


_READERS: dict[str, Callable[[str], Any]] = {
    "title": _title,
    "language": _choice(Language),
    "package": _matching(_PACKAGE, MAX_PACKAGE, "an import name such as textkit"),
    "budget_usd": _budget,
    "soft_cap": _soft_cap,
    "model": _matching(_MODEL, MAX_MODEL, "the name of an LLM profile such as default"),
    "gate": _choice(GateMode),
    "batching": _switch,
}


def _front_matter(entries: Sequence[_Entry], problems: Problems) -> FrontMatter:
    values: dict[str, Any] = {}
    seen: set[str] = set()
    for entry in entries:
        if entry.key not in _READERS:
            _report_unknown(entry, problems)
        elif entry.key in seen:
            message = f"`{entry.key}` stands twice in the front matter; keep one of them."
            problems.add(Code.DUPLICATE_KEY, message, line=entry.line, column=entry.key_column)
        else:
            seen.add(entry.key)
            _read_into(values, entry, problems)
    fields = {name: getattr(DEFAULT, name) for name in _READERS}
    return FrontMatter(**{**fields, **values})


def _report_unknown(entry: _Entry, problems: Problems) -> None:
    nearest = max(
        _READERS, key=lambda key: difflib.SequenceMatcher(None, key, entry.key.lower()).ratio()
    )
    shown = one_line(entry.key)[:60]
    message = f"`{shown}` is not a known key and is ignored; the nearest known key is `{nearest}`."
    problems.add(Code.UNKNOWN_KEY, message, line=entry.line, column=entry.key_column)


def _read_into(values: dict[str, Any], entry: _Entry, problems: Problems) -> None:
    if entry.value == "":
        return  # an empty value means the default, and a missing title is reported as such
    try:
        if entry.value is None:
            raise ValueError("one plain value")
        values[entry.key] = _READERS[entry.key](entry.value)
    except ValueError as error:
        message = f"`{entry.key}` cannot be used as written: expected {error}."
        problems.add(Code.BAD_VALUE, message, line=entry.line, column=entry.column)
