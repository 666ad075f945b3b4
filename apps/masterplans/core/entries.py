"""Requirements written as data: a list of sentences, or lists under priorities, in YAML or JSON."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent

from apps.masterplans.core.sections import heading_priority

MAX_DEPTH = 20  # levels of lists and mappings
_TEXT_KEYS = ("text", "requirement", "description", "sentence")
_HEADING_KEYS = ("heading", "section_heading", "section")
_LIST_KEYS = ("requirements", "requisitos", "sentences")
_SPOKEN = re.compile(r"[a-z]{2}(?:[-_][A-Za-z]{2,4})?")  # a code of a natural language


class UnreadableEntriesError(ValueError):
    """The data is no list of requirements; the text says why, for people."""


@dataclass(frozen=True, slots=True)
class Entry:
    id: str  # empty when it has none
    text: str
    heading: str = ""  # the key it stands under, or its own
    priority: str = ""  # as the entry says it, below `requirements` only
    language: str = ""  # a code such as "es"


def yaml_data(text: str) -> Any:
    """Plain data from YAML without aliases, of which a short text can stand for a huge one.

    Raises UnreadableEntriesError.
    """
    try:
        _refuse_aliases(text)
        return yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        said = error.problem or error.context
        raise UnreadableEntriesError(f"it is no YAML: {said}{place}") from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        if isinstance(error, UnreadableEntriesError):
            raise
        raise UnreadableEntriesError("it is no YAML that can be read") from error


def _refuse_aliases(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, AliasEvent):
            raise UnreadableEntriesError("its YAML uses an alias (`*name`); write the text out")
        depth += isinstance(event, CollectionStartEvent)
        depth -= isinstance(event, CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise UnreadableEntriesError(f"its YAML is nested deeper than {MAX_DEPTH} levels")


def entries(data: Any) -> Iterator[Entry]:
    """The requirements of a list, or of lists under `requirements` or under priorities.

    Raises UnreadableEntriesError for anything else.
    """
    return _entries(data, "", 0)


def _entries(data: Any, heading: str, depth: int) -> Iterator[Entry]:
    if depth > MAX_DEPTH:
        raise UnreadableEntriesError(f"it is nested deeper than {MAX_DEPTH} levels")
    if isinstance(data, list):
        for number, each in enumerate(data, start=1):
            yield _entry(each, heading, number, is_below_key=depth > 0)
        return
    if not isinstance(data, dict):
        raise UnreadableEntriesError(f"expected a list of sentences, found {_kind(data)}")
    groups = [(str(key), value) for key, value in data.items() if _is_group(str(key), value)]
    if not groups:
        raise UnreadableEntriesError("expected a list of sentences, or one under `requirements`")
    for name, value in groups:
        yield from _entries(value, "" if name.lower() in _LIST_KEYS else name, depth + 1)


def _is_group(name: str, value: Any) -> bool:
    if name.lower() in _LIST_KEYS:
        return isinstance(value, list | dict)
    return isinstance(value, list) and heading_priority(_spaced(name)) is not None


def _spaced(name: str) -> str:
    return name.replace("_", " ")


def _entry(data: Any, heading: str, number: int, *, is_below_key: bool) -> Entry:
    if isinstance(data, str):
        return Entry("", data, _spaced(heading))
    if not isinstance(data, dict):
        raise UnreadableEntriesError(
            f"entry {number} is {_kind(data)}; write a sentence, or an object with `text`"
        )
    text = _first(data, _TEXT_KEYS)
    if text is None:
        raise UnreadableEntriesError(f"entry {number} has no text; expected the key `text`")
    priority = _word(data.get("priority")) if is_below_key else ""
    own = _word(_first(data, _HEADING_KEYS))
    return Entry(
        _word(data.get("id")), _word(text), own or _spaced(heading), priority, _spoken(data)
    )


def _first(data: dict[Any, Any], keys: Iterable[str]) -> Any:
    return next((data[key] for key in keys if data.get(key) is not None), None)


def _word(value: Any) -> str:
    """Text, and a number as text; anything else counts as nothing said."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _spoken(data: dict[Any, Any]) -> str:
    """The natural language of an entry; `language: python` says nothing about it."""
    words = (_word(data.get(key)) for key in ("nl", "language"))
    return next((word for word in words if _SPOKEN.fullmatch(word)), "")


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false"}
    return "nothing" if value is None else names.get(type(value), "a number")
