"""The code of one atom of a Python file, taken apart for assembly."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from apps.execution.core.atom_code import AssemblyError, AtomCode
from apps.execution.core.python_import_block import PythonImport
from apps.execution.core.python_usage import unit_of
from apps.validation.core.findings import Finding
from apps.validation.core.python_imports import absolute_module
from apps.validation.core.python_source import read_python

# A comment that only repeats where the code belongs.
PLACE_COMMENT = re.compile(
    r"#\s*(!|-\*-|coding[:=]|(file:?|path:?)?\s*[\w./-]+\.py\b)", re.IGNORECASE
)
# Values that collect something at run time: two atoms must not share them.
STATEFUL = frozenset(
    {
        "dict",
        "list",
        "set",
        "defaultdict",
        "Counter",
        "OrderedDict",
        "deque",
        "count",
        "Lock",
        "RLock",
        "local",
    }
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A top-level statement that is no import."""

    index: int  # in the body of its module
    names: tuple[str, ...]
    text: str  # without the blank lines in front
    is_overload: bool


@dataclass(frozen=True, slots=True)
class Part:
    """The code of one atom, taken apart."""

    symbol: str
    module: cst.Module
    docstring: str
    imports: tuple[PythonImport, ...]
    type_lines: tuple[str, ...]  # other statements under `if TYPE_CHECKING:`
    statements: tuple[Statement, ...]


def take_apart(version: AtomCode, path: str) -> Part:
    tree = read_python(version.code)
    if isinstance(tree, Finding):
        raise AssemblyError(f"{version.atom.ref} cannot be assembled: {tree.message}")
    module = cst.parse_module(version.code).with_changes(default_indent="    ")
    module = module.with_changes(body=list(_single_statements(module)))
    imports: list[PythonImport] = []
    type_lines: list[str] = []
    statements: list[Statement] = []
    docstring = ""
    for index, node in enumerate(module.body):
        if _is_type_checking(node):
            inner = _type_block(module, node, path)
            imports += inner[0]
            type_lines += inner[1]
            continue
        found = _imports(module, node, path)
        if found:
            imports += found
        elif index == 0 and _is_string(node):
            docstring = text_of(module, node)
        else:
            statements.append(_statement(module, index))
    return Part(
        symbol=version.atom.symbol,
        module=module,
        docstring=docstring,
        imports=tuple(imports),
        type_lines=tuple(type_lines),
        statements=tuple(each for each in statements if each.names != ("__all__",)),
    )


def _single_statements(module: cst.Module) -> Iterator[cst.BaseStatement]:
    """The statements of the module, `a; b` taken apart, the comment above the first one with it."""
    header = [line for line in module.header if line.comment and not _is_place(line)]
    for index, node in enumerate(module.body):
        first = node
        if (
            index == 0
            and header
            and isinstance(node, cst.FunctionDef | cst.ClassDef | cst.SimpleStatementLine)
        ):
            first = node.with_changes(leading_lines=[*header, *node.leading_lines])
        if isinstance(first, cst.SimpleStatementLine) and len(first.body) > 1:
            for small in first.body:
                bare = small.with_changes(semicolon=cst.MaybeSentinel.DEFAULT)
                yield cst.SimpleStatementLine([bare])
        else:
            yield first


def _is_place(line: cst.EmptyLine) -> bool:
    return line.comment is not None and PLACE_COMMENT.match(line.comment.value) is not None


def _imports(
    module: cst.Module, node: cst.CSTNode, path: str, *, for_types: bool = False
) -> list[PythonImport]:
    if not isinstance(node, cst.SimpleStatementLine):
        return []
    small = node.body[0]
    if not isinstance(small, cst.Import | cst.ImportFrom):
        return []
    parsed = ast.parse(module.code_for_node(small)).body[0]
    match parsed:
        case ast.Import():
            return [
                PythonImport(alias.name, alias=alias.asname or "", for_types=for_types)
                for alias in parsed.names
            ]
        case ast.ImportFrom():
            source = absolute_module(parsed.module or "", parsed.level, path)
            return [
                PythonImport(source, alias.name, _alias(alias), for_types) for alias in parsed.names
            ]
    return []


def _alias(alias: ast.alias) -> str:
    """`import a as a` needs no alias."""
    return alias.asname if alias.asname and alias.asname != alias.name else ""


def _is_type_checking(node: cst.CSTNode) -> bool:
    if not isinstance(node, cst.If) or node.orelse is not None:
        return False
    test = node.test.attr if isinstance(node.test, cst.Attribute) else node.test
    return isinstance(test, cst.Name) and test.value == "TYPE_CHECKING"


def _type_block(
    module: cst.Module, block: cst.CSTNode, path: str
) -> tuple[list[PythonImport], list[str]]:
    imports: list[PythonImport] = []
    lines: list[str] = []
    body = block.body.body if isinstance(block, cst.If) else ()
    for node in body:
        found = _imports(module, node, path, for_types=True)
        imports += found
        text = module.code_for_node(node).strip()
        if not found and text not in ("pass", "..."):
            lines.append(text)
    return imports, lines


def _statement(module: cst.Module, index: int) -> Statement:
    node = module.body[index]
    text = text_of(module, node)
    names = tuple(sorted(unit_of(text).names))
    return Statement(index, names, text, isinstance(node, cst.FunctionDef) and _is_overload(node))


def text_of(module: cst.Module, node: cst.CSTNode) -> str:
    """The statement with the comments above it, without blank lines around."""
    return module.code_for_node(node).strip("\n").rstrip()


def _is_string(node: cst.CSTNode) -> bool:
    return (
        isinstance(node, cst.SimpleStatementLine)
        and isinstance(node.body[0], cst.Expr)
        and isinstance(node.body[0].value, cst.SimpleString | cst.ConcatenatedString)
    )


def _is_overload(function: cst.FunctionDef) -> bool:
    for each in function.decorators:
        name = each.decorator.attr if isinstance(each.decorator, cst.Attribute) else each.decorator
        if isinstance(name, cst.Name) and name.value == "overload":
            return True
    return False


def is_stateful(statement: Statement) -> bool:
    """`_cache = {}` and the like: an empty container or a lock, filled or held at run time."""
    match ast.parse(statement.text).body[0]:
        case ast.Assign(value=value) | ast.AnnAssign(value=value):
            match value:
                case ast.Dict(keys=[]) | ast.List(elts=[]):
                    return True
                case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
                    return name in STATEFUL
    return False
