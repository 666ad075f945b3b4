"""What a request for another hard cap must look like, how long it waits, and its one-time codes."""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum


class Decision(StrEnum):
    """What an approver may do with a request."""

    APPROVE = "approve"
    DECLINE = "decline"


REASON_LENGTH = (10, 2000)  # characters, least and most
COMMENT_LENGTH = (1, 2000)

LIFE = timedelta(hours=24)  # of a request that names no end
SHORTEST_LIFE = timedelta(minutes=15)
LONGEST_LIFE = timedelta(days=7)
REMINDER = timedelta(hours=1)  # before the end

# No 0, O, 1, I, L: a code is read from a screen and typed.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 8
CODE_LIFE = timedelta(minutes=15)
CODE_TRIES = 5


def text_problem(text: str, *, name: str, length: tuple[int, int]) -> str:
    """Return why the text cannot be kept as this reason or comment; empty when it can."""
    least, most = length
    if any(ord(sign) < 32 and sign not in "\t\n\r" for sign in text) or _has_surrogate(text):
        return f"The {name} has characters that cannot be stored."
    if not text:
        return f"A {name} is needed."
    if not least <= len(text) <= most:
        return f"The {name} must have {least} to {most} characters; it has {len(text)}."
    return ""


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= sign <= "\udfff" for sign in text)


def life_problem(asked_at: datetime, expires_at: datetime) -> str:
    """Return why the request cannot end then; empty when it can."""
    if not SHORTEST_LIFE <= expires_at - asked_at <= LONGEST_LIFE:
        return "A request waits at least 15 minutes and at most 7 days."
    return ""


def remind_at(asked_at: datetime, expires_at: datetime) -> datetime:
    """Return when to remind: an hour before the end, or at half of a life shorter than two hours."""
    return expires_at - min(REMINDER, (expires_at - asked_at) / 2)


def new_code(choose: Callable[[str], str]) -> str:
    """Return a code; `choose` draws one character of the alphabet."""
    return "".join(choose(ALPHABET) for _ in range(CODE_LENGTH))


def plain_code(text: str) -> str:
    """Return a code as it was issued, however it was typed: lower case, with spaces or hyphens."""
    return "".join(sign for sign in text.upper() if sign in ALPHABET)
