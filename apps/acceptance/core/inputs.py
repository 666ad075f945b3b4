"""Inputs that a requirement names by their kind, and ordinary ones for a declared type."""

import re

from apps.acceptance.core.binding import is_script
from apps.acceptance.core.checks import Absent, Args, Literal, Target
from apps.acceptance.core.masking import Masked, TokenKind

# Kinds of input that requirements name, as patterns over masked text, and values of each kind.
_BUT = r"(?:anything|everything)\s+(?:but|other\s+than|except)\s+(?:an?\s+)?"
_NOT_SO = r"no\s+(?:es|sea|son|sean|recibe|reciba|se\s+le\s+(?:da|pasa))\s+(?:una?\s+)?"
_NO_STRING = (
    r"non[- ]?strings?|not\s+(?:of\s+type\s+)?(?:an?\s+)?(?:string|str|text)\b"
    rf"|{_BUT}(?:strings?|text)|⟦n\d+⟧\s+is\s+no\s+string|{_NOT_SO}(?:cadenas?|textos?|strings?)|no\s+cadenas?"
)
_NO_NUMBER = (
    r"non[- ]?numeric|non[- ]?numbers?|not\s+(?:an?\s+)?(?:number|numeric)\b"
    rf"|{_BUT}numbers?|{_NOT_SO}(?:número|numérico)|no\s+numéric[oa]s?"
)
_NO_INTEGER = (
    r"non[- ]?integers?|not\s+(?:an?\s+)?(?:integer|int|whole\s+number)\b"
    rf"|{_BUT}integers?|{_NOT_SO}enter[oa]|no\s+enter[oa]s?"
)
_NO_LIST = rf"non[- ]?lists?|non[- ]?arrays?|not\s+(?:an?\s+)?(?:list|array)\b|{_NOT_SO}lista"
_KINDS: tuple[tuple[str, tuple[Literal, ...]], ...] = (
    (_NO_STRING, (None, 42, ["a"])),
    (_NO_NUMBER, ("abc", None, ["a"])),
    (_NO_INTEGER, (1.5, "abc", None)),
    (_NO_LIST, (None, 42)),
    (r"\bnegative\b|\bnegativ[oa]s?\b", (-1, -1000)),
    (r"non[- ]?positive|not\s+positive|no\s+positiv[oa]s?", (0, -1)),
    (r"\bfals[ye]y?\b", (None, "", 0)),
    (r"\bzero\b|\bcero\b", (0,)),
    (r"\bnulls?\b|\bnulos?\b", (None,)),
    (r"\bundefined\b", (Absent.UNDEFINED,)),
)
_PATTERNS = tuple((re.compile(pattern, re.IGNORECASE), values) for pattern, values in _KINDS)
# Kinds that are refused by their name where the signature asks for another.
_NAMED_KINDS: tuple[tuple[str, str, Literal], ...] = (
    (r"\bstrings?\b|\bcadenas?\b|\btextos?\b", "str", "abc"),
    (r"\bfloats?\b|\bdecimales\b", "float", 1.5),
    (r"\blists?\b|\blistas?\b", "list", ["a"]),
    (r"\bbool(?:ean)?s?\b|\bbooleanos?\b", "bool", True),
)
_IS_EMPTY = re.compile(
    r"(?<!non-)(?<!not )(?<!no )\b(?:is|are|be|es|est[áa]n?)\s+empty\b|(?<!no )\best[áa]n?\s+vac[ií][oa]s?\b",
    re.IGNORECASE,
)
_NOT_NEGATIVE = re.compile(r"\bnon[- ]?negativ|\bnot\s+negativ|\bno\s+negativ", re.IGNORECASE)

_STRINGS: tuple[Literal, ...] = (
    "Hello, World!", "  two  spaces ", "ñandú ÁÉÍ", "a", "", "B a C 9 8", "line\nbreak", "x-y_z", "42",
)  # fmt: skip
_INTEGERS: tuple[Literal, ...] = (7, 0, 1, -3, 42, 1000)
_FLOATS: tuple[Literal, ...] = (1.5, 0.0, -2.25, 100.125)
_LISTS: dict[str, tuple[Literal, ...]] = {
    "int": ([3, 1, 2], [], [5], [2, -1, 2, 10]),
    "float": ([2.5, 0.5, 1.0], [], [-1.5]),
    "str": (["pear", "Apple", "fig"], [], ["b", "a", "b"]),
}
_PLAIN: dict[str, tuple[Literal, ...]] = {
    "str": _STRINGS,
    "int": _INTEGERS,
    "float": _FLOATS,
    "bool": (True, False),
    "bytes": (b"abc", b"", b"\x00\xff"),
}
# Types that say little of what is in them, and those of two levels.
_FILLED: dict[str, tuple[Literal, ...]] = {
    "list": _LISTS["int"],
    "list[any]": _LISTS["int"],
    "dict": ({"b": 2, "a": 1}, {}),
    "dict[str,int]": ({"b": 2, "a": 1}, {}),
    "dict[str,str]": ({"b": "x", "a": "y"}, {}),
    "list[list[int]]": ([[3, 1], [2, 5]], [], [[4]]),
    "list[list[str]]": ([["b", "a"], ["c", "d"]], [], [["e"]]),
    "number[][]": ([[3, 1], [2, 5]], [], [[4]]),
    "list[tuple[str,int]]": ([("b", 2), ("a", 1)], []),
}
_SPELLINGS = {
    "string": "str", "number": "int", "boolean": "bool", "text": "str", "cadena": "str", "texto": "str",
    "integer": "int", "entero": "int", "número": "float", "lista": "list", "array": "list",
}  # fmt: skip
_LIST = re.compile(
    r"(?:(?:readonly\s+)?(?P<bare>\w+)\[\]|(?:[Ll]ist|Sequence|Iterable|Collection|tuple|Readonly)?(?:Array)?[\[<](?P<item>\w+)(?:,\s*\.\.\.)?[\]>])"
)


def plain_type(written: str) -> str:
    """The type in Python's short spelling: "str", "int", "list[int]"; "" for any other type."""
    written = written.strip()
    name = _SPELLINGS.get(written, written)
    if name in _PLAIN:
        return name
    match = _LIST.fullmatch(written)
    item = (match["bare"] or match["item"]) if match else ""
    item = _SPELLINGS.get(item, item)
    return f"list[{item}]" if item in _LISTS else ""


def samples(written: str) -> tuple[Literal, ...]:
    """Ordinary values of a declared type; none for a type that is not plain."""
    name = plain_type(written)
    if name.startswith("list["):
        return _LISTS[name[5:-1]]
    return _PLAIN.get(name, ()) or _FILLED.get(written.replace(" ", "").lower(), ())


def sample_inputs(target: Target) -> tuple[Args, ...]:
    """Argument lists that vary the first parameter; none when a required type is not plain."""
    if not target.parameters or not target.types:
        return ()
    needed = target.types[: max(1, target.required)]
    columns = [samples(written) for written in needed]
    if not all(columns):
        return ()
    rest = tuple(column[0] for column in columns[1:])
    return tuple((first, *rest) for first in columns[0])


def bad_inputs(what: str, masked: Masked, target: Target) -> list[Args]:
    """Argument lists of the kinds that a text names, at the parameter that it names, else the first."""
    values = _values_of_kinds(what, is_js=is_script(target))
    first = target.types[0] if target.types else ""
    if not values and _IS_EMPTY.search(what):
        values = [[]] if first.lower().startswith(("list", "sequence")) else _empties(first)
    values = values or _foreign(what, first)
    named = [token.text for token in masked.all_in(what) if token.kind is TokenKind.NAME]
    words = {*named, *re.findall(r"\w+", what)}
    place = next((i for i, name in enumerate(target.parameters) if name in words), 0)
    count = max(place + 1, target.required if target.parameters else 1)
    others = [samples(written) for written in target.types[:count]]
    if count > 1 and (
        len(others) < count or not all(o for i, o in enumerate(others) if i != place)
    ):
        return []
    return [
        tuple(value if index == place else others[index][0] for index in range(count))
        for value in values
    ]


def _foreign(what: str, written: str) -> list[Literal]:
    """A value of each kind that is named and is not the declared one: a string for a number."""
    name = plain_type(written)
    return [
        value
        for pattern, kind, value in _NAMED_KINDS
        if name and not name.startswith(kind) and re.search(pattern, what, re.IGNORECASE)
    ]


def _empties(written: str) -> list[Literal]:
    """The empty value of a declared type; none where it is not known to have one."""
    name = plain_type(written)
    if name.startswith("list[") or name == "str":
        return [[] if name != "str" else ""]
    return [{}] if written.lower().startswith(("dict", "mapping")) else []


def _values_of_kinds(what: str, *, is_js: bool) -> list[Literal]:
    without = _NOT_NEGATIVE.sub(" ", what)
    found: list[Literal] = []
    for pattern, values in _PATTERNS:
        if pattern.search(without):
            found.extend(value for value in values if not any(_same(value, one) for one in found))
    return [value for value in found if is_js or value is not Absent.UNDEFINED]


def _same(one: Literal, other: Literal) -> bool:
    return type(one) is type(other) and one == other
