"""The engine's numbers as the settings have them."""

from datetime import timedelta

from django.conf import settings

from apps.execution.core.tuning import Tuning


def tuning() -> Tuning:
    """Return the numbers in force."""
    return Tuning(
        max_in_flight=settings.ENGINE_MAX_IN_FLIGHT,
        lease=timedelta(seconds=settings.ENGINE_LEASE_S),
        redispatch=timedelta(seconds=settings.ENGINE_REDISPATCH_S),
    )
