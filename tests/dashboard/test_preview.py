from decimal import Decimal

from apps.dashboard.core.preview import preview
from apps.execution.core.intake import read

TEXT = """---
title: Slugs
language: python
package: slugs
budget_usd: 5
---

# Slugs

## Requirements

### MUST

- R1: `slugify("A")` returns `"a"`.
- R2: nothing must be lost.

## Plan

### Phase: Core

#### Milestone: First

##### Task: Slugs (`slugs/core.py`)

- `strip(text: str) -> str`: trim.
- `slugify(text: str) -> str`: a slug. Uses `strip`.
"""


def test_a_good_text_is_summed_up() -> None:
    shown = preview(TEXT, read(TEXT))

    plan = shown.understood
    assert (plan.title, plan.language, plan.budget_usd) == ("Slugs", "Python", Decimal(5))
    assert [(part.priority, part.covered, part.total) for part in plan.coverage] == [("must", 1, 2)]
    assert (plan.phases, plan.milestones, plan.tasks, plan.atoms) == (1, 1, 1, 2)
    assert (plan.waves, plan.wave_count) == ((1, 1), 2)
    assert plan.critical_path == ("strip", "slugify")
    assert [row.level for row in plan.outline] == ["phase", "milestone", "task", "atom", "atom"]
    assert shown.can_start


def test_errors_stand_beside_their_lines_and_forbid_a_start() -> None:
    text = TEXT.replace("- R2:", "- R1:")

    shown = preview(text, read(text))

    assert shown.has_errors
    assert not shown.can_start
    assert [entry.line for entry in shown.listing.problems if entry.severity == "error"] == [15]


def test_a_long_outline_is_cut() -> None:
    atoms = "".join(f"- `f{n}() -> int`: return {n}.\n" for n in range(400))
    text = TEXT + atoms

    plan = preview(text, read(text)).understood

    assert (len(plan.outline), plan.hidden_rows) == (150, 255)


def test_a_plan_without_atoms_cannot_start() -> None:
    text = TEXT.split("## Plan", maxsplit=1)[0]

    assert not preview(text, read(text)).can_start
