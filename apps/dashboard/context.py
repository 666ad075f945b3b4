"""What the shell around every page shows."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from apps.accounts.core.roles import Action
from apps.dashboard import health
from apps.dashboard.queries import plans_in_progress


@dataclass(frozen=True, slots=True)
class NavItem:
    """One address of the side bar."""

    label: str
    url: str
    icon: str
    hotkey: str
    is_here: bool
    count: int | None = None


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return what base.html needs; each part costs nothing until it is shown."""
    return {
        "nav": SimpleLazyObject(lambda: navigation(request)),
        "valkey_is_up": SimpleLazyObject(health.valkey_answers),
        "rendered_at": timezone.now(),
    }


def navigation(request: HttpRequest) -> list[NavItem]:
    """Return the pages that the user may open. Costs two queries."""
    user = getattr(request, "user", None)
    if not user or not user.is_authenticated:
        return []
    here = request.path
    plans, status = reverse("dashboard:plan_list"), reverse("dashboard:status")
    items = []
    if user.may(Action.VIEW):
        is_here = here.startswith((plans, "/atoms/"))
        items.append(NavItem("Masterplans", plans, "stack", "g m", is_here, plans_in_progress()))
    if user.may(Action.VIEW_HEALTH):
        items.append(NavItem("System health", status, "pulse", "g s", here == status))
    return items
