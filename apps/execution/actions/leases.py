"""Leases of the attempts that this process runs, renewed by one thread."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import close_old_connections
from django.utils import timezone

from apps.execution.models import Attempt, AttemptStatus
from apps.execution.tuning import tuning

logger = logging.getLogger(__name__)

RENEWALS_PER_LEASE = 3


class LeaseKeeper:
    """Renews the leases of what runs here; the thread lives while there is something to renew."""

    def __init__(self) -> None:
        self._held: dict[UUID, UUID] = {}  # attempt -> token of its run
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._thread: threading.Thread | None = None

    @contextmanager
    def hold(self, attempt_id: UUID, run_token: UUID) -> Iterator[None]:
        """Renew this attempt's lease until the block ends."""
        with self._lock:
            self._held[attempt_id] = run_token
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._renew, name="leases", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._changed:
                if self._held.get(attempt_id) == run_token:
                    del self._held[attempt_id]
                self._changed.notify_all()

    def _renew(self) -> None:
        while True:
            with self._changed:
                self._changed.wait(timeout=tuning().lease.total_seconds() / RENEWALS_PER_LEASE)
                if not self._held:
                    self._thread = None
                    return
                tokens = list(self._held.values())
            try:
                renew(tokens)
            except Exception:
                # The next round tries again; without any renewal the sweeper takes the attempts up.
                logger.exception("Leases were not renewed", extra={"event": "lease.not_renewed"})
            finally:
                close_old_connections()


def renew(run_tokens: list[UUID]) -> int:
    """Extend the leases of these runs from now on; return how many are still theirs."""
    return Attempt.objects.filter(run_token__in=run_tokens, status=AttemptStatus.RUNNING).update(
        lease_expires_at=timezone.now() + tuning().lease
    )


keeper = LeaseKeeper()
