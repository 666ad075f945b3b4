"""Code that carries the examples: a finding that a person must clear before its requirement counts."""

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tree_sitter import Node

from apps.acceptance.core.binding import SCRIPT_SUFFIXES
from apps.acceptance.core.checks import Check, CheckKind, Literal, Made
from apps.acceptance.core.literals import is_plain, read_literal
from apps.acceptance.core.python_text import parse_python
from apps.acceptance.core.script_text import line_of, parse_script, text_of, walk

# A table in which fewer of the entries are examples has a reason of its own, such as the numerals
# of a conversion.
CARRIED_SHARE = 0.5
_TRIVIAL: tuple[Literal, ...] = (None, True, False, 0, 1, -1, "", [], {}, ())


@dataclass(frozen=True, slots=True)
class LookupFinding:
    requirement: str
    line: int  # 1-based, of the code
    message: str


@dataclass(frozen=True, slots=True)
class Carried:
    """One stated pair, as code would carry it."""

    requirement: str
    inputs: tuple[Literal, ...]
    result: Literal
    is_error: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """A place of the code that chooses by literals: a branch, or a table with `entries`."""

    line: int  # 1-based
    compared: tuple[Literal, ...] = ()
    answers: tuple[Literal, ...] = ()
    raises: bool = False
    entries: tuple[tuple[Literal, Literal], ...] = ()
    count: int = 0  # entries of the table, those that are no literals among them


def find_lookups(code: str, path: str, checks: Sequence[Check]) -> tuple[LookupFinding, ...]:
    """Every requirement whose examples stand in the code as a choice; code that does not parse: none.

    Requirements that are tables themselves are left out, and so are examples such as 0, 1 and "",
    which algorithms treat apart for their own reasons.
    """
    read = _script_choices if path.endswith(SCRIPT_SUFFIXES) else _python_choices
    choices = list(read(code))
    pairs = _carried(checks)
    found: dict[tuple[str, int], LookupFinding] = {}
    for choice in choices:
        for pair in _carried_by(choice, pairs):
            found.setdefault((pair.requirement, choice.line), _finding(pair, choice.line))
    return tuple(sorted(found.values(), key=lambda each: (each.line, each.requirement)))


def _finding(pair: Carried, line: int) -> LookupFinding:
    message = (
        f"The code chooses by the example of {pair.requirement} and answers with its stated result. "
        "Write what holds for every input."
    )
    return LookupFinding(pair.requirement, line, message)


def _carried(checks: Sequence[Check]) -> list[Carried]:
    """The stated pairs of plain data that are worth looking for."""
    tabular = {check.requirement for check in checks if check.is_tabular}
    return [
        Carried(check.requirement, check.args, _told(check.expect), check.kind is CheckKind.RAISES)
        for check in checks
        if check.kind in (CheckKind.RETURNS, CheckKind.RAISES)
        and not (check.is_held_out or check.steps or check.requirement in tabular)
        and is_plain(_told(check.expect))
        and all(map(is_plain, check.args))
        and not all(map(_is_trivial, check.args))
    ]


def _told(value: Literal) -> Literal:
    """The literal that code would hold: the text of `Decimal("20.00")`."""
    if isinstance(value, Made) and len(value.args) == 1 and not value.target.path:
        return value.args[0]
    return value


def _is_trivial(value: Literal) -> bool:
    if isinstance(value, str) and len(value) < 2:
        return True
    return any(_same(value, each) for each in _TRIVIAL)


def _same(one: Literal, other: Literal) -> bool:
    """Equal and of one type; lists and tuples are alike, for code may write either."""
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and one == other


def _carried_by(choice: Choice, pairs: Sequence[Carried]) -> list[Carried]:
    if choice.entries:
        carried = [pair for pair in pairs if any(_is_entry(pair, each) for each in choice.entries)]
        matched = sum(any(_is_entry(pair, each) for pair in pairs) for each in choice.entries)
        return carried if matched >= CARRIED_SHARE * choice.count else []
    return [pair for pair in pairs if _is_chosen(choice, pair)]


def _is_entry(pair: Carried, entry: tuple[Literal, Literal]) -> bool:
    key, value = entry
    return not pair.is_error and _is_key(pair.inputs, key) and _same(value, pair.result)


def _is_key(inputs: tuple[Literal, ...], key: Literal) -> bool:
    """The arguments as one key: the one that says something, all of them, or their spelling."""
    telling = [value for value in inputs if not _is_trivial(value)]
    return any(_same(key, value) for value in telling[:1]) or _same(key, inputs)


def _is_chosen(choice: Choice, pair: Carried) -> bool:
    telling = [value for value in pair.inputs if not _is_trivial(value)]
    compares = all(any(_same(value, each) for each in choice.compared) for value in telling) or any(
        _same(pair.inputs, each) for each in choice.compared
    )
    if not compares:
        return False
    return (
        choice.raises if pair.is_error else any(_same(pair.result, each) for each in choice.answers)
    )


# --- Python -------------------------------------------------------------------------------------


def _python_choices(code: str) -> Iterator[Choice]:
    tree = parse_python(code)
    for node in ast.walk(tree) if tree is not None else ():
        match node:
            case ast.If() | ast.IfExp():
                body = node.body if isinstance(node.body, list) else [node.body]
                # `x != "a"` chooses in the other branch as well
                rest = node.orelse if isinstance(node.orelse, list) else [node.orelse]
                yield _python_choice(node, _compared(node.test), [*body, *rest[:1]])
            case ast.match_case():
                yield _python_choice(node.pattern, _matched(node.pattern), node.body)
            case ast.Dict():
                pairs = [
                    (key, value) for key, value in zip(node.keys, node.values, strict=True) if key
                ]
                yield _python_table(node, pairs, len(node.keys))
            case ast.List() | ast.Tuple() | ast.Set():
                pairs = [
                    (each.elts[0], each.elts[1])
                    for each in node.elts
                    if isinstance(each, ast.Tuple | ast.List) and len(each.elts) == 2
                ]
                yield _python_table(node, pairs, len(node.elts))
            case ast.Assign(targets=[ast.Subscript(slice=key)], value=value):
                yield _python_table(node, [(key, value)], 1)


def _python_choice(
    node: ast.expr | ast.stmt | ast.pattern, test: Iterable[ast.expr], body: Sequence[ast.AST]
) -> Choice:
    below = [inner for each in body for inner in ast.walk(each)]
    return Choice(
        node.lineno,
        compared=tuple(_python_literals(test)),
        answers=tuple(_python_literals(each for each in below if isinstance(each, ast.expr))),
        raises=any(isinstance(each, ast.Raise) for each in below),
    )


def _compared(test: ast.expr) -> Iterator[ast.expr]:
    """What a condition compares with, the elements of `in (…)` among it."""
    for node in ast.walk(test):
        if isinstance(node, ast.Compare):
            for side in (node.left, *node.comparators):
                yield side
                if isinstance(side, ast.List | ast.Tuple | ast.Set):
                    yield from side.elts


def _matched(pattern: ast.pattern) -> Iterator[ast.expr]:
    for node in ast.walk(pattern):
        if isinstance(node, ast.MatchValue):
            yield node.value


def _python_table(
    node: ast.expr | ast.stmt, pairs: Sequence[tuple[ast.expr, ast.expr]], count: int
) -> Choice:
    entries = []
    for key, value in pairs:
        spelled = [*_python_literals([key]), *_python_literals([value])]
        if len(spelled) == 2:
            entries.append((spelled[0], spelled[1]))
    return Choice(node.lineno, entries=tuple(entries), count=count)


def _python_literals(nodes: Iterable[ast.expr]) -> Iterator[Literal]:
    for node in nodes:
        if isinstance(node, ast.Constant | ast.Tuple | ast.List | ast.Dict | ast.Set | ast.UnaryOp):
            try:
                yield ast.literal_eval(node)
            except (ValueError, TypeError, RecursionError, MemoryError):
                continue


# --- TypeScript and JavaScript ------------------------------------------------------------------

_CHOOSING = {
    "if_statement": ("condition", "consequence"),
    "ternary_expression": ("condition", "consequence"),
}
_LITERALS = frozenset(
    {
        "string",
        "number",
        "template_string",
        "array",
        "object",
        "true",
        "false",
        "null",
        "undefined",
        "unary_expression",
    }
)


def _script_choices(code: str) -> Iterator[Choice]:
    root = parse_script(code)
    for node in walk(root) if root is not None else ():
        if node.type in _CHOOSING:
            test, body = (node.child_by_field_name(name) for name in _CHOOSING[node.type])
            yield _script_choice(node, _sides(test), [body] if body else [])
        elif node.type == "switch_case":
            value = node.child_by_field_name("value")
            yield _script_choice(node, [value] if value else [], node.named_children[1:])
        elif node.type == "object":
            pairs = [each for each in node.named_children if each.type == "pair"]
            yield _script_table(
                node,
                [
                    (each.child_by_field_name("key"), each.child_by_field_name("value"))
                    for each in pairs
                ],
            )
        elif node.type == "array":
            rows = [each.named_children for each in node.named_children if each.type == "array"]
            yield _script_table(node, [(row[0], row[1]) for row in rows if len(row) == 2])


def _script_choice(node: Node, test: Iterable[Node], body: Sequence[Node]) -> Choice:
    below = [inner for each in body for inner in walk(each)]
    return Choice(
        line_of(node),
        compared=tuple(_script_literals(test)),
        answers=tuple(_script_literals(below)),
        raises=any(each.type == "throw_statement" for each in below),
    )


def _sides(test: Node | None) -> Iterator[Node]:
    for node in walk(test) if test is not None else ():
        if node.type in ("binary_expression", "arguments", "array"):
            yield from node.named_children


def _script_table(node: Node, pairs: Sequence[tuple[Node | None, Node | None]]) -> Choice:
    entries = []
    for key, value in pairs:
        spelled = list(_script_literals(each for each in (key, value) if each is not None))
        if len(spelled) == 2:
            entries.append((spelled[0], spelled[1]))
    return Choice(line_of(node), entries=tuple(entries), count=node.named_child_count)


def _script_literals(nodes: Iterable[Node]) -> Iterator[Literal]:
    for node in nodes:
        if node.type == "property_identifier":
            yield text_of(node)
        elif node.type in _LITERALS:
            found = read_literal(text_of(node))
            if found is not None:
                yield found[0]
