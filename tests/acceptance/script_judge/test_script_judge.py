"""Ordinary tests of ordinary code, each in its own sandbox."""

import pytest

from apps.acceptance.adapters.judge.judge import JudgeLimits, JudgeReport
from apps.acceptance.adapters.script_judge.judge import judge_script
from apps.acceptance.adapters.script_judge.programs import Programs
from apps.acceptance.core.judge.verdict import TestResult, TestStatus
from tests.acceptance.script_judge.project import CODE, TESTS, ids

PATH = "acceptance_tests/test_0001.test.ts"
SHORT = JudgeLimits(test_s=2, collect_s=10, total_s=30, pairs=2)


def judged(
    programs: Programs, test: str, limits: JudgeLimits | None = None, **code: str
) -> TestResult:
    """The result of one test that imports `a`, from a file of that name."""
    files = {f"src/{name}.ts": text for name, text in code.items()}
    head = 'import { expect, test } from "vitest";\nimport * as a from "../src/a";\n'
    report = judge_script(
        code_files=files,
        tests={PATH: f'{head}test("it", async () => {{ {test} }});'},
        expected=[f"{PATH}::it"],
        programs=programs,
        limits=limits,
    )
    return report.results[0]


@pytest.fixture(scope="module")
def report(programs: Programs) -> JudgeReport:
    return judge_script(
        code_files=CODE, tests={PATH: TESTS}, expected=ids(TESTS, PATH), programs=programs
    )


@pytest.mark.parametrize("test_id", ids(TESTS, PATH))
def test_ordinary_text_works(test_id: str, report: JudgeReport) -> None:
    result = next(each for each in report.results if each.id == test_id)

    assert (report.problem, result.message) == ("", "")
    assert result.status is TestStatus.PASSED


def test_what_the_code_prints_is_shown(report: JudgeReport) -> None:
    assert report.results[-1].stdout == "said by the code\n"


@pytest.mark.parametrize(
    ("test", "code", "status", "message"),
    [
        ("expect(a.f()).toBe(2)", "export const f = () => 1", "failed", "expected 1 to be 2"),
        ("expect(a.f()).toBe(2)", "export const f = () => { throw new Error('oh') }", "failed", "oh"),
        ("expect(() => a.g()).toThrow(Error)", "export const f = 1", "error", "exports no g"),
        ("expect(() => a.f()).toThrow()", "export const f = () => process.exit(0)", "error", "ended"),
        ("a.f()", "export const f = () => { for (;;); }", "timeout", "in time"),
        ("a.f()", "export const = 1", "error", "src/a.ts:1"),
        ("a.f()", "import x from 'missing'; export const f = x", "error", "missing"),
        ("a.f()", "throw new RangeError('at import')", "error", "at import"),
        ("Promise.reject(new Error('lost'))", "export const f = 1", "failed", "Nobody awaited"),
        ("test.skip('other', () => {})", "export const f = 1", "failed", "test"),
    ],
)  # fmt: skip
def test_what_does_not_pass(
    programs: Programs, test: str, code: str, status: str, message: str
) -> None:
    result = judged(programs, test, SHORT, a=code)

    assert (result.status.value, message in result.message) == (status, True), result.message


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ('test.skip("it", () => {});', "untrusted"),
        ('test.todo("it");', "untrusted"),
        ('test("other", () => {});', "untrusted"),
        ('test("it", () => {}); test("it", () => {});', "untrusted"),
        ('test.each([1, 2])("it", () => {});', "untrusted"),
        ("process.exit(0);", "untrusted"),
        ('import "../src/none"; test("it", () => {});', "error"),
        ('import "node:fs"; test("it", () => {});', "error"),
        ('test("it", () => { expect.assertions(1); });', "failed"),
        ('test.only("it", () => {});', "error"),
        ('test("it", () => {});', "passed"),
    ],
)
def test_only_a_test_that_surely_ran_passes(programs: Programs, text: str, status: str) -> None:
    report = judge_script(
        code_files={"src/a.ts": ""},
        tests={PATH: f'import {{ expect, test }} from "vitest"; {text}'},
        expected=[f"{PATH}::it"],
        programs=programs,
        limits=SHORT,
    )

    assert [each.status.value for each in report.results] == [status], report.results[0].message


@pytest.mark.parametrize(
    ("test", "status"),
    [
        ("expect(a.many(20_000)).toHaveLength(20_000)", "passed"),
        ("expect(a.many(600)).toEqual(a.many(600))", "passed"),
        ("expect(a.many(90_000)).toHaveLength(90_000)", "error"),
    ],
)
def test_many_objects(programs: Programs, test: str, status: str) -> None:
    code = "export const many = (n) => Array.from({ length: n }, (_, at) => new Row(at));\n"
    code += "class Row { constructor(readonly at: number) {} }\n"

    assert judged(programs, test, a=code).status.value == status


def test_code_that_ends_itself_does_not_take_the_others_along(programs: Programs) -> None:
    text = 'import { expect, test } from "vitest"; import { f } from "../src/a";' + "".join(
        f'test("{n}", () => {{ expect(f({n})).toBe({n}); }});' for n in range(3)
    )

    report = judge_script(
        code_files={"src/a.ts": "export const f = (n) => n === 1 ? process.exit(0) : n"},
        tests={PATH: text},
        expected=[f"{PATH}::{n}" for n in range(3)],
        programs=programs,
        limits=SHORT,
    )

    assert [each.status.value for each in report.results] == ["passed", "error", "passed"]
    assert report.pairs == 2


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"../a.ts": ""}, "may not go up"),
        ({"src/vitest.config.ts": ""}, "steer"),
        ({"src/a.ts": "x" * 9_000_000}, "at most"),
    ],
)
def test_files_that_are_refused(programs: Programs, files: dict[str, str], problem: str) -> None:
    report = judge_script(
        code_files=files, tests={PATH: ""}, expected=[f"{PATH}::it"], programs=programs
    )

    assert problem in report.problem
    assert [each.status for each in report.results] == [TestStatus.ERROR]


def test_what_is_no_source_stays_outside(programs: Programs) -> None:
    report = judge_script(
        code_files={"README.md": "", "package.json": "{", ".env": "", "src/a.ts": ""},
        tests={PATH: 'import { test } from "vitest"; test("it", () => {});'},
        expected=[f"{PATH}::it"],
        programs=programs,
    )

    assert report.passed
