"""What tasks do while Postgres is away."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import InterfaceError, OperationalError

logger = logging.getLogger(__name__)


@contextmanager
def may_be_away() -> Iterator[None]:
    """One line instead of a traceback per task: the rows tell later what is left to do."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        reason = str(error).partition("\n")[0]
        logger.warning(
            "Postgres does not answer; beat asks again later",
            extra={"event": "postgres.away", "reason": reason},
        )
