"""Special methods that travel between the two ends, as what calls them in the language."""

import operator
from collections.abc import Callable
from typing import Any


def _enter(value: Any) -> Any:
    return type(value).__enter__(value)


def _exit(value: Any, *args: Any) -> Any:
    return type(value).__exit__(value, *(args or (None, None, None)))


def _async(name: str) -> Callable[..., Any]:
    def call(value: Any, *args: Any) -> Any:
        return getattr(type(value), name)(value, *args)

    return call


def _reflected(operation: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda value, other: operation(other, value)


# Asked without an argument, or with one that says nothing of what the test expects.
READING: dict[str, Callable[..., Any]] = {
    "__len__": len,
    "__bool__": bool,
    "__iter__": iter,
    "__next__": next,
    "__reversed__": reversed,
    "__getitem__": operator.getitem,
    "__setitem__": operator.setitem,
    "__delitem__": operator.delitem,
    "__enter__": _enter,
    "__exit__": _exit,
    "__str__": str,
    "__repr__": repr,
    "__format__": format,
    "__bytes__": bytes,
    "__fspath__": _async("__fspath__"),
    "__neg__": operator.neg,
    "__pos__": operator.pos,
    "__abs__": abs,
    "__invert__": operator.invert,
    "__aiter__": _async("__aiter__"),
    "__anext__": _async("__anext__"),
    "__aenter__": _async("__aenter__"),
    "__aexit__": _async("__aexit__"),
    "__await__": _async("__await__"),
}
# Turn an object into a number: only for one that the test made itself.
CONVERTING: dict[str, Callable[..., Any]] = {
    "__int__": int,
    "__float__": float,
    "__complex__": complex,
    "__index__": operator.index,
    "__round__": round,
    "__trunc__": _async("__trunc__"),
    "__floor__": _async("__floor__"),
    "__ceil__": _async("__ceil__"),
}
_ARITHMETIC: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "truediv": operator.truediv,
    "floordiv": operator.floordiv,
    "mod": operator.mod,
    "divmod": divmod,
    "pow": pow,
    "matmul": operator.matmul,
    "and": operator.and_,
    "or": operator.or_,
    "xor": operator.xor,
    "lshift": operator.lshift,
    "rshift": operator.rshift,
}
# With another value, which may be what the test expects: see remote.py for who may ask.
WITH_ANOTHER: dict[str, Callable[..., Any]] = {
    "__contains__": operator.contains,
    "__lt__": operator.lt,
    "__le__": operator.le,
    "__gt__": operator.gt,
    "__ge__": operator.ge,
    **{f"__{name}__": operation for name, operation in _ARITHMETIC.items()},
    **{f"__r{name}__": _reflected(operation) for name, operation in _ARITHMETIC.items()},
}
SPECIALS = {**READING, **CONVERTING, **WITH_ANOTHER}
