"""The sandbox as the settings of this installation have it."""

from django.conf import settings

from apps.acceptance.adapters.sandbox.backends import Setup


def sandbox_setup() -> Setup:
    """Return what the sandbox is made of here; the console's own folders stay hidden."""
    return Setup(
        state=settings.VAR_DIR,
        first_uid=settings.SANDBOX_FIRST_UID,
        slots=settings.SANDBOX_USERS,
        hidden=(settings.BASE_DIR,),
    )
