"""Messages to people, written down before they are sent."""

from django.db import transaction

from apps.accounts.adapters.dispatch import wake_sender
from apps.accounts.core.notices import Notice
from apps.accounts.models import Notification


def notify(
    *, kind: Notice, title: str, text: str, path: str, if_nobody_acts: str = ""
) -> Notification:
    """Put a message into the outbox, in the caller's transaction; it leaves after the commit.

    `path` is the one link of the message, on this site: "/approvals/ovr-0031". Raises ValueError
    for any other address. A title is one line of at most 200 characters; the rest is cut off.
    """
    if not path.startswith("/") or path.startswith("//"):
        raise ValueError(f"{path!r} is no path on this site.")
    row = Notification.objects.create(
        kind=kind,
        title=" ".join(title.split())[:200],
        text=text,
        path=path,
        if_nobody_acts=if_nobody_acts,
    )
    transaction.on_commit(wake_sender, robust=True)
    return row
