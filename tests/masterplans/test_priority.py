import pytest

from apps.masterplans.core.document import Priority
from apps.masterplans.core.priority import LOW_CONFIDENCE, classify, has_keyword

MUST, SHOULD, MAY = Priority.MUST, Priority.SHOULD, Priority.MAY


@pytest.mark.parametrize(
    ("text", "priority"),
    [
        ("The parser must keep line numbers.", MUST),
        ("Names mustn't repeat.", MUST),
        ("The report shall list every row.", MUST),
        ("A title is required.", MUST),
        ("Mandatory: a title.", MUST),
        ("It is critical that the total is right.", MUST),
        ("Writing outside the folder is prohibited.", MUST),
        ("The parser should keep line numbers.", SHOULD),
        ("A cache is recommended.", SHOULD),
        ("The list could be sorted.", SHOULD),
        ("The colour is optional.", SHOULD),
        ("Nice to have: a dark theme.", SHOULD),
        ("A short answer is desirable.", SHOULD),
        ("Preferably in under a second.", SHOULD),
        ("A page may show the count.", MAY),
        ("A value may or may not be given.", MAY),
        ("El precio debe ser positivo.", MUST),
        ("Los precios deben ser positivos.", MUST),
        ("El sistema deberá avisar.", MUST),
        ("El título es obligatorio.", MUST),
        ("Es necesario guardar la fecha.", MUST),
        ("Está claro que es prohibido borrar.", MUST),
        ("La lista debería estar ordenada.", SHOULD),
        ("Es recomendable usar una caché.", SHOULD),
        ("Convendría mostrar el total.", SHOULD),
        ("Un tema oscuro es deseable.", SHOULD),
        ("El color es opcional.", SHOULD),
        ("El sistema debera\u0301 avisar.", MUST),  # a combining accent
    ],
)
def test_keywords(text: str, priority: Priority) -> None:
    found = classify(text)

    assert (found.priority, found.is_confident) == (priority, True)
    assert found.reason.startswith("It says ")
    assert has_keyword(text)


@pytest.mark.parametrize(
    ("text", "priority"),
    [
        ("The alteration is critical and decoders MAY reject it.", MAY),
        ("The value SHOULD be short, though it must be unique.", SHOULD),
        ("What may happen MUST be logged.", MUST),
        ("THE TITLE MUST BE UNIQUE", MUST),
        ("**MUST** keep the order, which should be stable.", MUST),
    ],
)
def test_capitals_win_in_their_sentence(text: str, priority: Priority) -> None:
    assert classify(text).priority is priority
    assert classify(text).is_confident


@pytest.mark.parametrize(
    ("text", "priority"),
    [
        ("Optional fields must default to None.", MUST),
        ("Required fields should be marked.", SHOULD),
        ("A recommended value may be shown.", MAY),
        ("All required fields are checked.", MUST),
        ("The title is not required.", SHOULD),
        ("A title is no longer mandatory.", SHOULD),
        ("The answer should be signed when required.", SHOULD),
    ],
)
def test_adjectives_give_way_to_verbs(text: str, priority: Priority) -> None:
    assert classify(text).priority is priority
    assert classify(text).is_confident


@pytest.mark.parametrize(
    "text",
    [
        "The total equals the sum.",
        'The page shows "must" in red.',
        "The page shows “you must log in” in red.",
        "The page shows 'must' in red.",
        "`must` is a word of the grammar.",
        "The items of a must-have list are shown.",
        "The page shows the must haves.",
        "Sorting is a must for lists.",
        "The report of May is kept.",
        "It runs since 3 May.",
        "If the file could not be read, an error is raised.",
        "A thread waits before the critical section.",
        "Se apunta en el debe.",
        "<!-- must --> The total is shown.",
        "",
    ],
)
def test_mentions_and_nouns_are_no_keywords(text: str) -> None:
    assert not has_keyword(text)
    assert classify(text).priority is MUST
    assert classify(text).reason.startswith(LOW_CONFIDENCE)


@pytest.mark.parametrize(
    "text",
    [
        "The value must be short and should be unique.",
        "The tool MUST check it. It may log that.",
        "Users may not delete rows.",
        "El valor debe ser corto, aunque debería ser único.",
    ],
)
def test_a_contradiction_counts_as_must_with_low_confidence(text: str) -> None:
    found = classify(text)

    assert (found.priority, found.is_confident) == (MUST, False)
    assert "two ways" in found.reason


def test_tables_and_nested_lists_do_not_count() -> None:
    assert classify("It should work.\n| must | may |\n|---|---|").priority is SHOULD
