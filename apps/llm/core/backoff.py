"""How long to wait before a failed call is tried again. The only place that knows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite

from apps.llm.core.errors import LlmError, RetryableLlmError


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Bounds of the retries of one call."""

    tries: int = 3  # the first one included
    base_s: float = 0.5  # ceiling of the first pause; doubles with each try
    ceiling_s: float = 20.0  # of one pause, unless the endpoint asked for more
    total_sleep_s: float = 60.0  # of all pauses of a call


def pause_s(
    policy: RetryPolicy, error: LlmError, *, failures: int, slept_s: float, luck: float
) -> float | None:
    """Return the seconds to wait before the next try, or None when there shall be none.

    `failures` counts this one. `luck`, in [0, 1), spreads the callers ("full jitter"), so that
    those who failed together do not come back together. An endpoint that names a time is not
    asked again before it; when that is longer than the call may still sleep, there is no next try.
    """
    if not isinstance(error, RetryableLlmError) or failures >= policy.tries:
        return None
    left_s = policy.total_sleep_s - slept_s
    spread_s = luck * min(policy.ceiling_s, policy.base_s * 2.0 ** min(failures - 1, 30))
    if error.retry_after_s is None:
        return min(spread_s, left_s) if left_s > 0 else None
    if error.retry_after_s > left_s:
        return None
    return min(error.retry_after_s + spread_s, left_s)


def read_retry_after(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Return the seconds that a response asks to wait; None when it does not say, or not legibly.

    Understands `retry-after-ms`, seconds, and an HTTP date. Header names must be lower case or the
    mapping must ignore case.
    """
    milliseconds = _positive(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    text = headers.get("retry-after")
    seconds = _positive(text)
    if seconds is not None or text is None:
        return seconds
    return _seconds_until(text, now)


def _positive(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return max(0.0, value) if isfinite(value) else None


def _seconds_until(http_date: str, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(http_date)
    except ValueError:
        return None
    # "-0000" leaves the zone open; HTTP dates are in GMT.
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
