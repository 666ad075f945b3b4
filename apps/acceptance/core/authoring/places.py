"""A place in data that nobody vouches for, and the strict ways to read it."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from apps.acceptance.core.checks import Step, StepKind

MAX_TEXT = 20_000  # characters of one text
MAX_ITEMS = 2_000  # of one list
MAX_NAME = 100  # characters
_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
# They turn text into code, or reach behind the data, wherever they are called.
_FORBIDDEN = frozenset(
    {"constructor", "prototype", "eval", "exec", "compile", "Function", "format_map"}
)


class InvalidCheck(ValueError):
    """The data are no check; the text names the place and says why."""


@dataclass(frozen=True, slots=True)
class Place:
    """A value with the way to it; every method raises InvalidCheck for what it does not expect."""

    value: object
    where: str  # "check.args[2]"

    def fail(self, why: str) -> InvalidCheck:
        return InvalidCheck(f"`{self.where}` {why}.")

    def fields(
        self, required: Collection[str], optional: Collection[str] = ()
    ) -> dict[str, "Place"]:
        """The entries of an object that has all of the one, any of the other, and nothing else."""
        if not isinstance(self.value, Mapping):
            raise self.fail("is no object")
        known = {*required, *optional}
        for name in self.value:
            if name not in known:
                raise self.fail(f"has a field {str(name)[:40]!r} that is not known")
        for name in required:
            if name not in self.value:
                raise self.fail(f"has no field {name!r}")
        return {name: Place(each, f"{self.where}.{name}") for name, each in self.value.items()}

    def items(self, limit: int = MAX_ITEMS) -> list["Place"]:
        if not isinstance(self.value, list):
            raise self.fail("is no list")
        if len(self.value) > limit:
            raise self.fail(f"has more than {limit:,} items")
        return [Place(each, f"{self.where}[{number}]") for number, each in enumerate(self.value)]

    def pair(self) -> tuple["Place", "Place"]:
        both = self.items(limit=2)
        if len(both) != 2:
            raise self.fail("is no pair")
        return both[0], both[1]

    def text(self, limit: int = MAX_TEXT) -> str:
        if not isinstance(self.value, str):
            raise self.fail("is no text")
        if len(self.value) > limit:
            raise self.fail(f"has more than {limit:,} characters")
        return self.value

    def one_of(self, known: Collection[str]) -> str:
        found = self.text()
        if found not in known:
            raise self.fail(f"is {found[:40]!r}, and may be: {', '.join(sorted(known))}")
        return found

    def flag(self) -> bool:
        if not isinstance(self.value, bool):
            raise self.fail("is neither true nor false")
        return self.value

    def whole(self, low: int, high: int) -> int:
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            raise self.fail("is no whole number")
        if not low <= self.value <= high:
            raise self.fail(f"lies outside {low:,} to {high:,}")
        return self.value

    def name(self) -> str:
        """An identifier of Python or JavaScript that does not reach behind the data."""
        found = self.text(MAX_NAME)
        if not _NAME.fullmatch(found) or "__" in found or found in _FORBIDDEN:
            raise self.fail(f"is {found[:40]!r}, which is no name that a test may use")
        return found

    def index(self) -> int | str:
        if isinstance(self.value, str):
            return self.text()
        return self.whole(-(10**9), 10**9)


def attribute(place: Place) -> Step:
    return Step(StepKind.ATTRIBUTE, place.name())
