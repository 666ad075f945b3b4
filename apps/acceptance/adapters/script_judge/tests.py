"""Runs the tests of one atom in TypeScript or JavaScript before the judge."""

from collections.abc import Mapping
from typing import Self

from apps.acceptance.adapters.judge.judge import JudgeLimits
from apps.acceptance.adapters.judge.tests import outcome_of
from apps.acceptance.adapters.sandbox.bubblewrap import Bubblewrap
from apps.acceptance.adapters.script_judge.judge import judge_script
from apps.acceptance.adapters.script_judge.pool import follow
from apps.acceptance.adapters.script_judge.programs import programs_for
from apps.acceptance.core.evidence import Conditions
from apps.acceptance.core.suite import AtomSuite
from apps.acceptance.core.verdict import TestOutcome


class ScriptTests:
    """One pair of sandboxes per atom, with all of its tests."""

    def __init__(
        self,
        sandbox: Bubblewrap,
        limits: JudgeLimits | None = None,
        *,
        env: Mapping[str, str] | None = None,
    ) -> None:
        """Raises ScriptsUnavailable on a machine without Node or the packages."""
        self.programs = programs_for(sandbox)
        self._sandbox = sandbox
        self._limits = limits
        self._env = env

    def under(self, conditions: Conditions) -> Self:
        """The same with other variables of both processes; the order of tests is the caller's."""
        return type(self)(self._sandbox, self._limits, env=conditions.environment())

    def __call__(self, atom: AtomSuite, files: Mapping[str, str]) -> Mapping[str, TestOutcome]:
        """Return the outcome of each check by its id."""
        ids = {f"{atom.path}::{name}": check for name, check in atom.names().items()}
        follow(self._sandbox, self.programs)
        report = judge_script(
            code_files=files,
            tests={atom.path: atom.text},
            expected=list(ids),
            programs=self.programs,
            limits=self._limits,
            env=self._env,
        )
        return {ids[result.id]: outcome_of(result) for result in report.results}
