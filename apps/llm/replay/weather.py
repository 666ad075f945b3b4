"""What happens to a request: how long it takes, and whether it fails. Draws are repeatable."""

import math
import random
from collections import Counter
from dataclasses import dataclass

from apps.llm.replay.options import OutageMode, ReplayOptions


@dataclass(frozen=True, slots=True)
class Failure:
    """An answer that is an error."""

    status: int
    code: str
    message: str
    retry_after_s: int | None = None


class TokenBucket:
    """Lets through so many requests per second, and one second's worth at once."""

    def __init__(self) -> None:
        self._tokens = math.inf
        self._filled_at = 0.0

    def take(self, rate_rps: float, now_s: float) -> float:
        """Return 0.0 when the request may pass, else the seconds until one may."""
        capacity = max(1.0, rate_rps)
        grown = max(0.0, now_s - self._filled_at) * rate_rps
        self._tokens = min(capacity, self._tokens + grown)
        self._filled_at = now_s
        if self._tokens < 1:
            return (1 - self._tokens) / rate_rps
        self._tokens -= 1
        return 0.0


@dataclass(frozen=True, slots=True)
class Draw:
    """The luck of one request. The same request has the same luck in every run of one seed."""

    error: float  # in [0, 1)
    latency: float  # standard normal

    @classmethod
    def of(cls, seed: int, name: str, occurrence: int) -> "Draw":
        """Draw for the n-th time that a request of this name arrives, in whatever order."""
        source = random.Random(f"{seed}/{name}/{occurrence}")  # noqa: S311 - no secret
        return cls(error=source.random(), latency=source.gauss(0.0, 1.0))


class Weather:
    """The state that outlives a request: the clock, the bucket, who came how often."""

    def __init__(self, started_s: float) -> None:
        self._started_s = started_s
        self._bucket = TokenBucket()
        self._occurrences: Counter[str] = Counter()

    def draw(self, options: ReplayOptions, name: str) -> Draw:
        """Count the request and return its luck."""
        self._occurrences[name] += 1
        return Draw.of(options.seed, name, self._occurrences[name])

    def forget(self) -> None:
        """Start over, but for the clock."""
        self._bucket = TokenBucket()
        self._occurrences.clear()

    def is_out(self, options: ReplayOptions, now_s: float) -> bool:
        """Whether there is an outage now."""
        elapsed_s = now_s - self._started_s
        return options.outage or any(outage.covers(elapsed_s) for outage in options.outages)

    def find_failure(self, options: ReplayOptions, draw: Draw, now_s: float) -> Failure | None:
        """Return the failure of a request that arrives now; takes a place of the rate limit."""
        if self.is_out(options, now_s) and options.outage_mode is OutageMode.ERROR:
            return Failure(503, "service_unavailable", "The server is out of order for a while.")
        if options.rate_limit_rps is not None:
            wait_s = self._bucket.take(options.rate_limit_rps, now_s)
            if wait_s > 0:
                message = f"The limit of {options.rate_limit_rps:g} requests per second is reached."
                return Failure(429, "rate_limit_exceeded", message, max(1, math.ceil(wait_s)))
        if draw.error < options.error_rate:
            return Failure(options.error_status, "server_error", "The server had an accident.")
        return None


def latency_s(options: ReplayOptions, draw: Draw, concurrent: int) -> float:
    """Return the time that an answer takes with so many requests in work, this one included."""
    alone_s = options.median_ms / 1000 * math.exp(options.sigma * draw.latency)
    if options.knee is None:
        return alone_s
    return alone_s * max(1.0, concurrent / options.knee)
