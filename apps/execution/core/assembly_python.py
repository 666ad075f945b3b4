"""One Python file out of the accepted code of its atoms.

Imports are merged and sorted, symbols stand in plan order, helpers beside the symbol that brought
them. Helpers of equal text are kept once; a name that two atoms use for different things is
numbered (`_clean_2`) for the later one, with everything that refers to it. An annotation that
mentions a later definition brings `from __future__ import annotations` rather than another order.
"""

import re
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace

from apps.execution.core.atom_code import AssemblyError, AtomCode
from apps.execution.core.naming import NameTable, closure
from apps.execution.core.ordering import Unit, in_import_order, mentions_later
from apps.execution.core.python_import_block import FUTURE, PythonImport, write_imports
from apps.execution.core.python_parts import Part, Statement, is_stateful, take_apart, text_of
from apps.execution.core.python_rename import rename
from apps.execution.core.python_usage import unit_of
from apps.validation.core.python_imports import module_name

WORD = re.compile(r"[^\W\d]\w*")


def assemble_python_file(path: str, versions: Sequence[AtomCode]) -> str:
    """Return the text of one file; `versions` are those of its atoms, in plan order.

    Raises AssemblyError.
    """
    try:
        return _assemble(path, [take_apart(version, path) for version in versions])
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
        if is_stateful(statement)
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
        text = text_of(module, module.body[statement.index]) if renames else statement.text
        if statement.is_overload:
            overloads += text + "\n\n\n"
            continue
        unit = unit_of(text)
        yield replace(unit, text=overloads + unit.text)
        overloads = ""


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
