"""Bodies of answers, whole and broken."""

from typing import Any

import pytest

from apps.llm.core import answers
from apps.llm.core.answers import Reply
from apps.llm.core.errors import ErrorKind, FinalLlmError
from apps.llm.core.types import Completion, Usage
from apps.llm.core.usage import bounded_usage
from tests.llm.examples import make_profile, make_request

USAGE = {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150}


def openai_body(**choice: Any) -> dict[str, Any]:
    whole = {"index": 0, "finish_reason": "stop", "message": {"content": "Hello."}} | choice
    return {"id": "chat-1", "model": "model-1-0613", "choices": [whole], "usage": USAGE}


def read(body: object) -> Completion:
    return answers.read_openai(make_profile(), make_request(), Reply(body, "req-9", 12))


def read_anthropic(body: object) -> Completion:
    return answers.read_anthropic(make_profile(), make_request(), Reply(body, "", 12))


def test_a_whole_answer() -> None:
    assert read(openai_body()) == Completion(
        text="Hello.",
        finish_reason="stop",
        model="model-1-0613",
        provider_request_id="req-9",
        usage=Usage(100, 50),
        latency_ms=12,
    )


def test_details_of_usage() -> None:
    usage = USAGE | {
        "prompt_tokens_details": {"cached_tokens": 80},
        "completion_tokens_details": {"reasoning_tokens": 30},
    }

    assert read(openai_body() | {"usage": usage}).usage == Usage(100, 50, 80, 30)


def test_an_answer_that_was_cut() -> None:
    completion = read(openai_body(finish_reason="length", message={"content": "Hel"}))

    assert (completion.text, completion.finish_reason) == ("Hel", "length")


def test_a_model_that_thought_until_the_end_has_said_nothing() -> None:
    completion = read(openai_body(finish_reason="length", message={"content": None}))

    assert (completion.text, completion.finish_reason) == ("", "length")


@pytest.mark.parametrize(
    "usage", [None, {}, {"prompt_tokens": "many", "completion_tokens": 1}, {"prompt_tokens": -1}]
)
def test_usage_that_is_not_reported_is_estimated(usage: object) -> None:
    completion = read(openai_body() | {"usage": usage})

    assert completion.usage == bounded_usage(make_request().messages, "Hello.", 1000)


@pytest.mark.parametrize(
    "choice",
    [
        {"finish_reason": "content_filter"},
        {"message": {"content": None, "refusal": "I cannot do that."}},
    ],
)
def test_a_refusal_is_final_and_billed(choice: dict[str, Any]) -> None:
    with pytest.raises(FinalLlmError) as caught:
        read(openai_body(**choice))

    assert caught.value.kind is ErrorKind.REFUSED
    assert caught.value.usage == Usage(100, 50)


@pytest.mark.parametrize(
    "body",
    [
        openai_body() | {"choices": []},
        openai_body() | {"choices": None},
        openai_body() | {"choices": ["text"]},
        openai_body(message=None),
        openai_body(message={"content": None}),
        openai_body(message={"content": 5}),
    ],
)
def test_an_answer_without_text_is_final_and_billed(body: object) -> None:
    with pytest.raises(FinalLlmError) as caught:
        read(body)

    assert caught.value.kind is ErrorKind.UNPARSEABLE
    assert caught.value.usage == Usage(100, 50)


@pytest.mark.parametrize("body", ["<html>Welcome</html>", None, [], 3, {}])
def test_what_is_no_completion_at_all_costs_nothing(body: object) -> None:
    with pytest.raises(FinalLlmError, match="is its address that of an LLM endpoint") as caught:
        read(body)

    assert caught.value.usage == Usage(0, 0)


def test_content_in_parts_is_joined() -> None:
    parts = [{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo."}]

    assert read(openai_body(message={"content": parts})).text == "Hello."


def test_text_is_made_fit_for_the_database() -> None:
    assert read(openai_body(message={"content": "a\x00b\ud800"})).text == "a\ufffdb?"


def test_missing_names_have_defaults() -> None:
    body = {"choices": [{"message": {"content": "Hi"}}], "id": "chat-2"}
    completion = answers.read_openai(make_profile(), make_request(), Reply(body, "", 1))

    assert completion.model == "model-1"
    assert completion.finish_reason == "stop"
    assert completion.provider_request_id == "chat-2"


def anthropic_body(**changes: Any) -> dict[str, Any]:
    return {
        "id": "msg-1",
        "model": "model-1",
        "stop_reason": "end_turn",
        "content": [
            {"type": "thinking", "thinking": "Hm."},
            {"type": "text", "text": "Hel"},
            {"type": "text", "text": "lo."},
        ],
        "usage": {"input_tokens": 10, "output_tokens": 50, "cache_read_input_tokens": 80}
        | {"cache_creation_input_tokens": 10},
    } | changes


def test_an_answer_of_anthropic() -> None:
    completion = read_anthropic(anthropic_body())

    assert completion.text == "Hello."
    assert completion.usage == Usage(100, 50, 80, cache_write_input_tokens=10)
    assert completion.provider_request_id == "msg-1"


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("pause_turn", "pause_turn"),
    ],
)
def test_reasons_are_told_in_one_language(theirs: str, ours: str) -> None:
    assert read_anthropic(anthropic_body(stop_reason=theirs)).finish_reason == ours


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"stop_reason": "refusal"}, ErrorKind.REFUSED),
        ({"content": []}, ErrorKind.UNPARSEABLE),
        ({"content": [{"type": "tool_use"}]}, ErrorKind.UNPARSEABLE),
    ],
)
def test_failures_of_anthropic(changes: dict[str, Any], kind: ErrorKind) -> None:
    with pytest.raises(FinalLlmError) as caught:
        read_anthropic(anthropic_body(**changes))

    assert caught.value.kind is kind


def test_usage_of_anthropic_that_is_missing_is_estimated() -> None:
    assert read_anthropic(anthropic_body(usage=None)).usage.is_estimated


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"data": [{"id": "a"}, {"id": "b"}]}, ("a", "b")),
        ({"data": [{"name": "a"}, None]}, ()),
        ({"data": None}, ()),
        ("<html>", ()),
    ],
)
def test_model_names(body: object, names: tuple[str, ...]) -> None:
    assert answers.read_model_names(body) == names


def test_decode() -> None:
    assert answers.decode('{"a": 1}') == {"a": 1}
    assert answers.decode("<html>") == "<html>"
