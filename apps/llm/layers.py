"""The layers of this app around the provider."""

import logging
import time
from typing import Any

from django.db import DatabaseError

from apps.llm.core.errors import CallInterrupted, LlmError, RetryableLlmError
from apps.llm.core.types import CallContext, Completion, CompletionClient, CompletionRequest, Usage
from apps.traceability import actions as traceability
from apps.traceability.core.kinds import StepKind

logger = logging.getLogger(__name__)


class TraceLayer:
    """Writes down each call before it is made, and how it ended."""

    def __init__(self, next_client: CompletionClient) -> None:
        self._next = next_client

    def complete(self, request: CompletionRequest) -> Completion:
        context = request.context
        trace(context, StepKind.CALL, numbers=_asked(request), data=_named(request))
        started = time.monotonic()
        try:
            completion = self._next.complete(request)
        except Exception as error:
            trace_failure(context, error, duration_ms=_ms_since(started))
            raise
        try:
            trace_response(context, completion, duration_ms=_ms_since(started))
        except DatabaseError:
            # The answer is paid for: losing it too would only make it cost twice.
            logger.exception(
                "A paid call was not traced",
                extra={"call_id": context.call_id, "cost_usd": completion.cost_usd},
            )
        return completion


def trace_response(context: CallContext, completion: Completion, *, duration_ms: int) -> None:
    """Record an answer; what it cost is written in the transaction that books it."""
    trace(
        context,
        StepKind.RESPONSE,
        duration_ms=duration_ms,
        **_billed(completion.usage),
        data={
            "call_id": context.call_id,
            "model": completion.model,
            "finish_reason": completion.finish_reason,
            "provider_request_id": completion.provider_request_id,
        },
    )


def trace_failure(context: CallContext, error: Exception, *, duration_ms: int) -> None:
    """Record that a call gave no answer."""
    if not isinstance(error, LlmError):
        is_told = isinstance(error, CallInterrupted)
        sentence = str(error) if is_told else "The call failed unexpectedly."
        cause = {"error": type(error).__name__, "sentence": sentence}
        trace(context, StepKind.CALL_FAILED, duration_ms=duration_ms, data=cause)
        return
    trace(
        context,
        StepKind.CALL_FAILED,
        duration_ms=duration_ms,
        **(_billed(error.usage) if error.usage else {}),
        data=_cause(error) | {"call_id": context.call_id},
    )


def trace_pause(request: CompletionRequest, error: LlmError, wait_s: float) -> None:
    """Record that a call is tried again, after which pause, and why."""
    numbers: dict[str, Any] = {"wait_s": round(wait_s, 3), "try": request.context.try_number}
    if isinstance(error, RetryableLlmError) and error.retry_after_s is not None:
        numbers["retry_after_s"] = round(error.retry_after_s, 3)
    trace(request.context, StepKind.RETRY, numbers=numbers, data=_cause(error))


def trace(context: CallContext, kind: StepKind, **fields: Any) -> None:
    """Record one step of a call. A call for no plan has no trace."""
    if context.plan_id is None:
        return
    traceability.record(
        kind=kind,
        trace_id=context.trace_id,
        plan_id=context.plan_id,
        atom_id=context.atom_id,
        attempt_id=context.attempt_id,
        attempt_number=context.attempt_number,
        **fields,
    )


def _asked(request: CompletionRequest) -> dict[str, Any]:
    return {
        "try": request.context.try_number,
        "messages": len(request.messages),
        "prompt_chars": sum(len(message.content) for message in request.messages),
        "max_tokens": request.max_tokens,
        "temperature": float(request.temperature),
    }


def _named(request: CompletionRequest) -> dict[str, Any]:
    context = request.context
    return {"call_id": context.call_id, "profile": request.profile, "purpose": context.purpose}


def _billed(usage: Usage) -> dict[str, Any]:
    return {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "numbers": {
            "cached_input_tokens": usage.cached_input_tokens,
            "reasoning_tokens": usage.reasoning_tokens,
            "cache_write_input_tokens": usage.cache_write_input_tokens,
            "is_estimated": usage.is_estimated,
        },
    }


def _cause(error: LlmError) -> dict[str, Any]:
    return {"error": error.kind.value, "sentence": error.sentence}


def _ms_since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
