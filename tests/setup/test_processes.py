"""Processes are told apart, ended with what they started, and never taken for another."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from mgeconsole.services import processes
from mgeconsole.services.processes import Identity

SLEEP = (sys.executable, "-S", "-c", "import time; time.sleep(60)")


def start(command: tuple[str, ...] = SLEEP) -> subprocess.Popen[bytes]:
    return processes.spawn(
        command, env={"PATH": os.defpath}, cwd=Path("/"), output=subprocess.DEVNULL
    )


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    process = start()
    # Until the program is loaded, the process still shows our own command.
    assert processes.wait_until(lambda: tuple(psutil.Process(process.pid).cmdline()) == SLEEP, 10)
    yield process
    processes.signal_group(process.pid, signal.SIGKILL)
    process.wait()


@pytest.fixture
def identity(sleeper: subprocess.Popen[bytes]) -> Identity:
    found = processes.identify(sleeper.pid, SLEEP)
    assert found is not None
    return found


def test_a_process_is_known_by_pid_start_and_command(identity: Identity) -> None:
    assert processes.still_runs(identity)


@pytest.mark.parametrize("difference", ["pid", "gone", "started", "command"])
def test_a_process_that_differs_in_anything_is_another(identity: Identity, difference: str) -> None:
    other = {
        "pid": replace(identity, pid=os.getpid()),
        "gone": replace(identity, pid=2**22 + 1),
        "started": replace(identity, started=identity.started - 60),
        "command": replace(identity, command=("postgres",)),
    }[difference]

    assert not processes.still_runs(other)
    assert processes.end_leftovers([other]) == ()
    assert processes.still_runs(identity)


def test_a_process_that_is_gone_has_no_identity() -> None:
    assert processes.identify(2**22 + 1, SLEEP) is None


def test_leftovers_are_ended(identity: Identity, sleeper: subprocess.Popen[bytes]) -> None:
    assert processes.end_leftovers([identity]) == (identity,)
    assert sleeper.wait(5) == -signal.SIGTERM


def test_leftovers_that_ignore_sigterm_are_killed() -> None:
    text = "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True)"
    command = (sys.executable, "-S", "-c", f"{text}; time.sleep(60)")
    process = processes.spawn(
        command, env={"PATH": os.defpath}, cwd=Path("/"), output=subprocess.PIPE
    )
    assert process.stdout is not None
    with process.stdout as output:
        assert output.readline() == b"1\n"
        identity = processes.identify(process.pid, command)
        assert identity is not None

        assert processes.end_leftovers([identity], grace_s=0.2) == (identity,)
        assert process.wait(5) == -signal.SIGKILL


def test_identities_are_read_back(tmp_path: Path, identity: Identity) -> None:
    path = tmp_path / "processes.json"

    processes.write_identities(path, [identity])

    assert processes.read_identities(path) == (identity,)


@pytest.mark.parametrize("text", [None, "", "[", "{}x", '[{"pid": 1}]', "[1]", "7"])
def test_a_broken_record_names_nobody(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "processes.json"
    if text is not None:
        path.write_text(text)

    assert processes.read_identities(path) == ()


def test_the_end_of_a_child_is_seen_before_it_is_collected() -> None:
    process = start((sys.executable, "-S", "-c", ""))

    assert processes.wait_until(lambda: processes.has_ended(process), 10)
    assert psutil.pid_exists(process.pid)
    assert process.wait() == 0
    assert processes.has_ended(process)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
def test_a_child_does_not_outlive_a_killed_parent(tmp_path: Path) -> None:
    script = (
        "import os, signal, subprocess, sys; from pathlib import Path\n"
        "from mgeconsole.services import processes\n"
        "child = processes.spawn(sys.argv[1:], env={}, cwd=Path('/'), output=subprocess.DEVNULL)\n"
        "print(child.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    root = Path(__file__).resolve().parents[2]

    killed = subprocess.run(
        [sys.executable, "-c", script, *SLEEP],
        cwd=root,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )

    assert killed.returncode == -signal.SIGKILL
    pid = int(killed.stdout)
    assert processes.wait_until(lambda: not psutil.pid_exists(pid), 10)


def test_waiting_has_an_end() -> None:
    begun = time.monotonic()

    assert not processes.wait_until(lambda: False, limit_s=0.1, step_s=0.01)
    assert time.monotonic() - begun < 5
