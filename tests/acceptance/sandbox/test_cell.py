"""A running sandbox from the host's side: when it is ended, and what is said of it then."""

import os
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from apps.acceptance.adapters.sandbox import cell as cells
from apps.acceptance.adapters.sandbox.bubblewrap import Bubblewrap
from apps.acceptance.adapters.sandbox.slots import Slots
from apps.acceptance.core.sandbox import Job, KillReason, Limits, Outcome, Status

SLEEPS = Job(files={}, command=("sleep", "60"), limits=Limits(wall_s=30))


def watched(cell: cells.Cell) -> tuple[threading.Thread, list[Outcome]]:
    outcomes: list[Outcome] = []
    thread = threading.Thread(target=lambda: outcomes.append(cell.wait()))
    thread.start()
    return thread, outcomes


@pytest.mark.parametrize("after_s", [0.0, 0.002, 0.01, 0.05, 0.3])
def test_it_can_be_ended_at_any_moment(sandbox: Bubblewrap, after_s: float) -> None:
    """Also before bwrap has said which process is the first one inside."""
    cell = sandbox.start(SLEEPS)
    thread, outcomes = watched(cell)
    time.sleep(after_s)
    cell.kill()
    thread.join(10)

    assert [each.kill_reason for each in outcomes] == [KillReason.CANCELLED]
    cell.kill(KillReason.WALL)  # late: nothing happens


def test_one_whose_work_is_done_has_a_moment_to_leave(sandbox: Bubblewrap) -> None:
    cell = sandbox.start(SLEEPS)
    thread, outcomes = watched(cell)
    cell.end_within(0.2)
    thread.join(10)

    assert [(each.status, each.kill_reason) for each in outcomes] == [
        (Status.KILLED, KillReason.CANCELLED)
    ]


def test_one_that_waits_is_watched_again_with_its_job(
    sandbox: Bubblewrap, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However rarely it is looked at before."""
    monkeypatch.setattr(cells, "REST_TICK_S", 60.0)
    cell = sandbox.start(SLEEPS)
    cell.rest()
    thread, outcomes = watched(cell)
    time.sleep(0.3)  # by now it looks once a minute
    began = time.monotonic()
    cell.restart_clock(0.2)
    thread.join(10)

    assert [each.kill_reason for each in outcomes] == [KillReason.WALL]
    assert time.monotonic() - began < 5


@pytest.mark.skipif(os.geteuid() != 0, reason="only sandboxes that root starts have such users")
def test_what_a_killed_worker_left_while_setting_up_is_ended(tmp_path: Path) -> None:
    slots = Slots(tmp_path / "slots", first=61_980, count=2)
    program = Path(shutil.which("sleep") or "").resolve()
    left, owned = (
        subprocess.Popen([program, "60"], user=uid, group=uid, extra_groups=[], cwd="/")
        for uid in (61_980, 61_981)
    )
    try:
        living = Slots(tmp_path / "slots", first=61_981, count=1)
        lock = living._lock(61_981)
        assert lock is not None
        slots.clear(Path("/usr/bin/another"))
        assert left.poll() is None

        slots.clear(program)

        assert left.wait(10) == -signal.SIGKILL
        assert owned.poll() is None, "a worker that lives has this one"
        os.close(lock)
    finally:
        for process in (left, owned):
            process.kill()
            process.wait()
