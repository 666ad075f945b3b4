"""Puts a stub in the place of a function or class of a script, where a second one would be an error."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from apps.acceptance.core.script_text import has_jsx, parse_script, text_of

_DECLARED = (
    *("function_declaration", "generator_function_declaration", "function_expression"),
    *("class_declaration", "abstract_class_declaration", "class"),
)
_VALUES = ("lexical_declaration", "variable_declaration")
_MODULE = re.compile(r"^\s*(?:import|export)\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Place:
    start: int  # bytes
    end: int
    wrapped: str = (
        "{}"  # how the stub is written there; empty for an overload, which a stub has not
    )


def with_stub(code: str, path: str, name: str, stub: str) -> str:
    """Return the code with `stub`, a declaration of `name`, where that was declared; else behind it."""
    root = parse_script(code, has_jsx=has_jsx(path))
    places = list(_places(root, name)) if root is not None else []
    if not any(place.wrapped for place in places):
        is_common = "exports" in code and not _MODULE.search(code)
        lead = f"module.exports.{name} = " if is_common else "export "
        return f"{code}\n\n\n{lead}{stub}\n"
    source = code.encode()
    for place in sorted(places, key=lambda each: each.start, reverse=True):
        text = place.wrapped.format(stub)
        source = source[: place.start] + text.encode() + source[place.end :]
    return source.decode()


def _places(root: Node, name: str) -> Iterator[_Place]:
    """Where the name gets its value at the top of the file."""
    for statement in root.named_children:
        node = _declaration(statement)
        if node.type in _DECLARED and _name(node) == name:
            yield _Place(node.start_byte, node.end_byte)
        elif node.type == "function_signature" and _name(node) == name:
            yield _Place(statement.start_byte, statement.end_byte, wrapped="")
        elif node.type in _VALUES:
            yield from _values(node, name)
        elif node.type == "expression_statement":
            yield from _assigned(node, name)


def _declaration(statement: Node) -> Node:
    """What an `export` declares; the statement itself when it is none."""
    fields = ("declaration", "value") if statement.type == "export_statement" else ()
    found = (statement.child_by_field_name(field) for field in fields)
    return next((node for node in found if node is not None), statement)


def _name(node: Node) -> str:
    return text_of(node.child_by_field_name("name"))


def _values(declaration: Node, name: str) -> Iterator[_Place]:
    """`const name = …`; a type that is written beside it is erased anyway."""
    for each in declaration.named_children:
        value = each.child_by_field_name("value") if _name(each) == name else None
        if value is not None:
            yield _Place(value.start_byte, value.end_byte, "({})")


def _assigned(statement: Node, name: str) -> Iterator[_Place]:
    """`exports.name = …` and `module.exports.name = …`."""
    for each in statement.named_children:
        left = text_of(each.child_by_field_name("left"))
        value = each.child_by_field_name("right")
        if value is not None and left in (f"exports.{name}", f"module.exports.{name}"):
            yield _Place(value.start_byte, value.end_byte, "({})")
