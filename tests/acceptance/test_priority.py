import pytest

from apps.acceptance.core.priority import Rule, judge_priority, priority_of_heading
from apps.masterplans.core.document import Priority

MUST, SHOULD, MAY = Priority.MUST, Priority.SHOULD, Priority.MAY


@pytest.mark.parametrize(
    ("text", "heading", "priority", "rule"),
    [
        ("It MUST work.", "Should have", MUST, Rule.CAPITALS),
        ("It SHOULD NOT wait.", "", SHOULD, Rule.CAPITALS),
        ("It MAY wait.", "Must have", MAY, Rule.CAPITALS),
        ("NO DEBE esperar.", "", MUST, Rule.CAPITALS),
        ("It must work.", "Should have", SHOULD, Rule.HEADING),
        ("It works.", "P2", MAY, Rule.HEADING),
        ("Name: Optional", "", MUST, Rule.FIELD),
        ("Name: text, required, unique", "", MUST, Rule.FIELD),
        ("discount (optional): 0-100", "", MUST, Rule.FIELD),
        ("Name: Optional", "Should have", SHOULD, Rule.HEADING),
        ("It must work.", "Speed", MUST, Rule.WORDS),
        ("Debería funcionar.", "", SHOULD, Rule.WORDS),
        ("The name is optional.", "", MAY, Rule.WORDS),
        ("A second name (optional)", "", MAY, Rule.BRACKET),
        ("It works.", "", MUST, Rule.NOTHING),
        ("", "", MUST, Rule.NOTHING),
    ],
)
def test_the_order_of_the_rules(text: str, heading: str, priority: Priority, rule: Rule) -> None:
    found = judge_priority(text, heading)

    assert (found.priority, found.rule) == (priority, rule)
    assert 0 < found.confidence <= 1
    assert found.reason.endswith(".")
    assert found.is_doubtful is (rule is Rule.NOTHING)


@pytest.mark.parametrize(
    ("text", "priority", "reason"),
    [
        ("It MUST stop and MAY warn.", MUST, "It says “MUST”, which is stronger than “MAY”."),
        ("It MAY warn and SHOULD stop.", SHOULD, "It says “SHOULD”, which is stronger than “MAY”."),
        ("It may warn but must stop.", MUST, "It says “must”, which is stronger than “may”."),
    ],
)
def test_the_strongest_wins(text: str, priority: Priority, reason: str) -> None:
    found = judge_priority(text)

    assert (found.priority, found.reason) == (priority, reason)
    assert found.confidence < judge_priority("It MUST stop.").confidence


@pytest.mark.parametrize(
    "text",
    [
        'It prints "you MUST pay".',
        "It prints `SHOULD`.",
        "It prints “MAY”.",
        "The items of a must-have list are kept.",
        "Mustard, dismay, shallow.",
        "The numbers of May are kept.",
        "| MUST | SHOULD |",
        "All SHOULD requirements are listed.",
        "It works.\n```\nit MUST fail\n```",
        "Should the file be empty, it returns 0.",
    ],
)
def test_a_mention_says_nothing(text: str) -> None:
    assert judge_priority(text).rule is Rule.NOTHING


@pytest.mark.parametrize(
    ("text", "priority"),
    [
        ("函数MUST返回列表", MUST),
        ("**MUST**: stop", MUST),
        ("Users may not see it.", MUST),
        ("It may only hold digits.", MUST),
        ("It need not be unique.", MAY),
        ("The name is not required.", MAY),
        ("No se puede borrar.", MUST),
        ("Solo puede haber uno.", MUST),
        ("Se puede borrar.", MAY),
        ("No es obligatorio.", MAY),
        ("Required fields should have a star.", SHOULD),
        ("El sistema debera\u0301 avisar.", MUST),  # a combining accent
    ],
)
def test_words_and_their_negations(text: str, priority: Priority) -> None:
    assert judge_priority(text).priority is priority


@pytest.mark.parametrize(
    ("heading", "priority"),
    [
        ("Must Have (P0)", MUST),
        ("MUST requirements", MUST),
        ("Launch blockers (P0)", MUST),
        ("P1", SHOULD),
        ("**Should Have**", SHOULD),
        ("Later (P3)", MAY),
        ("Accessibility", None),
        ("", None),
    ],
)
def test_headings(heading: str, priority: Priority | None) -> None:
    assert priority_of_heading(heading) is priority
