from decimal import Decimal

import pytest

from apps.acceptance.core.authoring.check_json import check_as_data
from apps.acceptance.core.checks import (
    Absent,
    Bound,
    Check,
    CheckKind,
    Free,
    Made,
    Span,
    Step,
    StepKind,
    Story,
    Target,
    Trait,
)
from apps.dashboard.core.check_words import check_words, words_of, written

WORK = Target("work", "demo/core.py", ("text",), required=1)


def check(kind: CheckKind, **facts: object) -> Check:
    values: dict[str, object] = {
        "id": "R1.c1",
        "requirement": "R1",
        "target": WORK,
        "args": ("a",),
        "expect": None,
        "raises": "",
        "bound": None,
        "property": "",
        "span": Span(0, 1),
    }
    return Check(kind=kind, **values | facts)  # type: ignore[arg-type]  # the fields above


K = CheckKind
INPUTS = (("a",), ("b",))


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (check(K.RETURNS, expect=1), '`work("a")` returns `1`'),
        (check(K.RETURNS, expect="b", property="contains"), '`work("a")` contains `"b"`'),
        (check(K.RAISES, raises="ValueError"), '`work("a")` raises `ValueError`'),
        (check(K.RAISES), '`work("a")` raises an error'),
        (
            check(K.ACCEPTS, inputs=INPUTS, refused=(("c",),)),
            '`work` accepts `"a"` and `"b"` and refuses `"c"`',
        ),
        (
            check(K.REJECTS, refused=(("c",),), raises="KeyError"),
            '`work` refuses `"c"` with `KeyError`',
        ),
        (
            check(K.REJECTS, refused=(("c",),), inputs=INPUTS),
            '`work` refuses `"c"`, and accepts `"a"` and `"b"`',
        ),
        (
            check(K.IDEMPOTENT, inputs=INPUTS * 3),
            "`work` changes nothing more when it is called on its own result for 6 inputs",
        ),
        (
            check(K.INVERSE, partner=Target("undo"), args=()),
            "`undo` takes the result of `work` back to the input",
        ),
        (check(K.NEVER_RAISES, args=()), "`work` raises nothing"),
        (check(K.SORTED, args=()), "the result of `work` is in ascending order"),
        (check(K.TYPE, property="str", args=()), "the result of `work` is of type `str`"),
        (
            check(K.LENGTH, bound=Bound(high=60, unit="length"), args=()),
            "the result of `work` has a length of at most 60",
        ),
        (
            check(K.RANGE, bound=Bound(0, 1, is_low_open=True, is_high_open=True), args=()),
            "the result of `work` is more than 0 and less than 1",
        ),
        (
            check(K.RANGE, bound=Bound(5, unit="multiple"), args=()),
            "the result of `work` is a multiple of 5",
        ),
        (check(K.RANGE, args=()), "the result of `work` is within its limits"),
        (check(K.CASE, property="lower", args=()), "the result of `work` is in lower case"),
        (
            check(K.CASE, property="insensitive", args=()),
            "`work` does not tell capitals from small letters",
        ),
        (
            check(K.PERFORMANCE, bound=Bound(high=Decimal("0.2"), unit="s")),
            "`work` takes at most 400 ms (stated: 200 ms, 2 times that for slow machines)",
        ),
        (
            check(K.DETERMINISTIC, traits=(Trait.TYPE, Trait.VARIED), args=()),
            "the result of `work` has the declared type and depends on the input",
        ),
        (check(K.NO_MUTATION, args=()), "`work` leaves its arguments alone"),
        (check(K.FREE), "`work`, as the text of the test says"),
        (
            check(K.RETURNS, expect=1, story=Story()),
            '`work("a")` returns `1`, after what the requirement gives',
        ),
    ],
)
def test_in_words(found: Check, words: str) -> None:
    assert check_words(found) == words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "None"),
        (True, "True"),
        ('say "no"\n', '"say \\"no\\"\\n"'),
        ([1, 2.5], "[1, 2.5]"),
        ((1,), "(1,)"),
        ({"a": [1]}, '{"a": [1]}'),
        ({2, 1}, "{1, 2}"),
        (set(), "set()"),
        (Absent.UNDEFINED, "undefined"),
        (Free("x"), "x"),
        (Made(Target("Date"), ("2026",), is_new=True), 'new Date("2026")'),
        (
            Made(
                Target("f"),
                (1,),
                steps=(Step(StepKind.ATTRIBUTE, "a"), Step(StepKind.INDEX, index=0)),
            ),
            "f(1).a[0]",
        ),
        (
            Made(Target("f"), (), (("n", 1),), steps=(Step(StepKind.METHOD, "g", args=(2,)),)),
            "f(n=1).g(2)",
        ),
        (Made(Target("cart"), steps=(Step(StepKind.ATTRIBUTE, "total"),)), "cart.total"),
    ],
)
def test_values_as_people_write_them(value: object, text: str) -> None:
    assert written(value) == text  # type: ignore[arg-type]  # every kind of value


def test_a_long_value_is_cut_and_a_backtick_is_no_code() -> None:
    words = check_words(check(CheckKind.RETURNS, expect="`" * 100))

    assert words.endswith("…`")
    assert words.count("`") == 4


def test_what_is_stored_is_read_again() -> None:
    assert words_of(check_as_data(check(CheckKind.RETURNS, expect=1))) == '`work("a")` returns `1`'
    assert words_of({"kind": "nonsense"}).startswith("This check cannot be read: ")
