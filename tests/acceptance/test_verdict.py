"""From results to verdicts."""

import pytest

from apps.acceptance.core.gate import GateState, TestStatus
from apps.acceptance.core.lookup import LookupFinding
from apps.acceptance.core.verdict import TestOutcome, Verdict, decide, weak_checks
from tests.acceptance.test_suite import suite

PASSED = TestOutcome(TestStatus.PASSED)
FAILED = TestOutcome(TestStatus.FAILED, "assert 'hello' == 'HELLO'")


def all_passed() -> dict[str, TestOutcome]:
    return {check.id: PASSED for check in suite().checks}


def words(verdict: Verdict) -> dict[str, str]:
    return {row.requirement.id: row.word for row in verdict.requirements}


def test_everything_passed() -> None:
    verdict = decide(suite(), all_passed())

    assert words(verdict) == {
        "R1": "met",
        "R2": "met",
        "R3": "met",
        "R4": "untestable",
        "R5": "met",
    }
    assert verdict.gate.state is GateState.NOT_DECIDABLE
    assert verdict.gate.uncovered == ("R4",)


def test_a_failure_shuts_the_gate_and_names_the_test() -> None:
    verdict = decide(suite(), all_passed() | {"R1.c1": FAILED})

    assert verdict.gate.state is GateState.CLOSED
    assert verdict.gate.blocking == ("R1.c1",)
    assert words(verdict)["R1"] == "not_met"


def test_what_has_no_result_did_not_run() -> None:
    outcomes = all_passed()
    del outcomes["R2.c1"]

    verdict = decide(suite(), outcomes)

    assert verdict.gate.blocking == ("R2.c1",)
    row = verdict.requirements[1]
    assert row.outcomes["R2.c1"].status is TestStatus.NOT_RUN


def test_code_that_carries_the_examples_is_objected_to() -> None:
    finding = LookupFinding("R1", 3, "The code carries the examples, in line 3.")

    verdict = decide(suite(), all_passed(), lookups=[finding])

    assert verdict.gate.state is GateState.CLOSED
    assert verdict.gate.objections == ("R1: The code carries the examples, in line 3.",)


def test_a_test_that_says_nothing_does_not_count() -> None:
    only = {check.id for check in suite().checks if check.requirement == "R5"}

    verdict = decide(suite(), all_passed(), weak=only)

    row = verdict.requirements[4]
    assert (row.word, row.weak) == ("uncovered", tuple(row.outcomes))


@pytest.mark.parametrize(
    ("green", "weak"),
    [
        ({}, set()),
        ({"R2.c1": {"echo"}, "R2.h1": {"echo"}}, {"R2.c1", "R2.h1"}),
        ({"R1.c1": {"none"}}, set()),  # R1.h1 is red on it, so the two together refuse it
        ({"R1.c1": {"none", "zero"}, "R1.h1": {"zero"}}, {"R1.c1", "R1.h1"}),
    ],
)
def test_weak_checks(green: dict[str, set[str]], weak: set[str]) -> None:
    made = suite()
    known = {check: frozenset(stubs) for check, stubs in green.items()}
    own = {check.id for check in made.checks}

    assert weak_checks(made, known) == weak & own
