"""Tries, with a clock and luck of our own."""

import multiprocessing
import threading

import pytest

from apps.llm.adapters.memory import ScriptedClient
from apps.llm.core.backoff import RetryPolicy
from apps.llm.core.errors import (
    CallInterrupted,
    ErrorKind,
    FinalLlmError,
    LlmError,
    RetryableLlmError,
)
from apps.llm.core.types import Completion, CompletionRequest
from apps.llm.retries import RetryClient, interrupt
from tests.llm.examples import make_completion, make_request

POLICY = RetryPolicy(tries=3, base_s=1.0, ceiling_s=10.0, total_sleep_s=20.0)


def busy(retry_after_s: float | None = None) -> LlmError:
    return RetryableLlmError(ErrorKind.SERVER, "Busy.", retry_after_s=retry_after_s)


class Bed:
    """Writes down the pauses instead of sleeping; `interrupt_at` cuts one short."""

    def __init__(self, interrupt_at: int | None = None) -> None:
        self.pauses: list[float] = []
        self.told: list[tuple[int, str, float]] = []
        self._interrupt_at = interrupt_at

    def wait(self, seconds: float) -> bool:
        self.pauses.append(seconds)
        return len(self.pauses) == self._interrupt_at

    def listen(self, request: CompletionRequest, error: LlmError, wait_s: float) -> None:
        self.told.append((request.context.try_number, error.sentence, wait_s))

    def client(self, *script: Completion | LlmError) -> tuple[RetryClient, ScriptedClient]:
        provider = ScriptedClient(script)
        client = RetryClient(
            provider, POLICY, on_pause=self.listen, wait=self.wait, draw=lambda: 0.5
        )
        return client, provider


def test_a_good_answer_is_returned_at_once() -> None:
    bed = Bed()
    client, provider = bed.client(make_completion())

    assert client.complete(make_request()) == make_completion()
    assert len(provider.requests) == 1
    assert bed.pauses == []


def test_passing_failures_are_tried_again_with_growing_pauses() -> None:
    bed = Bed()
    client, provider = bed.client(busy(), busy(), make_completion())

    assert client.complete(make_request()) == make_completion()
    assert bed.pauses == [0.5, 1.0]
    assert bed.told == [(1, "Busy.", 0.5), (2, "Busy.", 1.0)]
    assert [request.context.try_number for request in provider.requests] == [1, 2, 3]


def test_the_last_failure_is_raised() -> None:
    bed = Bed()
    client, provider = bed.client(busy(), busy(), busy())

    with pytest.raises(RetryableLlmError):
        client.complete(make_request())

    assert len(provider.requests) == 3
    assert len(bed.pauses) == 2


def test_a_final_failure_is_not_tried_again() -> None:
    bed = Bed()
    client, provider = bed.client(busy(), FinalLlmError(ErrorKind.AUTH, "No key."))

    with pytest.raises(FinalLlmError, match="No key"):
        client.complete(make_request())

    assert len(provider.requests) == 2


def test_the_time_that_the_endpoint_names_is_kept() -> None:
    bed = Bed()
    client, _ = bed.client(busy(7.0), make_completion())

    client.complete(make_request())

    assert bed.pauses == [7.5]


def test_a_time_beyond_all_patience_ends_the_call() -> None:
    bed = Bed()
    client, provider = bed.client(busy(15.0), busy(15.0), make_completion())

    with pytest.raises(RetryableLlmError):
        client.complete(make_request())

    assert len(provider.requests) == 2
    assert sum(bed.pauses) <= POLICY.total_sleep_s


def test_an_interrupted_pause_is_no_failure_of_the_endpoint() -> None:
    bed = Bed(interrupt_at=1)
    client, provider = bed.client(busy(), make_completion())

    with pytest.raises(CallInterrupted, match="Busy"):
        client.complete(make_request())

    assert len(provider.requests) == 1


def test_a_pause_ends_when_the_process_stops() -> None:
    stopping = threading.Event()
    client = RetryClient(
        ScriptedClient([busy(3600.0), make_completion()]),
        RetryPolicy(total_sleep_s=7200.0),
        on_pause=lambda *_: stopping.set(),
        wait=stopping.wait,
    )

    with pytest.raises(CallInterrupted):
        client.complete(make_request())


def _stop_before_a_long_pause() -> None:
    interrupt()
    client = RetryClient(
        ScriptedClient([busy(50.0)]), RetryPolicy(total_sleep_s=60.0), on_pause=lambda *_: None
    )
    with pytest.raises(CallInterrupted):
        client.complete(make_request())


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_interrupt_ends_all_pauses_of_a_process() -> None:
    child = multiprocessing.get_context("fork").Process(target=_stop_before_a_long_pause)
    child.start()
    child.join(20)

    assert child.exitcode == 0
    child.close()


def test_a_bug_is_not_taken_for_a_failure_of_the_endpoint() -> None:
    client, _ = Bed().client()

    with pytest.raises(IndexError, match="no step 1"):
        client.complete(make_request())
