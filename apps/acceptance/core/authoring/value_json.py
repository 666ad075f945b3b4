"""Values of checks as JSON and back, without loss, also through PostgreSQL's `jsonb`.

That column reorders the fields of objects, respells numbers, and takes neither NUL nor half a
surrogate pair. So dictionaries are lists of pairs, floats are texts, and such texts are bytes.
"""

import binascii
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from apps.acceptance.core.authoring.places import MAX_ITEMS, InvalidCheck, Place, attribute
from apps.acceptance.core.checks import Absent, Free, Literal, Made, Step, StepKind, Target

MAX_DEPTH = 40
MAX_DIGITS = 400  # of one number; longer ones are slow to print
MAX_BYTES = 100_000
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_FLOAT = re.compile(r"-?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|inf|nan)")
_SYMBOL = re.compile(r"(?:[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*)?", re.ASCII)
# Names, the rest of a call, and the patterns that JavaScript takes an argument apart with.
_PARAMETER = re.compile(r"(?:\*{1,2}|\.\.\.)?[\w$]+|(?:\.\.\.)?[{\[][\w$\s,:.=\"'{}\[\]]*[}\]]")
_PATH = re.compile(r"(?:[\w@.+-]+(?:/[\w@.+-]+)*)?")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


# --- to data ------------------------------------------------------------------------------------


def value_as_data(value: Literal) -> Any:
    """The value as data of JSON; what JSON lacks is an object with one field that begins with `$`."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return _text_as_data(value)
    if isinstance(value, Made):
        return {"$made": made_as_data(value)}
    for type_, tag, spell in _SPELLINGS:
        if isinstance(value, type_):
            return {tag: spell(value)}
    raise InvalidCheck(f"a value of the type {type(value).__name__} cannot be stored.")


def _text_as_data(value: str) -> Any:
    if _UNSTORABLE.search(value):
        return {"$text": value.encode("utf-8", "surrogatepass").hex()}
    return value


def _listed(values: Iterable[Literal]) -> list[Any]:
    return [value_as_data(each) for each in values]


def _unordered(values: Iterable[Literal]) -> list[Any]:
    return sorted(_listed(values), key=repr)


def _pairs(value: dict[Literal, Literal]) -> list[Any]:
    return [[value_as_data(key), value_as_data(each)] for key, each in value.items()]


_SPELLINGS: tuple[tuple[type, str, Callable[[Any], Any]], ...] = (
    (float, "$float", repr),
    (Decimal, "$decimal", str),
    (bytes, "$bytes", bytes.hex),
    (list, "$list", _listed),
    (tuple, "$tuple", _listed),
    (set, "$set", _unordered),
    (frozenset, "$frozenset", _unordered),
    (dict, "$dict", _pairs),
    (Free, "$free", lambda value: value.name),
    (Absent, "$absent", lambda value: value.value),
)


def made_as_data(made: Made) -> dict[str, Any]:
    return {
        "target": target_as_data(made.target),
        "args": _listed(made.args),
        "named": [[name, value_as_data(value)] for name, value in made.named],
        "steps": steps_as_data(made.steps),
        "is_new": made.is_new,
    }


def steps_as_data(steps: Iterable[Step]) -> list[Any]:
    return [
        {
            "kind": step.kind.value,
            "name": step.name,
            "index": value_as_data(step.index),
            "args": _listed(step.args),
        }
        for step in steps
    ]


def target_as_data(target: Target) -> dict[str, Any]:
    return {
        "symbol": target.symbol,
        "path": target.path,
        "parameters": list(target.parameters),
        "types": list(target.types),
        "required": target.required,
        "returns": target.returns,
        "covers": list(target.covers),
        "is_async": target.is_async,
        "is_class": target.is_class,
    }


# --- from data ----------------------------------------------------------------------------------


def value_from_data(place: Place, depth: int = 0) -> Literal:
    """The value that stands at a place. Raises InvalidCheck."""
    if depth > MAX_DEPTH:
        raise place.fail("is nested too deep")
    value = place.value
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return place.whole(-(10**MAX_DIGITS), 10**MAX_DIGITS)
    if isinstance(value, str):
        return place.text()
    if not isinstance(value, Mapping) or len(value) != 1:
        raise place.fail("is no value")
    tag = next(iter(value))
    if tag not in _READERS:
        raise place.fail(f"has a field {str(tag)[:40]!r} that is not known")
    return _READERS[tag](place.fields([tag])[tag], depth + 1)


def values_from_data(place: Place, depth: int = 0) -> tuple[Literal, ...]:
    return tuple(value_from_data(each, depth) for each in place.items())


def made_from_data(place: Place, depth: int = 0) -> Made:
    fields = place.fields(("target", "args", "named", "steps", "is_new"))
    return Made(
        target_from_data(fields["target"]),
        values_from_data(fields["args"], depth),
        named_from_data(fields["named"], depth),
        steps_from_data(fields["steps"], depth),
        fields["is_new"].flag(),
    )


def named_from_data(place: Place, depth: int = 0) -> tuple[tuple[str, Literal], ...]:
    pairs = [each.pair() for each in place.items(limit=100)]
    return tuple((name.name(), value_from_data(value, depth)) for name, value in pairs)


def steps_from_data(place: Place, depth: int = 0) -> tuple[Step, ...]:
    return tuple(_step(each, depth) for each in place.items(limit=20))


def _step(place: Place, depth: int) -> Step:
    fields = place.fields(("kind", "name", "index", "args"))
    match StepKind(fields["kind"].one_of([each.value for each in StepKind])):
        case StepKind.ATTRIBUTE:
            return attribute(fields["name"])
        case StepKind.INDEX:
            index = value_from_data(fields["index"], depth)
            return Step(StepKind.INDEX, index=Place(index, fields["index"].where).index())
        case StepKind.METHOD:
            args = values_from_data(fields["args"], depth)
            return Step(StepKind.METHOD, fields["name"].name(), args=args)


def target_from_data(place: Place) -> Target:
    fields = place.fields(
        (
            "symbol", "path", "parameters", "types", "required", "returns", "covers", "is_async", "is_class",
        )
    )  # fmt: skip
    return Target(
        symbol=symbol_from_data(fields["symbol"]),
        path=_path(fields["path"]),
        parameters=tuple(_matching(each, _PARAMETER) for each in fields["parameters"].items(100)),
        types=tuple(_line(each) for each in fields["types"].items(100)),
        required=fields["required"].whole(0, 100),
        returns=_line(fields["returns"]),
        covers=tuple(_line(each) for each in fields["covers"].items()),
        is_async=fields["is_async"].flag(),
        is_class=fields["is_class"].flag(),
    )


def symbol_from_data(place: Place) -> str:
    """A name, perhaps with its module, or nothing."""
    return _matching(place, _SYMBOL)


def _matching(place: Place, pattern: re.Pattern[str]) -> str:
    found = place.text(limit=400)
    if not pattern.fullmatch(found) or "__" in found:
        raise place.fail(f"is {found[:40]!r}, which is no name that a test may use")
    return found


def _path(place: Place) -> str:
    found = place.text(limit=400)
    if not _PATH.fullmatch(found) or ".." in found.split("/"):
        raise place.fail(f"is {found[:40]!r}, which is no path inside a project")
    return found


def _line(place: Place) -> str:
    found = place.text(limit=4_000)
    if _CONTROL.search(found):
        raise place.fail("has characters that do not print")
    return found


def _float(place: Place, depth: int) -> float:
    del depth
    found = place.text(limit=40)
    if not _FLOAT.fullmatch(found):
        raise place.fail("is no number")
    return float(found)


def _decimal(place: Place, depth: int) -> Decimal:
    del depth
    found = place.text(limit=MAX_DIGITS)
    try:
        return Decimal(found)
    except InvalidOperation as error:
        raise place.fail("is no number") from error


def _bytes(place: Place, depth: int) -> bytes:
    del depth
    try:
        return binascii.unhexlify(place.text(limit=2 * MAX_BYTES))
    except (binascii.Error, ValueError) as error:
        raise place.fail("is no text of hexadecimal digits") from error


def _text(place: Place, depth: int) -> str:
    try:
        return _bytes(place, depth).decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise place.fail("is no text in UTF-8") from error


def hashable(place: Place, values: Iterable[Literal]) -> list[Literal]:
    """The values, when all are different and can be keys. Raises InvalidCheck."""
    found = list(values)
    try:
        count = len(set(found))
    except TypeError as error:
        raise place.fail("holds a value that can be no key") from error
    if count != len(found):
        raise place.fail("holds a value twice")
    return found


def _set(place: Place, depth: int) -> set[Literal]:
    return set(hashable(place, values_from_data(place, depth)))


def _dict(place: Place, depth: int) -> dict[Literal, Literal]:
    pairs = [each.pair() for each in place.items(MAX_ITEMS)]
    keys = hashable(place, (value_from_data(key, depth) for key, _ in pairs))
    return dict(zip(keys, (value_from_data(value, depth) for _, value in pairs), strict=True))


def _absent(place: Place, depth: int) -> Absent:
    del depth
    return Absent(place.one_of([each.value for each in Absent]))


_READERS: Mapping[str, Callable[[Place, int], Literal]] = {
    "$made": made_from_data,
    "$float": _float,
    "$decimal": _decimal,
    "$bytes": _bytes,
    "$text": _text,
    "$list": lambda place, depth: list(values_from_data(place, depth)),
    "$tuple": values_from_data,
    "$set": _set,
    "$frozenset": lambda place, depth: frozenset(_set(place, depth)),
    "$dict": _dict,
    "$free": lambda place, _: Free(place.name()),
    "$absent": _absent,
}
