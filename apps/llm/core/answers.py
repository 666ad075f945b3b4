"""Reads the JSON of an answer into a Completion. Trusts no field to be there."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from apps.llm.core.errors import ErrorKind, FinalLlmError, LlmError
from apps.llm.core.profiles import Profile
from apps.llm.core.text import shorten, storable
from apps.llm.core.types import Completion, CompletionRequest, Usage
from apps.llm.core.usage import bounded_usage

REFUSAL_LENGTH = 300  # characters of a refusal that people are shown

# Anthropic's reasons in the words of the OpenAI API, which the rest of the console uses.
_REASON_OF_ANTHROPIC = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "content_filter",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """A successful HTTP response."""

    body: object  # decoded JSON, or the text where it was none
    request_id: str
    latency_ms: int


def decode(text: str) -> object:
    """Return the JSON of a body, or the text itself where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def read_model_names(body: object) -> tuple[str, ...]:
    """Return the names in the body of a model list, which both protocols write alike."""
    entries = [_mapping(entry) for entry in _sequence(_mapping(body).get("data"))]
    return tuple(name for entry in entries if (name := _text(entry.get("id"))))


@dataclass(frozen=True, slots=True)
class _Draft:
    """What a body says, before it is judged. A text of None means that there is no answer."""

    text: str | None
    finish_reason: str
    refusal: str
    usage: Usage | None


def read_openai(profile: Profile, request: CompletionRequest, reply: Reply) -> Completion:
    """Return the completion of a chat-completions body; raises FinalLlmError (billed)."""
    body = _mapping(reply.body)
    choice = _mapping(_first(body.get("choices")))
    message = _mapping(choice.get("message"))
    draft = _Draft(
        text=_text_or_none(message.get("content")),
        finish_reason=_text(choice.get("finish_reason")),
        refusal=_text(message.get("refusal")),
        usage=_openai_usage(body.get("usage")),
    )
    return _judge(profile, request, reply, draft)


def read_anthropic(profile: Profile, request: CompletionRequest, reply: Reply) -> Completion:
    """Return the completion of a messages body; raises FinalLlmError (billed)."""
    body = _mapping(reply.body)
    blocks = [_mapping(block) for block in _sequence(body.get("content"))]
    texts = [_text(block.get("text")) for block in blocks if block.get("type") == "text"]
    reason = _text(body.get("stop_reason"))
    draft = _Draft(
        text="".join(texts) if texts else None,
        finish_reason=_REASON_OF_ANTHROPIC.get(reason, reason),
        refusal="",
        usage=_anthropic_usage(body.get("usage")),
    )
    return _judge(profile, request, reply, draft)


def _judge(profile: Profile, request: CompletionRequest, reply: Reply, draft: _Draft) -> Completion:
    body = _mapping(reply.body)
    usage = draft.usage or bounded_usage(
        request.messages, draft.text or draft.refusal, request.max_tokens
    )
    if draft.refusal or draft.finish_reason == "content_filter":
        reason = shorten(draft.refusal, REFUSAL_LENGTH)
        raise _billed(profile, usage, ErrorKind.REFUSED, f"refused to answer. {reason}")
    text = "" if draft.text is None and draft.finish_reason == "length" else draft.text
    if text is None:
        # Nothing shows that a model worked: what is no completion at all is not charged by guess.
        charged = draft.usage or Usage(0, 0)
        words = "sent an answer without text; is its address that of an LLM endpoint?"
        raise _billed(profile, charged, ErrorKind.UNPARSEABLE, words)
    return Completion(
        text=text,
        finish_reason=draft.finish_reason or "stop",
        model=_text(body.get("model")) or profile.model,
        provider_request_id=reply.request_id or _text(body.get("id")),
        usage=usage,
        latency_ms=reply.latency_ms,
    )


def _billed(profile: Profile, usage: Usage, kind: ErrorKind, words: str) -> LlmError:
    sentence = f"The model {profile.model!r} of LLM profile {profile.name!r} {words}".strip()
    error = FinalLlmError(kind, sentence)
    error.usage = usage
    return error


def _openai_usage(value: object) -> Usage | None:
    usage = _mapping(value)
    input_tokens = _count(usage.get("prompt_tokens"))
    output_tokens = _count(usage.get("completion_tokens"))
    if input_tokens is None or output_tokens is None:
        return None
    cached = _count(_mapping(usage.get("prompt_tokens_details")).get("cached_tokens"))
    reasoning = _count(_mapping(usage.get("completion_tokens_details")).get("reasoning_tokens"))
    return Usage(input_tokens, output_tokens, min(cached or 0, input_tokens), reasoning or 0)


def _anthropic_usage(value: object) -> Usage | None:
    usage = _mapping(value)
    fresh = _count(usage.get("input_tokens"))
    output_tokens = _count(usage.get("output_tokens"))
    if fresh is None or output_tokens is None:
        return None
    cached = _count(usage.get("cache_read_input_tokens")) or 0
    written = _count(usage.get("cache_creation_input_tokens")) or 0
    return Usage(
        input_tokens=fresh + written + cached,
        output_tokens=output_tokens,
        cached_input_tokens=cached,
        cache_write_input_tokens=written,
    )


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _sequence(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


def _first(value: object) -> object:
    return next(iter(_sequence(value)), None)


def _text(value: object) -> str:
    return storable(value) if isinstance(value, str) else ""


def _text_or_none(value: object) -> str | None:
    """Join content that comes in parts, as some endpoints send it."""
    if isinstance(value, list):
        return "".join(_text(_mapping(part).get("text")) for part in value)
    return storable(value) if isinstance(value, str) else None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None
