"""manage.py send_test_message: try every channel of NOTIFY_URLS."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.accounts.adapters.channels import channels_of
from apps.accounts.core.delivery import Channel, NotDelivered
from apps.accounts.core.notices import compose


class Command(BaseCommand):
    help = "Send a message to every channel of NOTIFY_URLS at once, and say which ones took it."

    def handle(self, *args: Any, **options: Any) -> None:
        channels = channels_of(settings.NOTIFY_URLS)
        if not channels:
            raise CommandError("NOTIFY_URLS names no channel. docs/notifications.md shows some.")
        failed = [channel.label for channel in channels if not self._took_it(channel)]
        if failed:
            raise CommandError(f"No message went to {', '.join(failed)}.")

    def _took_it(self, channel: Channel) -> bool:
        message = compose(
            title="Test message of MGE Console",
            text="This channel works.",
            if_nobody_acts="nothing happens.",
            link=settings.PUBLIC_URL,
        )
        try:
            channel.send(message)
        except NotDelivered as error:
            self.stdout.write(f"{channel.label}: {error}")
            return False
        self.stdout.write(f"{channel.label}: sent")
        return True
