"""Level 1 as the engine calls it: with the real linter and the real compiler."""

import shutil
import stat
from pathlib import Path

import pytest

from apps.execution.core.assembly import AtomCode, assemble
from apps.masterplans.core.document import AtomSpec, Language
from apps.validation.adapters import ruff, tsc
from apps.validation.adapters.processes import Ended, ProcessTimeoutError, run_bounded
from apps.validation.checks import (
    LinterUnavailable,
    TypeScriptUnavailable,
    require_typescript,
    validate_atom,
)
from apps.validation.core.findings import Finding, Severity, has_blocking, in_reading_order
from apps.validation.core.linting import LintMessage, lint_findings
from apps.validation.core.placing import line_in_answer
from apps.validation.core.python_imports import PythonProject
from apps.validation.core.typechecking import TypeMessage, type_findings
from tests.validation.atoms import python_atom, script_atom
from tests.validation.compiler import needs_compiler

OTHER = AtomCode(
    python_atom("split(text: str) -> list[str]", path="textkit/words.py"),
    "def split(text: str) -> list[str]:\n    return text.split()\n",
)


def check(atom: AtomSpec, code: str, *others: AtomCode) -> tuple[Finding, ...]:
    """The findings about code among the accepted code of others."""
    project = assemble("textkit", atom.language, [*others, AtomCode(atom, code)])
    return validate_atom(atom=atom, project=project, code=code)


class TestPython:
    ATOM = python_atom("count(text: str) -> int", path="textkit/words.py")

    def test_right_code_has_no_findings(self) -> None:
        code = "def count(text: str) -> int:\n    return len(split(text))\n"

        assert check(self.ATOM, code, OTHER) == ()

    def test_an_undefined_name_is_told_on_the_line_of_the_answer(self) -> None:
        code = "import re\n\n\ndef count(text: str) -> int:\n    return len(re.findall(x, y))\n"

        found = check(self.ATOM, code, OTHER)

        assert [(f.rule, f.line) for f in found] == [("py.F821", 5), ("py.F821", 5)]
        assert has_blocking(found)

    def test_a_name_of_another_module_comes_with_its_import(self) -> None:
        atom = python_atom("count(text: str) -> int")
        code = "def count(text: str) -> int:\n    return len(split(text))\n"

        (finding,) = check(atom, code, OTHER)

        assert "Write `from textkit.words import split`." in finding.message

    def test_comments_do_not_silence_the_linter(self) -> None:
        code = "# ruff: noqa\ndef count(text: str) -> int:\n    return nowhere  # noqa: F821\n"

        assert [f.rule for f in check(self.ATOM, code)] == ["py.F821"]

    def test_an_unused_import_is_told_where_it_was_written(self) -> None:
        code = "from os import path, sep as s\n\n\ndef count(text: str) -> int:\n    return 1\n"

        found = check(self.ATOM, code)

        assert [(f.rule, f.severity, f.line) for f in found] == [
            ("py.F401", Severity.MEDIUM, 1),
            ("py.F401", Severity.MEDIUM, 1),
        ]
        assert not has_blocking(found)

    def test_what_others_left_unused_is_not_this_answers_business(self) -> None:
        other = AtomCode(OTHER.atom, f"import os\n\n\n{OTHER.code}")
        code = "def count(text: str) -> int:\n    return len(split(text))\n"

        assert check(self.ATOM, code, other) == ()

    def test_every_check_speaks(self) -> None:
        code = "import numpy\nprint(1)\n\n\ndef count(text):\n    pass\n\n\ndef extra():\n    return zz\n"

        rules = [finding.rule for finding in check(self.ATOM, code)]

        assert set(rules) == {
            *("py.third-party", "py.import-effect", "py.signature", "py.symbol-extra"),
            *("py.F821", "py.F401"),
        }

    def test_unreadable_code_is_one_finding(self) -> None:
        found = validate_atom(atom=self.ATOM, project={}, code="def f(:")

        assert [finding.rule for finding in found] == ["py.syntax"]

    def test_the_code_is_never_run(self, tmp_path: Path) -> None:
        mark = tmp_path / "mark"
        code = f"open({str(mark)!r}, 'w').close()\ndef count(text: str) -> int:\n    return 1\n"

        assert has_blocking(check(self.ATOM, code))
        assert not mark.exists()


@needs_compiler
class TestTypeScript:
    ATOM = script_atom("export function length(days: Day[]): number", path="src/length.ts")
    DAY = AtomCode(
        script_atom("export interface Day", path="src/core/day.ts"),
        "export interface Day { n: number }\n",
    )
    HEAD = 'import type { Day } from "@textkit/core";\n\n'

    def test_right_code_has_no_findings(self) -> None:
        code = (
            self.HEAD + "export function length(days: Day[]): number {\n  return days.length;\n}\n"
        )

        assert check(self.ATOM, code, self.DAY) == ()

    def test_a_type_error_is_told_on_the_line_of_the_answer(self) -> None:
        code = self.HEAD + "export function length(days: Day[]): number {\n  return days;\n}\n"

        (finding,) = check(self.ATOM, code, self.DAY)

        assert (finding.rule, finding.severity, finding.line) == ("ts.TS2322", Severity.HIGH, 4)

    def test_a_wrong_import_is_told_once(self) -> None:
        code = (
            'import type { Dya } from "@textkit/core";\nimport { x } from "lodash";\n'
            'import { y } from "./cor";\n\n'
            "export function length(days: Day[]): number {\n  return x(y, days as Dya);\n}\n"
        )

        found = check(self.ATOM, code, self.DAY)

        lines = {f.line: f.rule for f in found}
        assert (lines[1], lines[2], lines[3]) == (
            "ts.import-name",
            "ts.third-party",
            "ts.import-module",
        )
        assert [f.rule for f in found].count("ts.TS2307") == 0

    def test_an_error_that_shows_elsewhere_names_its_file(self) -> None:
        user = AtomCode(
            script_atom("export function use(): number", path="src/use.ts"),
            'import { length } from "./length";\n'
            "export function use(): number { return length(); }\n",
        )
        code = (
            self.HEAD + "export function length(days: Day[]): number {\n  return days.length;\n}\n"
        )

        (finding,) = check(self.ATOM, code, self.DAY, user)

        assert finding.severity is Severity.MEDIUM
        assert "`src/use.ts`, line 3" in finding.message

    def test_an_import_from_outside_is_not_followed(self, tmp_path: Path) -> None:
        secret = tmp_path / "secret.json"
        secret.write_text('{"password": 1}')
        code = (
            f'import secret from "{secret}";\n'
            "export function length(days: Day[]): number {\n  return secret.passwort;\n}\n"
        )

        found = check(self.ATOM, code, self.DAY)

        assert [finding.rule for finding in found] == ["ts.import-outside"]

    def test_unreadable_code_is_one_finding(self) -> None:
        found = validate_atom(atom=self.ATOM, project={}, code="export function {")

        assert [finding.rule for finding in found] == ["ts.syntax"]

    def test_a_project_without_configuration_is_checked_strictly(self) -> None:
        code = "export function length(days: any): number {\n  const same = (x) => x;\n  return same(days);\n}\n"

        found = validate_atom(
            atom=script_atom("export function length(days: any): number", path="src/length.ts"),
            project={},
            code=code,
        )

        assert [finding.rule for finding in found] == ["ts.TS7006"]

    def test_javascript_is_checked_for_its_syntax_and_imports(self) -> None:
        atom = script_atom("export function f(a)", path="src/f.js", language=Language.JAVASCRIPT)

        assert check(atom, "export function f(a) {\n  return a.b.c + [].x;\n}\n") == ()
        found = check(atom, "export function f(a) {\n  let a = await 1;\n  return nowhere;\n}\n")
        assert {"ts.TS2300", "ts.TS1308", "ts.TS2304"} <= {finding.rule for finding in found}

    def test_types_without_end_do_not_hang(self) -> None:
        code = (
            "type Grow<T extends unknown[]> = Grow<[...T, ...T, 1]>;\n"
            "export function length(days: Grow<[1]>): number {\n  return 1;\n}\n"
        )
        atom = script_atom("export function length(days: Grow<[1]>): number", path="src/l.ts")

        assert has_blocking(check(atom, code))

    def test_a_check_that_takes_too_long_is_a_finding(self) -> None:
        files = {"src/a.ts": "export const a = 1;\n"}

        (message,) = tsc.TscChecker(timeout_s=0.0001).check(files)

        assert message.code == "timeout"

    def test_the_compiler_is_found(self) -> None:
        require_typescript()


class TestWithoutTools:
    def test_a_missing_compiler_is_said(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tsc, "VALIDATORS", tmp_path)
        with pytest.raises(TypeScriptUnavailable, match="not installed"):
            require_typescript()

        (tmp_path / "node_modules").mkdir()
        with pytest.raises(TypeScriptUnavailable, match="hold none for"):
            tsc.TscChecker().check({})

    def test_a_compiler_that_cannot_start_is_said(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tsc, "find_compiler", lambda: _program(tmp_path, "exit 126"))

        with pytest.raises(TypeScriptUnavailable, match="126"):
            tsc.TscChecker().check({})

    def test_a_compiler_that_dies_is_said(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        program = _program(tmp_path, "echo out of memory >&2; kill -9 $$")
        monkeypatch.setattr(tsc, "find_compiler", lambda: program)

        with pytest.raises(TypeScriptUnavailable, match="out of memory"):
            tsc.TscChecker().check({})

    @pytest.mark.parametrize("path", ["../a.ts", "/etc/a.ts", "a/../../b.ts"])
    def test_nothing_is_written_outside(self, tmp_path: Path, path: str) -> None:
        with pytest.raises(tsc.UnsafePathError):
            tsc.write_project(tmp_path, {"a.ts": "", path: ""})

        assert list(tmp_path.iterdir()) == []

    def test_only_what_the_compiler_reads_is_written(self, tmp_path: Path) -> None:
        tsc.write_project(tmp_path, {"a.ts": "", "b/run.sh": "", "b/c.json": "{}"})

        names = sorted(path.name for path in tmp_path.rglob("*") if path.is_file())
        assert names == ["a.ts", "c.json", "tsconfig.json"]

    def test_messages_are_read_with_their_continuation(self) -> None:
        report = (
            "src/a.ts(3,10): error TS2322: Type 'A'\n  is not\n    'B'.\n"
            "error TS18003: No inputs were found.\nsome noise\n"
        )

        assert tsc.read_report(Ended(2, report, "")) == (
            TypeMessage("src/a.ts", 3, "TS2322", "Type 'A' is not 'B'."),
            TypeMessage("", 0, "TS18003", "No inputs were found."),
        )

    def test_a_failure_without_messages_is_no_verdict(self) -> None:
        with pytest.raises(TypeScriptUnavailable, match="it ended with 2"):
            tsc.read_report(Ended(2, "", ""))

    def test_a_missing_linter_is_said(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ruff.sysconfig, "get_path", lambda _name: "/nowhere")
        monkeypatch.setenv("PATH", "/nowhere")

        with pytest.raises(LinterUnavailable, match="no ruff binary"):
            ruff.RuffLinter().lint(path="a.py", text="")

    @pytest.mark.parametrize(
        ("script", "words"),
        [
            ("echo '[{]'", "cannot be read"),
            ("echo '[1]'", "cannot be read"),
            ("echo broken >&2; exit 3", "broken"),
            ("exit 3", "exit code 3"),
            ("sleep 5", "no answer in 0.2 s"),
        ],
    )
    def test_a_linter_that_fails_is_said(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, words: str
    ) -> None:
        program = _program(tmp_path, script)
        monkeypatch.setattr(ruff, "find_ruff", lambda: program)
        timeout_s = 0.2 if "sleep" in script else 20

        with pytest.raises(LinterUnavailable, match=words):
            ruff.RuffLinter(timeout_s=timeout_s).lint(path="a.py", text="")

    def test_the_linter_is_found_on_the_path_too(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        program = _program(tmp_path, "echo '[]'").rename(tmp_path / "ruff")
        monkeypatch.setattr(ruff.sysconfig, "get_path", lambda _name: "/nowhere")
        monkeypatch.setenv("PATH", str(tmp_path))

        assert ruff.find_ruff() == program

    def test_a_syntax_error_has_no_rule(self) -> None:
        (first, *_rest) = ruff.RuffLinter().lint(path="a.py", text="def f(:\n")

        assert (first.rule, first.line) == ("", 1)

    def test_children_of_a_slow_program_end_with_it(self, tmp_path: Path) -> None:
        mark = tmp_path / "mark"
        script = f"(sleep 1; touch {mark}) & wait"

        with pytest.raises(ProcessTimeoutError):
            run_bounded(["/bin/sh", "-c", script], cwd=tmp_path, timeout_s=0.2, memory_mb=512)

        assert not mark.exists()

    def test_the_environment_stays_behind(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("LLM_API_KEY", "secret")
        env = shutil.which("env") or "/usr/bin/env"

        ended = run_bounded([env], cwd=tmp_path, timeout_s=20, memory_mb=512)

        assert ended.returncode == 0
        assert "secret" not in ended.stdout


class TestPlacing:
    @pytest.mark.parametrize(
        ("line", "expected"), [(1, 4), (2, 5), (4, 1), (5, 2), (3, None), (9, None), (0, None)]
    )
    def test_neighbours_decide_between_equal_lines(self, line: int, expected: int | None) -> None:
        text = "def b():\n    return 1\n\ndef a():\n    return 1"
        code = "def a():\n    return 1\n\ndef b():\n    return 1"

        assert line_in_answer(text, line, code) == expected

    def test_lint_messages_elsewhere_keep_their_place(self) -> None:
        found = list(
            lint_findings(
                [
                    LintMessage("F821", "Undefined name `zz`", 1),
                    LintMessage("F841", "Unused", 1),
                    LintMessage("", "Expected a name", 1),
                    LintMessage("F401", "something else", 1),
                ],
                path="a.py",
                text="zz\n",
                code="yy\n",
                project=PythonProject({}),
            )
        )

        assert [finding.rule for finding in found] == ["py.F821", "py.syntax"]
        assert "(`a.py`, line 1)" in found[0].message

    def test_type_messages_keep_their_place(self) -> None:
        found = list(
            type_findings(
                [
                    TypeMessage("a.ts", 1, "TS1", "here"),
                    TypeMessage("a.ts", 2, "TS1", "there"),
                    TypeMessage("b.ts", 2, "TS1", "elsewhere"),
                    TypeMessage("", 0, "TS2", "nowhere"),
                ],
                path="a.ts",
                text="x\ny\n",
                code="x\n",
            )
        )

        assert [(finding.line, finding.severity) for finding in found] == [
            (1, Severity.HIGH),
            (None, Severity.HIGH),
            (None, Severity.MEDIUM),
            (None, Severity.HIGH),
        ]

    def test_findings_are_ordered_and_unique(self) -> None:
        low = Finding("a", Severity.LOW, "low", 1)
        late = Finding("a", Severity.HIGH, "late", 9)
        soon = Finding("a", Severity.HIGH, "soon", 2)

        assert in_reading_order([low, late, soon, low]) == (soon, late, low)


def _program(folder: Path, script: str) -> Path:
    program = folder / "program"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program
