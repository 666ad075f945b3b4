"""What Prometheus learns of sandboxes: added up over processes, and never in the way."""

import re
import time
from collections.abc import Iterator

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from apps.acceptance import sandbox_figures
from apps.acceptance.adapters.sandbox.backends import Setup, bubblewrap
from apps.acceptance.adapters.sandbox.bubblewrap import Bubblewrap
from apps.acceptance.core.sandbox import Job, KillReason, Limits
from apps.acceptance.sandbox_figures import REASONS, Figures, registry
from apps.common import events
from mgeconsole.services import processes
from tests.acceptance.sandbox.host import PROJECT


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    events.valkey.ask(lambda client: client.delete(sandbox_figures.KEY))
    yield
    events.valkey.ask(lambda client: client.delete(sandbox_figures.KEY))


def starts() -> float | None:
    return registry.get_sample_value("v2_sandbox_starts_total")


def kills(reason: KillReason) -> float | None:
    return registry.get_sample_value("v2_sandbox_kills_total", {"reason": reason.value})


def test_nothing_happened_yet() -> None:
    assert starts() == 0
    assert {reason: kills(reason) for reason in REASONS} == dict.fromkeys(REASONS, 0)
    assert KillReason.NONE not in REASONS


def test_processes_add_up() -> None:
    one, other = Figures(gap_s=600), Figures(gap_s=600)
    for figures in (one, other):
        figures.started()
        figures.started()
        figures.ended(KillReason.NONE)
        figures.ended(KillReason.MEMORY)
        figures.send()

    assert (starts(), kills(KillReason.MEMORY), kills(KillReason.WALL)) == (4, 2, 0)


def test_it_is_sent_in_a_while() -> None:
    Figures(gap_s=0.05).started()

    assert processes.wait_until(lambda: starts() == 1, 10)


def test_without_valkey_nothing_waits(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(events, "valkey", events.ValkeyGate())
    figures = Figures(gap_s=600)
    began = time.monotonic()
    for _ in range(1_000):
        figures.started()

    assert time.monotonic() - began < 1
    figures.send()
    assert starts() is None


def test_a_real_sandbox_counts(
    sandbox: Bubblewrap, tmp_path_factory: pytest.TempPathFactory
) -> None:
    figures = Figures(gap_s=600)
    setup = Setup(tmp_path_factory.mktemp("state"), hidden=(PROJECT,), tally=figures)
    counted = bubblewrap(setup)
    counted.run(Job(files={}, command=("true",)))
    counted.run(Job(files={}, command=("sleep", "9"), limits=Limits(wall_s=0.2)))
    counted.run(Job(files={"../x": ""}, command=("true",)))  # refused: nothing started
    figures.send()

    assert (starts(), kills(KillReason.WALL)) == (2, 1)


@pytest.mark.django_db
def test_they_are_among_the_metrics(client: Client) -> None:
    text = client.get("/metrics").content.decode()

    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert families["v2_sandbox_starts"].type == "counter"
    assert len(families["v2_sandbox_kills"].samples) == len(REASONS)
    assert "v2_budget_denials" in families


def test_they_are_documented() -> None:
    text = (PROJECT / "docs" / "sandbox.md").read_text(encoding="utf-8")

    assert set(re.findall(r"`(v2_\w+)", text)) == {f"{f.name}_total" for f in registry.collect()}
    for reason in REASONS:
        assert f"`{reason.value}`" in text
