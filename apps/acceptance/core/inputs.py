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
    r"(?<!non-)(?<!not )(?<!no )\b(?:is|are|be|es|est[áa]n?)\s+empty\b|(?<!no )\best[áa]n?\s+vac[ií][oa]s?\b"
    r"|(?<!non-)\b(?:an?|the|with|of|on|for)\s+empty\s+\w+|^\s*empty\s+\w+|\b(?!no\b)\w+\s+vac[ií][oa]s?\b",
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
_CLASSES: dict[str, tuple[type, ...]] = {
    "str": (str,), "int": (int,), "float": (int, float), "bool": (bool,), "bytes": (bytes,),
    "list": (list,), "sequence": (list, tuple), "iterable": (list, tuple), "tuple": (tuple,),
    "dict": (dict,), "mapping": (dict,), "set": (set,), "decimal": (int, float),
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
    count = max(1, target.required)
    firsts = samples(target.types[0])
    rest = [filler(target, place) for place in range(1, count)]
    if not firsts or not all(rest):
        return tuple(args for args in target.examples if len(args) >= target.required)
    return tuple((first, *(value for found in rest for value in found)) for first in firsts)


def in_small_letters(value: Literal) -> Literal:
    """A list with its texts in small letters; any other value as it is."""
    if isinstance(value, list):
        return [each.lower() if isinstance(each, str) else each for each in value]
    return value


def filler(target: Target, place: int) -> tuple[Literal] | tuple[()]:
    """An ordinary value for a parameter: one of the plan's own examples, else one of its type."""
    stated = [args[place] for args in target.examples if len(args) > place]
    stated.sort(key=lambda value: not value)  # stable: what is empty or 0 goes last
    known = stated or (samples(target.types[place]) if place < len(target.types) else ())
    return (known[0],) if known else ()


def with_value(target: Target, place: int, value: Literal) -> Args | None:
    """Arguments with a value at its place and ordinary ones at the others that are needed.

    None when one of those cannot be made up.
    """
    count = max(place + 1, target.required if target.parameters else 1)
    args: list[Literal] = []
    for at in range(count):
        found = (value,) if at == place else filler(target, at)
        if not found:
            return None
        args.extend(found)
    return tuple(args)


def fits(value: Literal, written: str) -> bool:
    """Whether a value is of a declared type, as far as the type is a plain one."""
    base = re.split(r"[\[<|]", written.strip(), maxsplit=1)[0].strip().lower()
    return isinstance(value, _CLASSES.get(_SPELLINGS.get(base, base), ())) and (
        base in ("bool", "boolean") or not isinstance(value, bool)
    )


def place_of_value(target: Target, value: Literal) -> int:
    """The first parameter whose type the value has, else the first of all."""
    return next((at for at, written in enumerate(target.types) if fits(value, written)), 0)


def place_named(target: Target, what: str, masked: Masked) -> int | None:
    """The parameter that a text names, in code or as a word, which may stand in the plural."""
    named = [token.text for token in masked.all_in(what) if token.kind is TokenKind.NAME]
    words = {*named, *re.findall(r"\w+", what)}
    words |= {word.lower() for word in words}
    words |= {word.removesuffix("s") for word in words}
    return next((at for at, name in enumerate(target.parameters) if name in words), None)


def bad_inputs(what: str, masked: Masked, target: Target) -> list[Args]:
    """Argument lists of the kinds that a text names, at the parameter that it names, else the first."""
    values = _values_of_kinds(what, is_js=is_script(target))
    place = place_named(target, what, masked)
    written = target.types[place or 0] if target.types else ""
    if not values and _IS_EMPTY.search(what):
        if place is None:
            place = next((at for at, each in enumerate(target.types) if _empties(each)), 0)
            written = target.types[place] if target.types else ""
        values = _empties(written)
    values = values or _foreign(what, target.types[0] if target.types else "")
    if place is None:
        place = place_of_value(target, values[0]) if values else 0
    found = [with_value(target, place, value) for value in values]
    return [args for args in found if args is not None]


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
    if plain_type(written) == "str":
        return [""]
    if plain_type(written).startswith("list[") or written.lower().startswith(
        ("list", "sequence", "iterable", "array", "readonlyarray")
    ):
        return [[]]
    if written.endswith("[]"):
        return [[]]
    return [{}] if written.lower().startswith(("dict", "mapping", "record")) else []


def _values_of_kinds(what: str, *, is_js: bool) -> list[Literal]:
    without = _NOT_NEGATIVE.sub(" ", what)
    found: list[Literal] = []
    for pattern, values in _PATTERNS:
        if pattern.search(without):
            found.extend(value for value in values if not any(_same(value, one) for one in found))
    return [value for value in found if is_js or value is not Absent.UNDEFINED]


def _same(one: Literal, other: Literal) -> bool:
    return type(one) is type(other) and one == other
