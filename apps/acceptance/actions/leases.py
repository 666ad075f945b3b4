"""Rows that one worker works on: taken once, renewed while it lives, free again when it died."""

import logging
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import close_old_connections
from django.db.models import F, Model, QuerySet
from django.utils import timezone

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
RENEWAL_S = 10.0
MAX_RUNS = 4  # workers that may die of one job before it is given up
LONGEST_WAIT = timedelta(minutes=5)  # for a sandbox; source: the rules of the runner
NOT_TAKEN = (
    f"No sandbox took the job within {LONGEST_WAIT.seconds // 60} minutes, so nothing ran. That says"
    " nothing about the code. Look at the health page, then resume."
)


def claim(rows: QuerySet[Any], *, waiting: str, working: str, now: datetime) -> UUID | None:
    """Take the row if it waits; return the token that every later write of it has to name."""
    token = uuid.uuid4()
    taken = rows.filter(status=waiting).update(
        status=working, run_token=token, lease_expires_at=now + LEASE, runs=F("runs") + 1
    )
    return token if taken else None


def return_lost(rows: QuerySet[Any], *, waiting: str, working: str, now: datetime) -> int:
    """Let another worker take what a dead one left; return how many rows that were."""
    lost = rows.filter(status=working, lease_expires_at__lt=now, runs__lt=MAX_RUNS)
    return lost.update(status=waiting, run_token=None, lease_expires_at=None, dispatched_at=None)


@contextmanager
def renewed(model: type[Model], token: UUID) -> Iterator[None]:
    """Renew the lease of the row with this token until the block ends."""
    ended = threading.Event()
    thread = threading.Thread(target=_renew, args=(model, token, ended), daemon=True, name="lease")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _renew(model: type[Model], token: UUID, ended: threading.Event) -> None:
    while not ended.wait(RENEWAL_S):
        try:
            rows: Any = model._default_manager.filter(run_token=token)
            rows.update(lease_expires_at=timezone.now() + LEASE)
        except Exception:
            # The next round tries again; without any renewal another worker takes the row.
            logger.exception("A lease was not renewed", extra={"event": "lease.not_renewed"})
        finally:
            close_old_connections()
