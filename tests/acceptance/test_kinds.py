import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.acceptance.core.clause import read_clause
from apps.acceptance.core.kinds import RequirementKind, kind_of, statuses


@pytest.mark.parametrize(
    ("text", "condition", "subject", "verb", "rest"),
    [
        ("The parser MUST keep it.", "", "The parser", "keep", " it."),
        ("WHEN it is empty, THE Reader SHALL return 0.", "WHEN it is empty, ", "THE Reader", "return", " 0."),
        ("IF it fails, THEN it SHALL stop", "IF it fails, THEN ", "it", "stop", ""),
        ("Names MUST NOT be empty.", "", "Names", "be", "empty."),
        ("Names must always be sorted.", "", "Names", "sorted", "."),
        ("Si está vacía, devuelve 0.", "Si está vacía, ", "", "devuelve", " 0."),
        ("Si ya existe → Error 400", "Si ya existe", "", "→", "Error 400"),
        ("FR-001: System MUST reply.", "", "System", "reply", "."),
        ("- [ ] Return a copy.", "", "", "return", " a copy."),
        ("Dark theme", "", "Dark theme", "", ""),
        ("", "", "", "", ""),
    ],
)  # fmt: skip
def test_the_parts_of_a_sentence(
    text: str, condition: str, subject: str, verb: str, rest: str
) -> None:
    clause = read_clause(text)

    assert (clause.condition, clause.subject, clause.verb, clause.rest) == (
        condition,
        subject,
        verb,
        rest,
    )


def test_code_and_quotes_are_masked_in_all_parts_but_the_text() -> None:
    clause = read_clause('`f` returns "a must".')

    assert (clause.text, clause.plain) == ('`f` returns "a must".', "XXX returns XXXXXXXX.")
    assert clause.modal == ""


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        # The same words, another verb.
        ("The system shall return a name of at most 60 characters.", RequirementKind.RETURNS),
        ("A name must have at most 60 characters.", RequirementKind.VALIDATES),
        ("The page shall show a name of at most 60 characters.", RequirementKind.UI),
        # Bounds are data, a named error is an error, a status is HTTP.
        ("Reject ages below 0.", RequirementKind.VALIDATES),
        ("Raise `ValueError` for ages below 0.", RequirementKind.RAISES),
        ("Answer 422 for ages below 0.", RequirementKind.HTTP),
        # A number is no status, and a timer is no speed.
        ("Cut texts longer than 404 characters.", RequirementKind.RETURNS),
        ("A session expires in 30 minutes.", RequirementKind.RETURNS),
        ("A report is written in 30 seconds.", RequirementKind.PERFORMANCE),
        # What must not be raised comes out.
        ("It must never raise.", RequirementKind.RETURNS),
    ],
)
def test_the_verb_decides(text: str, kind: RequirementKind) -> None:
    assert kind_of(read_clause(text)) is kind


def test_statuses_are_found_once_each() -> None:
    assert statuses("401 or 403, never 401, 4012 or 40.4") == ("401", "403")


@given(st.text(max_size=300))
def test_any_text_has_a_kind(text: str) -> None:
    assert kind_of(read_clause(text)) in RequirementKind
