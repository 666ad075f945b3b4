"""Real processes for the tests that need them: replay server, Celery worker and beat, web server.

They work on the test's own database and Valkey, listen on loopback only, and end with the test.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx
from django.conf import settings
from django.db import connection

from mgeconsole.services import ports
from mgeconsole.supervisor.programs import application

ROOT = Path(__file__).resolve().parents[1]


def wait_for(claim: Callable[[], bool], *, limit_s: float, step_s: float = 0.1) -> None:
    """Return as soon as the claim holds; fail the test when it does not in time."""
    end = time.monotonic() + limit_s
    while not claim():
        if time.monotonic() > end:
            raise AssertionError(f"{claim.__name__} did not hold within {limit_s} s")
        time.sleep(step_s)


@dataclass
class Program:
    """A child process in a group of its own."""

    command: list[str]
    env: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                env=dict(self.env),
                cwd=ROOT,
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def kill(self) -> None:
        """End it at once, as a crash would, with everything it started."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to end; insist after ten seconds."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, how)
            self.process.wait(timeout=10)
        except ProcessLookupError:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=10)
        self.process = None


def stack_env(folder: Path, **changes: str) -> dict[str, str]:
    """Return the environment of a child that works on the test's database and Valkey."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    database = urlunsplit(parts._replace(path="/" + connection.settings_dict["NAME"]))
    return {
        **os.environ,
        "DATABASE_URL": database,
        "REDIS_URL": settings.REDIS_URL,
        "MGE_VAR_DIR": str(folder),
        "SECRET_KEY": settings.SECRET_KEY,
        "DJANGO_SETTINGS_MODULE": "mgeconsole.settings",
        "LLM_API_KEY": "tests",
        "ACCEPTANCE_GATE": "off",  # tests of the gate start a sandbox worker and turn it on
        **changes,
    }


@contextmanager
def running(program: Program) -> Iterator[Program]:
    """Start the program and end it with the block."""
    program.start()
    try:
        yield program
    finally:
        program.stop()


@dataclass(frozen=True)
class Replay:
    """A replay server and the way to its counters."""

    base_url: str  # with /v1
    control_url: str

    def counters(self) -> dict[str, object]:
        answer = httpx.get(self.control_url, timeout=10)
        answer.raise_for_status()
        counters: dict[str, object] = answer.json()
        return counters

    def set(self, **options: object) -> None:
        httpx.post(self.control_url, json=options, timeout=10).raise_for_status()


@contextmanager
def replay_server(folder: Path, answers: Path, *options: str) -> Iterator[Replay]:
    """Answer from these recorded answers until the block ends."""
    port = ports.any_free()
    command = [sys.executable, "-m", "apps.llm.replay", "--port", str(port)]
    command += ["--answers", str(answers), "--seed", "7", *options]
    program = Program(command, {**os.environ}, folder / "replay.log")
    with running(program):
        wait_for(lambda: answers_http(f"http://127.0.0.1:{port}/healthz"), limit_s=30)
        yield Replay(f"http://127.0.0.1:{port}/v1", f"http://127.0.0.1:{port}/control")


def answers_http(url: str) -> bool:
    """Return whether somebody answers there with success."""
    try:
        return httpx.get(url, timeout=2).is_success
    except httpx.HTTPError:
        return False


def worker_program(folder: Path, env: Mapping[str, str], *, threads: int = 8) -> Program:
    """Return a Celery worker for both queues, under a name of its own."""
    program = _like_up("worker", folder, env)
    changes = ["-c", str(threads), "-n", f"test{os.getpid()}@%h"]
    return Program([*program.command, *changes], env, program.log)


def sandbox_program(folder: Path, env: Mapping[str, str]) -> Program:
    """Return the worker that runs tests, under a name of its own."""
    program = _like_up("sandbox", folder, env)
    return Program([*program.command, "-n", f"sandbox{os.getpid()}@%h"], env, program.log)


def beat_program(folder: Path, env: Mapping[str, str]) -> Program:
    """Return the clock that calls the sweeper."""
    return _like_up("beat", folder, env)


def web_program(folder: Path, env: Mapping[str, str], port: int) -> Program:
    """Return the server of the pages and the websocket."""
    return _like_up("web", folder, env, web_port=str(port))


def _like_up(name: str, folder: Path, env: Mapping[str, str], **facts: str) -> Program:
    """Return the program with the command that `manage.py up` gives it."""
    (folder / "beat").mkdir(exist_ok=True)
    command = application(name, env, {"var": str(folder), **facts}).command
    return Program(list(command), env, folder / f"{name}.log")


def collect_static(env: Mapping[str, str]) -> None:
    """Give the static files the names that the pages use."""
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    subprocess.run(command, env=dict(env), cwd=ROOT, check=True, timeout=60)
