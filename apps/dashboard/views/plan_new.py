"""A new plan: paste or upload, see what was understood, import."""

from dataclasses import dataclass, field

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from apps.accounts.actions import require
from apps.accounts.core.roles import Action
from apps.common.display import counted
from apps.common.errors import InvalidInput
from apps.common.web import ConsoleRequest, render_part
from apps.dashboard.core import submission
from apps.dashboard.core.preview import Preview, preview
from apps.dashboard.core.submission import TOO_LARGE_TO_READ, Submission
from apps.execution import actions
from apps.execution.core.intake import read
from apps.execution.errors import AlreadyImported
from apps.masterplans.core.parser import MAX_BYTES
from apps.masterplans.models import Masterplan


@dataclass(frozen=True, slots=True)
class Draft:
    """The page's state: the text, what was understood of it, and why it was not imported."""

    text: str = ""
    preview: Preview | None = None
    problem: str = ""
    known_ref: str = ""  # of the plan that was imported from the same text
    status: int = field(default=200, compare=False)


# The token stands in the form, so its check is what meets a body that is too large to read. The
# check is done inside, where that can be answered with the page.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def plan_new(request: ConsoleRequest) -> HttpResponse:
    """The form, its preview, a refusal, or the new plan; a text beyond all bounds is refused too."""
    try:
        return _answer(request)
    except RequestDataTooBig:
        return _page(request, Draft(problem=TOO_LARGE_TO_READ, status=422))


@csrf_protect
def _answer(request: ConsoleRequest) -> HttpResponse:
    """The form; or, posted, its preview, a refusal with the text kept, or the new plan."""
    require(request.user, Action.IMPORT_PLAN)
    if request.method != "POST":
        return _page(request, _first_draft(request.GET.get("from", "")))
    sent = _sent(request)
    if sent.problem:
        return _page(request, Draft(sent.text, problem=sent.problem, status=422))
    intent = request.POST.get("do", "check")
    if intent in {"import", "draft", "copy"}:
        return _import(request, sent.text, intent)
    return _page(request, _checked(sent.text))


def _import(request: ConsoleRequest, text: str, intent: str) -> HttpResponse:
    checked = _checked(text)
    errors = checked.preview.listing.errors if checked.preview else 0
    if intent == "import" and errors:
        problem = (
            f"Not imported: the text has {counted(errors, 'error')}."
            " Correct it, or store it as a draft."
        )
        return _page(request, Draft(text, checked.preview, problem, status=422))
    try:
        plan = actions.import_masterplan(text=text, by=request.user, is_copy=intent == "copy")
    except AlreadyImported as known:
        ref = str(known.facts["ref"])
        return _page(request, Draft(text, checked.preview, known_ref=ref, status=409))
    except InvalidInput as refusal:
        return _page(request, Draft(text, checked.preview, refusal.message, status=422))
    stored = "stored as a draft" if plan.status == "draft" else "imported"
    messages.success(request, f"{plan.title} {stored} as {plan.ref}.")
    return redirect("dashboard:plan", plan.ref)


def _sent(request: ConsoleRequest) -> Submission:
    text = request.POST.get("text", "")
    file = request.FILES.get("file")
    if file is None:
        return submission.typed(text)
    # One byte more than allowed tells that the file is too large, without reading all of it.
    return submission.uploaded(file.read(MAX_BYTES + 1), kept=text)


def _checked(text: str) -> Draft:
    return Draft(text, preview(text, read(text)))


def _first_draft(ref: str) -> Draft:
    """Return the text of an existing plan to start from, or an empty page."""
    number = ref.removeprefix("mp-")
    if not number.isascii() or not number.isdigit() or len(number) > 9:
        return Draft()
    plan = Masterplan.objects.filter(number=int(number)).only("source_text").first()
    return _checked(plan.source_text) if plan else Draft()


def _page(request: ConsoleRequest, draft: Draft) -> HttpResponse:
    response = render_part(
        request, "dashboard/plan_new.html", {"draft": draft}, preview="dashboard/_preview.html"
    )
    response.status_code = draft.status
    return response
