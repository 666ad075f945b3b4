"""Runs the tests of a plan against code, and decides: needs neither a stored plan nor a model."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from apps.acceptance.core.lookup import find_lookups
from apps.acceptance.core.quality import Stub, python_stub
from apps.acceptance.core.suite import AtomSuite, Suite
from apps.acceptance.core.verdict import TestOutcome, Verdict, decide, weak_checks

AT_ONCE = 2  # pairs of processes; the machine has other things to do

# Runs the tests of one atom against these files: outcomes by the id of the check.
RunTests = Callable[[AtomSuite, Mapping[str, str]], Mapping[str, TestOutcome]]


def verify(suite: Suite, files: Mapping[str, str], run: RunTests) -> Verdict:
    """Return the verdict on the code; `files` are its sources by relative path.

    Each atom's tests run once on the code and once on each of the stubs: what is green on code that
    does nothing is not counted.
    """
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="tests") as pool:
        results = list(pool.map(lambda atom: run(atom, files), suite.atoms))
        stubbed = [(atom, stub) for atom in suite.atoms for stub in Stub]
        greens = list(pool.map(lambda pair: _green(run, files, *pair), stubbed))
    outcomes = {check: outcome for result in results for check, outcome in result.items()}
    green_on: dict[str, set[str]] = {}
    for (_, stub), green in zip(stubbed, greens, strict=True):
        for check in green:
            green_on.setdefault(check, set()).add(stub.value)
    weak = weak_checks(suite, {check: frozenset(stubs) for check, stubs in green_on.items()})
    lookups = [
        finding
        for path, code in files.items()
        for finding in find_lookups(code, path, [c for c in suite.checks if c.target.path == path])
    ]
    return decide(suite, outcomes, weak=weak, lookups=lookups)


def _green(run: RunTests, files: Mapping[str, str], atom: AtomSuite, stub: Stub) -> list[str]:
    """Return the checks of an atom whose tests pass although a stub stands in its place."""
    path = atom.target.path
    code = f"{files.get(path, '')}\n\n\n{python_stub(atom.target, stub)}"
    found = run(atom, {**files, path: code})
    return [check for check, outcome in found.items() if outcome.status == "passed"]
