"""Mutants of TypeScript and JavaScript: single spans of the text replaced by others."""

from collections.abc import Callable, Iterator

from tree_sitter import Node

from apps.acceptance.core.mutants import MAX_MUTANTS, Mutant, Operator, thinned
from apps.acceptance.core.script_text import line_of, parse_script, text_of, walk

Change = tuple[Operator, int, int, str]  # operator, bytes from and to, and what goes there

_SWAPS: dict[str, tuple[tuple[Operator, str], ...]] = {
    "<": ((Operator.COMPARISON_BOUND, "<="), (Operator.COMPARISON_TURNED, ">=")),
    "<=": ((Operator.COMPARISON_BOUND, "<"), (Operator.COMPARISON_TURNED, ">")),
    ">": ((Operator.COMPARISON_BOUND, ">="), (Operator.COMPARISON_TURNED, "<=")),
    ">=": ((Operator.COMPARISON_BOUND, ">"), (Operator.COMPARISON_TURNED, "<")),
    "===": ((Operator.COMPARISON_TURNED, "!=="),),
    "!==": ((Operator.COMPARISON_TURNED, "==="),),
    "==": ((Operator.COMPARISON_TURNED, "!="),),
    "!=": ((Operator.COMPARISON_TURNED, "=="),),
    "+": ((Operator.ARITHMETIC, "-"),),
    "-": ((Operator.ARITHMETIC, "+"),),
    "*": ((Operator.ARITHMETIC, "+"),),
    "/": ((Operator.ARITHMETIC, "*"),),
    "%": ((Operator.ARITHMETIC, "*"),),
    "&&": ((Operator.LOGIC, "||"),),
    "||": ((Operator.LOGIC, "&&"),),
    "??": ((Operator.LOGIC, "&&"),),
    "+=": ((Operator.ASSIGNED_OPERATION, "-="),),
    "-=": ((Operator.ASSIGNED_OPERATION, "+="),),
    "*=": ((Operator.ASSIGNED_OPERATION, "+="),),
}
_INERT = frozenset(
    {"import_statement", "type_annotation", "comment", "throw_statement", "type_arguments"}
)


def script_mutants(code: str, *, limit: int = MAX_MUTANTS) -> tuple[Mutant, ...]:
    """Mutants of a script in the order of its text; the same code gives the same mutants.

    Imports, types and the words of errors are left alone. Unreadable code has none.
    """
    root = parse_script(code)
    if root is None:
        return ()
    source = code.encode()
    found: dict[str, Mutant] = {}
    for node in walk(root):
        for operator, start, end, text in _changes(node):
            mutated = (source[:start] + text.encode() + source[end:]).decode()
            if mutated != code and mutated not in found and parse_script(mutated) is not None:
                found[mutated] = Mutant(operator, line_of(node), mutated)
    return thinned(list(found.values()), limit)


def _changes(node: Node) -> Iterator[Change]:
    change = _BY_TYPE.get(node.type)
    if change is not None and not _is_left_alone(node):
        yield from change(node)


def _is_left_alone(node: Node) -> bool:
    current = node if node.type != "throw_statement" else node.parent
    while current is not None:
        if current.type in _INERT:
            return True
        current = current.parent
    return False


def _operated(node: Node) -> Iterator[Change]:
    sign = node.child_by_field_name("operator")
    for operator, text in _SWAPS.get(text_of(sign), ()):
        if sign is not None:
            yield operator, sign.start_byte, sign.end_byte, text


def _unary(node: Node) -> Iterator[Change]:
    argument = node.child_by_field_name("argument")
    if text_of(node.child_by_field_name("operator")) == "!":
        yield Operator.NEGATION_DROPPED, node.start_byte, node.end_byte, f"!!({text_of(argument)})"


def _condition(node: Node) -> Iterator[Change]:
    test = node.child_by_field_name("condition")
    if test is not None:
        text = f"(!({text_of(test)}))"
        yield Operator.CONDITION_NEGATED, test.start_byte, test.end_byte, text


def _number(node: Node) -> Iterator[Change]:
    yield Operator.NUMBER_SHIFTED, node.start_byte, node.end_byte, f"({text_of(node)} + 1)"


def _text(node: Node) -> Iterator[Change]:
    yield Operator.TEXT_CHANGED, node.end_byte - 1, node.end_byte - 1, "x"


def _boolean(node: Node) -> Iterator[Change]:
    other = "false" if node.type == "true" else "true"
    yield Operator.BOOLEAN_FLIPPED, node.start_byte, node.end_byte, other


def _return(node: Node) -> Iterator[Change]:
    if node.named_child_count:
        yield Operator.RETURN_NOTHING, node.start_byte, node.end_byte, "return undefined;"


def _throw(node: Node) -> Iterator[Change]:
    yield Operator.RAISE_DROPPED, node.start_byte, node.end_byte, ";"


def _call(node: Node) -> Iterator[Change]:
    function = node.child_by_field_name("function")
    inner = function.child_by_field_name("object") if function is not None else None
    if inner is not None:
        yield Operator.CALL_DROPPED, node.start_byte, node.end_byte, text_of(inner)


_BY_TYPE: dict[str, Callable[[Node], Iterator[Change]]] = {
    "binary_expression": _operated,
    "augmented_assignment_expression": _operated,
    "unary_expression": _unary,
    "if_statement": _condition,
    "ternary_expression": _condition,
    "number": _number,
    "string": _text,
    "true": _boolean,
    "false": _boolean,
    "return_statement": _return,
    "throw_statement": _throw,
    "call_expression": _call,
}
