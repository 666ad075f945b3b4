"""The tests of a plan: what they cover, how they ended, and one of them alone."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from apps.acceptance import actions
from apps.acceptance.models import AcceptanceTest
from apps.accounts.actions import require
from apps.accounts.core.roles import Action
from apps.common.web import ConsoleRequest, render_part
from apps.dashboard.core import test_rows
from apps.dashboard.tests_queries import TestBoard, TestsBoard
from apps.execution import actions as engine
from apps.masterplans.models import Masterplan, Wave


@require_safe
@login_required
def tests(request: ConsoleRequest, number: int) -> HttpResponse:
    """The tests of a plan: the page, or one of its live parts."""
    require(request.user, Action.VIEW)
    chosen = test_rows.read_filter(dict(request.GET.lists()))
    try:
        board = TestsBoard(number, chosen=chosen, user=request.user)
    except Masterplan.DoesNotExist as error:
        raise Http404(f"There is no masterplan mp-{number:04d}.") from error
    return render_part(
        request,
        "acceptance/tests.html",
        {"board": board, "priorities": test_rows.PRIORITIES},
        tests_summary="acceptance/_summary.html",
        requirement_list="acceptance/_requirements.html",
        questions="acceptance/_questions.html",
        gates="acceptance/_gate.html",
        test_acts="acceptance/_acts.html",
    )


@require_safe
@login_required
def test(request: ConsoleRequest, number: int, test_id: UUID) -> HttpResponse:
    """One test: its text, its results, its versions."""
    require(request.user, Action.VIEW)
    try:
        board = TestBoard(number, test_id, user=request.user)
    except AcceptanceTest.DoesNotExist as error:
        raise Http404("There is no such test.") from error
    return render_part(
        request, "acceptance/test.html", {"board": board}, test="acceptance/_test.html"
    )


@require_POST
@login_required
def run(request: ConsoleRequest, number: int) -> HttpResponse:
    """Run the tests of a wave on the code as it stands."""
    plan = plan_or_404(number)
    wave = get_object_or_404(Wave, plan=plan, pk=_uuid(request.POST.get("wave", "")))
    found = engine.run_wave_tests(wave_id=wave.pk, by=request.user)
    messages.success(request, f"Run {found.number} asked for: the tests of wave {wave.number}.")
    return redirect("dashboard:tests", plan.ref)


@require_POST
@login_required
def generate(request: ConsoleRequest, number: int) -> HttpResponse:
    """Have the tests of the plan generated, the first time or again."""
    plan = plan_or_404(number)
    engine.generate_tests(plan_id=plan.pk, by=request.user)
    messages.success(request, f"The tests of {plan.ref} are being generated.")
    return redirect("dashboard:tests", plan.ref)


@require_POST
@login_required
def policy(request: ConsoleRequest, number: int) -> HttpResponse:
    """Say whether tests need a person's approval before they count."""
    plan = plan_or_404(number)
    needs_review = request.POST.get("needs_review") == "1"
    actions.set_review_policy(plan_id=plan.pk, by=request.user, needs_review=needs_review)
    engine.reconcile(plan.pk)
    said = "wait for approval before they count" if needs_review else "count without approval"
    messages.success(request, f"Tests of {plan.ref} {said}.")
    return redirect("dashboard:tests", plan.ref)


def plan_or_404(number: int) -> Masterplan:
    """Return a plan by its number, for its reference and its title."""
    return get_object_or_404(Masterplan.objects.only("pk", "number", "title"), number=number)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404("There is no such wave.") from error
