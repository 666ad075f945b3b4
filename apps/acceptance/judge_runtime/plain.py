"""Plain data of the standard library as values of the wire, and back.

Only exact types are plain: an object of a class of its own, even one made from `str`, may lie about
itself and is not rebuilt from what it says.
"""

import base64
import binascii
import datetime as dt
import re
import zoneinfo
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import UUID

from .wire import MAX_TEXT_NUMBER, SAFE_INT, WireError

Encode = Callable[[object], Any]
Decode = Callable[[Any], Any]

# Types that are passed by their names: what `f(int)` or `field.type is Decimal` mean.
TYPES: dict[str, type] = {
    f"{each.__module__}.{each.__qualname__}": each
    for each in (
        *(bool, int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset),
        *(object, type, type(None), range, Decimal, Fraction, UUID, Path, PurePosixPath),
        *(dt.datetime, dt.date, dt.time, dt.timedelta, dt.timezone),
        *(OrderedDict, defaultdict, Counter, deque),
        *(
            each
            for each in vars(__import__("builtins")).values()
            if isinstance(each, type) and issubclass(each, BaseException)
        ),
    )
}
TYPE_NAMES = {found: name for name, found in TYPES.items()}
SCALARS = frozenset({type(None), bool, str})


def encode_number(value: int | float) -> Any:
    if type(value) is int:
        return value if -SAFE_INT < value < SAFE_INT else ["i", _hex(value)]
    finite = value - value == 0
    return value if finite else ["f", repr(value)]


def _hex(value: int) -> str:
    digits = hex(value)
    if len(digits) > MAX_TEXT_NUMBER:
        raise WireError("The number is too long.")
    return digits


def decode_number(tag: str, text: object) -> int | float:
    if not isinstance(text, str) or len(text) > MAX_TEXT_NUMBER:
        raise WireError("No number.")
    if tag == "f":
        if text not in ("nan", "inf", "-inf"):
            raise WireError("No number.")
        return float(text)
    try:
        return int(text, 16)
    except ValueError:
        raise WireError("No number.") from None


def encode_bytes(value: bytes | bytearray) -> str:
    return base64.b64encode(value).decode("ascii")


def decode_bytes(text: object) -> bytes:
    try:
        if isinstance(text, str):
            return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        pass
    raise WireError("No bytes.")


def _tz_out(zone: dt.tzinfo | None, moment: Any) -> list[Any]:
    if zone is None:
        return []
    if type(zone) is zoneinfo.ZoneInfo and zone.key:
        return [zone.key]
    offset = zone.utcoffset(moment) if moment is not None else zone.utcoffset(None)
    return [offset // dt.timedelta(microseconds=1)] if offset is not None else []


def _tz_in(parts: list[Any]) -> dt.tzinfo | None:
    if not parts:
        return None
    if isinstance(parts[0], str):
        return zoneinfo.ZoneInfo(parts[0])
    return dt.timezone(dt.timedelta(microseconds=parts[0]))


def _datetime_out(value: dt.datetime) -> list[Any]:
    day = [value.year, value.month, value.day]
    clock = [value.hour, value.minute, value.second, value.microsecond, value.fold]
    return [*day, *clock, *_tz_out(value.tzinfo, value)]


def _datetime_in(year: int, month: int, day: int, *rest: Any) -> dt.datetime:
    hour, minute, second, micro, fold, *zone = rest
    zone_ = _tz_in(zone)
    return dt.datetime(year, month, day, hour, minute, second, micro, tzinfo=zone_, fold=fold)


def _time_out(value: dt.time) -> list[Any]:
    clock = [value.hour, value.minute, value.second, value.microsecond, value.fold]
    return [*clock, *_tz_out(value.tzinfo, None)]


def _time_in(hour: int, minute: int, second: int, micro: int, fold: int, *zone: Any) -> dt.time:
    return dt.time(hour, minute, second, micro, tzinfo=_tz_in(list(zone)), fold=fold)


def _pattern_in(pattern: str | bytes, flags: int) -> "re.Pattern[Any]":
    return re.compile(pattern, flags)


def _default_dict(*pairs: Any) -> "defaultdict[Any, Any]":
    return defaultdict(None, pairs)


# Type -> its name on the wire, its parts (again values), and how it is put together.
_KINDS: dict[type, tuple[str, Callable[[Any], Any], Callable[..., Any]]] = {
    Decimal: ("decimal", lambda v: [str(v)], Decimal),
    Fraction: ("fraction", lambda v: [v.numerator, v.denominator], Fraction),
    complex: ("complex", lambda v: [v.real, v.imag], complex),
    range: ("range", lambda v: [v.start, v.stop, v.step], range),
    slice: ("slice", lambda v: [v.start, v.stop, v.step], slice),
    dt.datetime: ("datetime", _datetime_out, _datetime_in),
    dt.date: ("date", lambda v: [v.year, v.month, v.day], dt.date),
    dt.time: ("time", _time_out, _time_in),
    dt.timedelta: ("timedelta", lambda v: [v.days, v.seconds, v.microseconds], dt.timedelta),
    dt.timezone: (
        "timezone",
        lambda v: [v.utcoffset(None) // dt.timedelta(microseconds=1)],
        lambda micros: dt.timezone(dt.timedelta(microseconds=micros)),
    ),
    zoneinfo.ZoneInfo: ("zone", lambda v: [v.key], zoneinfo.ZoneInfo),
    UUID: ("uuid", lambda v: [v.hex], UUID),
    re.Pattern: ("pattern", lambda v: [v.pattern, v.flags], _pattern_in),
    type(Path()): ("path", lambda v: [str(v)], Path),
    PurePosixPath: ("purepath", lambda v: [str(v)], PurePosixPath),
    OrderedDict: ("ordered", lambda v: list(v.items()), lambda *pairs: OrderedDict(pairs)),
    defaultdict: ("default", lambda v: list(v.items()), _default_dict),
    Counter: ("counter", lambda v: list(v.items()), lambda *pairs: Counter(dict(pairs))),
    deque: ("deque", lambda v: [v.maxlen, *v], lambda maxlen, *items: deque(items, maxlen)),
    type(...): ("ellipsis", lambda _: [], lambda: ...),
    type(NotImplemented): ("notimplemented", lambda _: [], lambda: NotImplemented),
    memoryview: ("bytes", lambda v: [bytes(v)], bytes),
    type({}.keys()): ("keys", list, lambda *keys: dict.fromkeys(keys).keys()),
    type({}.values()): ("values", list, lambda *values: dict(enumerate(values)).values()),
    type({}.items()): ("items", list, lambda *items: dict(items).items()),
}
_MAKERS = {name: make for name, _, make in _KINDS.values()}


def encode_other(value: object, encode: Encode) -> Any:
    """Return the tagged form of a plain value that is no container of its own; None for others."""
    kind = _KINDS.get(type(value))
    if kind is not None:
        name, parts, _ = kind
        return ["x", name, [encode(part) for part in parts(value)]]
    if isinstance(value, type) and value in TYPE_NAMES:
        return ["ty", TYPE_NAMES[value]]
    return None


def decode_other(name: object, parts: object, decode: Decode) -> Any:
    make = _MAKERS.get(name) if isinstance(name, str) else None
    if make is None or not isinstance(parts, list):
        raise WireError("No such kind of data.")
    try:
        return make(*[decode(part) for part in parts])
    except (
        *(TypeError, ValueError, OverflowError, InvalidOperation, ZeroDivisionError, MemoryError),
        *(re.error, zoneinfo.ZoneInfoNotFoundError, RecursionError),
    ) as error:
        raise WireError(f"It is no {name}: {type(error).__name__}") from None
