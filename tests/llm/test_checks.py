"""Settings that no call could use stop the start."""

from typing import Any

from django.core.checks import run_checks

from apps.llm.checks import check_layers, check_profiles


def test_the_settings_of_this_installation_are_fine() -> None:
    assert [message for message in run_checks() if (message.id or "").startswith("llm.")] == []


def test_a_wrong_profile(settings: Any) -> None:
    settings.LLM_PROFILES = {"default": {"provider": "smoke_signals"}}

    (problem,) = check_profiles()

    assert problem.id == "llm.E001"
    assert "smoke_signals" in problem.msg


def test_a_layer_that_does_not_exist(settings: Any) -> None:
    settings.LLM_LAYERS = ["apps.llm.layers.TraceLayer", "apps.llm.layers.NoSuchLayer"]

    (problem,) = check_layers()

    assert problem.id == "llm.E002"
    assert "NoSuchLayer" in problem.msg
