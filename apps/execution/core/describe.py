"""How an accepted atom is introduced to the atoms that use it."""

import ast

from apps.execution.core.prompt import Dependency
from apps.masterplans.core.document import AtomKind, AtomSpec, Language
from apps.validation.core.findings import Finding
from apps.validation.core.python_imports import module_name
from apps.validation.core.python_source import read_python
from apps.validation.core.python_symbols import find_definition
from apps.validation.core.script_imports import relative_specifier
from apps.validation.core.script_source import declarations, read_script, text_of

TYPE_KINDS = frozenset({AtomKind.TYPE, AtomKind.INTERFACE})
SHOWN_WHOLE = 1_200  # characters; types and small classes say more than their signature


def describe_dependency(target: AtomSpec, code: str, *, importer: AtomSpec) -> Dependency:
    """Return what a prompt says about an atom that is done; `code` is its accepted code."""
    return Dependency(
        ref=target.ref,
        signature=target.signature,
        docstring=_description(target, code),
        import_line=import_line(target, importer),
    )


def import_line(target: AtomSpec, importer: AtomSpec) -> str:
    """The import to write in the importer's file; empty when both share a file."""
    if target.path == importer.path:
        return ""
    if target.language is Language.PYTHON:
        return f"from {module_name(target.path)} import {target.symbol}"
    word = "import type" if target.kind in TYPE_KINDS else "import"
    specifier = relative_specifier(importer.path, target.path).removesuffix("/index")
    return f'{word} {{ {target.symbol} }} from "{specifier}";'


def _description(target: AtomSpec, code: str) -> str:
    found = (
        _python_outline(target, code)
        if target.language is Language.PYTHON
        else _script_outline(target, code)
    )
    return found or target.description


def _python_outline(target: AtomSpec, code: str) -> str:
    """The docstring of a function; of a class also its fields and the signatures of its methods."""
    tree = read_python(code)
    definition = None if isinstance(tree, Finding) else find_definition(tree, target.symbol)
    if definition is None:
        return ""
    node = definition.node
    if isinstance(node, ast.ClassDef):
        lines = [line for member in node.body for line in _member_lines(member)]
        return "\n".join([*filter(None, [ast.get_docstring(node)]), *lines])
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return ast.get_docstring(node) or ""
    return ast.unparse(node)


def _member_lines(member: ast.stmt) -> list[str]:
    match member:
        case ast.AnnAssign() | ast.Assign():
            return [ast.unparse(member)]
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if _is_public(name):
            decorators = [f"@{ast.unparse(each)}" for each in member.decorator_list]
            word = "async def" if isinstance(member, ast.AsyncFunctionDef) else "def"
            result = f" -> {ast.unparse(member.returns)}" if member.returns else ""
            return [*decorators, f"{word} {name}({ast.unparse(member.args)}){result}"]
    return []


def _is_public(name: str) -> bool:
    return not name.startswith("_") or name == "__init__"


def _script_outline(target: AtomSpec, code: str) -> str:
    """A type or small class as it is written; else the comment above it."""
    root = read_script(code, target.path)
    if isinstance(root, Finding):
        return ""
    for declared in declarations(root):
        if target.symbol in declared.names:
            text = text_of(declared.statement)
            is_shape = target.kind in TYPE_KINDS or target.kind is AtomKind.CLASS
            if is_shape and len(text) <= SHOWN_WHOLE:
                return text
            comment = declared.statement.prev_named_sibling
            is_comment = comment is not None and comment.type == "comment"
            return text_of(comment) if comment is not None and is_comment else ""
    return ""
