"""What the adapters share."""

import httpx2
import pytest

from apps.llm.adapters.http import make_timeout, read_key, sort_timeout
from apps.llm.core.errors import ErrorKind
from tests.llm.examples import make_profile


@pytest.mark.parametrize(
    ("cause", "kind", "words"),
    [
        (httpx2.ConnectTimeout("late"), ErrorKind.CONNECTION, "no connection within 2 s"),
        (httpx2.ReadTimeout("late"), ErrorKind.TIMEOUT, "did not answer within 5 s"),
        (httpx2.PoolTimeout("late"), ErrorKind.TIMEOUT, "did not answer within 5 s"),
        (None, ErrorKind.TIMEOUT, "did not answer within 5 s"),
    ],
)
def test_sort_timeout(cause: Exception | None, kind: ErrorKind, words: str) -> None:
    error = sort_timeout(make_profile(), cause, 5.0)

    assert error.kind is kind
    assert error.is_retryable
    assert words in error.sentence


@pytest.mark.parametrize(("total_s", "connect_s"), [(None, 2.0), (30.0, 2.0), (0.5, 0.5)])
def test_connecting_never_takes_longer_than_the_call(
    total_s: float | None, connect_s: float
) -> None:
    timeout = make_timeout(make_profile(), total_s)

    assert timeout.connect == connect_s
    assert timeout.read == timeout.write == timeout.pool == (total_s or 5.0)


def test_no_variable_means_no_key() -> None:
    assert read_key(make_profile(api_key_variable=""), {"": "x"}) == ""
