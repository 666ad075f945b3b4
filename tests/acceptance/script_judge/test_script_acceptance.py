"""manage.py check_acceptance and the runners, with real scripts in the real sandbox."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from apps.acceptance.adapters.judge import pool as python_pool
from apps.acceptance.adapters.runners import Runners
from apps.acceptance.adapters.sandbox.bubblewrap import Bubblewrap
from apps.acceptance.adapters.script_judge import pool
from apps.acceptance.adapters.script_judge.judge import judge_script
from apps.acceptance.adapters.script_judge.programs import (
    Programs,
    ScriptsUnavailable,
    programs_for,
)
from apps.acceptance.core.evidence import REPEATS
from apps.acceptance.core.sandbox import Limits
from apps.acceptance.core.sources import read_source
from apps.acceptance.core.suite import Suite, build_suite

PLAN = """---
title: Words
language: LANGUAGE
package: words
---

# Words

## Requirements

### MUST

- R1: `shout("hello")` returns `"HELLO"`.
- R2: `shout("")` must throw `RangeError`.
- R3: `initials("ada lovelace")` returns `["A", "L"]`.

## Plan

### Phase: One

#### Milestone: One

##### Task: Words (`src/text/loud.SUFFIX`)

- `export function shout(text: string): string`: upper case. Covers R1, R2.

##### Task: Names (`src/names/initials.SUFFIX`)

- `export function initials(name: string): string[]`: first letters. Uses `shout`. Covers R3.
"""
CODE = {
    "tsconfig.json": '{"compilerOptions": {"paths": {"@words/*": ["./src/*"]}}}',
    "package.json": "{}",
    "README.md": "# Words",
    "src/text/index.ts": 'export { shout } from "./loud";\n',
    "src/text/loud.ts": (
        "export function shout(text: string): string {\n"
        '  if (text === "") throw new RangeError("nothing to shout");\n'
        "  return text.toUpperCase();\n}\n"
    ),
    "src/names/initials.ts": (
        'import { shout } from "@words/text";\n\n'
        "export function initials(name: string): string[] {\n"
        '  return name.split(" ").filter(Boolean).map((part) => shout(part[0]!));\n}\n'
    ),
}
SCRIPT = {
    "src/text/loud.js": (
        "export function shout(text) {\n"
        '  if (text === "") throw new RangeError("nothing to shout");\n'
        "  return text.toUpperCase();\n}\n"
    ),
    "src/names/initials.js": (
        'import { shout } from "../text/loud.js";\n\n'
        "export function initials(name) {\n"
        '  return name.split(" ").filter(Boolean).map((part) => shout(part[0]));\n}\n'
    ),
}


def plan(language: str = "typescript", suffix: str = "ts") -> str:
    return PLAN.replace("LANGUAGE", language).replace("SUFFIX", suffix)


def suite() -> Suite:
    return build_suite(read_source(plan()), seed=3)


def check(folder: Path, text: str, code: dict[str, str]) -> tuple[int, dict[str, Any], str]:
    """Judge code by a plan: the exit code, what was printed, and what was said beside it."""
    for path, content in code.items():
        place = folder / "code" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content, encoding="utf-8")
    (folder / "plan.md").write_text(text, encoding="utf-8")
    said, beside, exit_code = StringIO(), StringIO(), 0
    arguments = (str(folder / "plan.md"), "--code", str(folder / "code"), "--seed", "7")
    try:
        call_command("check_acceptance", *arguments, "--format", "json", stdout=said, stderr=beside)
    except SystemExit as end:
        exit_code = int(end.code or 0)
    return exit_code, json.loads(said.getvalue()), beside.getvalue()


def verdicts(report: dict[str, Any]) -> dict[str, str]:
    return {row["id"]: row["verdict"] for row in report["requirements"]}


def test_right_typescript_opens_the_gate(script_sandbox: Bubblewrap, tmp_path: Path) -> None:
    exit_code, report, beside = check(tmp_path, plan(), CODE)

    assert (exit_code, report["gate"]["state"]) == (0, "open"), report["gate"]
    assert set(verdicts(report).values()) == {"met"}
    assert "tsconfig" not in beside


def test_wrong_typescript_closes_it(script_sandbox: Bubblewrap, tmp_path: Path) -> None:
    quiet = {"src/text/loud.ts": "export const shout = (text: string): string => text;\n"}

    exit_code, report, _ = check(tmp_path, plan(), CODE | quiet)

    assert (exit_code, report["gate"]["state"]) == (1, "closed")
    assert set(verdicts(report).values()) == {"not_met"}
    assert {"R1.c1", "R2.c1", "R3.c1"} <= set(report["gate"]["blocking"])


def test_javascript_is_judged_too(script_sandbox: Bubblewrap, tmp_path: Path) -> None:
    exit_code, report, _ = check(tmp_path, plan("javascript", "js"), SCRIPT)

    assert (exit_code, set(verdicts(report).values())) == (0, {"met"}), report


def test_a_configuration_that_is_a_link_is_not_followed(
    script_sandbox: Bubblewrap, tmp_path: Path
) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "secret.json").write_text("{}")
    (tmp_path / "code/tsconfig.json").symlink_to(tmp_path / "secret.json")
    code = {path: text for path, text in CODE.items() if path != "tsconfig.json"}

    exit_code, report, _ = check(tmp_path, plan(), code)

    assert (exit_code, verdicts(report)["R1"], verdicts(report)["R3"]) == (1, "met", "not_met")


def test_each_atom_gets_what_its_language_needs(script_sandbox: Bubblewrap) -> None:
    run = Runners(script_sandbox)
    atom = suite().atoms[0]

    for found in (run(atom, CODE), run.under(REPEATS[1])(atom, CODE)):
        assert {outcome.status.value for outcome in found.values()} == {"passed"}
    assert found.keys() == {check.id for check in atom.checks}


@pytest.mark.parametrize(("place", "offset"), [(0, 0), (1, -840), (2, 660)])
def test_the_conditions_reach_both_processes(programs: Programs, place: int, offset: int) -> None:
    text = (
        'import { expect, test } from "vitest"; import { minutes } from "../src/zone";'
        f'test("it", () => {{ expect(minutes()).toBeCloseTo({offset}, 9);'
        f" expect(new Date(0).getTimezoneOffset()).toBeCloseTo({offset}, 9); }});"
    )

    report = judge_script(
        code_files={"src/zone.ts": "export const minutes = () => new Date(0).getTimezoneOffset();"},
        tests={"tests/a.test.ts": text},
        expected=["tests/a.test.ts::it"],
        programs=programs,
        env=REPEATS[place].environment(),
    )

    assert [(each.status.value, each.message) for each in report.results] == [("passed", "")]


def test_a_process_that_keeps_pairs_warm_does_so_for_scripts(script_sandbox: Bubblewrap) -> None:
    atom = suite().atoms[0]
    run = Runners(script_sandbox)
    python_pool.keep_warm(script_sandbox, Limits(wall_s=60), size=1)
    try:
        run(atom, CODE)
        assert pool.standing(run.scripts.programs) is not None
        found = run(atom, CODE)
    finally:
        python_pool.let_go()
        pool.let_go()

    assert {outcome.status.value for outcome in found.values()} == {"passed"}


def test_pairs_that_wait_take_one_job_each(programs: Programs) -> None:
    atom = suite().atoms[0]
    pool.keep_warm(programs, Limits(wall_s=60))
    try:
        reports = [
            judge_script(
                code_files=CODE,
                tests={atom.path: atom.text},
                expected=[f"{atom.path}::{name}" for name in atom.names()],
                programs=programs,
            )
            for _ in range(3)
        ]
    finally:
        pool.let_go()

    assert all(report.passed for report in reports)
    assert pool.standing(programs) is None


def test_a_machine_without_the_packages_says_what_to_do(
    script_sandbox: Bubblewrap, tmp_path: Path
) -> None:
    with pytest.raises(ScriptsUnavailable, match=r"Run `npm ci --ignore-scripts` in `validators`"):
        programs_for(script_sandbox, tmp_path)


def test_the_code_has_no_test_runner(programs: Programs) -> None:
    folder = programs.code.runtime.more["/runtime-js"]

    names = {str(path.relative_to(folder)) for path in folder.rglob("*.mjs")}
    assert names == {"code_server.mjs", "peer.mjs", "plain.mjs", "wire.mjs"}
    assert not (folder / "node_modules" / "@vitest").exists()
