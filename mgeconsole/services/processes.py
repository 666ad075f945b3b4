"""Start processes that do not outlive us, and find again those that did."""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

import psutil

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

# Start times are read back from the same clock; the tolerance covers systems that round it.
_SAME_START_S = 1.0


@dataclass(frozen=True, slots=True)
class Account:
    """A system user that a process runs as."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells a process from a later one with the same pid."""

    pid: int
    started: float  # seconds since the epoch
    command: tuple[str, ...]


def end_with_parent(number: signal.Signals) -> None:
    """Have this process signalled when its parent dies, where the system (Linux) can do that."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(number))


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent dies, where the system can do that."""
    if _libc is not None:
        _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _tie(parent: int, number: signal.Signals) -> Callable[[], None]:
    def in_child() -> None:
        end_with_parent(number)
        if os.getppid() != parent:  # it died before the tie was made
            os._exit(1)

    return in_child


def spawn(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    output: IO[bytes] | int,
    orphan_signal: signal.Signals = signal.SIGKILL,
    account: Account | None = None,
) -> subprocess.Popen[bytes]:
    """Start a command in a session of its own; it gets orphan_signal when this process dies.

    Call it from the main thread: Linux counts the death of the calling thread.
    """
    return subprocess.Popen(
        command,
        env=dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        # Runs after the change of user, which would undo the tie.
        preexec_fn=(  # noqa: PLW1509 - callers have one thread, and the function takes no lock
            _tie(os.getpid(), orphan_signal) if _libc is not None else None
        ),
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )


def identify(pid: int, command: Sequence[str]) -> Identity | None:
    """Describe a process started with this command; None when it is gone already."""
    try:
        return Identity(pid, psutil.Process(pid).create_time(), tuple(command))
    except psutil.Error:
        return None


def still_runs(identity: Identity) -> bool:
    """Tell whether that very process is alive: same pid, same start, same command."""
    try:
        process = psutil.Process(identity.pid)
        return (
            abs(process.create_time() - identity.started) < _SAME_START_S
            and tuple(process.cmdline()) == identity.command
            and process.status() != psutil.STATUS_ZOMBIE
        )
    except psutil.Error:
        return False


def write_identities(path: Path, identities: Iterable[Identity]) -> None:
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps([asdict(identity) for identity in identities]), encoding="utf-8")
    draft.replace(path)


def read_identities(path: Path) -> tuple[Identity, ...]:
    """Read the recorded processes; none when there is no record, or only half of one."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        return tuple(
            Identity(int(row["pid"]), float(row["started"]), tuple(row["command"])) for row in rows
        )
    except (OSError, ValueError, TypeError, KeyError):
        return ()


def has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Tell whether a child is over, without collecting it: its pid stays its own."""
    if process.returncode is not None:
        return True
    options = os.WEXITED | os.WNOHANG | os.WNOWAIT
    return os.waitid(os.P_PID, process.pid, options) is not None


def collect_adopted(own: frozenset[int]) -> None:
    """Collect ended children that we adopted; own pids are left to those who started them."""
    options = os.WEXITED | os.WNOHANG | os.WNOWAIT
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitid(os.P_ALL, 0, options)) and ended.si_pid not in own:
            os.waitpid(ended.si_pid, 0)


def end_descendants() -> int:
    """Kill every process below this one; return how many there were."""
    below = psutil.Process().children(recursive=True)
    for process in below:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(below, timeout=5)
    return len(below)


def signal_group(pid: int, number: signal.Signals) -> None:
    """Signal a process that spawn() started, and what it started; gone ones are no error."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def end_leftovers(identities: Iterable[Identity], grace_s: float = 5.0) -> tuple[Identity, ...]:
    """End recorded processes that outlived their supervisor; return those that were alive.

    They lose SIGTERM's grace after grace_s. A process that merely has the same pid is not touched.
    """
    alive = tuple(identity for identity in identities if still_runs(identity))
    for identity in alive:
        signal_group(identity.pid, signal.SIGTERM)
    if not wait_until(lambda: not any(still_runs(each) for each in alive), grace_s):
        for identity in alive:
            if still_runs(identity):
                signal_group(identity.pid, signal.SIGKILL)
        wait_until(lambda: not any(still_runs(each) for each in alive), grace_s)
    return alive


def wait_until(claim: Callable[[], bool], limit_s: float, step_s: float = 0.05) -> bool:
    """Ask again and again until the claim holds; return whether it did within the limit."""
    deadline = time.monotonic() + limit_s
    while not claim():
        if time.monotonic() > deadline:
            return False
        time.sleep(step_s)
    return True
