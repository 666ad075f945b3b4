from datetime import UTC, datetime, timedelta

import pytest

from apps.dashboard.core.stage import Stage
from apps.execution.core import states

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
BEFORE = NOW - timedelta(minutes=5)


@pytest.mark.parametrize(
    ("plan", "atom", "was_started", "state"),
    [
        ("running", "queued", True, "queued"),
        ("paused", "queued", False, "held"),
        ("paused", "running", True, "running"),
        ("paused", "pending", False, "pending"),
        ("cancelled", "pending", True, "not_finished"),
        ("cancelled", "pending", False, "not_run"),
        ("failed", "queued", False, "not_run"),
        ("failed", "blocked", False, "blocked"),
        ("completed", "succeeded", True, "succeeded"),
    ],
)
def test_atom_state(plan: str, atom: str, state: str, *, was_started: bool) -> None:
    assert Stage(plan, NOW).atom_state(atom, was_started=was_started) == state


@pytest.mark.parametrize(
    ("plan", "wave", "under_way", "state"),
    [
        ("running", "running", 0, "running"),
        ("paused", "running", 0, "held"),
        ("paused", "running", 1, "running"),
        ("paused", "pending", 0, "pending"),
        ("cancelled", "running", 0, "not_finished"),
        ("cancelled", "pending", 0, "not_run"),
        ("failed", "blocked", 0, "blocked"),
    ],
)
def test_wave_state(plan: str, wave: str, under_way: int, state: str) -> None:
    assert Stage(plan, NOW).wave_state(wave, {"running": under_way}) == state


def test_nothing_of_a_plan_that_is_over_goes_on() -> None:
    for plan in ("cancelled", "failed", "completed"):
        shown = {Stage(plan, NOW).atom_state(status) for status in states.ATOM}
        assert not shown & {"running", "queued", "pending"}


@pytest.mark.parametrize(("state", "until"), [("running", NOW), ("held", BEFORE)])
def test_clocks_stop_with_the_plan_except_those_of_calls_under_way(
    state: str, until: datetime
) -> None:
    assert Stage("paused", NOW, stopped_at=BEFORE).until(state) == until


def test_until_now_while_nothing_stopped() -> None:
    assert Stage("running", NOW).until("queued") == NOW
