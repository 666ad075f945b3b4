"""The channels of NOTIFY_URLS, through apprise; and one in memory."""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

from apprise import Apprise, AppriseAsset, NotifyFormat
from django.utils.crypto import salted_hmac

from apps.accounts.core.delivery import TUNING, Channel, NotDelivered
from apps.accounts.core.notices import Message

_NAME = "MGE Console"
_ERROR_LENGTH = 300  # characters of a reason that are kept
_SHORTEST_SECRET = 4  # characters; hiding shorter words would make a reason unreadable


class AppriseChannel:
    """One URL that apprise understands: mailtos://…, slack://…, json://…"""

    def __init__(self, url: str, number: int) -> None:
        self._url = url
        scheme = url.partition(":")[0].lower()
        self.label = f"{scheme} #{number}"
        # Keyed, because the password in a URL may be short enough to be guessed from a plain hash.
        self.digest = salted_hmac("accounts.channels", url, algorithm="sha256").hexdigest()[:32]

    def send(self, message: Message) -> None:
        """Send once, in TUNING.send_limit_s at most. Raises NotDelivered with apprise's reason."""
        sender = Apprise(asset=_asset())
        if not sender.add(self._url):
            raise NotDelivered(
                "Apprise does not know this kind of URL, or a part of it is missing."
            )
        result = sender.notify(
            body=message.body, title=message.title, body_format=NotifyFormat.TEXT
        )
        if not result:
            said = " ".join(entry.message for entry in result.logs())
            raise NotDelivered(self._without_secrets(said) or "Apprise gave no reason.")

    def _without_secrets(self, text: str) -> str:
        """Return the text without anything that stands in the URL after its scheme."""
        rest = self._url.partition("://")[2]
        words = {word for part in (rest, unquote(rest)) for word in re.split(r"[/:@?&=,;#]", part)}
        for word in sorted(words, key=len, reverse=True):
            if len(word) >= _SHORTEST_SECRET:
                text = text.replace(word, "***")
        return text[:_ERROR_LENGTH]


class MemoryChannel:
    """Keeps what it is given; refuses with the sentence in `failure`, if there is one."""

    def __init__(self, name: str = "memory", failure: str = "") -> None:
        self.digest = self.label = name
        self.failure = failure
        self.messages: list[Message] = []

    def send(self, message: Message) -> None:
        if self.failure:
            raise NotDelivered(self.failure)
        self.messages.append(message)


def channels_of(urls: Sequence[str]) -> tuple[Channel, ...]:
    """Return one channel per URL; a URL that is given twice counts once."""
    return tuple(AppriseChannel(url, n) for n, url in enumerate(dict.fromkeys(urls), start=1))


def _asset() -> AppriseAsset:
    options: dict[str, Any] = {"app_id": _NAME, "app_desc": _NAME, "async_mode": False}
    # In memory: apprise must keep no file of tokens on the worker's disk.
    return AppriseAsset(storage_mode="memory", service_timeout=TUNING.send_limit_s, **options)
