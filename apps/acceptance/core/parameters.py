"""What the signature of an atom says about calling it: parameters, types, result."""

import ast
import re
import warnings
from functools import cache

import tree_sitter_typescript
from tree_sitter import Language as Grammar
from tree_sitter import Node, Parser

from apps.acceptance.core.checks import Target
from apps.masterplans.core.document import AtomKind, AtomSpec, Language

_DEF = re.compile(r"(?:async\s+)?(?:def\s+)?")
_TYPE_PARAMETERS = re.compile(r"^(\w+)\s*\[[^\]]*\](?=\s*\()")
_ENDINGS = ("", " {}")
_FUNCTIONS = frozenset(
    {"function_signature", "function_declaration", "generator_function_declaration"}
)


def target_of(atom: AtomSpec) -> Target:
    """The atom as something to call; its parameters are empty when the signature leaves them open."""
    base = Target(atom.symbol, atom.path, covers=atom.covers, is_class=atom.kind is AtomKind.CLASS)
    if atom.kind is not AtomKind.FUNCTION:
        return base
    read = _python if atom.language is Language.PYTHON else _script
    return read(base, atom.signature)


def _python(base: Target, signature: str) -> Target:
    bare = _TYPE_PARAMETERS.sub(r"\1", _DEF.sub("", signature.strip(), count=1))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            node = ast.parse(f"def {bare.removesuffix(':')}: ...").body[0]
    except (SyntaxError, ValueError, RecursionError, MemoryError, IndexError):
        return base
    if not isinstance(node, ast.FunctionDef):
        return base
    positional = [*node.args.posonlyargs, *node.args.args]
    rest = [each for each in (node.args.vararg,) if each]
    return Target(
        base.symbol,
        base.path,
        parameters=(*(each.arg for each in positional), *(f"*{each.arg}" for each in rest)),
        types=tuple(_written(each.annotation) for each in [*positional, *rest]),
        required=len(positional) - len(node.args.defaults),
        returns=_written(node.returns),
        covers=base.covers,
        is_async=signature.lstrip().startswith("async "),
    )


def _written(annotation: ast.expr | None) -> str:
    if annotation is None:
        return ""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return annotation.value
    return ast.unparse(annotation)


@cache
def _parser() -> Parser:
    return Parser(Grammar(tree_sitter_typescript.language_typescript()))


def _script(base: Target, signature: str) -> Target:
    node = _function(signature.strip().rstrip("; "))
    if node is None:
        return base
    given = node.child_by_field_name("parameters")
    nodes = (
        [each for each in given.named_children if each.type.endswith("_parameter")] if given else []
    )
    returns = _type(node.child_by_field_name("return_type"))
    return Target(
        base.symbol,
        base.path,
        parameters=tuple(_text(each.child_by_field_name("pattern")) for each in nodes),
        types=tuple(_type(each.child_by_field_name("type")) for each in nodes),
        required=sum(
            each.type == "required_parameter" and not _has_default(each) for each in nodes
        ),
        returns=returns,
        covers=base.covers,
        is_async=returns.startswith("Promise<") or " async " in signature,
    )


def _function(signature: str) -> Node | None:
    for ending in _ENDINGS:
        root = _parser().parse(f"{signature}{ending}".encode()).root_node
        if root.has_error:
            continue
        stack = [root]
        while stack:
            node = stack.pop()
            if node.type in _FUNCTIONS:
                return node
            stack.extend(node.named_children)
    return None


def _has_default(parameter: Node) -> bool:
    return parameter.child_by_field_name("value") is not None


def _type(annotation: Node | None) -> str:
    return _text(annotation).removeprefix(":").strip()


def _text(node: Node | None) -> str:
    return (node.text or b"").decode() if node is not None else ""
