"""How many sandboxes were started and how many were ended by what, over all processes.

Valkey holds the counters, so they go back to nothing when it loses its memory; Prometheus takes
that for the restart of a counter. While Valkey is away, what happens is not counted.
"""

import atexit
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress

import redis
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector, CollectorRegistry

from apps.acceptance.core.sandbox import KillReason
from apps.common import events

KEY = "mge:sandbox:figures"  # a hash: `starts`, and `kill:` with each reason
GAP_S = 1.0  # between two messages of one process to Valkey
STARTS = "starts"
REASONS = tuple(reason for reason in KillReason if reason is not KillReason.NONE)


class Figures:
    """Adds up in memory and tells Valkey once in a while, from a thread of its own: a Tally."""

    def __init__(self, gap_s: float = GAP_S) -> None:
        self._gap_s = gap_s
        self._waiting: Counter[str] = Counter()
        self._timer: threading.Timer | None = None
        self._lock = threading.Lock()

    def started(self) -> None:
        self._add(STARTS)

    def ended(self, reason: KillReason) -> None:
        if reason is not KillReason.NONE:
            self._add(_kill(reason))

    def _add(self, field: str) -> None:
        with self._lock:
            self._waiting[field] += 1
            if self._timer is None:
                self._timer = threading.Timer(self._gap_s, self.send)
                self._timer.daemon = True
                with suppress(RuntimeError):  # the process shuts down; send() follows at its exit
                    self._timer.start()

    def send(self) -> None:
        """Tell Valkey what came together; forget it where Valkey is away."""
        with self._lock:
            waiting, self._waiting = self._waiting, Counter()
            self._timer = None
        if waiting:
            events.valkey.ask(lambda client: _raise_by(client, waiting))


def _kill(reason: KillReason) -> str:
    return f"kill:{reason.value}"


def _raise_by(client: redis.Redis, counts: Mapping[str, int]) -> None:
    with client.pipeline(transaction=False) as pipe:
        for field, count in counts.items():
            pipe.hincrby(KEY, field, count)
        pipe.execute()


figures = Figures()
atexit.register(figures.send)


class SandboxCollector(Collector):
    """Reads the counters at each scrape; while Valkey is away there are none."""

    def collect(self) -> Iterator[Metric]:
        found = events.valkey.ask(lambda client: client.hgetall(KEY))
        if found is None:
            return
        yield CounterMetricFamily(
            "v2_sandbox_starts_total",
            "Sandboxes that were started, those that wait for a job included",
            value=int(found.get(STARTS, 0)),
        )
        kills = CounterMetricFamily(
            "v2_sandbox_kills_total",
            "Sandboxes that did not end by themselves, by what ended them",
            labels=["reason"],
        )
        for reason in REASONS:
            kills.add_metric([reason.value], int(found.get(_kill(reason), 0)))
        yield kills


registry = CollectorRegistry()
registry.register(SandboxCollector())
