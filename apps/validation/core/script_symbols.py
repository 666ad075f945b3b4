"""Does a script export exactly the asked symbol, and do nothing at import?"""

from collections.abc import Iterator

from tree_sitter import Node

from apps.masterplans.core.document import AtomKind, AtomSpec
from apps.validation.core.findings import Finding, Severity
from apps.validation.core.script_source import (
    CALLS,
    CLASSES,
    FUNCTIONS,
    VARIABLES,
    Declaration,
    declarations,
    line_of,
    run_on_load,
    text_of,
    walk,
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NODE_TYPES = {
    AtomKind.FUNCTION: FUNCTIONS,
    AtomKind.CLASS: CLASSES,
    AtomKind.CONST: VARIABLES | {"enum_declaration"},
    AtomKind.TYPE: frozenset({"type_alias_declaration", "enum_declaration"}),
    AtomKind.INTERFACE: frozenset({"interface_declaration"}),
}
SPELLING = {
    AtomKind.FUNCTION: "export function {name}",
    AtomKind.CLASS: "export class {name}",
    AtomKind.CONST: "export const {name}",
    AtomKind.TYPE: "export type {name}",
    AtomKind.INTERFACE: "export interface {name}",
}
HARMLESS_STATEMENTS = frozenset(
    {"import_statement", "comment", "empty_statement", "hash_bang_line"}
)
EFFECTFUL_ROOTS = _words(
    "console process fetch eval require setTimeout setInterval setImmediate queueMicrotask "
    "document window localStorage globalThis Deno Bun alert import XMLHttpRequest WebSocket "
    "Worker EventSource"
)
SILENCERS = ("@ts-ignore", "@ts-nocheck", "@ts-expect-error")


def check_symbol(root: Node, atom: AtomSpec) -> Iterator[Finding]:
    """Compare the top level of an answer with what was asked for."""
    own = [declared for declared in declarations(root) if atom.symbol in declared.names]
    fitting = [declared for declared in own if declared.node.type in NODE_TYPES[atom.kind]]
    spelling = SPELLING[atom.kind].format(name=atom.symbol)
    if not own:
        yield Finding(
            "ts.symbol-missing",
            Severity.CRITICAL,
            f"`{atom.symbol}` is not defined. Write `{spelling}`.",
        )
    elif not fitting:
        yield _high(
            "symbol-kind", own[0].node, f"`{atom.symbol}` has the wrong kind. Write `{spelling}`."
        )
    elif not fitting[0].exported:
        yield _high(
            "symbol-export", own[0].node, f"`{atom.symbol}` is not exported. Write `{spelling}`."
        )
    yield from _repeated(fitting)
    yield from _extra(root, atom)


def check_effects(root: Node) -> Iterator[Finding]:
    """Yield what runs at import beyond definitions."""
    for statement in root.named_children:
        if statement.type in HARMLESS_STATEMENTS or statement.type == "export_statement":
            continue
        if not _is_definition(statement) and not _is_directive(statement):
            message = (
                f"`{_first_line(statement)}` runs at import. Move it into a function, or leave it "
                "out."
            )
            yield _high("import-effect", statement, message)
    for declared in declarations(root):
        yield from _check_initialiser(declared)


def check_silencers(root: Node) -> Iterator[Finding]:
    """Comments that switch the compiler off."""
    for node in walk(root):
        if node.type == "comment":
            for silencer in SILENCERS:
                if silencer in text_of(node):
                    yield _high(
                        "silenced",
                        node,
                        f"`{silencer}` hides an error. Remove it and correct the types.",
                    )


def _repeated(fitting: list[Declaration]) -> Iterator[Finding]:
    """Several signatures of one function are overloads; several bodies are a mistake."""
    real = [declared for declared in fitting if declared.node.type != "function_signature"]
    for again in real[1:]:
        yield _high(
            "symbol-repeated", again.node, f"`{again.names[0]}` is defined twice. Define it once."
        )


def _extra(root: Node, atom: AtomSpec) -> Iterator[Finding]:
    for declared in declarations(root):
        for name in declared.names:
            if declared.exported and name != atom.symbol:
                message = (
                    f"`{name}` was not asked for. Export only `{atom.symbol}`; write a helper "
                    "without `export`."
                )
                yield _high("symbol-extra", declared.node, message)
    for statement in root.named_children:
        if statement.type == "export_statement":
            yield from _export_form(statement, atom)


def _export_form(statement: Node, atom: AtomSpec) -> Iterator[Finding]:
    if any(child.type == "default" for child in statement.children):
        yield _high("default-export", statement, f"Export `{atom.symbol}` by name, not as default.")
    elif statement.child_by_field_name("declaration") is None:
        message = (
            "Write `export` in front of the declaration itself, and re-export nothing; barrels "
            "are made for you."
        )
        yield _high("export-form", statement, message)


def _check_initialiser(declared: Declaration) -> Iterator[Finding]:
    """The first thing with an effect that runs when a constant or a class is defined."""
    for node in run_on_load(declared):
        if node.type == "await_expression":
            message = "`await` at the top level delays every import. Move it into a function."
        elif node.type in CALLS and _root_name(node) in EFFECTFUL_ROOTS:
            message = f"`{_first_line(node)}` has an effect at import. Move it into a function."
        else:
            continue
        yield _high("import-effect", node, message)
        return


def _root_name(call: Node) -> str:
    """`console` for `console.log(1)`."""
    node = call.child_by_field_name("function") or call.child_by_field_name("constructor")
    while node is not None and node.type in (
        "member_expression",
        "subscript_expression",
        "call_expression",
    ):
        node = node.child_by_field_name("object") or node.child_by_field_name("function")
    return text_of(node) if node is not None else ""


def _is_definition(statement: Node) -> bool:
    known = FUNCTIONS | CLASSES | VARIABLES
    return statement.type in known | {
        "type_alias_declaration",
        "interface_declaration",
        "enum_declaration",
    }


def _is_directive(statement: Node) -> bool:
    """`"use strict";`"""
    return statement.type == "expression_statement" and [
        c.type for c in statement.named_children
    ] == ["string"]


def _first_line(node: Node) -> str:
    return text_of(node).split("\n")[0][:60]


def _high(rule: str, node: Node, message: str) -> Finding:
    return Finding(f"ts.{rule}", Severity.HIGH, message, line_of(node))
