"""Messages are written with what they tell of, and a worker is woken after the commit."""

import pytest
from django.conf import settings
from django.db import transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from apps.accounts.actions import notify
from apps.accounts.core.notices import Notice
from apps.accounts.models import Notification
from apps.common.events import valkey

TASK = "apps.accounts.tasks.send_notifications"


def write(**changes: str) -> Notification:
    facts = {"title": "mp-0142 is paused", "text": "It waits.", "path": "/plans/mp-0142"} | changes
    return notify(kind=Notice.HARD_CAP, **facts)


@pytest.fixture
def queue() -> str:
    """The queue that the task is routed to, emptied."""
    name = settings.CELERY_TASK_ROUTES["apps.accounts.tasks.*"]["queue"]
    valkey.ask(lambda client: client.delete(name))
    return name


def messages_in(queue: str) -> list[str]:
    return valkey.ask(lambda client: client.lrange(queue, 0, -1)) or []


@pytest.mark.django_db(transaction=True)
def test_a_message_wakes_the_sender_once_it_is_committed(queue: str) -> None:
    with transaction.atomic():
        write()
        assert not messages_in(queue)

    (sent,) = messages_in(queue)
    assert TASK in sent


@pytest.mark.django_db(transaction=True)
def test_a_message_goes_with_the_act_that_failed(queue: str) -> None:
    @transaction.atomic
    def act_and_fail() -> None:
        write()
        raise LookupError

    with pytest.raises(LookupError):
        act_and_fail()

    assert not Notification.objects.exists()
    assert not messages_in(queue)


@pytest.mark.django_db
def test_a_broker_that_is_away_hurts_nobody(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    monkeypatch: pytest.MonkeyPatch,
    queue: str,
) -> None:
    monkeypatch.setattr(valkey, "_away_until", float("inf"))

    with django_capture_on_commit_callbacks(execute=True):
        write()

    monkeypatch.undo()
    assert Notification.objects.get().addressed_at is None
    assert not messages_in(queue)


@pytest.mark.django_db
def test_a_title_is_one_short_line() -> None:
    row = write(title="One\nline " + "and more " * 40)

    assert row.title.startswith("One line and more")
    assert len(row.title) == 200


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["https://elsewhere.example/", "//elsewhere.example", "plans"])
def test_a_link_stays_on_this_site(path: str) -> None:
    with pytest.raises(ValueError, match="no path on this site"):
        write(path=path)
