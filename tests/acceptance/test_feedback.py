"""What the author of the code is told of a test that did not pass."""

from dataclasses import replace

import pytest

from apps.acceptance.core.checks import (
    Bound,
    Check,
    CheckKind,
    Given,
    Literal,
    Made,
    Span,
    Step,
    StepKind,
    Story,
    Target,
    Trait,
)
from apps.acceptance.core.feedback import feedback
from apps.acceptance.core.gate import TestStatus
from apps.acceptance.core.verdict import TestOutcome
from tests.acceptance.targets import ADD, ENCODE, SLUGIFY, SORT, TRIM

TEXT = '`slugify("A B")` returns `"a-b"`; for a non-string it raises TypeError.'


def check(kind: CheckKind, target: Target, *args: Literal, **fields: object) -> Check:
    """A check whose source is the first sentence of `TEXT`."""
    base = Check("R2.c1", "R2", kind, target, args, None, "", None, "", Span(0, 32))
    return replace(base, **fields)  # type: ignore[arg-type]  # names of Check's own fields


def failed(message: str = "") -> TestOutcome:
    return TestOutcome(TestStatus.FAILED, message)


RETURNS = check(CheckKind.RETURNS, SLUGIFY, "A B", expect="a-b")
RAISES = check(CheckKind.RAISES, SLUGIFY, 42, raises="TypeError")
DRAWN = check(
    CheckKind.DETERMINISTIC,
    SLUGIFY,
    inputs=(("Zyx wv",), ("Qqq",)),
    property="str",
    is_held_out=True,
    traits=(Trait.DETERMINISM, Trait.VARIED, Trait.TYPE),
)


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (
            TestStatus.TIMEOUT,
            "R2 not met: `slugify` did not come to an end in the time that a test has.",
        ),
        (
            TestStatus.UNTRUSTED,
            "R2 not met: the code interfered with how it is tested, so no result counts.",
        ),
        (TestStatus.ERROR, "R2 not met: `slugify` could not be run, and ImportError came."),
        (TestStatus.NOT_RUN, "R2 was not tested: the test of `slugify` did not run."),
        (TestStatus.PASSED, "R2 met."),
    ],
)
def test_each_way_to_end_has_its_sentence(status: TestStatus, sentence: str) -> None:
    message = "ImportError: cannot import name 'slugify' from '/srv/slug.py'"

    assert feedback(RETURNS, TestOutcome(status, message), TEXT) == sentence


@pytest.mark.parametrize(
    ("message", "seen"),
    [
        ("AssertionError: assert 'A B' == 'a-b'\n  - a-b\n  + A B", ", and got `'A B'`"),
        ("assert None == 'a-b'", ", and got `None`"),
        ("AssertionError: expected 'A B' to be 'a-b' // Object.is equality", ""),
        ("AssertionError: expected 'A B' to be 'a-b'", ", and got `'A B'`"),
        ("AssertionError: assert 'other' == 'b'\n where 'other' = slugify('B')", ""),
        ("AssertionError: assert <Slug at /srv/slug.py> == 'a-b'", ""),
        ("ValueError: /srv/slug.py is to blame", ", and ValueError came"),
        ("OwnError: told", ""),
        ("", ""),
    ],
)
def test_a_stated_result_is_named_with_what_came_instead(message: str, seen: str) -> None:
    told = feedback(RETURNS, failed(message), TEXT)

    assert told == f"R2 not met: expected `slugify('A B')` to return `'a-b'`{seen}."


def test_what_came_is_short_and_on_one_line() -> None:
    told = feedback(RETURNS, failed(f"assert '{'x' * 500}\\n`' == 'a-b'"), TEXT)

    assert "\n" not in told
    assert told.count("x") == 59 + "expected".count("x") - 1
    assert told.endswith("…`.")


@pytest.mark.parametrize(
    ("stated", "text", "told"),
    [
        (
            check(CheckKind.RAISES, SLUGIFY, None, raises="TypeError"),
            "`slugify(None)` raises TypeError.",
            "expected TypeError for `slugify(None)`, and no error came",
        ),
        (RAISES, TEXT, "expected TypeError for a non-string, and no error came"),
        (
            check(CheckKind.RAISES, ADD, 1, "x", raises="TypeError"),
            "Numbers only.",
            "expected TypeError for a non-integer, and no error came",
        ),
        (
            check(CheckKind.RAISES, SORT, None, raises=""),
            "Lists only.",
            "expected an error for a non-list, and no error came",
        ),
        (
            check(CheckKind.RAISES, SLUGIFY, "??", raises="ValueError"),
            "Empty slugs are refused.",
            "expected ValueError for a case that it describes, and no error came",
        ),
    ],
)
def test_an_error_that_did_not_come(stated: Check, text: str, told: str) -> None:
    message = "Failed: DID NOT RAISE TypeError"

    assert feedback(stated, failed(message), text) == f"R2 not met: {told}."


@pytest.mark.parametrize(
    ("property_", "verb"),
    [("contains", "to contain"), ("starts_with", "to start with"), ("ends_with", "to end with")],
)
def test_a_part_of_a_result(property_: str, verb: str) -> None:
    told = feedback(replace(RETURNS, property=property_), failed(), TEXT)

    assert told == f"R2 not met: expected `slugify('A B')` {verb} `'a-b'`."


def test_calls_are_spelled_in_the_language_of_the_code() -> None:
    made = Made(TRIM, ("x",), steps=(Step(StepKind.INDEX, index=0),))
    stated = check(
        CheckKind.RETURNS,
        TRIM,
        made,
        expect=True,
        steps=(
            Step(StepKind.METHOD, "at", args=(1,)),
            Step(StepKind.ATTRIBUTE, "size"),
        ),
    )

    told = feedback(stated, failed(), 'trim(trim("x")[0]).at(1).size is true')

    assert 'expected `trim(trim("x")[0]).at(1).size` to return `true`' in told


def test_a_value_that_the_requirement_does_not_state_is_not_told() -> None:
    own = check(CheckKind.RETURNS, SLUGIFY, "Zyx wv", expect="zyx-wv")

    told = feedback(own, failed("assert 'Zyx wv' == 'zyx-wv'"), TEXT)

    assert told == (
        'R2 not met: “`slugify("A B")` returns `"a-b"`” does not hold for an input that it does not'
        " state."
    )
    assert "yx" not in told


@pytest.mark.parametrize(
    ("hidden", "told"),
    [
        (
            DRAWN,
            "for an input that it does not state: another text, for which it answers the same every"
            " time, its result follows from the input and its result has the type of the stated ones",
        ),
        (
            check(CheckKind.SORTED, SORT, inputs=(([3, 1],),), is_held_out=True),
            "for an input that it does not state: a list with other items",
        ),
        (
            check(CheckKind.IDEMPOTENT, ADD, inputs=((7, 8),), is_held_out=True),
            "for an input that it does not state: another whole number",
        ),
        (
            check(CheckKind.NEVER_RAISES, ENCODE, inputs=((None,),), is_held_out=True),
            "for an input that it does not state: another value",
        ),
        (
            check(CheckKind.REJECTS, ADD, refused=((151,),), is_held_out=True),
            "beside a limit that it states: what lies within is accepted, and what lies beyond refused",
        ),
        (
            check(CheckKind.PERFORMANCE, SLUGIFY, bound=Bound(9, 0.2), is_held_out=True),
            "for an input of another size: `slugify` took longer than 0.4 s, which is twice the"
            " stated time",
        ),
    ],
)
def test_a_drawn_input_is_told_by_its_kind_alone(hidden: Check, told: str) -> None:
    message = "AssertionError: assert 'Zyx wv' == 'Qqq'\n where 'Zyx wv' = slugify('Zyx wv')"

    assert feedback(hidden, failed(message), TEXT) == f"R2 not met {told}."


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (
            check(CheckKind.PERFORMANCE, SLUGIFY, bound=Bound(high=0.2)),
            "`slugify` took longer than 0.4 s, which is twice the stated time",
        ),
        (
            check(CheckKind.ACCEPTS, ADD, inputs=((1,),), span=Span(0, 7)),
            "“Ages be” does not hold at a limit that it states",
        ),
        (
            check(CheckKind.IDEMPOTENT, SLUGIFY, inputs=(("x",),), span=Span(0, 0)),
            "what it says does not hold for an input that it does not state",
        ),
        (
            replace(RETURNS, story=Story((Given("", Made(ADD, (1, 2))),)), span=Span(0, 4)),
            "“Ages” does not hold after several calls",
        ),
        (
            replace(RAISES, story=Story((Given("", Made(ADD, (1, 2))),)), span=Span(0, 4)),
            "“Ages” does not hold after several calls",
        ),
    ],
)
def test_other_kinds_quote_the_requirement(other: Check, told: str) -> None:
    assert feedback(other, failed("assert 1 == 2"), "Ages below 0") == f"R2 not met: {told}."


def test_the_name_of_an_error_of_the_code_could_carry_an_input() -> None:
    told = feedback(DRAWN, failed("Input_was_Zyx: x"), TEXT)

    assert "Zyx" not in told
