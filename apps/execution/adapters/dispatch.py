"""Sends attempts to the workers."""

import logging
from collections.abc import Iterable, Mapping
from uuid import UUID

from celery import current_app
from kombu.exceptions import OperationalError

from apps.common.events import valkey

logger = logging.getLogger(__name__)


def send_attempts(attempt_ids: Iterable[UUID]) -> None:
    """Send one message per attempt. What the broker does not take, the sweeper sends later."""
    _send("run_attempt", [{"attempt_id": str(attempt_id)} for attempt_id in attempt_ids])


def send_generation(suite_id: int) -> None:
    """Send the order to generate the tests of a plan."""
    _send("generate_tests", [{"suite_id": str(suite_id)}])


def send_test_run(run_id: UUID) -> None:
    """Send the order to run tests."""
    _send("run_tests", [{"run_id": str(run_id)}])


def send_evidence(plan_id: UUID) -> None:
    """Send the order to try the tests of a plan on small mistakes."""
    _send("gather_evidence", [{"plan_id": str(plan_id)}])


def _send(task: str, messages: Iterable[Mapping[str, str]]) -> None:
    if not valkey.answers():
        return  # a broker that hangs would hold up whoever pressed the button
    for facts in messages:
        try:
            current_app.send_task(f"apps.execution.tasks.{task}", kwargs=dict(facts))
        except (OperationalError, OSError):
            logger.warning(
                "Valkey took no message; the sweeper sends it later",
                extra={"event": "dispatch.failed", "task": task, **facts},
            )
            return
