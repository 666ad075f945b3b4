"""Reads the body of a chat request."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.llm.replay.answers import Key, find_key
from apps.llm.replay.shapes import MODEL


class BadRequest(ValueError):
    """The body is not what the API takes; the text says what is wrong."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the server needs to know of a chat request."""

    messages: list[str]
    last_user_message: str
    model: str
    wants_stream: bool
    wants_stream_usage: bool

    @property
    def key(self) -> Key | None:
        return find_key(self.last_user_message)

    @property
    def everything(self) -> str:
        """All messages as one text, for answers that are found by a part of it."""
        return "\n".join(self.messages)


def read_prompt(body: object) -> Prompt:
    """Return the prompt in a request body; raises BadRequest."""
    if not isinstance(body, Mapping):
        raise BadRequest("The body must be a JSON object.")
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise BadRequest("'messages' must be a list with at least one message.")
    if not all(isinstance(message, Mapping) for message in messages):
        raise BadRequest("Each message must have 'role' and 'content'.")
    asked = [_text_of(message) for message in messages if message.get("role") == "user"]
    options = body.get("stream_options")
    return Prompt(
        messages=[_text_of(message) for message in messages],
        last_user_message=asked[-1] if asked else "",
        model=str(body.get("model") or MODEL),
        wants_stream=body.get("stream") is True,
        wants_stream_usage=isinstance(options, Mapping) and options.get("include_usage") is True,
    )


def _text_of(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, Mapping)]
        return "".join(part for part in parts if isinstance(part, str))
    return content if isinstance(content, str) else ""
