"""Profiles: where a model is reached, what it may write, and what it costs."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from math import inf
from typing import TypeVar
from urllib.parse import urlsplit

from apps.llm.core.errors import ErrorKind, FinalLlmError

DEFAULT_CONNECT_TIMEOUT_S = 5.0
LOCAL = "local"  # who sends the bill for an endpoint on this machine
VENDOR_OF_HOST = {
    "api.anthropic.com": "anthropic",
    "api.deepseek.com": "deepseek",
    "api.groq.com": "groq",
    "api.mistral.ai": "mistral",
    "api.openai.com": "openai",
    "api.together.xyz": "together",
    "api.x.ai": "x-ai",
    "generativelanguage.googleapis.com": "google",
    "openrouter.ai": "openrouter",
}

Choice = TypeVar("Choice", bound=StrEnum)


class Provider(StrEnum):
    """The protocol that an endpoint speaks."""

    OPENAI_COMPATIBLE = "openai_compatible"
    ANTHROPIC = "anthropic"


class TokenLimitField(StrEnum):
    """How an OpenAI-compatible endpoint calls the limit of an answer."""

    MAX_TOKENS = "max_tokens"
    MAX_COMPLETION_TOKENS = "max_completion_tokens"


@dataclass(frozen=True, slots=True)
class Profile:
    """One model behind one endpoint."""

    name: str
    provider: Provider
    base_url: str
    model: str
    api_key_variable: str  # environment variable that holds the key; empty: no key is needed
    max_output_tokens: int
    timeout_s: float  # for the whole call
    connect_timeout_s: float = DEFAULT_CONNECT_TIMEOUT_S
    vendor: str = ""  # who sends the bill, as the price list names it; empty: by the address
    token_limit_field: TokenLimitField = TokenLimitField.MAX_TOKENS
    sends_temperature: bool = True  # False for models that refuse the parameter

    @property
    def billed_by(self) -> str:
        """Who sends the bill: the vendor that is set, else the one that the address tells."""
        if self.vendor:
            return self.vendor
        host = urlsplit(self.base_url).hostname or ""
        return LOCAL if self.is_local else VENDOR_OF_HOST.get(host, host)

    @property
    def is_local(self) -> bool:
        """Whether the endpoint is on this machine: no proxy, and no key unless it asks for one."""
        host = urlsplit(self.base_url).hostname or ""
        if host == "localhost":
            return True
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return False


class InvalidProfile(FinalLlmError):
    """A profile of the settings cannot be used."""

    def __init__(self, sentence: str) -> None:
        super().__init__(ErrorKind.CONFIGURATION, sentence)

    def __reduce__(self) -> tuple[type["InvalidProfile"], tuple[str], dict[str, object]]:
        return type(self), (self.sentence,), vars(self)


def read_profiles(settings: Mapping[str, Mapping[str, object]]) -> dict[str, Profile]:
    """Return the profiles by name; raises InvalidProfile at the first one that is wrong."""
    return {name: read_profile(name, fields) for name, fields in settings.items()}


def read_profile(name: str, fields: Mapping[str, object]) -> Profile:
    """Return one profile; raises InvalidProfile for a missing, unknown or unreadable field."""
    read = _Fields(name, dict(fields))
    profile = Profile(
        name=name,
        provider=read.choice("provider", Provider),
        base_url=read.url("base_url"),
        model=read.text("model"),
        api_key_variable=read.text("api_key_variable", ""),
        max_output_tokens=read.count("max_output_tokens"),
        timeout_s=read.seconds("timeout_s"),
        connect_timeout_s=read.seconds("connect_timeout_s", DEFAULT_CONNECT_TIMEOUT_S),
        vendor=read.text("vendor", ""),
        token_limit_field=read.choice(
            "token_limit_field", TokenLimitField, TokenLimitField.MAX_TOKENS
        ),
        sends_temperature=read.flag("sends_temperature", default=True),
    )
    read.refuse_the_rest()
    return profile


def pick(profiles: Mapping[str, Profile], name: str) -> Profile:
    """Return the profile of that name; raises InvalidProfile that names the known ones."""
    profile = profiles.get(name)
    if profile is None:
        known = ", ".join(sorted(profiles)) or "none"
        raise InvalidProfile(
            f"There is no LLM profile {name!r}. Known profiles: {known}."
            " Change the plan's `model`, or add the profile to LLM_PROFILES."
        )
    return profile


class _Fields:
    """Takes typed values out of one profile's dict; what is left over at the end is unknown."""

    def __init__(self, profile: str, fields: dict[str, object]) -> None:
        self._profile = profile
        self._fields = fields
        self._asked: list[str] = []

    def text(self, name: str, default: str | None = None) -> str:
        value = self._take(name, default)
        if not isinstance(value, str):
            raise self._wrong(name, value, "a text")
        return value

    def url(self, name: str) -> str:
        value = self.text(name)
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise self._wrong(name, value, "an address that starts with http:// or https://")
        return value.rstrip("/")

    def choice(self, name: str, choices: type[Choice], default: Choice | None = None) -> Choice:
        value = self._take(name, default)
        try:
            return choices(str(value))
        except ValueError:
            raise self._wrong(name, value, f"one of {', '.join(choices)}") from None

    def count(self, name: str) -> int:
        value = self._take(name, None)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise self._wrong(name, value, "a whole number of at least 1")
        return value

    def seconds(self, name: str, default: float | None = None) -> float:
        value = self._take(name, default)
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < inf:
            raise self._wrong(name, value, "a number of seconds above 0")
        return float(value)

    def flag(self, name: str, *, default: bool) -> bool:
        value = self._take(name, default)
        if not isinstance(value, bool):
            raise self._wrong(name, value, "True or False")
        return value

    def refuse_the_rest(self) -> None:
        for name in self._fields:
            raise InvalidProfile(
                f"LLM profile {self._profile!r} has the unknown field {name!r}."
                f" Known fields: {', '.join(self._asked)}."
            )

    def _take(self, name: str, default: object) -> object:
        value = self._take_optional(name)
        if value is None:
            value = default
        if value is None:
            raise InvalidProfile(f"LLM profile {self._profile!r} needs the field {name!r}.")
        return value

    def _take_optional(self, name: str) -> object:
        self._asked.append(name)
        return self._fields.pop(name, None)

    def _wrong(self, name: str, value: object, expected: str) -> InvalidProfile:
        return InvalidProfile(
            f"LLM profile {self._profile!r}: {name!r} is {value!r}; it must be {expected}."
        )
