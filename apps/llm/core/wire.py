"""The wire form of a request, and the identity that follows from it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from apps.llm.core.types import CallContext, CompletionRequest


def canonical_wire(request: CompletionRequest) -> dict[str, object]:
    """Return every field that reaches the endpoint, in a form that is equal for equal requests.

    Numbers are text ("0.3"), absent options are left out, and the profile stands for its model.
    """
    fields: dict[str, object] = {
        "profile": request.profile,
        "messages": [
            {"role": message.role.value, "content": message.content} for message in request.messages
        ],
        "temperature": _number(request.temperature),
        "max_tokens": request.max_tokens,
    }
    if request.top_p is not None:
        fields["top_p"] = _number(request.top_p)
    if request.stop:
        fields["stop"] = list(request.stop)
    if request.seed is not None:
        fields["seed"] = request.seed
    if request.response_format is not None:
        fields["response_format"] = request.response_format
    return fields


def call_id(attempt_id: UUID | None, request: CompletionRequest) -> str:
    """Return 64 hex digits that name this request of this attempt, however often it is sent."""
    content = {
        "attempt_id": None if attempt_id is None else str(attempt_id),
        "request": canonical_wire(request),
    }
    return hashlib.sha256(_canonical_json(content).encode()).hexdigest()


def identify(request: CompletionRequest) -> CompletionRequest:
    """Return the request with the call id of its own attempt filled in."""
    identity = call_id(request.context.attempt_id, request)
    return replace(request, context=replace(request.context, call_id=identity))


def traceparent(context: CallContext) -> str | None:
    """Return the W3C header of one try; None when the trace id is not one that W3C allows."""
    if not _is_hex_id(context.trace_id, 32):
        return None
    span = hashlib.sha256(f"{context.call_id}/{context.try_number}".encode()).hexdigest()[:16]
    return f"00-{context.trace_id}-{span}-01"


def _is_hex_id(text: str, length: int) -> bool:
    return len(text) == length and set(text) <= set("0123456789abcdef") and set(text) != {"0"}


def _number(value: Decimal | float) -> str:
    """Write 0, 0.0 and Decimal("0.00") alike."""
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    return format(exact.normalize() + 0, "f")


def _canonical_json(content: Mapping[str, object]) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
