"""How soon a child starts again, and what is said of its end."""

from pathlib import Path

import pytest

from mgeconsole.supervisor.child import (
    Child,
    Program,
    describe_end,
    failures_after,
    restart_delay_s,
)


@pytest.mark.parametrize(
    ("failures", "delay_s"), [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 30), (7, 30), (60, 30)]
)
def test_restart_delay(failures: int, delay_s: float) -> None:
    assert restart_delay_s(failures) == delay_s


@pytest.mark.parametrize(
    ("failures", "ran_s", "after"), [(0, 0.1, 1), (1, 59.9, 2), (5, 60, 1), (5, 3600, 1)]
)
def test_a_healthy_minute_clears_the_record(failures: int, ran_s: float, after: int) -> None:
    assert failures_after(failures, ran_s) == after


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0, "ended with code 0"),
        (2, "ended with code 2"),
        (-9, "was ended by SIGKILL"),
        (-250, "was ended by signal 250"),
    ],
)
def test_describe_end(code: int, words: str) -> None:
    assert describe_end(code) == words


def test_a_failed_child_is_due_after_its_delay() -> None:
    child = Child(Program("worker", ("true",), {}, Path("/")), started_at=100.0)

    assert not child.is_due(101.0)
    assert child.fail(101.0) == 1.0
    assert not child.is_due(101.9)
    assert child.is_due(102.0)
    assert child.fail(102.0) == 2.0
