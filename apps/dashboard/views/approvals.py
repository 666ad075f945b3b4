"""The inbox of requests for a higher cap."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.accounts.actions import require
from apps.accounts.core.roles import Action
from apps.common import events
from apps.common.web import ConsoleRequest, render_part
from apps.dashboard.approval_queries import approvers, inbox
from apps.dashboard.core import approvals as core
from apps.masterplans.core import topics


@require_safe
@login_required
def approvals(request: ConsoleRequest) -> HttpResponse:
    """What waits for the reader, for anybody, or was decided (`for`); the page, or its list."""
    require(request.user, Action.VIEW)
    # Read before the rows: a change in between makes the list fetch itself once more.
    version = events.versions([topics.APPROVALS])[topics.APPROVALS]
    now = timezone.now()
    may_decide = request.user.may(Action.DECIDE_OVERRIDE)
    box = core.box(request.GET.get("for", ""), may_decide=may_decide)
    context = {
        "inbox": inbox(box=box, user=request.user, before=_cursor(request), now=now),
        "now": now,
        "may_decide": may_decide,
        "approvers": [] if may_decide else approvers(),
        "topic": topics.APPROVALS,
        "version": version,
    }
    return render_part(
        request, "dashboard/approvals.html", context, approvals="dashboard/_approvals.html"
    )


def _cursor(request: ConsoleRequest) -> int | None:
    text = request.GET.get("before", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
