"""Text to plain data, by grammar alone: nothing that a requirement says is ever evaluated."""

import ast
import json
import re
import warnings
from collections.abc import Iterator

from apps.acceptance.core.checks import Absent, Free, Literal, Made, Step, StepKind, Target

MAX_CHARACTERS = 4_000
MAX_DEPTH = 24  # levels of the syntax tree
MAX_NODES = 600
MAX_DIGITS = 400  # of one number; longer ones are slow to print

WORDS: dict[str, Literal] = {
    "null": None,
    "true": True,
    "false": False,
    "undefined": Absent.UNDEFINED,
    "NaN": float("nan"),
    "nan": float("nan"),
    "Infinity": float("inf"),
    "inf": float("inf"),
}
_STRING = re.compile(
    r"""[rRbB]{0,2}"(?:[^"\\\n]|\\.)*"|[rRbB]{0,2}'(?:[^'\\\n]|\\.)*'|`(?:[^`\\$]|\\.|\$(?!\{))*`""",
    re.DOTALL,
)
_NEW = re.compile(r"\bnew\s+(?=[A-Za-z_$])")
_AWAIT = re.compile(r"\bawait\s+")
_SCRIPT_ESCAPE = re.compile(r"\\u\{([0-9A-Fa-f]{1,6})\}")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
# They turn text into code wherever it runs.
_FORBIDDEN = frozenset(
    {"constructor", "prototype", "eval", "exec", "compile", "Function", "format_map"}
)
_MARK = "new"  # `new Date(…)` is read as `new.Date(…)`, which both grammars can tell apart


def read_literal(text: str) -> tuple[Literal] | None:
    """The one value that the text spells, in a tuple, or None when it is anything else.

    Python's and JavaScript's spellings of numbers, strings, null, lists, maps, sets and bytes.
    """
    found = read_expression(text)
    if found is None or _holds_names(found[0]):
        return None
    return found


def read_expression(text: str) -> tuple[Literal] | None:
    """As `read_literal`, with calls of named things, their results' attributes, and free names.

    Names are read, not looked up: binding decides whether they may be used.
    """
    tree = _parsed(text)
    if tree is None:
        return None
    try:
        return (_value(tree),)
    except _UnreadableError:
        return None


def is_plain(value: Literal) -> bool:
    """Whether the value holds neither a call nor a free name."""
    return not _holds_names(value)


def parts_of(value: Literal) -> Iterator[Literal]:
    """The value and all values inside it."""
    yield value
    if isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from parts_of(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from parts_of(key)
            yield from parts_of(each)
    elif isinstance(value, Made):
        for each in (*value.args, *(item for _, item in value.named)):
            yield from parts_of(each)
        for step in value.steps:
            for each in step.args:
                yield from parts_of(each)


class _UnreadableError(Exception):
    """The text is no value."""


def _holds_names(value: Literal) -> bool:
    return any(isinstance(part, Made | Free) for part in parts_of(value))


def _parsed(text: str) -> ast.expr | None:
    if len(text) > MAX_CHARACTERS or "\0" in text:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(_in_one_grammar(text.strip()), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return tree if _is_small(tree) else None


def _in_one_grammar(text: str) -> str:
    """JavaScript's few spellings that Python's grammar lacks, respelled outside strings."""
    pieces, at = [], 0
    for match in _STRING.finditer(text):
        pieces += [_plain(text[at : match.start()]), _string(match[0])]
        at = match.end()
    return "".join([*pieces, _plain(text[at:])])


def _plain(text: str) -> str:
    return _NEW.sub(f"{_MARK}.", _AWAIT.sub("", text))


def _string(text: str) -> str:
    if text.startswith("`"):
        return json.dumps(re.sub(r"\\([`$])", r"\1", text[1:-1]))
    return _SCRIPT_ESCAPE.sub(lambda match: f"\\U{int(match[1], 16):08x}", text)


def _is_small(tree: ast.expr) -> bool:
    stack: list[tuple[ast.AST, int]] = [(tree, 1)]
    count = 0
    while stack:
        node, level = stack.pop()
        count += 1
        if level > MAX_DEPTH or count > MAX_NODES:
            return False
        stack.extend(
            (child, level + 1)
            for child in ast.iter_child_nodes(node)
            if not isinstance(child, ast.expr_context)
        )
    return True


def _value(node: ast.expr) -> Literal:
    match node:
        case ast.Constant():
            return _constant(node)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd()):
            return _signed(node)
        case ast.List() | ast.Tuple() | ast.Set():
            return _collection(node)
        case ast.Dict():
            return _mapping(node)
        case ast.Name():
            return _named(node.id)
        case ast.Call() | ast.Attribute() | ast.Subscript():
            return _made(node)
    raise _UnreadableError


def _constant(node: ast.Constant) -> Literal:
    value = ast.literal_eval(node)
    if isinstance(value, int) and abs(value) >= 10**MAX_DIGITS:
        raise _UnreadableError
    if isinstance(value, str):
        return _paired(value)
    if value is None or isinstance(value, bool | int | float | bytes):
        return value
    raise _UnreadableError  # `...`, complex numbers


def _paired(text: str) -> str:
    """JavaScript writes one character as two halves; a half on its own is no text."""
    try:
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError as error:
        raise _UnreadableError from error


def _signed(node: ast.UnaryOp) -> Literal:
    value = _value(node.operand)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _UnreadableError
    return -value if isinstance(node.op, ast.USub) else value


def _collection(node: ast.List | ast.Tuple | ast.Set) -> Literal:
    values = [_value(element) for element in node.elts]
    if isinstance(node, ast.List):
        return values
    return tuple(values) if isinstance(node, ast.Tuple) else set(_hashable(values))


def _mapping(node: ast.Dict) -> Literal:
    """A bare key is JavaScript's spelling of a string."""
    keys = [
        key.id if isinstance(key, ast.Name) and key.id not in WORDS else _value(_present(key))
        for key in node.keys
    ]
    return dict(zip(_hashable(keys), (_value(value) for value in node.values), strict=True))


def _present(key: ast.expr | None) -> ast.expr:
    if key is None:  # `{**other}`
        raise _UnreadableError
    return key


def _hashable(values: list[Literal]) -> list[Literal]:
    try:
        for value in values:
            hash(value)
    except TypeError as error:
        raise _UnreadableError from error
    return values


def _named(name: str) -> Literal:
    if name in WORDS:
        return WORDS[name]
    return Free(_identifier(name))


def _identifier(name: str) -> str:
    """Public names in ASCII only: a dunder would reach behind the data."""
    if not _NAME.fullmatch(name) or len(name) > 100 or "__" in name or name in _FORBIDDEN:
        raise _UnreadableError
    return name


# --- calls --------------------------------------------------------------------------------------


def _made(node: ast.expr) -> Literal:
    """A call with what is taken from its result; `set()` and `frozenset({1})` are plain data."""
    steps: list[Step] = []
    while True:
        match node:
            case ast.Attribute(value=inner, attr=name):
                steps.append(Step(StepKind.ATTRIBUTE, _identifier(name)))
                node = inner
            case ast.Subscript(value=inner, slice=index):
                steps.append(Step(StepKind.INDEX, index=_index(index)))
                node = inner
            case ast.Call(func=ast.Attribute(value=inner, attr=name)) if not _is_dotted(node.func):
                steps.append(Step(StepKind.METHOD, _identifier(name), args=_positional(node)))
                node = inner
            case ast.Call():
                return _with_steps(node, tuple(reversed(steps)))
            case _:
                raise _UnreadableError


def _index(node: ast.expr) -> int | str:
    value = _value(node)
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise _UnreadableError
    return value


def _is_dotted(node: ast.expr) -> bool:
    """`a.b.c`: a name with its module, or `new.Name`."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _positional(node: ast.Call) -> tuple[Literal, ...]:
    if node.keywords:
        raise _UnreadableError
    return tuple(_value(each) for each in node.args)


def _with_steps(node: ast.Call, steps: tuple[Step, ...]) -> Literal:
    parts = _dotted(node.func)
    is_new = len(parts) > 1 and parts[0] == _MARK
    name = ".".join(parts[1:] if is_new else parts)
    args = tuple(_value(each) for each in node.args)
    plain = _plain_collection(name, args) if not (node.keywords or steps or is_new) else None
    if plain is not None:
        return plain
    named = tuple((_identifier(each.arg or ""), _value(each.value)) for each in node.keywords)
    return Made(Target(name), args, named, steps, is_new)


def _dotted(node: ast.expr) -> list[str]:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(_identifier(node.attr))
        node = node.value
    if not isinstance(node, ast.Name):
        raise _UnreadableError
    return [_identifier(node.id), *reversed(parts)]


def _plain_collection(name: str, args: tuple[Literal, ...]) -> Literal:
    """`set()`, `set([1])`, `frozenset({1})`, `float("inf")`: None for every other call."""
    if name in ("set", "frozenset") and len(args) <= 1:
        inner = args[0] if args else ()
        if isinstance(inner, list | tuple | set | frozenset):
            values = _hashable(list(inner))
            return set(values) if name == "set" else frozenset(values)
    if name == "float" and args in (("inf",), ("-inf",), ("nan",)):
        return float(str(args[0]))
    return None
