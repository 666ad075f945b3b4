"""Checks of a model among those of the templates: gates, drawn inputs, modules, questions."""

from dataclasses import replace

import pytest

from apps.acceptance.core.checks import Check, CheckKind, CheckSource, Given, Made, Span, Story
from apps.acceptance.core.sentence import Stated, read_requirement, with_checks
from apps.acceptance.core.sources import Source, read_source
from apps.acceptance.core.suite import build_suite, suites_of
from apps.acceptance.core.testability import Doubt
from tests.acceptance.test_suite import PLAN

VAGUE = PLAN.replace("- R4: The code must be elegant.", "- R4: Words must be shouted nicely.")


def source(text: str = VAGUE) -> Source:
    return read_source(text)


def check(number: int = 1, ref: str = "R4", **fields: object) -> Check:
    """`shout("you there")` returns its capitals, as the model says."""
    (shout,) = (each for each in source().targets if each.symbol == "shout")
    base = Check(f"{ref}.c{number}", ref, CheckKind.RETURNS, shout, ("you there",), "YOU THERE", "", None,
                 "", Span(0, 5), source=CheckSource.MODEL)  # fmt: skip
    return replace(base, **fields)  # type: ignore[arg-type]  # names of Check's own fields


def with_story(number: int = 2) -> Check:
    shout = check().target
    return check(number, story=Story((Given("first", Made(shout, ("a",))),)))


def test_checks_of_a_model_are_tested_like_others() -> None:
    made = build_suite(source(), seed=1, authored={"R4": [check()]})

    ids = [each.id for each in made.checks if each.requirement == "R4"]
    assert ids == ["R4.c1", "R4.h1"], "inputs are drawn for them as well"
    assert made.dropped == ()
    assert made.success == (5, 5)
    plain = made.atoms[0]
    assert "test_R1_c1" in plain.text
    assert "test_R4_c1" in plain.text, "in the module of the others"


def test_stories_have_a_module_of_their_own_and_no_drawn_inputs() -> None:
    made = build_suite(source(), seed=1, authored={"R4": [check(), with_story()]})

    shout = [atom for atom in made.atoms if atom.target.symbol == "shout"]
    assert [[each.id for each in atom.checks if each.requirement == "R4"] for atom in shout] == [
        ["R4.c1", "R4.h1"],
        ["R4.c2"],
    ]
    assert len({atom.path for atom in made.atoms}) == len(made.atoms)


def test_a_story_is_no_example_for_others() -> None:
    weak = check(2, ref="R1", kind=CheckKind.IDEMPOTENT, inputs=(("a",),), args=(), expect=None)
    text = VAGUE.replace('`shout("hello")` returns `"HELLO"`', "shouting is loud")

    made = build_suite(source(text), seed=1, authored={"R1": [with_story(1), weak]})

    assert [each.example for each in made.checks if each.id == "R1.c2"] == [None]


def test_modules_can_be_made_again_from_stored_checks() -> None:
    made = build_suite(source(), seed=1, authored={"R4": [check(), with_story()]})

    again = suites_of(made.checks)

    assert [(atom.text, atom.checks) for atom in again] == [
        (atom.text, atom.checks) for atom in made.atoms
    ]


def test_what_cannot_be_written_as_a_test_is_dropped_with_its_reason() -> None:
    unbound = check(args=(Made(replace(check().target, path="")),))
    toothless = check(2, kind=CheckKind.ACCEPTS, inputs=(("a",),), args=())

    made = build_suite(source(), seed=1, authored={"R4": [unbound, toothless]})

    reasons = {each.check: each.reason for each in made.dropped}
    assert reasons["R4.c1"] == "'shout' is bound to no atom."
    assert reasons["R4.c2"] == "`test_R4_c2` has no assertion that can fail."


def test_a_check_settles_what_seemed_vague() -> None:
    read = read_requirement(Stated("R4", "Errors must be handled gracefully."), source().targets)
    assert read.doubt is Doubt.VAGUE
    assert read.questions

    settled = with_checks(read, [check()])

    assert settled.is_testable
    assert settled.questions == ()
    assert settled.checks == (check(),)


def test_a_check_answers_what_the_templates_asked() -> None:
    read = read_requirement(Stated("R4", '`murmur("a")` must return `"b"`.'), source().targets)
    (asked,) = read.questions
    assert "murmur" in asked

    assert with_checks(read, [check()]).questions == ()
    assert with_checks(read, []) is read


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("Servers MAY cache pages.", Doubt.PERMISSION),
        ("It must shout for [NEEDS CLARIFICATION: how long?].", Doubt.PLACEHOLDER),
    ],
)
def test_what_nobody_can_test_stays_so(text: str, doubt: Doubt) -> None:
    read = read_requirement(Stated("R4", text), source().targets)
    assert read.doubt is doubt

    assert with_checks(read, [check()]) is read
