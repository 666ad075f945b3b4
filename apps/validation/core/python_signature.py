"""Does a Python definition have the signature that the plan asks for?

Names, kinds, defaults and annotations are compared as syntax trees in a canonical form, so that
quotes, spaces, `Optional[X]` for `X | None` and `typing.List` for `list` make no difference.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from apps.masterplans.core.document import AtomSpec
from apps.validation.core.findings import Finding, Severity
from apps.validation.core.python_annotations import Names, canonical, import_names
from apps.validation.core.python_symbols import find_definition

# The `[T]` of `first[T](items: list[T]) -> T`: newer than the language that answers are written in.
TYPE_PARAMETERS = re.compile(
    r"^((?:class |(?:async )?def |async )?\w+)\s*\[(?:[^\[\]]|\[[^\[\]]*\])*\](?=\s*(?:\(|$))"
)
ANY_DEFAULT = "..."  # a plan writes `= ...` for "some default"

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    kind: str  # in words: "positional-only", "keyword-only", ...
    annotation: ast.expr | None
    default: ast.expr | None


def check_signature(tree: ast.Module, atom: AtomSpec) -> Iterator[Finding]:
    """Compare the asked symbol with the plan's signature; silent when it is not defined at all."""
    asked = read_signature(atom.signature)
    if asked is None:
        message = (
            f"The plan's signature `{atom.signature}` cannot be read, so nothing can satisfy it. "
            "Correct the plan."
        )
        yield Finding("plan.signature", Severity.CRITICAL, message)
        return
    definition = find_definition(tree, atom.symbol)
    if definition is None:
        return
    differences = list(_differences(asked, definition.node, import_names(tree)))
    if differences:
        message = (
            f"The signature differs from the one asked for: {'; '.join(differences)}. Write "
            f"`{spelled(asked)}`."
        )
        yield Finding("py.signature", Severity.HIGH, message, definition.node.lineno)
    yield from _added_bases(asked, definition.node)


def read_signature(text: str) -> ast.stmt | None:
    """Read `f(a: int) -> str`, `async f()`, `class C(Base)` or `X: int = 3`."""
    bare = re.sub(r"\s*:\s*(\.\.\.)?$", "", " ".join(text.split()))
    signature = TYPE_PARAMETERS.sub(r"\1", _undecorated(bare))
    for source in _spellings(signature):
        try:
            body = ast.parse(source).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        if len(body) == 1:
            return body[0]
    return None


def spelled(signature: ast.stmt) -> str:
    """The asked signature as a line of Python."""
    return ast.unparse(signature).splitlines()[0].removesuffix(" ...").strip()


def parameters(function: Function) -> list[Parameter]:
    """The parameters in the order of the text, each with its kind in words."""
    args = function.args
    positional = [*args.posonlyargs, *args.args]
    defaults = [None] * (len(positional) - len(args.defaults)) + list(args.defaults)
    found = [
        Parameter(
            arg.arg,
            "positional-only" if arg in args.posonlyargs else "plain",
            arg.annotation,
            default,
        )
        for arg, default in zip(positional, defaults, strict=True)
    ]
    if args.vararg:
        found.append(Parameter(f"*{args.vararg.arg}", "plain", args.vararg.annotation, None))
    found += [
        Parameter(arg.arg, "keyword-only", arg.annotation, default)
        for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True)
    ]
    if args.kwarg:
        found.append(Parameter(f"**{args.kwarg.arg}", "plain", args.kwarg.annotation, None))
    return found


def _spellings(signature: str) -> Iterator[str]:
    if signature.startswith(("class ", "def ", "async def ")):
        yield f"{signature}: ..."
    elif signature.startswith("async "):
        yield f"async def {signature.removeprefix('async ')}: ..."
    elif re.match(r"\w+\s*\(", signature):
        yield f"def {signature}: ..."
    else:
        yield re.sub(r"^(const|type)\s+(?=\w)", "", signature)


def _undecorated(signature: str) -> str:
    """Without decorators, as in `@dataclass class Money`; they are no part of the comparison."""
    if not signature.startswith("@"):
        return signature
    start = re.search(r"\b(class|async def|def)\s", signature)
    return signature[start.start() :] if start else signature


def _differences(asked: ast.stmt, given: ast.stmt, names: Names) -> Iterator[str]:
    match asked, given:
        case (
            (ast.FunctionDef() | ast.AsyncFunctionDef()),
            (ast.FunctionDef() | ast.AsyncFunctionDef()),
        ):
            yield from _function_differences(asked, given, names)
        case ast.ClassDef(), ast.ClassDef():
            yield from _class_differences(asked, given, names)
        case ((ast.Assign() | ast.AnnAssign() | ast.Expr()), (ast.Assign() | ast.AnnAssign())):
            yield from _constant_differences(asked, given, names)
    # Another pairing is a wrong kind, which the symbol check reports.


def _function_differences(asked: Function, given: Function, names: Names) -> Iterator[str]:
    if type(asked) is not type(given):
        yield (
            "it must be `async def`"
            if isinstance(asked, ast.AsyncFunctionDef)
            else "it must not be `async`"
        )
    yield from _parameter_differences(parameters(asked), parameters(given), names)
    yield from _annotation_difference("the return annotation", asked.returns, given.returns, names)


def _parameter_differences(
    asked: list[Parameter], given: list[Parameter], names: Names
) -> Iterator[str]:
    wanted_names, got_names = [each.name for each in asked], [each.name for each in given]
    if wanted_names != got_names and sorted(wanted_names) == sorted(got_names):
        yield f"the parameters must stand in the order {_listed(asked)}"
        return
    for wanted, got in zip_longest(asked, given):
        if wanted is None:
            yield f"parameter `{got.name}` was not asked for"
        elif got is None:
            yield f"parameter `{wanted.name}` is missing"
        elif wanted.name != got.name:
            yield f"parameter `{got.name}` stands where `{wanted.name}` was asked for"
        else:
            yield from _one_parameter(wanted, got, names)


def _one_parameter(asked: Parameter, given: Parameter, names: Names) -> Iterator[str]:
    if asked.kind != given.kind:
        wanted = "an ordinary parameter" if asked.kind == "plain" else asked.kind
        yield f"parameter `{asked.name}` must be {wanted}"
    yield from _annotation_difference(
        f"the annotation of `{asked.name}`", asked.annotation, given.annotation, names
    )
    yield from _default_difference(asked, given)


def _default_difference(asked: Parameter, given: Parameter) -> Iterator[str]:
    wanted, got = _unparsed(asked.default), _unparsed(given.default)
    if wanted == got or (wanted == ANY_DEFAULT and got):
        return
    if wanted is None:
        yield f"parameter `{asked.name}` must have no default, but has `{got}`"
    elif got is None:
        yield f"parameter `{asked.name}` must have the default `{wanted}`"
    else:
        yield f"the default of `{asked.name}` is `{got}`, asked for `{wanted}`"


def _annotation_difference(
    what: str, asked: ast.expr | None, given: ast.expr | None, names: Names
) -> Iterator[str]:
    """What the plan leaves open, the answer may fill."""
    if asked is None:
        return
    if given is None:
        yield f"{what} is missing, asked for `{ast.unparse(asked)}`"
    elif canonical(asked, {}) != canonical(given, names):
        yield f"{what} is `{ast.unparse(given)}`, asked for `{ast.unparse(asked)}`"


def _class_differences(asked: ast.ClassDef, given: ast.ClassDef, names: Names) -> Iterator[str]:
    wanted = [canonical(base, {}) for base in asked.bases]
    if wanted and wanted != [canonical(base, names) for base in given.bases]:
        got = ", ".join(ast.unparse(base) for base in given.bases) or "none"
        yield (
            f"the base classes are `{got}`, asked for "
            f"`{', '.join(ast.unparse(base) for base in asked.bases)}`"
        )
    for keyword in asked.keywords:
        if ast.unparse(keyword) not in [ast.unparse(other) for other in given.keywords]:
            yield f"the class argument `{ast.unparse(keyword)}` is missing"


def _added_bases(asked: ast.stmt, given: ast.stmt) -> Iterator[Finding]:
    """A plan that names no base class leaves the choice open, yet the choice is worth a look."""
    if (
        isinstance(asked, ast.ClassDef)
        and isinstance(given, ast.ClassDef)
        and given.bases
        and not asked.bases
    ):
        bases = ", ".join(ast.unparse(base) for base in given.bases)
        message = f"`{given.name}` inherits from `{bases}`, of which the plan says nothing."
        yield Finding("py.bases", Severity.LOW, message, given.lineno)


def _constant_differences(
    asked: ast.Assign | ast.AnnAssign | ast.Expr, given: ast.Assign | ast.AnnAssign, names: Names
) -> Iterator[str]:
    if isinstance(asked, ast.AnnAssign):
        got = given.annotation if isinstance(given, ast.AnnAssign) else None
        yield from _annotation_difference("the annotation", asked.annotation, got, names)
    wanted = None if isinstance(asked, ast.Expr) else _unparsed(asked.value)
    if wanted not in (None, ANY_DEFAULT, _unparsed(given.value)):
        yield f"the value is `{_unparsed(given.value)}`, asked for `{wanted}`"


def _unparsed(expression: ast.expr | None) -> str | None:
    return None if expression is None else ast.unparse(expression)


def _listed(found: list[Parameter]) -> str:
    return ", ".join(f"`{parameter.name}`" for parameter in found)
