"""What a plan's requirements become."""

import ast
from pathlib import Path

import pytest
from django.conf import settings

from apps.acceptance.core.sources import read_source
from apps.acceptance.core.suite import Suite, build_suite

PLAN = """---
title: Words
language: python
package: words
---

# Words

## Requirements

### MUST

- R1: `shout("hello")` returns `"HELLO"`.
- R2: `shout` must raise `TypeError` for `5`.
- R3: `price("1")` returns `Decimal("1.00")`.
- R4: The code must be elegant.

### SHOULD

- R5: `whisper("A")` returns `"a"`.

## Plan

### Phase: One

#### Milestone: One

##### Task: Words (`words/loud.py`)

- `shout(text: str) -> str`: upper case. Covers R1, R2.
- `price(text: str) -> Decimal`: an amount. Covers R3.

##### Task: Quiet (`words/quiet.py`)

- `whisper(text: str) -> str`: lower case. Covers R5.
"""


def suite(seed: int = 1) -> Suite:
    return build_suite(read_source(PLAN), seed=seed)


def test_each_atom_has_a_module_with_its_tests() -> None:
    made = suite()

    assert [(atom.target.path, atom.target.symbol) for atom in made.atoms] == [
        ("words/loud.py", "shout"),
        ("words/loud.py", "price"),
        ("words/quiet.py", "whisper"),
    ]
    assert len({atom.path for atom in made.atoms}) == 3
    for atom in made.atoms:
        names = [
            node.name for node in ast.parse(atom.text).body if isinstance(node, ast.FunctionDef)
        ]
        tests = [name for name in names if name.startswith("test_")]
        assert tests == list(atom.names())
    assert made.atoms[0].names()["test_R1_c1"] == "R1.c1"


def test_a_value_of_the_standard_library_may_be_imported() -> None:
    price = suite().atoms[1]

    assert "from decimal import Decimal" in price.text
    assert price.checks[0].id == "R3.c1"


def test_every_stated_result_has_inputs_that_nobody_stated() -> None:
    made = suite()

    held_out = {check.requirement for check in made.checks if check.is_held_out}
    assert {"R1", "R5"} <= held_out


def test_the_seed_decides_on_the_inputs() -> None:
    first, again, other = suite(1), suite(1), suite(2)

    assert [atom.text for atom in first.atoms] == [atom.text for atom in again.atoms]
    assert [atom.text for atom in first.atoms] != [atom.text for atom in other.atoms]


def test_what_cannot_be_tested_is_counted_apart() -> None:
    made = suite()

    assert made.success == (4, 4)
    vague = made.requirements[3]
    assert not vague.is_testable
    assert vague.questions


def test_a_requirement_about_no_atom_becomes_no_test() -> None:
    made = build_suite(read_source(PLAN.replace('`whisper("A")`', '`hush("A")`')), seed=1)

    assert all(check.requirement != "R5" for check in made.checks)
    assert made.requirements[4].questions


@pytest.mark.parametrize("example", ["textkit", "inventory", "daterange"])
def test_the_examples_become_tests_that_pass_every_static_gate(example: str) -> None:
    text = Path(settings.BASE_DIR, "examples", example, "masterplan.md").read_text("utf-8")

    made = build_suite(read_source(text), seed=3)

    covered, testable = made.success
    assert covered >= testable / 3
    assert made.dropped == ()
