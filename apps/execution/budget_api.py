"""The money of a plan over HTTP: read it, ask for more, decide, correct it."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db.models import Q, QuerySet, Sum
from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from ninja import Field, Query, Router, Schema, Status
from ninja.pagination import paginate
from pydantic import AfterValidator, AwareDatetime, ConfigDict

from apps.accounts.actions import require
from apps.accounts.api import ApiRequest
from apps.accounts.core.roles import Action
from apps.budgets import actions as budgets
from apps.budgets.actions.overrides import OverrideNotFound
from apps.budgets.core.ledger_filter import LedgerFilter
from apps.budgets.core.ledger_rows import CSV_HEADER, LedgerRow, csv_cells
from apps.budgets.core.overrides import Decision
from apps.budgets.core.status import BudgetStatus, budget_status
from apps.budgets.errors import HoldNotFound
from apps.budgets.models import Budget, CostEvent, EventKind, Hold, Override, OverrideStatus
from apps.budgets.queries.forecast import forecast_of
from apps.budgets.queries.ledger import ledger_batches
from apps.budgets.queries.overrides import ceiling, find_override, overrides, waiting_override
from apps.common.csv_text import csv_lines
from apps.common.errors import ConsoleError, InvalidInput
from apps.common.paging import Pages
from apps.execution import actions
from apps.execution.api import find_plan
from apps.masterplans.models import Masterplan, PauseReason

budget_router = Router(tags=["budget"])
cost_router = Router(tags=["budget"])  # older addresses, and the ledger
override_router = Router(tags=["budget"])


class NothingWaits(ConsoleError):
    """{plan} has no request that waits. Ask for a cap with the action "request"."""

    code = "no_override_waits"


def _storable(text: str) -> str:
    if "\0" in text:
        raise ValueError("The text has a character that cannot be stored.")
    return text


Words = Annotated[str, Field(max_length=2000), AfterValidator(_storable)]
Usd = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=6)]
Moment = Annotated[
    AwareDatetime,
    Field(ge=datetime(2000, 1, 1, tzinfo=UTC), le=datetime(2200, 1, 1, tzinfo=UTC)),
]


class Body(Schema):
    """A mistyped field is refused: left out, it could grant another sum than was meant."""

    model_config = ConfigDict(extra="forbid")


class ForecastOut(Schema):
    low_usd: Decimal = Field(description="Total at the end; 1 run in 10 ends below.")
    middle_usd: Decimal
    high_usd: Decimal = Field(description="1 run in 10 ends above.")
    chance_of_pause: float | None = Field(description="0 to 1: the plan reaches its hard cap.")
    remaining_atoms: int
    sample: int = Field(description="Finished atoms that the forecast rests on.")
    basis: str


class BudgetOut(Schema):
    plan_id: UUID
    plan: str
    status: BudgetStatus
    pause_reason: str
    paused_at: datetime | None = Field(description="Since when the plan waits for money.")
    hard_cap_usd: Decimal
    soft_cap_usd: Decimal
    soft_cap_follows: bool = Field(description="The soft cap is a share of the hard cap.")
    ceiling_usd: Decimal = Field(description="The highest hard cap that approvers can grant.")
    spent_usd: Decimal
    held_usd: Decimal = Field(description="Worst cases of the calls under way.")
    left_usd: Decimal
    overrun_usd: Decimal
    retries_usd: Decimal = Field(description="Spent on second and later tries.")
    retry_share: float | None = Field(description="Of what was spent; null before that.")
    forecast: ForecastOut | None
    waiting_override: str | None


class OverrideIn(Body):
    action: Literal["request", "approve", "decline", "withdraw"] = "request"
    amount_usd: Usd | None = Field(
        None, description="The new hard cap. An approval without it grants what was asked."
    )
    reason: Words = Field("", description="Why more is needed; for a request.")
    expires_in_h: float | None = Field(
        None, ge=0.25, le=168, description="How long the request waits; 24 hours unless told."
    )
    expires_at: Moment | None = None
    comment: Words = Field("", description="Why so; for an approval, or to decline.")
    override: str | None = Field(
        None, max_length=80, description="The request, such as ovr-0031; the one that waits."
    )
    confirmation_code: str = Field(
        "", max_length=80, description="From the approval's page, for an approval or to decline."
    )


class OverrideOut(Schema):
    id: UUID
    ref: str
    plan: str = Field(alias="budget.plan.ref")
    status: OverrideStatus
    amount_usd: Decimal = Field(alias="amount", description="The hard cap that was asked for.")
    cap_before_usd: Decimal = Field(alias="cap_before")
    granted_usd: Decimal | None = Field(None, alias="granted")
    asked_by: str = Field(alias="asked_by.username")
    asked_at: datetime
    reason: str
    expires_at: datetime
    decided_by: str | None = Field(None, alias="decided_by.username")
    decided_at: datetime | None
    comment: str
    seen: dict[str, Any] = Field(description="Forecast and policy when it was decided.")


class OverrideFilters(Schema):
    status: OverrideStatus | None = None
    plan: str | None = Field(None, description="Id or mp- number.")


class CapsIn(Body):
    hard_cap_usd: Usd | None = Field(None, description="Lower than now; raising needs a request.")
    soft_cap_usd: Usd | None = None
    soft_cap_follows: bool = Field(
        default=False, description="Let the soft cap follow the hard cap again."
    )
    reason: Words


class AdjustmentIn(Body):
    hold_id: UUID
    actual_usd: Usd = Field(description="What the call really cost.")
    reason: Words


class HoldOut(Schema):
    hold_id: UUID = Field(alias="pk")
    state: str
    held_usd: Decimal = Field(alias="amount")
    actual_usd: Decimal | None = Field(alias="actual")


class EventOut(Schema):
    id: int
    at: datetime
    kind: EventKind
    hold_id: UUID | None
    hold_state: str | None = Field(None, alias="hold.state")
    atom: str | None = Field(None, alias="hold.atom.ref")
    attempt_number: int | None = Field(None, alias="hold.attempt_number")
    call_id: str | None = Field(None, alias="hold.call_id")
    provider: str | None = Field(None, alias="price.provider")
    model: str | None = Field(None, alias="price.model")
    spent_delta_usd: Decimal = Field(alias="spent_delta")
    held_delta_usd: Decimal = Field(alias="held_delta")
    spent_usd: Decimal = Field(alias="spent", description="The totals after this line.")
    held_usd: Decimal = Field(alias="held")
    overrun_usd: Decimal = Field(alias="overrun")
    hard_cap_usd: Decimal = Field(alias="hard_cap")
    soft_cap_usd: Decimal = Field(alias="soft_cap")
    by: str | None = Field(None, alias="by.username")
    reason: str


class EventPageOut(Schema):
    previous: str | None
    next: str | None
    results: list[EventOut]


class EventFilters(Schema):
    kind: EventKind | None = None
    since: Moment | None = Field(None, description="This moment and later.")
    until: Moment | None = Field(None, description="Before this moment.")
    format: Literal["json", "csv"] | None = Field(
        None, description="Goes before the Accept header; CSV has every line, unpaged."
    )


_EVENT_PAGES = Pages(ordering=("-id",), page_size=100)


@budget_router.get(
    "/{masterplan_id}", response=BudgetOut, summary="Caps, spending, forecast and status"
)
@cost_router.get(
    "/{masterplan_id}",
    response=BudgetOut,
    summary="Alias of GET execution/budget/{masterplan_id}",
    operation_id="cost_get_budget",
)
def get_budget(request: ApiRequest, masterplan_id: str) -> dict[str, Any]:
    require(request.user, Action.VIEW)
    return _described(find_plan(masterplan_id))


@budget_router.patch(
    "/{masterplan_id}", response=BudgetOut, summary="Lower the hard cap, or set the soft cap"
)
def set_caps(request: ApiRequest, masterplan_id: str, body: CapsIn) -> dict[str, Any]:
    """Raising the hard cap is refused here with `raise_needs_override`: two people do that."""
    require(request.user, Action.SET_CAPS)
    plan = find_plan(masterplan_id)
    if body.hard_cap_usd is None and body.soft_cap_usd is None and not body.soft_cap_follows:
        raise InvalidInput(problem="Send hard_cap_usd, soft_cap_usd or soft_cap_follows.")
    if body.soft_cap_usd is not None and body.soft_cap_follows:
        raise InvalidInput(problem="Send soft_cap_usd or soft_cap_follows, not both.")
    budgets.set_caps(
        plan_id=plan.pk,
        by=request.user,
        hard_cap=body.hard_cap_usd,
        soft_cap=body.soft_cap_usd,
        follow=body.soft_cap_follows,
        reason=body.reason,
    )
    return _described(plan)


@budget_router.post(
    "/{masterplan_id}/override",
    response={200: OverrideOut, 201: OverrideOut},
    summary="Ask for a new hard cap, or approve, decline or withdraw a request",
)
@cost_router.post(
    "/{masterplan_id}/override",
    response={200: OverrideOut, 201: OverrideOut},
    summary="Alias of POST execution/budget/{masterplan_id}/override",
    operation_id="cost_override",
)
def override(request: ApiRequest, masterplan_id: str, body: OverrideIn) -> Status[Override]:
    """A request answers 201. A decision answers 200, and needs the one-time confirmation code that
    its person reads on the approval's page, whoever calls.
    """
    require(request.user, Action.VIEW)
    plan = find_plan(masterplan_id)
    if body.action == "request":
        return Status(201, _asked(request, plan, body))
    row = _meant(plan, body.override)
    if body.action == "withdraw":
        return Status(200, budgets.withdraw_override(override_id=row.pk, by=request.user))
    decided = actions.decide_with_code(
        override_id=row.pk,
        by=request.user,
        decision=Decision(body.action),
        amount=body.amount_usd,
        comment=body.comment,
        code=body.confirmation_code,
    )
    return Status(200, decided)


@cost_router.get(
    "/{masterplan_id}/events",
    response=EventPageOut,
    summary="The ledger of a masterplan, newest first, as JSON or CSV",
)
def list_events(
    request: ApiRequest,
    response: HttpResponse,
    masterplan_id: str,
    filters: Query[EventFilters],
    page: Query[Pages.Input],
) -> dict[str, Any] | StreamingHttpResponse:
    """`Accept: text/csv` or `?format=csv` streams every line of the filter as CSV."""
    require(request.user, Action.VIEW)
    plan = find_plan(masterplan_id)
    wanted = filters.format or _preferred(request)
    if wanted == "csv":
        return _csv_of(plan, filters)
    patch_vary_headers(response, ("Accept",))
    answer: dict[str, Any] = _EVENT_PAGES.paginate_queryset(
        _events(plan, filters), pagination=page, request=request
    )
    return answer


@cost_router.post(
    "/{masterplan_id}/adjustments",
    response={201: HoldOut},
    summary="Post what a charge of unknown cost really was",
)
def adjust(request: ApiRequest, masterplan_id: str, body: AdjustmentIn) -> Status[Hold]:
    require(request.user, Action.ADJUST_LEDGER)
    plan = find_plan(masterplan_id)
    if not Hold.objects.filter(pk=body.hold_id, budget__plan=plan).exists():
        raise HoldNotFound(hold_id=body.hold_id)
    hold = budgets.adjust(
        hold_id=body.hold_id, actual=body.actual_usd, by=request.user, reason=body.reason
    )
    hold.refresh_from_db()  # with the places that the column has
    return Status(201, hold)


@override_router.get(
    "", response=list[OverrideOut], summary="Requests for a new hard cap, newest first"
)
@paginate(Pages, ordering=("-number",), page_size=50)
def list_overrides(request: ApiRequest, filters: Query[OverrideFilters]) -> QuerySet[Override]:
    require(request.user, Action.VIEW)
    rows = overrides()
    if filters.status:
        rows = rows.filter(status=filters.status)
    if filters.plan:
        rows = rows.filter(budget__plan=find_plan(filters.plan).pk)
    return rows


@override_router.get("/{ref}", response=OverrideOut, summary="One request, by id or ovr- number")
def get_override(request: ApiRequest, ref: str) -> Override:
    require(request.user, Action.VIEW)
    found = find_override(ref)
    if found is None:
        raise OverrideNotFound(override=ref)
    return found


def _described(plan: Masterplan) -> dict[str, Any]:
    """Return what the API says of a plan's money, as it is now. Five queries and the forecast's."""
    plan.refresh_from_db(fields=["status", "pause_reason"])
    budget = Budget.objects.select_related("plan").get(plan=plan)
    now = timezone.now()
    forecast = forecast_of(budget, now=now)
    waiting = waiting_override(budget.pk)
    retries = _retries_of(budget)
    return {
        "plan_id": plan.pk,
        "plan": plan.ref,
        "status": budget_status(
            spent=budget.spent,
            soft_cap=budget.soft_cap,
            hard_cap=budget.hard_cap,
            is_paused=plan.pause_reason == PauseReason.BUDGET,
        ),
        "pause_reason": plan.pause_reason,
        "paused_at": budget.paused_at,
        "hard_cap_usd": budget.hard_cap,
        "soft_cap_usd": budget.soft_cap,
        "soft_cap_follows": budget.soft_share is not None,
        "ceiling_usd": ceiling(),
        "spent_usd": budget.spent,
        "held_usd": budget.held,
        "left_usd": budget.left,
        "overrun_usd": budget.overrun,
        "retries_usd": retries,
        "retry_share": float(retries / budget.spent) if budget.spent else None,
        "forecast": forecast
        and {
            "low_usd": forecast.low,
            "middle_usd": forecast.middle,
            "high_usd": forecast.high,
            "chance_of_pause": forecast.chance_of_pause,
            "remaining_atoms": forecast.remaining_atoms,
            "sample": forecast.sample,
            "basis": forecast.basis,
        },
        "waiting_override": waiting.ref if waiting else None,
    }


def _retries_of(budget: Budget) -> Decimal:
    booked = Hold.objects.filter(budget=budget).aggregate(
        retries=Sum("actual", filter=Q(attempt_number__gt=1))
    )
    return booked["retries"] or Decimal(0)


def _asked(request: ApiRequest, plan: Masterplan, body: OverrideIn) -> Override:
    if body.amount_usd is None:
        raise InvalidInput(problem="Send amount_usd: the hard cap that is needed.")
    if body.expires_in_h is not None and body.expires_at is not None:
        raise InvalidInput(problem="Send expires_in_h or expires_at, not both.")
    now, end = timezone.now(), body.expires_at
    if body.expires_in_h is not None:
        end = now + timedelta(hours=body.expires_in_h)
    return budgets.ask_override(
        plan_id=plan.pk,
        by=request.user,
        amount=body.amount_usd,
        reason=body.reason,
        expires_at=end,
        now=now,
    )


def _meant(plan: Masterplan, name: str | None) -> Override:
    """Return the named request of the plan, or the one that waits."""
    if name is None:
        row = waiting_override(Budget.objects.only("pk").get(plan=plan).pk)
        if row is None:
            raise NothingWaits(plan=plan.ref)
        return row
    found = find_override(name)
    if found is None or found.budget.plan_id != plan.pk:
        raise OverrideNotFound(override=name)
    return found


def _preferred(request: ApiRequest) -> str:
    kind = request.get_preferred_type(["application/json", "text/csv"])
    return "csv" if kind == "text/csv" else "json"


def _events(plan: Masterplan, filters: EventFilters) -> QuerySet[CostEvent]:
    rows = CostEvent.objects.filter(budget__plan=plan)
    if filters.kind:
        rows = rows.filter(kind=filters.kind)
    if filters.since:
        rows = rows.filter(at__gte=filters.since)
    if filters.until:
        rows = rows.filter(at__lt=filters.until)
    return rows.select_related("hold__atom", "price", "by")


def _csv_of(plan: Masterplan, filters: EventFilters) -> StreamingHttpResponse:
    wanted = LedgerFilter(
        kind=filters.kind.value if filters.kind else "", since=filters.since, until=filters.until
    )
    batches = ledger_batches(Budget.objects.only("pk").get(plan=plan).pk, wanted)
    response = StreamingHttpResponse(_csv_chunks(batches), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{plan.ref}-ledger.csv"'
    patch_vary_headers(response, ("Accept",))
    return response


async def _csv_chunks(batches: Iterator[list[LedgerRow]]) -> AsyncIterator[bytes]:
    # An asynchronous iterator, because Django would read a synchronous one into memory first.
    yield csv_lines([CSV_HEADER]).encode()
    while rows := await sync_to_async(_next)(batches):
        yield csv_lines(csv_cells(row) for row in rows).encode()


def _next(batches: Iterator[list[LedgerRow]]) -> list[LedgerRow]:
    """Read on; empty at the end."""
    return next(batches, [])
