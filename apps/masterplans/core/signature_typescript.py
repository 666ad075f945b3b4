"""TypeScript and JavaScript signatures, read with tree-sitter."""

import re
from collections.abc import Iterator

import tree_sitter_typescript
from tree_sitter import Language as Grammar
from tree_sitter import Node, Parser

from apps.masterplans.core.document import AtomKind
from apps.masterplans.core.signature import Signature, SignatureError

EXPECTED = (
    "write `export function name(argument: type): type`, or `export class`, `export const`, "
    "`export type` or `export interface` with a name"
)
_GRAMMAR = Grammar(tree_sitter_typescript.language_typescript())
_HEAD = re.compile(
    r"export\s+(?:abstract\s+)?(?:async\s+)?(?P<word>function\s*\*?|class|const|type|interface)\s*"
    r"(?<![\w$])(?P<name>[A-Za-z_$][\w$]*)"
)
# What a signature leaves out and the grammar wants, tried in this order.
_ENDINGS = {
    AtomKind.FUNCTION: ("", " {}"),
    AtomKind.CLASS: (" {}", ""),
    AtomKind.CONST: ("", " => {}"),
    AtomKind.TYPE: ("", " = unknown"),
    AtomKind.INTERFACE: (" {}", ""),
}
_DECLARATIONS = frozenset(
    {
        "function_signature",
        "function_declaration",
        "generator_function_declaration",
        "class_declaration",
        "abstract_class_declaration",
        "lexical_declaration",
        "type_alias_declaration",
        "interface_declaration",
    }
)
_BINDINGS = {  # kind of node, its fields that bind a name
    "required_parameter": ("pattern",),
    "optional_parameter": ("pattern",),
    "arrow_function": ("parameter",),
    "pair_pattern": ("value",),
}


def read_typescript(text: str) -> Signature:
    """Raises SignatureError."""
    head = _HEAD.match(text)
    if head is None:
        raise SignatureError(EXPECTED)
    kind = AtomKind(head["word"].rstrip("* \t"))
    node = _declaration(text.rstrip("; "), kind)
    own = {head["name"], *_type_parameters(node)}
    arguments = frozenset(_arguments(node))
    names = frozenset(_names(node, arguments)) - own
    return Signature(head["name"], kind, names, arguments)


def _declaration(code: str, kind: AtomKind) -> Node:
    for ending in _ENDINGS[kind]:
        root = Parser(_GRAMMAR).parse(f"{code}{ending}".encode()).root_node
        exported = root.named_children
        if root.has_error or len(exported) != 1:
            continue
        declaration = exported[0].child_by_field_name("declaration")
        if declaration is not None and declaration.type in _DECLARATIONS:
            return declaration
    raise SignatureError(EXPECTED)


def _walk(node: Node) -> Iterator[Node]:
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(current.named_children)


def _text(node: Node) -> str:
    return (node.text or b"").decode()


def _type_parameters(node: Node) -> Iterator[str]:
    for each in _walk(node):
        name = each.child_by_field_name("name") if each.type == "type_parameter" else None
        if name is not None:
            yield _text(name)


def _arguments(node: Node) -> Iterator[str]:
    for each in _walk(node):
        if each.type == "shorthand_property_identifier_pattern":
            yield _text(each)
        for name in _BINDINGS.get(each.type, ()):
            bound = each.child_by_field_name(name)
            if bound is not None and bound.type == "identifier":
                yield _text(bound)
        if each.type == "rest_pattern":
            yield from (_text(leaf) for leaf in each.named_children if leaf.type == "identifier")


def _names(node: Node, arguments: frozenset[str]) -> Iterator[str]:
    for each in _walk(node):
        is_value = each.type == "identifier" and _text(each) not in arguments
        if is_value or each.type == "type_identifier":
            yield _text(each)
