"""What is written down about a call."""

from typing import Any

import pytest

from apps.llm.adapters.memory import ScriptedClient
from apps.llm.core.backoff import RetryPolicy
from apps.llm.core.errors import ErrorKind, FinalLlmError, LlmError, RetryableLlmError
from apps.llm.core.types import CallContext, Completion, Usage
from apps.llm.core.wire import identify
from apps.llm.layers import TraceLayer, trace_pause
from apps.llm.retries import RetryClient
from apps.masterplans.models import Atom
from apps.traceability.models import TraceEvent
from tests.factories import AtomFactory
from tests.llm.examples import ATTEMPT, TRACE_ID, make_completion, make_context, make_request

pytestmark = pytest.mark.django_db


@pytest.fixture
def atom() -> Atom:
    made: Atom = AtomFactory()
    return made


@pytest.fixture
def context(atom: Atom) -> CallContext:
    return make_context(plan_id=atom.plan_id, atom_id=atom.pk, attempt_number=2)


def events() -> list[TraceEvent]:
    return list(TraceEvent.objects.order_by("id"))


def traced(*script: Completion | LlmError) -> RetryClient:
    """Return a client as `build_client` makes it, which does not sleep."""
    return RetryClient(
        TraceLayer(ScriptedClient(script)),
        RetryPolicy(tries=3, base_s=1.0),
        on_pause=trace_pause,
        wait=lambda _: False,
        draw=lambda: 0.5,
    )


def test_a_call_and_its_answer(context: CallContext, atom: Atom) -> None:
    request = identify(make_request(context=context))

    traced(make_completion(usage=Usage(10, 5, 4, 2))).complete(request)

    call, response = events()
    assert (call.kind, response.kind) == ("call", "response")
    assert {event.trace_id for event in (call, response)} == {TRACE_ID}
    assert {event.attempt_id for event in (call, response)} == {ATTEMPT}
    assert {event.attempt_number for event in (call, response)} == {2}
    assert {event.atom_id for event in (call, response)} == {atom.pk}
    assert call.data == {
        "call_id": request.context.call_id,
        "profile": "default",
        "purpose": "atom",
    }
    assert call.numbers == {
        "try": 1,
        "messages": 2,
        "prompt_chars": 19,
        "max_tokens": 1000,
        "temperature": 0.3,
    }
    assert response.cost_usd == 0  # the step that books it has the cost
    assert (response.input_tokens, response.output_tokens) == (10, 5)
    assert response.numbers == {
        "cached_input_tokens": 4,
        "reasoning_tokens": 2,
        "cache_write_input_tokens": 0,
        "is_estimated": False,
    }
    assert response.data == {
        "call_id": request.context.call_id,
        "model": "model-1",
        "finish_reason": "stop",
        "provider_request_id": "req-1",
    }
    assert response.duration_ms is not None


def test_the_call_is_written_before_it_is_made(context: CallContext) -> None:
    class Witness:
        kinds: tuple[str, ...] = ()

        def complete(self, _request: object) -> Completion:
            self.kinds = tuple(event.kind for event in events())
            return make_completion()

    witness = Witness()
    TraceLayer(witness).complete(make_request(context=context))

    assert witness.kinds == ("call",)


def test_every_try_and_pause_is_written(context: CallContext) -> None:
    busy = RetryableLlmError(ErrorKind.RATE_LIMITED, "Busy.", retry_after_s=4.0)
    down = RetryableLlmError(ErrorKind.SERVER, "Down.")

    traced(busy, down, make_completion()).complete(make_request(context=context))

    story = events()
    assert [event.kind for event in story] == [
        "call",
        "call_failed",
        "retry",
        "call",
        "call_failed",
        "retry",
        "call",
        "response",
    ]
    assert story[2].numbers == {"wait_s": 4.5, "try": 1, "retry_after_s": 4.0}
    assert story[2].data == {"error": "rate_limited", "sentence": "Busy."}
    assert story[5].numbers == {"wait_s": 1.0, "try": 2}
    assert [event.numbers["try"] for event in story if event.kind == "call"] == [1, 2, 3]


def test_a_failure_that_is_billed(context: CallContext) -> None:
    refusal = FinalLlmError(ErrorKind.REFUSED, "I cannot do that.")
    refusal.usage = Usage(100, 50)

    with pytest.raises(FinalLlmError):
        traced(refusal).complete(make_request(context=context))

    failed = events()[1]
    assert failed.kind == "call_failed"
    assert (failed.input_tokens, failed.output_tokens) == (100, 50)
    assert failed.data["error"] == "refused"


def test_a_bug_is_written_without_its_words(context: CallContext) -> None:
    with pytest.raises(IndexError):
        traced().complete(make_request(context=context))

    assert events()[1].data == {
        "error": "IndexError",
        "sentence": "The call failed unexpectedly.",
    }


def test_a_call_for_no_plan_has_no_trace() -> None:
    assert traced(make_completion()).complete(make_request()).text == "Hello."
    assert events() == []


def test_a_trace_costs_two_writes(context: CallContext, django_assert_num_queries: Any) -> None:
    client = traced(make_completion())

    with django_assert_num_queries(2):
        client.complete(make_request(context=context))
