"""Whether the text of a test can mean anything, before it ever runs; and the stubs it must refuse."""

import ast
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tree_sitter import Node

from apps.acceptance.core.binding import is_script
from apps.acceptance.core.checks import Target
from apps.acceptance.core.python_text import parse_python
from apps.acceptance.core.render_pytest import HELPER_MODULES
from apps.acceptance.core.rendering import checked_name
from apps.acceptance.core.script_stubs import with_stub
from apps.acceptance.core.script_text import line_of, parse_script, text_of, walk


class Defect(StrEnum):
    UNREADABLE = "unreadable"
    NO_TEST = "no-test"
    NO_ASSERTION = "no-assertion"
    SKIPPED = "skipped"
    GUARDED = "guarded"  # an assertion inside `try`
    FOREIGN_IMPORT = "foreign-import"


@dataclass(frozen=True, slots=True)
class Weakness:
    """Why a test does not count as generated."""

    defect: Defect
    line: int  # 1-based
    message: str


# --- Python -------------------------------------------------------------------------------------

_SKIPS = frozenset(
    {"skip", "skipif", "xfail", "importorskip", "SkipTest", "expectedFailure", "exit"}
)
_RAISING = frozenset({"raises"})
_LEAVES = (ast.Return, ast.Raise, ast.Continue, ast.Break)


def inspect_pytest(text: str, *, modules: Collection[str]) -> tuple[Weakness, ...]:
    """The defects of a pytest module; `modules` are those that it may import beside the runner's.

    Any module below a declared one is declared as well. Nothing is executed.
    """
    tree = parse_python(text)
    if tree is None:
        return (Weakness(Defect.UNREADABLE, 1, "The test is no readable Python."),)
    tests = list(_tests(tree))
    found = [*_foreign(tree, {*modules, *HELPER_MODULES}), *_skips(tree), *_guarded(tree)]
    if not tests:
        found.append(
            Weakness(Defect.NO_TEST, 1, "There is no function whose name begins with `test`.")
        )
    for test in tests:
        if not _asserts(test.body):
            message = f"`{test.name}` has no assertion that can fail."
            found.append(Weakness(Defect.NO_ASSERTION, test.lineno, message))
    return tuple(sorted(found, key=lambda each: each.line))


def _tests(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                if name.startswith("test"):
                    yield node


def _foreign(tree: ast.Module, allowed: Collection[str]) -> Iterator[Weakness]:
    for node in ast.walk(tree):
        for name in _imported(node):
            is_declared = any(name == each or name.startswith(f"{each}.") for each in allowed)
            if not is_declared and isinstance(node, ast.stmt | ast.expr):
                message = f"`{name}` is not declared for tests."
                yield Weakness(Defect.FOREIGN_IMPORT, node.lineno, message)


def _imported(node: ast.AST) -> list[str]:
    """Modules that a node imports; a name that imports or runs text counts as one."""
    match node:
        case ast.Import():
            return [alias.name for alias in node.names]
        case ast.ImportFrom():
            return ["." * node.level + (node.module or "")]
        case ast.Name(id="__import__" | "eval" | "exec" | "compile" | "globals" | "getattr"):
            return [node.id]
    return []


def _skips(tree: ast.Module) -> Iterator[Weakness]:
    for node in ast.walk(tree):
        name = (
            node.attr
            if isinstance(node, ast.Attribute)
            else node.id
            if isinstance(node, ast.Name)
            else ""
        )
        if name in _SKIPS and isinstance(node, ast.expr):
            yield Weakness(
                Defect.SKIPPED, node.lineno, f"`{name}` lets the test end without a result."
            )


def _guarded(tree: ast.Module) -> Iterator[Weakness]:
    """An assertion in a `try` that catches, or in `suppress`, never reaches the runner."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Try | ast.TryStar) and node.handlers:
            inner: Sequence[ast.stmt] = node.body
        elif isinstance(node, ast.With) and any(
            "suppress" in ast.unparse(each) for each in node.items
        ):
            inner = node.body
        else:
            continue
        if any(_is_assertion(each) for statement in inner for each in ast.walk(statement)):
            yield Weakness(
                Defect.GUARDED, node.lineno, "An assertion stands where its failure is caught."
            )


def _asserts(body: Sequence[ast.stmt]) -> bool:
    """Whether a block has an assertion that is reached and can fail."""
    for statement in body:
        if _is_real(statement) or any(_asserts(block) for block in _blocks(statement)):
            return True
        if isinstance(statement, _LEAVES):
            return False
    return False


def _blocks(statement: ast.stmt) -> Iterator[Sequence[ast.stmt]]:
    """The blocks of a statement that can be entered."""
    match statement:
        case ast.If(test=test, body=body, orelse=orelse):
            truth = _truth(test)
            if truth is not False:
                yield body
            if truth is not True:
                yield orelse
        case ast.While(test=test, body=body) if _truth(test) is not False:
            yield body
        case ast.For(iter=iterated, body=body) if not _is_empty(iterated):
            yield body
        case ast.With(body=body) | ast.AsyncWith(body=body) | ast.Try(body=body):
            yield body


def _truth(test: ast.expr) -> bool | None:
    """What a condition of literals alone comes to; None when it depends on anything else."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inner = _truth(operand)
            return None if inner is None else not inner
        case ast.Name(id="TYPE_CHECKING"):
            return False
    try:
        return bool(ast.literal_eval(test))
    except (ValueError, TypeError, RecursionError, MemoryError):
        return None


def _is_empty(node: ast.expr) -> bool:
    return _truth(node) is False or ast.unparse(node) in ("range(0)", "set()", "list()", "dict()")


def _is_assertion(node: ast.AST) -> bool:
    return isinstance(node, ast.Assert) or (isinstance(node, ast.With) and _is_raises(node))


def _is_raises(node: ast.With) -> bool:
    return any(
        isinstance(each.context_expr, ast.Call)
        and isinstance(each.context_expr.func, ast.Attribute)
        and each.context_expr.func.attr in _RAISING
        for each in node.items
    )


def _is_real(statement: ast.stmt) -> bool:
    match statement:
        case ast.Assert(test=test):
            return not _is_tautology(test)
        case ast.With() if _is_raises(statement):
            return any(_calls(each) for each in statement.body)
    return False


def _calls(node: ast.AST) -> bool:
    return any(isinstance(each, ast.Call) for each in ast.walk(node))


def _is_tautology(test: ast.expr) -> bool:
    """A constant, `x == x`, `len(x) >= 0`, or an `or` with one of them: true of any code."""
    match test:
        case ast.BoolOp(op=ast.Or(), values=values):
            return any(map(_is_tautology, values))
        case ast.BoolOp(op=ast.And(), values=values):
            return all(map(_is_tautology, values))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            same = ast.dump(left) == ast.dump(right)
            is_reflexive = isinstance(op, ast.Eq | ast.Is | ast.LtE | ast.GtE)
            return (same and is_reflexive) or not _names_in(test) or _is_any_length(left, op, right)
        case ast.Tuple(elts=elements):
            return bool(elements)  # `assert (x, "message")`
        case ast.Lambda() | ast.JoinedStr():
            return True
    return not _names_in(test)


def _is_any_length(left: ast.expr, op: ast.cmpop, right: ast.expr) -> bool:
    is_length = (
        isinstance(left, ast.Call) and isinstance(left.func, ast.Name) and left.func.id == "len"
    )
    is_floor = isinstance(right, ast.Constant) and right.value in (0, -1)
    return (
        is_length
        and is_floor
        and isinstance(op, ast.GtE | ast.Gt)
        and not (isinstance(op, ast.Gt) and isinstance(right, ast.Constant) and right.value == 0)
    )


def _names_in(node: ast.AST) -> bool:
    builtin_names = {"isinstance", "len", "bool", "str", "int", "True", "object", "type"}
    return any(
        isinstance(each, ast.Name) and each.id not in builtin_names for each in ast.walk(node)
    )


# --- TypeScript and JavaScript ------------------------------------------------------------------

_RUNNERS = frozenset({"vitest", "@jest/globals"})
_TEST = re.compile(r"(?:test|it)\b")
_SCRIPT_SKIPS = re.compile(
    r"\b(?:x?(?:test|it|describe|suite)\s*\.\s*(?:skip\w*|todo|fails?|failing|runIf|concurrent\.skip)"
    r"|xit|xtest|xdescribe)\b"
)
_SAME = re.compile(
    r"expect\((?P<one>.+)\)\.(?:toBe|toEqual|toStrictEqual)\((?P<two>.+)\)", re.DOTALL
)
_SCRIPT_WEAK = re.compile(r"\.(?:toBeDefined|toBeTruthy)\(\)$")
_CONSTANT = re.compile(r"expect\((?:true|false|null|undefined|[\d.]+|\"[^\"]*\"|'[^']*')\)")


def inspect_script(text: str, *, modules: Collection[str]) -> tuple[Weakness, ...]:
    """The defects of a Vitest or Jest module; `modules` are specifiers that it may import."""
    root = parse_script(text)
    if root is None:
        return (Weakness(Defect.UNREADABLE, 1, "The test is no readable TypeScript."),)
    found = [
        *_script_foreign(root, {*modules, *_RUNNERS}),
        *_script_skips(root),
        *_script_guarded(root),
    ]
    tests = list(_script_tests(root))
    if not tests:
        found.append(Weakness(Defect.NO_TEST, 1, "There is no call of `test` or `it`."))
    found += [
        Weakness(Defect.NO_ASSERTION, line_of(test), "The test has no assertion that can fail.")
        for test in tests
        if not any(_is_script_real(node) and _is_reached(node, test) for node in walk(test))
    ]
    return tuple(sorted(found, key=lambda each: each.line))


def _script_tests(root: Node) -> Iterator[Node]:
    for node in walk(root):
        if node.type == "call_expression" and _TEST.fullmatch(_callee(node)):
            yield node


def _callee(call: Node) -> str:
    return text_of(call.child_by_field_name("function"))


def _script_foreign(root: Node, allowed: Collection[str]) -> Iterator[Weakness]:
    for node in walk(root):
        if node.type in ("import_statement", "export_statement"):
            name = text_of(node.child_by_field_name("source")).strip("\"'")
        elif node.type == "call_expression" and _callee(node) in (
            "require",
            "import",
            "eval",
            "Function",
        ):
            name = text_of(node.child_by_field_name("arguments")).strip("(\"')") or _callee(node)
        elif (
            node.type == "new_expression"
            and text_of(node.child_by_field_name("constructor")) == "Function"
        ):
            name = "Function"
        else:
            continue
        if name and name not in allowed:
            yield Weakness(
                Defect.FOREIGN_IMPORT, line_of(node), f"`{name}` is not declared for tests."
            )


def _script_skips(root: Node) -> Iterator[Weakness]:
    for node in walk(root):
        if node.type == "call_expression" and _SCRIPT_SKIPS.match(_callee(node)):
            yield Weakness(
                Defect.SKIPPED,
                line_of(node),
                f"`{_callee(node)}` lets the test end without a result.",
            )


def _script_guarded(root: Node) -> Iterator[Weakness]:
    for node in walk(root):
        if node.type == "try_statement" and node.child_by_field_name("handler") is not None:
            body = node.child_by_field_name("body")
            if body is not None and any(_is_expectation(each) for each in walk(body)):
                yield Weakness(
                    Defect.GUARDED,
                    line_of(node),
                    "An assertion stands where its failure is caught.",
                )


def _is_expectation(node: Node) -> bool:
    return node.type == "call_expression" and _callee(node) == "expect"


def _is_script_real(node: Node) -> bool:
    """A whole `expect(…).matcher(…)` that does not hold of any code."""
    if node.type != "call_expression" or not _callee(node).startswith("expect("):
        return False
    text = text_of(node)
    same = _SAME.fullmatch(text)
    if same is not None and same["one"].strip() == same["two"].strip():
        return False
    return not (_CONSTANT.match(text) or (_SCRIPT_WEAK.search(text) and _CONSTANT.search(text)))


def _is_reached(node: Node, test: Node) -> bool:
    """No `return` before it in its blocks, and no branch on a constant around it."""
    current: Node | None = node
    while current is not None and current.id != test.id:
        before = current.prev_named_sibling
        while before is not None:
            if before.type in ("return_statement", "throw_statement"):
                return False
            before = before.prev_named_sibling
        parent = current.parent
        if parent is not None and parent.type in ("if_statement", "while_statement"):
            condition = text_of(parent.child_by_field_name("condition")).strip("() ")
            if condition in ("false", "0", "null", '""'):
                return False
        current = parent
    return True


# --- stubs --------------------------------------------------------------------------------------


class Stub(StrEnum):
    """Code that does nothing, in four ways; a test that is green on one of them says nothing."""

    NOT_IMPLEMENTED = "not-implemented"
    NONE = "none"
    ZERO = "zero"  # the empty or zero value of the declared type
    ECHO = "echo"  # the first argument


_PYTHON_ZEROS = {
    "str": '""', "int": "0", "float": "0.0", "bool": "False", "bytes": 'b""', "list": "[]", "dict": "{}",
    "tuple": "()", "set": "set()", "frozenset": "frozenset()", "None": "None",
}  # fmt: skip
_SCRIPT_ZEROS = {
    "string": '""',
    "number": "0",
    "boolean": "false",
    "void": "undefined",
    "bigint": "0n",
}


def python_stub(target: Target, stub: Stub) -> str:
    """The text that defines the target's symbol as a stub; a class stub takes any arguments."""
    name = checked_name(target.symbol)
    body = {
        Stub.NOT_IMPLEMENTED: "raise NotImplementedError",
        Stub.NONE: "return None",
        Stub.ZERO: f"return {_python_zero(target.returns)}",
        Stub.ECHO: "return next(iter((*args, *named.values())), None)",
    }[stub]
    if target.is_class:
        inner = body if stub is Stub.NOT_IMPLEMENTED else "pass"
        return (
            f"class {name}(Exception):\n    def __init__(self, *args, **named):\n        {inner}\n"
        )
    prefix = "async " if target.is_async else ""
    return f"{prefix}def {name}(*args, **named):\n    {body}\n"


def _python_zero(returns: str) -> str:
    base = returns.partition("[")[0].strip()
    return _PYTHON_ZEROS.get(base, _PYTHON_ZEROS.get(base.lower(), "0"))


def script_stub(target: Target, stub: Stub) -> str:
    """The text that exports the target's symbol as a stub, without types."""
    name = checked_name(target.symbol)
    body = {
        Stub.NOT_IMPLEMENTED: 'throw new Error("not implemented");',
        Stub.NONE: "return undefined;",
        Stub.ZERO: f"return {_script_zero(target.returns)};",
        Stub.ECHO: "return args[0];",
    }[stub]
    if target.is_class:
        inner = body if stub is Stub.NOT_IMPLEMENTED else ""
        return f"export class {name} {{\n  constructor(...args) {{\n    {inner}\n  }}\n}}\n"
    prefix = "async " if target.is_async else ""
    return f"export {prefix}function {name}(...args) {{\n  {body}\n}}\n"


def stub_of(target: Target, stub: Stub, code: str) -> str:
    """The text of the target's file, which is `code`, with a stub in its place."""
    if not is_script(target):
        return f"{code}\n\n\n{python_stub(target, stub)}"  # of two definitions the last one counts
    text = script_stub(target, stub).removeprefix("export ").rstrip()
    return with_stub(code, target.path, target.symbol, text)


def _script_zero(returns: str) -> str:
    written = returns.strip().removeprefix("Promise<").removesuffix(">")
    if written.endswith("[]") or written.startswith(("Array<", "ReadonlyArray<")):
        return "[]"
    return _SCRIPT_ZEROS.get(written, "0" if not written else "{}")
