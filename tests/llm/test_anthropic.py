"""The Anthropic adapter before an endpoint that speaks its protocol."""

from collections.abc import Iterator
from typing import Any

import pytest

from apps.llm.adapters.anthropic import AnthropicClient
from apps.llm.core.errors import ErrorKind, FinalLlmError, LlmError, RetryableLlmError
from apps.llm.core.profiles import Provider
from apps.llm.core.types import Message, Role, Usage
from tests.llm.conftest import OddEndpoint
from tests.llm.examples import TRACE_ID, make_context, make_profile, make_request

ANSWER = {
    "id": "msg-1",
    "type": "message",
    "role": "assistant",
    "model": "model-1",
    "content": [{"type": "text", "text": "Hello."}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 20, "output_tokens": 50, "cache_read_input_tokens": 80},
}


def profile_of(url: str, **changes: Any) -> Any:
    return make_profile(provider=Provider.ANTHROPIC, base_url=url, **changes)


@pytest.fixture
def client(odd_endpoint: OddEndpoint) -> Iterator[AnthropicClient]:
    adapter = AnthropicClient(profile_of(odd_endpoint.url), {"MODELS_KEY": "k"})
    yield adapter
    adapter.close()


def test_an_answer_with_its_figures(client: AnthropicClient, odd_endpoint: OddEndpoint) -> None:
    odd_endpoint.answer(ANSWER, request_id="req-5")

    completion = client.complete(make_request())

    assert completion.text == "Hello."
    assert completion.finish_reason == "stop"
    assert completion.provider_request_id == "req-5"
    assert completion.usage == Usage(100, 50, 80)


def test_what_is_sent(client: AnthropicClient, odd_endpoint: OddEndpoint) -> None:
    odd_endpoint.answer(ANSWER)
    schema = {"type": "object", "properties": {}}
    request = make_request(
        messages=(
            Message(Role.SYSTEM, "Be brief."),
            Message(Role.SYSTEM, "Be kind."),
            Message(Role.USER, "One?"),
            Message(Role.ASSISTANT, "Two."),
            Message(Role.USER, "Three?"),
        ),
        stop=("END",),
        response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": schema}},
        max_tokens=9000,
        context=make_context(call_id="c"),
    )

    client.complete(request)

    path, headers, body = odd_endpoint.seen[0]
    assert path == "/v1/messages"
    assert headers["authorization"] == "Bearer k"
    assert TRACE_ID in headers["traceparent"]
    assert body == {
        "model": "model-1",
        "system": "Be brief.\n\nBe kind.",
        "messages": [
            {"role": "user", "content": "One?"},
            {"role": "assistant", "content": "Two."},
            {"role": "user", "content": "Three?"},
        ],
        "max_tokens": 500,
        "stop_sequences": ["END"],
        "output_config": {"format": {"type": "json_schema", "schema": schema}},
    }


@pytest.mark.parametrize("response_format", [None, {"type": "json_object"}])
def test_what_the_api_does_not_know_is_left_out(
    client: AnthropicClient, odd_endpoint: OddEndpoint, response_format: Any
) -> None:
    odd_endpoint.answer(ANSWER)
    messages = (Message(Role.USER, "Hello?"),)

    client.complete(
        make_request(messages=messages, response_format=response_format, top_p=0.5, seed=1)
    )

    assert set(odd_endpoint.seen[0][2]) == {"model", "messages", "max_tokens"}


@pytest.mark.parametrize(
    ("status", "kind", "error_type"),
    [
        (400, ErrorKind.BAD_REQUEST, FinalLlmError),
        (401, ErrorKind.AUTH, FinalLlmError),
        (404, ErrorKind.NOT_FOUND, FinalLlmError),
        (429, ErrorKind.RATE_LIMITED, RetryableLlmError),
        (500, ErrorKind.SERVER, RetryableLlmError),
        (529, ErrorKind.SERVER, RetryableLlmError),
    ],
)
def test_errors_are_sorted(
    client: AnthropicClient,
    odd_endpoint: OddEndpoint,
    status: int,
    kind: ErrorKind,
    error_type: type[LlmError],
) -> None:
    body = {"type": "error", "error": {"type": "some_error", "message": "Not today."}}
    odd_endpoint.answer(body, status=status)

    with pytest.raises(error_type, match="Not today") as caught:
        client.complete(make_request())

    assert caught.value.kind is kind
    assert len(odd_endpoint.seen) == 1


def test_the_time_to_come_back(client: AnthropicClient, odd_endpoint: OddEndpoint) -> None:
    odd_endpoint.answer({}, status=429, retry_after="9")

    with pytest.raises(RetryableLlmError) as caught:
        client.complete(make_request())

    assert caught.value.retry_after_s == 9.0


def test_an_endpoint_that_is_too_slow(odd_endpoint: OddEndpoint) -> None:
    odd_endpoint.headers["content-length"] = "1000"
    odd_endpoint.pieces = [b" "] * 100
    odd_endpoint.pause_s = 0.05
    client = AnthropicClient(profile_of(odd_endpoint.url, timeout_s=0.3), {})

    with pytest.raises(RetryableLlmError) as caught:
        client.complete(make_request())

    client.close()
    assert caught.value.kind is ErrorKind.TIMEOUT


def test_nobody_listens(closed_port: int) -> None:
    client = AnthropicClient(profile_of(f"http://127.0.0.1:{closed_port}"), {})

    with pytest.raises(RetryableLlmError) as caught:
        client.complete(make_request())

    client.close()
    assert caught.value.kind is ErrorKind.CONNECTION


def test_a_prompt_that_is_no_text_cannot_be_sent(client: AnthropicClient) -> None:
    with pytest.raises(FinalLlmError) as caught:
        client.complete(make_request("broken \ud800"))

    assert caught.value.kind is ErrorKind.BAD_REQUEST


def test_a_key_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "somebody-elses")

    with pytest.raises(FinalLlmError, match="MODELS_KEY"):
        AnthropicClient(profile_of("https://models.test"), {})


def test_the_models_of_the_endpoint(client: AnthropicClient, odd_endpoint: OddEndpoint) -> None:
    odd_endpoint.answer({"data": [{"id": "model-1"}, {"id": "model-2"}], "has_more": False})

    assert client.list_models(2.0) == ("model-1", "model-2")
