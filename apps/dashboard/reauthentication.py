"""The password, once more, before somebody spends money.

Wrong tries are counted in the audit log: it tells an intruder's tries from a person's, survives a
restart and a loss of Valkey, and is the same for every session of the person.
"""

from datetime import datetime, timedelta
from enum import Enum

from django.db import transaction

from apps.accounts.actions import audit
from apps.accounts.models import AuditEntry, User

MOST_WRONG = 5
WINDOW = timedelta(minutes=15)
WRONG_PASSWORD = "account.password_refused"  # noqa: S105 - the name of an audited act


class Answer(Enum):
    """What came of a password; the value is what the form says."""

    RIGHT = ""
    MISSING = "Type your password to confirm that it is you."
    WRONG = "This is not your password. Nothing was decided."
    REFUSED = (
        "Too many wrong passwords: 5 in 15 minutes. Nothing was decided; try again in 15 minutes."
    )


@transaction.atomic
def confirm(*, user: User, password: str, now: datetime) -> Answer:
    """Return whether the password is the user's; a wrong one is noted, itself never."""
    if not password:
        return Answer.MISSING
    # One at a time for each person, so that many tries at once are counted like one by one.
    person = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if _wrong_tries(person, now) >= MOST_WRONG:
        return Answer.REFUSED
    if person.check_password(password):
        return Answer.RIGHT
    audit(
        by=person,
        action=WRONG_PASSWORD,
        subject=_subject(person),
        sentence="A wrong password was typed to confirm a decision.",
    )
    return Answer.WRONG


def _wrong_tries(user: User, now: datetime) -> int:
    entries = AuditEntry.objects.filter(subject=_subject(user), action=WRONG_PASSWORD)
    return entries.filter(at__gt=now - WINDOW).count()


def _subject(user: User) -> str:
    return f"user-{user.pk}"
