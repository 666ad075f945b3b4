"""The adapter before the real replay server, and before endpoints that misbehave."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from apps.llm.adapters.http import MAX_CONNECTIONS
from apps.llm.adapters.openai_compatible import OpenAiCompatibleClient
from apps.llm.core.errors import ErrorKind, FinalLlmError, LlmError, RetryableLlmError
from apps.llm.core.profiles import TokenLimitField
from apps.llm.core.types import Message, Role, Usage
from apps.llm.core.wire import traceparent
from tests.llm.conftest import Connect, OddEndpoint
from tests.llm.examples import TRACE_ID, ask_for, make_context, make_profile, make_request
from tests.processes import Replay

SHOUT = "demo/text.py::shout"
ANSWER = {"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]}


def test_an_answer_with_its_figures(client: OpenAiCompatibleClient) -> None:
    completion = client.complete(ask_for(SHOUT))

    assert completion.text == "first"
    assert completion.finish_reason == "stop"
    assert completion.model == "replay-1"
    assert completion.provider_request_id.startswith("req-chatcmpl-")
    assert completion.usage == Usage(100, 50)


def test_latency_is_measured(client: OpenAiCompatibleClient, replay: Replay) -> None:
    replay.set(median_ms=80)

    assert 80 <= client.complete(ask_for(SHOUT)).latency_ms < 2000


def test_an_answer_that_was_cut(client: OpenAiCompatibleClient) -> None:
    assert client.complete(ask_for("demo/text.py::cut")).finish_reason == "length"


def test_the_models_of_the_endpoint(client: OpenAiCompatibleClient) -> None:
    assert client.list_models(2.0) == ("replay-1",)


@pytest.mark.parametrize("status", [500, 502, 503, 529])
def test_errors_of_the_server_may_pass(
    client: OpenAiCompatibleClient, replay: Replay, status: int
) -> None:
    replay.set(error_rate=1, error_status=status)

    with pytest.raises(RetryableLlmError) as caught:
        client.complete(ask_for(SHOUT))

    assert caught.value.kind is ErrorKind.SERVER
    assert caught.value.retry_after_s is None


def test_the_adapter_itself_tries_once(client: OpenAiCompatibleClient, replay: Replay) -> None:
    replay.set(error_rate=1)

    with pytest.raises(RetryableLlmError):
        client.complete(ask_for(SHOUT))

    assert replay.counters()["counters"]["requests"] == 1


def test_a_rate_limit_says_when_to_come_back(
    client: OpenAiCompatibleClient, replay: Replay
) -> None:
    replay.set(rate_limit_rps=0.1)
    client.complete(ask_for(SHOUT))

    with pytest.raises(RetryableLlmError) as caught:
        client.complete(ask_for(SHOUT))

    assert caught.value.kind is ErrorKind.RATE_LIMITED
    assert 1 <= (caught.value.retry_after_s or 0) <= 10


def test_an_http_date_to_come_back(connect: Connect, odd_endpoint: OddEndpoint) -> None:
    later = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 60))
    odd_endpoint.answer({"error": {"message": "Busy."}}, status=429, retry_after=later)

    with pytest.raises(RetryableLlmError) as caught:
        connect(base_url=odd_endpoint.url).complete(make_request())

    assert 50 < (caught.value.retry_after_s or 0) <= 60


def test_an_outage(client: OpenAiCompatibleClient, replay: Replay) -> None:
    replay.set(outage=True)
    with pytest.raises(RetryableLlmError):
        client.complete(ask_for(SHOUT))

    replay.set(outage=False)
    assert client.complete(ask_for(SHOUT)).text == "first"


def test_a_connection_that_breaks(client: OpenAiCompatibleClient, replay: Replay) -> None:
    replay.set(outage=True, outage_mode="drop")

    with pytest.raises(RetryableLlmError) as caught:
        client.complete(ask_for(SHOUT))

    assert caught.value.kind is ErrorKind.CONNECTION


def test_an_endpoint_that_says_nothing(connect: Connect, replay: Replay) -> None:
    replay.set(outage=True, outage_mode="hang")
    started = time.monotonic()

    with pytest.raises(RetryableLlmError, match=r"within 0\.3 s") as caught:
        connect(base_url=replay.base_url, timeout_s=0.3).complete(ask_for(SHOUT))

    assert caught.value.kind is ErrorKind.TIMEOUT
    assert time.monotonic() - started < 2


def test_an_answer_that_trickles_ends_in_time(connect: Connect, odd_endpoint: OddEndpoint) -> None:
    odd_endpoint.headers["content-length"] = "1000"
    odd_endpoint.pieces = [b" "] * 100
    odd_endpoint.pause_s = 0.05
    started = time.monotonic()

    with pytest.raises(RetryableLlmError) as caught:
        connect(base_url=odd_endpoint.url, timeout_s=0.4).complete(make_request())

    assert caught.value.kind is ErrorKind.TIMEOUT
    assert time.monotonic() - started < 2


def test_nobody_listens(connect: Connect, closed_port: int) -> None:
    with pytest.raises(RetryableLlmError, match="refused") as caught:
        connect(base_url=f"http://127.0.0.1:{closed_port}/v1").complete(make_request())

    assert caught.value.kind is ErrorKind.CONNECTION


def test_the_right_key_is_let_in(connect: Connect, replay: Replay) -> None:
    replay.set(auth_key="open-sesame")
    client = connect({"MODELS_KEY": " open-sesame\n"}, base_url=replay.base_url)

    assert client.complete(ask_for(SHOUT)).text == "first"


@pytest.mark.parametrize("environment", [{"MODELS_KEY": "wrong"}, {}])
def test_a_wrong_key_is_final(
    connect: Connect, replay: Replay, environment: dict[str, str]
) -> None:
    replay.set(auth_key="open-sesame")

    with pytest.raises(FinalLlmError, match="Check the key in MODELS_KEY") as caught:
        connect(environment, base_url=replay.base_url).complete(ask_for(SHOUT))

    assert caught.value.kind is ErrorKind.AUTH
    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize("environment", [{}, {"MODELS_KEY": "  "}])
def test_a_key_that_is_not_set_is_found_before_any_call(environment: dict[str, str]) -> None:
    with pytest.raises(FinalLlmError, match="Set the environment variable MODELS_KEY"):
        OpenAiCompatibleClient(make_profile(), environment)


def test_a_key_of_another_service_is_not_sent(
    connect: Connect, odd_endpoint: OddEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "somebody-elses")
    odd_endpoint.answer(ANSWER)

    connect(base_url=odd_endpoint.url, api_key_variable="").complete(make_request())

    assert odd_endpoint.seen[0][1]["authorization"] == "Bearer no-key"


def test_an_endpoint_on_this_machine_is_asked_without_a_proxy(
    connect: Connect, odd_endpoint: OddEndpoint, monkeypatch: pytest.MonkeyPatch, closed_port: int
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed_port}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    odd_endpoint.answer(ANSWER)

    assert connect(base_url=odd_endpoint.url).complete(make_request()).text == "Hi"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, ErrorKind.BAD_REQUEST),
        (400, ErrorKind.BAD_REQUEST),
        (403, ErrorKind.AUTH),
        (404, ErrorKind.NOT_FOUND),
        (422, ErrorKind.BAD_REQUEST),
    ],
)
def test_final_answers(
    connect: Connect, odd_endpoint: OddEndpoint, status: int, kind: ErrorKind
) -> None:
    odd_endpoint.answer({"error": {"message": "No such thing."}}, status=status)

    with pytest.raises(FinalLlmError, match="No such thing") as caught:
        connect(base_url=odd_endpoint.url).complete(make_request())

    assert caught.value.kind is kind


@pytest.mark.parametrize("body", [b"<html>Hello</html>", b'{"choices": [', b"\xff\xfe", b""])
def test_what_is_no_answer(connect: Connect, odd_endpoint: OddEndpoint, body: bytes) -> None:
    odd_endpoint.pieces = [body]

    with pytest.raises(LlmError) as caught:
        connect(base_url=odd_endpoint.url).complete(make_request())

    assert caught.value.kind is ErrorKind.UNPARSEABLE


def test_a_prompt_that_is_no_text_cannot_be_sent(
    connect: Connect, odd_endpoint: OddEndpoint
) -> None:
    with pytest.raises(FinalLlmError) as caught:
        connect(base_url=odd_endpoint.url).complete(make_request("broken \ud800"))

    assert caught.value.kind is ErrorKind.BAD_REQUEST


def test_everything_asked_for_is_sent(connect: Connect, odd_endpoint: OddEndpoint) -> None:
    odd_endpoint.answer(ANSWER)
    request = make_request(
        messages=(
            Message(Role.SYSTEM, "Be brief."),
            Message(Role.USER, "One?"),
            Message(Role.ASSISTANT, "Two."),
            Message(Role.USER, "Three?"),
        ),
        top_p=Decimal("0.9"),
        stop=("END",),
        seed=0,
        response_format={"type": "json_object"},
        max_tokens=200,
    )

    connect(base_url=odd_endpoint.url).complete(request)

    path, _, body = odd_endpoint.seen[0]
    assert path == "/chat/completions"
    assert body == {
        "model": "model-1",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "One?"},
            {"role": "assistant", "content": "Two."},
            {"role": "user", "content": "Three?"},
        ],
        "temperature": 0.3,
        "max_tokens": 200,
        "top_p": 0.9,
        "stop": ["END"],
        "seed": 0,
        "response_format": {"type": "json_object"},
    }


def test_nothing_else_is_sent(connect: Connect, odd_endpoint: OddEndpoint) -> None:
    odd_endpoint.answer(ANSWER)
    client = connect(
        base_url=odd_endpoint.url,
        sends_temperature=False,
        token_limit_field=TokenLimitField.MAX_COMPLETION_TOKENS,
    )

    client.complete(make_request(max_tokens=9000))

    body = odd_endpoint.seen[0][2]
    assert set(body) == {"model", "messages", "max_completion_tokens"}
    assert body["max_completion_tokens"] == 500  # the profile's own limit


def test_the_trace_goes_along(connect: Connect, odd_endpoint: OddEndpoint) -> None:
    odd_endpoint.answer(ANSWER)
    context = make_context(call_id="c", try_number=2)

    connect(base_url=odd_endpoint.url).complete(make_request(context=context))

    header = odd_endpoint.seen[0][1]["traceparent"]
    assert header == traceparent(context)
    assert TRACE_ID in header


def test_many_threads_share_one_client(connect: Connect, replay: Replay) -> None:
    replay.set(median_ms=50)
    client = connect(base_url=replay.base_url, timeout_s=30.0)
    start = threading.Barrier(MAX_CONNECTIONS + 16)

    def ask(_: int) -> str:
        start.wait()
        return client.complete(ask_for(SHOUT)).text

    with ThreadPoolExecutor(start.parties) as pool:
        texts = list(pool.map(ask, range(start.parties)))

    counters = replay.counters()["counters"]
    assert texts == ["first"] * start.parties
    # Requests count as they arrive; the end of a call that an earlier test gave up may fall in here.
    assert counters["requests"] == start.parties
    assert 1 < counters["max_in_flight"] <= MAX_CONNECTIONS
