"""The story of an atom over HTTP."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from ninja import Router, Schema

from apps.accounts.api import ApiRequest
from apps.common.errors import ConsoleError
from apps.masterplans.models import Atom
from apps.traceability.models import TraceEvent

router = Router(tags=["traceability"])


class AtomNotFound(ConsoleError):
    """There is no atom {atom_id}. List a plan's atoms with GET /api/v2/masterplans/ID/atoms."""

    code = "atom_not_found"
    status = 404


class TraceEventOut(Schema):
    at: datetime
    kind: str
    trace_id: str
    attempt_number: int | None
    duration_ms: int | None
    cost_usd: Decimal
    input_tokens: int | None
    output_tokens: int | None
    numbers: dict[str, Any]
    data: dict[str, Any]


@router.get("/trace/{atom_id}", response=list[TraceEventOut], summary="Every step of an atom")
def trace(request: ApiRequest, atom_id: UUID) -> QuerySet[TraceEvent]:
    if not Atom.objects.filter(pk=atom_id).exists():
        raise AtomNotFound(atom_id=atom_id)
    return TraceEvent.objects.filter(atom=atom_id)
