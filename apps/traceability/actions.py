"""Writes of traceability."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from apps.traceability.core.kinds import StepKind
from apps.traceability.models import TraceEvent


def record(
    *,
    kind: StepKind,
    trace_id: str,
    plan_id: UUID,
    atom_id: UUID | None = None,
    attempt_id: UUID | None = None,
    attempt_number: int | None = None,
    duration_ms: int | None = None,
    cost_usd: Decimal | None = None,
    input_tokens: int | None = None,
    output_tokens: int | None = None,
    numbers: dict[str, Any] | None = None,
    data: dict[str, Any] | None = None,
) -> TraceEvent:
    """Add one step to the trace, in the caller's transaction."""
    return TraceEvent.objects.create(
        kind=kind.value,
        trace_id=trace_id,
        plan_id=plan_id,
        atom_id=atom_id,
        attempt_id=attempt_id,
        attempt_number=attempt_number,
        duration_ms=duration_ms,
        cost_usd=cost_usd or Decimal(0),
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        numbers=numbers or {},
        data=data or {},
    )
