import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.acceptance.core.checks import CheckKind, Target, Trait
from apps.acceptance.core.held_out import draw_like, held_out_checks, with_examples
from apps.acceptance.core.reading import read_checks
from tests.acceptance.targets import ADD, AGE, SLUGIFY, SORT, checks_of, plan, read
from tests.acceptance.test_literals import plain
from tests.acceptance.test_reading import EXAMPLES


def test_the_same_seed_draws_the_same_inputs() -> None:
    checks = read('`slugify("Hello, World!")` returns `"hello-world"`.')

    assert held_out_checks(checks, seed=5) == held_out_checks(checks, seed=5)
    assert held_out_checks(checks, seed=5) != held_out_checks(checks, seed=6)


def test_drawn_inputs_look_like_the_stated_one() -> None:
    checks = read('`slugify("Hello, World!")` returns `"hello-world"`.')

    (held,) = held_out_checks(checks, seed=5)

    assert (held.id, held.is_held_out, held.is_unproven) == ("R1.h1", True, True)
    assert {Trait.TYPE, Trait.DETERMINISM, Trait.VARIED, Trait.NOT_ECHO} == set(held.traits)
    for (text,) in held.inputs:
        assert isinstance(text, str)
        assert text != "Hello, World!"
        assert [c.isalpha() for c in text] == [c.isalpha() for c in "Hello, World!"]
        assert [c.isupper() for c in text] == [c.isupper() for c in "Hello, World!"]


@pytest.mark.parametrize(
    ("text", "traits"),
    [
        # a list could hold the right answers: what comes from elsewhere need not vary
        ('`slugify("Spain")` returns `"ES"`.', {Trait.DETERMINISM, Trait.TYPE}),
        ('`slugify("a")` returns `None`.', {Trait.DETERMINISM}),
        # the examples leave it open whether such inputs are refused
        (
            '`slugify("Hello")` returns `"hello"`, and `slugify("no")` raises `ValueError`.',
            {Trait.DETERMINISM, Trait.TYPE},
        ),
        # an example that is its own result
        ('`slugify("hello")` returns `"hello"`.', {Trait.DETERMINISM, Trait.TYPE, Trait.VARIED}),
    ],
)
def test_only_what_every_right_answer_shows_is_asked(text: str, traits: set[Trait]) -> None:
    held = held_out_checks(read(text), seed=1)

    assert set(held[0].traits) == traits


def test_mutable_arguments_must_stay() -> None:
    (held,) = held_out_checks(read("`ordered([3, 1, 2])` returns `[1, 2, 3]`.", SORT), seed=1)

    assert Trait.NO_MUTATION in held.traits


def test_numbers_with_different_results_must_vary() -> None:
    checks = read("`add(1, 2)` returns 3. `add(10, 20)` returns 30.", ADD)

    (held,) = held_out_checks(checks, seed=1)

    assert Trait.VARIED in held.traits
    assert all(0 < args[0] <= 10 for args in held.inputs)  # type: ignore[operator]  # a number or a text here


def test_limits_are_drawn_on_their_sides() -> None:
    checks = read("`check_age` rejects ages below 0 and above 150 with ValueError.", AGE)

    (held,) = held_out_checks(checks, seed=1)

    assert held.kind is CheckKind.REJECTS
    assert all(not 0 <= args[0] <= 150 for args in held.refused)  # type: ignore[operator]  # a number or a text here
    assert all(0 <= args[0] <= 150 for args in held.inputs)  # type: ignore[operator]  # a number or a text here
    assert {args[0] for args in (*held.inputs, *held.refused)}.isdisjoint({-1, 0, 1, 149, 150, 151})


def test_a_property_gets_a_stated_example_beside_it() -> None:
    stated = read('`slugify("A B")` returns `"a-b"`.')
    asked = read_checks("`slugify` is idempotent.", requirement="R2", targets=[SLUGIFY]).checks

    *_, check = with_examples([*stated, *asked])

    assert check.example is not None
    assert check.example.expect == "a-b"
    assert check.inputs[0] == ("A B",)


def test_most_requirements_of_the_examples_have_a_held_out_input() -> None:
    shares = {}
    for name in ("textkit", "inventory"):
        checks = checks_of(plan((EXAMPLES / name / "masterplan.md").read_text(encoding="utf-8")))
        held = {check.requirement for check in held_out_checks(checks, seed=1)}
        shares[name] = len(held) / len({check.requirement for check in checks})

    assert shares == {"textkit": 1, "inventory": 0.8}


@given(plain, st.integers())
def test_a_drawn_value_keeps_its_type(value: object, seed: int) -> None:
    drawn = draw_like(value, random.Random(seed))  # type: ignore[arg-type]  # a number or a text here

    assert type(drawn) is type(value)
    if isinstance(value, str | list | tuple):
        assert len(drawn) == len(value)  # type: ignore[arg-type]  # a number or a text here


def test_a_text_of_a_limited_length_is_made_of_a_good_one() -> None:
    good = Target("good", "a/b.py", ("text",), ("str",), 1, "bool", covers=("R1", "R2"))
    checks = [
        *read('`good("Passw0rd")` returns `True`.', good),
        *read("`good` accepts texts between 4 and 12 characters long.", good),
    ]

    check = with_examples(checks)[-1]

    assert {args[0] for args in check.inputs} >= {"Pass", "Passw0rdPass"}
    assert {args[0] for args in check.refused} == {"Pas", "Passw0rdPassw"}


def test_a_range_of_results_is_asked_where_examples_speak_for_it() -> None:
    share = Target("share", "a/b.py", ("part", "whole"), ("int", "int"), 2, "float", covers=("R1",))
    checks = [
        *read("`share(1, 4)` returns `0.25`.", share),
        *read("`share` returns a value between 0 and 1.", share),
    ]

    check = with_examples(checks)[-1]

    assert check.inputs == ((1, 4),)
    assert all(each.kind is not CheckKind.RANGE for each in held_out_checks([check], seed=1))


def test_of_a_date_comes_mostly_a_date() -> None:
    drawn = [draw_like("2024-12-31 00:59", random.Random(seed)) for seed in range(40)]

    for text in drawn:
        assert re.fullmatch(r"[12]\d{3}-\d\d-\d\d 00:\d\d", str(text))
        assert str(text)[5:] <= "12-31 00:59"


@pytest.mark.parametrize(
    "text",
    [
        '`slugify("978-0306406157")` returns `"9780306406157"`.',  # only a fitting check digit will do
        '`slugify("Monday")` returns `"Mon"`.',  # a list holds these
    ],
)
def test_inputs_that_may_all_be_refused_need_not_lead_to_different_results(text: str) -> None:
    (held,) = held_out_checks(read(text), seed=1)

    assert Trait.VARIED not in held.traits


def test_sorted_texts_are_drawn_in_small_letters() -> None:
    names = Target("names", "a/b.py", ("rows",), ("list[str]",), 1, "list[str]", covers=("R1",))

    (held,) = held_out_checks(read("`names` returns a sorted list.", names), seed=1)

    assert all(text == text.lower() for args in held.inputs for text in args[0])  # type: ignore[union-attr]  # lists of texts
