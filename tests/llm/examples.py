"""The smallest request, profile and completion; a test states only what matters to it."""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from apps.llm.core.profiles import Profile, Provider
from apps.llm.core.types import (
    CallContext,
    Completion,
    CompletionRequest,
    Message,
    Role,
    Usage,
)

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
ATTEMPT = UUID("6f1c9d3e-8a42-4a5f-9a57-3b1d2c4e5f60")


def make_context(**changes: Any) -> CallContext:
    """Return the context of a call for no plan."""
    context = CallContext(
        call_id="",
        plan_id=None,
        atom_id=None,
        attempt_id=ATTEMPT,
        attempt_number=1,
        trace_id=TRACE_ID,
        purpose="atom",
    )
    return replace(context, **changes)


def make_request(prompt: str = "Say hello.", **changes: Any) -> CompletionRequest:
    """Return a request with a system message and this prompt."""
    request = CompletionRequest(
        profile="default",
        messages=(Message(Role.SYSTEM, "Be brief."), Message(Role.USER, prompt)),
        temperature=Decimal("0.3"),
        max_tokens=1000,
        context=make_context(),
    )
    return replace(request, **changes)


def ask_for(atom: str, attempt: int = 1, **changes: Any) -> CompletionRequest:
    """Return the request of an attempt at an atom, as the replay server reads it."""
    return make_request(f"Write it.\nAtom: `{atom}` (attempt {attempt} of 4)\n", **changes)


def make_profile(**changes: Any) -> Profile:
    """Return a profile of an endpoint that is not on this machine."""
    profile = Profile(
        name="default",
        provider=Provider.OPENAI_COMPATIBLE,
        base_url="https://models.test/v1",
        model="model-1",
        api_key_variable="MODELS_KEY",
        max_output_tokens=500,
        timeout_s=5.0,
        connect_timeout_s=2.0,
    )
    return replace(profile, **changes)


def make_completion(text: str = "Hello.", **changes: Any) -> Completion:
    """Return a completion of 10 tokens in and 5 out."""
    completion = Completion(
        text=text,
        finish_reason="stop",
        model="model-1",
        provider_request_id="req-1",
        usage=Usage(10, 5),
        latency_ms=7,
    )
    return replace(completion, **changes)
