"""Reading profiles out of settings."""

from typing import Any

import pytest
from django.conf import LazySettings

from apps.llm.core.profiles import (
    InvalidProfile,
    Profile,
    Provider,
    TokenLimitField,
    pick,
    read_profile,
    read_profiles,
)
from apps.llm.profiles import get_profile, load_profiles
from tests.llm.examples import make_profile

SMALLEST: dict[str, object] = {
    "provider": "openai_compatible",
    "base_url": "http://127.0.0.1:8091/v1/",
    "model": "replay-1",
    "max_output_tokens": 2048,
    "timeout_s": 60,
}


def test_the_smallest_profile() -> None:
    assert read_profile("default", SMALLEST) == Profile(
        name="default",
        provider=Provider.OPENAI_COMPATIBLE,
        base_url="http://127.0.0.1:8091/v1",
        model="replay-1",
        api_key_variable="",
        max_output_tokens=2048,
        timeout_s=60.0,
        connect_timeout_s=5.0,
        vendor="",
    )


def test_the_largest_profile() -> None:
    profile = read_profile(
        "big",
        SMALLEST
        | {
            "provider": "anthropic",
            "api_key_variable": "BIG_KEY",
            "connect_timeout_s": 1.5,
            "vendor": "bedrock",
            "token_limit_field": "max_completion_tokens",
            "sends_temperature": False,
        },
    )

    assert profile.provider is Provider.ANTHROPIC
    assert profile.billed_by == "bedrock"
    assert profile.token_limit_field is TokenLimitField.MAX_COMPLETION_TOKENS
    assert profile.connect_timeout_s == 1.5
    assert not profile.sends_temperature


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"provider": "smoke_signals"}, "one of openai_compatible, anthropic"),
        ({"provider": None}, "needs the field 'provider'"),
        ({"base_url": "127.0.0.1:8091"}, "http:// or https://"),
        ({"base_url": "https://"}, "http:// or https://"),
        ({"model": None}, "needs the field 'model'"),
        ({"model": 5}, "'model' is 5; it must be a text"),
        ({"max_output_tokens": 0}, "at least 1"),
        ({"max_output_tokens": True}, "at least 1"),
        ({"max_output_tokens": "many"}, "at least 1"),
        ({"timeout_s": 0}, "seconds above 0"),
        ({"timeout_s": float("inf")}, "seconds above 0"),
        ({"timeout_s": "60"}, "seconds above 0"),
        ({"vendor": 5}, "'vendor' is 5; it must be a text"),
        ({"sends_temperature": 1}, "True or False"),
        ({"token_limit_field": "max"}, "one of max_tokens"),
        ({"modle": "x"}, "unknown field 'modle'. Known fields: provider, base_url"),
    ],
)
def test_a_wrong_field_is_named(changes: dict[str, object], words: str) -> None:
    with pytest.raises(InvalidProfile) as caught:
        read_profile("default", SMALLEST | changes)

    assert words in caught.value.sentence
    assert "'default'" in caught.value.sentence


def test_reading_leaves_the_settings_alone() -> None:
    settings = {"default": dict(SMALLEST)}

    read_profiles(settings)

    assert settings == {"default": SMALLEST}


def test_an_unknown_profile_names_the_known_ones() -> None:
    profiles = {"small": make_profile(name="small"), "big": make_profile(name="big")}

    with pytest.raises(InvalidProfile, match=r"no LLM profile 'huge'\. Known profiles: big, small"):
        pick(profiles, "huge")


@pytest.mark.parametrize(
    ("base_url", "is_local"),
    [
        ("http://127.0.0.1:8091/v1", True),
        ("http://127.1.2.3/v1", True),
        ("http://localhost:8091/v1", True),
        ("http://[::1]:8091/v1", True),
        ("https://models.test/v1", False),
        ("https://localhost.models.test/v1", False),
        ("http://10.0.0.7/v1", False),
    ],
)
def test_is_local(base_url: str, is_local: bool) -> None:
    assert make_profile(base_url=base_url).is_local is is_local


def test_profiles_come_from_the_settings(settings: Any) -> None:
    settings.LLM_PROFILES = {"small": SMALLEST}

    assert list(load_profiles()) == ["small"]
    assert get_profile("small").model == "replay-1"
    with pytest.raises(InvalidProfile, match="Known profiles: small"):
        get_profile("default")


def test_the_profiles_of_this_installation_can_be_read(settings: LazySettings) -> None:
    assert set(load_profiles()) == set(settings.LLM_PROFILES)


@pytest.mark.parametrize(
    ("address", "vendor"),
    [
        ("https://api.openai.com/v1", "openai"),
        ("https://api.anthropic.com", "anthropic"),
        ("http://127.0.0.1:8091/v1", "local"),
        ("http://localhost:11434/v1", "local"),
        ("https://models.example.org/v1", "models.example.org"),
    ],
)
def test_the_address_tells_who_sends_the_bill(address: str, vendor: str) -> None:
    assert make_profile(base_url=address).billed_by == vendor
