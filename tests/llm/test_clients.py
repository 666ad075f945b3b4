"""How the client is put together."""

import multiprocessing
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from apps.llm import clients
from apps.llm.adapters.memory import ScriptedClient
from apps.llm.core.errors import ErrorKind, FinalLlmError
from apps.llm.core.profiles import InvalidProfile, Provider
from apps.llm.core.types import Completion, CompletionClient, CompletionRequest
from apps.llm.retries import RetryClient
from tests.llm.examples import ask_for, make_completion, make_profile, make_request
from tests.processes import Replay


@pytest.fixture(autouse=True)
def _own_client() -> Iterator[None]:
    clients.forget()
    yield
    clients.forget()


class Outer:
    """Writes its name around what passes."""

    name = "outer"

    def __init__(self, next_client: CompletionClient) -> None:
        self._next = next_client

    def complete(self, request: CompletionRequest) -> Completion:
        completion = self._next.complete(replace(request, profile=request.profile + self.name[0]))
        return replace(completion, text=f"{self.name}({completion.text})")


class Inner(Outer):
    name = "inner"


def profile_fields(base_url: str, **changes: Any) -> dict[str, Any]:
    return {
        "provider": "openai_compatible",
        "base_url": base_url,
        "model": "replay-1",
        "max_output_tokens": 500,
        "timeout_s": 5,
    } | changes


def test_the_first_layer_is_the_outermost() -> None:
    provider = ScriptedClient([make_completion("hi")])

    completion = clients.chain([Outer, Inner], provider).complete(make_request(profile="p"))

    assert completion.text == "outer(inner(hi))"
    assert provider.requests[0].profile == "poi"


def test_no_layers_is_the_provider_itself() -> None:
    provider = ScriptedClient([])

    assert clients.chain([], provider) is provider


def test_layers_come_from_the_setting(settings: Any, replay: Replay) -> None:
    settings.LLM_LAYERS = [f"{__name__}.Outer"]
    settings.LLM_PROFILES = {"defaulto": profile_fields(replay.base_url)}

    completion = clients.build_client().complete(ask_for("demo/text.py::shout"))

    assert completion.text == "outer(first)"


def test_retries_stand_outside_the_layers(settings: Any, replay: Replay) -> None:
    settings.LLM_LAYERS = []
    settings.LLM_CALL_TRIES = 2
    settings.LLM_PROFILES = {"default": profile_fields(replay.base_url)}
    replay.set(error_rate=1)

    with pytest.raises(Exception, match="has a problem"):
        clients.build_client().complete(make_request())

    assert isinstance(clients.build_client(), RetryClient)
    assert replay.counters()["counters"]["requests"] == 2


def test_all_threads_get_the_same_client(settings: Any) -> None:
    settings.LLM_LAYERS = []
    with ThreadPoolExecutor(16) as pool:
        built = list(pool.map(lambda _: clients.build_client(), range(64)))

    assert len(set(map(id, built))) == 1


def test_a_changed_setting_builds_it_anew(settings: Any) -> None:
    settings.LLM_LAYERS = []
    before = clients.build_client()

    settings.LLM_CALL_TRIES = 7

    assert clients.build_client() is not before


def test_other_settings_leave_it_alone(settings: Any) -> None:
    before = clients.build_client()

    settings.TIME_ZONE = "UTC"

    assert clients.build_client() is before


def _identity_in_child(answers: Any) -> None:
    answers.put(id(clients.build_client()))


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_child_builds_its_own(settings: Any) -> None:
    settings.LLM_LAYERS = []
    parents = clients.build_client()
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()

    child = context.Process(target=_identity_in_child, args=(answers,))
    child.start()
    child.join(20)

    assert child.exitcode == 0
    assert answers.get() != id(parents)
    answers.close()
    child.close()


def test_an_unknown_profile_is_refused_by_name(settings: Any) -> None:
    settings.LLM_LAYERS = []
    settings.LLM_PROFILES = {"small": profile_fields("http://127.0.0.1:1")}

    with pytest.raises(InvalidProfile, match="Known profiles: small"):
        clients.build_client().complete(make_request(profile="huge"))


def test_one_client_per_profile() -> None:
    providers = clients.Providers()
    profile = make_profile(base_url="http://127.0.0.1:1")

    assert providers.of(profile) is providers.of(make_profile(base_url="http://127.0.0.1:1"))
    assert providers.of(replace(profile, name="other")) is not providers.of(profile)
    providers.close()


def test_an_sdk_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "anthropic", None)
    monkeypatch.delitem(sys.modules, "apps.llm.adapters.anthropic", raising=False)

    with pytest.raises(FinalLlmError, match=r"mge-console\[anthropic\]") as caught:
        clients.make_provider(make_profile(provider=Provider.ANTHROPIC))

    assert caught.value.kind is ErrorKind.CONFIGURATION
