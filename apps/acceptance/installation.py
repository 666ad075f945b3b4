"""The sandbox as the settings of this installation have it."""

from django.conf import settings

from apps.acceptance.adapters.sandbox.backends import Setup
from apps.acceptance.adapters.sandbox.tally import NoTally, Tally


def sandbox_setup(tally: Tally | None = None) -> Setup:
    """Return what the sandbox is made of here; the console's own folders stay hidden.

    Commands that stand by themselves have nobody who counts.
    """
    return Setup(
        state=settings.VAR_DIR,
        first_uid=settings.SANDBOX_FIRST_UID,
        slots=settings.SANDBOX_USERS,
        hidden=(settings.BASE_DIR,),
        tally=tally or NoTally(),
    )
