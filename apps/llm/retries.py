"""Tries a call again after a passing failure. Nothing else in the console does."""

import random
import threading
from collections.abc import Callable
from dataclasses import replace

from apps.llm.core.backoff import RetryPolicy, pause_s
from apps.llm.core.errors import CallInterrupted, LlmError
from apps.llm.core.types import Completion, CompletionClient, CompletionRequest

# Set when the process shall end: whoever sleeps before a call gives up instead.
stopping = threading.Event()

# Told before each pause: the request that failed, its error, and the seconds until the next try.
PauseListener = Callable[[CompletionRequest, LlmError, float], None]


class RetryClient:
    """Stands outside all layers, so that every try passes each of them anew."""

    def __init__(
        self,
        next_client: CompletionClient,
        policy: RetryPolicy,
        *,
        on_pause: PauseListener,
        wait: Callable[[float], bool] = stopping.wait,
        draw: Callable[[], float] = random.random,
    ) -> None:
        """`wait` sleeps for the seconds given and returns True when it was interrupted."""
        self._next = next_client
        self._policy = policy
        self._on_pause = on_pause
        self._wait = wait
        self._draw = draw

    def complete(self, request: CompletionRequest) -> Completion:
        """Return the answer of the first try that has one.

        Raises the last LlmError, or CallInterrupted when the process ends during a pause.
        """
        slept_s = 0.0
        failures = 0
        while True:
            attempt = _numbered(request, failures + 1)
            try:
                return self._next.complete(attempt)
            except LlmError as error:
                failures += 1
                wait_s = pause_s(
                    self._policy, error, failures=failures, slept_s=slept_s, luck=self._draw()
                )
                if wait_s is None:
                    raise
                self._on_pause(attempt, error, wait_s)
                if self._wait(wait_s):
                    raise CallInterrupted(error.sentence) from error
                slept_s += wait_s


def interrupt() -> None:
    """Let nobody in this process wait for a retry any more; for the end of a worker."""
    stopping.set()


def _numbered(request: CompletionRequest, try_number: int) -> CompletionRequest:
    return replace(request, context=replace(request.context, try_number=try_number))
