"""Pairs of sandboxes that were started early and wait: each takes one job and is gone."""

import os
import threading
import time
from collections import deque
from dataclasses import dataclass

from apps.acceptance.adapters.judge.pair import Pair, start_pair
from apps.acceptance.adapters.sandbox.bubblewrap import Bubblewrap, RefusedError
from apps.acceptance.core.sandbox import Limits

TOO_OLD = 0.5  # share of its waiting time after which a pair is replaced
GAP_S = 0.5  # after a pair was taken, before another is started beside its work
RETRY_S = 5.0  # after a start that was refused


@dataclass(frozen=True, slots=True)
class _Waiting:
    pair: Pair
    old_at: float  # on the monotonic clock


class Pool:
    """Keeps `size` pairs ready. close() ends those that wait."""

    def __init__(self, sandbox: Bubblewrap, limits: Limits, size: int = 1) -> None:
        """`limits` are those of each process; its wall clock is how long it may wait."""
        self.sandbox = sandbox
        self._limits, self._size = limits, size
        self._waiting: deque[_Waiting] = deque()
        self._changed = threading.Condition()
        self._fill_at = 0.0  # nothing is started before
        self._is_closed = False
        self._keeper = threading.Thread(target=self._keep, name="judge-pool", daemon=True)
        self._keeper.start()

    def take(self) -> Pair:
        """Return a started pair; another takes its place in a moment. Raises RefusedError."""
        while (found := self._next()) is not None:
            if time.monotonic() < found.old_at and found.pair.is_alive:
                return found.pair
            found.pair.end()
        return self._start()

    def _start(self) -> Pair:
        """Start one more. Raises RefusedError."""
        return start_pair(self.sandbox, self._limits, {})

    def fill(self) -> None:
        """Start now what is missing: a job has ended, so the machine has time."""
        with self._changed:
            self._fill_at = 0.0
            self._changed.notify()

    def close(self) -> None:
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        self._keeper.join()
        while (found := self._next()) is not None:
            found.pair.end()

    @property
    def ready(self) -> int:
        """Pairs that wait."""
        return len(self._waiting)

    def _next(self) -> _Waiting | None:
        with self._changed:
            # The start of the next pair would take the processor from the work of this one.
            self._fill_at = time.monotonic() + GAP_S
            self._changed.notify()
            return self._waiting.popleft() if self._waiting else None

    # -- the keeper's thread -----------------------------------------------------------------

    def _keep(self) -> None:
        while self._wait_for_work():
            for old in self._take_old():
                old.pair.end()
            if self._is_short():
                self._add()

    def _wait_for_work(self) -> bool:
        """Sleep until a pair is to be started or ended; False once the pool is closed."""
        with self._changed:
            while not self._is_closed:
                now = time.monotonic()
                due = self._fill_at if len(self._waiting) < self._size else self._waiting[0].old_at
                if due <= now:
                    return True
                self._changed.wait(due - now)
            return False

    def _take_old(self) -> list[_Waiting]:
        now = time.monotonic()
        with self._changed:
            old = [each for each in self._waiting if each.old_at <= now]
            for each in old:
                self._waiting.remove(each)
            return old

    def _is_short(self) -> bool:
        with self._changed:
            return len(self._waiting) < self._size and not self._is_closed

    def _add(self) -> None:
        old_at = time.monotonic() + TOO_OLD * self._limits.wall_s
        try:
            pair = self._start()
        except RefusedError:  # whoever takes a pair tries by itself, and is told why
            with self._changed:
                self._fill_at = time.monotonic() + RETRY_S
            return
        pair.rest()
        with self._changed:
            self._waiting.append(_Waiting(pair, old_at))


# --- the pool of this process -------------------------------------------------------------------

WARM = 2  # pairs; as many as processors that a worker usually has
_standing: Pool | None = None


def _forget() -> None:
    global _standing  # noqa: PLW0603 - one per process is the whole point
    _standing = None


# A forked worker must not hand out pairs that its parent hands out too.
os.register_at_fork(after_in_child=_forget)


def keep_warm(sandbox: Bubblewrap, limits: Limits, size: int = WARM) -> None:
    """Keep pairs ready for every judgement of this process in that sandbox, until let_go()."""
    global _standing  # noqa: PLW0603 - one per process is the whole point
    let_go()
    _standing = Pool(sandbox, limits, size)


def let_go() -> None:
    global _standing
    pool, _standing = _standing, None
    if pool is not None:
        pool.close()


def standing(sandbox: Bubblewrap) -> Pool | None:
    """Return the pool that is kept for this very sandbox, if there is one."""
    return _standing if _standing is not None and _standing.sandbox is sandbox else None
