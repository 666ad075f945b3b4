import pytest

from apps.masterplans.core.document import Priority
from apps.masterplans.core.requirements import is_unclear
from tests.masterplans.plans import HEAD, problems, read

MUST, SHOULD, MAY = Priority.MUST, Priority.SHOULD, Priority.MAY


def texts(body: str) -> list[str]:
    return [each.text for each in read(HEAD + body).requirements]


def refs(body: str) -> list[str]:
    return [each.ref for each in read(HEAD + body).requirements]


def priorities(body: str) -> list[Priority]:
    return [each.priority for each in read(HEAD + body).requirements]


@pytest.mark.parametrize("marker", ["-", "*", "+", "1.", "7)", "-  ", "  -", "- [ ]", "- [x]"])
def test_every_kind_of_bullet(marker: str) -> None:
    assert texts(f"## Requirements\n{marker} R1: it must\n") == ["it must"]


@pytest.mark.parametrize(
    "heading",
    [
        "### MUST",
        "### must",
        "### MUST (critical)",
        "### Must have (P0)",
        "### Must-have",
        "#### Must:",
        "### **MUST**",
        "### Must – the core",
        "### Obligatorio",
        "### Required",
        "MUST\n---",
    ],
)
def test_headings_that_mean_must(heading: str) -> None:
    assert priorities(f"## Requirements\n{heading}\n- it may be") == [MUST]


@pytest.mark.parametrize(
    ("heading", "priority"),
    [
        ("### Should have (P1)", SHOULD),
        ("### Could have", SHOULD),
        ("### Nice to have", SHOULD),
        ("### Deseable", SHOULD),
        ("### MAY", MAY),
        ("### Must-see places", SHOULD),  # a topic, so the words of the bullet decide
        ("### Mayor cities", SHOULD),
    ],
)
def test_other_headings(heading: str, priority: Priority) -> None:
    assert priorities(f"## Requirements\n{heading}\n- it should be") == [priority]


def test_priority_sections_may_stand_on_the_second_level() -> None:
    assert priorities("## Must have\n- a\n## Should have\n- b\n## Requirements\n- it may") == [
        MUST,
        SHOULD,
        MAY,
    ]


def test_topics_below_a_priority_keep_it() -> None:
    body = "## Requisitos\n### SHOULD\n#### Login\n- a\n#### Logout\n- b\n### Topic\n- it must"

    assert priorities(body) == [SHOULD, SHOULD, MUST]


def test_the_section_wins_over_the_words() -> None:
    requirement = read(f"{HEAD}## Requirements\n### SHOULD\n- it MUST work").requirements[0]

    assert (requirement.priority, requirement.reason) == (SHOULD, "It stands under SHOULD.")
    assert not is_unclear(requirement)


def test_a_bare_list_is_classified_by_its_words() -> None:
    found = read(f"{HEAD}## Requirements\n- it should work\n- it works").requirements

    assert [each.priority for each in found] == [SHOULD, MUST]
    assert [is_unclear(each) for each in found] == [False, True]


@pytest.mark.parametrize(
    ("bullets", "expected"),
    [
        (["R1: a", "R2: b", "c"], ["R1", "R2", "R3"]),
        (["a", "b", "R1: c"], ["R2", "R3", "R1"]),
        (["a", "R7: b", "c"], ["R1", "R7", "R3"]),
        (["R1: a", "R1: b"], ["R1", "R2"]),
        (["R2: a", "R2: b", "c"], ["R2", "R3", "R4"]),
        (["**R4**: a", "**REQ-2:** b", "__fr1__: c", "__NFR-9:__ d", "r5: e"],
         ["R4", "REQ-2", "FR1", "NFR-9", "R5"]),
        (["UTF-8: read as is", "R1 a"], ["R1", "R2"]),
    ],
)  # fmt: skip
def test_own_ids_and_numbers(bullets: list[str], expected: list[str]) -> None:
    lines = "\n".join(f"- {bullet}" for bullet in bullets)

    assert refs(f"## Requirements\n### MUST\n{lines}") == expected


def test_wrapped_bullets_are_one_line() -> None:
    assert texts("## Requirements\n- R1: it\n  must\nwork\n") == ["it must work"]


def test_what_belongs_to_a_bullet_stays_with_it() -> None:
    body = """## Requirements
1.  R1: a table must be kept
    | a | b |
    |---|---|
    | 1 | 2 |
2.  R2: code must be kept

    ```python
    def f():
        ...
    ```

3.  R3: a list must be kept
    - one
\t- two
"""

    assert texts(body) == [
        "a table must be kept\n| a | b |\n|---|---|\n| 1 | 2 |",
        "code must be kept\n\n```python\ndef f():\n    ...\n```",
        "a list must be kept\n- one\n- two",
    ]


def test_a_table_without_indentation_belongs_to_the_bullet_before_it() -> None:
    table = "| a | b |\n|---|---|\n| 1 | 2 |"

    assert texts(f"## Requirements\n- it must\n{table}") == [f"it must\n{table}"]
    assert texts(f"## Requirements\n- it must\n\n{table}") == [f"it must\n\n{table}"]
    assert "text-ignored" in problems(
        f"{HEAD}## Requirements\n- a must\n\n### MUST\n{table}\n\n- b"
    )


def test_sentences_between_the_bullets_count_when_they_bind() -> None:
    body = "## Requirements\nIt must work. It is blue. It should\nbe fast, e.g. in 0.5 s!\n\n***\n"

    assert texts(body) == ["It must work.", "It should be fast, e.g. in 0.5 s!"]


def test_free_text_without_any_heading() -> None:
    body = """The toolkit is small. R4: it must not fail. "It must" is a quote.

- The list should be sorted.
- A remark.

The list should be sorted.

## Notes

Users may log in (`must.x`) twice. ok
"""
    found = read(HEAD + body).requirements

    assert [(each.ref, each.text, each.priority) for each in found] == [
        ("R4", "it must not fail.", MUST),
        ("R2", "The list should be sorted.", SHOULD),
        ("R3", "Users may log in (`must.x`) twice.", MAY),
    ]
    assert read(HEAD + body).context == body.strip()


@pytest.mark.parametrize(
    ("heading", "priority"),
    [
        ("### P0", MUST),
        ("### P1 (launch)", SHOULD),
        ("### P2", MAY),
        ("### MUST requirements", MUST),
        ("### Should-have features", SHOULD),
        ("### May items", MAY),
    ],
)
def test_headings_by_level_and_by_group(heading: str, priority: Priority) -> None:
    assert priorities(f"## Requirements\n{heading}\n- it must") == [priority]


def test_a_table_of_priorities_holds_requirements() -> None:
    body = """## Requirements

### SHOULD

| ID | Requirement | **Priority** |
|:---|-------------|--------------|
| FR-7 | `a \\| b` returns 2 | Must |
| x | it waits | P2 |
| | it is sorted | soon |
| R9 | | Must |
"""
    found = read(HEAD + body).requirements

    assert [(each.ref, each.text, each.priority) for each in found] == [
        ("FR-7", "`a | b` returns 2", MUST),
        ("R2", "it waits", MAY),
        ("R3", "it is sorted", SHOULD),
    ]
    assert [each.line - found[0].line for each in found] == [0, 1, 2]


def test_a_fence_of_yaml_holds_requirements() -> None:
    body = """## Requirements

```yaml
requirements:
  - {id: FR-3, text: it works, priority: should}
  - it must stop
must_have:
  - it
    waits
```
"""
    found = read(HEAD + body).requirements

    assert [(each.ref, each.text, each.priority) for each in found] == [
        ("FR-3", "it works", SHOULD),
        ("R2", "it must stop", MUST),
        ("R3", "it waits", MUST),
    ]


@pytest.mark.parametrize("inside", ["a: [", "must: [&a x, *a]", "- [x]", "- {id: R1}", "text", ""])
def test_a_fence_without_requirements_is_ignored_with_a_reason(inside: str) -> None:
    body = f"## Requirements\n- it must\n\n```yaml\n{inside}\n```\n"

    assert texts(body) == ["it must"]
    assert "text-ignored" in problems(HEAD + body)


def test_other_fences_stay_unread() -> None:
    assert texts("## Requirements\n- it must\n\n```python\nmust = ['x']\n```\n") == ["it must"]


def test_a_story_is_one_requirement() -> None:
    story = "Given an empty list\nWhen `add` is called\nThen it holds one entry"

    assert texts(f"## Requirements\n{story}\n") == [story.replace("\n", " ")]
    assert texts(f"{story}\n\nMore text.\n\n- Dado x, cuando y, entonces z\n- note\n") == [
        story.replace("\n", " "),
        "Dado x, cuando y, entonces z",
    ]


def test_free_text_keeps_the_priority_of_its_headings() -> None:
    body = """Intro.

## Acceptance criteria

### Must have (P0)

- the health page answers

### Should have (P1)

- the page shows the total

| Feature | Priority |
|---|---|
| Export | P2 |

## Notes

- a note
"""
    found = read(HEAD + body).requirements

    assert [(each.text, each.priority) for each in found] == [
        ("the health page answers", MUST),
        ("the page shows the total", SHOULD),
        ("Export", MAY),
    ]
