"""What the console tells people of, and the words of one message."""

from dataclasses import dataclass
from enum import StrEnum


class Notice(StrEnum):
    """Why a message is sent."""

    SOFT_CAP = "soft_cap"  # spending reached the soft cap; the plan goes on
    HARD_CAP = "hard_cap"  # the plan waits for money
    FORECAST = "forecast"  # the plan will probably reach its hard cap
    OVERRUN = "overrun"  # a provider charged more than was held
    OVERRIDE_ASKED = "override_asked"
    OVERRIDE_DECIDED = "override_decided"
    OVERRIDE_EXPIRING = "override_expiring"
    OVERRIDE_EXPIRED = "override_expired"
    GATE_CLOSED = "gate_closed"  # tests hold a plan up
    DISPUTE_ASKED = "dispute_asked"  # somebody says that a requirement is wrong
    DISPUTE_DECIDED = "dispute_decided"


@dataclass(frozen=True, slots=True)
class Message:
    """What a channel carries: plain text, no markup."""

    title: str
    body: str


def compose(*, title: str, text: str, if_nobody_acts: str, link: str) -> Message:
    """Return the message: what happened, what happens if nobody acts, and its one link."""
    consequence = f"If nobody acts: {if_nobody_acts}" if if_nobody_acts else ""
    return Message(title, "\n\n".join(part for part in (text, consequence, link) if part))
