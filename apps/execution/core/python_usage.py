"""Which names does a top-level Python statement need, and when?"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from apps.execution.core.ordering import Unit
from apps.validation.core.python_source import bound_names

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(slots=True)
class Usage:
    needs: set[str] = field(default_factory=set)
    called: set[str] = field(default_factory=set)
    later: set[str] = field(default_factory=set)
    annotations: set[str] = field(default_factory=set)


def unit_of(text: str) -> Unit:
    """Read a statement's text as a unit of its file."""
    statement = ast.parse(text).body[0]
    usage = Usage()
    _read(statement, usage)
    is_block = not isinstance(statement, ast.Assign | ast.AnnAssign | ast.Expr)
    return Unit(
        text=text,
        names=frozenset(bound_names(statement)),
        needs=frozenset(usage.needs),
        called=frozenset(usage.called),
        later=frozenset(usage.later),
        annotations=frozenset(usage.annotations),
        is_block=is_block,
    )


def names_in(node: ast.AST) -> Iterator[str]:
    return (found.id for found in ast.walk(node) if isinstance(found, ast.Name))


def _read(statement: ast.stmt, usage: Usage) -> None:
    """A statement at the top level or directly in a class."""
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            _read_function(statement, usage)
        case ast.ClassDef():
            _read_class(statement, usage)
        case ast.AnnAssign():
            usage.annotations.update(names_in(statement.annotation))
            if statement.value is not None:
                _read_now(statement.value, usage)
        case _:
            _read_now(statement, usage)


def _read_function(function: Function, usage: Usage) -> None:
    args = function.args
    for decorator in function.decorator_list:
        _read_now(decorator, usage)
        usage.called.update(names_in(decorator))
    for default in [*args.defaults, *args.kw_defaults]:
        if default is not None:
            _read_now(default, usage)
    annotated = [arg.annotation for arg in ast.walk(args) if isinstance(arg, ast.arg)]
    for annotation in [*annotated, function.returns]:
        if annotation is not None:
            usage.annotations.update(names_in(annotation))
    for inner in function.body:
        usage.later.update(names_in(inner))


def _read_class(definition: ast.ClassDef, usage: Usage) -> None:
    for decorator in definition.decorator_list:
        _read_now(decorator, usage)
        usage.called.update(names_in(decorator))
    for base in [*definition.bases, *(keyword.value for keyword in definition.keywords)]:
        _read_now(base, usage)
    for member in definition.body:
        _read(member, usage)


def _read_now(node: ast.AST, usage: Usage) -> None:
    """Everything in it runs now, except the bodies of lambdas."""
    stack = [node]
    while stack:
        current = stack.pop()
        match current:
            case ast.Lambda():
                usage.later.update(names_in(current.body))
                stack.append(current.args)
                continue
            case ast.Name():
                usage.needs.add(current.id)
            case ast.Call(func=ast.Name(id=name)):
                usage.called.add(name)
        stack.extend(ast.iter_child_nodes(current))
