import pytest

from apps.dashboard.core.commands import CANCELLABLE, commands
from apps.execution.core import states


@pytest.mark.parametrize(
    ("status", "labels"),
    [
        ("draft", []),
        ("ready", ["Start"]),
        ("running", ["Pause"]),
        ("paused", ["Resume"]),
        ("failed", ["Retry 2 atoms"]),
        ("completed", []),
        ("cancelled", []),
    ],
)
def test_each_state_has_its_buttons(status: str, labels: list[str]) -> None:
    assert [command.label for command in commands(status, {"failed": 2})] == labels


def test_cancelling_is_offered_where_it_is_legal() -> None:
    assert {old for old, new in states.PLAN.items() if "cancelled" in new} == CANCELLABLE


def test_a_plan_that_waits_for_its_gate_offers_retry_first() -> None:
    retry, resume = commands("paused", {}, blocked=2)

    assert (retry.verb, retry.label, retry.is_main) == ("retry-failed", "Retry 2 atoms", True)
    assert (resume.verb, resume.label, resume.is_main) == ("resume", "Run the tests again", False)


def test_without_tests_to_retry_the_tests_run_again() -> None:
    (resume,) = commands("paused", {}, blocked=0)

    assert (resume.verb, resume.is_main) == ("resume", True)
