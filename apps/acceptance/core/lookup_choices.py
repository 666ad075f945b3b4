"""Places of code that choose by literals: branches, cases, tables, and texts that hold a table."""

import ast
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice

from tree_sitter import Node

from apps.acceptance.core.checks import Literal
from apps.acceptance.core.literals import read_literal
from apps.acceptance.core.python_text import parse_python
from apps.acceptance.core.script_text import line_of, parse_script, text_of, walk

MAX_SEQUENCES = 24  # of one code, that are compared with each other as parallel lists
MAX_TEXT = 20_000  # characters of a text that may hold a table
_EQUAL = (ast.Eq, ast.NotEq, ast.In, ast.NotIn, ast.Is, ast.IsNot)
_DIVIDED = re.compile(r"\s*(?:->|=>|→|⇒|\t|\||;|=|:)\s*")
Entry = tuple[Literal, Literal]


@dataclass(frozen=True, slots=True)
class Choice:
    """A place of the code that chooses by literals: a branch, or a table with `entries`."""

    line: int  # 1-based
    compared: tuple[Literal, ...] = ()
    answers: tuple[Literal, ...] = ()
    raises: bool = False
    entries: tuple[Entry, ...] = ()
    count: int = 0  # entries of the table, those that are no literals among them
    is_searched: bool = False  # a list of pairs, in which code may look for the nearest as well


# --- Python -------------------------------------------------------------------------------------


def python_choices(code: str) -> Iterator[Choice]:
    """Every choice of a Python text; docstrings, assertions and what only a script runs left out."""
    tree = parse_python(code)
    if tree is None:
        return
    nodes = list(_living(tree))
    for node in nodes:
        yield from _python_choices(node)
    yield from _answered_comparisons(nodes)
    yield from _parallel(list(islice(_sequences(nodes), MAX_SEQUENCES)))


def has_ordering(code: str) -> bool:
    """Whether two things that are no literals are compared by their order: what thresholds need."""
    tree = parse_python(code)
    ordering = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
    return any(
        isinstance(node, ast.Compare)
        and any(isinstance(operator, ordering) for operator in node.ops)
        and not any(isinstance(each, ast.Constant) for each in (node.left, *node.comparators))
        for node in (ast.walk(tree) if tree is not None else ())
    )


def _living(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a tree that say how a function answers."""
    for node in ast.iter_child_nodes(tree):
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        is_script = isinstance(node, ast.If) and "__main__" in ast.dump(node.test)
        if not (is_text or is_script or isinstance(node, ast.Assert)):
            yield node
            yield from _living(node)


def _python_choices(node: ast.AST) -> Iterator[Choice]:
    match node:
        case ast.If() | ast.IfExp():
            body = node.body if isinstance(node.body, list) else [node.body]
            # `x != "a"` chooses in the other branch as well
            rest = node.orelse if isinstance(node.orelse, list) else [node.orelse]
            compared = _compared([node.test, *body])
            yield _python_choice(node.lineno, compared, [*body, *rest[:1]])
        case ast.match_case():
            yield _python_choice(node.pattern.lineno, _matched(node.pattern), node.body)
        case ast.Dict():
            pairs = [(key, value) for key, value in zip(node.keys, node.values, strict=True) if key]
            yield _python_table(node, pairs, len(node.keys))
            yield from _nested(node)
        case ast.List() | ast.Tuple() | ast.Set():
            pairs = [
                (each.elts[0], each.elts[1])
                for each in node.elts
                if isinstance(each, ast.Tuple | ast.List) and len(each.elts) == 2
            ]
            yield _python_table(node, pairs, len(node.elts), is_searched=True)
        case ast.Assign(targets=[ast.Subscript(slice=key)], value=value):
            yield _python_table(node, [(key, value)], 1)
        case ast.Constant(value=str(text)):
            yield from text_tables(text, node.lineno)


def _answered_comparisons(nodes: Sequence[ast.AST]) -> Iterator[Choice]:
    """`return x in ("a", "b")`: a comparison that is the answer itself."""
    for node in nodes:
        if isinstance(node, ast.Return) and node.value is not None:
            compared = tuple(_compared([node.value]))
            if compared:
                yield Choice(node.lineno, compared, (True, False))


def _python_choice(line: int, compared: Iterable[Literal], body: Sequence[ast.AST]) -> Choice:
    below = [inner for each in body for inner in ast.walk(each)]
    return Choice(
        line,
        compared=tuple(compared),
        answers=tuple(_python_literals(each for each in below if isinstance(each, ast.expr))),
        raises=any(isinstance(each, ast.Raise) for each in below),
    )


def _compared(parts: Iterable[ast.AST]) -> Iterator[Literal]:
    """What is compared for equality, the elements of `in (…)` among it."""
    for node in (inner for part in parts for inner in ast.walk(part)):
        if isinstance(node, ast.Compare) and any(isinstance(each, _EQUAL) for each in node.ops):
            for side in (node.left, *node.comparators):
                yield from _python_literals([side])
                if isinstance(side, ast.List | ast.Tuple | ast.Set):
                    yield from _python_literals(side.elts)


def _matched(pattern: ast.pattern) -> Iterator[Literal]:
    for node in ast.walk(pattern):
        if isinstance(node, ast.pattern):
            found = _pattern_value(node)
            if found is not None:
                yield found[0]


def _pattern_value(pattern: ast.pattern) -> tuple[Literal] | None:
    """The one value that a pattern takes, in a tuple."""
    match pattern:
        case ast.MatchValue(value=value):
            return next(((each,) for each in _python_literals([value])), None)
        case ast.MatchSingleton(value=single):
            return (single,)
        case ast.MatchSequence(patterns=inner):
            values = [_pattern_value(each) for each in inner]
            return ([each[0] for each in values if each],) if all(values) else None
        case ast.MatchMapping(keys=keys, patterns=inner, rest=None):
            names = list(_python_literals(keys))
            values = [_pattern_value(each) for each in inner]
            if len(names) == len(values) and all(values):
                found = [each[0] for each in values if each]
                return (dict(zip(names, found, strict=True)),)
    return None


def _python_table(
    node: ast.expr | ast.stmt,
    pairs: Sequence[tuple[ast.expr, ast.expr]],
    count: int,
    *,
    is_searched: bool = False,
) -> Choice:
    entries = []
    for key, value in pairs:
        spelled = [*_python_literals([key]), *_python_literals([value])]
        if len(spelled) == 2:
            entries.append((spelled[0], spelled[1]))
    return Choice(node.lineno, entries=tuple(entries), count=count, is_searched=is_searched)


def _nested(node: ast.Dict) -> Iterator[Choice]:
    """`{"a": {1: "x"}}` as a table with the keys ("a", 1)."""
    for value in _python_literals([node]):
        if isinstance(value, dict):
            entries = tuple(
                ((outer, inner), answer)
                for outer, row in value.items()
                if isinstance(row, dict)
                for inner, answer in row.items()
            )
            yield Choice(node.lineno, entries=entries, count=len(entries))


def _sequences(nodes: Sequence[ast.AST]) -> Iterator[tuple[int, list[Literal]]]:
    """The line and the items of each list or tuple that is written out."""
    for node in nodes:
        if isinstance(node, ast.List | ast.Tuple):
            for value in _python_literals([node]):
                if isinstance(value, list | tuple) and value:
                    yield node.lineno, list(value)


def _parallel(sequences: Sequence[tuple[int, list[Literal]]]) -> Iterator[Choice]:
    """Two lists of one length, as the keys and the values of a table."""
    for (line, one), (_, two) in combinations(sequences, 2):
        if len(one) == len(two):
            for keys, values in ((one, two), (two, one)):
                entries = tuple(zip(keys, values, strict=True))
                yield Choice(line, entries=entries, count=len(entries))


def _python_literals(nodes: Iterable[ast.expr]) -> Iterator[Literal]:
    for node in nodes:
        if isinstance(node, ast.Constant | ast.Tuple | ast.List | ast.Dict | ast.Set | ast.UnaryOp):
            try:
                yield ast.literal_eval(node)
            except (ValueError, TypeError, RecursionError, MemoryError):
                continue


# --- tables in texts ----------------------------------------------------------------------------


def text_tables(text: str, line: int) -> Iterator[Choice]:
    """A text that is JSON or a literal with pairs in it, or has a pair in each of its lines."""
    if not 4 < len(text) <= MAX_TEXT:
        return
    for value in _read(text):
        entries = tuple(_entries(value))
        if entries:
            yield Choice(line, entries=entries, count=len(entries))
    rows = [row for row in re.split(r"\n|;", text) if row.strip()]
    divided = [
        (key, answer)
        for row in rows
        for mark in list(_DIVIDED.finditer(row))[:8]
        for key in _spelled(row[: mark.start()])
        for answer in _spelled(row[mark.end() :])
    ]
    if divided:
        yield Choice(line, entries=tuple(divided), count=len(rows))


def _read(text: str) -> Iterator[Literal]:
    try:
        yield json.loads(text)
    except (ValueError, RecursionError):
        found = read_literal(text)
        if found is not None:
            yield found[0]


def _spelled(text: str) -> list[Literal]:
    """A piece of a row as a text, and as the value that it spells."""
    return [text.strip(), *_read(text.strip())]


def _entries(value: Literal) -> Iterator[Entry]:
    """Pairs in plain data: of a map, of a list of pairs, of a list of records with two fields."""
    if isinstance(value, dict):
        yield from value.items()
    rows = list(value) if isinstance(value, list | tuple) else []
    for row in rows:
        if isinstance(row, list | tuple) and len(row) == 2:
            yield row[0], row[1]
        elif isinstance(row, dict) and len(row) == 2:
            one, two = row.values()
            yield one, two


# --- TypeScript and JavaScript ------------------------------------------------------------------

_CHOOSING = {
    "if_statement": ("condition", "consequence"),
    "ternary_expression": ("condition", "consequence"),
}
_SAME_SIGNS = frozenset({"===", "==", "!==", "!="})
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


def script_choices(code: str) -> Iterator[Choice]:
    """Every choice of a TypeScript or JavaScript text."""
    root = parse_script(code)
    nodes = list(walk(root)) if root is not None else []
    for node in nodes:
        yield from _script_choices(node)
        yield from _script_answers(node)
    arrays = [(line_of(each), values) for each in nodes if (values := _script_sequence(each))]
    yield from _parallel(arrays[:MAX_SEQUENCES])


def _script_choices(node: Node) -> Iterator[Choice]:
    if node.type in _CHOOSING:
        test, body = (node.child_by_field_name(name) for name in _CHOOSING[node.type])
        yield _script_choice(node, _sides(test), [body] if body else [])
    elif node.type == "switch_case":
        value = node.child_by_field_name("value")
        yield _script_choice(node, [value] if value else [], node.named_children[1:])
    elif node.type == "object":
        pairs = [each for each in node.named_children if each.type == "pair"]
        ends = [(e.child_by_field_name("key"), e.child_by_field_name("value")) for e in pairs]
        yield _script_table(node, ends)
    elif node.type == "array":
        rows = [each.named_children for each in node.named_children if each.type == "array"]
        pairs_of = [(row[0], row[1]) for row in rows if len(row) == 2]
        yield _script_table(node, pairs_of, is_searched=True)


def _script_answers(node: Node) -> Iterator[Choice]:
    """Comparisons that are the answer themselves, and texts that may hold a table."""
    if node.type == "return_statement":
        compared = tuple(_script_literals(_sides(node)))
        if compared:
            yield Choice(line_of(node), compared, (True, False))
    elif node.type in ("string", "template_string"):
        for text in _script_literals([node]):
            if isinstance(text, str):
                yield from text_tables(text, line_of(node))


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
        is_sameness = text_of(node.child_by_field_name("operator")) in _SAME_SIGNS
        if (node.type == "binary_expression" and is_sameness) or node.type in (
            "arguments",
            "array",
        ):
            yield from node.named_children


def _script_table(
    node: Node, pairs: Sequence[tuple[Node | None, Node | None]], *, is_searched: bool = False
) -> Choice:
    entries = []
    for key, value in pairs:
        spelled = list(_script_literals(each for each in (key, value) if each is not None))
        if len(spelled) == 2:
            entries.append((spelled[0], spelled[1]))
    count = node.named_child_count
    return Choice(line_of(node), entries=tuple(entries), count=count, is_searched=is_searched)


def _script_sequence(node: Node) -> list[Literal]:
    values = list(_script_literals([node])) if node.type == "array" else []
    return values[0] if values and isinstance(values[0], list) else []


def _script_literals(nodes: Iterable[Node]) -> Iterator[Literal]:
    for node in nodes:
        if node.type == "property_identifier":
            yield text_of(node)
        elif node.type in _LITERALS:
            found = read_literal(text_of(node))
            if found is not None:
                yield found[0]
