"""Change the caps of a plan, as far as one person may."""

from decimal import Decimal

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from apps.accounts.actions import require
from apps.accounts.core.roles import Action
from apps.budgets import actions
from apps.budgets.core.amounts import read_usd
from apps.budgets.errors import (
    AmountInvalid,
    CapsOutOfOrder,
    CapTooLow,
    RaiseNeedsOverride,
    ReasonMissing,
)
from apps.budgets.models import Budget
from apps.budgets.views.fields import Sent
from apps.budgets.views.plan_budget import budget_or_404
from apps.common.display import usd_cap
from apps.common.errors import ConsoleError
from apps.common.web import ConsoleRequest

FOLLOW, BY_HAND = "follow", "hand"
FIELDS = {
    RaiseNeedsOverride: "hard_cap",
    CapTooLow: "hard_cap",
    AmountInvalid: "hard_cap",
    CapsOutOfOrder: "soft_cap",
    ReasonMissing: "reason",
}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def caps(request: ConsoleRequest, number: int) -> HttpResponse:
    """The form; or, posted, a refusal with what was written, or the plan's budget."""
    require(request.user, Action.SET_CAPS)
    budget = budget_or_404(number)
    sent = Sent(request, ("hard_cap", "mode", "soft_cap", "reason"), _first(budget))
    if request.method == "POST":
        changed = _set(request, budget, sent)
        if changed is not None:
            hard, soft = usd_cap(changed.hard_cap), usd_cap(changed.soft_cap)
            messages.success(request, f"Hard cap {hard}, soft cap {soft}.")
            return redirect("budgets:plan", budget.plan.ref)
    context = {
        "budget": budget,
        "plan": budget.plan,
        "share": budget.soft_share or budget.plan.soft_cap,
        "floor": budget.spent + budget.held,
        "sent": sent,
    }
    return render(request, "budgets/caps.html", context, status=sent.status)


def _first(budget: Budget) -> dict[str, str]:
    return {
        "hard_cap": _plain(budget.hard_cap),
        "mode": BY_HAND if budget.soft_share is None else FOLLOW,
        "soft_cap": _plain(budget.soft_cap),
    }


def _plain(amount: Decimal) -> str:
    """Return the amount for a field, exactly: 260, 4.50, 0.012345."""
    text = f"{amount:f}".rstrip("0").rstrip(".")
    whole, _, rest = text.partition(".")
    return text if not rest else f"{whole}.{rest:0<2}"


def _set(request: ConsoleRequest, budget: Budget, sent: Sent) -> Budget | None:
    hard_cap = sent.read("hard_cap", read_usd, Decimal(0))
    is_by_hand = sent.values["mode"] == BY_HAND
    soft_cap = sent.read("soft_cap", read_usd, Decimal(0)) if is_by_hand else None
    sent.need("reason", "Say why: the reason is kept in the audit log.")
    if sent.problems:
        return None
    try:
        return actions.set_caps(
            plan_id=budget.plan_id,
            by=request.user,
            hard_cap=hard_cap,
            soft_cap=soft_cap,
            follow=not is_by_hand,
            reason=sent.values["reason"],
        )
    except ConsoleError as refusal:
        sent.note(refusal, FIELDS)
        return None
