"""Level 1: is the code the asked atom, and does it fit the project? It is read, never run."""

from collections.abc import Iterable, Iterator, Mapping

from tree_sitter import Node

from apps.masterplans.core.document import AtomSpec, Language
from apps.validation.adapters.ruff import LinterUnavailable, RuffLinter
from apps.validation.adapters.tsc import TscChecker, TypeScriptUnavailable, find_compiler
from apps.validation.core import (
    python_effects,
    python_imports,
    python_signature,
    python_symbols,
    script_globals,
    script_imports,
    script_signature,
    script_symbols,
)
from apps.validation.core.findings import Finding, in_reading_order
from apps.validation.core.linting import NameLinter, lint_findings
from apps.validation.core.python_source import read_python
from apps.validation.core.script_source import read_script
from apps.validation.core.typechecking import TypeChecker, counts_in_javascript, type_findings

__all__ = ["LinterUnavailable", "TypeScriptUnavailable", "require_typescript", "validate_atom"]

Project = Mapping[str, str]

# Imports that would make the compiler read files beside the project's.
UNSAFE_TO_COMPILE = frozenset({"ts.reference", "ts.import-outside"})
# What the compiler says again, in its own words, on a line where a check here has said it better.
SAID_BETTER = {
    "ts.TS2307": frozenset({"ts.import-module", "ts.third-party"}),
    "ts.TS2305": frozenset({"ts.import-name"}),
    "ts.TS2614": frozenset({"ts.import-name"}),
    "ts.TS2724": frozenset({"ts.import-name"}),
}


def validate_atom(
    *,
    atom: AtomSpec,
    project: Project,
    code: str,
    linter: NameLinter | None = None,
    type_checker: TypeChecker | None = None,
) -> tuple[Finding, ...]:
    """Return what is wrong with `code`, worst first. The project (path -> text) holds it in place.

    Lines are lines of `code`. Raises LinterUnavailable or TypeScriptUnavailable when a checker
    cannot run.
    """
    if atom.language is Language.PYTHON:
        found = _check_python(atom, project, code, linter or RuffLinter())
    else:
        found = _check_script(atom, project, code, type_checker or TscChecker())
    return in_reading_order(found)


def require_typescript() -> None:
    """Raise TypeScriptUnavailable unless the compiler is installed."""
    find_compiler()


def _check_python(
    atom: AtomSpec, project: Project, code: str, linter: NameLinter
) -> Iterator[Finding]:
    tree = read_python(code)
    if isinstance(tree, Finding):
        yield tree
        return
    yield from python_symbols.check_symbol(tree, atom)
    yield from python_signature.check_signature(tree, atom)
    yield from python_effects.check_effects(tree)
    yield from python_imports.check_imports(tree, atom.path, project)
    text = project.get(atom.path, code)
    yield from lint_findings(
        linter.lint(path=atom.path, text=text),
        path=atom.path,
        text=text,
        code=code,
        project=python_imports.PythonProject(project),
    )


def _check_script(
    atom: AtomSpec, project: Project, code: str, checker: TypeChecker
) -> Iterator[Finding]:
    """The compiler is asked last, and only about code whose imports stay inside the project."""
    root = read_script(code, atom.path)
    if isinstance(root, Finding):
        yield root
        return
    own = tuple(_script_findings(root, atom, project))
    yield from own
    if not any(finding.rule in UNSAFE_TO_COMPILE for finding in own):
        files = {atom.path: code, **project}
        messages = checker.check(files)
        if atom.language is Language.JAVASCRIPT:
            messages = [message for message in messages if counts_in_javascript(message)]
        found = type_findings(messages, path=atom.path, text=files[atom.path], code=code)
        yield from (finding for finding in found if not _is_told(finding, own))


def _is_told(finding: Finding, own: Iterable[Finding]) -> bool:
    better = SAID_BETTER.get(finding.rule, frozenset())
    return any(other.rule in better and other.line == finding.line for other in own)


def _script_findings(root: Node, atom: AtomSpec, project: Project) -> Iterator[Finding]:
    yield from script_symbols.check_symbol(root, atom)
    yield from script_signature.check_signature(root, atom)
    yield from script_symbols.check_effects(root)
    yield from script_symbols.check_silencers(root)
    yield from script_imports.check_imports(root, atom.path, project, atom.language)
    yield from script_globals.check_window_names(root)
