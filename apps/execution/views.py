"""What people do with a plan, by form; each answer is a redirect to the plan."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.actions import require
from apps.accounts.core.roles import Action
from apps.common.web import ConsoleRequest
from apps.execution import actions
from apps.execution.exports import EXPORT_KINDS, open_export
from apps.masterplans.models import Masterplan, PlanStatus

ACTIONS: dict[str, Callable[..., Masterplan]] = {
    "start": actions.start,
    "pause": actions.pause,
    "resume": actions.resume,
    "retry-failed": actions.retry_failed,
}
SAID = {
    "start": "{ref} started.",
    "pause": "{ref} paused. Calls under way finish and are kept.",
    "resume": "{ref} resumed.",
    "retry-failed": "{ref} tries its failed atoms again.",
}


@require_POST
@login_required
def act(request: ConsoleRequest, number: int, verb: str) -> HttpResponse:
    """Start, pause, resume or retry a plan, and say so on its page."""
    if verb not in ACTIONS:
        raise Http404(f"A plan cannot be {verb}.")
    plan = get_object_or_404(Masterplan.objects.only("pk", "number"), number=number)
    ACTIONS[verb](plan_id=plan.pk, by=request.user)
    messages.success(request, SAID[verb].format(ref=plan.ref))
    return redirect("dashboard:plan", plan.ref)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def cancel(request: ConsoleRequest, number: int) -> HttpResponse:
    """Ask for the plan's reference to be typed; then end the plan for good."""
    require(request.user, Action.RUN_PLAN)
    plan = get_object_or_404(Masterplan.objects.only(*ASKED_FIELDS), number=number)
    typed = request.POST.get("typed", "").strip()
    if request.method == "POST" and typed == plan.ref:
        actions.cancel(plan_id=plan.pk, by=request.user)
        messages.success(request, f"{plan.ref} cancelled. What had passed is kept.")
        return redirect("dashboard:plan", plan.ref)
    is_wrong = request.method == "POST"
    context = {
        "plan": plan,
        "typed": typed,
        "is_wrong": is_wrong,
        "is_running": plan.status == PlanStatus.RUNNING,
    }
    return render(request, "execution/cancel.html", context, status=422 if is_wrong else 200)


ASKED_FIELDS = ("pk", "number", "title", "status")


@require_GET
@login_required
def export(request: ConsoleRequest, number: int, kind: str) -> HttpResponseBase:
    """Download the accepted code: zip, git bundle or patch."""
    require(request.user, Action.EXPORT_PLAN)
    if kind not in EXPORT_KINDS:
        raise Http404(f"There is no export as {kind}.")
    return open_export(get_object_or_404(Masterplan, number=number), kind).as_response()
