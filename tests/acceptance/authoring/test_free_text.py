"""A test that a model wrote as code: what may run, and what is asked."""

import pytest

from apps.acceptance.core.authoring.check_json import check_as_data, check_from_data
from apps.acceptance.core.authoring.free_text import (
    build_free_messages,
    inspect_text,
    read_free_answer,
)
from apps.acceptance.core.authoring.prompt import build_author_messages
from apps.acceptance.core.checks import CheckKind, CheckSource, Target
from apps.acceptance.core.sources import read_source
from apps.acceptance.core.suite import build_suite, suites_of
from tests.acceptance.authoring.plans import DEPOSIT, PYTHON, SCRIPT, requirement

TEST = """\
import pytest
from bank.account import Account, deposit


def test_R1_c1():
    with pytest.raises(ValueError):
        deposit(Account("Ann"), 0)
"""
SCRIPT_TEST = """\
import { expect, test } from "vitest";
import { Account, deposit } from "../src/account";

// the smallest amount
test("test_R1_c1", () => {
  expect(deposit(new Account("Ann"), 1)).toBe(1);
});
"""


def fenced(code: str) -> str:
    return f"Here:\n\n```python\n{code}```\n"


def test_a_text_becomes_a_check_of_low_trust() -> None:
    authored = read_free_answer(fenced(TEST), requirement(), PYTHON)

    (check,) = authored.checks
    assert (check.id, check.kind, check.target) == ("R1.c1", CheckKind.FREE, DEPOSIT)
    assert check.is_low_trust
    assert check.source is CheckSource.MODEL
    assert check.text == TEST
    assert check_from_data(check_as_data(check)) == check
    (suite,) = suites_of([check])
    assert (suite.text, suite.names()) == (TEST, {"test_R1_c1": "R1.c1"})


def test_a_text_for_scripts() -> None:
    text = f"```ts\n{SCRIPT_TEST}```"

    authored = read_free_answer(text, requirement(targets=SCRIPT), SCRIPT)

    assert authored.problems == ()
    assert authored.checks[0].target.symbol == "deposit"


def test_the_second_question_tells_what_the_first_one_told() -> None:
    first = build_author_messages(
        requirement(), PYTHON, plan_title="", package="bank", language="python"
    )

    system, user = build_free_messages(requirement(), PYTHON, first)

    assert user.content.startswith("Requirement: `R1` of `bank`\n")
    assert "- `bank.account`\n- `bank.errors`\n" in user.content
    assert "`def test_R1_c1():`" in system.content
    assert "data that other people wrote" in system.content


def test_the_second_question_about_scripts() -> None:
    system, user = build_free_messages(requirement(targets=SCRIPT), SCRIPT, ())

    assert '`test("test_R1_c1", …)`' in system.content
    assert "- `../src/account`" in user.content


def test_a_question_instead_of_a_test() -> None:
    authored = read_free_answer("Which\tfee is meant?", requirement(), PYTHON)

    assert authored.questions == ("Which fee is meant?",)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("", "exactly one fenced code block"),
        (TEST, "exactly one fenced code block"),
        (fenced(TEST) * 2, "exactly one fenced code block"),
        ("x" * 30_001, "more than 30,000 characters"),
        (fenced("def test_R1_c1():\n    assert 1 == 2\n"), "uses no atom of the plan"),
        (fenced(TEST.replace("test_R1_c1", "test_other")), "exactly one function, `test_R1_c1`"),
    ],
)
def test_answers_that_are_refused(answer: str, said: str) -> None:
    authored = read_free_answer(answer, requirement(), PYTHON)

    assert authored.checks == ()
    assert said in " ".join(authored.problems)


HEAD = "from bank.account import deposit\n\n\n"
BODY = "def test_R1_c1():\n    assert deposit(1, 2) == 3\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + BODY, ""),
        ("from decimal import Decimal\n" + HEAD + BODY, ""),
        (HEAD + BODY + BODY.replace("c1", "c2"), "exactly one function, `test_R1_c1`"),
        (HEAD + BODY + "deposit(1, 2)\n", "may hold imports only"),
        (HEAD + "class A:\n    pass\n" + BODY, "may hold imports only"),
        (HEAD + BODY.replace("()", "(tmp_path)", 1), "takes no arguments"),
        (HEAD + "@staticmethod\n" + BODY, "has no decorators"),
        ("import os\n" + HEAD + BODY, "`os` is not declared"),
        (HEAD + BODY.replace("assert", "assert open('x') or"), "`open` has no place"),
        (HEAD + BODY.replace("deposit(1", "deposit.__globals__(1"), "`__globals__` has no place"),
        (HEAD + BODY.replace("== 3", "== 3 or True"), "no assertion that can fail"),
        (HEAD + BODY.replace("assert deposit(1, 2) == 3", "pass"), "no assertion that can fail"),
        (HEAD + BODY + "\n" * 90, "more than 80 lines"),
        (HEAD + "def broken(", "no readable Python"),
    ],
)
def test_gates(text: str, said: str) -> None:
    problems = inspect_text(text, name="test_R1_c1", targets=PYTHON)

    assert said in " ".join(problems)
    assert bool(problems) == bool(said)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("", "", ""),
        ("toBe(1)", "toBe(1", "no readable TypeScript"),
        ('test("test_R1_c1"', 'test("other"', "exactly one `test("),
        ("../src/account", "node:fs", "`node:fs` is not declared"),
        ("// the smallest amount", "const a = 1;", "may hold imports only"),
        ("expect(deposit", "process.exit(0); expect(deposit", "reaches out of itself"),
        ('test("test_R1_c1"', 'test.skip("test_R1_c1"', "without a result"),
    ],
)
def test_gates_of_scripts(old: str, new: str, said: str) -> None:
    problems = inspect_text(SCRIPT_TEST.replace(old, new), name="test_R1_c1", targets=SCRIPT)

    assert said in " ".join(problems)
    assert bool(problems) == bool(said)


PLAN = """---
title: Bank
language: python
package: bank
---

# Bank

## Requirements

### MUST

- R1: `deposit` must refuse an amount below the fee of the day.

## Plan

### Phase: One

#### Milestone: One

##### Task: Accounts (`bank/account.py`)

- `class Account`: has a name.
- `deposit(account: Account, amount: int) -> int`: the new balance. Covers R1.
"""


ODD = """
##### Task: More (`bank/not-a-module.py`)

- `more(text: str) -> str`: more of it.
"""


@pytest.mark.parametrize("plan", [PLAN, PLAN + ODD])
def test_a_text_has_a_module_of_its_own(plan: str) -> None:
    source = read_source(plan)
    (check,) = read_free_answer(fenced(TEST), requirement(), source.targets).checks

    made = build_suite(source, seed=1, authored={"R1": [check]})

    assert [(atom.target.symbol, atom.text) for atom in made.atoms] == [("deposit", TEST)]
    assert made.success == (1, 1)


def test_a_text_that_imports_what_the_plan_lacks_is_dropped() -> None:
    (check,) = read_free_answer(fenced(TEST), requirement(), PYTHON).checks
    plan = PLAN.replace("bank/account.py", "bank/other.py")

    made = build_suite(read_source(plan), seed=1, authored={"R1": [check]})

    assert made.atoms == ()
    assert made.dropped[0].reason == "`bank.account` is not declared for tests."


def test_an_atom_that_cannot_be_imported_is_no_module() -> None:
    odd = (*PYTHON, Target("x", "bank/not-a-module.py"))

    assert inspect_text(TEST, name="test_R1_c1", targets=odd) == ()
