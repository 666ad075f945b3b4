"""Runs the tests of a plan against stubs, under other conditions, and against small mistakes."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from typing import Protocol, runtime_checkable

from apps.acceptance.core.checks import Target
from apps.acceptance.core.evidence import (
    MAX_MUTANTS,
    REPEATS,
    AtomEvidence,
    CheckEvidence,
    Conditions,
    Evidence,
    MutantScore,
    Outcomes,
    disagreeing,
    mutants_of,
    passing,
    reordered,
    score,
)
from apps.acceptance.core.gate import TestStatus
from apps.acceptance.core.mutants import Mutant
from apps.acceptance.core.quality import Stub, stub_of
from apps.acceptance.core.suite import AtomSuite, Suite, called
from apps.acceptance.core.verdict import TestOutcome

AT_ONCE = 2  # pairs of processes; the machine has other things to do

# Runs tests of one atom against these files: outcomes by the id of the check.
RunTests = Callable[[AtomSuite, Mapping[str, str]], Mapping[str, TestOutcome]]
GreenOn = Mapping[str, frozenset[str]]  # stubs that a check's test passed on, by the check's id


@runtime_checkable
class Adjustable(Protocol):
    """A runner that can set the conditions of its processes; with others only the order changes."""

    def under(self, conditions: Conditions) -> RunTests: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """How much evidence is gathered; each run is bounded by its runner."""

    mutants: int = MAX_MUTANTS  # of one atom; 0 for none
    repeats: int = len(REPEATS)  # at most; 0 for none
    total_s: float = 600.0  # after which no mutant is begun
    at_once: int = AT_ONCE
    seed: int = 0  # which of many mutants are run


DEFAULTS = Limits()


def gather(
    suite: Suite,
    files: Mapping[str, str],
    run: RunTests,
    *,
    limits: Limits = DEFAULTS,
    green_on: GreenOn | None = None,
    run_mutants: RunTests | None = None,
) -> Evidence:
    """Return what the code says about its tests: repeats that disagree, and mutants that survive.

    `green_on` is what is known of stubs; without it they run with this code around them.
    `run_mutants` is a runner with shorter limits, because some mutants never end.
    """
    greens = (
        green_stubs(suite, files, run, at_once=limits.at_once) if green_on is None else green_on
    )
    with ThreadPoolExecutor(limits.at_once, thread_name_prefix="evidence") as pool:
        work = _Work(
            files, run, run_mutants or run, limits, pool, time.monotonic() + limits.total_s
        )
        return Evidence(tuple(work.of_atom(own, greens) for own in _by_atom(suite)))


def repeats(
    atom: AtomSuite, files: Mapping[str, str], run: RunTests, count: int = len(REPEATS)
) -> tuple[Outcomes, ...]:
    """Return the outcomes of runs with other hash seeds, time zones and orders."""
    found = []
    for conditions in REPEATS[:count]:
        under = run.under(conditions) if isinstance(run, Adjustable) else run
        found.append(under(reordered(atom, conditions.order), files))
    return tuple(found)


def _by_atom(suite: Suite) -> list[list[AtomSuite]]:
    """The modules of tests, those of one atom together."""
    found: dict[tuple[str, str], list[AtomSuite]] = {}
    for atom in suite.atoms:
        found.setdefault((atom.target.path, atom.target.symbol), []).append(atom)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class _Work:
    files: Mapping[str, str]
    run: RunTests
    run_mutants: RunTests
    limits: Limits
    pool: ThreadPoolExecutor
    deadline: float  # on the monotonic clock

    def of_atom(self, modules: Sequence[AtomSuite], green_on: GreenOn) -> AtomEvidence:
        runs = list(chain.from_iterable(self.pool.map(self._runs, modules)))
        flaky = disagreeing(runs)
        target = modules[0].target
        checks = [check.id for module in modules for check in module.checks]
        return AtomEvidence(
            target.path,
            target.symbol,
            tuple(
                CheckEvidence(check, tuple(sorted(green_on.get(check, ()))), check in flaky)
                for check in checks
            ),
            self._mutated(modules, passing(runs)),
        )

    def _runs(self, module: AtomSuite) -> tuple[Outcomes, ...]:
        count = self.limits.repeats
        return repeats(module, self.files, self.run, count) or (self.run(module, self.files),)

    def _mutated(self, modules: Sequence[AtomSuite], able: frozenset[str]) -> MutantScore | None:
        if not (able and self.limits.mutants):
            return None
        path = modules[0].target.path
        code = self.files.get(path, "")
        made = mutants_of(modules[0], code, limit=self.limits.mutants, seed=self.limits.seed)
        found = self.pool.map(lambda mutant: self._outcomes(modules, mutant, able), made)
        return score(code, able, list(zip(made, found, strict=True)))

    def _outcomes(
        self, modules: Sequence[AtomSuite], mutant: Mutant, able: frozenset[str]
    ) -> Outcomes | None:
        """Outcomes up to the first module that finds the mistake; None when there was no time."""
        if time.monotonic() > self.deadline:
            return None
        files = {**self.files, modules[0].target.path: mutant.code}
        found: dict[str, TestOutcome] = {}
        for module in modules:
            found.update(self.run_mutants(module, files))
            if any(found[check].status is not TestStatus.PASSED for check in able & found.keys()):
                break
        return found


# --- stubs --------------------------------------------------------------------------------------


def green_stubs(
    suite: Suite, files: Mapping[str, str], run: RunTests, *, at_once: int = AT_ONCE
) -> dict[str, frozenset[str]]:
    """Return the stubs that each check's test passes on, with the rest of the code around them."""
    return _greens(
        suite, lambda atom, stub: run(atom, _with_stub(files, atom.target, stub)), at_once
    )


def stub_evidence(
    suite: Suite, run: RunTests, *, at_once: int = AT_ONCE
) -> dict[str, frozenset[str]]:
    """Return the stubs that each check's test passes on, when there is no code yet.

    Everything that the tests of the suite use is a stub of the same kind then.
    """
    scaffolds = {stub: scaffold(suite, stub) for stub in Stub}
    return _greens(suite, lambda atom, stub: run(atom, scaffolds[stub]), at_once)


def scaffold(suite: Suite, stub: Stub) -> dict[str, str]:
    """Files in which every function and class that the suite's tests use is that stub."""
    targets = [target for check in suite.checks for target in called(check)]
    files: dict[str, str] = {}
    for target in {(each.path, each.symbol): each for each in targets}.values():
        files = _with_stub(files, target, stub)
    return files


def _with_stub(files: Mapping[str, str], target: Target, stub: Stub) -> dict[str, str]:
    return {**files, target.path: stub_of(target, stub, files.get(target.path, ""))}


def _greens(
    suite: Suite, run: Callable[[AtomSuite, Stub], Mapping[str, TestOutcome]], at_once: int
) -> dict[str, frozenset[str]]:
    pairs = [(atom, stub) for atom in suite.atoms for stub in Stub]
    with ThreadPoolExecutor(at_once, thread_name_prefix="stubs") as pool:
        results = list(pool.map(lambda pair: run(*pair), pairs))
    found: dict[str, set[str]] = {}
    for (_, stub), outcomes in zip(pairs, results, strict=True):
        for check, outcome in outcomes.items():
            if outcome.status is TestStatus.PASSED:
                found.setdefault(check, set()).add(stub.value)
    return {check: frozenset(stubs) for check, stubs in found.items()}
