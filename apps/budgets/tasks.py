"""What beat asks for."""

from celery import shared_task
from django.utils import timezone

from apps.budgets import actions
from apps.common import postgres


@shared_task
def expire_holds(**_: object) -> None:
    """Book the calls whose worker is gone."""
    with postgres.may_be_away():
        actions.expire_holds(now=timezone.now())


@shared_task
def watch_forecasts(**_: object) -> None:
    """Warn of plans that will not finish under their hard cap."""
    with postgres.may_be_away():
        actions.watch_forecasts(now=timezone.now())


@shared_task
def expire_overrides(**_: object) -> None:
    """End the requests that nobody decided on in time, and remind of those that soon end."""
    now = timezone.now()
    with postgres.may_be_away():
        actions.expire_overrides(now=now)
        actions.remind_of_overrides(now=now)
