"""Values as a model writes them: JSON, with one tagged object for each thing that JSON lacks.

Whatever they say, they become plain data and calls of atoms, bound by name; nothing is evaluated.
"""

import binascii
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal, InvalidOperation

from apps.acceptance.core.authoring.places import InvalidCheck, Place, attribute
from apps.acceptance.core.authoring.value_json import hashable
from apps.acceptance.core.binding import (
    PYTHON_VALUES,
    SCRIPT_FUNCTIONS,
    SCRIPT_VALUES,
    Scope,
    UnboundError,
    takes,
)
from apps.acceptance.core.checks import (
    Absent,
    Literal,
    Made,
    QuestionCode,
    Step,
    StepKind,
    Target,
    given_value,
)
from apps.acceptance.core.literals import parts_of

MAX_DEPTH = 16
MAX_ITEMS = 400  # of one list
MAX_TEXT = 4_000  # characters of one value
MAX_INTEGER = 10**300
MAX_STEPS = 8


# Its methods would touch the files of the process that judges.
_OPAQUE = Target("Path", is_class=True)


class Values:
    """Reads values for one check. `names` are those that its story gave so far.

    Raises InvalidCheck for what is no value, and UnboundError for a name that cannot be bound.
    """

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.names: set[str] = set()
        self._opaque: set[str] = set()

    def give(self, name: str, value: Literal) -> None:
        """Let the values that follow use a name."""
        self.names.add(name)
        if _holds_path(value):
            self._opaque.add(name)

    def value(self, place: Place, depth: int = 0) -> Literal:
        if depth > MAX_DEPTH:
            raise place.fail("is nested too deep")
        value = place.value
        if value is None or isinstance(value, bool | float):
            return value
        if isinstance(value, int):
            return place.whole(-MAX_INTEGER, MAX_INTEGER)
        if isinstance(value, str):
            return place.text(MAX_TEXT)
        if isinstance(value, list):
            return list(self.row(place, depth))
        return self._tagged(place, depth + 1)

    def row(self, place: Place, depth: int = 0) -> tuple[Literal, ...]:
        return tuple(self.value(each, depth + 1) for each in place.items(MAX_ITEMS))

    def named(self, place: Place, target: Target) -> tuple[tuple[str, Literal], ...]:
        """Named arguments, which only Python has."""
        if not isinstance(place.value, Mapping):
            raise place.fail("is no object")
        if place.value and self.scope.is_script:
            raise place.fail("names arguments, which this language does not do")
        found = []
        for name, value in place.value.items():
            inner = Place(value, f"{place.where}.{str(name)[:40]}")
            known = Place(name, inner.where).name()
            if target.parameters and not _has_parameter(target, known):
                raise inner.fail(f"is no parameter of {target.symbol!r}")
            found.append((known, self.value(inner)))
        return tuple(found)

    def steps(self, place: Place) -> tuple[Step, ...]:
        """`"name"` for an attribute, a number or `{"item": "key"}` for an item, `{"call": …}`."""
        return tuple(self._step(each) for each in place.items(MAX_STEPS))

    def _step(self, place: Place) -> Step:
        if isinstance(place.value, str):
            return attribute(place)
        if not isinstance(place.value, Mapping):
            return Step(StepKind.INDEX, index=place.index())
        if "item" in place.value:
            return Step(StepKind.INDEX, index=place.fields(["item"])["item"].index())
        fields = place.fields(["call"], ["args"])
        args = self.row(fields["args"]) if "args" in fields else ()
        return Step(StepKind.METHOD, fields["call"].name(), args=args)

    # --- tags -------------------------------------------------------------------------------

    def _tagged(self, place: Place, depth: int) -> Literal:
        if not isinstance(place.value, Mapping):
            raise place.fail("is no value")
        tags = [key for key in place.value if str(key).startswith("$")]
        if not tags:
            return {
                str(key): self.value(Place(value, f"{place.where}.{str(key)[:40]}"), depth)
                for key, value in place.value.items()
            }
        tag = tags[0]
        if tag not in _TAGS:
            raise place.fail(f"has a tag {tag[:40]!r} that is not known")
        return _TAGS[tag](self, place.fields([tag])[tag], depth)

    def call(self, place: Place, depth: int) -> Made:
        fields = place.fields(["target"], ["args", "named", "take"])
        target = self.callee(fields["target"])
        args = self.row(fields["args"], depth) if "args" in fields else ()
        named = self.named(fields["named"], target) if "named" in fields else ()
        self.fits(target, len(args) + len(named))
        steps = self.steps(fields["take"]) if "take" in fields else ()
        if steps and target == _OPAQUE:
            raise place.fail("takes something from a path, which only the code may do")
        return Made(target, args, named, steps, self.is_new(target))

    def callee(self, place: Place) -> Target:
        """The atom or the value type of a name."""
        name = place.text(limit=200)
        for part in name.split("."):
            Place(part, place.where).name()
        values = SCRIPT_VALUES if self.scope.is_script else PYTHON_VALUES
        if name in values and name not in self.scope.symbols:
            return Target(name, is_class=True)
        return self.scope.find(name)

    def fits(self, target: Target, count: int) -> None:
        if not takes(target, count):
            raise UnboundError(
                QuestionCode.TOO_MANY_ARGUMENTS,
                f"`{target.symbol}` cannot be called with {count} arguments. Correct the requirement or"
                " the signature.",
            )

    def is_new(self, target: Target) -> bool:
        return self.scope.is_script and target.is_class and target.symbol not in SCRIPT_FUNCTIONS

    def given(self, place: Place, depth: int) -> Made:
        """A name of the story, or such a name with what is taken from it."""
        del depth
        is_bare = isinstance(place.value, str)
        fields = {"name": place} if is_bare else place.fields(["name"], ["take"])
        name = fields["name"].name()
        if name not in self.names:
            raise fields["name"].fail(f"is {name!r}, which was not given before")
        steps = self.steps(fields["take"]) if "take" in fields else ()
        if steps and name in self._opaque:
            raise place.fail("takes something from a path, which only the code may do")
        return given_value(name, *steps)

    def decimal(self, place: Place, depth: int) -> Made:
        """`Decimal("1.50")`, which tests write as a call."""
        del depth
        spelled = place.text(limit=100)
        try:
            Decimal(spelled)
        except InvalidOperation as error:
            raise place.fail("is no decimal number") from error
        if self.scope.is_script:
            raise place.fail("is a decimal number, which this language lacks")
        return Made(Target("Decimal", is_class=True), (spelled,))

    def mapping(self, place: Place, depth: int) -> Literal:
        pairs = [each.pair() for each in place.items(MAX_ITEMS)]
        keys = hashable(place, (self.value(key, depth) for key, _ in pairs))
        return dict(zip(keys, (self.value(value, depth) for _, value in pairs), strict=True))

    def unordered(self, place: Place, depth: int) -> set[Literal]:
        return set(hashable(place, self.row(place, depth)))


def _holds_path(value: Literal) -> bool:
    """Whether a path can be reached in a value; what an atom returned is the code's own."""
    if isinstance(value, Made) and value.target.path:
        return False
    return any(isinstance(part, Made) and part.target == _OPAQUE for part in parts_of(value))


def _has_parameter(target: Target, name: str) -> bool:
    return name in target.parameters or any(each.startswith("**") for each in target.parameters)


def _bytes(values: Values, place: Place, depth: int) -> bytes:
    del values, depth
    try:
        return binascii.unhexlify(place.text(limit=2 * MAX_TEXT))
    except (binascii.Error, ValueError) as error:
        raise place.fail("is no text of hexadecimal digits") from error


def _float(values: Values, place: Place, depth: int) -> float:
    del values, depth
    return float(place.one_of(("nan", "inf", "-inf")))


def _undefined(values: Values, place: Place, depth: int) -> Absent:
    del depth
    if not place.flag() or not values.scope.is_script:
        raise place.fail("is nothing that this language has")
    return Absent.UNDEFINED


_TAGS: Mapping[str, Callable[[Values, Place, int], Literal]] = {
    "$call": Values.call,
    "$given": Values.given,
    "$decimal": Values.decimal,
    "$tuple": Values.row,
    "$set": Values.unordered,
    "$frozenset": lambda values, place, depth: frozenset(values.unordered(place, depth)),
    "$dict": Values.mapping,
    "$bytes": _bytes,
    "$float": _float,
    "$undefined": _undefined,
}
TAGS: Collection[str] = tuple(_TAGS)
__all__ = ["TAGS", "InvalidCheck", "Values"]
