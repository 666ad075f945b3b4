"""Is the asked symbol defined once, as the asked kind, and nothing public beside it?"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from apps.masterplans.core.document import AtomKind, AtomSpec
from apps.validation.core.findings import Finding, Severity
from apps.validation.core.python_source import bound_names, is_docstring, is_type_checking

NOUNS = {
    AtomKind.FUNCTION: "a function",
    AtomKind.CLASS: "a class",
    AtomKind.CONST: "an assignment",
    AtomKind.TYPE: "a type alias",
    AtomKind.INTERFACE: "a class",
}
LONG_ATOM_LINES = 30  # plans aim at 15; twice that is worth a word


@dataclass(frozen=True, slots=True)
class Definition:
    name: str
    kind: AtomKind  # FUNCTION, CLASS or CONST
    node: ast.stmt


def definitions(tree: ast.Module) -> Iterator[Definition]:
    """Functions, classes and assignments at the top level, in the order of the text."""
    for statement in tree.body:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield Definition(statement.name, AtomKind.FUNCTION, statement)
            case ast.ClassDef():
                yield Definition(statement.name, AtomKind.CLASS, statement)
            case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
                yield from (
                    Definition(name, AtomKind.CONST, statement) for name in bound_names(statement)
                )


def find_definition(tree: ast.Module, symbol: str) -> Definition | None:
    """The definition that counts: the last one, after its overloads."""
    found = [definition for definition in definitions(tree) if definition.name == symbol]
    return found[-1] if found else None


def check_symbol(tree: ast.Module, atom: AtomSpec) -> Iterator[Finding]:
    """Compare the top level of an answer with what was asked for."""
    found = [definition for definition in definitions(tree) if definition.name == atom.symbol]
    if not found:
        yield _missing(tree, atom)
    elif not _is_kind(found[-1], atom.kind):
        yield _finding(
            "symbol-kind", found[-1].node, f"`{atom.symbol}` must be {NOUNS[atom.kind]}."
        )
    yield from _repeated(found)
    yield from _extra(tree, atom)
    yield from _long(found)


def is_overload(node: ast.stmt) -> bool:
    """Decorated with `@overload`: one of several signatures of the same function."""
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and any(
        ast.unparse(decorator).rpartition(".")[2] == "overload" for decorator in node.decorator_list
    )


def _is_kind(definition: Definition, asked: AtomKind) -> bool:
    kinds = {AtomKind.TYPE: AtomKind.CONST, AtomKind.INTERFACE: AtomKind.CLASS}
    return definition.kind is kinds.get(asked, asked)


def _missing(tree: ast.Module, atom: AtomSpec) -> Finding:
    nested = any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and node.name == atom.symbol
        for node in ast.walk(tree)
    )
    where = " It is defined inside another block; move it out." if nested else ""
    message = (
        f"`{atom.symbol}` is not defined. Define it at the top level as {NOUNS[atom.kind]}.{where}"
    )
    return Finding("py.symbol-missing", Severity.CRITICAL, message)


def _repeated(found: list[Definition]) -> Iterator[Finding]:
    real = [definition for definition in found if not is_overload(definition.node)]
    for again in real[1:]:
        yield _finding(
            "symbol-repeated", again.node, f"`{again.name}` is defined twice. Define it once."
        )


def _extra(tree: ast.Module, atom: AtomSpec) -> Iterator[Finding]:
    for definition in definitions(tree):
        name = definition.name
        if name == "__all__":
            message = "Leave `__all__` out; the engine assembles the file."
            yield _finding("dunder-all", definition.node, message, Severity.MEDIUM)
        elif name != atom.symbol and not name.startswith("_"):
            message = (
                f"`{name}` was not asked for. Define only `{atom.symbol}`; name a helper "
                f"`_{name}`, "
                "or import it if another atom defines it."
            )
            yield _finding("symbol-extra", definition.node, message)
    yield from _hidden_extra(tree)


def _hidden_extra(tree: ast.Module) -> Iterator[Finding]:
    """Definitions inside `if TYPE_CHECKING:` other than imports and private aliases."""
    for block in tree.body:
        if isinstance(block, ast.If) and is_type_checking(block):
            for statement in block.body:
                if not isinstance(
                    statement, ast.Import | ast.ImportFrom | ast.Pass
                ) and not is_docstring(statement):
                    message = "Keep only imports under `if TYPE_CHECKING:`."
                    yield _finding("type-checking", statement, message)


def _long(found: list[Definition]) -> Iterator[Finding]:
    for definition in found[-1:]:
        lines = (definition.node.end_lineno or definition.node.lineno) - definition.node.lineno + 1
        if lines > LONG_ATOM_LINES:
            message = f"`{definition.name}` has {lines} lines. Move steps into private helpers."
            yield _finding("long", definition.node, message, Severity.LOW)


def _finding(
    rule: str, node: ast.stmt, message: str, severity: Severity = Severity.HIGH
) -> Finding:
    return Finding(f"py.{rule}", severity, message, node.lineno)
