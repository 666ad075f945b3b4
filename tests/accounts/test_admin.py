"""The admin shows the audit log and the outbox, and changes neither."""

import pytest
from django.test import Client

from apps.accounts.actions import audit, notify, send_due
from apps.accounts.adapters.channels import MemoryChannel
from apps.accounts.core.notices import Notice
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def superuser(client: Client) -> Client:
    client.force_login(UserFactory(is_superuser=True, is_staff=True))
    return client


def test_a_message_is_shown_with_its_deliveries(superuser: Client) -> None:
    row = notify(kind=Notice.SOFT_CAP, title="Soft cap", text="Reached.", path="/plans/mp-0142")
    failing = MemoryChannel("slack #2", failure="No route to the channel.")
    send_due(channels=[failing], public_url="https://mge.example.org")

    assert "Soft cap" in superuser.get("/admin/accounts/notification/").text
    page = superuser.get(f"/admin/accounts/notification/{row.pk}/change/").text
    assert "slack #2" in page
    assert "No route to the channel." in page


def test_an_entry_is_shown_with_who_did_it(superuser: Client) -> None:
    approver = UserFactory(username="approver-1")
    audit(by=approver, action="budget.cap_lowered", subject="mp-0142", sentence="Lowered.")

    page = superuser.get("/admin/accounts/auditentry/").text
    assert "approver-1" in page
    assert "budget.cap_lowered" in page


def test_nothing_can_be_changed(superuser: Client) -> None:
    row = notify(kind=Notice.SOFT_CAP, title="Soft cap", text="Reached.", path="/plans/mp-0142")
    entry = audit(by=None, action="test", subject="mp-0142", sentence="It was so.")

    for address in (f"notification/{row.pk}", f"auditentry/{entry.pk}"):
        for what in ("change", "delete"):
            answer = superuser.post(f"/admin/accounts/{address}/{what}/", {"title": "Other"})
            assert answer.status_code == 403
    assert superuser.get("/admin/accounts/auditentry/add/").status_code == 403
