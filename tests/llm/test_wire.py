"""Identity of calls and the header that joins traces."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from apps.llm.core.types import CompletionRequest, Message, Role
from apps.llm.core.wire import call_id, canonical_wire, identify, traceparent
from tests.llm.examples import ATTEMPT, TRACE_ID, make_context, make_request

OTHER_ATTEMPT = UUID("00000000-0000-4000-8000-000000000001")


@pytest.mark.parametrize("temperature", [Decimal("0.30"), 0.3, Decimal("0.3")])
def test_equal_numbers_make_the_same_call(temperature: Decimal | float) -> None:
    request = make_request(temperature=temperature)

    assert call_id(ATTEMPT, request) == call_id(ATTEMPT, make_request())


def test_zero_has_one_form() -> None:
    forms = [0, 0.0, -0.0, Decimal("0.000"), Decimal("0E+3")]

    assert {canonical_wire(make_request(temperature=form))["temperature"] for form in forms} == {
        "0"
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"profile": "other"},
        {"messages": (Message(Role.USER, "Say hello."),)},
        {"temperature": Decimal("0.5")},
        {"max_tokens": 999},
        {"top_p": 0.9},
        {"stop": ("END",)},
        {"seed": 0},
        {"response_format": {"type": "json_object"}},
    ],
)
def test_every_wire_field_makes_another_call(changes: dict[str, Any]) -> None:
    assert call_id(ATTEMPT, make_request(**changes)) != call_id(ATTEMPT, make_request())


def test_another_attempt_makes_another_call() -> None:
    ids = {call_id(attempt, make_request()) for attempt in (ATTEMPT, OTHER_ATTEMPT, None)}

    assert len(ids) == 3
    assert all(len(identity) == 64 for identity in ids)


def test_what_does_not_travel_does_not_count() -> None:
    context = make_context(trace_id="f" * 32, purpose="plan", try_number=3)

    assert call_id(ATTEMPT, make_request(context=context)) == call_id(ATTEMPT, make_request())


def test_identify_fills_in_the_id_of_its_own_attempt() -> None:
    assert identify(make_request()).context.call_id == call_id(ATTEMPT, make_request())


def test_half_a_surrogate_pair_can_be_hashed() -> None:
    assert call_id(ATTEMPT, make_request("broken \ud800")) != call_id(ATTEMPT, make_request())


def test_traceparent_has_the_form_of_w3c() -> None:
    version, trace_id, span_id, flags = str(traceparent(make_context(call_id="c"))).split("-")

    assert (version, trace_id, flags) == ("00", TRACE_ID, "01")
    assert len(span_id) == 16
    assert int(span_id, 16) > 0


def test_each_try_is_a_span_of_its_own() -> None:
    tries = {traceparent(make_context(call_id="c", try_number=number)) for number in (1, 2, 3)}

    assert len(tries) == 3


@pytest.mark.parametrize("trace_id", ["", "0" * 32, "F" * 32, "abc", "g" * 32])
def test_a_trace_id_that_w3c_forbids_is_not_sent(trace_id: str) -> None:
    assert traceparent(make_context(trace_id=trace_id)) is None


def test_canonical_wire_leaves_out_what_is_not_asked() -> None:
    request: CompletionRequest = make_request()

    assert canonical_wire(request) == {
        "profile": "default",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Say hello."},
        ],
        "temperature": "0.3",
        "max_tokens": 1000,
    }
