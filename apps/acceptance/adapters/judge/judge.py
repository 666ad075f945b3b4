"""Runs tests against code so that the code has no say in how they went."""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

from apps.acceptance.adapters.judge.pair import Pair, start_pair
from apps.acceptance.adapters.judge.pool import Pool, standing
from apps.acceptance.adapters.judge.relay import Relay, Timing
from apps.acceptance.adapters.sandbox.bubblewrap import Bubblewrap, RefusedError
from apps.acceptance.core.judge.verdict import (
    Expected,
    Record,
    TestResult,
    TestStatus,
    decide,
    expected_tests,
)
from apps.acceptance.core.sandbox import Job, KillReason, Limits, Outcome, job_problem
from apps.acceptance.judge_runtime.wire import MAX_FRAME, WireError, dump

WAITING_S = 900.0  # a pair that waits for a job that long is given up
BUSY_LOAD = 1.5  # waiting programs per processor, from which on a timeout is tried again


@dataclass(frozen=True, slots=True)
class JudgeLimits:
    test_s: float = 30.0  # of one test
    collect_s: float = 30.0  # of importing everything
    start_s: float = 30.0  # until the two processes are there
    total_s: float = 600.0
    pairs: int = 8  # started at most: code that ends its process in every test ends here
    cell: Limits = field(default_factory=lambda: Limits(wall_s=WAITING_S, cpu_s=600))


@dataclass(frozen=True, slots=True)
class JudgeReport:
    results: tuple[TestResult, ...]  # one for each test in the text, in its order
    problem: str = ""  # why nothing could be run, as a sentence
    # Of the last pair; None: it said its last word, and its end was not waited for.
    outcome_of_code: Outcome | None = None
    outcome_of_tests: Outcome | None = None
    wall_ms: int = 0
    start_ms: int = 0  # of all pairs, until both programs were started
    pairs: int = 0

    @property
    def passed(self) -> bool:
        """At least one test, and all of them passed."""
        return bool(self.results) and all(each.status is TestStatus.PASSED for each in self.results)


@dataclass(frozen=True, slots=True)
class _Run:
    record: Record
    code: Outcome | None
    tests: Outcome | None


def judge(
    *,
    language: str,
    code_files: Mapping[str, str],
    tests: Mapping[str, str],
    sandbox: Bubblewrap,
    limits: JudgeLimits | None = None,
    env: Mapping[str, str] | None = None,
    pool: Pool | None = None,
) -> JudgeReport:
    """Run the tests (path → text) against the code; both by themselves in a sandbox.

    `env` are more variables of both processes, like PYTHONHASHSEED or TZ; a pair with them is not
    taken from the pool, whose pairs have started already. Without `pool` it is the one that this
    process keeps warm for the sandbox, if any. Raises nothing for what code or tests do;
    `problem` says when nothing could be run.
    """
    limits = limits or JudgeLimits()
    pool = pool or standing(sandbox)
    expected = expected_tests(tests)
    problem = _problem(language, code_files, tests, expected)
    if problem:
        results = tuple(TestResult(each.id, TestStatus.ERROR, problem) for each in expected)
        return JudgeReport(results, problem)
    return Judging(code_files, tests, sandbox, limits, dict(env or {}), expected, pool).report()


def _problem(
    language: str,
    code_files: Mapping[str, str],
    tests: Mapping[str, str],
    expected: Sequence[Expected],
) -> str:
    if language != "python":
        return f"There is no judge for {language}."
    roots = import_roots(code_files)
    for files in (code_files, tests):
        job = Job(files=files, command=("python3",), import_roots=roots)
        if problem := job_problem(job):
            return problem
    try:
        dump({"files": dict(code_files)})
        dump({"tests": dict(tests)})
    except WireError:
        return f"Code and tests have at most {MAX_FRAME // 2**20} MB each."
    return "" if expected else "There is no test in the text."


def import_roots(code_files: Mapping[str, str]) -> tuple[str, ...]:
    """Folders that the code's modules are imported from."""
    return ("src", "") if any(path.startswith("src/") for path in code_files) else ("",)


def modules_of(code_files: Mapping[str, str]) -> list[str]:
    """The first names of the modules in the files, as a test would import them."""
    names = set()
    for root in import_roots(code_files):
        for path in map(PurePosixPath, code_files):
            parts = path.parts
            if root and parts[0] == root:
                parts = parts[1:]
            elif root:
                continue
            if parts[-1].endswith(".py"):
                names.add(parts[0].removesuffix(".py"))
    return sorted(names - {"__init__"})


@dataclass(slots=True)
class Judging:
    """One judgement under way."""

    code_files: Mapping[str, str]
    tests: Mapping[str, str]
    sandbox: Bubblewrap
    limits: JudgeLimits
    env: dict[str, str]
    expected: list[Expected]
    pool: Pool | None = None
    results: dict[str, TestResult] = field(default_factory=dict)
    again: set[str] = field(default_factory=set)  # ran out of time on a busy host
    last: _Run | None = None
    start_ms: int = 0
    pairs: int = 0

    def report(self) -> JudgeReport:
        began = time.monotonic()
        problem = ""
        while waiting := [each for each in self.expected if each.id not in self.results]:
            is_late = time.monotonic() - began > self.limits.total_s
            if is_late or self.pairs >= self.limits.pairs:
                why = (
                    "There was no time left for it."
                    if is_late
                    else "The code's process kept ending."
                )
                self._give_up(waiting, why)
                break
            try:
                self._run(waiting)
            except RefusedError as refusal:
                problem = str(refusal)
                self._give_up(waiting, problem)
                break
        return JudgeReport(
            tuple(self.results[each.id] for each in self.expected),
            problem,
            self.last.code if self.last else None,
            self.last.tests if self.last else None,
            round((time.monotonic() - began) * 1000),
            self.start_ms,
            self.pairs,
        )

    def _give_up(self, waiting: Sequence[Expected], why: str) -> None:
        for each in waiting:
            self.results[each.id] = TestResult(each.id, TestStatus.ERROR, why)

    def _run(self, waiting: Sequence[Expected]) -> None:
        """Run these tests in a pair of their own, and take the results of those that were reached."""
        self.pairs += 1
        began = time.monotonic()
        pair = self._pair()
        self.start_ms += round((time.monotonic() - began) * 1000)
        self.last = self._converse(pair, [each.id for each in waiting])
        found = decide(waiting, self.last.record, self.expected)
        is_busy = os.getloadavg()[0] > BUSY_LOAD * (os.cpu_count() or 1)
        for test_id, result in found.items():
            if result.status is TestStatus.TIMEOUT and is_busy and test_id not in self.again:
                self.again.add(test_id)
                continue
            self.results[test_id] = replace(result, is_rerun=test_id in self.again)

    def _pair(self) -> Pair:
        if self.pool is not None and not self.env:
            return self.pool.take()
        return start_pair(self.sandbox, self.limits.cell, self.env)

    def _converse(self, pair: Pair, only: list[str]) -> _Run:
        limits = self.limits
        timing = Timing(limits.start_s, limits.collect_s, limits.test_s, limits.total_s)
        relay = Relay(pair, timing)
        try:
            record = relay.run(self._code_job(), self._test_job(only))
        finally:
            # With that the code's process leaves, when it is still the one that we started.
            pair.leave()
            if self.pool is not None:
                self.pool.fill()
        if not _has_end(record):  # only then it matters how the two ended
            if record.timed_out:
                pair.tests.cell.kill(KillReason.WALL, "The time of a test ran out.")
            pair.tests.join()
            pair.code.join()
        return _Run(_with_end(record, pair.tests.outcome), pair.code.outcome, pair.tests.outcome)

    def _code_job(self) -> dict[str, Any]:
        return {"files": dict(self.code_files), "roots": list(import_roots(self.code_files))}

    def _test_job(self, only: list[str]) -> dict[str, Any]:
        return {"tests": dict(self.tests), "modules": modules_of(self.code_files), "only": only}


def _has_end(record: Record) -> bool:
    return any(event.facts["k"] == "end" for event in record.events)


def _with_end(record: Record, tests: Outcome | None) -> Record:
    """Add why the process of the tests ended, when a limit ended it."""
    if not _has_end(record) and not record.timed_out and tests is not None and tests.message:
        record.ended = record.ended or tests.message
    return record
