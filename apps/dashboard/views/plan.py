"""One plan: figures, waves, requirements, activity."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.accounts.actions import require
from apps.accounts.core.roles import Action
from apps.common.web import ConsoleRequest, render_part
from apps.dashboard.core.selection import selection
from apps.dashboard.plan_queries import PlanBoard
from apps.masterplans.models import Masterplan


@require_safe
@login_required
def plan(request: ConsoleRequest, number: int) -> HttpResponse:
    """One plan: the page, or one of its live parts."""
    require(request.user, Action.VIEW)
    chosen = selection(dict(request.GET.lists()))
    try:
        board = PlanBoard(number, chosen=chosen, user=request.user, now=timezone.now())
    except Masterplan.DoesNotExist as error:
        raise Http404(f"There is no masterplan mp-{number:04d}.") from error
    return render_part(
        request,
        "dashboard/plan.html",
        {"board": board},
        plan_summary="dashboard/_plan_summary.html",
        waves="dashboard/_waves.html",
        activity="dashboard/_activity.html",
        plan_budget="dashboard/_plan_budget.html",
        gates="acceptance/_gate.html",
    )
