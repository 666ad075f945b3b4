"""Bodies in the shape of the OpenAI API."""

import base64
import hashlib
import json
import math
import re
import struct
from collections.abc import Iterator
from typing import Any

from apps.llm.replay.answers import Answer, estimate_tokens

MODEL = "replay-1"
MODEL_CREATED = 1_735_689_600  # Unix time; a fixed one keeps bodies equal
DIMENSIONS = 256
STREAM_PIECES = 20

_WORD = re.compile(r"\w+")


def error_body(message: str, *, code: str, kind: str = "invalid_request_error") -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def models_body() -> dict[str, Any]:
    model = {"id": MODEL, "object": "model", "created": MODEL_CREATED, "owned_by": "replay"}
    return {"object": "list", "data": [model]}


def completion_body(
    answer: Answer, *, completion_id: str, model: str, created: int, messages: list[str]
) -> dict[str, Any]:
    message = {"role": "assistant", "content": answer.text, "refusal": None}
    choice = {
        "index": 0,
        "message": message,
        "logprobs": None,
        "finish_reason": answer.finish_reason,
    }
    return {
        "id": completion_id,
        "object": "chat.completion",
        "created": created,
        "model": model,
        "choices": [choice],
        "usage": answer.usage(messages),
    }


def chunks(body: dict[str, Any], *, with_usage: bool) -> Iterator[dict[str, Any]]:
    """Return a completion body as the chunks of a stream."""
    head = {name: body[name] for name in ("id", "created", "model")}
    head["object"] = "chat.completion.chunk"
    text = body["choices"][0]["message"]["content"]
    size = max(1, math.ceil(len(text) / STREAM_PIECES))
    yield head | {"choices": [_delta({"role": "assistant", "content": ""})]}
    for start in range(0, len(text), size):
        yield head | {"choices": [_delta({"content": text[start : start + size]})]}
    yield head | {"choices": [_delta({}, body["choices"][0]["finish_reason"])]}
    if with_usage:
        yield head | {"choices": [], "usage": body["usage"]}


def event(data: object) -> bytes:
    """Return one server-sent event."""
    return f"data: {data if isinstance(data, str) else json.dumps(data)}\n\n".encode()


def embeddings_body(
    texts: list[str], *, model: str, dimensions: int, as_base64: bool
) -> dict[str, Any]:
    vectors = [embed(text, dimensions) for text in texts]
    tokens = sum(estimate_tokens(text) for text in texts)
    return {
        "object": "list",
        "model": model,
        "data": [
            {
                "object": "embedding",
                "index": index,
                "embedding": _pack(vector) if as_base64 else vector,
            }
            for index, vector in enumerate(vectors)
        ],
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def embed(text: str, dimensions: int = DIMENSIONS) -> list[float]:
    """Return a unit vector. Texts that share words and parts of words lie close together."""
    vector = [0.0] * dimensions
    for feature in _features(text):
        digest = hashlib.blake2b(feature.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        slot = int.from_bytes(digest[:7]) % dimensions
        vector[slot] += 1.0 if digest[7] & 1 else -1.0
    length = math.sqrt(sum(value * value for value in vector))
    if not length:
        return [1.0] + [0.0] * (dimensions - 1)
    return [value / length for value in vector]


def _features(text: str) -> Iterator[str]:
    for word in _WORD.findall(text.lower()):
        yield word
        padded = f"<{word}>"
        for start in range(len(padded) - 2):
            yield padded[start : start + 3]


def _pack(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def _delta(delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
