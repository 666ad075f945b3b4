"""What a charge that nobody knew really was."""

from decimal import Decimal
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from apps.accounts.actions import require
from apps.accounts.core.roles import Action
from apps.budgets import actions
from apps.budgets.core.amounts import read_usd
from apps.budgets.errors import AmountInvalid, NotUnknown, ReasonMissing
from apps.budgets.models import Hold, HoldState
from apps.budgets.views.fields import Sent
from apps.common.display import usd
from apps.common.errors import ConsoleError
from apps.common.web import ConsoleRequest

FIELDS = {AmountInvalid: "amount", ReasonMissing: "reason"}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def adjust(request: ConsoleRequest, number: int, hold_id: UUID) -> HttpResponse:
    """Ask for the true amount and a reason; then book the difference."""
    require(request.user, Action.ADJUST_LEDGER)
    rows = Hold.objects.select_related("budget__plan", "atom", "price")
    hold = get_object_or_404(rows, pk=hold_id, budget__plan__number=number)
    if hold.state != HoldState.UNKNOWN:
        raise NotUnknown(state=HoldState(hold.state).label.lower())
    sent = Sent(request, ("amount", "reason"))
    if request.method == "POST" and _posted(request, hold, sent):
        return redirect("budgets:plan", hold.budget.plan.ref)
    context = {"hold": hold, "plan": hold.budget.plan, "sent": sent}
    return render(request, "budgets/adjust.html", context, status=sent.status)


def _posted(request: ConsoleRequest, hold: Hold, sent: Sent) -> bool:
    amount = sent.read("amount", read_usd, Decimal(0))
    sent.need("reason", "Say how you know the true amount.")
    if sent.problems:
        return False
    try:
        actions.adjust(
            hold_id=hold.pk, actual=amount, by=request.user, reason=sent.values["reason"]
        )
    except ConsoleError as refusal:
        sent.note(refusal, FIELDS)
        return False
    messages.success(request, f"Charge set from {usd(hold.actual)} to {usd(amount)}.")
    return True
