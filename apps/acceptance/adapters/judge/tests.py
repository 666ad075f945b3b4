"""Runs the tests of one atom before the judge."""

from collections.abc import Mapping
from typing import Self

from apps.acceptance.adapters.judge.judge import JudgeLimits, judge
from apps.acceptance.adapters.sandbox.bubblewrap import Bubblewrap
from apps.acceptance.core.evidence import Conditions
from apps.acceptance.core.gate import TestStatus
from apps.acceptance.core.judge.verdict import TestResult
from apps.acceptance.core.suite import AtomSuite
from apps.acceptance.core.verdict import TestOutcome


class JudgedTests:
    """One pair of sandboxes per atom, with all of its tests."""

    def __init__(
        self,
        sandbox: Bubblewrap,
        limits: JudgeLimits | None = None,
        *,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self._sandbox = sandbox
        self._limits = limits
        self._env = env

    def under(self, conditions: Conditions) -> Self:
        """The same with other variables of both processes; the order of tests is the caller's."""
        return type(self)(self._sandbox, self._limits, env=conditions.environment())

    def __call__(self, atom: AtomSuite, files: Mapping[str, str]) -> Mapping[str, TestOutcome]:
        """Return the outcome of each check by its id."""
        report = judge(
            language="python",
            code_files=files,
            tests={atom.path: atom.text},
            sandbox=self._sandbox,
            limits=self._limits,
            env=self._env,
        )
        names = atom.names()
        found = {result.id.rpartition("::")[2]: result for result in report.results}
        return {check: outcome_of(found[name]) for name, check in names.items() if name in found}


def outcome_of(result: TestResult) -> TestOutcome:
    """Return what the judge saw in the words of a verdict."""
    return TestOutcome(
        status=TestStatus(result.status.value),
        message=result.message,
        duration_ms=result.duration_ms,
        stdout=result.stdout,
        stderr=result.stderr,
    )
