"""Asks an endpoint whether it would answer, without paying for a completion."""

import time
from dataclasses import dataclass

from apps.llm.clients import make_provider
from apps.llm.core.errors import ErrorKind, LlmError
from apps.llm.core.profiles import Profile


@dataclass(frozen=True, slots=True)
class EndpointHealth:
    """What the endpoint of a profile answered."""

    ok: bool
    sentence: str
    latency_ms: int | None  # None: it did not answer


def check_endpoint(profile: Profile, timeout_s: float) -> EndpointHealth:
    """Ask for the list of models. Ends within about `timeout_s`; raises nothing."""
    try:
        # A client of its own: a busy pool of the real one must not look like a dead endpoint.
        client = make_provider(profile)
    except LlmError as error:
        return EndpointHealth(ok=False, sentence=error.sentence, latency_ms=None)
    started = time.monotonic()
    try:
        models = client.list_models(timeout_s)
    except LlmError as error:
        if error.kind is not ErrorKind.NOT_FOUND:
            return EndpointHealth(ok=False, sentence=error.sentence, latency_ms=None)
        # Not every compatible endpoint lists its models, but this one is there and took the key.
        models = ()
    finally:
        client.close()
    latency_ms = round((time.monotonic() - started) * 1000)
    return EndpointHealth(ok=True, sentence=_describe(profile, models), latency_ms=latency_ms)


def _describe(profile: Profile, models: tuple[str, ...]) -> str:
    if not models:
        return f"{profile.base_url} answers, and does not say which models it has."
    if profile.model not in models:
        return f"{profile.base_url} answers, but does not list the model {profile.model!r}."
    return f"{profile.base_url} answers and has the model {profile.model!r}."
