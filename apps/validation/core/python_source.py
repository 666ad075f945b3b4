"""Read Python text that nobody vouches for: the one door for every reader of generated code."""

import ast
import warnings
from collections.abc import Iterator

from apps.validation.core.findings import Finding, Severity

MAX_CODE_CHARS = 100_000
LANGUAGE_VERSION = (3, 11)  # of generated code, whatever runs the console
# The native parser of libcst and every recursive visitor overflow on deep trees; written code stays
# far below.
MAX_DEPTH = 60


def read_python(code: str) -> ast.Module | Finding:
    """Return the syntax tree of code that parses and compiles, or what is wrong with it.

    Nothing is executed.
    """
    if len(code) > MAX_CODE_CHARS:
        return _refusal(
            "py.size", f"The code has more than {MAX_CODE_CHARS:,} characters. Write less."
        )
    try:
        return _compiled(code)
    except SyntaxError as error:
        return _syntax_finding(error)
    except (RecursionError, MemoryError):
        return _too_deep()
    except ValueError as error:  # a NUL character, a lone surrogate
        return _refusal("py.syntax", f"The code cannot be read: {error}. Write plain text.")


def _compiled(code: str) -> ast.Module | Finding:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(code, feature_version=LANGUAGE_VERSION)
        if depth(tree) > MAX_DEPTH:
            return _too_deep()
        compile(code, "<answer>", "exec", dont_inherit=True)
    return tree


def depth(tree: ast.AST) -> int:
    """Levels of the syntax tree, counted without recursion."""
    deepest, stack = 0, [(tree, 1)]
    while stack:
        node, level = stack.pop()
        deepest = max(deepest, level)
        stack.extend((child, level + 1) for child in ast.iter_child_nodes(node))
    return deepest


def top_level_names(tree: ast.Module) -> dict[str, int]:
    """Every name bound at the top level, imports included, with the line of its first binding."""
    names: dict[str, int] = {}
    for statement in tree.body:
        for name in bound_names(statement):
            names.setdefault(name, statement.lineno)
    return names


def bound_names(statement: ast.stmt) -> Iterator[str]:
    """Names that a top-level statement binds in its module; looks into `if` and `try` as well."""
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield statement.name
        case ast.Import() | ast.ImportFrom():
            yield from (imported_name(alias) for alias in statement.names)
        case ast.Assign():
            yield from (name for target in statement.targets for name in _target_names(target))
        case ast.AnnAssign() | ast.AugAssign():
            yield from _target_names(statement.target)
        case ast.If() | ast.Try():
            for child in ast.iter_child_nodes(statement):
                if isinstance(child, ast.stmt):
                    yield from bound_names(child)


def imported_name(alias: ast.alias) -> str:
    """The name that an import binds: `a` for `import a.b`."""
    return alias.asname or alias.name.partition(".")[0]


def is_docstring(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(value=ast.Constant(value=str())):
            return True
    return False


def is_type_checking(statement: ast.stmt) -> bool:
    """`if TYPE_CHECKING:` or `if typing.TYPE_CHECKING:`, without an `else`."""
    match statement:
        case ast.If(test=ast.Name(id="TYPE_CHECKING"), orelse=[]):
            return True
        case ast.If(test=ast.Attribute(value=ast.Name(), attr="TYPE_CHECKING"), orelse=[]):
            return True
    return False


def _target_names(target: ast.expr) -> Iterator[str]:
    match target:
        case ast.Name():
            yield target.id
        case ast.Tuple() | ast.List():
            for element in target.elts:
                yield from _target_names(element)
        case ast.Starred():
            yield from _target_names(target.value)


def _syntax_finding(error: SyntaxError) -> Finding:
    return Finding(
        "py.syntax",
        Severity.CRITICAL,
        f"Python cannot read this code: {error.msg}. Correct the syntax (Python 3.11).",
        error.lineno,
    )


def _too_deep() -> Finding:
    return _refusal(
        "py.nesting", "The code is nested too deeply to be read. Split it into private helpers."
    )


def _refusal(rule: str, message: str) -> Finding:
    return Finding(rule, Severity.CRITICAL, message)
