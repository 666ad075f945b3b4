import pytest

from apps.acceptance.core.binding import Scope, UnboundError, takes, targets_of
from apps.acceptance.core.checks import Free, Made, QuestionCode, Target
from apps.acceptance.core.parameters import target_of
from tests.acceptance.targets import ADD, OUT_OF_STOCK, SLUGIFY, TRIM, plan
from tests.validation.atoms import python_atom, script_atom

PLAN = """---
title: Shop
language: python
package: shop
---

## Requirements

### MUST

- R1: `total([])` returns 0.

## Plan

##### Task: Lines (`shop/lines.py`)

- `class Line`: a name and a price.
- `total(lines: list[int], *more: int) -> int`: the sum. Covers R1.
"""


def test_targets_of_a_plan() -> None:
    line, total = targets_of(plan(PLAN))

    assert line == Target("Line", "shop/lines.py", is_class=True)
    assert total == Target(
        "total", "shop/lines.py", ("lines", "*more"), ("list[int]", "int"), 1, "int", covers=("R1",)
    )


@pytest.mark.parametrize(
    ("signature", "parameters", "types", "required", "returns"),
    [
        ("f(a: int, b: str = 'x') -> str", ("a", "b"), ("int", "str"), 1, "str"),
        ("async def f(a) -> None", ("a",), ("",), 1, "None"),
        ("f[T](a: list[T]) -> T", ("a",), ("list[T]",), 1, "T"),
        ("f()", (), (), 0, ""),
        ("f(a: 'Node', /, *, b: int)", ("a",), ("Node",), 1, ""),
        ("f(", (), (), 0, ""),
    ],
)
def test_python_signatures(
    signature: str, parameters: tuple[str, ...], types: tuple[str, ...], required: int, returns: str
) -> None:
    target = target_of(python_atom(signature, symbol="f"))

    assert (target.parameters, target.types) == (parameters, types)
    assert (target.required, target.returns) == (required, returns)
    assert target.is_async is signature.startswith("async")


@pytest.mark.parametrize(
    ("signature", "parameters", "required", "returns"),
    [
        ("export function f(a: string, b?: number): boolean", ("a", "b"), 1, "boolean"),
        ("export function f(a: string, b = 1): string[]", ("a", "b"), 1, "string[]"),
        ("export async function f(a: string): Promise<void>", ("a",), 1, "Promise<void>"),
        ("export function f<T>(...a: T[]): T", ("...a",), 1, "T"),
    ],
)
def test_script_signatures(
    signature: str, parameters: tuple[str, ...], required: int, returns: str
) -> None:
    target = target_of(script_atom(signature))

    assert (target.parameters, target.returns) == (parameters, returns)
    assert target.required == required
    assert target.is_async is ("async" in signature)


def test_a_name_with_its_module() -> None:
    scope = Scope([SLUGIFY, ADD], "R1")

    assert scope.find("slug.slugify") == SLUGIFY
    with pytest.raises(UnboundError):
        scope.find("web.slugify")


def test_value_types_are_known_by_language() -> None:
    made = Made(Target("Decimal"), ("1.5",))

    bound = Scope([SLUGIFY], "R1").bind(made)

    assert isinstance(bound, Made)
    assert bound.target.is_class
    with pytest.raises(UnboundError):
        Scope([TRIM], "R1").bind(made)


def test_calls_inside_values_are_bound_too() -> None:
    with pytest.raises(UnboundError) as caught:
        Scope([SLUGIFY], "R1").bind([{"a": Made(Target("evil"), ())}])

    assert caught.value.code is QuestionCode.NO_BINDING


def test_a_free_name_is_no_value() -> None:
    with pytest.raises(UnboundError) as caught:
        Scope([SLUGIFY], "R1").bind((Free("hello"),))

    assert caught.value.code is QuestionCode.UNREADABLE_VALUE


def test_errors() -> None:
    scope = Scope([ADD, OUT_OF_STOCK], "R1")

    assert scope.error("ValueError") is None
    assert scope.error("OutOfStock") == OUT_OF_STOCK
    assert scope.error("OwnError") == Target("OwnError", is_class=True)
    with pytest.raises(UnboundError):
        scope.error("RangeError")
    assert Scope([TRIM], "R1").error("RangeError") is None


@pytest.mark.parametrize(("arity", "fits"), [(0, False), (1, True), (2, True), (3, False)])
def test_arity(arity: int, fits: bool) -> None:
    assert takes(SLUGIFY, arity) is fits
