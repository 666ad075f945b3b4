"""Read TypeScript and JavaScript text that nobody vouches for; nothing is executed."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath

import tree_sitter_typescript
from tree_sitter import Language, Node, Parser

from apps.validation.core.findings import Finding, Severity

MAX_CODE_CHARS = 100_000
MAX_DEPTH = 150

# Suffixes whose grammar reads `<T>x` as a type assertion; everywhere else `<` may open an element.
PLAIN_TYPESCRIPT = frozenset({".ts", ".mts", ".cts"})
SCRIPT_SUFFIXES = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")
FUNCTIONS = frozenset(
    {"function_declaration", "generator_function_declaration", "function_signature"}
)
CLASSES = frozenset({"class_declaration", "abstract_class_declaration"})
CALLS = frozenset({"call_expression", "new_expression"})
VARIABLES = frozenset({"lexical_declaration", "variable_declaration"})
DEFERRED = frozenset(
    {
        "function_expression",
        "arrow_function",
        "method_definition",
        "generator_function",
        "statement_block",
    }
    | FUNCTIONS
)


@dataclass(frozen=True, slots=True)
class Declaration:
    """One declaration at the top level, with the statement that holds it (`export …` included)."""

    names: tuple[str, ...]
    node: Node  # the declaration itself
    statement: Node
    exported: bool

    @property
    def line(self) -> int:
        return line_of(self.statement)


def read_script(code: str, path: str) -> Node | Finding:
    """Return the root of the syntax tree of code that parses, or what is wrong with it."""
    if len(code) > MAX_CODE_CHARS:
        return _refusal(
            "ts.size", f"The code has more than {MAX_CODE_CHARS:,} characters. Write less."
        )
    try:
        source = code.encode()
    except UnicodeEncodeError:
        return _refusal(
            "ts.syntax", "The code holds characters that are no text. Write plain text."
        )
    root = _parser(PurePosixPath(path).suffix).parse(source).root_node
    deepest, broken = _survey(root)
    if deepest > MAX_DEPTH:
        return _refusal(
            "ts.nesting", "The code is nested too deeply to be read. Split it into helpers."
        )
    return root if broken is None else _syntax_finding(broken)


def text_of(node: Node) -> str:
    return (node.text or b"").decode()


def line_of(node: Node) -> int:
    """1-based."""
    return node.start_point.row + 1


def walk(node: Node, stop: frozenset[str] = frozenset()) -> Iterator[Node]:
    """The node and all below it, in the order of the text, but for children typed in `stop`."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(child for child in reversed(current.children) if child.type not in stop)


def declarations(root: Node) -> Iterator[Declaration]:
    """Every declaration at the top level, exported or not, in the order of the text."""
    for statement in root.named_children:
        declared = (
            statement.child_by_field_name("declaration")
            if statement.type == "export_statement"
            else statement
        )
        node = _within_ambient(declared)
        names = tuple(declared_names(node)) if node is not None else ()
        if node is not None and names:
            yield Declaration(names, node, statement, statement.type == "export_statement")


def declared_names(node: Node) -> Iterator[str]:
    """Names that a declaration binds; nothing for a statement that is no declaration."""
    if node.type in VARIABLES:
        for declarator in node.named_children:
            target = declarator.child_by_field_name("name")
            if target is not None:
                yield from _pattern_names(target)
    elif node.type in FUNCTIONS | CLASSES or node.type in (
        "type_alias_declaration",
        "interface_declaration",
        "enum_declaration",
    ):
        name = node.child_by_field_name("name")
        if name is not None:
            yield text_of(name)


def exported_names(root: Node) -> frozenset[str] | None:
    """What other files can import by name; None when an `export *` leaves that open."""
    names = {
        name
        for declaration in declarations(root)
        if declaration.exported
        for name in declaration.names
    }
    for statement in root.named_children:
        if statement.type == "export_statement":
            if any(child.type in ("*", "namespace_export") for child in statement.children):
                return None
            names.update(
                text_of(_last_name(spec))
                for spec in walk(statement)
                if spec.type == "export_specifier"
            )
            if any(child.type == "default" for child in statement.children):
                names.add("default")
    return frozenset(names)


def run_on_load(declared: Declaration) -> Iterator[Node]:
    """Nodes of a declaration that are evaluated when the module loads."""
    if declared.node.type in VARIABLES:
        yield from walk(declared.node, stop=DEFERRED)
    elif declared.node.type in CLASSES:
        for child in (*declared.statement.children, *declared.node.children):
            if child.type in ("class_heritage", "decorator"):
                yield from walk(child, stop=DEFERRED)
        for member in walk(declared.node, stop=DEFERRED):
            is_static = any(child.type == "static" for child in member.children)
            if member.type == "public_field_definition" and is_static:
                yield from walk(member, stop=DEFERRED)


@cache
def _parser(suffix: str) -> Parser:
    grammar = (
        tree_sitter_typescript.language_typescript
        if suffix in PLAIN_TYPESCRIPT
        else tree_sitter_typescript.language_tsx
    )
    return Parser(Language(grammar()))


def _survey(root: Node) -> tuple[int, Node | None]:
    """Depth of the tree, and its first broken or missing node."""
    deepest, broken, stack = 0, None, [(root, 1)]
    while stack:
        node, level = stack.pop()
        deepest = max(deepest, level)
        if broken is None and (node.is_error or node.is_missing):
            broken = node
        stack.extend((child, level + 1) for child in reversed(node.children))
    return deepest, broken


def _within_ambient(node: Node | None) -> Node | None:
    if node is not None and node.type == "ambient_declaration":
        return next((child for child in node.named_children if any(declared_names(child))), None)
    return node


def _pattern_names(target: Node) -> Iterator[str]:
    if target.type == "identifier":
        yield text_of(target)
        return
    for node in walk(target):
        if node.type in ("identifier", "shorthand_property_identifier_pattern"):
            yield text_of(node)


def _last_name(specifier: Node) -> Node:
    alias = specifier.child_by_field_name("alias")
    name = specifier.child_by_field_name("name")
    return alias or name or specifier


def _syntax_finding(broken: Node) -> Finding:
    near = " ".join(text_of(broken).split())[:60]
    what = f"near `{near}`" if near else f"`{broken.type}` is missing"
    message = (
        f"This code cannot be read: {what}. Correct the syntax, and keep to widely used constructs."
    )
    return Finding("ts.syntax", Severity.CRITICAL, message, line_of(broken))


def _refusal(rule: str, message: str) -> Finding:
    return Finding(rule, Severity.CRITICAL, message)
