"""Small mistakes made on purpose: a suite that lets most of them pass does not pin its function."""

import ast
import copy
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from apps.acceptance.core.python_text import parse_python

MAX_MUTANTS = 40  # of one file; every k-th when there are more


class Operator(StrEnum):
    COMPARISON_BOUND = "comparison-bound"  # < for <=
    COMPARISON_TURNED = "comparison-turned"  # < for >=, == for !=
    ARITHMETIC = "arithmetic"  # + for -
    LOGIC = "logic"  # and for or
    NEGATION_DROPPED = "negation-dropped"  # not x for x
    CONDITION_NEGATED = "condition-negated"
    NUMBER_SHIFTED = "number-shifted"  # 5 for 6
    TEXT_CHANGED = "text-changed"  # "-" for "-x"
    BOOLEAN_FLIPPED = "boolean-flipped"
    RETURN_NOTHING = "return-nothing"
    STATEMENT_DROPPED = "statement-dropped"
    RAISE_DROPPED = "raise-dropped"
    CALL_DROPPED = "call-dropped"  # x for x.strip()
    SLICE_SHIFTED = "slice-shifted"
    LOOP_CUT = "loop-cut"  # break at the end of a loop's body
    ASSIGNED_OPERATION = "assigned-operation"  # += for -=


@dataclass(frozen=True, slots=True)
class Mutant:
    operator: Operator
    line: int  # 1-based, of the original
    code: str


Change = Callable[[ast.AST], bool]  # changes the node in place; False when it does not apply

_BOUNDS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
_TURNED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip


def python_mutants(
    code: str, *, symbol: str = "", limit: int = MAX_MUTANTS, seed: int = 0
) -> tuple[Mutant, ...]:
    """Mutants of Python code in the order of its text; the same code and seed give the same mutants.

    With a symbol only those of the function, class or name that the module defines by it.
    Docstrings, imports and annotations are left alone. Unreadable code has none. Nothing is run.
    """
    tree = parse_python(code)
    if tree is None:
        return ()
    found: dict[str, Mutant] = {}
    for place, statement in enumerate(tree.body):
        if not symbol or _defines(statement, symbol):
            for mutant in _of_statement(tree, place):
                found.setdefault(mutant.code, mutant)
    ordered = sorted(found.values(), key=lambda each: (each.line, each.operator, each.code))
    return thinned(ordered, limit, seed)


def thinned(mutants: list[Mutant], limit: int, seed: int = 0) -> tuple[Mutant, ...]:
    """At most `limit` of them, spread evenly over the text; the seed moves the first."""
    if len(mutants) <= limit:
        return tuple(mutants)
    start = random.Random(seed).random() if seed else 0.0  # noqa: S311  # repeatable, and no secret
    places = (int((index + start) * len(mutants) / limit) for index in range(limit))
    return tuple(mutants[place] for place in places)


def _defines(statement: ast.stmt, symbol: str) -> bool:
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return statement.name == symbol
        case ast.Assign(targets=targets):
            return any(isinstance(each, ast.Name) and each.id == symbol for each in targets)
    return False


def _of_statement(tree: ast.Module, place: int) -> Iterator[Mutant]:
    """Mutants of one statement of a module, each as the whole module's text."""
    statement = tree.body[place]
    left_alone = _left_alone(statement)
    known = {ast.unparse(statement)}
    before, after = (
        ast.unparse(ast.Module(part, [])) for part in (tree.body[:place], tree.body[place + 1 :])
    )
    for number, node in enumerate(ast.walk(statement)):
        for operator, change in _OPERATORS.items():
            if number in left_alone or not _APPLIES[operator](node):
                continue
            text = _changed(statement, number, change)
            if text is not None and text not in known:
                known.add(text)
                code = "\n".join(part for part in (before, text, after) if part)
                if parse_python(code) is not None:
                    yield Mutant(operator, getattr(node, "lineno", 1), code)


def _changed(statement: ast.stmt, number: int, change: Change) -> str | None:
    """The text with one node changed; the node is found by its place, for each change needs a copy."""
    mutated = copy.deepcopy(statement)
    node = next(each for at, each in enumerate(ast.walk(mutated)) if at == number)
    return ast.unparse(ast.fix_missing_locations(mutated)) if change(node) else None


def _left_alone(statement: ast.stmt) -> frozenset[int]:
    """Places of nodes that decide nothing a test could see: annotations, docstrings, decorators."""
    inert = {
        id(node)
        for parent in ast.walk(statement)
        for part in _inert(parent)
        for node in ast.walk(part)
    }
    return frozenset(at for at, node in enumerate(ast.walk(statement)) if id(node) in inert)


def _inert(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        yield from node.decorator_list
        if node.returns is not None:
            yield node.returns
    if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
        yield node.annotation
    if isinstance(node, ast.Import | ast.ImportFrom | ast.JoinedStr):
        yield node
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        yield node
    if isinstance(node, ast.Raise) and node.exc is not None:  # the words of a message
        yield node.exc


def _bound(node: ast.AST) -> bool:
    return isinstance(node, ast.Compare) and _swap(node, _BOUNDS)


def _turned(node: ast.AST) -> bool:
    return isinstance(node, ast.Compare) and _swap(node, _TURNED)


def _swap(node: ast.Compare, table: dict[type[ast.cmpop], type[ast.cmpop]]) -> bool:
    new = table.get(type(node.ops[0]))
    if new is not None:
        node.ops[0] = new()
    return new is not None


def _arithmetic(node: ast.AST) -> bool:
    if not isinstance(node, ast.BinOp | ast.AugAssign):
        return False
    new = _ARITHMETIC.get(type(node.op))
    if new is not None:
        node.op = new()
    return new is not None


def _logic(node: ast.AST) -> bool:
    if not isinstance(node, ast.BoolOp):
        return False
    node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    return True


def _negation_dropped(node: ast.AST) -> bool:
    """`not x` becomes `not not x`, which has the truth of `x`."""
    if not (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)):
        return False
    node.operand = ast.UnaryOp(ast.Not(), node.operand)
    return True


def _condition_negated(node: ast.AST) -> bool:
    if not isinstance(node, ast.If | ast.IfExp | ast.While | ast.comprehension):
        return False
    if isinstance(node, ast.comprehension):
        if not node.ifs:
            return False
        node.ifs[0] = ast.UnaryOp(ast.Not(), node.ifs[0])
    elif isinstance(node, ast.While):
        node.test = ast.Constant(value=False)  # a negated loop might never end
    else:
        node.test = ast.UnaryOp(ast.Not(), node.test)
    return True


def _number(node: ast.AST) -> bool:
    if not isinstance(node, ast.Constant) or isinstance(node.value, bool):
        return False
    if not isinstance(node.value, int | float):
        return False
    node.value += 1
    return True


def _text(node: ast.AST) -> bool:
    if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        return False
    node.value = f"{node.value}x"
    return True


def _boolean(node: ast.AST) -> bool:
    if not (isinstance(node, ast.Constant) and isinstance(node.value, bool)):
        return False
    node.value = not node.value
    return True


def _return_nothing(node: ast.AST) -> bool:
    if not isinstance(node, ast.Return) or node.value is None:
        return False
    if isinstance(node.value, ast.Constant) and node.value.value is None:
        return False
    node.value = ast.Constant(value=None)
    return True


def _statement_dropped(node: ast.AST) -> bool:
    """The first assignment or call of a block; the names that it binds may be missing, which shows."""
    return _replace_in_body(
        node, lambda each: isinstance(each, ast.Expr | ast.AugAssign) and not _is_docstring(each)
    )


def _raise_dropped(node: ast.AST) -> bool:
    return _replace_in_body(node, lambda each: isinstance(each, ast.Raise))


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _replace_in_body(node: ast.AST, fits: Callable[[ast.stmt], bool]) -> bool:
    body = getattr(node, "body", None)
    if not isinstance(body, list):
        return False
    place = next(
        (i for i, each in enumerate(body) if isinstance(each, ast.stmt) and fits(each)), None
    )
    if place is not None:
        body[place] = ast.Pass()
    return place is not None


def _call_dropped(node: ast.AST) -> bool:
    """One method fewer in a chain, or a function's argument in its place."""
    for field, value in ast.iter_fields(node):
        if isinstance(value, ast.Call) and field == "value":
            inner = _inner(value)
            if inner is not None:
                setattr(node, field, inner)
                return True
    return False


def _inner(call: ast.Call) -> ast.expr | None:
    if isinstance(call.func, ast.Attribute):
        return call.func.value
    return (
        call.args[0] if len(call.args) == 1 and not isinstance(call.args[0], ast.Starred) else None
    )


def _slice(node: ast.AST) -> bool:
    if not isinstance(node, ast.Slice):
        return False
    for field in ("lower", "upper"):
        end = getattr(node, field)
        if end is not None:
            setattr(node, field, ast.BinOp(end, ast.Add(), ast.Constant(value=1)))
            return True
    return False


def _loop_cut(node: ast.AST) -> bool:
    if not isinstance(node, ast.For | ast.While):
        return False
    node.body.append(ast.Break())
    return True


def _assigned(node: ast.AST) -> bool:
    return isinstance(node, ast.AugAssign) and _arithmetic(node)


_OPERATORS: dict[Operator, Change] = {
    Operator.COMPARISON_BOUND: _bound,
    Operator.COMPARISON_TURNED: _turned,
    Operator.ARITHMETIC: lambda node: isinstance(node, ast.BinOp) and _arithmetic(node),
    Operator.LOGIC: _logic,
    Operator.NEGATION_DROPPED: _negation_dropped,
    Operator.CONDITION_NEGATED: _condition_negated,
    Operator.NUMBER_SHIFTED: _number,
    Operator.TEXT_CHANGED: _text,
    Operator.BOOLEAN_FLIPPED: _boolean,
    Operator.RETURN_NOTHING: _return_nothing,
    Operator.STATEMENT_DROPPED: _statement_dropped,
    Operator.RAISE_DROPPED: _raise_dropped,
    Operator.CALL_DROPPED: _call_dropped,
    Operator.SLICE_SHIFTED: _slice,
    Operator.LOOP_CUT: _loop_cut,
    Operator.ASSIGNED_OPERATION: _assigned,
}


def _of(*types: type[ast.AST]) -> Callable[[ast.AST], bool]:
    return lambda node: isinstance(node, types)


# Which nodes are worth a copy of the tree.
_APPLIES: dict[Operator, Callable[[ast.AST], bool]] = {
    Operator.COMPARISON_BOUND: _of(ast.Compare),
    Operator.COMPARISON_TURNED: _of(ast.Compare),
    Operator.ARITHMETIC: _of(ast.BinOp),
    Operator.LOGIC: _of(ast.BoolOp),
    Operator.NEGATION_DROPPED: _of(ast.UnaryOp),
    Operator.CONDITION_NEGATED: _of(ast.If, ast.IfExp, ast.While, ast.comprehension),
    Operator.NUMBER_SHIFTED: _of(ast.Constant),
    Operator.TEXT_CHANGED: _of(ast.Constant),
    Operator.BOOLEAN_FLIPPED: _of(ast.Constant),
    Operator.RETURN_NOTHING: _of(ast.Return),
    Operator.STATEMENT_DROPPED: _of(ast.FunctionDef, ast.For, ast.While, ast.If, ast.With),
    Operator.RAISE_DROPPED: _of(ast.FunctionDef, ast.If, ast.For, ast.ExceptHandler),
    Operator.CALL_DROPPED: _of(ast.Return, ast.Assign, ast.AugAssign, ast.Attribute),
    Operator.SLICE_SHIFTED: _of(ast.Slice),
    Operator.LOOP_CUT: _of(ast.For, ast.While),
    Operator.ASSIGNED_OPERATION: _of(ast.AugAssign),
}
