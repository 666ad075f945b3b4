import ast
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.acceptance.core.checks import Absent, Free, Literal, Made, Step, StepKind, Target
from apps.acceptance.core.literals import MAX_DEPTH, is_plain, read_expression, read_literal

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
    | st.binary(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"]), max_size=5), inner, max_size=3
        )
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"hello"', "hello"),
        ("'it is'", "it is"),
        ("`plain`", "plain"),
        ("42", 42),
        ("-1.5", -1.5),
        ("+3", 3),
        ("1_000", 1000),
        ("1e3", 1000.0),
        ("0x1F", 31),
        ("true", True),
        ("False", False),
        ("null", None),
        ("None", None),
        ("undefined", Absent.UNDEFINED),
        ("-Infinity", -math.inf),
        ('float("inf")', math.inf),
        ("[1, 'two', null]", [1, "two", None]),
        ("(1, 2)", (1, 2)),
        ("{1, 2}", {1, 2}),
        ("set()", set()),
        ("frozenset({1})", frozenset({1})),
        ('{"a": [1]}', {"a": [1]}),
        ("{a: 1, b: true}", {"a": 1, "b": True}),
        ('b"\\x00a"', b"\x00a"),
        (r'"\u{1F600}"', "😀"),
        (r'"\ud83d\ude00"', "😀"),
    ],
)
def test_spellings(text: str, value: Literal) -> None:
    found = read_literal(text)

    assert found is not None
    assert repr(found[0]) == repr(value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello world",
        "1 + 1",
        "2 ** 99999999",
        "[x for x in y]",
        "lambda: 1",
        "f'{1}'",
        "`a ${b}`",
        "__import__('os')",
        "().__class__",
        "x.y",
        '"a" * 1000',
        "{[]: 1}",
        "{**a}",
        "[*a]",
        "...",
        "1j",
        "x := 1",
        r'"\ud83d"',
        "9" * 500,
        "[" * 200 + "]" * 200,
        "1" * 5_000,
        "\0",
    ],
)
def test_anything_else_is_no_literal(text: str) -> None:
    assert read_literal(text) is None


def test_calls_are_read_as_data() -> None:
    found = read_expression('new Date("2025-03-01").rows[0].text(1)')

    assert found == (
        Made(
            Target("Date"),
            ("2025-03-01",),
            steps=(
                Step(StepKind.ATTRIBUTE, "rows"),
                Step(StepKind.INDEX, index=0),
                Step(StepKind.METHOD, "text", args=(1,)),
            ),
            is_new=True,
        ),
    )


def test_a_name_is_free_until_it_is_bound() -> None:
    assert read_expression("decode(x)") == (Made(Target("decode"), (Free("x"),)),)


@pytest.mark.parametrize(
    "text",
    [
        "f().__class__",
        'f.constructor("return 1")',
        'f("x").constructor("return 1")',
        "eval('1')",
        "f(*rows)",
        "f(**rows)",
        "(lambda: 1)()",
        "f()()",
        "f(x)[y]",
        "_private(1)",
    ],
)
def test_names_that_lead_behind_the_data_are_refused(text: str) -> None:
    assert read_expression(text) is None


def test_depth_is_bounded() -> None:
    assert read_literal("[" * (MAX_DEPTH - 2) + "]" * (MAX_DEPTH - 2)) is not None
    assert read_literal("[" * (MAX_DEPTH + 2) + "]" * (MAX_DEPTH + 2)) is None


@given(plain)
def test_every_plain_value_survives_its_own_spelling(value: Literal) -> None:
    found = read_literal(repr(value))

    if found is not None:  # too deep or too large is refused
        assert repr(found[0]) == repr(value)
        assert is_plain(found[0])


@given(st.text(max_size=80))
def test_no_text_breaks_the_reader(text: str) -> None:
    found = read_literal(text)

    assert found is None or is_plain(found[0])
    if found is not None and isinstance(found[0], int | str | list):
        assert ast.literal_eval(repr(found[0])) == found[0]
