"""The tests that wait for a person's approval, one by one."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps.acceptance import actions
from apps.acceptance.errors import TestRefused
from apps.acceptance.models import AcceptanceTest
from apps.accounts.actions import require
from apps.accounts.core.roles import Action
from apps.accounts.models import User
from apps.common.display import counted
from apps.common.errors import ConsoleError
from apps.common.web import ConsoleRequest, render_part
from apps.dashboard.core.review_form import FIELDS, Choice, ReviewForm, problems_of
from apps.dashboard.tests_queries import ReviewBoard
from apps.execution import actions as engine
from apps.masterplans.models import Masterplan


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def test_review(request: ConsoleRequest, number: int) -> HttpResponse:
    """The test to decide on, or a live part of the page; posted, a decision."""
    require(request.user, Action.VIEW)
    wanted = _uuid(request.GET.get("test", ""))
    if request.method == "POST":
        require(request.user, Action.REVIEW_TESTS)
        if request.POST.get("do") == "approve_all":
            return _approve_all(request, _board(request, number, None))
        return _decide(request, _board(request, number, _uuid(request.POST.get("test", ""))))
    return _page(request, _board(request, number, wanted), wanted=wanted)


def _board(request: ConsoleRequest, number: int, wanted: UUID | None) -> ReviewBoard:
    try:
        return ReviewBoard(number, wanted=wanted, user=request.user)
    except Masterplan.DoesNotExist as error:
        raise Http404(f"There is no masterplan mp-{number:04d}.") from error


def _page(
    request: ConsoleRequest,
    board: ReviewBoard,
    form: ReviewForm | None = None,
    *,
    wanted: UUID | None = None,
) -> HttpResponse:
    if form is None:
        text = board.test.text if board.test else ""
        form = ReviewForm(text=text, asked=str(wanted or ""))
    response = render_part(
        request,
        "acceptance/review.html",
        {"board": board, "form": form},
        review_state="acceptance/_review_state.html",
        review_list="acceptance/_review_list.html",
    )
    response.status_code = form.status
    return response


# What is posted.


def _decide(request: ConsoleRequest, board: ReviewBoard) -> HttpResponse:
    choice = request.POST.get("choice", "")
    reason = _plain(request.POST.get("reason", "")).strip()
    text = _plain(request.POST.get("text", ""))
    if board.gone is not None:
        return _again(request, board, ReviewForm(text, choice, reason, status=409))
    if board.test is None:
        raise Http404("There is no such test.")
    problems = problems_of(choice, reason=reason, text=text)
    if problems:
        return _again(
            request, board, ReviewForm(text, choice, reason, problems=problems, status=422)
        )
    try:
        said = DECISIONS[Choice(choice)](board.test, request.user, reason, text)
    except ConsoleError as refusal:
        form = ReviewForm(text, choice, reason, problems=_problems(refusal), status=refusal.status)
        return _again(request, board, form)
    engine.reconcile(board.plan.pk)
    messages.success(request, said)
    return redirect(_address(board, board.next or board.previous))


def _problems(refusal: ConsoleError) -> dict[str, str]:
    """Return the refusal at the field that it is about; each fault of a text on a line of its own."""
    if isinstance(refusal, TestRefused):
        faults = refusal.facts.get("faults") or [refusal.message]
        return {"text": "\n".join(map(str, faults))}  # type: ignore[call-overload]  # a list of sentences
    field = str(refusal.facts.get("field", ""))
    return {field if field in FIELDS else "form": refusal.message}


def _again(request: ConsoleRequest, board: ReviewBoard, form: ReviewForm) -> HttpResponse:
    """Show the page with what was written; the rows are read anew, somebody may have been faster.

    Then the form is for the next test, and what was written stands apart from it.
    """
    wanted = _uuid(request.POST.get("test", ""))
    fresh = _board(request, board.plan.number, wanted)
    if fresh.gone is not None:
        form = ReviewForm(
            fresh.test.text if fresh.test else "",
            asked=str(wanted),
            kept_text=form.text if form.choice == Choice.EDIT else "",
            kept_reason=form.reason,
            problems={"form": f"{fresh.gone.check_id} does not wait any more."},
            status=form.status,
        )
    return _page(request, fresh, form)


def _approve_all(request: ConsoleRequest, board: ReviewBoard) -> HttpResponse:
    asked = [each for text in request.POST.getlist("tests") if (each := _uuid(text))]
    count = actions.approve_tests(plan_id=board.plan.pk, by=request.user, test_ids=asked)
    engine.reconcile(board.plan.pk)
    messages.success(request, f"{counted(count, 'test')} approved.")
    return redirect("dashboard:test_review", board.plan.ref)


def _approve(test: AcceptanceTest, by: User, reason: str, text: str) -> str:
    actions.approve_test(test_id=test.pk, by=by)
    return f"{test.check_id} approved."


def _reject(test: AcceptanceTest, by: User, reason: str, text: str) -> str:
    actions.reject_test(test_id=test.pk, by=by, reason=reason)
    return f"{test.check_id} rejected."


def _edit(test: AcceptanceTest, by: User, reason: str, text: str) -> str:
    newer = actions.edit_test(test_id=test.pk, by=by, text=text)
    return f"{test.check_id} saved as version {newer.version}."


def _regenerate(test: AcceptanceTest, by: User, reason: str, text: str) -> str:
    newer = actions.regenerate_test(test_id=test.pk, by=by)
    return f"{test.check_id} is as it was generated, version {newer.version}."


DECISIONS: dict[Choice, Callable[[AcceptanceTest, User, str, str], str]] = {
    Choice.APPROVE: _approve,
    Choice.REJECT: _reject,
    Choice.EDIT: _edit,
    Choice.REGENERATE: _regenerate,
}


def _address(board: ReviewBoard, then: UUID | None) -> str:
    page = reverse("dashboard:test_review", args=[board.plan.ref])
    return f"{page}?test={then}" if then else page


def _plain(text: str) -> str:
    # Browsers send line ends as \r\n.
    return text.replace("\r\n", "\n").replace("\x00", "\ufffd")


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
