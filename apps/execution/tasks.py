"""What the workers do."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from celery import shared_task
from celery.signals import worker_shutting_down
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from apps.execution import actions
from apps.llm import retries

logger = logging.getLogger(__name__)


@contextmanager
def _postgres_may_be_away() -> Iterator[None]:
    """One line instead of a traceback per task: the rows tell later what is left to do."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        reason = str(error).partition("\n")[0]
        logger.warning(
            "Postgres does not answer; the sweeper goes on later",
            extra={"event": "postgres.away", "reason": reason},
        )


@shared_task(acks_late=True)
def run_attempt(*, attempt_id: str, **_: object) -> None:
    """Carry out one attempt; delivered twice, the second delivery does nothing."""
    with _postgres_may_be_away():
        actions.run_attempt(UUID(attempt_id))


@shared_task
def sweep(**_: object) -> None:
    """Reconcile what a dead process or a lost message left undone."""
    with _postgres_may_be_away():
        actions.sweep(now=timezone.now())


@worker_shutting_down.connect
def _stop_waiting(**_: object) -> None:
    """A worker that ends does not sit out the pauses before retries."""
    retries.interrupt()
