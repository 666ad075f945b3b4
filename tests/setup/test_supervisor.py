"""The supervisor over small real programs: nothing stays down, nothing stays behind."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from mgeconsole.services import processes
from mgeconsole.supervisor.supervisor import answers_ok

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("small_stack.py")

STEADY = "import os, time; print('pid', os.getpid()); time.sleep(60)"
STUBBORN = (
    "import os, signal, time; signal.signal(15, signal.SIG_IGN);"
    "print('pid', os.getpid()); time.sleep(60)"
)
# A grandchild in a session of its own, whose parent ends: nobody's child any more.
PARENT = (
    "import os, subprocess, sys, time;"
    'code = \'import subprocess, sys; p = subprocess.Popen([sys.executable, "-S", "-c",'
    ' "import time; time.sleep(60)"], start_new_session=True); print("pid", p.pid)\';'
    "subprocess.run([sys.executable, '-u', '-S', '-c', code]);"
    "time.sleep(60)"
)
BROKEN = "import sys; print('no luck'); sys.exit(3)"


class Stack:
    """A running small_stack.py, and what it has printed."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []

    def read_until(self, pattern: str) -> re.Match[str]:
        """Return the first new line that matches. Raises AssertionError at the end of output."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if match := re.search(pattern, line):
                return match
        raise AssertionError("\n".join(self.lines))

    def pid_of(self, name: str) -> int:
        return int(self.read_until(rf"^{name} +\| pid (\d+)")[1])


@contextmanager
def stack(*arguments: str, **environ: str) -> Iterator[Stack]:
    process = subprocess.Popen(
        [sys.executable, "-u", str(SCRIPT), *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environ,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout:
        try:
            yield Stack(process)
        finally:
            process.kill()
            process.wait()


def gone(*pids: int) -> bool:
    return processes.wait_until(lambda: not any(psutil.pid_exists(pid) for pid in pids), 10)


def test_a_killed_child_starts_again(tmp_path: Path) -> None:
    record = tmp_path / "record"
    with stack(str(record), f"worker={STEADY}", f"web={STEADY}") as running:
        pids = {running.pid_of("(?:worker|web)"), running.pid_of("(?:worker|web)")}
        assert {identity.pid for identity in processes.read_identities(record)} == pids

        os.kill(pids.pop(), signal.SIGKILL)
        running.read_until(r"was ended by SIGKILL; it starts again in 1 s\.")
        pids.add(running.pid_of("(?:worker|web)"))

        running.process.terminate()
        running.read_until("stopped")
        assert running.process.wait(10) == 0
        assert gone(*pids)
        assert not record.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_every_stop_signal_stops_all(tmp_path: Path, number: signal.Signals) -> None:
    with stack(str(tmp_path / "record"), f"worker={STEADY}") as running:
        pid = running.pid_of("worker")

        running.process.send_signal(number)

        running.read_until("stopped")
        assert running.process.wait(10) == 0
        assert gone(pid)


def test_a_child_that_ignores_the_signal_is_killed_after_its_grace(tmp_path: Path) -> None:
    with stack(str(tmp_path / "record"), f"worker={STUBBORN}") as running:
        pid = running.pid_of("worker")

        running.process.terminate()

        assert running.process.wait(10) == 0
        assert gone(pid)


def test_what_a_child_left_alone_is_ended_too(tmp_path: Path) -> None:
    with stack(str(tmp_path / "record"), f"worker={PARENT}") as running:
        orphan = running.pid_of("worker")
        assert psutil.pid_exists(orphan)

        running.process.terminate()

        assert running.process.wait(10) == 0
        assert gone(orphan)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
def test_children_end_with_a_killed_supervisor(tmp_path: Path) -> None:
    with stack(str(tmp_path / "record"), f"worker={STUBBORN}") as running:
        pid = running.pid_of("worker")

        running.process.kill()

        assert gone(pid)


def test_the_stack_ends_when_nobody_reads_it_any_more(tmp_path: Path) -> None:
    chatty = "import time\nwhile True: print('still here'); time.sleep(0.05)"
    with stack(str(tmp_path / "record"), f"web={STEADY}", f"worker={chatty}") as running:
        pid = running.pid_of("web")
        assert running.process.stdout is not None

        running.process.stdout.close()

        assert running.process.wait(10) == 0
        assert gone(pid)


def test_a_child_that_never_comes_up_stops_the_start(tmp_path: Path) -> None:
    with stack(str(tmp_path / "breaks"), f"web={STEADY}", f"worker={BROKEN}") as running:
        pid = running.pid_of("web")

        running.read_until("worker ended with code 3, 3 times in a row. Its lines above say why.")

        assert running.process.wait(10) == 1
        assert gone(pid)


def test_a_stack_started_by_make_ends_with_it(tmp_path: Path) -> None:
    code = "import subprocess, sys; subprocess.run(sys.argv[1:])"
    inner = [sys.executable, "-u", str(SCRIPT), "--parent", str(tmp_path / "record")]
    make = subprocess.Popen(
        [sys.executable, "-c", code, *inner, f"worker={STEADY}"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert make.stdout is not None
    with make.stdout:
        running = Stack(make)
        pid = running.pid_of("worker")

        make.kill()
        make.wait()

        running.read_until("stopped")
        assert gone(pid)


def test_no_server_is_no_good_answer() -> None:
    assert not answers_ok("http://127.0.0.1:1/readyz", timeout_s=0.2)
