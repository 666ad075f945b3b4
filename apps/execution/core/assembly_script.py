"""One TypeScript or JavaScript file out of the accepted code of its atoms.

The rules are those of Python: merged imports, plan order, helpers beside their symbol, equal
helpers once, clashing names numbered. A constant or class that needs another one while the module
loads waits for it; functions are hoisted anyway.
"""

import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tree_sitter import Node

from apps.execution.core.atom_code import AssemblyError, AtomCode
from apps.execution.core.naming import NameTable, closure
from apps.execution.core.ordering import Unit, in_import_order
from apps.execution.core.script_import_block import (
    ScriptImport,
    module_key,
    read_imports,
    write_imports,
)
from apps.validation.core.findings import Finding
from apps.validation.core.script_imports import Aliases
from apps.validation.core.script_source import (
    CALLS,
    declarations,
    read_script,
    run_on_load,
    text_of,
    walk,
)

WORD = re.compile(r"[A-Za-z_$][\w$]*")
PLACE_COMMENT = re.compile(
    r"(//|/\*+)\s*(file:?|path:?)?\s*[\w./-]+\.[cm]?[jt]sx?\b", re.IGNORECASE
)
NAME_NODES = frozenset({"identifier", "type_identifier"})
SHORTHAND = frozenset({"shorthand_property_identifier", "shorthand_property_identifier_pattern"})
# `const _seen = new Map()`: something that fills at run time, which two atoms must not share.
STATEFUL = re.compile(
    r"=\s*(\{\s*\}|\[\s*\]|new\s+(Map|Set|WeakMap|WeakSet|Array)\b[^(]*\(\s*\))\s*;?\s*$"
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A declaration at the top level, with the comments above it and behind it."""

    names: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Part:
    """The code of one atom, taken apart."""

    symbol: str
    path: str
    code: str
    imports: tuple[ScriptImport, ...]
    statements: tuple[Statement, ...]


def assemble_script_file(path: str, versions: Sequence[AtomCode], aliases: Aliases) -> str:
    """Return the text of one file; `versions` are those of its atoms, in plan order.

    Raises AssemblyError.
    """
    parts = [_part(version, path, aliases) for version in versions]
    reserved = frozenset(word for part in parts for word in WORD.findall(part.code))
    table = NameTable(reserved, {part.symbol: ("symbol", part.symbol) for part in parts})
    imports: list[ScriptImport] = []
    units: list[Unit] = []
    written: set[Hashable] = set()
    for part in parts:
        renames = _renames(part, table)
        imports += _renamed_imports(part, renames)
        units += _units(part, renames, written)
    blocks = [write_imports(imports), *(unit.text for unit in in_import_order(units))]
    text = "\n\n".join(block for block in blocks if block)
    return f"{text}\n" if text else ""


def _renames(part: Part, table: NameTable) -> dict[str, str]:
    """Names of the part that must change, because another part or the file itself has them."""
    renames = {}
    for each in part.imports:
        if each.local:
            own = each.module == module_key(part.path)
            renames[each.local] = each.name if own else table.claim(each.local, each.identity)
    for name, identity in _identities(part).items():
        if name != part.symbol:
            renames[name] = table.claim(name, identity)
    return {old: new for old, new in renames.items() if old != new}


def _renamed_imports(part: Part, renames: Mapping[str, str]) -> Iterator[ScriptImport]:
    for each in part.imports:
        if each.module != module_key(part.path):
            yield replace(each, local=renames.get(each.local, each.local))


def _identities(part: Part) -> dict[str, Hashable]:
    """What each helper of the part stands for, everything that it uses included."""
    texts: dict[str, str] = {}
    for statement in part.statements:
        for name in statement.names:
            texts[name] = texts.get(name, "") + statement.text
    words = {name: WORD.findall(text) for name, text in texts.items()}
    known = texts | {each.local: repr(each.identity) for each in part.imports if each.local}
    return {
        name: ("state", part.symbol, name) if STATEFUL.search(text) else closure(name, known, words)
        for name, text in texts.items()
    }


def _units(part: Part, renames: Mapping[str, str], written: set[Hashable]) -> Iterator[Unit]:
    """The statements that no earlier part has brought; overloads stay together."""
    identities = _identities(part)
    for names, statements in _grouped(part.statements):
        key = frozenset((name, identities[name]) for name in names)
        if part.symbol in names or key not in written:
            text = "\n".join(_renamed(each.text, part.path, renames) for each in statements)
            yield _unit(text, part.path)
        written.add(key)


def _grouped(statements: Sequence[Statement]) -> Iterator[tuple[frozenset[str], list[Statement]]]:
    """Neighbours that declare the same name: overloads, or a type and a value."""
    group: list[Statement] = []
    for statement in statements:
        if group and statement.names != group[0].names:
            yield frozenset(group[0].names), group
            group = []
        group.append(statement)
    if group:
        yield frozenset(group[0].names), group


def _renamed(text: str, path: str, renames: Mapping[str, str]) -> str:
    """Replace names wherever they stand for a value or a type.

    Locals of the same name change with it, consistently, so the meaning stays; properties keep
    their names.
    """
    if not renames or not set(renames) & set(WORD.findall(text)):
        return text
    data = text.encode()
    pieces, end = [], 0
    for node in walk(_root(text, path)):
        new = renames.get(text_of(node)) if node.type in NAME_NODES | SHORTHAND else None
        if new is not None:
            spelled = f"{text_of(node)}: {new}" if node.type in SHORTHAND else new
            pieces += [data[end : node.start_byte], spelled.encode()]
            end = node.end_byte
    return b"".join([*pieces, data[end:]]).decode()


def _unit(text: str, path: str) -> Unit:
    found = list(declarations(_root(text, path)))
    needs, called, later = set[str](), set[str](), set[str]()
    for declared in found:
        for node in run_on_load(declared):
            if node.type == "identifier":
                needs.add(text_of(node))
            callee = node.child_by_field_name("function") or node.child_by_field_name("constructor")
            if callee is not None and node.type in CALLS:
                called.add(text_of(callee))
        later |= {text_of(node) for node in walk(declared.node) if node.type == "identifier"}
    names = frozenset(name for declared in found for name in declared.names)
    return Unit(text, names, frozenset(needs - names), frozenset(called), frozenset(later))


def _part(version: AtomCode, path: str, aliases: Aliases) -> Part:
    root = read_script(version.code, path)
    if isinstance(root, Finding):
        raise AssemblyError(f"{version.atom.ref} cannot be assembled: {root.message}")
    imports = [
        found
        for node in root.named_children
        if node.type == "import_statement"
        for found in read_imports(node, path, aliases)
    ]
    statements = tuple(_statements(root, version.code.encode()))
    return Part(version.atom.symbol, path, version.code, tuple(imports), statements)


def _statements(root: Node, data: bytes) -> Iterator[Statement]:
    names = {declared.statement.id: declared.names for declared in declarations(root)}
    start: int | None = None  # of the comments above the next statement
    for node in root.named_children:
        if node.type == "comment":
            is_place = node.start_point.row == 0 and PLACE_COMMENT.match(text_of(node))
            if start is None and not is_place and not _is_behind(node):
                start = node.start_byte
            continue
        if node.id in names:
            begin = node.start_byte if start is None else start
            yield Statement(names[node.id], data[begin : _end(node)].decode())
        start = None


def _is_behind(comment: Node) -> bool:
    """On the line on which the statement before it ends."""
    before = comment.prev_named_sibling
    return before is not None and before.end_point.row == comment.start_point.row


def _end(statement: Node) -> int:
    after = statement.next_named_sibling
    if after is not None and after.type == "comment" and _is_behind(after):
        return after.end_byte
    return statement.end_byte


def _root(text: str, path: str) -> Node:
    root = read_script(text, path)
    if isinstance(root, Finding):
        raise AssemblyError(f"A statement of {path} cannot be read on its own: {root.message}")
    return root
