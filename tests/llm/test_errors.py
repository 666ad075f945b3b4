"""Errors keep what they say."""

import pickle
from decimal import Decimal

import pytest

from apps.llm.core.errors import ErrorKind, FinalLlmError, LlmError, RetryableLlmError
from apps.llm.core.profiles import InvalidProfile
from apps.llm.core.types import Usage


@pytest.mark.parametrize(
    "error",
    [
        RetryableLlmError(ErrorKind.SERVER, "Down.", retry_after_s=3.0),
        FinalLlmError(ErrorKind.AUTH, "No key."),
        InvalidProfile("No such profile."),
    ],
)
def test_an_error_survives_the_way_between_processes(error: LlmError) -> None:
    error.usage = Usage(1, 2)
    error.cost_usd = Decimal("0.000003")

    copy = pickle.loads(pickle.dumps(error))

    assert type(copy) is type(error)
    assert vars(copy) == vars(error)
    assert str(copy) == error.sentence


def test_whether_trying_again_can_help() -> None:
    assert RetryableLlmError(ErrorKind.TIMEOUT, "Late.").is_retryable
    assert not FinalLlmError(ErrorKind.AUTH, "No.").is_retryable
