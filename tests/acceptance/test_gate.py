"""When the acceptance gate opens."""

import pytest

from apps.acceptance.core.gate import (
    GateState,
    JudgedRequirement,
    JudgedTest,
    Tally,
    TestStatus,
    judge,
)
from apps.masterplans.core.document import Priority

PASSED, FAILED = TestStatus.PASSED, TestStatus.FAILED


def requirement(
    ref: str, priority: Priority, *statuses: TestStatus, **changes: object
) -> JudgedRequirement:
    tests = tuple(JudgedTest(f"{ref}.t{n}", status) for n, status in enumerate(statuses, 1))
    return JudgedRequirement(ref, priority, tests, **changes)  # type: ignore[arg-type] # few fields


def must(ref: str, *statuses: TestStatus, **changes: object) -> JudgedRequirement:
    return requirement(ref, Priority.MUST, *statuses, **changes)


def should(ref: str, *statuses: TestStatus, **changes: object) -> JudgedRequirement:
    return requirement(ref, Priority.SHOULD, *statuses, **changes)


def many_should(passed: int, total: int) -> JudgedRequirement:
    return should("S", *[PASSED] * passed, *[FAILED] * (total - passed))


@pytest.mark.parametrize(
    ("requirements", "state"),
    [
        ([], GateState.NOT_DECIDABLE),
        ([must("R1")], GateState.NOT_DECIDABLE),
        ([should("R1")], GateState.NOT_DECIDABLE),
        ([must("R1", PASSED)], GateState.OPEN),
        ([must("R1", FAILED)], GateState.CLOSED),
        ([must("R1", PASSED), must("R2")], GateState.NOT_DECIDABLE),
        ([must("R1", FAILED), must("R2")], GateState.CLOSED),  # certain, whatever R2 is
        ([must("R1", PASSED), should("R2")], GateState.OPEN),
        ([should("R1", PASSED)], GateState.OPEN),
        ([should("R1", FAILED)], GateState.CLOSED),
        ([must("R1", PASSED), many_should(19, 20)], GateState.OPEN),
        ([must("R1", PASSED), many_should(18, 20)], GateState.CLOSED),
        ([must("R1", PASSED), many_should(18, 19)], GateState.CLOSED),  # 94.7 %
        ([requirement("R1", Priority.MAY, FAILED)], GateState.NOT_DECIDABLE),
        ([must("R1", PASSED), requirement("R2", Priority.MAY, FAILED)], GateState.OPEN),
    ],
)
def test_state(requirements: list[JudgedRequirement], state: GateState) -> None:
    assert judge(requirements).state is state


@pytest.mark.parametrize("status", [status for status in TestStatus if status is not PASSED])
def test_whatever_did_not_pass_is_not_passed(status: TestStatus) -> None:
    assert judge([must("R1", PASSED, status)]).state is GateState.CLOSED


def test_an_objection_shuts_the_gate_although_every_test_passes() -> None:
    gate = judge([must("R1", PASSED, objections=("R1: the code carries the examples.",))])

    assert gate.state is GateState.CLOSED
    assert gate.reason == "R1: the code carries the examples."


def test_what_is_in_quarantine_neither_passes_nor_fails() -> None:
    flaky = JudgedTest("R1.t2", FAILED, is_quarantined=True)
    with_another = JudgedRequirement("R1", Priority.MUST, (JudgedTest("R1.t1", PASSED), flaky))
    alone = JudgedRequirement("R2", Priority.MUST, (flaky,))

    assert judge([with_another]).state is GateState.OPEN
    assert judge([with_another, alone]).state is GateState.NOT_DECIDABLE


def test_what_is_pending_is_left_to_a_later_gate() -> None:
    gate = judge(
        [must("R1", PASSED), must("R2", FAILED, is_pending=True), must("R3", is_pending=True)]
    )

    assert gate.state is GateState.OPEN
    assert gate.pending == ("R2", "R3")


def test_figures_and_what_blocks() -> None:
    gate = judge([must("R1", PASSED, FAILED), should("R2", PASSED, FAILED), must("R3")])

    assert (gate.must, gate.should) == (Tally(1, 2), Tally(1, 2))
    assert gate.blocking == ("R1.t2", "R2.t2")
    assert gate.uncovered == ("R3",)
    assert gate.reason == "Only 1 of 2 MUST tests passed; all have to."


def test_should_tests_do_not_block_while_enough_of_them_pass() -> None:
    gate = judge([must("R1", FAILED), many_should(19, 20)])

    assert gate.blocking == ("R1.t1",)


@pytest.mark.parametrize(
    ("requirements", "reason"),
    [
        ([], "There are no tests, so nothing was evaluated."),
        ([must("R7")], "No test covers R7, so nobody can say."),
        ([many_should(1, 2)], "Only 1 of 2 SHOULD tests passed; 95 % have to."),
        ([must("R1", PASSED)], "All of 1 MUST tests passed, 0 of 0 SHOULD tests."),
    ],
)
def test_the_reason_is_a_sentence(requirements: list[JudgedRequirement], reason: str) -> None:
    assert judge(requirements).reason == reason


def test_a_requirement_is_met_by_all_of_its_tests() -> None:
    assert must("R1", PASSED, PASSED).is_met
    assert not must("R1", PASSED, FAILED).is_met
    assert not must("R1").is_met
    assert not must("R1", PASSED, objections=("No.",)).is_met


def test_share_of_nothing_is_no_share() -> None:
    assert Tally(0, 0).share is None
