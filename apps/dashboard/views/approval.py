"""One request for a higher cap: what it changes, and the decision on it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.actions import require
from apps.accounts.core.roles import Action
from apps.budgets.actions import issue_code, withdraw_override
from apps.budgets.core.overrides import Decision
from apps.budgets.models import Override
from apps.common.csv_text import csv_lines
from apps.common.display import exact_usd
from apps.common.errors import ConsoleError
from apps.common.web import ConsoleRequest, is_htmx, render_part
from apps.dashboard.approval_queries import ApprovalBoard
from apps.dashboard.core import approval_form
from apps.dashboard.core.approval_form import Reading, Sent
from apps.dashboard.core.approval_trail import CSV_HEAD
from apps.dashboard.reauthentication import Answer, confirm
from apps.execution.actions import decide_override


@dataclass(frozen=True, slots=True)
class Form:
    """The state of the decision's form: what was sent, and why it was not carried out."""

    sent: Sent = field(default_factory=Sent)
    problems: dict[str, str] = field(default_factory=dict)  # field -> sentence
    refusal: str = ""  # of the whole decision
    code: str = ""  # for the API, shown once
    code_problem: str = ""
    status: int = 200

    @property
    def chosen(self) -> str:
        """The row that was chosen, whatever amount it offered."""
        return self.sent.choice.partition("-")[0]

    @property
    def wrong_fields(self) -> list[tuple[str, str]]:
        """The ids of the fields to correct, and their names, in the order of the form."""
        return [(field_id, name) for field_id, name in FIELDS.items() if field_id in self.problems]

    @property
    def first_wrong(self) -> str:
        """The field that gets the focus."""
        return next((field_id for field_id, _ in self.wrong_fields), "")


FIELDS = {
    "choice": "decision",
    "other": "amount",
    "comment": "comment",
    "typed": "confirmation",
    "password": "password",
}


@sensitive_post_parameters("password", "code_password")
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def approval(request: ConsoleRequest, number: int) -> HttpResponse:
    """The request's page or one of its live parts; posted, a decision on it."""
    require(request.user, Action.VIEW)
    board = _board(request, number)
    if request.method == "POST":
        answer = POSTED.get(request.POST.get("do", "decide"), _decide)
        return answer(request, board)
    if _is_known(request, board):
        return HttpResponse(status=204)  # htmx leaves the form alone, with all that is typed
    return _page(request, board, Form())


@require_safe
@login_required
def audit_csv(request: ConsoleRequest, number: int) -> HttpResponse:
    """The whole audit trail of the request."""
    require(request.user, Action.VIEW)
    board = _board(request, number)
    text = csv_lines([CSV_HEAD, *(line.cells for line in board.whole_trail)])
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    name = f"{board.override.ref}-audit.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _board(request: ConsoleRequest, number: int) -> ApprovalBoard:
    try:
        return ApprovalBoard(number, user=request.user, now=timezone.now())
    except Override.DoesNotExist as error:
        raise Http404(f"There is no request ovr-{number:04d}.") from error


def _is_known(request: ConsoleRequest, board: ApprovalBoard) -> bool:
    """Whether htmx asks for the decision and has it already."""
    is_asked = is_htmx(request) and request.htmx.target == "decision"
    return is_asked and request.GET.get("seen") == board.key


def _page(request: ConsoleRequest, board: ApprovalBoard, form: Form) -> HttpResponse:
    response = render_part(
        request,
        "dashboard/approval.html",
        {"board": board, "form": form},
        approval_head="dashboard/_approval_head.html",
        approval_facts="dashboard/_approval_facts.html",
        decision="dashboard/_approval_decision.html",
        approval_code="dashboard/_approval_code.html",
        approval_record="dashboard/_approval_record.html",
    )
    response.status_code = form.status
    return response


# What is posted.


def _decide(request: ConsoleRequest, board: ApprovalBoard) -> HttpResponse:
    require(request.user, Action.DECIDE_OVERRIDE)
    sent = _sent(request)
    if not board.is_waiting:
        return _page(request, board, Form(sent, status=409))
    if board.is_own:
        return _page(request, board, Form(sent, status=403))
    reading = approval_form.read(sent, board.terms)
    problems = dict(reading.problems) or _password_problem(request, "password")
    if problems:
        return _page(request, board, Form(sent, problems, status=422))
    try:
        override = _carry_out(request, board, sent, reading)
    except ConsoleError as refusal:
        # Somebody may have been faster, so the page is read anew.
        form = Form(sent, refusal=refusal.message, status=refusal.status)
        return _page(request, _board(request, board.override.number), form)
    messages.success(request, _said(override, is_resumed=board.is_paused))
    return redirect("dashboard:approval", override.ref)


def _carry_out(
    request: ConsoleRequest, board: ApprovalBoard, sent: Sent, reading: Reading
) -> Override:
    return decide_override(
        override_id=board.override.pk,
        by=request.user,
        decision=Decision.APPROVE if reading.is_approval else Decision.DECLINE,
        amount=reading.amount,
        comment=sent.comment,
    )


def _said(override: Override, *, is_resumed: bool) -> str:
    plan = override.budget.plan
    if override.granted is None:
        return f"{override.ref} declined. The hard cap of {plan.title} stays."
    then = " It resumes." if is_resumed else ""
    return f"Hard cap of {plan.title} raised to {exact_usd(override.granted)}.{then}"


def _withdraw(request: ConsoleRequest, board: ApprovalBoard) -> HttpResponse:
    override = withdraw_override(override_id=board.override.pk, by=request.user, now=timezone.now())
    messages.success(request, f"{override.ref} withdrawn.")
    return redirect("dashboard:approval", override.ref)


def _issue(request: ConsoleRequest, board: ApprovalBoard) -> HttpResponse:
    """Show a code for the API, once: it stands in this answer only."""
    require(request.user, Action.DECIDE_OVERRIDE)
    # A code stands for the password over the API, so it is given for the password only.
    problems = _password_problem(request, "code_password")
    if problems:
        form = Form(_sent(request), code_problem=problems["code_password"], status=422)
        return _page(request, board, form)
    code = issue_code(override_id=board.override.pk, by=request.user, now=timezone.now())
    response = _page(request, board, Form(_sent(request), code=code))
    response.headers["Cache-Control"] = "no-store"
    return response


POSTED: dict[str, Callable[[ConsoleRequest, ApprovalBoard], HttpResponse]] = {
    "decide": _decide,
    "withdraw": _withdraw,
    "code": _issue,
}


def _sent(request: ConsoleRequest) -> Sent:
    post = request.POST
    names = ("choice", "other", "comment", "typed")
    return Sent(*(post.get(name, "").replace("\r\n", "\n").strip() for name in names))


def _password_problem(request: ConsoleRequest, name: str) -> dict[str, str]:
    """Return why the password does not confirm, under the name of its field; empty when it does."""
    answer = confirm(user=request.user, password=request.POST.get(name, ""), now=timezone.now())
    return {} if answer is Answer.RIGHT else {name: answer.value}
