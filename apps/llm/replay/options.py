"""What the replay server can be told, at start and while it runs."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum


class InvalidOption(ValueError):
    """An option has a value that it cannot have; the text says what it may be."""


class OutageMode(StrEnum):
    """How the server is away."""

    ERROR = "error"  # answers 503
    DROP = "drop"  # breaks the connection in the middle of an answer
    HANG = "hang"  # says nothing until the outage is over


@dataclass(frozen=True, slots=True)
class Outage:
    """A time without answers, counted from the start of the server."""

    start_s: float
    duration_s: float

    def covers(self, elapsed_s: float) -> bool:
        """Whether the outage lasts at that second; its end does not belong to it."""
        return self.start_s <= elapsed_s < self.start_s + self.duration_s


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """All faults and delays. The default is a server that answers at once, always."""

    seed: int = 0
    median_ms: float = 0.0  # median of the log-normal latency
    sigma: float = 0.0  # its spread: standard deviation of the logarithm
    error_rate: float = 0.0  # share of requests that fail, from 0 to 1
    error_status: int = 500
    rate_limit_rps: float | None = None  # requests per second; above it the answer is 429
    knee: int | None = None  # concurrent requests above which latency grows in proportion
    outages: tuple[Outage, ...] = ()
    outage: bool = False  # on or off by hand, besides the windows
    outage_mode: OutageMode = OutageMode.ERROR
    auth_key: str | None = None  # the only key that is let in

    def describe(self) -> dict[str, object]:
        """Return the options as JSON, the key left out."""
        shown = asdict(self)
        shown["auth_key"] = None if self.auth_key is None else "set"
        return shown


def change(options: ReplayOptions, wishes: Mapping[str, object]) -> ReplayOptions:
    """Return the options with some of them changed; raises InvalidOption, which says why."""
    known = [field.name for field in fields(ReplayOptions)]
    unknown = [name for name in wishes if name not in known]
    if unknown:
        raise InvalidOption(f"There is no option {unknown[0]!r}. Options: {', '.join(known)}.")
    values = {name: _READERS[name](name, value) for name, value in wishes.items()}
    return replace(options, **values)  # type: ignore[arg-type]  # each reader returns its field's type


def parse_outage(text: str) -> Outage:
    """Read "START:DURATION" in seconds; raises InvalidOption."""
    start, _, duration = text.partition(":")
    return _outage("outage", {"start_s": start, "duration_s": duration})


def _number(name: str, value: object) -> float:
    try:
        number = float(value)  # type: ignore[arg-type]  # whatever it is, float() decides
    except (TypeError, ValueError):
        number = math.nan
    if isinstance(value, bool) or not math.isfinite(number):
        raise InvalidOption(f"{name} is {value!r}; it must be a number.")
    return number


def _not_negative(name: str, value: object) -> float:
    number = _number(name, value)
    if number < 0:
        raise InvalidOption(f"{name} is {value!r}; it must not be negative.")
    return number


def _share(name: str, value: object) -> float:
    number = _number(name, value)
    if not 0 <= number <= 1:
        raise InvalidOption(f"{name} is {value!r}; it must be between 0 and 1.")
    return number


def _whole(name: str, value: object) -> int:
    number = _number(name, value)
    if number != int(number):
        raise InvalidOption(f"{name} is {value!r}; it must be a whole number.")
    return int(number)


def _status(name: str, value: object) -> int:
    status = _whole(name, value)
    if not 400 <= status <= 599:
        raise InvalidOption(f"{name} is {value!r}; it must be a status from 400 to 599.")
    return status


def _rate_or_none(name: str, value: object) -> float | None:
    if value is None:
        return None
    rate = _number(name, value)
    if rate <= 0:
        raise InvalidOption(f"{name} is {value!r}; it must be above 0, or null for no limit.")
    return rate


def _knee_or_none(name: str, value: object) -> int | None:
    if value is None:
        return None
    knee = _whole(name, value)
    if knee < 1:
        raise InvalidOption(f"{name} is {value!r}; it must be at least 1, or null for none.")
    return knee


def _flag(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise InvalidOption(f"{name} is {value!r}; it must be true or false.")
    return value


def _mode(name: str, value: object) -> OutageMode:
    try:
        return OutageMode(value)  # type: ignore[arg-type]  # ValueError for anything else
    except ValueError:
        modes = ", ".join(OutageMode)
        raise InvalidOption(f"{name} is {value!r}; it must be one of {modes}.") from None


def _key_or_none(name: str, value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value or None
    raise InvalidOption(f"{name} must be a text, or null for no key.")


def _outage(name: str, value: object) -> Outage:
    if not isinstance(value, Mapping) or set(value) != {"start_s", "duration_s"}:
        raise InvalidOption(f"{name} must have start_s and duration_s.")
    start_s = _not_negative(f"{name}.start_s", value["start_s"])
    return Outage(start_s, _not_negative(f"{name}.duration_s", value["duration_s"]))


def _outages(name: str, value: object) -> tuple[Outage, ...]:
    if not isinstance(value, list | tuple):
        raise InvalidOption(f"{name} is {value!r}; it must be a list.")
    return tuple(entry if isinstance(entry, Outage) else _outage(name, entry) for entry in value)


_READERS = {
    "seed": _whole,
    "median_ms": _not_negative,
    "sigma": _not_negative,
    "error_rate": _share,
    "error_status": _status,
    "rate_limit_rps": _rate_or_none,
    "knee": _knee_or_none,
    "outages": _outages,
    "outage": _flag,
    "outage_mode": _mode,
    "auth_key": _key_or_none,
}
