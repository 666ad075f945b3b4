"""One running sandbox, watched from the host until nothing of it is left."""

import json
import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from apps.acceptance.adapters.sandbox import watch
from apps.acceptance.core.sandbox import KillReason, Limits, Outcome, Status, refused, tails

TICK_S = 0.05  # between two looks at memory and files
REST_TICK_S = 1.0  # the same while only our own program waits inside
GIVE_UP_S = 10.0  # after a kill; only a kernel that hangs needs longer
_CHUNK = 64 * 1024
_SIGNALLED = range(129, 193)  # exit codes that tell of a signal

MESSAGES = {
    KillReason.WALL: "It did not end within {limits.wall_s:g} s.",
    KillReason.CPU: "A process used {limits.cpu_s} s of processor time.",
    KillReason.MEMORY: "It used more than {limits.memory_bytes} bytes of memory.",
    KillReason.OUTPUT: "It wrote more than {limits.output_kill} bytes of output.",
    KillReason.INODES: "It made more than {limits.inodes} files.",
    KillReason.SIGNAL: "It ended by signal {signal}.",
    KillReason.CANCELLED: "The console ended it.",
}


@dataclass(slots=True)
class _Stream:
    kept: int
    data: bytearray = field(default_factory=bytearray)
    total: int = 0

    def add(self, chunk: bytes) -> None:
        self.total += len(chunk)
        self.data += chunk
        del self.data[: max(0, len(self.data) - self.kept)]


class Cell:
    """A started sandbox. Whoever started it calls wait(), once; kill() may come from anywhere."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        *,
        status: int,
        limits: Limits,
        backend: str,
        on_end: Callable[[], None],
        on_outcome: Callable[[Outcome], None],
    ) -> None:
        """Take over a bwrap that was just started; `status` is our end of its status pipe."""
        self._process = process
        # A number that is never given to another. Popen.kill() is of no use: it would collect bwrap.
        self._bwrap = os.pidfd_open(process.pid)
        self._status = status
        self._limits = limits
        self._backend = backend
        self._on_end = on_end
        self._on_outcome = on_outcome
        self._started = time.monotonic()
        self._deadline = self._started + limits.wall_s
        self._late = KillReason.WALL  # why it is ended at the deadline
        self._stdout = _Stream(limits.output_bytes_kept)
        self._stderr = _Stream(limits.output_bytes_kept)
        self._report = bytearray()  # what bwrap says about the command
        self._pid: int | None = None  # of the sandbox's first process, on the host
        self._first: int | None = None  # its pidfd
        self._reason = KillReason.NONE
        self._why = ""
        self._killed_at = 0.0
        self._tick_s = TICK_S
        self._next_look = 0.0
        self._bell = os.eventfd(0)  # wakes whoever watches
        self._is_closed = False
        self._lock = threading.Lock()

    def rest(self) -> None:
        """Look at it rarely until restart_clock(): it waits for a job, and nothing untrusted runs."""
        self._tick_s = REST_TICK_S

    def restart_clock(self, wall_s: float) -> None:
        """Give it so many seconds from now: a sandbox that waited for its job starts anew."""
        self._deadline = time.monotonic() + wall_s
        self._tick_s = TICK_S
        self._wake()

    def end_within(self, seconds: float) -> None:
        """Its work is done: leave it so long to go by itself, and end it then."""
        self._late = KillReason.CANCELLED
        self._deadline = time.monotonic() + seconds

    def _wake(self) -> None:
        with self._lock:
            if not self._is_closed:
                os.eventfd_write(self._bell, 1)

    def kill(self, reason: KillReason = KillReason.CANCELLED, why: str = "") -> None:
        """End everything inside; the first reason counts, and `why` as its sentence if given."""
        with self._lock:
            if self._is_closed:
                return
            if self._reason is KillReason.NONE:
                self._reason, self._why, self._killed_at = reason, why, time.monotonic()
            self._end_first()

    def wait(self) -> Outcome:
        """Watch it to its end and say how it went."""
        try:
            try:
                with selectors.DefaultSelector() as selector:
                    self._watch(selector)
            except BaseException:
                self.kill()  # a worker that is interrupted here leaves nothing behind
                if self._pid is None:
                    _end(self._bwrap)  # nobody reads any more whom it has started
                raise
            finally:
                exit_code, cpu_ms = self._collect()
        finally:
            self._close()
        outcome = self._outcome(exit_code, cpu_ms)
        self._on_outcome(outcome)
        return outcome

    # -- watching --------------------------------------------------------------------------

    def _watch(self, selector: selectors.BaseSelector) -> None:
        """Read and look until bwrap and, with it, all writers of its pipes are gone."""
        selector.register(self._bell, selectors.EVENT_READ, self._take_bell)
        selector.register(self._bwrap, selectors.EVENT_READ, None)
        for file, take in self._readers():
            os.set_blocking(file, False)
            selector.register(file, selectors.EVENT_READ, take)
        while len(selector.get_map()) > 1:  # the bell stays
            for key, _ in selector.select(self._tick_s):
                if key.data is None or not self._read(key.fd, key.data):
                    selector.unregister(key.fd)
            if (now := time.monotonic()) >= self._next_look:
                self._next_look = now + self._tick_s
                self._look(now)
                if self._killed_at and now > self._killed_at + GIVE_UP_S:
                    _end(self._bwrap)
                    return

    def _take_bell(self, _: bytes) -> None:
        self._next_look = 0.0

    def _readers(self) -> tuple[tuple[int, Callable[[bytes], None]], ...]:
        readers: list[tuple[int, Callable[[bytes], None]]] = [(self._status, self._take_status)]
        for pipe, stream in (
            (self._process.stdout, self._stdout),
            (self._process.stderr, self._stderr),
        ):
            if pipe is not None:
                readers.append((pipe.fileno(), stream.add))
        return tuple(readers)

    def _read(self, file: int, take: Callable[[bytes], None]) -> bool:
        try:
            chunk = os.read(file, _CHUNK)
        except BlockingIOError:
            return True
        take(chunk)
        if self._stdout.total + self._stderr.total > self._limits.output_kill:
            self.kill(KillReason.OUTPUT)
        return bool(chunk)

    def _take_status(self, chunk: bytes) -> None:
        self._report += chunk
        if self._pid is None and b"\n" in self._report:
            self._meet(int(self._reported("child-pid") or 0))

    def _meet(self, pid: int) -> None:
        """Get hold of the sandbox's first process: when it dies, the kernel ends all others."""
        with self._lock:
            with suppress(ProcessLookupError):
                self._first = os.pidfd_open(pid)
            self._pid = pid
            # When the whole machine is short of memory, this goes first.
            with suppress(OSError):
                Path(f"/proc/{pid}/oom_score_adj").write_bytes(b"1000")
            if self._reason is not KillReason.NONE:
                self._end_first()

    def _look(self, now: float) -> None:
        if now > self._deadline:
            self.kill(self._late)
        elif self._pid is None:
            return
        elif watch.resident_bytes(self._pid) > self._limits.memory_bytes:
            self.kill(KillReason.MEMORY)
        elif watch.inodes_in_tmp(self._pid, self._limits.tmp_bytes) > self._limits.inodes:
            self.kill(KillReason.INODES)

    def _end_first(self) -> None:
        """Kill the first process; bwrap, which waits for it, collects it and ends by itself.

        Until it is met nothing is killed: a child that bwrap has made a moment ago does not die
        with it yet, and would stay.
        """
        _end(self._first)

    # -- the end ---------------------------------------------------------------------------

    def _collect(self) -> tuple[int, int]:
        """Return bwrap's exit code, and the processor time of all that ended below it, in ms."""
        _, status, usage = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        return self._process.returncode, round((usage.ru_utime + usage.ru_stime) * 1000)

    def _close(self) -> None:
        os.close(self._status)
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()
        with self._lock:
            self._is_closed = True
            for file in (self._first, self._bwrap, self._bell):
                if file is not None:
                    os.close(file)
        self._on_end()

    def _reported(self, name: str) -> int | None:
        """Read a number from bwrap's report; the sandbox has no access to that pipe."""
        for line in bytes(self._report).splitlines():
            with suppress(ValueError):
                if name in (fields := json.loads(line)):
                    return int(fields[name])
        return None

    def _outcome(self, exit_code: int, cpu_ms: int) -> Outcome:
        reported = self._reported("exit-code")
        stdout, stderr = tails(
            bytes(self._stdout.data), bytes(self._stderr.data), self._limits.output_bytes_kept
        )
        if self._reason is KillReason.NONE and reported is None:
            # bwrap reports no exit code when it could not get as far as the command.
            problem = stderr.strip()[-500:] or f"bwrap ended with {exit_code}"
            return refused(f"The sandbox could not be set up: {problem}", self._backend)
        code = None if self._reason is not KillReason.NONE else reported
        status, reason = judge(self._reason, code, cpu_ms, self._limits)
        text = MESSAGES.get(reason, "").format(limits=self._limits, signal=(code or 128) - 128)
        return Outcome(
            status=status,
            exit_code=code,
            kill_reason=reason,
            message=self._why or text,
            stdout=stdout,
            stderr=stderr,
            output_bytes=self._stdout.total + self._stderr.total,
            wall_ms=round((time.monotonic() - self._started) * 1000),
            cpu_ms=cpu_ms,
            backend=self._backend,
        )


def _end(process: int | None) -> None:
    """Kill by pidfd; None is a process that is gone."""
    if process is not None:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(process, signal.SIGKILL)


def judge(
    reason: KillReason, exit_code: int | None, cpu_ms: int, limits: Limits
) -> tuple[Status, KillReason]:
    """Name an end. A program that leaves with a code above 128 by itself reads as signalled."""
    if reason is not KillReason.NONE:
        return (Status.TIMEOUT if reason is KillReason.WALL else Status.KILLED), reason
    if exit_code in _SIGNALLED:
        # At the limit of processor time the kernel says so by a signal of its own, and a second
        # later kills what does not hear it. It counts whole ticks of its clock, so that on a busy
        # machine it is ahead of what it tells.
        share = {128 + signal.SIGXCPU: 250, 128 + signal.SIGKILL: 750}.get(exit_code or 0)
        at_limit = share is not None and cpu_ms >= limits.cpu_s * share
        return Status.KILLED, KillReason.CPU if at_limit else KillReason.SIGNAL
    return (Status.FAILED if exit_code else Status.OK), KillReason.NONE
