"""What does a Python module do while it is imported? It may define things, and nothing else.

The generated code runs in the sandbox only, so this guards quality, not the host: it follows names
and aliases, and does not chase every disguise that Python allows.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from apps.validation.core.findings import Finding, Severity
from apps.validation.core.python_source import imported_name, is_docstring, is_type_checking

Function = ast.FunctionDef | ast.AsyncFunctionDef
DEFERRED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)  # their bodies run later


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Calls that reach out of the module: builtins by name, libraries by their first part.
EFFECTFUL_BUILTINS = _words(
    "print open input exec eval compile __import__ breakpoint exit quit globals locals vars "
    "setattr delattr getattr"
)
EFFECTFUL_MODULES = _words(
    "os sys subprocess socket socketserver shutil tempfile pathlib io urllib http ftplib "
    "smtplib ssl asyncio threading multiprocessing concurrent signal ctypes importlib runpy "
    "random secrets time webbrowser atexit gc builtins pickle sqlite3 select faulthandler "
    "warnings"
)
# Methods that reach out, whatever they are called on.
EFFECTFUL_METHODS = _words(
    "read_text read_bytes write_text write_bytes unlink mkdir touch rmdir system popen"
)
# Members of those modules that only compute.
HARMLESS = _words(
    "pathlib.Path pathlib.PurePath pathlib.PurePosixPath os.path.join os.path.dirname "
    "os.path.abspath os.path.basename threading.Lock threading.RLock threading.local "
    "asyncio.Lock random.Random io.StringIO io.BytesIO sys.intern"
)
# Calls that are plain construction of a constant.
PURE = _words(
    "frozenset set dict list tuple str int float bool bytes complex range object property "
    "staticmethod classmethod sorted reversed len min max sum abs round zip map filter "
    "enumerate ord chr repr type slice super isinstance dict.fromkeys str.maketrans "
    "bytes.fromhex int.from_bytes re.compile re.escape namedtuple NewType TypeVar ParamSpec "
    "TypeVarTuple auto field dataclass total_ordering lru_cache cache wraps partial "
    "itemgetter attrgetter methodcaller singledispatch contextmanager cached_property "
    "getLogger maketrans uuid5 cast timedelta deprecated"
)


@dataclass(slots=True)
class _Module:
    """The module under the eye: where its imported names come from, which functions it defines."""

    origins: Mapping[str, str]
    functions: Mapping[str, Function]
    seen: set[str] = field(default_factory=set)


def check_effects(tree: ast.Module) -> Iterator[Finding]:
    """Yield everything at the top level that is more than a definition."""
    module = _Module(
        _origins(tree), {node.name: node for node in tree.body if isinstance(node, Function)}
    )
    for index, statement in enumerate(tree.body):
        if is_docstring(statement) and index == 0:
            continue
        yield from _check_statement(statement, module)


def _check_statement(statement: ast.stmt, module: _Module) -> Iterator[Finding]:
    match statement:
        case ast.Import() | ast.ImportFrom() | ast.Pass():
            return
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield from _check_calls(_run_at_definition(statement), module)
        case ast.ClassDef():
            yield from _check_class(statement, module)
        case ast.Assign() | ast.AnnAssign():
            yield from _check_assignment(statement, module)
        case ast.If() if is_type_checking(statement):
            return
        case ast.Expr():
            yield _bare_expression(statement)
        case _:
            yield _high(
                statement, f"{_spelled(statement)} runs at import. Move it into a function."
            )


def _check_assignment(statement: ast.Assign | ast.AnnAssign, module: _Module) -> Iterator[Finding]:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    for target in targets:
        if any(isinstance(node, ast.Attribute | ast.Subscript) for node in ast.walk(target)):
            yield _high(
                statement,
                f"`{_short(target)} = …` changes another object at import. Assign to own names.",
            )
    if statement.value is not None:
        yield from _check_calls([statement.value], module)


def _check_class(statement: ast.ClassDef, module: _Module) -> Iterator[Finding]:
    keywords = [keyword.value for keyword in statement.keywords]
    yield from _check_calls([*statement.decorator_list, *statement.bases, *keywords], module)
    for member in statement.body:
        if not is_docstring(member) and not _is_ellipsis(member):
            yield from _check_statement(member, module)


def _run_at_definition(function: Function) -> list[ast.expr]:
    """Expressions of a function that Python evaluates when it reads the `def`."""
    args = function.args
    defaults = [default for default in [*args.defaults, *args.kw_defaults] if default is not None]
    return [*function.decorator_list, *defaults]


def _check_calls(expressions: list[ast.expr], module: _Module) -> Iterator[Finding]:
    for expression in expressions:
        for call in calls_now(expression):
            yield from _judge(call, module)


def calls_now(node: ast.AST) -> Iterator[ast.Call]:
    """Calls inside an expression that run with it, not those inside a lambda's body."""
    stack = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, ast.Call):
            yield current
        if not isinstance(current, ast.Lambda):
            stack.extend(ast.iter_child_nodes(current))


def _judge(call: ast.Call, module: _Module) -> Iterator[Finding]:
    name = _qualified(call.func, module)
    spelled = f"`{_short(call.func)}(…)`"
    if name is None:
        if not _is_quiet_method(call.func):
            yield _high(call, f"{spelled} may do anything at import. Move it into a function.")
    elif is_effectful(name):
        yield _high(
            call, f"{spelled} has an effect at import. Move it into the function that needs it."
        )
    elif name in module.functions:
        yield from _follow(name, call, module)
    elif not _is_construction(name):
        message = f"{spelled} runs at import. Prefer a literal, or compute it inside a function."
        yield Finding("py.import-time-call", Severity.MEDIUM, message, call.lineno)


def is_effectful(name: str) -> bool:
    """`os.system` and `print` are, `os.path.join` and `re.compile` are not."""
    if name in HARMLESS:
        return False
    first, _, rest = name.partition(".")
    if rest and (first in EFFECTFUL_MODULES or name.rpartition(".")[2] in EFFECTFUL_METHODS):
        return True
    return name in EFFECTFUL_BUILTINS


def _follow(name: str, call: ast.Call, module: _Module) -> Iterator[Finding]:
    """A helper called at import takes its whole body with it."""
    if name in module.seen:
        return
    module.seen.add(name)
    for statement in module.functions[name].body:
        for inner in calls_now(statement):
            inner_name = _qualified(inner.func, module)
            if inner_name is None:
                continue
            if inner_name in module.functions:
                yield from _follow(inner_name, call, module)
            elif is_effectful(inner_name):
                message = (
                    f"`{name}()` runs at import and calls `{_short(inner.func)}(…)`. Call it from "
                    "a function only."
                )
                yield _high(call, message)


def _is_construction(name: str) -> bool:
    """A known pure call, or a class by its capital letter: `Decimal`, `MappingProxyType`."""
    last = name.rpartition(".")[2]
    bare = last.lstrip("_")
    return (
        name in PURE
        or last in PURE
        or name in HARMLESS
        or bare[:1].isupper()
        or name.startswith("datetime.")
    )


def _is_quiet_method(function: ast.expr) -> bool:
    """`"a b".split()`: a method of a value, and the value is judged by itself."""
    return isinstance(function, ast.Attribute) and function.attr not in EFFECTFUL_METHODS


def _qualified(function: ast.expr, module: _Module) -> str | None:
    """The dotted name that is called, with import aliases resolved; None for anything computed."""
    parts: list[str] = []
    while isinstance(function, ast.Attribute):
        parts.append(function.attr)
        function = function.value
    if not isinstance(function, ast.Name):
        return None
    parts.append(module.origins.get(function.id, function.id))
    return ".".join(reversed(parts)).removeprefix("builtins.")


def _origins(tree: ast.Module) -> dict[str, str]:
    """Local name -> dotted origin, for imports and for plain renamings such as `_p = print`."""
    origins: dict[str, str] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                origins |= {
                    imported_name(a): a.name if a.asname else imported_name(a) for a in node.names
                }
            case ast.ImportFrom(module=str(source)):
                origins |= {imported_name(alias): f"{source}.{alias.name}" for alias in node.names}
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name(id=other)):
                origins[name] = origins.get(other, other)
    return origins


def _bare_expression(statement: ast.Expr) -> Finding:
    if isinstance(statement.value, ast.Call):
        called = _short(statement.value.func)
        return _high(
            statement,
            f"`{called}(…)` is called at import. Remove the call, or move it into a function.",
        )
    return _high(statement, "An expression stands alone at the top level. Remove it.")


def _is_ellipsis(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(value=ast.Constant(value=value)):
            return value is Ellipsis
    return False


def _spelled(statement: ast.stmt) -> str:
    first_line = ast.unparse(statement).splitlines()[0]
    return f"`{first_line[:60]}`"


def _short(expression: ast.expr) -> str:
    return ast.unparse(expression)[:60]


def _high(node: ast.stmt | ast.expr, message: str) -> Finding:
    return Finding("py.import-effect", Severity.HIGH, message, node.lineno)
