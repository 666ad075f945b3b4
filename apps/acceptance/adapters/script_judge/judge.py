"""Runs tests of TypeScript and JavaScript against code that has no say in how they went.

The relay, the verdict and the rounds are those of the judge for Python; other programs talk.
"""

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from apps.acceptance.adapters.judge.judge import JudgeLimits, JudgeReport, Judging
from apps.acceptance.adapters.judge.pair import Pair
from apps.acceptance.adapters.judge.pool import Pool
from apps.acceptance.adapters.script_judge.pair import start_pair
from apps.acceptance.adapters.script_judge.pool import standing
from apps.acceptance.adapters.script_judge.programs import Programs
from apps.acceptance.core.judge.verdict import Expected, TestResult, TestStatus
from apps.acceptance.core.sandbox import Job, job_problem
from apps.acceptance.core.script_text import parse_script, text_of, walk
from apps.acceptance.judge_runtime.wire import MAX_FRAME, WireError, dump

CONFIG = "tsconfig.json"  # names the aliases of folders; it steers the compiler, and nothing else
READ = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".json")
# Read by a package manager, and by a compiler for what is no source.
LEFT_OUT = frozenset({"package.json", "package-lock.json", "npm-shrinkwrap.json", "jsconfig.json"})


def judge_script(
    *,
    code_files: Mapping[str, str],
    tests: Mapping[str, str],
    expected: Sequence[str],
    programs: Programs,
    limits: JudgeLimits | None = None,
    env: Mapping[str, str] | None = None,
    pool: Pool | None = None,
) -> JudgeReport:
    """Run the tests (path → text) against the code; both by themselves in a sandbox.

    `expected` are the ids (path::name) of the tests that there must be: the host knows them, and
    does not ask the text. Raises nothing for what code or tests do; `problem` says when nothing
    could be run.
    """
    limits = limits or JudgeLimits()
    files = {path: text for path, text in code_files.items() if is_read(path)}
    problem = _problem(files, tests, expected)
    if problem:
        results = tuple(TestResult(each, TestStatus.ERROR, problem) for each in expected)
        return JudgeReport(results, problem)
    return _ScriptJudging(
        code_files=files,
        tests=tests,
        sandbox=programs.code,
        limits=limits,
        env=dict(env or {}),
        expected=[Expected(each) for each in expected],
        pool=pool or standing(programs),
        programs=programs,
    ).report()


def is_read(path: str) -> bool:
    """Whether the code may be made of such a file; a project holds others, such as its README."""
    return path.endswith(READ) and PurePosixPath(path).name not in LEFT_OUT


def imported_modules(tests: Mapping[str, str]) -> list[str]:
    """The modules of the code that the texts import, as paths without their endings."""
    found = {
        posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
        for path, text in tests.items()
        for name in _specifiers(text)
        if name.startswith(".")
    }
    return sorted(module for module in found if not module.startswith(".."))


def _specifiers(text: str) -> Iterable[str]:
    root = parse_script(text)
    for node in walk(root) if root is not None else ():
        if node.type in ("import_statement", "export_statement"):
            yield text_of(node.child_by_field_name("source")).strip("\"'")


def _problem(files: Mapping[str, str], tests: Mapping[str, str], expected: Sequence[str]) -> str:
    sources = {path: text for path, text in files.items() if path != CONFIG}
    for each in (sources, tests):
        if problem := job_problem(Job(files=each, command=("node",))):
            return problem
    try:
        dump({"files": dict(files)})
        dump({"tests": dict(tests)})
    except WireError:
        return f"Code and tests have at most {MAX_FRAME // 2**20} MB each."
    return "" if expected else "No test is expected."


@dataclass(slots=True, kw_only=True)
class _ScriptJudging(Judging):
    programs: Programs

    def _pair(self) -> Pair:
        if self.pool is not None and not self.env:
            return self.pool.take()
        return start_pair(self.programs, self.limits.cell, self.env)

    def _code_job(self) -> dict[str, Any]:
        return {"files": dict(self.code_files), "modules": imported_modules(self.tests)}

    def _test_job(self, only: list[str]) -> dict[str, Any]:
        return {"tests": dict(self.tests), "only": only}
