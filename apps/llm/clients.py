"""Puts the client together: retries, then the layers of LLM_LAYERS, then the provider."""

import os
import threading
from collections.abc import Callable
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from apps.llm import profiles
from apps.llm.core import sorting
from apps.llm.core.backoff import RetryPolicy
from apps.llm.core.profiles import Profile, Provider
from apps.llm.core.types import Completion, CompletionClient, CompletionRequest
from apps.llm.layers import trace_pause
from apps.llm.retries import RetryClient

# Imported when a profile first needs them: SDKs are slow to load, and one is optional.
ADAPTERS = {
    Provider.OPENAI_COMPATIBLE: "apps.llm.adapters.openai_compatible.OpenAiCompatibleClient",
    Provider.ANTHROPIC: "apps.llm.adapters.anthropic.AnthropicClient",
}
_SETTINGS = frozenset({"LLM_PROFILES", "LLM_LAYERS", "LLM_CALL_TRIES"})

Layer = Callable[[CompletionClient], CompletionClient]


class ProviderClient(CompletionClient, Protocol):
    """A client that speaks to an endpoint."""

    def list_models(self, timeout_s: float) -> tuple[str, ...]:
        """Return the names of the endpoint's models; raises LlmError."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...


class Providers:
    """The end of the chain: hands each request to the client of its profile.

    There is one client per profile and process, made at its first call.
    """

    def __init__(self) -> None:
        self._clients: dict[Profile, ProviderClient] = {}
        self._lock = threading.Lock()

    def complete(self, request: CompletionRequest) -> Completion:
        return self.of(profiles.get_profile(request.profile)).complete(request)

    def of(self, profile: Profile) -> ProviderClient:
        """Return the client of a profile; raises FinalLlmError when none can be made."""
        with self._lock:
            client = self._clients.get(profile)
            if client is None:
                client = self._clients[profile] = make_provider(profile)
            return client

    def close(self) -> None:
        with self._lock:
            for client in self._clients.values():
                client.close()
            self._clients.clear()


def make_provider(profile: Profile) -> ProviderClient:
    """Return a new client for a profile; raises FinalLlmError when a key or an SDK is missing."""
    try:
        adapter: Callable[..., ProviderClient] = import_string(ADAPTERS[profile.provider])
    except ImportError as error:
        raise sorting.extra_missing(profile.provider) from error
    return adapter(profile, os.environ)


def chain(layers: list[Layer], innermost: CompletionClient) -> CompletionClient:
    """Return the layers around a client; the first of the list is the outermost."""
    client = innermost
    for layer in reversed(layers):
        client = layer(client)
    return client


class _Shared:
    """The one client of this process, made when it is first asked for."""

    def __init__(self) -> None:
        self.start_afresh()

    def start_afresh(self) -> None:
        """Own nothing: a forked child must not read its parent's answers."""
        self._lock = threading.Lock()
        self._providers = Providers()
        self._client: CompletionClient | None = None

    def client(self) -> CompletionClient:
        with self._lock:
            if self._client is None:
                self._client = self._build()
            return self._client

    def close(self) -> None:
        self._providers.close()
        self.start_afresh()

    def _build(self) -> CompletionClient:
        layers: list[Layer] = [import_string(path) for path in settings.LLM_LAYERS]
        return RetryClient(
            chain(layers, self._providers),
            RetryPolicy(tries=settings.LLM_CALL_TRIES),
            on_pause=trace_pause,
        )


_shared = _Shared()
os.register_at_fork(after_in_child=_shared.start_afresh)


def build_client() -> CompletionClient:
    """Return the client of this process. Built once; safe to share between threads."""
    return _shared.client()


def forget() -> None:
    """Close all connections; the next call builds the client anew."""
    _shared.close()


def forget_when_changed(*, setting: str, **_: object) -> None:
    """Follow a changed setting: tests change them while the process runs."""
    if setting in _SETTINGS:
        forget()
