"""The whole stack, as `make run` starts it: up, disturbed, stopped, killed, up again."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import psutil
import pytest

from mgeconsole import environment
from mgeconsole.services import placement, ports, processes

ROOT = Path(__file__).resolve().parents[2]
START_LIMIT_S = 90
# What the test session set for itself, and the stack is to make.
OWN = {"DATABASE_URL", "REDIS_URL", "LLM_BASE_URL", "LLM_API_KEY", "SECRET_KEY"}

pytestmark = pytest.mark.e2e


class Stack:
    """`manage.py up` over a state folder of its own."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.log = var.parent / "log"
        self.env = {name: value for name, value in os.environ.items() if name not in OWN}
        self.env["MGE_VAR_DIR"] = str(var)
        self.process: subprocess.Popen[bytes] | None = None

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "manage.py", *arguments]

    def start(self) -> str:
        """Start it, and return its address once it has said that it runs."""
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                self.command("up", "--no-demo"), cwd=ROOT, env=self.env, stdout=log, stderr=log
            )
        return self.address()

    def address(self) -> str:
        assert self.process is not None
        deadline = time.monotonic() + START_LIMIT_S
        while not (self.var / "run" / "address").exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(self.said())
            time.sleep(0.1)
        return (self.var / "run" / "address").read_text()

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def pids(self) -> dict[int, str]:
        """Return the children, with their commands."""
        recorded = processes.read_identities(self.var / "run" / "processes.json")
        return {each.pid: " ".join(each.command) for each in recorded}

    def pid_of(self, part: str) -> int:
        (pid,) = [pid for pid, command in self.pids().items() if part in command]
        return pid

    def end(self) -> None:
        """End whatever is left, and remove what lies outside of the state folder."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        processes.end_leftovers(processes.read_identities(self.var / "run" / "processes.json"))
        if os.geteuid() == 0:
            shutil.rmtree(placement.outside_home(self.var, "postgres"), ignore_errors=True)


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    stack = Stack(tmp_path / "var")
    yield stack
    stack.end()


def status(url: str) -> int:
    with build_opener(ProxyHandler({})).open(url, timeout=5) as response:
        code: int = response.status
    return code


def gone(pids: dict[int, str]) -> bool:
    return processes.wait_until(lambda: not any(map(psutil.pid_exists, pids)), 20)


def test_the_stack_lives_through_accidents_and_leaves_nothing_behind(stack: Stack) -> None:
    address = stack.start()
    assert status(f"{address}/healthz") == 200
    assert status(f"{address}/readyz") == 200
    assert environment.stack_runs(stack.var)

    # Commands beside it use its database.
    beside = subprocess.run(
        stack.command("migrate", "--check"), cwd=ROOT, env=stack.env, check=False
    )
    assert beside.returncode == 0

    # A second one is refused, and says where the first is.
    second = subprocess.run(
        stack.command("up"), cwd=ROOT, env=stack.env, capture_output=True, text=True, check=False
    )
    assert second.returncode == 1
    assert f"MGE Console already runs at {address}" in second.stdout

    # A killed child comes back, and so does a killed Postgres with its data. The worker of the
    # sandbox starts last, once the pages answer.
    assert processes.wait_until(lambda: len(stack.pids()) == 7, 10)
    for part in ("-Q control,attempts", "-Q sandbox", "postgres -D"):
        old = stack.pid_of(part)
        os.kill(old, signal.SIGKILL)
        assert processes.wait_until(
            lambda part=part, old=old: part in str(stack.pids()) and stack.pid_of(part) != old, 30
        )
    assert processes.wait_until(lambda: ready(address), 30), stack.said()

    # SIGTERM ends all of it.
    assert stack.process is not None
    pids = stack.pids()
    assert len(pids) == 7
    stack.process.terminate()
    assert stack.process.wait(40) == 0, stack.said()
    assert "Nothing is left running." in stack.said()
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert not environment.stack_env_file(stack.var).exists()
    assert not ports.answers(int(address.rsplit(":")[-1]))

    # Killed outright, it takes its children along, and the next start works.
    stack.start()
    pids = stack.pids()
    stack.process.kill()
    stack.process.wait()
    assert gone(pids)
    (stack.var / "run" / "address").unlink()
    again = stack.start()
    assert status(f"{again}/readyz") == 200
    stack.process.send_signal(signal.SIGINT)
    assert stack.process.wait(40) == 0, stack.said()


def ready(address: str) -> bool:
    try:
        return status(f"{address}/readyz") == 200
    except OSError:
        return False


def test_a_port_that_was_asked_for_and_is_busy_stops_the_start(stack: Stack) -> None:
    with socket.socket() as server:
        server.bind((ports.LOOPBACK, 0))
        server.listen()
        busy = server.getsockname()[1]

        refused = subprocess.run(
            stack.command("up", "--no-demo", "--port", str(busy)),
            cwd=ROOT,
            env=stack.env,
            capture_output=True,
            text=True,
            check=False,
        )

    assert refused.returncode == 1
    assert f"Port {busy} is busy. Give another one" in refused.stdout
    assert not environment.stack_runs(stack.var)
