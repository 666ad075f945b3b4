"""One requirement changes, and the parser reads the same plan around it."""

import difflib

import pytest

from apps.acceptance.core.plan_text import NotAmendableError, amended
from apps.masterplans.core.document import RequirementSpec
from apps.masterplans.core.parser import parse

PLAN = """---
title: Words
language: python
package: words
---
# Words

Some context.

## Requirements

### MUST

- `work("a")` returns `"a"`.
- `work` raises TypeError for a
  number that is wrapped.

  | in | out |
  |----|-----|
  | 1  | 2   |
- [ ] **FR-7:** `rest` works.

### SHOULD

- `rest` should be fast.

## Plan

### Phase: A
#### Milestone: B
##### Task: C (`words/core.py`)

- `work(text: str) -> str`: Works.
  Uses `rest`. Covers R1, R2 and FR-7.
- `rest(text: str) -> str`: Rests. Covers R2.
"""
TABLE = """---
title: Words
---
## Requirements

| ID | Requirement | Priority |
|----|-------------|----------|
| R1 | `work` must echo \\| shout. | P0 |
| R2 | `rest` should be fast. | P1 |
"""
PROSE = """---
title: Words
---
# Words

This is about words. The system must
echo them. It should be fast, e.g. in a
second. Nothing else matters.

- It may be funny.
"""
DATA = """---
title: Words
---
## Requirements

```yaml
must:
  - The system must echo words.
  - text: "The system must be fast."
    id: R7
```
"""


def changes(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.split("\n"), after.split("\n"), lineterm="", n=0)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def stated(text: str) -> dict[str, RequirementSpec]:
    document = parse(text).document
    assert document is not None
    return {spec.ref: spec for spec in document.requirements}


@pytest.mark.parametrize(
    ("ref", "proposal", "expected"),
    [
        ("R1", "`work` must echo.", ['-- `work("a")` returns `"a"`.', "+- `work` must echo."]),
        (
            "FR-7",
            "`rest` gives `None`.",
            ["-- [ ] **FR-7:** `rest` works.", "+- [ ] **FR-7:** `rest` gives `None`."],
        ),
        (
            "R4",
            "`rest` should be quick.",
            ["-- `rest` should be fast.", "+- `rest` should be quick."],
        ),
    ],
)
def test_a_bullet_gives_way_to_the_proposal(ref: str, proposal: str, expected: list[str]) -> None:
    after = amended(PLAN, ref, proposal)

    assert changes(PLAN, after) == expected
    assert stated(after)[ref].text == proposal


@pytest.mark.parametrize(
    "proposal",
    ["One line.", "One line.\n\n| in | out |\n|---|---|\n| 1 | 3 |", "One line:\n\n- a\n- b"],
)
def test_a_long_bullet_goes_whole_and_the_lines_below_keep_their_numbers(proposal: str) -> None:
    after = amended(PLAN, "R2", f"  {proposal}\n")

    before = stated(PLAN)
    assert stated(after)["R2"].text == proposal
    assert {ref: spec.line for ref, spec in stated(after).items()} == {
        ref: spec.line for ref, spec in before.items()
    }


def test_a_longer_proposal_moves_what_follows() -> None:
    after = amended(PLAN, "R1", "Three lines:\n\n- a\n- b")

    assert stated(after)["R2"].line == stated(PLAN)["R2"].line + 3
    assert "R1" in stated(after)


def test_what_is_withdrawn_leaves_ids_and_claims_in_order() -> None:
    after = amended(PLAN, "R2", "")

    assert set(stated(after)) == {"R1", "FR-7", "R4"}
    assert "+- R4: `rest` should be fast." in changes(PLAN, after)
    assert "+  Uses `rest`. Covers R1, FR-7." in changes(PLAN, after)
    assert "+- `rest(text: str) -> str`: Rests." in changes(PLAN, after)
    assert not parse(after).has_errors
    assert after.count("\n") == PLAN.count("\n")


def test_one_after_another() -> None:
    text = PLAN
    for ref in ("R1", "FR-7", "R2"):
        text = amended(text, ref, "")

    assert set(stated(text)) == {"R4"}
    with pytest.raises(NotAmendableError, match="R4 is the only requirement"):
        amended(text, "R4", "")


def test_line_ends_and_the_mark_at_the_start_stay() -> None:
    text = "\ufeff" + PLAN.replace("\n", "\r\n")

    after = amended(text, "R1", "`work` must echo.")

    assert after.startswith("\ufeff---\r\n")
    assert after.count("\r\n") == text.count("\r\n") == after.count("\n")


@pytest.mark.parametrize(
    ("proposal", "row"),
    [
        ("`work` must yell | cry.", "| R1 | `work` must yell \\| cry. | P0 |"),
        ("", ""),
    ],
)
def test_a_row_of_a_table(proposal: str, row: str) -> None:
    after = amended(TABLE, "R1", proposal)

    assert row in after
    assert ("R1" in stated(after)) is bool(proposal)
    assert stated(after)["R2"].priority == "should"


@pytest.mark.parametrize("proposal", ["The system must repeat them.", ""])
def test_a_sentence_of_free_text(proposal: str) -> None:
    after = amended(PROSE, "R1", proposal)

    assert "This is about words." in after
    assert "It should be fast, e.g. in a second. Nothing else matters." in after
    assert {spec.ref for spec in stated(after).values()} >= {"R2", "R3"}
    assert "echo" not in after
    assert [spec.text for spec in stated(after).values() if "system" in spec.text] == (
        [proposal] if proposal else []
    )


@pytest.mark.parametrize("ref", ["R1", "R7"])
def test_data(ref: str) -> None:
    after = amended(DATA, ref, "It's `work` that must echo.")

    assert stated(after)[ref].text == "It's `work` that must echo."


@pytest.mark.parametrize(
    ("ref", "proposal", "why"),
    [
        ("R9", "x", "states no requirement R9"),
        ("R2", "- x\n\n## Plan", "would not read R2 as proposed"),
        ("R2", "R5: another one", "without an id"),
        ("R2", "# Plan", "as proposed"),
        ("R2", "```\nnever closed", "as proposed"),
        ("R1", "`rest` should be fast.", "Other requirements than R1"),
        ("R1", "<!-- gone", "as proposed|errors|beside|Other"),
    ],
)
def test_what_would_change_more_is_refused(ref: str, proposal: str, why: str) -> None:
    with pytest.raises(NotAmendableError, match=why):
        amended(PLAN, ref, proposal)


def test_rows_that_get_their_number_from_their_place_are_not_moved() -> None:
    text = TABLE.replace("| ID |", "| X |")

    with pytest.raises(NotAmendableError, match=r"R1 cannot be taken out|Other requirements"):
        amended(text, "R1", "")


def test_a_text_over_the_limits_is_refused() -> None:
    with pytest.raises(NotAmendableError, match="cannot be read"):
        amended("x" * 1_000_001, "R1", "")


def test_a_sentence_goes_with_its_own_id() -> None:
    text = PROSE.replace("The system must", "FR-3: The system must")

    after = amended(text, "FR-3", "")

    assert "This is about words. R2: It should be fast" in after
    assert "FR-3" not in after


def test_an_entry_of_data_goes_whole() -> None:
    after = amended(DATA.replace("R7", "R2"), "R1", "")

    assert set(stated(after)) == {"R2"}


def test_a_text_that_would_grow_over_the_limits_is_refused() -> None:
    text = f"{TABLE}\n## Notes\n\n{'x' * (999_990 - len(TABLE))}\n"
    with pytest.raises(NotAmendableError, match="cannot be read"):
        amended(text, "R2", "`rest` should be fast.")
    text = text.replace("x" * 300, "", 1)

    with pytest.raises(NotAmendableError, match="could not be read any more"):
        amended(text, "R2", "`rest` should be " + "very " * 90 + "fast.")
