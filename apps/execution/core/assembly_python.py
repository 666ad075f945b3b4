"""One Python file out of the accepted code of its atoms.

Imports are merged and sorted, symbols stand in plan order, helpers beside the symbol that brought
them. Helpers of equal text are kept once; a name that two atoms use for different things is
numbered (`_clean_2`) for the later one, with everything that refers to it. An annotation that
mentions a later definition brings `from __future__ import annotations` rather than another order.
"""

import ast
import re
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace

import libcst as cst

from apps.execution.core.atom_code import AssemblyError, AtomCode
from apps.execution.core.naming import NameTable, closure
from apps.execution.core.ordering import Unit, in_import_order, mentions_later
from apps.execution.core.python_import_block import FUTURE, PythonImport, write_imports
from apps.execution.core.python_rename import rename
from apps.execution.core.python_usage import unit_of
from apps.validation.core.findings import Finding
from apps.validation.core.python_imports import absolute_module, module_name
from apps.validation.core.python_source import read_python

WORD = re.compile(r"[^\W\d]\w*")
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


def assemble_python_file(path: str, versions: Sequence[AtomCode]) -> str:
    """Return the text of one file; `versions` are those of its atoms, in plan order.

    Raises AssemblyError.
    """
    try:
        return _assemble(path, [_part(version, path) for version in versions])
    except RecursionError as error:
        raise AssemblyError(f"The code of {path} is nested too deeply.") from error


def _assemble(path: str, parts: list[Part]) -> str:
    imports, units = _merged(path, parts)
    ordered = in_import_order(units)
    typed = {each.local for each in imports if each.for_types}
    typed -= {each.local for each in imports if not each.for_types}
    if mentions_later(ordered, typed):
        imports.append(PythonImport(FUTURE, "annotations"))
    block = write_imports(
        imports,
        own_root=module_name(path).partition(".")[0],
        type_lines=[line for part in parts for line in part.type_lines],
    )
    docstring = next((part.docstring for part in parts if part.docstring), "")
    return _layout(docstring, block, ordered)


def _merged(path: str, parts: list[Part]) -> tuple[list[PythonImport], list[Unit]]:
    """Give every name to one thing, and collect what is then left to write."""
    reserved = frozenset(word for part in parts for word in WORD.findall(part.module.code))
    table = NameTable(reserved, {part.symbol: ("symbol", part.symbol) for part in parts})
    imports: list[PythonImport] = []
    units: list[Unit] = []
    written: set[Hashable] = set()
    for part in parts:
        renames = _renames(part, path, table)
        imports += _renamed_imports(part, path, renames)
        kept = _unwritten(part, written)
        units += _units(part, kept, renames)
    return imports, units


def _renames(part: Part, path: str, table: NameTable) -> dict[str, str]:
    """Names of the part that must change, because another part or the file itself has them."""
    renames = {}
    for each in part.imports:
        if each.name == "*":
            continue
        if _is_own(each, path):
            new = each.name
        elif "." in each.local_path:
            table.taken.setdefault(each.local, each.identity)
            continue  # `import a.b` can bind nothing but `a`
        else:
            new = table.claim(each.local, each.identity)
        renames[each.local] = new
    for name, identity in _identities(part).items():
        if name != part.symbol:
            renames[name] = table.claim(name, identity)
    return {old: new for old, new in renames.items() if old != new}


def _identities(part: Part) -> dict[str, Hashable]:
    """What each helper of the part stands for, everything that it uses included."""
    texts = {name: statement.text for statement in part.statements for name in statement.names}
    words = {name: WORD.findall(text) for name, text in texts.items()}
    texts |= {each.local: repr(each.identity) for each in part.imports}
    return {
        name: ("state", part.symbol, name)
        if _is_stateful(statement)
        else closure(name, texts, words)
        for statement in part.statements
        for name in statement.names
    }


def _is_own(each: PythonImport, path: str) -> bool:
    """An import of the file from itself."""
    return bool(each.name) and each.name != "*" and each.module == module_name(path)


def _renamed_imports(part: Part, path: str, renames: dict[str, str]) -> Iterator[PythonImport]:
    for each in part.imports:
        if not _is_own(each, path):
            new = renames.get(each.local)
            yield each if new is None else replace(each, alias=new)


def _unwritten(part: Part, written: set[Hashable]) -> list[Statement]:
    """Statements that no earlier part has brought already."""
    identities = _identities(part)
    kept = []
    for statement in part.statements:
        key = frozenset((name, identities[name]) for name in statement.names)
        if part.symbol in statement.names or not key or key not in written:
            kept.append(statement)
        written.add(key)
    return kept


def _units(part: Part, kept: list[Statement], renames: dict[str, str]) -> Iterator[Unit]:
    """The kept statements as text, with their new names; overloads stay with their function."""
    module = rename(part.module, renames)
    overloads = ""
    for statement in kept:
        text = _text(module, module.body[statement.index]) if renames else statement.text
        if statement.is_overload:
            overloads += text + "\n\n\n"
            continue
        unit = unit_of(text)
        yield replace(unit, text=overloads + unit.text)
        overloads = ""


def _part(version: AtomCode, path: str) -> Part:
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
            docstring = _text(module, node)
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
    text = _text(module, node)
    names = tuple(sorted(unit_of(text).names))
    return Statement(index, names, text, isinstance(node, cst.FunctionDef) and _is_overload(node))


def _text(module: cst.Module, node: cst.CSTNode) -> str:
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


def _is_stateful(statement: Statement) -> bool:
    """`_cache = {}` and the like: an empty container or a lock, filled or held at run time."""
    match ast.parse(statement.text).body[0]:
        case ast.Assign(value=value) | ast.AnnAssign(value=value):
            match value:
                case ast.Dict(keys=[]) | ast.List(elts=[]):
                    return True
                case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
                    return name in STATEFUL
    return False


def _layout(docstring: str, imports: str, units: Sequence[Unit]) -> str:
    head = "\n\n".join(block for block in (docstring, imports) if block)
    text = head
    previous: Unit | None = None
    for unit in units:
        is_tight = previous is not None and not previous.is_block and not unit.is_block
        gap = "\n" if is_tight else "\n\n\n"
        if previous is None and not unit.is_block:
            gap = "\n\n"
        text = f"{text}{gap}{unit.text}" if text else unit.text
        previous = unit
    return f"{text}\n" if text else ""
