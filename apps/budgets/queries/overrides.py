"""Reads of the requests for another hard cap."""

from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet

from apps.accounts.core.plain import plain
from apps.accounts.core.roles import MAY, Action, needed_for
from apps.accounts.models import User
from apps.budgets.core.forecast import Forecast
from apps.budgets.core.policy import Deciding, PolicyCheck, checks
from apps.budgets.models import NO_MONEY, Override, OverrideStatus
from apps.budgets.queries.forecast import forecast_of

WEEK = timedelta(days=7)


def ceiling() -> Decimal:
    """Return the highest hard cap that a team's approvers may grant, USD."""
    return Decimal(settings.BUDGET_CEILING_USD).quantize(NO_MONEY)


def is_own_request(override: Override, user: User) -> bool:
    """Return whether the user may not decide, because it is the user who asked.

    A superuser may do both where ALLOW_SELF_APPROVAL is set.
    """
    return override.asked_by_id == user.pk and not _may_do_both(user)


def _may_do_both(user: User) -> bool:
    return bool(user.is_superuser and settings.ALLOW_SELF_APPROVAL)


def overrides() -> QuerySet[Override]:
    """Return every request, newest first, with its people, budget and plan: one query in all."""
    rows = Override.objects.select_related("asked_by", "decided_by", "budget__plan")
    long_texts = ("source_text", "context", "diagnostics")
    return rows.defer(*(f"budget__plan__{name}" for name in long_texts))


def find_override(name: str) -> Override | None:
    """Return the request of an id or a reference like ovr-0031."""
    number = name.removeprefix("ovr-")
    if name.startswith("ovr-") and number.isascii() and number.isdigit() and len(number) < 10:
        return overrides().filter(number=int(number)).first()
    try:
        return overrides().filter(pk=UUID(name)).first()
    except ValueError:
        return None


def waiting_override(budget_id: int) -> Override | None:
    """Return the request that waits; a budget has at most one."""
    return overrides().filter(budget=budget_id, status=OverrideStatus.WAITING).first()


def waiting_count(user: User) -> int:
    """Return how many requests wait: for this user to decide, or for anybody who may."""
    waiting = Override.objects.filter(status=OverrideStatus.WAITING)
    if user.may(Action.DECIDE_OVERRIDE) and not _may_do_both(user):
        waiting = waiting.exclude(asked_by=user)
    return waiting.count()


def deciders_of(override: Override) -> QuerySet[User]:
    """Return the people who may decide on the request, by name."""
    roles = [role.value for role in MAY[Action.DECIDE_OVERRIDE]]
    people = User.objects.filter(is_active=True)
    people = people.filter(Q(groups__name__in=roles) | Q(is_superuser=True)).distinct()
    if settings.ALLOW_SELF_APPROVAL:
        people = people.exclude(pk=override.asked_by_id, is_superuser=False)
    else:
        people = people.exclude(pk=override.asked_by_id)
    return people.order_by("username")


def policy_of(
    override: Override,
    user: User,
    *,
    amount: Decimal,
    forecast: Forecast | None,
    now: datetime,
    name: str = "",
) -> tuple[PolicyCheck, ...]:
    """Return the rules for this person granting this cap, USD; without a name, "you" decide.

    One query besides those for the user's roles.
    """
    is_own = override.asked_by_id == user.pk
    return checks(
        Deciding(
            asker=override.asked_by.username,
            decider=name,
            is_own=is_own,
            decider_may_do_both=is_own and not is_own_request(override, user),
            role=needed_for(Action.DECIDE_OVERRIDE),
            has_role=user.may(Action.DECIDE_OVERRIDE),
            amount=amount,
            ceiling=ceiling(),
            spent=override.budget.spent,
            held=override.budget.held,
            forecast_high=forecast.high if forecast else None,
            earlier_ref=_approved_before(override, now),
        )
    )


def seen_by(override: Override, user: User, *, amount: Decimal, now: datetime) -> dict[str, object]:
    """Return what a decision on this cap stood on, in the form that is kept with the decision."""
    forecast = forecast_of(override.budget, now=now)
    rules = policy_of(override, user, amount=amount, forecast=forecast, now=now, name=user.username)
    budget = override.budget
    return {
        "caps": plain({"hard_cap": budget.hard_cap, "soft_cap": budget.soft_cap}),
        "booked": plain({"spent": budget.spent, "held": budget.held}),
        "forecast": plain(asdict(forecast)) if forecast else None,
        "policy": [plain(asdict(rule)) for rule in rules],
    }


def _approved_before(override: Override, now: datetime) -> str:
    """Return the last request of the plan that was approved within a week; empty if none was."""
    rows = Override.objects.filter(budget=override.budget_id, status=OverrideStatus.APPROVED)
    rows = rows.exclude(pk=override.pk).filter(decided_at__gt=now - WEEK)
    last = rows.order_by("-decided_at").only("number").first()
    return last.ref if last else ""
