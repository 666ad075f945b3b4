import ast

import pytest

from apps.acceptance.core.checks import Target
from apps.acceptance.core.mutants import MAX_MUTANTS, Operator, python_mutants
from apps.acceptance.core.quality import (
    Stub,
    inspect_pytest,
    inspect_script,
    python_stub,
    script_stub,
)
from apps.acceptance.core.rendering import NotRenderableError
from apps.acceptance.core.script_mutants import script_mutants
from apps.acceptance.core.script_text import parse_script
from tests.acceptance.targets import OUT_OF_STOCK, SLUGIFY, SORT, TRIM

HEAD = "import pytest\nfrom textkit.slug import slugify\n"


def defects(body: str) -> list[str]:
    lines = "\n".join(f"    {line}" for line in body.split("\n"))
    return [
        found.defect.value
        for found in inspect_pytest(f"{HEAD}def test_a():\n{lines}\n", modules=["textkit"])
    ]


@pytest.mark.parametrize(
    "body",
    [
        'assert slugify("A") == "a"',
        "with pytest.raises(TypeError):\n    slugify(None)",
        'for text in ["a", "b"]:\n    assert slugify(text) == text',
        'if slugify("a"):\n    assert slugify("b") == "b"',
        "found = slugify('a')\nassert found",
        "try:\n    found = slugify('a')\nexcept ValueError:\n    found = ''\nassert found == 'a'",
    ],
)
def test_a_test_that_means_something(body: str) -> None:
    assert defects(body) == []


@pytest.mark.parametrize(
    "body",
    [
        "pass",
        "slugify('a')",
        "assert True",
        "assert 1",
        "assert 1 == 1",
        "assert 'text'",
        "x = slugify('a')\nassert x == x",
        "x = slugify('a')\nassert x is x or x",
        "assert len(slugify('a')) >= 0",
        "assert (slugify('a') == 'b', 'message')",
        "return\nassert slugify('a') == 'a'",
        "raise SystemError\nassert slugify('a') == 'a'",
        "if False:\n    assert slugify('a') == 'a'",
        "if 0:\n    assert slugify('a') == 'a'",
        "while False:\n    assert slugify('a') == 'a'",
        "for x in []:\n    assert slugify('a') == 'a'",
        "if not True:\n    assert slugify('a') == 'a'",
        "def inner():\n    assert slugify('a') == 'a'",
        "with pytest.raises(TypeError):\n    pass",
        "assert isinstance(1, int)",
    ],
)
def test_a_test_without_a_real_assertion(body: str) -> None:
    assert "no-assertion" in defects(body)


@pytest.mark.parametrize(
    ("body", "defect"),
    [
        ("pytest.skip('later')\nassert slugify('a') == 'a'", "skipped"),
        ("pytest.xfail()\nassert slugify('a') == 'a'", "skipped"),
        ("try:\n    assert slugify('a') == 'a'\nexcept AssertionError:\n    pass", "guarded"),
        (
            "import contextlib\nwith contextlib.suppress(Exception):\n    assert slugify('a') == 'a'",
            "guarded",
        ),
        ("import os\nassert slugify('a') == 'a'", "foreign-import"),
        ("assert __import__('os') == slugify('a')", "foreign-import"),
        ("assert eval('1') == slugify('a')", "foreign-import"),
    ],
)
def test_other_defects(body: str, defect: str) -> None:
    assert defect in defects(body)


def test_a_decorator_that_skips() -> None:
    text = f"{HEAD}@pytest.mark.skipif(True, reason='x')\ndef test_a():\n    assert slugify('a') == 'a'\n"

    assert [found.defect.value for found in inspect_pytest(text, modules=["textkit"])] == [
        "skipped"
    ]


@pytest.mark.parametrize(("text", "defect"), [("def test(:", "unreadable"), ("x = 1", "no-test")])
def test_no_test_at_all(text: str, defect: str) -> None:
    assert [found.defect.value for found in inspect_pytest(text, modules=[])] == [defect]


SCRIPT = 'import { expect, test } from "vitest";\nimport { trim } from "../src/text";\n'


def script_defects(body: str, call: str = "test") -> list[str]:
    text = f'{SCRIPT}{call}("a", () => {{\n{body}\n}});\n'
    return [found.defect.value for found in inspect_script(text, modules=["../src/text"])]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('expect(trim(" a")).toBe("a");', []),
        ("expect(() => trim(null)).toThrow(TypeError);", []),
        ("", ["no-assertion"]),
        ("trim(1);", ["no-assertion"]),
        ("expect(true).toBe(true);", ["no-assertion"]),
        ("const x = trim(1); expect(x).toBe(x);", ["no-assertion"]),
        ("return; expect(trim(1)).toBe(2);", ["no-assertion"]),
        ("if (false) { expect(trim(1)).toBe(2); }", ["no-assertion"]),
        ("try { expect(trim(1)).toBe(2); } catch {}", ["guarded"]),
        ('const fs = require("fs"); expect(trim(fs)).toBe(2);', ["foreign-import"]),
        ("expect(trim(eval('1'))).toBe(2);", ["foreign-import"]),
    ],
)
def test_scripts(body: str, expected: list[str]) -> None:
    assert script_defects(body) == expected


def test_a_script_that_skips() -> None:
    assert "skipped" in script_defects('expect(trim(" a")).toBe("a");', "test.skip")
    assert [found.defect.value for found in inspect_script("test((", modules=[])] == ["unreadable"]


# --- stubs --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "stub", "line"),
    [
        (SLUGIFY, Stub.NOT_IMPLEMENTED, "raise NotImplementedError"),
        (SLUGIFY, Stub.NONE, "return None"),
        (SLUGIFY, Stub.ZERO, 'return ""'),
        (SORT, Stub.ZERO, "return []"),
        (SLUGIFY, Stub.ECHO, "return next(iter((*args, *named.values())), None)"),
        (OUT_OF_STOCK, Stub.NONE, "class OutOfStock(Exception):"),
    ],
)
def test_python_stubs(target: Target, stub: Stub, line: str) -> None:
    text = python_stub(target, stub)

    assert line in text
    assert isinstance(ast.parse(text).body[0], ast.FunctionDef | ast.ClassDef)


@pytest.mark.parametrize("stub", list(Stub))
@pytest.mark.parametrize("target", [TRIM, SORT, Target("A", "src/a.ts", is_class=True)])
def test_script_stubs(target: Target, stub: Stub) -> None:
    text = script_stub(target, stub)

    assert text.startswith("export ")
    assert parse_script(text) is not None


def test_a_stub_needs_a_name() -> None:
    with pytest.raises(NotRenderableError):
        python_stub(Target("a b"), Stub.NONE)


# --- mutants ------------------------------------------------------------------------------------

CODE = '''
def grade(points: int, names: list[str]) -> str:
    """Say how it went."""
    total = 0
    if points < 0 and names:
        raise ValueError("negative")
    for name in names:
        total += len(name.strip())
        log(name)
    if not names:
        return "none"
    flag = not points
    log(False)
    return "good" if points >= 5 or flag else names[0][1:total - 1]
'''


def test_every_operator_makes_mutants() -> None:
    found = python_mutants(CODE, limit=1_000)

    assert {mutant.operator for mutant in found} == set(Operator)
    assert len(Operator) >= 12


def test_mutants_are_bounded_distinct_and_the_same_each_time() -> None:
    code = CODE + CODE.replace("grade", "mark")
    found = python_mutants(code)

    assert found == python_mutants(code)
    assert len(found) == len({mutant.code for mutant in found}) == MAX_MUTANTS
    assert len(python_mutants(CODE, limit=7)) == 7


def test_mutants_parse_and_differ() -> None:
    original = ast.unparse(ast.parse(CODE))
    for mutant in python_mutants(CODE, limit=1_000):
        assert ast.unparse(ast.parse(mutant.code)) != original
        assert '"""Say how it went."""' in mutant.code
        assert "points: int, names: list[str]" in mutant.code


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("def f(a):\n    return a < 3", "return a <= 3"),
        ("def f(a):\n    return a + 1", "return a - 1"),
        ("def f(a):\n    return a.strip()", "return a\n"),
        ("def f(a):\n    return a and 2", "return a or 2"),
        ("def f(a):\n    return a == ''", "return a != ''"),
    ],
)
def test_single_changes(code: str, expected: str) -> None:
    assert any(expected in f"{mutant.code}\n" for mutant in python_mutants(code))


def test_unreadable_code_has_no_mutants() -> None:
    assert python_mutants("def (") == ()
    assert python_mutants("") == ()


SCRIPT_CODE = """
export function grade(points: number, names: string[]): string {
  let total = 0;
  if (points < 0 && names.length > 0) {
    throw new RangeError("negative");
  }
  for (const name of names) {
    total += name.trim().length;
  }
  const open = !points;
  return points >= 5 || open === true ? "good" : names[total - 1];
}
"""


def test_script_mutants() -> None:
    found = script_mutants(SCRIPT_CODE, limit=1_000)

    assert {mutant.operator for mutant in found} == set(Operator) - {
        Operator.SLICE_SHIFTED, Operator.LOOP_CUT, Operator.STATEMENT_DROPPED
    }  # fmt: skip
    assert all(parse_script(mutant.code) is not None for mutant in found)
    assert len({mutant.code for mutant in found} | {SCRIPT_CODE}) == len(found) + 1
    assert found == script_mutants(SCRIPT_CODE, limit=1_000)
    assert script_mutants("function (") == ()
