"""How messages reach people: what a channel is, and when a failed one is tried again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from apps.accounts.core.notices import Message


class NotDelivered(Exception):
    """The channel did not take the message; the text says why and holds no secret."""


class Channel(Protocol):
    """One way to people: a mailbox, a chat room, a web hook."""

    @property
    def digest(self) -> str:
        """Stands for the target in the database; nothing can be read from it."""

    @property
    def label(self) -> str:
        """Names the channel in logs and pages: "slack #2". Holds no secret."""

    def send(self, message: Message) -> None:
        """Hand the message over, in bounded time. Raises NotDelivered."""


@dataclass(frozen=True, slots=True)
class DeliveryTuning:
    """Bounds of sending."""

    send_limit_s: float = 20.0  # one message to one channel
    lease_s: float = 45.0  # above send_limit_s: after it a sender that is silent counts as dead
    batch: int = 50  # messages of one run; the next run follows within 10 s


TUNING = DeliveryTuning()

# Waits after the first, second, … failure; the last one repeats.
WAITS = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
)
GIVE_UP_AFTER = timedelta(hours=24)


def wait_after(tries: int) -> timedelta:
    """Return how long to wait once this many tries (at least 1) have failed."""
    return WAITS[min(tries, len(WAITS)) - 1]


def is_hopeless(*, created_at: datetime, next_try_at: datetime) -> bool:
    """Return whether the next try would come so late that nobody needs the message any more."""
    return next_try_at > created_at + GIVE_UP_AFTER
