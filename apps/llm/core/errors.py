"""What can go wrong with a call, sorted by whether trying again can help."""

from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from apps.llm.core.types import Usage


class ErrorKind(StrEnum):
    """The cause of a failed call."""

    RATE_LIMITED = "rate_limited"
    SERVER = "server"
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    AUTH = "auth"
    BAD_REQUEST = "bad_request"
    NOT_FOUND = "not_found"
    REFUSED = "refused"  # by the model or a content filter
    UNPARSEABLE = "unparseable"
    CONFIGURATION = "configuration"  # unknown profile, missing extra
    PRICE = "price"  # nobody knows what the call would cost
    BUDGET = "budget"  # the call's worst case does not fit into the plan's budget


class LlmError(Exception):
    """A call gave no answer. `sentence` says to people what happened and what helps."""

    is_retryable: ClassVar[bool] = False

    def __init__(self, kind: ErrorKind, sentence: str) -> None:
        super().__init__(kind, sentence)
        self.kind = kind
        self.sentence = sentence
        # Some failures are billed all the same: a refusal, an answer that nobody can read.
        self.usage: Usage | None = None
        self.cost_usd = Decimal(0)  # filled in by the layer that books it
        # True when no model can have worked: never sent, or turned away at the door.
        self.is_free = False

    def __str__(self) -> str:
        return self.sentence


class RetryableLlmError(LlmError):
    """A passing failure. `retry_after_s` is what the endpoint asked for, if it did."""

    is_retryable = True

    def __init__(
        self, kind: ErrorKind, sentence: str, *, retry_after_s: float | None = None
    ) -> None:
        super().__init__(kind, sentence)
        self.retry_after_s = retry_after_s


class FinalLlmError(LlmError):
    """The same request will fail again."""


class CallInterrupted(Exception):
    """The process ends while a call waits for its next try. Whoever takes over may ask again."""
