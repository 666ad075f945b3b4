"""Tells a worker that the outbox has something to send."""

import logging

from celery import current_app
from kombu.exceptions import OperationalError

from apps.common.events import valkey

logger = logging.getLogger(__name__)

EXPIRES_S = 60  # without workers such messages would pile up; the clock asks every 10 s anyway


def wake_sender() -> None:
    """Ask for a run now. What the broker does not take, the next run by the clock sends."""
    if not valkey.answers():
        return  # a broker that hangs would hold up whoever caused the message
    try:
        current_app.send_task("apps.accounts.tasks.send_notifications", expires=EXPIRES_S)
    except (OperationalError, OSError):
        logger.warning(
            "Valkey took no message; the outbox is sent later", extra={"event": "outbox.not_woken"}
        )
