"""Runs the tests of an atom with what its language needs."""

from collections.abc import Mapping
from functools import cached_property
from typing import Self

from apps.acceptance.adapters.judge.judge import JudgeLimits
from apps.acceptance.adapters.judge.tests import JudgedTests
from apps.acceptance.adapters.sandbox.bubblewrap import Bubblewrap
from apps.acceptance.adapters.script_judge.tests import ScriptTests
from apps.acceptance.core.evidence import Conditions
from apps.acceptance.core.suite import AtomSuite
from apps.acceptance.core.verdict import TestOutcome


class Runners:
    """Python, TypeScript and JavaScript. A machine without Node judges Python all the same."""

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
        """Return the outcome of each check by its id. Raises ScriptsUnavailable."""
        run = self.scripts if atom.is_script else self.python
        return run(atom, files)

    @cached_property
    def python(self) -> JudgedTests:
        return JudgedTests(self._sandbox, self._limits, env=self._env)

    @cached_property
    def scripts(self) -> ScriptTests:
        """Raises ScriptsUnavailable on a machine without Node or the packages."""
        return ScriptTests(self._sandbox, self._limits, env=self._env)
