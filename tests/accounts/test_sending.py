"""Who sends what, when, and how often."""

import logging
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from apps.accounts.actions import notify, send_due
from apps.accounts.adapters.channels import MemoryChannel
from apps.accounts.core.delivery import TUNING, Channel, DeliveryTuning
from apps.accounts.core.notices import Message, Notice
from apps.accounts.models import Delivery, Notification

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SITE = "https://mge.example.org"


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        self.now += timedelta(**span)


class StuckChannel(MemoryChannel):
    """Takes a message only when it is let go."""

    def __init__(self) -> None:
        super().__init__("stuck")
        self.has_begun = threading.Event()
        self.go_on = threading.Event()

    def send(self, message: Message) -> None:
        self.has_begun.set()
        assert self.go_on.wait(30)
        super().send(message)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def write(title: str = "mp-0142 is paused") -> Notification:
    return notify(
        kind=Notice.HARD_CAP,
        title=title,
        text="The cap is reached.",
        path="/plans/mp-0142",
        if_nobody_acts="the plan stays paused.",
    )


def send(clock: Clock, *channels: Channel, tuning: DeliveryTuning = TUNING) -> int:
    return send_due(channels=channels, public_url=SITE, clock=clock, tuning=tuning)


@pytest.mark.django_db
def test_each_channel_gets_the_message_once(clock: Clock) -> None:
    mail, chat = MemoryChannel("mail"), MemoryChannel("chat")
    write()

    assert send(clock, mail, chat) == 2
    assert send(clock, mail, chat) == 0

    (message,) = mail.messages
    assert chat.messages == [message]
    assert message.body.endswith(f"{SITE}/plans/mp-0142")
    assert "If nobody acts: the plan stays paused." in message.body
    assert set(Delivery.objects.values_list("sent_at", "tries")) == {(NOW, 1)}


@pytest.mark.django_db
def test_without_channels_the_message_is_kept_and_never_sent_later(clock: Clock) -> None:
    write()
    assert send(clock) == 0

    late = MemoryChannel("late")
    assert send(clock, late) == 0

    assert not late.messages
    assert Notification.objects.get().addressed_at == NOW


@pytest.mark.django_db
def test_a_failing_channel_is_tried_again_and_the_other_is_left_alone(clock: Clock) -> None:
    mail, chat = MemoryChannel("mail", failure="Mailbox is full."), MemoryChannel("chat")
    write()
    send(clock, mail, chat)

    failed = Delivery.objects.get(channel="mail")
    assert failed.last_error == "Mailbox is full."
    assert failed.next_try_at == NOW + timedelta(seconds=10)

    mail.failure = ""
    clock.advance(seconds=9)
    assert send(clock, mail, chat) == 0
    clock.advance(seconds=1)
    assert send(clock, mail, chat) == 1
    assert [len(channel.messages) for channel in (mail, chat)] == [1, 1]


@pytest.mark.django_db
def test_a_channel_that_failed_is_left_alone_for_the_run(clock: Clock) -> None:
    mail, chat = MemoryChannel("mail", failure="No route."), MemoryChannel("chat")
    for title in ("one", "two", "three"):
        write(title)

    assert send(clock, mail, chat) == 4

    assert [message.title for message in chat.messages] == ["one", "two", "three"]
    assert Delivery.objects.filter(channel="mail", tries=1).count() == 1


@pytest.mark.django_db
def test_new_messages_come_before_retries(clock: Clock) -> None:
    mail = MemoryChannel("mail", failure="No route.")
    write("old")
    send(clock, mail)

    mail.failure = ""
    clock.advance(minutes=1)
    write("new")
    send(clock, mail)

    assert [message.title for message in mail.messages] == ["new", "old"]


@pytest.mark.django_db
def test_waits_grow_and_end_after_a_day_with_an_error(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    mail = MemoryChannel("mail", failure="No route.")
    write()
    waits = []

    while True:
        assert send(clock, mail) == 1
        delivery = Delivery.objects.get()
        if delivery.gave_up_at:
            break
        waits.append(delivery.next_try_at - clock.now)
        clock.now = delivery.next_try_at

    assert [wait.total_seconds() for wait in waits[:5]] == [10, 60, 300, 1800, 7200]
    assert timedelta(hours=21) < clock.now - NOW <= timedelta(hours=24)
    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [record.message for record in errors] == [
        "A message was not delivered within a day and is given up"
    ]
    clock.advance(days=2)
    assert send(clock, mail) == 0


@pytest.mark.django_db
def test_what_waits_for_a_channel_that_is_gone_is_closed_after_a_day(clock: Clock) -> None:
    write()
    send(clock, MemoryChannel("gone", failure="No route."))

    clock.advance(hours=23)
    send(clock)
    assert Delivery.objects.open().exists()
    clock.advance(hours=2)
    send(clock)

    assert Delivery.objects.get().gave_up_at == clock.now


@pytest.mark.django_db
def test_a_sender_that_died_leads_to_one_more_try(clock: Clock) -> None:
    class DyingChannel(MemoryChannel):
        def send(self, message: Message) -> None:
            super().send(message)
            raise SystemExit

    write()
    with pytest.raises(SystemExit):
        send(clock, DyingChannel("mail"))

    mail = MemoryChannel("mail")
    clock.advance(seconds=TUNING.lease_s - 1)
    assert send(clock, mail) == 0
    clock.advance(seconds=1)
    assert send(clock, mail) == 1
    assert Delivery.objects.get().tries == 2


@pytest.mark.django_db
def test_a_run_ends_after_its_batch(clock: Clock) -> None:
    mail = MemoryChannel("mail")
    for title in ("one", "two", "three"):
        write(title)
    two_at_a_time = DeliveryTuning(batch=2)

    assert [send(clock, mail, tuning=two_at_a_time) for _ in range(3)] == [2, 1, 0]
    assert [message.title for message in mail.messages] == ["one", "two", "three"]


@pytest.mark.django_db(transaction=True)
def test_a_channel_that_hangs_holds_up_one_sender_and_no_other_channel(clock: Clock) -> None:
    stuck, chat = StuckChannel(), MemoryChannel("chat")
    write("one")
    write("two")
    tried = []
    first = in_thread(lambda: tried.append(send(clock, stuck)))
    assert stuck.has_begun.wait(30)
    # The row is not locked while it is sent, and the channel is busy for others.
    write("three")
    assert send(clock, stuck, chat) == 1
    stuck.go_on.set()
    first.join(30)

    assert tried == [3]
    assert [message.title for message in chat.messages] == ["three"]
    assert [message.title for message in stuck.messages] == ["one", "two", "three"]


@pytest.mark.django_db(transaction=True)
def test_many_senders_at_once_send_each_message_once(clock: Clock) -> None:
    channels = [MemoryChannel("mail"), MemoryChannel("chat")]
    titles = {f"message {number}" for number in range(20)}
    for title in titles:
        write(title)
    line = threading.Barrier(6)

    def run() -> None:
        line.wait(30)
        while send(clock, *channels):
            pass

    threads = [in_thread(run) for _ in range(6)]
    for thread in threads:
        thread.join(60)

    for channel in channels:
        assert len(channel.messages) == 20
        assert {message.title for message in channel.messages} == titles
    assert not Delivery.objects.open().exists()


def in_thread(work: object) -> threading.Thread:
    """Start the work in a thread that gives its database connection back."""
    assert callable(work)

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread
