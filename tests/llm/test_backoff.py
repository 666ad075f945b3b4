"""Pauses between tries."""

from datetime import UTC, datetime

import pytest

from apps.llm.core.backoff import RetryPolicy, pause_s, read_retry_after
from apps.llm.core.errors import ErrorKind, FinalLlmError, LlmError, RetryableLlmError

POLICY = RetryPolicy(tries=4, base_s=1.0, ceiling_s=3.0, total_sleep_s=10.0)
NOW = datetime(2031, 5, 4, 12, 0, 0, tzinfo=UTC)


def busy(retry_after_s: float | None = None) -> LlmError:
    return RetryableLlmError(ErrorKind.RATE_LIMITED, "Busy.", retry_after_s=retry_after_s)


@pytest.mark.parametrize(
    ("failures", "slept_s", "luck", "expected"),
    [
        (1, 0, 0.0, 0.0),
        (1, 0, 0.5, 0.5),
        (2, 0, 0.5, 1.0),
        (3, 0, 0.5, 1.5),  # the ceiling holds: 3 s, not 4
        (3, 9.5, 0.5, 0.5),  # what is left of the sleep
        (3, 10, 0.5, None),
        (4, 0, 0.5, None),  # no tries left
    ],
)
def test_pause(failures: int, slept_s: float, luck: float, expected: float | None) -> None:
    assert pause_s(POLICY, busy(), failures=failures, slept_s=slept_s, luck=luck) == expected


@pytest.mark.parametrize(
    ("retry_after_s", "slept_s", "luck", "expected"),
    [
        (0.0, 0, 0.0, 0.0),
        (4.0, 0, 0.0, 4.0),
        (4.0, 0, 0.5, 4.5),  # never before the time named, and not all at the same time
        (4.0, 5.8, 0.5, 4.2),
        (4.0, 6.5, 0.5, None),  # asking earlier than told would be in vain
        (3600.0, 0, 0.0, None),
    ],
)
def test_pause_that_the_endpoint_asks_for(
    retry_after_s: float, slept_s: float, luck: float, expected: float | None
) -> None:
    pause = pause_s(POLICY, busy(retry_after_s), failures=1, slept_s=slept_s, luck=luck)

    assert pause == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize("kind", list(ErrorKind))
def test_a_final_error_is_never_tried_again(kind: ErrorKind) -> None:
    error = FinalLlmError(kind, "No.")

    assert pause_s(POLICY, error, failures=1, slept_s=0, luck=0.5) is None


def test_a_single_try_is_never_repeated() -> None:
    assert pause_s(RetryPolicy(tries=1), busy(), failures=1, slept_s=0, luck=0.5) is None


def test_many_failures_do_not_overflow() -> None:
    policy = RetryPolicy(tries=100_000)

    assert pause_s(policy, busy(), failures=99_999, slept_s=0, luck=0.5) == 10.0


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": " 0.5 "}, 0.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "Sun, 04 May 2031 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Sun, 04 May 2031 12:00:30 -0000"}, 30.0),
        ({"retry-after": "Sun, 04 May 2031 11:59:00 GMT"}, 0.0),
        ({"retry-after": "Sunday, 04-May-31 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Sun, 99 May 2031 12:00:30 GMT"}, None),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after-ms": "x", "retry-after": "1"}, 1.0),
    ],
)
def test_read_retry_after(headers: dict[str, str], expected: float | None) -> None:
    assert read_retry_after(headers, now=NOW) == expected
