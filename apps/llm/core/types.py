"""What is asked of a language model, and what comes back."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class Role(StrEnum):
    """Who speaks in a message."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of the conversation."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class CallContext:
    """For whom a call is made. Nothing of it goes over the wire but the `traceparent` header."""

    call_id: str  # `wire.call_id`; empty until `wire.identify` filled it in
    plan_id: UUID | None
    atom_id: UUID | None
    attempt_id: UUID | None
    attempt_number: int | None
    trace_id: str  # 32 lower-case hex digits, as in W3C Trace Context
    purpose: str  # what the answer is for: "atom", "plan", ...
    try_number: int = 1  # the same call again after a passing failure counts up


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """One question to the model of a profile."""

    profile: str
    messages: tuple[Message, ...]
    temperature: Decimal | float
    max_tokens: int  # of the answer; the profile may allow fewer
    context: CallContext
    min_tokens: int = 1  # an answer cut shorter is of no use; never sent
    top_p: Decimal | float | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    response_format: Mapping[str, object] | None = None  # as in the OpenAI API


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that a call is billed for."""

    input_tokens: int  # cached ones included
    output_tokens: int  # reasoning included
    cached_input_tokens: int = 0  # read from the provider's prompt cache
    reasoning_tokens: int = 0
    is_estimated: bool = False  # True when the endpoint reported no usage
    cache_write_input_tokens: int = 0  # written to the provider's prompt cache


@dataclass(frozen=True, slots=True)
class Completion:
    """One answer. `finish_reason` is "stop" when the model was done, "length" when it was cut."""

    text: str
    finish_reason: str
    model: str
    provider_request_id: str
    usage: Usage
    latency_ms: int
    cost_usd: Decimal = Decimal(0)  # 6 places; filled in by the layer that books it


class CompletionClient(Protocol):
    """Anything that answers: a provider, or a layer around one."""

    def complete(self, request: CompletionRequest) -> Completion:
        """Return the answer; raises LlmError. May be called from many threads at once."""
        ...
