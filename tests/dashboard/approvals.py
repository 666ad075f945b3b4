"""What the tests of approvals share: people, and plans that wait for money."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.test import Client
from django.utils import timezone

from apps.accounts.core.roles import Role
from apps.accounts.models import User
from apps.budgets.models import Budget, Override
from apps.masterplans.models import Masterplan, PlanStatus
from tests.factories import MasterplanFactory, OverrideFactory, UserFactory


def person(role: Role | None, name: str, password: str | None = None) -> User:
    user: User = UserFactory(role=role, username=name, password=password)
    return user


def browser_of(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def paused_plan(minutes: int = 72, **facts: Any) -> Masterplan:
    """A plan that has waited for money so long."""
    plan: Masterplan = MasterplanFactory(
        status=PlanStatus.PAUSED, pause_reason="budget", started_at=timezone.now(), **facts
    )
    paused_at = timezone.now() - timedelta(minutes=minutes)
    Budget.objects.filter(plan=plan).update(paused_at=paused_at)
    return plan


def request_for(plan: Masterplan, **facts: Any) -> Override:
    """A request for 260 instead of 200 USD that waits nearly four hours more."""
    values = {
        "amount": Decimal(260),
        "asked_at": timezone.now(),
        "expires_at": timezone.now() + timedelta(hours=3, minutes=41, seconds=30),
    }
    budget = Budget.objects.get(plan=plan)
    override: Override = OverrideFactory(budget=budget, **values | facts)
    return override
