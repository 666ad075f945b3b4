"""What the shell around every page shows."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from apps.accounts.core.roles import Action
from apps.accounts.models import User
from apps.budgets.queries.overrides import waiting_count
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
    count_means: str = "in progress"
    is_hot: bool = False  # the count asks for the reader's own hand


@dataclass(frozen=True, slots=True)
class NavGroup:
    """Addresses under one heading."""

    label: str
    items: tuple[NavItem, ...]

    @property
    def slug(self) -> str:
        return self.label.lower()


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return what base.html needs; each part costs nothing until it is shown."""
    return {
        "nav": SimpleLazyObject(lambda: navigation(request)),
        "valkey_is_up": SimpleLazyObject(health.valkey_answers),
        "rendered_at": timezone.now(),
    }


def navigation(request: HttpRequest) -> list[NavGroup]:
    """Return the pages that the user may open. Costs three queries."""
    user = getattr(request, "user", None)
    if not user or not user.is_authenticated:
        return []
    groups = [
        NavGroup("Work", tuple(_work(user, request.path))),
        NavGroup("Insight", tuple(_insight(user, request.path))),
        NavGroup("Workspace", tuple(_workspace(user, request.path))),
    ]
    return [group for group in groups if group.items]


def _work(user: User, here: str) -> Iterator[NavItem]:
    if not user.may(Action.VIEW):
        return
    plans, approvals = reverse("dashboard:plan_list"), reverse("dashboard:approvals")
    is_here = here.startswith((plans, "/atoms/"))
    yield NavItem("Masterplans", plans, "stack", "g m", is_here, plans_in_progress())
    waiting = waiting_count(user)
    means = "waiting for you" if user.may(Action.DECIDE_OVERRIDE) else "waiting"
    yield NavItem(
        "Approvals",
        approvals,
        "checklist",
        "g a",
        here.startswith(approvals),
        waiting,
        count_means=means,
        is_hot=user.may(Action.DECIDE_OVERRIDE),
    )


def _insight(user: User, here: str) -> Iterator[NavItem]:
    if user.may(Action.VIEW):
        cost = reverse("budgets:cost")
        yield NavItem("Cost", cost, "credit-card", "g c", here == cost)


def _workspace(user: User, here: str) -> Iterator[NavItem]:
    if user.may(Action.VIEW):
        prices = reverse("budgets:prices")
        yield NavItem("Prices", prices, "tag", "g i", here == prices)
    if user.may(Action.VIEW_HEALTH):
        status = reverse("dashboard:status")
        yield NavItem("System health", status, "pulse", "g s", here == status)
