"""Runs the tests of a plan against code, and decides: needs neither a stored plan nor a model."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from apps.acceptance import evidence
from apps.acceptance.core.evidence import REPEATS, worst
from apps.acceptance.core.lookup import find_lookups
from apps.acceptance.core.suite import Suite
from apps.acceptance.core.verdict import TestOutcome, Verdict, decide, weak_checks

AT_ONCE = evidence.AT_ONCE
RunTests = evidence.RunTests


def verify(
    suite: Suite,
    files: Mapping[str, str],
    run: RunTests,
    *,
    green_on: evidence.GreenOn | None = None,
    is_repeated: bool = False,
) -> Verdict:
    """Return the verdict on the code; `files` are its sources by relative path.

    Each atom's tests run once on the code and once on each of the stubs: what is green on code that
    does nothing is not counted. `green_on` is what is known of stubs already, which then do not run.
    Repeated, the tests run under several conditions, and one passes when it passes under all.
    """
    outcomes = _outcomes(suite, files, run, len(REPEATS) if is_repeated else 0)
    if green_on is None:
        green_on = evidence.green_stubs(suite, files, run, at_once=AT_ONCE)
    lookups = [
        finding
        for path, code in files.items()
        for finding in find_lookups(code, path, [c for c in suite.checks if c.target.path == path])
    ]
    return decide(suite, outcomes, weak=weak_checks(suite, green_on), lookups=lookups)


def _outcomes(
    suite: Suite, files: Mapping[str, str], run: RunTests, times: int
) -> dict[str, TestOutcome]:
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="tests") as pool:
        results = pool.map(
            lambda atom: evidence.repeats(atom, files, run, times) or (run(atom, files),),
            suite.atoms,
        )
        return worst([outcomes for runs in results for outcomes in runs])
