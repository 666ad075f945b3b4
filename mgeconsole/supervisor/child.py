"""One child of the stack: started, watched, started again, stopped."""

import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mgeconsole.services import processes

LONGEST_DELAY_S = 30.0
HEALTHY_AFTER_S = 60.0  # having run this long, a child starts with a clean record


def restart_delay_s(failures: int) -> float:
    """Return the seconds before the next start, after so many failures in a row: 1, 2, 4 … 30."""
    return min(2.0 ** (failures - 1), LONGEST_DELAY_S)


def failures_after(failures: int, ran_s: float) -> int:
    """Return the failures in a row once a child that ran this long has ended."""
    return 1 if ran_s >= HEALTHY_AFTER_S else failures + 1


def describe_end(code: int) -> str:
    """Say in words how a process ended."""
    if code >= 0:
        return f"ended with code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"


def _nothing() -> None:
    """Most programs need no preparation."""


@dataclass(frozen=True, slots=True)
class Program:
    """What to run, and how it wants to be stopped."""

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path
    account: processes.Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    grace_s: float = 10.0  # from the stop signal to SIGKILL
    orphan_signal: signal.Signals = signal.SIGKILL  # what it gets when the supervisor is killed
    prepare: Callable[[], None] = field(default=_nothing)  # before every start


@dataclass(slots=True)
class Child:
    """A program's process, now or soon."""

    program: Program
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0  # all moments are seconds of one monotonic clock
    failures: int = 0
    start_at: float | None = None  # the next start, while none runs
    code: int | None = None  # how a program that runs only once has ended

    @property
    def name(self) -> str:
        return self.program.name

    def start(self, now: float) -> subprocess.Popen[bytes]:
        program = self.program
        program.prepare()
        self.process = processes.spawn(
            program.command,
            env=program.env,
            cwd=program.cwd,
            output=subprocess.PIPE,
            orphan_signal=program.orphan_signal,
            account=program.account,
        )
        self.started_at = now
        self.start_at = None
        return self.process

    def ended(self) -> int | None:
        """Return the exit code of a process that has just ended, and clear up behind it."""
        if self.process is None or not processes.has_ended(self.process):
            return None
        # While the ended process is not collected, its group cannot be another's.
        processes.signal_group(self.process.pid, signal.SIGKILL)
        code = self.process.wait()
        self.process = None
        return code

    def fail(self, now: float) -> float:
        """Count a failure, plan the next start, and return the seconds until then."""
        self.failures = failures_after(self.failures, now - self.started_at)
        delay_s = restart_delay_s(self.failures)
        self.start_at = now + delay_s
        return delay_s

    def is_due(self, now: float) -> bool:
        return self.start_at is not None and now >= self.start_at
