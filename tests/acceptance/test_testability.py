import pytest

from apps.acceptance.core.clause import read_clause
from apps.acceptance.core.kinds import kind_of
from apps.acceptance.core.priority import judge_priority
from apps.acceptance.core.questions import is_spanish, question_of
from apps.acceptance.core.sentence import Stated, read_requirement
from apps.acceptance.core.testability import Doubt, doubt_of


def doubt(text: str) -> Doubt | None:
    clause = read_clause(text)
    return doubt_of(clause, kind_of(clause), judge_priority(text).priority)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Doubt.EMPTY),
        ("- ", Doubt.EMPTY),
        ("Users MUST be able to [NEEDS CLARIFICATION: do what?]", Doubt.PLACEHOLDER),
        ("The limit is to be decided.", Doubt.PLACEHOLDER),
        ("Developers must write notes.", Doubt.PEOPLE),
        ("MUST avoid long functions.", Doubt.PEOPLE),
        ("Se debe revisar por el equipo.", Doubt.PEOPLE),
        ("The service must use dependency injection.", Doubt.INSIDE),
        ("Servers MAY cache pages.", Doubt.PERMISSION),
        ("The page must be beautiful.", Doubt.SUBJECTIVE),
        ("La pantalla debe ser clara.", Doubt.SUBJECTIVE),
        ("Errors must be handled properly.", Doubt.VAGUE),
        ("It must be fast.", Doubt.VAGUE),
    ],
)
def test_why_no_test_can_be_written(text: str, expected: Doubt) -> None:
    assert doubt(text) is expected


@pytest.mark.parametrize(
    "text",
    [
        "`next` may be called twice.",  # callers may, so the code must cope
        "The list must be clean: no `None` in it.",  # says what clean means
        "It must answer quickly: in under 100 ms.",
        "Errors must be handled properly: `f(1)` raises `ValueError`.",
        "The team list must hold every name.",  # a list, not people
        "It must work without a network.",
        "Every task must have an owner.",  # a field, not its bearer
        "The discount code must have 8 letters.",  # data, not source code
    ],
)
def test_a_handle_makes_it_testable(text: str) -> None:
    assert doubt(text) is None


@pytest.mark.parametrize("reason", Doubt)
def test_every_doubt_has_its_question_in_both_languages(reason: Doubt) -> None:
    english, spanish = question_of(reason, "The list is good."), question_of(reason, "", "es")

    assert "?" in english
    assert spanish.count("¿") == spanish.count("?") > 0
    assert question_of(reason, "El código debe ser limpio.") == spanish


def test_the_language_is_told_by_its_function_words() -> None:
    assert is_spanish("Si la lista está vacía, devuelve 0.")
    assert not is_spanish("The total is 0.")
    assert not is_spanish("`el`")


def test_a_check_settles_a_doubt() -> None:
    found = read_requirement(
        Stated("R1", "Names must be handled properly: `f('A')` returns `'a'`.")
    )

    assert found.is_testable
    assert [check.id for check in found.checks] == ["R1.c1"]


def test_a_permission_stays_one_whatever_its_examples() -> None:
    found = read_requirement(Stated("R1", "Parsers MAY accept it: `f('A')` returns `'a'`."))

    assert (found.doubt, found.checks) == (Doubt.PERMISSION, ())
