"""Names that resolve only because a browser's window has them.

The compiler knows `name`, `status` or `event` as globals, so a forgotten parameter of that name
would pass. An answer that means such a thing can say `globalThis.name`.
"""

from collections.abc import Iterator

from tree_sitter import Node

from apps.validation.core.findings import Finding, Severity
from apps.validation.core.script_source import line_of, text_of, walk


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


WINDOW_NAMES = _words(
    "name length event status top parent self origin closed close open find stop focus blur "
    "print scroll screen frames history location external opener toolbar menubar statusbar "
    "innerWidth innerHeight outerWidth outerHeight"
)
USES = frozenset({"identifier", "shorthand_property_identifier"})
# Nodes below which an identifier is bound rather than used.
BINDING_PARENTS = frozenset(
    {
        "required_parameter",
        "optional_parameter",
        "variable_declarator",
        "array_pattern",
        "assignment_pattern",
        "pair_pattern",
        "rest_pattern",
        "object_assignment_pattern",
        "catch_clause",
        "arrow_function",
        "import_specifier",
        "import_clause",
        "namespace_import",
        "function_declaration",
        "generator_function_declaration",
        "function_expression",
        "function_signature",
        "for_in_statement",
        "enum_declaration",
    }
)


def check_window_names(root: Node) -> Iterator[Finding]:
    """Yield uses of window names that the answer binds nowhere."""
    bound = {text_of(node) for node in walk(root) if _is_binding(node)}
    for node in walk(root):
        name = text_of(node) if node.type in USES else ""
        if name in WINDOW_NAMES and name not in bound:
            message = (
                f"`{name}` is not defined here; it would mean the browser window's `{name}`. "
                "Define or import it."
            )
            yield Finding("ts.window-name", Severity.HIGH, message, line_of(node))


def _is_binding(node: Node) -> bool:
    """Whether the node may bind its name; generous, since a false finding is worse than a miss."""
    if node.type == "shorthand_property_identifier_pattern":
        return True
    return (
        node.type == "identifier"
        and node.parent is not None
        and node.parent.type in BINDING_PARENTS
    )
