"""The third alarm: a plan that will not finish under its hard cap, while there is time to ask."""

from datetime import datetime

from django.db import transaction

from apps.accounts.actions import notify
from apps.accounts.core.notices import Notice
from apps.budgets.actions.guardrails import budget_path, tell
from apps.budgets.core.forecast import ENOUGH, Forecast
from apps.budgets.models import Budget
from apps.budgets.queries.forecast import forecast_of
from apps.common import display
from apps.masterplans.models import PlanStatus


def watch_forecasts(*, now: datetime) -> int:
    """Warn of running plans that will not finish under their hard cap; return how many are new."""
    budgets = Budget.objects.filter(
        plan__status=PlanStatus.RUNNING, forecast_passed_at=None
    ).select_related("plan")
    return sum(_watch(budget, now) for budget in budgets)


def _watch(budget: Budget, now: datetime) -> bool:
    forecast = forecast_of(budget, now=now)
    if forecast is None or forecast.sample < ENOUGH or not forecast.passes(budget.hard_cap):
        return False
    return _pass_by_forecast(budget, forecast, now)


@transaction.atomic
def _pass_by_forecast(budget: Budget, forecast: Forecast, now: datetime) -> bool:
    waiting = Budget.objects.filter(pk=budget.pk, forecast_passed_at=None, hard_cap=budget.hard_cap)
    if not waiting.update(forecast_passed_at=now):
        return False
    plan = budget.plan
    notify(
        kind=Notice.FORECAST,
        title=f"{plan.title} will probably need more than its hard cap",
        text=(
            f"{plan.ref} is expected to cost {display.usd(forecast.middle)}, between"
            f" {display.usd(forecast.low)} and {display.usd(forecast.high)}; its hard cap is"
            f" {display.usd_cap(budget.hard_cap)}."
        ),
        path=f"{budget_path(plan)}/request",
        if_nobody_acts="The masterplan pauses when its money is used up.",
    )
    tell(plan, f"Forecast of {display.usd(forecast.middle)} passes the hard cap")
    return True
