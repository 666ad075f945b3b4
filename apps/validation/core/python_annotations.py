"""One spelling for Python annotations that mean the same.

Quotes, `Optional[X]` for `X | None`, `typing.List` for `list`, the order of a union, and an alias for what
it was imported as make no difference.
"""

import ast
from collections.abc import Iterator, Mapping

from apps.validation.core.python_source import imported_name

OLD_NAMES = {
    "List": "list",
    "Dict": "dict",
    "Set": "set",
    "FrozenSet": "frozenset",
    "Tuple": "tuple",
    "Type": "type",
    "Text": "str",
    "AbstractSet": "Set",
}

Names = Mapping[str, str]  # local alias -> imported name


def import_names(tree: ast.Module) -> dict[str, str]:
    """B: A for `from x import A as B`, so that an alias compares like the thing itself."""
    return {
        imported_name(alias): alias.name.rpartition(".")[2]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        if alias.asname
    }


def canonical(annotation: ast.expr, names: Names) -> str:
    """One spelling for annotations that mean the same."""
    match annotation:
        case ast.Constant(value=str(text)):
            return _canonical_text(text, names)
        case ast.Name(id=name):
            name = names.get(name, name)
            return OLD_NAMES.get(name, name)
        case ast.Attribute(attr=name):
            return OLD_NAMES.get(name, name)
        case ast.BinOp(op=ast.BitOr()):
            return _union([annotation], names)
        case ast.Subscript():
            return _subscript(annotation, names)
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            return "[" + ", ".join(canonical(element, names) for element in elements) + "]"
    return ast.unparse(annotation)


def _canonical_text(text: str, names: Names) -> str:
    try:
        return canonical(ast.parse(text.strip(), mode="eval").body, names)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return text


def _subscript(annotation: ast.Subscript, names: Names) -> str:
    base = canonical(annotation.value, names)
    arguments = (
        annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
    )
    if base in ("Optional", "Union"):
        return _union([annotation], names)
    if base == "Literal":
        return f"Literal[{', '.join(sorted(ast.unparse(argument) for argument in arguments))}]"
    return f"{base}[{', '.join(canonical(argument, names) for argument in arguments)}]"


def _union(members: list[ast.expr], names: Names) -> str:
    flat = {part for member in members for part in _union_parts(member, names)}
    return flat.pop() if len(flat) == 1 else f"Union[{', '.join(sorted(flat))}]"


def _union_parts(member: ast.expr, names: Names) -> Iterator[str]:
    """The members of a union, however it is nested or written."""
    match member:
        case ast.BinOp(op=ast.BitOr()):
            inner = [member.left, member.right]
        case ast.Subscript() if canonical(member.value, names) == "Optional":
            inner = [member.slice, ast.Constant(None)]
        case ast.Subscript(slice=ast.Tuple(elts=elements)) if (
            canonical(member.value, names) == "Union"
        ):
            inner = elements
        case ast.Subscript(slice=only) if canonical(member.value, names) == "Union":
            inner = [only]
        case _:
            yield canonical(member, names)
            return
    for part in inner:
        yield from _union_parts(part, names)
