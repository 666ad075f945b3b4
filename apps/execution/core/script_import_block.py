"""The imports of a TypeScript or JavaScript file, merged from those of its atoms."""

import posixpath
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass

from tree_sitter import Node

from apps.validation.core.script_imports import Aliases, base_path
from apps.validation.core.script_source import text_of

LINE_LENGTH = 100
DROPPED_SUFFIXES = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")
NAMESPACE, SIDE_EFFECT, REQUIRED = "*", "", "require"


@dataclass(frozen=True, slots=True, order=True)
class ScriptImport:
    """One imported name. Equal imports are written once."""

    specifier: str
    module: str  # what the specifier leads to, however it is spelled
    name: str  # exported name, "default", NAMESPACE, REQUIRED, or SIDE_EFFECT
    local: str
    is_type: bool

    @property
    def identity(self) -> Hashable:
        return ("import", self.module, self.name)


def module_key(path: str) -> str:
    """`src/core/index.ts` and `src/core` are the same module."""
    stem, suffix = posixpath.splitext(path)
    path = stem if suffix in DROPPED_SUFFIXES else path
    return path.removesuffix("/index")


def read_imports(statement: Node, path: str, aliases: Aliases) -> Iterator[ScriptImport]:
    """The names that one import statement binds."""
    specifier = _specifier(statement)
    base = base_path(specifier, path, aliases)
    module = specifier if base is None else module_key(base)
    if base is not None and specifier.endswith((".ts", ".tsx", ".mts")):
        specifier = posixpath.splitext(specifier)[0]
    whole_is_type = any(child.type == "type" for child in statement.children)
    for name, local, is_type in _bindings(statement):
        yield ScriptImport(specifier, module, name, local, whole_is_type or is_type)


def write_imports(found: Iterable[ScriptImport]) -> str:
    """One block: packages and aliases first, then relative paths from far to near."""
    unique = _spelled_alike(dict.fromkeys(found))
    values = {(each.local, each.identity) for each in unique if not each.is_type}
    needed = {e for e in unique if not e.is_type or (e.local, e.identity) not in values}
    lines: list[str] = []
    for specifier in sorted({each.specifier for each in needed}, key=_rank):
        lines += _lines(specifier, sorted(e for e in needed if e.specifier == specifier))
    return "\n".join(lines)


def _spelled_alike(found: Iterable[ScriptImport]) -> list[ScriptImport]:
    """One specifier for each module: the first spelling wins."""
    spellings: dict[str, str] = {}
    return [
        ScriptImport(
            spellings.setdefault(each.module, each.specifier),
            each.module,
            each.name,
            each.local,
            each.is_type,
        )
        for each in found
    ]


def _rank(specifier: str) -> tuple[int, int, str]:
    if not specifier.startswith("."):
        return (0 if not specifier.startswith("@") else 1, 0, specifier)
    return (2, -specifier.count("../"), specifier)


def _lines(specifier: str, group: list[ScriptImport]) -> Iterator[str]:
    source = f'"{specifier}"'
    for is_type in (False, True):
        word = "import type" if is_type else "import"
        some = [each for each in group if each.is_type is is_type]
        for each in some:
            if each.name == SIDE_EFFECT:
                yield f"import {source};"
            elif each.name == NAMESPACE:
                yield f"{word} * as {each.local} from {source};"
            elif each.name == REQUIRED:
                yield f"{word} {each.local} = require({source});"
            elif each.name == "default":
                yield f"{word} {each.local} from {source};"
        named = [each for each in some if each.name not in _WHOLE]
        if named:
            yield _named_line(word, named, source)


_WHOLE = frozenset({SIDE_EFFECT, NAMESPACE, REQUIRED, "default"})


def _named_line(word: str, named: list[ScriptImport], source: str) -> str:
    names = [e.name if e.name == e.local else f"{e.name} as {e.local}" for e in named]
    line = f"{word} {{ {', '.join(names)} }} from {source};"
    if len(line) <= LINE_LENGTH:
        return line
    listed = "".join(f"  {name},\n" for name in names)
    return f"{word} {{\n{listed}}} from {source};"


def _specifier(statement: Node) -> str:
    clauses = [child for child in statement.named_children if child.type == "import_require_clause"]
    source = (clauses or [statement])[0].child_by_field_name("source")
    return text_of(source)[1:-1] if source is not None else ""


def _bindings(statement: Node) -> Iterator[tuple[str, str, bool]]:
    """(exported name, local name, marked as type) for each name of the statement."""
    clause = next((c for c in statement.named_children if c.type.startswith("import_")), None)
    if clause is None:
        yield SIDE_EFFECT, "", False
        return
    for child in clause.named_children:
        if child.type == "identifier":
            is_required = clause.type == "import_require_clause"
            yield (REQUIRED if is_required else "default"), text_of(child), False
        elif child.type == "namespace_import":
            yield NAMESPACE, text_of(child.named_children[0]), False
        elif child.type == "named_imports":
            yield from (
                _named(spec) for spec in child.named_children if spec.type == "import_specifier"
            )


def _named(specifier: Node) -> tuple[str, str, bool]:
    name = specifier.child_by_field_name("name")
    alias = specifier.child_by_field_name("alias")
    is_type = any(child.type == "type" for child in specifier.children)
    exported = text_of(name) if name is not None else ""
    return exported.strip("\"'"), text_of(alias) if alias is not None else exported, is_type
