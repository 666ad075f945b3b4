"""What the health page is told about endpoints."""

import time

import pytest

from apps.llm.core.profiles import Profile, Provider
from apps.llm.probe import check_endpoint
from tests.llm.conftest import OddEndpoint
from tests.llm.examples import make_profile
from tests.processes import Replay


def test_an_endpoint_that_is_well(replay_profile: Profile, replay: Replay) -> None:
    health = check_endpoint(replay_profile, 5.0)

    assert health.ok
    assert health.sentence == f"{replay.base_url} answers and has the model 'replay-1'."
    assert health.latency_ms is not None
    assert replay.counters()["counters"]["requests"] == 0  # nothing was paid


def test_a_model_that_the_endpoint_does_not_list(replay: Replay) -> None:
    health = check_endpoint(make_profile(base_url=replay.base_url), 5.0)

    assert health.ok
    assert "does not list the model 'model-1'" in health.sentence


def test_an_endpoint_without_a_list_of_models(odd_endpoint: OddEndpoint) -> None:
    odd_endpoint.answer({"error": {"message": "No such page."}}, status=404)

    health = check_endpoint(make_profile(base_url=odd_endpoint.url), 5.0)

    assert health.ok
    assert "does not say which models it has" in health.sentence


def test_an_outage(replay_profile: Profile, replay: Replay) -> None:
    replay.set(outage=True)

    health = check_endpoint(replay_profile, 5.0)

    assert not health.ok
    assert "has a problem (503)" in health.sentence
    assert health.latency_ms is None


def test_a_wrong_key(replay_profile: Profile, replay: Replay) -> None:
    replay.set(auth_key="open-sesame")

    health = check_endpoint(replay_profile, 5.0)

    assert not health.ok
    assert "Check the key in MODELS_KEY" in health.sentence


def test_nobody_listens(closed_port: int) -> None:
    health = check_endpoint(make_profile(base_url=f"http://127.0.0.1:{closed_port}/v1"), 5.0)

    assert not health.ok
    assert "cannot be reached" in health.sentence


def test_patience_is_the_probes_own(odd_endpoint: OddEndpoint) -> None:
    odd_endpoint.headers["content-length"] = "1000"
    odd_endpoint.pieces = [b" "] * 100
    odd_endpoint.pause_s = 0.05
    started = time.monotonic()

    health = check_endpoint(make_profile(base_url=odd_endpoint.url, timeout_s=60.0), 0.3)

    assert "did not answer within 0.3 s" in health.sentence
    assert time.monotonic() - started < 3


@pytest.mark.parametrize("provider", list(Provider))
def test_a_key_that_is_not_set(provider: Provider) -> None:
    health = check_endpoint(make_profile(provider=provider), 1.0)

    assert not health.ok
    assert "MODELS_KEY" in health.sentence
