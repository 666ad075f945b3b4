"""Checks as JSON and back: nothing lost, nothing taken on trust."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from apps.acceptance.core.authoring.check_json import (
    InvalidCheck,
    check_as_data,
    check_from_data,
)
from apps.acceptance.core.authoring.places import Place
from apps.acceptance.core.authoring.value_json import MAX_DEPTH, value_as_data, value_from_data
from apps.acceptance.core.checks import (
    Absent,
    Bound,
    Check,
    CheckKind,
    CheckSource,
    Example,
    Free,
    Given,
    Literal,
    Made,
    Observation,
    Span,
    Step,
    StepKind,
    Story,
    Target,
    Trait,
    given_value,
)
from apps.acceptance.core.sources import read_source
from apps.acceptance.core.suite import build_suite
from tests.acceptance.targets import DECODE, SLUGIFY

NAMES = st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True)
TARGETS = st.builds(
    Target,
    NAMES,
    st.sampled_from(["", "a/b.py", "src/sets/merge.ts"]),
    parameters=st.lists(NAMES, max_size=3).map(tuple),
    types=st.lists(st.sampled_from(["", "str", "dict[str, int]"]), max_size=3).map(tuple),
    required=st.integers(0, 5),
    returns=st.sampled_from(["", "Decimal | None"]),
    covers=st.lists(st.sampled_from(["R1", "FR-2"]), max_size=2).map(tuple),
    is_async=st.booleans(),
    is_class=st.booleans(),
)
HASHABLE = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats()
    | st.text(st.characters(exclude_categories=()))
    | st.binary()
    | st.decimals().filter(lambda value: not value.is_snan())  # has no hash
    | st.builds(Free, NAMES)
    | st.just(Absent.UNDEFINED)
)


def steps(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Step]:
    return (
        st.builds(Step, st.just(StepKind.ATTRIBUTE), NAMES)
        | st.builds(Step, st.just(StepKind.INDEX), index=st.integers(-9, 9) | st.text())
        | st.builds(
            Step, st.just(StepKind.METHOD), NAMES, args=st.lists(values, max_size=2).map(tuple)
        )
    )


def containers(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    rows = st.lists(values, max_size=3)
    return (
        rows
        | rows.map(tuple)
        | st.sets(HASHABLE, max_size=3)
        | st.frozensets(HASHABLE, max_size=3)
        | st.dictionaries(HASHABLE | st.tuples(HASHABLE), values, max_size=3)
        | st.builds(
            Made,
            TARGETS,
            rows.map(tuple),
            st.lists(st.tuples(NAMES, values), max_size=2).map(tuple),
            st.lists(steps(values), max_size=2).map(tuple),
            st.booleans(),
        )
    )


VALUES = st.recursive(HASHABLE, containers, max_leaves=12)


def same(one: Literal, other: Literal) -> bool:
    """Equal and of one type all the way down; nan is nan, and the order of a set says nothing."""
    return repr(value_as_data(one)) == repr(value_as_data(other))


def through_text(data: Any) -> Any:
    """What a column of JSON gives back: other order, no NUL, no half of a pair."""
    text = json.dumps(data, allow_nan=False, sort_keys=True, ensure_ascii=False)
    text.encode()
    assert "\\u0000" not in text
    return json.loads(text)


CHECK = Check(
    "R1.c1",
    "R1",
    CheckKind.RETURNS,
    SLUGIFY,
    ("a", {1: b"\x00"}),
    (1.0, math.inf),
    "shop.Missing",
    Bound(0, Decimal("1.50"), is_low_open=True, unit="length"),
    "starts_with",
    Span(3, 9),
    is_low_trust=True,
    named=(("sep", "_"),),
    steps=(Step(StepKind.METHOD, "get", args=(1,)), Step(StepKind.INDEX, index="k")),
    inputs=((1, None), ()),
    refused=(("x",),),
    partner=DECODE,
    example=Example(Made(SLUGIFY, ("b",)), "b"),
    traits=(Trait.TYPE, Trait.NO_MUTATION),
    is_tabular=True,
    source=CheckSource.MODEL,
    story=Story(
        (
            Given("shop", Made(Target("Shop", "a.py", is_class=True))),
            Given("", given_value("shop")),
        ),
        (Observation(given_value("shop", Step(StepKind.ATTRIBUTE, "size")), 3, is_length=True),),
    ),
)


@given(VALUES)
def test_every_value_comes_back(value: Literal) -> None:
    back = value_from_data(Place(through_text(value_as_data(value)), "value"))

    assert type(back) is type(value)
    assert same(back, value)


@given(VALUES, st.lists(VALUES, max_size=2).map(tuple), TARGETS)
def test_every_check_comes_back(expect: Literal, args: tuple[Literal, ...], target: Target) -> None:
    check = replace(CHECK, target=target, args=args, expect=expect, inputs=(args,))
    data = check_as_data(check)

    back = check_from_data(through_text(data))

    assert repr(check_as_data(back)) == repr(data)


def test_a_check_that_was_read_back_is_equal() -> None:
    assert check_from_data(through_text(check_as_data(CHECK))) == CHECK


@pytest.mark.parametrize("example", ["textkit", "inventory", "daterange"])
def test_what_the_templates_read_from_the_examples_comes_back(example: str) -> None:
    text = Path(settings.BASE_DIR, "examples", example, "masterplan.md").read_text("utf-8")

    for check in build_suite(read_source(text), seed=5).checks:
        assert check_from_data(through_text(check_as_data(check))) == check


def test_a_parameter_that_takes_its_argument_apart_comes_back() -> None:
    target = Target("area", "src/area.ts", ("{ a, b = 1 }", "...rest", "*args", "**more"))

    assert check_from_data(check_as_data(replace(CHECK, target=target))).target == target


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"$list": [value]}
    return value


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("format",), 2, "`check.format` is not 1."),
        (("kind",), "magic", "`check.kind` is 'magic', and may be: accepts"),
        (("target", "symbol"), "os.system('x')", "`check.target.symbol` is"),
        (("target", "symbol"), "a.__class__", "which is no name that a test may use"),
        (("target", "path"), "../outside.py", "which is no path inside a project"),
        (("target", "path"), "/etc/passwd", "which is no path inside a project"),
        (("target", "parameters"), ["x: print(1)"], "`check.target.parameters[0]` is"),
        (("target", "returns"), "a\x00b", "`check.target.returns` has characters"),
        (("target", "required"), True, "`check.target.required` is no whole number."),
        (("target", "required"), -1, "`check.target.required` lies outside 0 to 100."),
        (("args",), "abc", "`check.args` is no list."),
        (("args",), [{"$call": {}}], "has a field '$call' that is not known"),
        (("args",), [{"$float": "1e5; x"}], "is no number"),
        (("args",), [{"$decimal": "ten"}], "is no number"),
        (("args",), [{"$bytes": "zz"}], "is no text of hexadecimal digits"),
        (("args",), [{"$text": "ff"}], "is no text in UTF-8"),
        (("args",), [{"$set": [{"$list": []}]}], "holds a value that can be no key"),
        (("args",), [{"$set": [1, True]}], "holds a value twice"),
        (("args",), [{"$dict": [[1, 2, 3]]}], "has more than 2 items"),
        (("args",), [{"$dict": [[1]]}], "is no pair"),
        (("args",), [{"$free": "__x"}], "is '__x', which is no name"),
        (("args",), [{"$absent": "gone"}], "may be: undefined"),
        (("args",), [{}], "is no value"),
        (("args",), [1.5], "is no value"),
        (("args",), [10**500], "lies outside"),
        (("args",), [deep(MAX_DEPTH + 2)], "is nested too deep"),
        (("args",), [0] * 2001, "has more than 2,000 items"),
        (("expect",), "x" * 20_001, "has more than 20,000 characters"),
        (("raises",), "ValueError; import os", "which is no name"),
        (("property",), "__dict__", "which is no name"),
        (("bound", "low"), "1", "`check.bound.low` is no number."),
        (("bound", "low"), True, "`check.bound.low` is no number."),
        (("bound", "unit"), "miles", "`check.bound.unit` is 'miles'"),
        (("span",), [1], "is no pair"),
        (("span",), ["1", 2], "is no whole number"),
        (("is_held_out",), 1, "is neither true nor false"),
        (("named",), [["sep=1)", 1]], "which is no name"),
        (("steps",), [{"kind": "attribute"}], "has no field 'name'"),
        (("steps", 0, "name"), "__globals__", "which is no name"),
        (("steps", 1, "index"), None, "is no whole number"),
        (("traits",), ["lucky"], "may be: determinism"),
        (("story", "given", 0, 0), "eval", "which is no name"),
        (("story", "then"), [[1, 2]], "needs a value, what is expected"),
        (("source",), "oracle", "may be: model, person, template"),
        (("text",), None, "is no text"),
    ],
)
def test_what_is_no_check_is_refused_with_its_place(
    path: tuple[str | int, ...], value: object, said: str
) -> None:
    data: Any = json.loads(json.dumps(check_as_data(CHECK)))
    place = data
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value

    with pytest.raises(InvalidCheck) as caught:
        check_from_data(data)
    assert said in str(caught.value)


def extra(data: dict[str, Any]) -> object:
    return data | {"code": "print(1)"}


def without_id(data: dict[str, Any]) -> object:
    return {name: value for name, value in data.items() if name != "id"}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (extra, "`check` has a field 'code' that is not known."),
        (without_id, "`check` has no field 'id'."),
        (lambda _: None, "`check` is no object."),
        (lambda _: [1], "`check` is no object."),
    ],
)
def test_its_fields_are_exactly_those(
    changed: Callable[[dict[str, Any]], object], said: str
) -> None:
    with pytest.raises(InvalidCheck, match=r".") as caught:
        check_from_data(changed(check_as_data(CHECK)))
    assert str(caught.value) == said


def test_what_is_no_value_is_not_written_either() -> None:
    with pytest.raises(InvalidCheck, match="type object cannot be stored"):
        value_as_data(object())  # type: ignore[arg-type]  # the point of it
