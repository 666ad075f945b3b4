"""Hands the messages of the outbox to the channels.

At least once: a message is marked as sent after its channel took it, so a process that dies between
the two, or a channel that answers too late, leads to one more. One failing channel holds up no other.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from apps.accounts.core.delivery import (
    GIVE_UP_AFTER,
    TUNING,
    Channel,
    DeliveryTuning,
    NotDelivered,
    is_hopeless,
    wait_after,
)
from apps.accounts.core.notices import compose
from apps.accounts.models import Delivery, Notification

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]


def send_due(
    *,
    channels: Sequence[Channel],
    public_url: str,
    clock: Clock = timezone.now,
    tuning: DeliveryTuning = TUNING,
) -> int:
    """Send what is due, and return how many messages were tried.

    A channel that fails is left alone for the rest of the run. Several runs at the same time share
    the work: none takes what another one is sending.
    """
    _address(channels, clock(), tuning.batch)
    _give_up_strangers(channels, clock())
    open_channels = {channel.digest: channel for channel in channels}
    for tried in range(tuning.batch):
        delivery = _claim(open_channels.keys(), clock(), tuning)
        if delivery is None:
            return tried
        if not _send(delivery, open_channels[delivery.channel], public_url, clock):
            del open_channels[delivery.channel]
    return tuning.batch


@transaction.atomic
def _address(channels: Sequence[Channel], now: datetime, batch: int) -> None:
    """Give each new message one delivery per channel; later channels do not get it."""
    fresh = Notification.objects.select_for_update(skip_locked=True).filter(addressed_at=None)
    ids = [row.pk for row in fresh.order_by("pk")[:batch]]
    Delivery.objects.bulk_create(
        Delivery(
            notification_id=pk,
            channel=channel.digest,
            label=channel.label,
            created_at=now,
            next_try_at=now,
        )
        for pk in ids
        for channel in channels
    )
    Notification.objects.filter(pk__in=ids).update(addressed_at=now)


def _give_up_strangers(channels: Sequence[Channel], now: datetime) -> None:
    """Close what waits for channels that nobody configures any more."""
    known = [channel.digest for channel in channels]
    count = (
        Delivery.objects.open()
        .filter(created_at__lt=now - GIVE_UP_AFTER)
        .exclude(channel__in=known)
        .update(gave_up_at=now, last_error="The channel is not configured any more.")
    )
    if count:
        logger.warning(
            "Messages to a channel that is gone are given up",
            extra={"event": "notification.channel_gone", "count": count},
        )


@transaction.atomic
def _claim(channels: Collection[str], now: datetime, tuning: DeliveryTuning) -> Delivery | None:
    """Take one delivery for this process, until its lease ends; new messages come before retries.

    A channel has one sender at a time, so a channel that hangs holds up one worker thread, not all.
    """
    delivery = (
        Delivery.objects.due(now)
        .filter(channel__in=channels)
        .exclude(channel__in=Delivery.objects.being_sent(now).values("channel"))
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("notification")
        .order_by("tries", "next_try_at", "pk")
        .first()
    )
    if delivery is None:
        return None
    delivery.tries += 1
    delivery.next_try_at = now + wait_after(delivery.tries)
    delivery.claimed_until = now + timedelta(seconds=tuning.lease_s)
    delivery.save(update_fields=["tries", "next_try_at", "claimed_until"])
    return delivery


def _send(delivery: Delivery, channel: Channel, public_url: str, clock: Clock) -> bool:
    """Send with no transaction open, and write down what came of it; return whether it went."""
    row = delivery.notification
    message = compose(
        title=row.title,
        text=row.text,
        if_nobody_acts=row.if_nobody_acts,
        link=public_url + row.path,
    )
    try:
        channel.send(message)
    except NotDelivered as error:
        _note_failure(delivery, str(error), clock())
        return False
    Delivery.objects.filter(pk=delivery.pk).update(sent_at=clock(), claimed_until=None)
    return True


def _note_failure(delivery: Delivery, reason: str, now: datetime) -> None:
    hopeless = is_hopeless(created_at=delivery.created_at, next_try_at=delivery.next_try_at)
    # A sender whose lease ran out may have succeeded late: what was sent stays sent.
    Delivery.objects.open().filter(pk=delivery.pk).update(
        claimed_until=None, last_error=reason, gave_up_at=now if hopeless else None
    )
    facts = {
        "notification_id": delivery.notification_id,
        "channel": delivery.label,
        "tries": delivery.tries,
        "reason": reason,
    }
    if hopeless:
        logger.error(
            "A message was not delivered within a day and is given up",
            extra=facts | {"event": "notification.given_up"},
        )
        return
    logger.warning(
        "A message was not delivered; it is tried again",
        extra=facts | {"event": "notification.failed", "next_try_at": delivery.next_try_at},
    )
