"""Python signatures, read with Python's own grammar."""

import ast
import re
import warnings
from collections.abc import Iterator

from apps.masterplans.core.document import AtomKind
from apps.masterplans.core.signature import Signature, SignatureError

_PREFIX = re.compile(r"(?:async\s+)?(?:def\s+)?")
_CLASS = re.compile(r"class\s+[^\W\d]\w*")
_TYPE_PARAMETERS = re.compile(r"((?:class\s+)?[^\W\d]\w*)\s*\[")
EXPECTED = "write `name(argument: type) -> type`, `class Name` or `class Name(Base)`"


def read_python(text: str) -> Signature:
    """Raises SignatureError."""
    code = text.removesuffix(":").rstrip()
    plain, parameters = _without_type_parameters(code)
    node = _class(plain) if _CLASS.match(plain) else _function(plain)
    names = _names(node) | frozenset(re.findall(r"[^\W\d]\w*", parameters))
    if isinstance(node, ast.ClassDef):
        return Signature(node.name, AtomKind.CLASS, names - {node.name}, frozenset())
    arguments = frozenset(each.arg for each in ast.walk(node.args) if isinstance(each, ast.arg))
    return Signature(node.name, AtomKind.FUNCTION, names - {node.name}, arguments)


def _class(code: str) -> ast.ClassDef:
    node = _only_statement(f"{code}: ...")
    if not isinstance(node, ast.ClassDef):
        raise SignatureError(EXPECTED)
    return node


def _function(code: str) -> ast.FunctionDef:
    node = _only_statement(f"def {_PREFIX.sub('', code, count=1)}: ...")
    if not isinstance(node, ast.FunctionDef):
        raise SignatureError(EXPECTED)
    return node


def _only_statement(code: str) -> ast.stmt:
    """The one statement of the code, whose body is `...` and nothing else."""
    statements = _parse(code).body
    body = getattr(statements[0], "body", []) if len(statements) == 1 else []
    if len(body) != 1 or ast.unparse(body[0]) != "...":
        raise SignatureError(EXPECTED)
    return statements[0]


def _parse(code: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd escape in a default is not ours to judge
            return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise SignatureError(EXPECTED) from error


def _without_type_parameters(code: str) -> tuple[str, str]:
    """Take the `[T]` behind the name out, which only newer grammars than ours may know."""
    match = _TYPE_PARAMETERS.match(_PREFIX.sub("", code, count=1))
    if match is None:
        return code, ""
    bare = match.string
    end = _closing(bare, match.end() - 1)
    return match[1] + bare[end:], bare[match.end() : end - 1]


def _closing(code: str, start: int) -> int:
    """Behind the bracket that closes the one at `start`."""
    depth = 0
    for at in range(start, len(code)):
        depth += {"[": 1, "]": -1}.get(code[at], 0)
        if depth == 0:
            return at + 1
    raise SignatureError(EXPECTED)


def _names(node: ast.stmt) -> frozenset[str]:
    return frozenset(_names_in(node))


def _names_in(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Name):
            yield each.id
        elif isinstance(each, ast.Attribute):
            yield each.attr
        elif isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield from _forward_reference(each.value)


def _forward_reference(text: str) -> Iterator[str]:
    """A string that is one name may be a type that is defined later."""
    if text.isidentifier():
        yield text
