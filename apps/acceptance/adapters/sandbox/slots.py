"""Users that sandboxes run as: each sandbox has one to itself, as long as it lives.

The kernel counts processes, pending signals and pipe buffers per user, and lets a user look into
what is their own. Two sandboxes of two users share nothing of that.
"""

import fcntl
import os
import pwd
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path


class NoSlotError(Exception):
    """No user is free, or the range cannot be used; the text says which."""


@dataclass(frozen=True, slots=True)
class Slot:
    uid: int  # its group has the same number
    lock: int  # an open file; the slot is taken as long as it is locked


@dataclass(slots=True)
class Slots:
    """A range of users without an account. The locks hold between processes, dead or alive."""

    folder: Path  # of the lock files; root's, closed to others
    first: int = 61_000  # a range that neither Debian nor systemd gives away
    count: int = 100
    _held: set[int] = field(default_factory=set)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def check(self) -> None:
        """Raise NoSlotError when the range holds root, somebody's account, or nobody."""
        if self.count < 1 or self.first < 1_000 or self.first + self.count > 65_534:
            raise NoSlotError("The users of sandboxes lie between 1000 and 65533.")
        for uid in self._range():
            with suppress(KeyError):
                name = pwd.getpwuid(uid).pw_name
                raise NoSlotError(f"User {uid} is the account {name}; choose another range.")

    def take(self) -> Slot:
        """Return a user whom nobody uses. Raises NoSlotError."""
        busy = _users_at_work(self._range())
        for uid in self._range():
            with self._guard:
                if uid in self._held or uid in busy:
                    continue
                lock = self._lock(uid)
                if lock is not None:
                    self._held.add(uid)
                    return Slot(uid, lock)
        raise NoSlotError(f"All {self.count} users of sandboxes are at work.")

    def give_back(self, slot: Slot) -> None:
        with self._guard:
            self._held.discard(slot.uid)
            os.close(slot.lock)

    def clear(self, program: Path) -> None:
        """End what a killed worker left behind while it was setting a sandbox up.

        That process is the sandbox's `program` still, has run nothing of a job, and waits for a word
        of its parent for ever: its user would never be free again.
        """
        for pid in _running(program, self._range()):
            with suppress(OSError), _held_by_number(pid) as (process, uid):
                lock = self._lock(uid) if uid in self._range() else None
                if lock is not None:  # no living worker has that user
                    signal.pidfd_send_signal(process, signal.SIGKILL)
                    os.close(lock)

    def _range(self) -> range:
        return range(self.first, self.first + self.count)

    def _lock(self, uid: int) -> int | None:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        file = os.open(self.folder / str(uid), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return None
        return file


def _running(program: Path, among: range) -> list[int]:
    """Return the processes of these users that run the program."""
    found = []
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with suppress(OSError):
                its = Path(entry.path, "exe")
                if entry.stat().st_uid in among and its.readlink() == program:
                    found.append(int(entry.name))
    return found


@contextmanager
def _held_by_number(pid: int) -> Iterator[tuple[int, int]]:
    """Yield a handle that stays this process's, whatever becomes of its number, and its user."""
    process = os.pidfd_open(pid)
    try:
        yield process, Path(f"/proc/{pid}").stat().st_uid
    finally:
        os.close(process)


def _users_at_work(among: range) -> frozenset[int]:
    """Those with a process: what a dead worker left behind may still be there."""
    return frozenset(_owners(among))


def _owners(among: range) -> Iterator[int]:
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with suppress(OSError):
                uid = entry.stat().st_uid
                if uid in among and not _is_dead(entry.path):
                    yield uid


def _is_dead(process: str) -> bool:
    """Ended, but not collected: in a container without an init this stays so, and does no harm."""
    fields = Path(process, "stat").read_bytes().rpartition(b")")[2].split()
    return fields[0] in {b"Z", b"X"}
