"""Ask for a higher hard cap, well: beside the forecast, with a reason."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from apps.accounts.actions import require
from apps.accounts.core.roles import Action
from apps.budgets.actions.overrides import AboveCeiling, NotAboveCap, ask_override
from apps.budgets.core.amounts import read_usd
from apps.budgets.core.forecast import Forecast, amount_for_nine_in_ten
from apps.budgets.models import Budget, Override
from apps.budgets.queries import forecast_of
from apps.budgets.queries.board import bar_of, pause_chance
from apps.budgets.queries.overrides import ceiling, waiting_override
from apps.budgets.views.fields import Sent
from apps.budgets.views.plan_budget import budget_or_404
from apps.common.display import usd_cap
from apps.common.errors import ConsoleError
from apps.common.web import ConsoleRequest

LIVES_H: Mapping[str, str] = {"4": "4 hours", "24": "24 hours", "72": "3 days", "168": "7 days"}
USUAL_LIFE_H = "24"
FIELDS = {AboveCeiling: "amount", NotAboveCap: "amount"}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def request_override(request: ConsoleRequest, number: int) -> HttpResponse:
    """The form; or, posted, a refusal with what was written, or the request's own page."""
    require(request.user, Action.ASK_OVERRIDE)
    budget, now = budget_or_404(number), timezone.now()
    known = forecast_of(budget, now=now)
    suggested = _suggested(budget, known)
    sent = Sent(request, ("amount", "reason", "hours"), _first(suggested))
    if request.method == "POST":
        override = _ask(request, budget, sent, now)
        if override is not None:
            messages.success(
                request, f"{override.ref} asks for {usd_cap(override.amount)}. Approvers were told."
            )
            return redirect("dashboard:approval", override.ref)
    context = {
        "budget": budget,
        "plan": budget.plan,
        "forecast": known,
        "chance": pause_chance(budget.plan, known),
        "bar": bar_of(budget, known),
        "suggested": suggested,
        "ceiling": ceiling(),
        "waiting": waiting_override(budget.pk),
        "lives": LIVES_H.items(),
        "sent": sent,
    }
    return render(request, "budgets/request.html", context, status=sent.status)


def _suggested(budget: Budget, known: Forecast | None) -> Decimal | None:
    """Return a cap that is enough for 9 runs in 10, USD; None where none is known or needed."""
    if known is None or budget.hard_cap >= ceiling():
        return None
    amount = min(amount_for_nine_in_ten(known, held=budget.held), ceiling())
    return amount if amount > budget.hard_cap else None


def _first(suggested: Decimal | None) -> dict[str, str]:
    amount = "" if suggested is None else usd_cap(suggested).removeprefix("$").replace(",", "")
    return {"amount": amount, "hours": USUAL_LIFE_H}


def _ask(request: ConsoleRequest, budget: Budget, sent: Sent, now: datetime) -> Override | None:
    amount = sent.read("amount", read_usd, Decimal(0))
    hours = sent.read("hours", _hours, 0)
    sent.need("reason", "Say why: whoever decides has only this to go by.")
    if sent.problems:
        return None
    try:
        return ask_override(
            plan_id=budget.plan_id,
            by=request.user,
            amount=amount,
            reason=sent.values["reason"],
            expires_at=now + timedelta(hours=hours),
            now=now,
        )
    except ConsoleError as refusal:
        sent.note(refusal, FIELDS)
        return None


def _hours(text: str) -> int:
    if text not in LIVES_H:
        raise ValueError("Choose how long the request waits.")
    return int(text)
