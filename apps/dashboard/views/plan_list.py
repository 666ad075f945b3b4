"""The list of masterplans."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, QueryDict
from django.views.decorators.http import require_safe

from apps.accounts.actions import require
from apps.accounts.core.roles import Action
from apps.common import events
from apps.common.web import ConsoleRequest, render_part
from apps.dashboard.core.plan_groups import PlanGroup, read_cursor
from apps.dashboard.queries import PlanFilter, plan_owners, plan_page
from apps.masterplans.core import topics

MAX_SEARCH = 100


@require_safe
@login_required
def plan_list(request: ConsoleRequest) -> HttpResponse:
    """All masterplans in groups, filtered by `q`, `state` and `owner`; or the list alone."""
    require(request.user, Action.VIEW)
    # Read before the rows: a change in between makes the list fetch itself once more.
    version = events.versions([topics.PLAN_LIST])[topics.PLAN_LIST]
    wanted = _filter(request.GET)
    context = {
        "filter": wanted,
        "page": plan_page(wanted),
        "owners": plan_owners(),
        "may_import": request.user.may(Action.IMPORT_PLAN),
        "topic": topics.PLAN_LIST,
        "version": version,
    }
    return render_part(request, "dashboard/plan_list.html", context, plans="dashboard/_plans.html")


def _filter(query: QueryDict) -> PlanFilter:
    state = query.get("state", "")
    return PlanFilter(
        state=PlanGroup(state) if state in list(PlanGroup) else None,
        owner=query.get("owner", "").strip()[:150],
        text=query.get("q", "").replace("\x00", "").strip()[:MAX_SEARCH],
        after=read_cursor(query.get("after", "")),
    )
