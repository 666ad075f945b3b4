"""Spending across plans."""

from collections.abc import Iterator
from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_GET, require_safe

from apps.accounts.actions import require
from apps.accounts.core.roles import Action
from apps.budgets.queries.cost import PERIODS, USUAL_PERIOD, CostBoard, cost_table
from apps.budgets.views.plan_budget import csv_response
from apps.common.csv_text import csv_lines
from apps.common.web import ConsoleRequest, render_part

CSV_HEADER = ("day", "plan", "title", "owner", "provider", "model", "spent_usd", "calls")


@require_safe
@login_required
def cost(request: ConsoleRequest) -> HttpResponse:
    """What all plans spent in the last `days`: the page, or its live part."""
    require(request.user, Action.VIEW)
    board = CostBoard(days=_days(request), now=timezone.now())
    return render_part(request, "budgets/cost.html", {"board": board}, cost="budgets/_cost.html")


@require_GET
@login_required
def cost_csv(request: ConsoleRequest) -> HttpResponseBase:
    """Download the spending of the period by day, plan and model."""
    require(request.user, Action.VIEW)
    days, now = _days(request), timezone.now()
    return csv_response(_csv(now, days), f"cost-{now:%Y-%m-%d}-{days}-days.csv")


def _csv(now: datetime, days: int) -> Iterator[str]:
    yield csv_lines([CSV_HEADER])
    yield csv_lines(
        (
            row.day,
            plan.ref,
            plan.title,
            plan.owner.username,
            row.provider,
            row.model,
            row.spent,
            row.calls,
        )
        for row, plan in cost_table(now, days)
    )


def _days(request: ConsoleRequest) -> int:
    days = request.GET.get("days", "")
    return next((period for period in PERIODS if str(period) == days), USUAL_PERIOD)
