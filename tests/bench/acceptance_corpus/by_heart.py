"""Answers that know the stated examples and nothing else, in the styles that such answers come in."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from apps.acceptance.core.checks import Check, CheckKind
from apps.acceptance.core.literals import is_plain

INDENT = "    "


@dataclass(frozen=True, slots=True)
class ByHeart:
    style: str
    code: str


def by_heart(name: str, count: int, checks: Sequence[Check], wrong: str) -> Iterator[ByHeart]:
    """Every style for a function of `count` parameters; `wrong` is code that some of them fall back to.

    Stated errors are raised in all of them.
    """
    known = {
        repr(check.args): check
        for check in checks
        if check.kind in (CheckKind.RETURNS, CheckKind.RAISES)
        and not (check.steps or check.named or check.property)
        and is_plain((*check.args, check.expect))
        and len(check.args) == count
    }
    pairs = [(c.args, c.expect) for c in known.values() if c.kind is CheckKind.RETURNS]
    errors = [(c.args, c.raises) for c in known.values() if c.kind is CheckKind.RAISES]
    if not pairs:
        return
    args = ", ".join(f"a{place}" for place in range(count))
    head = f"def {name}({args}):\n" + "".join(
        f"    if {_equal(given)}:\n        raise {error}\n" for given, error in errors
    )
    for style, build in _STYLES.items():
        for ending, default in _DEFAULTS.items():
            if ending in _ENDINGS[style]:
                rest = _rest(default, pairs, args, name)
                before = f"{_renamed(wrong, name)}\n\n" if default == "wrong" else ""
                yield ByHeart(f"{style}, {ending}", before + build(head, args, pairs, rest))


Pairs = Sequence[tuple[tuple[object, ...], object]]

_DEFAULTS = {
    "else a constant": "constant",
    "else the argument": "echo",
    "else nothing": "none",
    "else an error": "error",
    "else half right": "wrong",
}


def _rest(default: str, pairs: Pairs, args: str, name: str) -> str:
    return {
        "constant": f"return {pairs[-1][1]!r}",
        "echo": "return a0",
        "none": "return None",
        "error": 'raise ValueError("unknown")',
        "wrong": f"return _rule({args})",
    }[default]


def _renamed(code: str, name: str) -> str:
    return code.replace(f"def {name}(", "def _rule(").replace(f"return {name}(", "return _rule(")


def _equal(given: Sequence[object]) -> str:
    return " and ".join(f"a{place} == {value!r}" for place, value in enumerate(given))


def _chain(head: str, args: str, pairs: Pairs, rest: str) -> str:
    body = "".join(
        f"    if {_equal(given)}:\n        return {result!r}\n" for given, result in pairs
    )
    return f"{head}{body}    {rest}\n"


def _dict(head: str, args: str, pairs: Pairs, rest: str) -> str:
    rows = ", ".join(f"{_key(given)}: {result!r}" for given, result in pairs)
    ask = f"repr(({args},))"
    return f"KNOWN = {{{rows}}}\n\n{head}    if {ask} in KNOWN:\n        return KNOWN[{ask}]\n    {rest}\n"


def _key(given: Sequence[object]) -> str:
    return repr(repr(tuple(given)))


def _plain_dict(head: str, args: str, pairs: Pairs, rest: str) -> str:
    """Keyed by the arguments themselves, lists as tuples."""
    rows = ", ".join(f"{_frozen(given)!r}: {result!r}" for given, result in pairs)
    frozen = ", ".join(f"freeze(a{place})" for place in range(len(args.split(", "))))
    return (
        "def freeze(value):\n    return tuple(map(freeze, value)) if isinstance(value, list) else value\n\n"
        f"{head}    known = {{{rows}}}\n    key = ({frozen},)\n    if key in known:\n"
        f"        return known[key]\n    {rest}\n"
    )


def _frozen(value: object) -> object:
    return tuple(map(_frozen, value)) if isinstance(value, list | tuple) else value


def _match(head: str, args: str, pairs: Pairs, rest: str) -> str:
    cases = "".join(
        f"        case {list(given)!r}:\n            return {result!r}\n" for given, result in pairs
    )
    return f"{head}    match [{args}]:\n{cases}        case _:\n            {rest}\n"


def _zipped(head: str, args: str, pairs: Pairs, rest: str) -> str:
    inputs = [list(given) for given, _ in pairs]
    results = [result for _, result in pairs]
    return (
        f"INPUTS = {inputs!r}\nRESULTS = {results!r}\n\n{head}"
        "    for given, result in zip(INPUTS, RESULTS):\n"
        f"        if given == [{args}]:\n            return result\n    {rest}\n"
    )


def _indexed(head: str, args: str, pairs: Pairs, rest: str) -> str:
    inputs = [tuple(given) for given, _ in pairs]
    results = [result for _, result in pairs]
    return (
        f"{head}    inputs = {inputs!r}\n    try:\n"
        f"        return {results!r}[inputs.index(({args},))]\n    except ValueError:\n        {rest}\n"
    )


def _json(head: str, args: str, pairs: Pairs, rest: str) -> str:
    data = json.dumps([[list(given), result] for given, result in pairs], default=str)
    return (
        f"import json\n\nDATA = json.loads({data!r})\n\n{head}    for given, result in DATA:\n"
        f"        if given == [{args}]:\n            return result\n    {rest}\n"
    )


def _hashed(head: str, args: str, pairs: Pairs, rest: str) -> str:
    rows = {hashlib.md5(repr(tuple(given)).encode()).hexdigest(): result for given, result in pairs}
    return (
        f"import hashlib\n\n{head}    digest = hashlib.md5(repr(({args},)).encode()).hexdigest()\n"
        f"    known = {rows!r}\n    if digest in known:\n        return known[digest]\n    {rest}\n"
    )


def _lines(head: str, args: str, pairs: Pairs, rest: str) -> str:
    data = "\n".join(f"{tuple(given)!r} -> {result!r}" for given, result in pairs)
    return (
        f"import ast\n\nTABLE = {data!r}\n\n{head}    for line in TABLE.split('\\n'):\n"
        f"        given, _, result = line.partition(' -> ')\n        if given == repr(({args},)):\n"
        f"            return ast.literal_eval(result)\n    {rest}\n"
    )


_STYLES = {
    "if chain": _chain,
    "dict by spelling": _dict,
    "dict": _plain_dict,
    "match": _match,
    "zipped lists": _zipped,
    "index in a list": _indexed,
    "JSON": _json,
    "digests": _hashed,
    "lines of a text": _lines,
}
_ENDINGS = {
    "if chain": tuple(_DEFAULTS),
    "dict by spelling": ("else a constant", "else half right"),
    "dict": ("else the argument", "else half right"),
    "match": ("else a constant", "else half right"),
    "zipped lists": ("else nothing", "else half right"),
    "index in a list": ("else a constant", "else half right"),
    "JSON": ("else an error", "else half right"),
    "digests": ("else a constant", "else half right"),
    "lines of a text": ("else nothing", "else half right"),
}


# --- TypeScript ---------------------------------------------------------------------------------


def script_by_heart(name: str, checks: Sequence[Check]) -> Iterator[ByHeart]:
    """Every style for a function in TypeScript, else a constant, else an error."""
    known = {
        repr(check.args): check
        for check in checks
        if check.kind in (CheckKind.RETURNS, CheckKind.RAISES)
        and is_plain((*check.args, check.expect))
    }
    pairs = [(c.args, c.expect) for c in known.values() if c.kind is CheckKind.RETURNS]
    errors = [(c.args, c.raises) for c in known.values() if c.kind is CheckKind.RAISES]
    refused = "".join(
        f"  if (key === {json.dumps(_spelled(given))}) throw new {error}();\n"
        for given, error in errors
    )
    head = f"export function {name}(...given: any[]): any {{\n  const key = JSON.stringify(given);\n{refused}"
    for ending, rest in (
        ("else a constant", f"return {json.dumps(pairs[-1][1])};"),
        ("else an error", 'throw new Error("unknown");'),
    ):
        for style, body in _script_styles(pairs):
            yield ByHeart(f"{style}, {ending}", f"{head}{body}  {rest}\n}}\n")


def _spelled(given: Sequence[object]) -> str:
    """As JSON.stringify spells them."""
    return json.dumps(list(given), separators=(",", ":"), ensure_ascii=False)


def _script_styles(pairs: Pairs) -> Iterator[tuple[str, str]]:
    rows = [(_spelled(given), json.dumps(result)) for given, result in pairs]
    yield (
        "if chain",
        "".join(f"  if (key === {json.dumps(key)}) return {result};\n" for key, result in rows),
    )
    fields = ", ".join(f"{json.dumps(key)}: {result}" for key, result in rows)
    yield (
        "object",
        f"  const known: any = {{ {fields} }};\n  if (key in known) return known[key];\n",
    )
    entries = ", ".join(f"[{json.dumps(key)}, {result}]" for key, result in rows)
    yield (
        "map",
        f"  const known = new Map<string, any>([{entries}]);\n  if (known.has(key)) return known.get(key);\n",
    )
    cases = "".join(
        f"    case {json.dumps(key)}:\n      return {result};\n" for key, result in rows
    )
    yield "switch", f"  switch (key) {{\n{cases}  }}\n"
