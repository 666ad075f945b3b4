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
