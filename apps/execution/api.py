"""The main job over HTTP: import, start, watch, download."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import StreamingHttpResponse
from ninja import Field, Query, Router, Schema, Status
from ninja.pagination import paginate

from apps.accounts.actions import require
from apps.accounts.api import ApiRequest
from apps.accounts.core.roles import Action
from apps.budgets.models import Hold
from apps.common.errors import ConsoleError
from apps.common.paging import Pages
from apps.execution import actions
from apps.execution.core.intake import read
from apps.execution.exports import open_export
from apps.masterplans.models import Atom, AtomStatus, Masterplan, PlanStatus

router = Router(tags=["masterplans"])


class PlanNotFound(ConsoleError):
    """There is no masterplan {plan}. List them with GET /api/v2/masterplans."""

    code = "plan_not_found"
    status = 404


class PlanIn(Schema):
    text: str = Field(description="The masterplan, as Markdown.")
    is_copy: bool = Field(
        default=False, description="Import a text that is known already once more."
    )


class DiagnosticOut(Schema):
    line: int
    column: int
    severity: Literal["error", "warning"]
    code: str
    message: str


class PlanOut(Schema):
    id: UUID
    ref: str
    title: str
    status: str
    pause_reason: str
    status_note: str
    language: str
    package: str
    budget_usd: Decimal = Field(
        description="As the text asks; the caps in force are at /execution/budget/{masterplan_id}."
    )
    trace_id: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class WaveOut(Schema):
    number: int
    title: str
    status: str
    atoms: int


class PlanDetailOut(PlanOut):
    cost_usd: Decimal
    atoms_by_status: dict[str, int]
    waves: list[WaveOut]
    diagnostics: list[DiagnosticOut]


class AtomOut(Schema):
    id: UUID
    ref: str
    status: str
    status_note: str
    wave: int | None = Field(None, alias="wave.number")
    attempts: int = Field(alias="attempt_count")
    cost_usd: Decimal = Field(alias="spent_usd")


class CheckOut(Schema):
    title: str | None
    atoms: int
    requirements: int
    waves: int
    has_errors: bool
    diagnostics: list[DiagnosticOut]


class Filters(Schema):
    status: PlanStatus | None = None


@router.get("", response=list[PlanOut], summary="List masterplans, newest first")
@paginate(Pages, ordering=("-number",), page_size=50)
def list_masterplans(request: ApiRequest, filters: Query[Filters]) -> QuerySet[Masterplan]:
    plans = Masterplan.objects.defer("source_text", "context")
    return plans.filter(status=filters.status) if filters.status else plans


@router.post("", response={201: PlanOut}, summary="Import a masterplan")
def import_masterplan(request: ApiRequest, body: PlanIn) -> Status[Masterplan]:
    """Store a plan: ready to start, or a draft that says what is wrong with its text.

    A text that is known already is refused with 409 `already_imported`, and `facts` names its
    plan: who lost the answer can send the text again, and gets no second plan.
    """
    plan = actions.import_masterplan(text=body.text, by=request.user, is_copy=body.is_copy)
    return Status(201, plan)


@router.post("/check", response=CheckOut, summary="Read a masterplan without storing it")
def check_masterplan(request: ApiRequest, body: PlanIn) -> dict[str, Any]:
    require(request.user, Action.IMPORT_PLAN)
    intake = read(body.text)
    document = intake.document
    return {
        "title": document.front.title if document else None,
        "atoms": len(document.atoms()) if document else 0,
        "requirements": len(document.requirements) if document else 0,
        "waves": len(intake.graph.waves) if intake.graph else 0,
        "has_errors": intake.has_errors,
        "diagnostics": intake.diagnostics,
    }


@router.get("/{plan}", response=PlanDetailOut, summary="One masterplan, by id or mp- number")
def get_masterplan(request: ApiRequest, plan: str) -> dict[str, Any]:
    row = find_plan(plan)
    counts = dict(row.atoms.order_by().values_list("status").annotate(Count("pk")))
    return {
        **{name: getattr(row, name) for name in PlanOut.model_fields},
        "cost_usd": row.budget.spent,
        "atoms_by_status": dict.fromkeys(AtomStatus.values, 0) | counts,
        "waves": [
            {"number": wave.number, "title": wave.title, "status": wave.status, "atoms": wave.size}
            for wave in row.waves.annotate(size=Count("atoms")).order_by("number")
        ],
        "diagnostics": row.diagnostics,
    }


@router.get("/{plan}/atoms", response=list[AtomOut], summary="The atoms of a masterplan")
@paginate(Pages, ordering=("position",), page_size=200)
def list_atoms(request: ApiRequest, plan: str) -> QuerySet[Atom]:
    holds = Hold.objects.filter(atom=OuterRef("pk")).order_by().values("atom")
    booked = holds.annotate(total=Sum("actual")).values("total")
    return (
        find_plan(plan)
        .atoms.select_related("wave")
        .annotate(attempt_count=Count("attempts"), spent_usd=Coalesce(Subquery(booked), Decimal(0)))
    )


@router.post("/{plan}/start", response=PlanOut, summary="Start a ready masterplan")
def start(request: ApiRequest, plan: str) -> Masterplan:
    return actions.start(plan_id=find_plan(plan).pk, by=request.user)


@router.post("/{plan}/pause", response=PlanOut, summary="Pause; calls under way finish")
def pause(request: ApiRequest, plan: str) -> Masterplan:
    return actions.pause(plan_id=find_plan(plan).pk, by=request.user)


@router.post("/{plan}/resume", response=PlanOut, summary="Go on where it stopped")
def resume(request: ApiRequest, plan: str) -> Masterplan:
    return actions.resume(plan_id=find_plan(plan).pk, by=request.user)


@router.post("/{plan}/cancel", response=PlanOut, summary="End the masterplan for good")
def cancel(request: ApiRequest, plan: str) -> Masterplan:
    return actions.cancel(plan_id=find_plan(plan).pk, by=request.user)


@router.post("/{plan}/retry-failed", response=PlanOut, summary="Try the failed atoms again")
def retry_failed(request: ApiRequest, plan: str) -> Masterplan:
    return actions.retry_failed(plan_id=find_plan(plan).pk, by=request.user)


@router.get("/{plan}/export", summary="Download the code: zip, bundle or patch")
def export(
    request: ApiRequest, plan: str, kind: Literal["zip", "bundle", "patch"] = "zip"
) -> StreamingHttpResponse:
    require(request.user, Action.EXPORT_PLAN)
    return open_export(find_plan(plan), kind).as_response()


def find_plan(name: str) -> Masterplan:
    """Return the plan of an id or a reference like mp-0142. Raises PlanNotFound."""
    plans = Masterplan.objects.all()
    number = name.removeprefix("mp-")
    if name.startswith("mp-") and _is_digits(number) and len(number) < 10:
        found = plans.filter(number=int(number)).first()
    else:
        found = plans.filter(pk=name).first() if _is_uuid(name) else None
    if found is None:
        raise PlanNotFound(plan=name)
    return found


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()  # "²" is a digit too, and no number


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
