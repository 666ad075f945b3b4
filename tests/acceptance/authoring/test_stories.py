"""Checks with a story as text: what stands there, and that it tells right from wrong."""

import ast
from collections.abc import Callable
from dataclasses import replace

import pytest

from apps.acceptance.core.authoring.story_pytest import render_stories_pytest
from apps.acceptance.core.authoring.story_targets import story_targets
from apps.acceptance.core.authoring.story_vitest import render_stories_vitest
from apps.acceptance.core.checks import (
    Absent,
    Check,
    CheckKind,
    Given,
    Literal,
    Made,
    Observation,
    Span,
    Step,
    StepKind,
    Story,
    Target,
    given_value,
)
from apps.acceptance.core.rendering import NotRenderableError
from apps.acceptance.core.script_text import parse_script
from tests.acceptance.authoring.plans import ACCOUNT, BALANCE, DEPOSIT, OVERDRAWN, SCRIPT
from tests.acceptance.running import outcomes

MODULE = "bank.account"
PATH = "tests/a.test.ts"


class Account:
    def __init__(self, name: str) -> None:
        self.name = name
        self.amounts: list[int] = []


def deposit(account: Account, amount: int, note: str = "") -> int:
    if amount < 1:
        raise ValueError(note)
    account.amounts.append(amount)
    return sum(account.amounts)


def balance(account: Account) -> int:
    return sum(account.amounts)


MADE = Given("account", Made(ACCOUNT, ("Ann",)))
HAS = given_value("account")


def amounts(*steps: Step) -> Made:
    return given_value("account", Step(StepKind.ATTRIBUTE, "amounts"), *steps)


def story(expect: Literal = 5, *then: Observation, **fields: object) -> Check:
    """The second deposit on an account, of 2 behind 3."""
    first = Given("", Made(DEPOSIT, (HAS, 3), (("note", "x"),)))
    base = Check("R1.c1", "R1", CheckKind.RETURNS, DEPOSIT, (HAS, 2), expect, "", None, "", Span(0, 1),
                 story=Story((MADE, first), then))  # fmt: skip
    return replace(base, **fields)  # type: ignore[arg-type]  # names of Check's own fields


def run(check: Check, function: Callable[..., object] = deposit) -> str:
    text = render_stories_pytest([check])
    known = {"Account": Account, "deposit": function, "balance": balance}
    (ended,) = outcomes(text, known, MODULE).values()
    return ended


def test_the_text_in_python() -> None:
    check = story(
        5, Observation(amounts(), 2, is_length=True), Observation(Made(BALANCE, (HAS,)), 5)
    )

    assert render_stories_pytest([check]) == (
        "from bank.account import Account, balance, deposit\n\n\n"
        "def test_R1_c1():\n"
        "    given_account = Account('Ann')\n"
        "    deposit(given_account, 3, note='x')\n"
        "    result = deposit(given_account, 2)\n"
        "    assert result == 5\n"
        "    assert len(given_account.amounts) == 2\n"
        "    assert balance(given_account) == 5\n"
    )


@pytest.mark.parametrize(
    "check",
    [
        story(5),
        story(5, Observation(amounts(Step(StepKind.INDEX, index=1)), 2)),
        story(5, Observation(amounts(Step(StepKind.METHOD, "count", args=(3,))), 1)),
        story(5, Observation(given_value("result"), 5)),
        story(5.0),
        story(5, Observation(Made(BALANCE, (HAS,)), 5)),
        story(None, kind=CheckKind.RAISES, raises="ValueError", args=(HAS, 0)),
        story(None, kind=CheckKind.RAISES, raises="Exception", args=(HAS, 0)),
        story(1, args=(HAS, 1), story=Story((MADE,))),
    ],
)
def test_right_code_passes_and_code_that_does_nothing_fails(check: Check) -> None:
    assert run(check) == "passed"
    assert run(check, lambda account, amount, note="": None) != "passed"


@pytest.mark.parametrize(
    ("check", "line"),
    [
        (story("b", property="contains"), "assert 'b' in result"),
        (story("b", property="starts_with"), "assert result.startswith('b')"),
        (story("b", property="ends_with"), "assert result.endswith('b')"),
        (story(False), "assert result is False"),
        (story(None), "assert result is None"),
        (story(Absent.UNDEFINED), "assert result is None"),
        (story(0.5), "assert result == pytest.approx(0.5, rel=1e-09, abs=1e-12)"),
        (story(1), "seen = result\n    assert seen == 1\n    assert not isinstance(seen, bool)"),
        (story((1, [2])), "assert result == (1, [2])"),
        (
            story(None, kind=CheckKind.RAISES, raises="Overdrawn", partner=OVERDRAWN),
            "with pytest.raises(Overdrawn):\n        deposit(given_account, 2)",
        ),
        (
            story(None, kind=CheckKind.RAISES, raises="RuntimeError"),
            "assert not isinstance(caught.value, NotImplementedError)",
        ),
        (
            story(5, target=replace(DEPOSIT, is_async=True)),
            "result = asyncio.run(deposit(given_account, 2))",
        ),
        (
            story(Made(Target("Decimal", is_class=True), ("1.5",))),
            "assert result == Decimal('1.5')",
        ),
    ],
)
def test_lines_in_python(check: Check, line: str) -> None:
    text = render_stories_pytest([check])

    ast.parse(text)
    assert line in text


def test_an_atom_may_have_the_name_of_something_else() -> None:
    result = Target("result", "bank/result.py", ("account",), ("Account",), 1)
    text = render_stories_pytest([story(5, target=result)])

    assert "from bank.result import result as result_2" in text
    assert "result = result_2(given_account, 2)" in text


JS_ACCOUNT, JS_DEPOSIT, JS_RATE = SCRIPT


def script_story(expect: Literal = 5, *then: Observation, **fields: object) -> Check:
    made = Given("account", Made(JS_ACCOUNT, ("Ann",), is_new=True))
    first = Given("", Made(JS_DEPOSIT, (HAS, 3)))
    return story(expect, **({"target": JS_DEPOSIT, "story": Story((made, first), then)} | fields))


def test_the_text_in_typescript() -> None:
    rate = Made(JS_RATE, (Made(Target("Date", is_class=True), ("2025-03-01",), is_new=True),))
    check = script_story(
        5,
        Observation(amounts(), 2, is_length=True),
        Observation(rate, 1.5),
        Observation(amounts(Step(StepKind.METHOD, "at", args=(0,))), [3]),
    )

    text = render_stories_vitest([check], test_path=PATH)

    assert text == (
        'import { expect, test } from "vitest";\n'
        'import { Account, deposit } from "../src/account";\n'
        'import { fetchRate } from "../src/rate";\n\n'
        'test("test_R1_c1", async () => {\n'
        '  const given_account = new Account("Ann");\n'
        "  deposit(given_account, 3);\n"
        "  const result = deposit(given_account, 2);\n"
        "  expect(result).toBe(5);\n"
        "  expect(given_account.amounts.length).toBe(2);\n"
        '  expect((await fetchRate(new Date("2025-03-01")))).toBeCloseTo(1.5, 9);\n'
        "  expect(given_account.amounts.at(0)).toEqual([3]);\n"
        "});\n"
    )
    assert parse_script(text) is not None


@pytest.mark.parametrize(
    ("check", "line"),
    [
        (script_story("b", property="contains"), 'expect(result).toContain("b");'),
        (script_story("b", property="starts_with"), 'expect(result.startsWith("b")).toBe(true);'),
        (script_story("b", property="ends_with"), 'expect(result.endsWith("b")).toBe(true);'),
        (script_story(Absent.UNDEFINED), "expect(result).toBe(undefined);"),
        (script_story(None), "expect(result).toBe(null);"),
        (
            script_story(None, kind=CheckKind.RAISES, raises="RangeError"),
            "expect(() => deposit(given_account, 2)).toThrow(RangeError);",
        ),
        (
            script_story(None, kind=CheckKind.RAISES, raises="Error"),
            ".not.toThrow(/not implemented/i)",
        ),
        (
            script_story(
                None, kind=CheckKind.RAISES, raises="Gone", partner=Target("Gone", "src/e.ts")
            ),
            ".toThrow(Gone);",
        ),
        (
            script_story(
                None, kind=CheckKind.RAISES, raises="RangeError", target=JS_RATE, args=(1,)
            ),
            "await expect(async () => (await fetchRate(1))).rejects.toThrow(RangeError);",
        ),
        (script_story(2, steps=(Step(StepKind.INDEX, index="size"),)), 'result["size"]'),
    ],
)
def test_lines_in_typescript(check: Check, line: str) -> None:
    text = render_stories_vitest([check], test_path=PATH)

    assert parse_script(text) is not None
    assert line in text


@pytest.mark.parametrize(
    ("check", "said"),
    [
        (story(5, args=(given_value("other"), 2)), "'other' is neither an atom nor given before"),
        (story(5, args=(given_value("result"), 2)), "neither an atom nor given before"),
        (story(5, target=Target("deposit")), "neither an atom nor given before"),
        (story(5, kind=CheckKind.SORTED), "a story has a result or an error, not 'sorted'"),
        (story(None, kind=CheckKind.RAISES, raises="Oops"), "no error 'Oops'"),
    ],
)
def test_what_cannot_be_written(check: Check, said: str) -> None:
    with pytest.raises(NotRenderableError, match=said):
        render_stories_pytest([check])
    script = Target(check.target.symbol, check.target.path.replace(".py", ".ts"))
    given = Story((Given("account", [1]),))
    with pytest.raises(NotRenderableError, match=said):
        render_stories_vitest([replace(check, target=script, story=given)], test_path=PATH)


def test_javascript_has_no_named_arguments() -> None:
    with pytest.raises(NotRenderableError, match="no named arguments"):
        render_stories_vitest([script_story(named=(("note", "x"),))], test_path=PATH)


def test_what_a_story_calls() -> None:
    check = story(5, Observation(Made(BALANCE, (HAS,)), 5))

    called = [target.symbol for target in story_targets(check) if target.path]
    assert called == ["Account", "deposit", "balance"]
    assert list(story_targets(replace(check, story=None))) == []
