"""What the server did, for tests that ask whether anything was paid twice."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from apps.llm.replay.answers import Key


class Counters:
    """Counts since the start, or since the last reset."""

    def __init__(self) -> None:
        self.in_flight = 0  # requests in work now; a reset leaves it alone
        self.reset()

    def reset(self) -> None:
        self.requests = 0
        self.answered = 0
        self.max_in_flight = self.in_flight
        self.errors: Counter[str] = Counter()
        self._requests_of: Counter[str] = Counter()
        self._answered_of: Counter[str] = Counter()

    def note_request(self, key: Key | None) -> None:
        self.requests += 1
        if key:
            self._requests_of[str(key)] += 1

    def note_answer(self, key: Key | None) -> None:
        """Count an answer that was given in full, which is what a provider would bill."""
        self.answered += 1
        if key:
            self._answered_of[str(key)] += 1

    def note_error(self, name: str) -> None:
        self.errors[name] += 1

    @contextmanager
    def working(self) -> Iterator[int]:
        """Count a request as in flight; gives the number of those in flight with it."""
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        try:
            yield self.in_flight
        finally:
            self.in_flight -= 1

    def describe(self) -> dict[str, object]:
        """Return the counts as JSON; atoms are keyed by path::symbol#attempt."""
        return {
            "requests": self.requests,
            "answered": self.answered,
            "in_flight": self.in_flight,
            "max_in_flight": self.max_in_flight,
            "errors": dict(self.errors),
            "errors_sent": self.errors.total(),
            "atoms": {
                name: {"requests": count, "answered": self._answered_of[name]}
                for name, count in sorted(self._requests_of.items())
            },
        }
