"""The audit log: who did what, and nobody can change it afterwards."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from apps.accounts.actions import audit
from apps.accounts.models import AuditEntry
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_an_entry_says_who_what_and_why() -> None:
    approver = UserFactory()

    row = audit(
        by=approver,
        action="budget.override_approved",
        subject="ovr-0031",
        sentence="The hard cap was raised from 200 to 240 USD.",
        before={"hard_cap": Decimal("200.000000")},
        after={"hard_cap": Decimal("240.000000")},
        reason="The last wave is worth it.",
    )

    stored = AuditEntry.objects.get()
    assert stored == row
    assert stored.by == approver
    assert stored.before == {"hard_cap": "200.000000"}
    assert stored.after == {"hard_cap": "240.000000"}
    assert stored.reason == "The last wave is worth it."
    assert timezone.now() - row.at < timedelta(minutes=1)


def test_the_console_itself_acts_without_a_user() -> None:
    audit(by=None, action="budget.override_expired", subject="ovr-0031", sentence="It expired.")

    stored = AuditEntry.objects.get(by=None, before__isnull=True, after__isnull=True)
    assert str(stored) == "budget.override_expired of ovr-0031"


def test_the_newest_entry_comes_first() -> None:
    for sentence in ("Asked.", "Decided."):
        audit(by=None, action="test", subject="ovr-0031", sentence=sentence)

    assert [row.sentence for row in AuditEntry.objects.all()] == ["Decided.", "Asked."]


def test_an_entry_goes_with_the_act_that_failed() -> None:
    @transaction.atomic
    def act_and_fail() -> None:
        audit(by=None, action="test", subject="mp-0142", sentence="Something was done.")
        raise LookupError

    with pytest.raises(LookupError):
        act_and_fail()

    assert not AuditEntry.objects.exists()


def test_the_database_refuses_to_change_an_entry() -> None:
    row = audit(by=None, action="test", subject="mp-0142", sentence="It was so.")
    entry = AuditEntry.objects.filter(pk=row.pk)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        entry.update(sentence="It was otherwise.")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        entry.delete()

    assert entry.get().sentence == "It was so."


def test_who_acted_cannot_be_deleted() -> None:
    operator = UserFactory()
    audit(by=operator, action="test", subject="mp-0142", sentence="It was done.")

    with pytest.raises(ProtectedError):
        operator.delete()
