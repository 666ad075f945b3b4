"""Pairs of sandboxes that were started early and wait: each takes one job and is gone."""

import threading
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from apps.acceptance.adapters.judge.pair import Pair, start_pair
from apps.acceptance.adapters.sandbox.bubblewrap import Bubblewrap, RefusedError
from apps.acceptance.core.sandbox import Limits

TOO_OLD = 0.5  # share of its waiting time after which a pair is not used any more


@dataclass(frozen=True, slots=True)
class _Waiting:
    started: float
    pair: "Future[Pair]"


class Pool:
    """Keeps `size` pairs ready. close() ends those that wait."""

    def __init__(self, sandbox: Bubblewrap, limits: Limits, size: int = 1) -> None:
        """`limits` are those of each process; its wall clock is how long it may wait."""
        self._sandbox, self._limits, self._size = sandbox, limits, size
        self._waiting: deque[_Waiting] = deque()
        self._lock = threading.Lock()
        self._starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="judge-pool")
        self._fill()

    def take(self) -> Pair:
        """Return a started pair, and start another in its place. Raises RefusedError."""
        while (found := self._next()) is not None:
            with suppress(RefusedError):
                pair = found.pair.result()
                is_young = time.monotonic() - found.started < TOO_OLD * self._limits.wall_s
                if is_young and pair.is_alive:
                    self._fill()
                    return pair
                pair.end()
        pair = start_pair(self._sandbox, self._limits, {})
        self._fill()
        return pair

    def _next(self) -> _Waiting | None:
        with self._lock:
            return self._waiting.popleft() if self._waiting else None

    def _fill(self) -> None:
        with self._lock:
            while len(self._waiting) < self._size:
                pair = self._starter.submit(start_pair, self._sandbox, self._limits, {})
                self._waiting.append(_Waiting(time.monotonic(), pair))

    def close(self) -> None:
        while (found := self._next()) is not None:
            with suppress(RefusedError):
                found.pair.result().end()
        self._starter.shutdown()
