import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.acceptance.core.checks import Absent, Check, CheckKind, Literal, Span, Target
from apps.acceptance.core.held_out import held_out_checks, with_examples
from apps.acceptance.core.literals import read_literal
from apps.acceptance.core.quality import inspect_script
from apps.acceptance.core.reading import read_checks
from apps.acceptance.core.render_vitest import Runner, render_vitest, script_literal
from apps.acceptance.core.rendering import NotRenderableError
from apps.acceptance.core.script_text import parse_script, text_of, walk
from tests.acceptance.targets import DAY, TRIM, read
from tests.acceptance.test_literals import plain

CLAMP = Target("clamp", "src/clamp.ts", ("n",), ("number",), 1, "number", covers=("R1",))
SORT = Target("ordered", "src/order.js", ("rows",), ("number[]",), 1, "number[]", covers=("R1",))
LOAD = Target(
    "load", "src/load.ts", ("name",), ("string",), 1, "Promise<string>", ("R1",), is_async=True
)
UNTRIM = Target("untrim", "src/text.ts", ("text",), ("string",), 1, "string")
SENTENCES = [
    ('`trim(" a ")` returns `"a"`.', TRIM),
    ("`trim(null)` throws `TypeError`.", TRIM),
    ("`trim(null)` throws an `Error`.", TRIM),
    ("`trim` rejects texts longer than 80 characters with RangeError.", TRIM),
    ("`trim` is idempotent.", TRIM),
    ("`trim` must never throw.", TRIM),
    ("`trim` returns a string.", TRIM),
    ("`trim` returns at most 60 characters.", TRIM),
    ("`trim` returns text in lower case.", TRIM),
    ("`trim` must ignore case.", TRIM),
    ("`trim` is deterministic.", TRIM),
    ("`trim` should handle 1 MB of text in under 200 ms.", TRIM),
    ("`clamp` accepts numbers between 0 and 150.", CLAMP),
    ("`clamp` returns a value between 0 and 150.", CLAMP),
    ("`ordered` returns the rows sorted.", SORT),
    ("`ordered` must not modify its argument.", SORT),
    ('`load("a")` returns `"b"`.', LOAD),
    ('`load("a")` throws `RangeError`.', LOAD),
    ('`formatDay(new Date("2025-03-01"))` returns `"2025-03-01"`.', DAY),
]


@pytest.mark.parametrize(("text", "target"), SENTENCES)
def test_every_kind_becomes_a_test_that_means_something(text: str, target: Target) -> None:
    rendered = render_vitest(read(text, target))

    module = "../" + target.path.removesuffix(".ts")
    assert inspect_script(rendered, modules=[module]) == ()
    assert 'test("test_R1_c1", async () => {' in rendered


def test_the_text_of_a_stated_result() -> None:
    assert render_vitest(read('`trim(" a ")` returns `"a"`.', TRIM)) == (
        'import { expect, test } from "vitest";\nimport { trim } from "../src/text";\n\n'
        'test("test_R1_c1", async () => {\n  expect(trim(" a ")).toBe("a");\n});\n'
    )


def test_jest_and_another_folder() -> None:
    checks = read('`trim(" a ")` returns `"a"`.', TRIM)

    rendered = render_vitest(checks, test_path="a.test.ts", runner=Runner.JEST)

    assert 'from "@jest/globals"' in rendered
    assert 'from "./src/text"' in rendered


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('`trim("a")` returns `undefined`', "toBe(undefined)"),
        ('`trim("a")` returns `0`', "toBeCloseTo(0, 12)"),
        ('`trim("a")` returns `1.5`', "toBeCloseTo(1.5, 9)"),
        ('`trim("a")` returns `[1, 2]`', "toEqual([1, 2])"),
        ('`trim("a")` returns `{a: 1}`', 'toEqual({ "a": 1 })'),
        ('`trim("a")` returns `NaN`', "toBe(NaN)"),
        ('`trim("a")` throws `RangeError`', 'expect(() => trim("a")).toThrow(RangeError);'),
        ('`trim("a").length` returns `1`', 'trim("a").length'),
        ('`trim("a")` throws `Error`', "not.toThrow(/not implemented/i)"),
        ("`untrim(trim(x)) == x`", "expect(untrim(found)).toEqual(args[0]);"),
    ],
)
def test_lines(text: str, line: str) -> None:
    assert line in render_vitest(read(text, TRIM, UNTRIM))


def test_a_promise_is_awaited() -> None:
    assert 'expect((await load("a"))).toBe("b")' in render_vitest(
        read('`load("a")` returns `"b"`', LOAD)
    )
    assert "await expect(async () => (await load(" in render_vitest(
        read('`load("a")` throws `RangeError`', LOAD)
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (Absent.UNDEFINED, "undefined"),
        (True, "true"),
        (2**60, "1152921504606846976n"),
        (float("-inf"), "-Infinity"),
        ({1: 2}, "new Map([[1, 2]])"),
        ({"__proto__": 1}, '{ ["__proto__"]: 1 }'),
        ({3, 1}, "new Set([1, 3])"),
        (b"a", "new Uint8Array([97])"),
        ("a\u2028b\u202e\n", '"a\\u2028b\\u202e\\u000a"'),
        ("💡\ud800", '"💡\\ud800"'),
        ("a" * 100, '"a".repeat(100)'),
        ('"${x}`', '"\\"${x}`"'),
    ],
)
def test_spellings(value: Literal, text: str) -> None:
    assert script_literal(value) == text


@given(plain)
def test_literals_survive_rendering(value: Literal) -> None:
    root = parse_script(f"const x = {script_literal(value)};")

    assert root is not None
    if isinstance(value, str | bool | float) and ".repeat" not in script_literal(value):
        assert read_literal(script_literal(value)) == (value,)


HOSTILE = [
    '`trim("A")` returns `"a"`', "`trim`", "returns", "throws `TypeError`", "for", '"""', "`", "${x}", "\\", "\n",
    "import fs from 'fs'", "; process.exit()", "//", "/*", "`eval('1')`", "`trim(eval('1'))`", "accepts",
    "between 1 and 2", "is idempotent", "`x.constructor`", "\u2028", "\u202e", "{", "}", "</script>",
    "`trim('\\'); process.exit(); //')`", "| a | result |\n|--|--|\n| `process.exit()` | `'\\n'` |",
]  # fmt: skip


@given(st.lists(st.sampled_from(HOSTILE), max_size=12).map(" ".join) | st.text(max_size=120))
def test_no_requirement_becomes_code(text: str) -> None:
    checks = read_checks(text, requirement="R1", targets=[TRIM]).checks
    checks = (*checks, *held_out_checks(with_examples(checks), seed=1))

    if checks:
        assert_only_expected_calls(render_vitest(checks))


def assert_only_expected_calls(text: str) -> None:
    root = parse_script(text)
    assert root is not None
    for node in walk(root):
        assert node.type not in (
            "comment",
            "template_substitution",
            "regex_flags_error",
            "class_declaration",
        )
        if node.type == "import_statement":
            assert text_of(node.child_by_field_name("source")) in ('"vitest"', '"../src/text"')
        if node.type == "call_expression":
            name = text_of(node.child_by_field_name("function"))
            is_own = name in OWN or name.startswith(
                ("expect(", "found", "args", "inputs", "outcomes", '"')
            )
            assert is_own or name.endswith(
                (
                    ".repeat",
                    ".fill",
                    ".filter",
                    ".map",
                    ".slice",
                    ".toUpperCase",
                    ".toLowerCase",
                    ".test",
                )
            ), name


OWN = {
    "test", "expect", "trim", "outcomes", "accepted", "elapsed", "call", "structuredClone", "String",
    "performance.now", "Math.min", "JSON.stringify", "first.filter", "first.map", "Array.from", "limitMs",
}  # fmt: skip


@pytest.mark.parametrize(
    "target",
    [
        Target("trim"),
        Target("trim", "src/a b.ts"),
        Target("trim", "../../etc/a.ts"),
        Target('x";process.exit()', "src/a.ts"),
        Target("delete", "src/a.ts"),
    ],
)
def test_what_cannot_be_imported_is_not_rendered(target: Target) -> None:
    check = Check("R1.c1", "R1", CheckKind.RETURNS, target, (1,), 1, "", None, "", Span(0, 1))

    with pytest.raises(NotRenderableError):
        render_vitest([check])
