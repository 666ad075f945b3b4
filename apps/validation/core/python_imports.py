"""Do the imports of an answer name things that exist, in the standard library or in the project?"""

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import PurePosixPath

from apps.validation.core.findings import Finding, Severity
from apps.validation.core.python_source import imported_name, read_python, top_level_names


@dataclass(frozen=True)
class PythonProject:
    """The modules of a project, read when somebody asks for their names."""

    files: Mapping[str, str]  # path -> text

    @cached_property
    def modules(self) -> dict[str, str]:
        """Dotted module name -> path."""
        return {module_name(path): path for path in self.files if path.endswith(".py")}

    @cached_property
    def roots(self) -> frozenset[str]:
        """First parts of the project's own modules."""
        return frozenset(name.partition(".")[0] for name in self.modules)

    def has(self, module: str) -> bool:
        return module in self.modules or any(name.startswith(f"{module}.") for name in self.modules)

    def names(self, module: str) -> frozenset[str] | None:
        """What can be imported from a module; None when its text cannot be read."""
        tree = (
            read_python(self.files[self.modules[module]])
            if module in self.modules
            else ast.Module([], [])
        )
        if isinstance(tree, Finding):
            return None
        prefix = f"{module}."
        inner = {
            name[len(prefix) :].partition(".")[0]
            for name in self.modules
            if name.startswith(prefix)
        }
        return frozenset({*top_level_names(tree), *inner})

    def providers(self, name: str) -> list[str]:
        """Modules that define a public name of their own."""
        return [
            module
            for module, path in self.modules.items()
            if name in self.files[path] and name in (self.names(module) or ())
        ]


@dataclass(frozen=True, slots=True)
class Imported:
    """One imported name, with relative imports made absolute."""

    module: str
    name: str | None  # None: the module itself
    local: str
    node: ast.Import | ast.ImportFrom


def module_name(path: str) -> str:
    """`textkit/slug.py` -> `textkit.slug`, without a leading `src/` and a last `__init__`."""
    parts = PurePosixPath(path).with_suffix("").parts
    parts = parts[1:] if parts[:1] == ("src",) and len(parts) > 1 else parts
    return ".".join(parts[:-1] if parts[-1:] == ("__init__",) else parts)


def check_imports(tree: ast.Module, path: str, files: Mapping[str, str]) -> Iterator[Finding]:
    """Check every import, at the top level or inside a function."""
    project = PythonProject(files)
    for imported in imports(tree, path):
        yield from _check_one(imported, project)
    yield from _check_relative(tree)
    yield from _check_attributes(tree, path, project)


def imports(tree: ast.Module, path: str) -> Iterator[Imported]:
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                for alias in node.names:
                    yield Imported(alias.name, None, imported_name(alias), node)
            case ast.ImportFrom():
                module = absolute_module(node.module or "", node.level, path)
                for alias in node.names:
                    yield Imported(module, alias.name, imported_name(alias), node)


def absolute_module(module: str, level: int, path: str) -> str:
    """The module that `from ..x import y` names inside the file at `path`."""
    if level == 0:
        return module
    package = module_name(str(PurePosixPath(path).parent / "__init__.py")).split(".")
    kept = package[: max(0, len(package) - level + 1)]
    return ".".join(part for part in [*kept, module] if part)


def _check_one(imported: Imported, project: PythonProject) -> Iterator[Finding]:
    root = imported.module.partition(".")[0]
    if root not in project.roots:
        if root not in sys.stdlib_module_names:
            yield _third_party(imported)
    elif not project.has(imported.module):
        yield _no_module(imported, project)
    elif imported.name not in (None, "*"):
        yield from _check_name(imported, str(imported.name), project)


def _check_name(imported: Imported, name: str, project: PythonProject) -> Iterator[Finding]:
    known = project.names(imported.module)
    if known is None:
        return
    if name not in known:
        yield _no_name(imported, name, known, project)
    elif name.startswith("_") and not name.startswith("__"):
        message = (
            f"`{name}` is private to `{imported.module}` and may be renamed. Import a public name "
            "instead."
        )
        yield Finding("py.import-private", Severity.MEDIUM, message, imported.node.lineno)


def _third_party(imported: Imported) -> Finding:
    message = (
        f"`{imported.module}` is neither in the standard library nor in this project. "
        "Use the standard library and the listed dependencies only."
    )
    return Finding("py.third-party", Severity.HIGH, message, imported.node.lineno)


def _no_module(imported: Imported, project: PythonProject) -> Finding:
    message = (
        f"There is no module `{imported.module}` in the "
        f"project.{_nearest(imported.module, project.modules)}"
    )
    return Finding("py.import-module", Severity.HIGH, message, imported.node.lineno)


def _no_name(
    imported: Imported, name: str, known: frozenset[str], project: PythonProject
) -> Finding:
    elsewhere = [f"`from {module} import {name}`" for module in project.providers(name)]
    advice = f" Write {elsewhere[0]}." if elsewhere else _nearest(name, known)
    message = f"`{imported.module}` defines no `{name}`.{advice}"
    return Finding("py.import-name", Severity.HIGH, message, imported.node.lineno)


def _nearest(name: str, known: Mapping[str, str] | frozenset[str]) -> str:
    public = sorted(other for other in known if not other.startswith("_"))
    close = get_close_matches(name, public, n=1, cutoff=0.75)
    return (
        f" Did you mean `{close[0]}`?"
        if close
        else " Import only what the listed dependencies name."
    )


def _check_relative(tree: ast.Module) -> Iterator[Finding]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            message = "Import with the full package path instead of a relative import."
            yield Finding("py.relative-import", Severity.LOW, message, node.lineno)


def _check_attributes(tree: ast.Module, path: str, project: PythonProject) -> Iterator[Finding]:
    """`slug.slugfy(...)` after `from textkit import slug`: attributes must exist as well."""
    own = dict(_module_aliases(tree, path, project))
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id in own
        ):
            module = own[node.value.id]
            known = project.names(module)
            if known is not None and node.attr not in known and not node.attr.startswith("__"):
                message = f"`{module}` defines no `{node.attr}`.{_nearest(node.attr, known)}"
                yield Finding("py.import-name", Severity.HIGH, message, node.lineno)


def _module_aliases(
    tree: ast.Module, path: str, project: PythonProject
) -> Iterator[tuple[str, str]]:
    for imported in imports(tree, path):
        whole = imported.module if imported.name is None else f"{imported.module}.{imported.name}"
        is_bound = imported.name is not None or imported.local != imported.module.partition(".")[0]
        if whole in project.modules and (is_bound or "." not in whole):
            yield imported.local, whole
