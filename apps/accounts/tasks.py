"""What the workers do for accounts."""

from celery import shared_task
from django.conf import settings

from apps.accounts import actions
from apps.accounts.adapters.channels import channels_of
from apps.common import postgres


@shared_task
def send_notifications(**_: object) -> None:
    """Send what the outbox holds; runs when a message was written, and every 10 s."""
    with postgres.may_be_away():
        actions.send_due(channels=channels_of(settings.NOTIFY_URLS), public_url=settings.PUBLIC_URL)
