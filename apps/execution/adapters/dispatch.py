"""Sends attempts to the workers."""

import logging
from collections.abc import Iterable
from uuid import UUID

from celery import current_app
from kombu.exceptions import OperationalError

from apps.common.events import valkey

logger = logging.getLogger(__name__)


def send_attempts(attempt_ids: Iterable[UUID]) -> None:
    """Send one message per attempt. What the broker does not take, the sweeper sends later."""
    if not valkey.answers():
        return  # a broker that hangs would hold up whoever pressed the button
    for attempt_id in attempt_ids:
        try:
            current_app.send_task(
                "apps.execution.tasks.run_attempt", kwargs={"attempt_id": str(attempt_id)}
            )
        except (OperationalError, OSError):
            logger.warning(
                "Valkey took no message; the sweeper sends it later",
                extra={"event": "dispatch.failed", "attempt_id": attempt_id},
            )
            return
