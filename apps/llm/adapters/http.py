"""What both SDKs share: key, headers, and a client of bounded connections and bounded time."""

import time
from collections.abc import Iterator, Mapping

import httpx2

from apps.llm.core import sorting
from apps.llm.core.errors import LlmError
from apps.llm.core.profiles import Profile
from apps.llm.core.types import CompletionRequest
from apps.llm.core.wire import traceparent

MAX_CONNECTIONS = 64  # per profile and process
KEEPALIVE_S = 30.0
_DEADLINE = "mge.deadline"


def read_key(profile: Profile, environment: Mapping[str, str]) -> str:
    """Return the profile's key; raises FinalLlmError that names the variable to set.

    Empty when none is needed: the profile names no variable, or the endpoint is on this machine.
    """
    key = environment.get(profile.api_key_variable, "").strip() if profile.api_key_variable else ""
    if not key and profile.api_key_variable and not profile.is_local:
        raise sorting.key_missing(profile)
    return key


def trace_headers(request: CompletionRequest) -> dict[str, str]:
    """Return the header that lets the endpoint's own trace join ours."""
    header = traceparent(request.context)
    return {"traceparent": header} if header else {}


def make_http_client(profile: Profile) -> httpx2.Client:
    """Return a client whose calls end within the profile's timeout.

    An endpoint on this machine is never asked through a proxy of the environment.
    """
    return httpx2.Client(
        timeout=make_timeout(profile),
        limits=httpx2.Limits(
            max_connections=MAX_CONNECTIONS,
            max_keepalive_connections=MAX_CONNECTIONS,
            keepalive_expiry=KEEPALIVE_S,
        ),
        trust_env=not profile.is_local,
        event_hooks={"request": [_start_clock], "response": [_watch_clock]},
    )


def make_timeout(profile: Profile, total_s: float | None = None) -> httpx2.Timeout:
    """Return the timeouts of a call: for connecting, and for each wait on the endpoint."""
    total_s = profile.timeout_s if total_s is None else total_s
    return httpx2.Timeout(total_s, connect=min(profile.connect_timeout_s, total_s))


def sort_timeout(profile: Profile, cause: BaseException | None, total_s: float) -> LlmError:
    """Return the error of a call that an SDK gave up, told by what httpx had waited for."""
    if isinstance(cause, httpx2.ConnectTimeout):
        connect_s = make_timeout(profile, total_s).connect
        reason = f"no connection within {connect_s:g} s"
        return sorting.not_reached(profile, reason, was_sent=False)
    error = sorting.timed_out(profile, total_s)
    error.is_free = isinstance(cause, httpx2.PoolTimeout)  # it never had a connection
    return error


def sort_connection(profile: Profile, error: Exception) -> LlmError:
    """Return the error of a connection that an SDK could not make or keep."""
    cause = error.__cause__
    was_sent = not isinstance(cause, httpx2.ConnectError | httpx2.PoolTimeout)
    return sorting.not_reached(profile, str(cause or error), was_sent=was_sent)


def _start_clock(request: httpx2.Request) -> None:
    wait_s = request.extensions["timeout"]["read"]
    request.extensions[_DEADLINE] = time.monotonic() + wait_s


def _watch_clock(response: httpx2.Response) -> None:
    if isinstance(response.stream, httpx2.SyncByteStream):
        response.stream = _BoundedStream(response.stream, response.request.extensions[_DEADLINE])


class _BoundedStream(httpx2.SyncByteStream):
    """Ends a body that trickles in: the read timeout alone starts anew with every byte."""

    def __init__(self, stream: httpx2.SyncByteStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._stream:
            if time.monotonic() > self._deadline:
                raise httpx2.ReadTimeout("The answer was not whole in time.")
            yield chunk

    def close(self) -> None:
        self._stream.close()
