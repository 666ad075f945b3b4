"""Where do the imports of a script lead, and does what they name exist there?"""

import json
import posixpath
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from tree_sitter import Node

from apps.masterplans.core.document import Language
from apps.validation.core.findings import Finding, Severity
from apps.validation.core.script_source import exported_names, line_of, read_script, text_of, walk

SUFFIXES = (
    "",
    ".ts",
    ".tsx",
    ".d.ts",
    ".js",
    ".jsx",
    ".mjs",
    "/index.ts",
    "/index.tsx",
    "/index.js",
)
# TypeScript lets an import name the file that it will become.
WRITTEN_AS = {".js": (".ts", ".tsx"), ".mjs": (".mts",), ".jsx": (".tsx",)}

Aliases = Mapping[str, str]  # "@dates/" -> "src/"


@dataclass(frozen=True, slots=True)
class ScriptImport:
    specifier: str
    names: tuple[str, ...]  # exported names that are asked for, "default" among them
    line: int


def read_aliases(files: Mapping[str, str]) -> dict[str, str]:
    """The path aliases of the project's `tsconfig.json`; none when there is no readable one."""
    try:
        paths = json.loads(files.get("tsconfig.json", "{}"))["compilerOptions"]["paths"]
        return {
            alias.removesuffix("*"): targets[0].removesuffix("*")
            for alias, targets in paths.items()
        }
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return {}


def resolve(specifier: str, importer: str, paths: Collection[str], aliases: Aliases) -> str | None:
    """The project's file that an import names, or None: it does not exist, or lies outside."""
    base = base_path(specifier, importer, aliases)
    if base is None:
        return None
    stem, suffix = posixpath.splitext(base)
    candidates = [base + ending for ending in SUFFIXES] + [
        stem + ending for ending in WRITTEN_AS.get(suffix, ())
    ]
    return next((path for path in candidates if path in paths), None)


def base_path(specifier: str, importer: str, aliases: Aliases) -> str | None:
    """A specifier as a path from the project's root; None for a package, or outside the project."""
    if specifier.startswith("."):
        joined = posixpath.normpath(posixpath.join(posixpath.dirname(importer), specifier))
        return None if joined.startswith("..") else joined
    for alias, target in aliases.items():
        if alias and specifier.startswith(alias):
            joined = posixpath.normpath(posixpath.join(target, specifier.removeprefix(alias)))
            return None if joined.startswith("..") else joined
    return None


def script_imports(root: Node) -> Iterator[ScriptImport]:
    """Every import and re-export, and every `import("…")` at any depth."""
    for node in walk(root):
        if node.type in ("import_statement", "export_statement"):
            source = _source(node)
            if source is not None:
                yield ScriptImport(
                    text_of(source)[1:-1], tuple(_imported_names(node)), line_of(node)
                )
        elif node.type == "call_expression" and _is_dynamic_import(node):
            for source in walk(node):
                if source.type == "string":
                    yield ScriptImport(text_of(source)[1:-1], (), line_of(node))


def check_imports(
    root: Node, path: str, files: Mapping[str, str], language: Language
) -> Iterator[Finding]:
    """Own modules must exist and export what is imported; packages cannot be installed."""
    aliases = read_aliases(files)
    for imported in script_imports(root):
        target = resolve(imported.specifier, path, files.keys(), aliases)
        if target is not None:
            yield from _check_names(imported, target, path, files)
        elif imported.specifier.startswith("node:") and language is Language.JAVASCRIPT:
            continue
        else:
            yield _unresolved(imported, path, files, aliases)
    yield from _references(root)


def _check_names(
    imported: ScriptImport, target: str, path: str, files: Mapping[str, str]
) -> Iterator[Finding]:
    if target == path:
        return  # assembly drops imports of the file itself
    root = read_script(files[target], target)
    known = None if isinstance(root, Finding) else exported_names(root)
    for name in imported.names:
        if known is not None and name not in known:
            close = get_close_matches(name, sorted(known), n=1, cutoff=0.6)
            advice = f" Did you mean `{close[0]}`?" if close else _exports_advice(known)
            message = f"`{imported.specifier}` exports no `{name}`.{advice}"
            yield Finding("ts.import-name", Severity.HIGH, message, imported.line)


def _exports_advice(known: frozenset[str]) -> str:
    return (
        f" It exports {', '.join(f'`{name}`' for name in sorted(known)[:8])}."
        if known
        else " It exports nothing."
    )


def _unresolved(
    imported: ScriptImport, path: str, files: Mapping[str, str], aliases: Aliases
) -> Finding:
    specifier = imported.specifier
    if specifier.startswith(("/", ".")) and base_path(specifier, path, aliases) is None:
        message = f"`{specifier}` lies outside the project. Import only the listed dependencies."
        return Finding("ts.import-outside", Severity.CRITICAL, message, imported.line)
    if base_path(specifier, path, aliases) is None:
        message = (
            f"`{specifier}` is a package; this project has none. Use the language and the listed "
            "dependencies only."
        )
        return Finding("ts.third-party", Severity.HIGH, message, imported.line)
    known = [
        relative_specifier(path, other)
        for other in files
        if other.endswith((".ts", ".tsx", ".js", ".jsx"))
    ]
    close = get_close_matches(specifier, known, n=1, cutoff=0.6)
    advice = f"Did you mean `{close[0]}`?" if close else "Import only the listed dependencies."
    message = f"There is no module `{specifier}` in the project. {advice}"
    return Finding("ts.import-module", Severity.HIGH, message, imported.line)


def relative_specifier(importer: str, target: str) -> str:
    """`./range` for `src/range.ts` seen from `src/week.ts`; JavaScript keeps its suffix."""
    stem = target if target.endswith((".js", ".mjs", ".jsx")) else posixpath.splitext(target)[0]
    path = posixpath.relpath(stem, posixpath.dirname(importer) or ".")
    return path if path.startswith(".") else f"./{path}"


def _references(root: Node) -> Iterator[Finding]:
    """`/// <reference path="…">` reads files past the import rules."""
    for node in root.children:
        if (
            node.type == "comment"
            and text_of(node).startswith("///")
            and "<reference" in text_of(node)
        ):
            message = "Use `import` instead of `/// <reference`."
            yield Finding("ts.reference", Severity.HIGH, message, line_of(node))


def _source(statement: Node) -> Node | None:
    required = next(
        (child for child in statement.named_children if child.type == "import_require_clause"),
        statement,
    )
    return required.child_by_field_name("source")


def _imported_names(statement: Node) -> Iterator[str]:
    for node in walk(statement):
        if node.type in ("import_specifier", "export_specifier"):
            name = node.child_by_field_name("name")
            if name is not None:
                yield text_of(name)
        elif node.type == "import_clause" and any(
            child.type == "identifier" for child in node.children
        ):
            yield "default"


def _is_dynamic_import(call: Node) -> bool:
    function = call.child_by_field_name("function")
    return function is not None and text_of(function) in ("import", "require")
