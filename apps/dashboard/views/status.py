"""System health."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.accounts.actions import require
from apps.accounts.core.roles import Action
from apps.common.web import ConsoleRequest, is_htmx, render_part
from apps.dashboard import health


@require_safe
@login_required
def status(request: ConsoleRequest) -> HttpResponse:
    """What the console stands on: the page, or one of its two halves.

    The slow half is asked only when it is wanted: by htmx, or by `?ask=1` without JavaScript.
    """
    require(request.user, Action.VIEW_HEALTH)
    now = timezone.now()
    is_slow_part = is_htmx(request) and request.htmx.target == "helpers"
    asks_helpers = is_slow_part or "ask" in request.GET
    context = {
        "services": [] if is_slow_part else health.services(now),
        "helpers": health.helpers() if asks_helpers else [],
        "asks_helpers": asks_helpers,
        "checked_at": now,
    }
    return render_part(
        request,
        "dashboard/status.html",
        context,
        services="dashboard/_services.html",
        helpers="dashboard/_helpers.html",
    )
