"""Sorts what endpoints answer into failures that may pass and failures that will not."""

from collections.abc import Mapping
from datetime import datetime

from apps.llm.core.backoff import read_retry_after
from apps.llm.core.errors import ErrorKind, FinalLlmError, LlmError, RetryableLlmError
from apps.llm.core.profiles import Profile
from apps.llm.core.text import shorten

DETAIL_LENGTH = 300  # characters of an endpoint's own words that people are shown

# Anything else below 500 is a bad request, and 500 and above is the server's fault.
_KIND_OF_STATUS = {
    401: ErrorKind.AUTH,
    403: ErrorKind.AUTH,
    404: ErrorKind.NOT_FOUND,
    408: ErrorKind.TIMEOUT,
    409: ErrorKind.SERVER,  # the SDKs, too, take it for a passing lock
    425: ErrorKind.SERVER,
    429: ErrorKind.RATE_LIMITED,
}
HTTP_TIMEOUT = 408
_TURNED_AWAY = frozenset({503, 529})  # 529 is Anthropic's word for "overloaded"
_RETRYABLE = frozenset(
    {ErrorKind.RATE_LIMITED, ErrorKind.SERVER, ErrorKind.TIMEOUT, ErrorKind.CONNECTION}
)
# OpenAI says 429 when the account has no money left; waiting does not fill it.
_FINAL_CODES = frozenset({"insufficient_quota", "billing_hard_limit_reached"})
_REFUSAL_CODES = frozenset({"content_filter", "content_policy_violation"})
# Turned down after the prompt was read, which Azure bills; source: its "Manage costs" page, 2024.
_READ_CODES = _REFUSAL_CODES | {"context_length_exceeded"}


def sort_status(
    profile: Profile,
    status: int,
    *,
    body: object,
    headers: Mapping[str, str],
    now: datetime,
) -> LlmError:
    """Return the error that an HTTP status of 300 or more stands for."""
    detail, code = _read_error_body(body)
    error = _sort(profile, status, detail, code, read_retry_after(headers, now=now))
    error.is_free = _is_turned_away(status, code)
    return error


def _is_turned_away(status: int, code: str) -> bool:
    """Whoever turns a request away has not worked on it; after other failures nobody can know."""
    if status >= 500:
        return status in _TURNED_AWAY
    return status != HTTP_TIMEOUT and code not in _READ_CODES


def _sort(
    profile: Profile, status: int, detail: str, code: str, retry_after_s: float | None
) -> LlmError:
    if code in _REFUSAL_CODES:
        return FinalLlmError(ErrorKind.REFUSED, _say(profile, "refused the request", detail))
    if code in _FINAL_CODES:
        return FinalLlmError(ErrorKind.AUTH, _say(profile, "has no credit left", detail))
    default = ErrorKind.SERVER if status >= 500 else ErrorKind.BAD_REQUEST
    kind = _KIND_OF_STATUS.get(status, default)
    if kind is ErrorKind.AUTH:
        return FinalLlmError(kind, _say(profile, f"refused the key ({status})", detail, key=True))
    sentence = _say(profile, _WORDS_OF_KIND[kind].format(status=status), detail)
    if kind not in _RETRYABLE:
        return FinalLlmError(kind, sentence)
    return RetryableLlmError(kind, sentence, retry_after_s=retry_after_s)


def timed_out(profile: Profile, waited_s: float) -> LlmError:
    """Return the error of a call that took longer than it may."""
    words = f"did not answer within {waited_s:g} s"
    return RetryableLlmError(ErrorKind.TIMEOUT, _say(profile, words, ""))


def not_reached(profile: Profile, reason: str, *, was_sent: bool) -> LlmError:
    """Return the error of a connection that was refused, or broke before the answer was whole."""
    error = RetryableLlmError(ErrorKind.CONNECTION, _say(profile, "cannot be reached", reason))
    error.is_free = not was_sent
    return error


def key_missing(profile: Profile) -> LlmError:
    """Return the error of a profile whose key variable is empty."""
    return _unsent(
        ErrorKind.AUTH,
        f"LLM profile {profile.name!r} has no API key."
        f" Set the environment variable {profile.api_key_variable} and start the console again.",
    )


def extra_missing(extra: str) -> LlmError:
    """Return the error of a provider whose SDK is not installed."""
    return _unsent(
        ErrorKind.CONFIGURATION,
        f"The provider {extra!r} needs its SDK. Install the extra:"
        f" pip install 'mge-console[{extra}]'.",
    )


def unsendable(profile: Profile, reason: str) -> LlmError:
    """Return the error of a request that cannot be written as JSON."""
    return _unsent(
        ErrorKind.BAD_REQUEST,
        f"The request for LLM profile {profile.name!r} cannot be sent:"
        f" {shorten(reason, DETAIL_LENGTH)}",
    )


def _unsent(kind: ErrorKind, sentence: str) -> LlmError:
    error = FinalLlmError(kind, sentence)
    error.is_free = True
    return error


_WORDS_OF_KIND = {
    ErrorKind.NOT_FOUND: "does not know the model or the address ({status})",
    ErrorKind.BAD_REQUEST: "does not accept the request ({status})",
    ErrorKind.RATE_LIMITED: "asks for fewer requests ({status})",
    ErrorKind.SERVER: "has a problem ({status})",
    ErrorKind.TIMEOUT: "gave up waiting ({status})",
}


def _say(profile: Profile, words: str, detail: str, *, key: bool = False) -> str:
    sentence = f"The endpoint of LLM profile {profile.name!r} ({profile.base_url}) {words}"
    sentence += f": {shorten(detail, DETAIL_LENGTH)}" if detail else "."
    if key and profile.api_key_variable:
        sentence += f" Check the key in {profile.api_key_variable}."
    return sentence


def _read_error_body(body: object) -> tuple[str, str]:
    """Return message and code of an error body; SDKs pass it with and without its envelope."""
    if not isinstance(body, Mapping):
        return (body if isinstance(body, str) else ""), ""
    inner = body.get("error", body)
    if not isinstance(inner, Mapping):
        return (inner if isinstance(inner, str) else ""), ""
    return str(inner.get("message") or ""), str(inner.get("code") or "")
