"""Which failures may pass."""

from datetime import UTC, datetime

import pytest

from apps.llm.core import sorting
from apps.llm.core.errors import ErrorKind, LlmError, RetryableLlmError
from tests.llm.examples import make_profile

NOW = datetime(2031, 5, 4, 12, 0, 0, tzinfo=UTC)


def sort(status: int, body: object = None, headers: dict[str, str] | None = None) -> LlmError:
    return sorting.sort_status(make_profile(), status, body=body, headers=headers or {}, now=NOW)


@pytest.mark.parametrize(
    ("status", "kind", "is_retryable"),
    [
        (301, ErrorKind.BAD_REQUEST, False),
        (400, ErrorKind.BAD_REQUEST, False),
        (401, ErrorKind.AUTH, False),
        (403, ErrorKind.AUTH, False),
        (404, ErrorKind.NOT_FOUND, False),
        (408, ErrorKind.TIMEOUT, True),
        (409, ErrorKind.SERVER, True),
        (413, ErrorKind.BAD_REQUEST, False),
        (422, ErrorKind.BAD_REQUEST, False),
        (425, ErrorKind.SERVER, True),
        (429, ErrorKind.RATE_LIMITED, True),
        (500, ErrorKind.SERVER, True),
        (503, ErrorKind.SERVER, True),
        (504, ErrorKind.SERVER, True),
        (529, ErrorKind.SERVER, True),
    ],
)
def test_sort_status(status: int, kind: ErrorKind, is_retryable: bool) -> None:
    error = sort(status)

    assert (error.kind, error.is_retryable) == (kind, is_retryable)
    assert str(status) in error.sentence
    assert "'default' (https://models.test/v1)" in error.sentence


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"retry-after": "12"}, 12.0),
        ({"retry-after": "Sun, 04 May 2031 12:01:00 GMT"}, 60.0),
    ],
)
def test_retry_after_is_kept(headers: dict[str, str], expected: float | None) -> None:
    error = sort(429, headers=headers)

    assert isinstance(error, RetryableLlmError)
    assert error.retry_after_s == expected


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("insufficient_quota", ErrorKind.AUTH),
        ("content_filter", ErrorKind.REFUSED),
        ("content_policy_violation", ErrorKind.REFUSED),
    ],
)
def test_a_code_says_more_than_its_status(code: str, kind: ErrorKind) -> None:
    error = sort(429, {"error": {"code": code, "message": "Sorry."}})

    assert (error.kind, error.is_retryable) == (kind, False)


@pytest.mark.parametrize(
    ("status", "code", "is_free"),
    [
        (302, "", True),
        (400, "", True),
        (401, "", True),
        (404, "", True),
        (429, "", True),
        (429, "insufficient_quota", True),
        (503, "", True),
        (529, "", True),
        (400, "content_filter", False),  # the prompt was read
        (400, "context_length_exceeded", False),
        (408, "", False),
        (500, "", False),
        (502, "", False),
        (504, "", False),
    ],
)
def test_only_who_was_turned_away_pays_nothing_for_certain(
    status: int, code: str, is_free: bool
) -> None:
    assert sort(status, {"error": {"code": code, "message": "No."}}).is_free == is_free


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"message": "The model is gone.", "code": 404}},
        {"message": "The model is gone."},
        {"error": "The model is gone."},
        "The model is gone.",
    ],
)
def test_the_words_of_the_endpoint_are_passed_on(body: object) -> None:
    assert "The model is gone." in sort(404, body).sentence


@pytest.mark.parametrize("body", [None, {}, [], {"error": None}, {"error": {"message": None}}])
def test_an_endpoint_without_words(body: object) -> None:
    assert sort(500, body).sentence.endswith("has a problem (500).")


def test_long_words_are_cut_to_one_line() -> None:
    sentence = sort(500, "<html>\n" + "x" * 5000 + "\x00").sentence

    assert len(sentence) < 420
    assert "\n" not in sentence
    assert "\x00" not in sentence


def test_a_wrong_key_names_its_variable() -> None:
    assert sort(401, "Nope").sentence.endswith("Nope Check the key in MODELS_KEY.")


def test_a_missing_key_names_its_variable() -> None:
    error = sorting.key_missing(make_profile())

    assert error.kind is ErrorKind.AUTH
    assert "Set the environment variable MODELS_KEY" in error.sentence


def test_a_missing_extra_says_what_to_install() -> None:
    assert "mge-console[anthropic]" in sorting.extra_missing("anthropic").sentence


def test_time_and_connection_may_pass() -> None:
    late = sorting.timed_out(make_profile(), 5.0)
    away = sorting.not_reached(make_profile(), "Connection refused", was_sent=False)

    assert (late.kind, late.is_retryable) == (ErrorKind.TIMEOUT, True)
    assert "within 5 s" in late.sentence
    assert (away.kind, away.is_retryable) == (ErrorKind.CONNECTION, True)
    assert "Connection refused" in away.sentence


@pytest.mark.parametrize(
    ("status", "is_free"),
    [
        (400, True),
        (401, True),
        (404, True),
        (408, False),
        (429, True),
        (500, False),
        (502, False),
        (503, True),
        (504, False),
        (529, True),
    ],
)
def test_whoever_turns_a_request_away_sends_no_bill(status: int, is_free: bool) -> None:
    error = sorting.sort_status(make_profile(), status, body="", headers={}, now=NOW)

    assert error.is_free is is_free


def test_what_never_left_costs_nothing() -> None:
    never_sent = sorting.not_reached(make_profile(), "Connection refused", was_sent=False)
    broke = sorting.not_reached(make_profile(), "Connection reset", was_sent=True)

    assert never_sent.is_free
    assert not broke.is_free
    assert not sorting.timed_out(make_profile(), 60).is_free
    assert sorting.key_missing(make_profile()).is_free
