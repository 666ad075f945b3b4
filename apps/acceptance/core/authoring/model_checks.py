"""One check as a model writes it, read strictly into a typed one."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from apps.acceptance.core.authoring.model_values import Values
from apps.acceptance.core.authoring.places import Place
from apps.acceptance.core.authoring.quotes import find_quote
from apps.acceptance.core.binding import PYTHON_ERRORS, SCRIPT_ERRORS, Scope
from apps.acceptance.core.checks import (
    Args,
    Bound,
    Check,
    CheckKind,
    CheckSource,
    Given,
    Literal,
    Made,
    Observation,
    Span,
    Story,
    Target,
)
from apps.acceptance.core.literals import parts_of

MAX_GIVEN = 20
MAX_THEN = 20
MAX_INPUTS = 24
MAX_NAME = 30  # characters of a given name
MAX_SIZE = 10_000_000  # characters or items of a timed input
MAX_SECONDS = 60
RESULT = "result"
_UNITS = ("", "length", "multiple")
_TYPES = ("str", "int", "float", "number", "bool", "list", "dict", "tuple", "set", "bytes")
_CALL = ("args", "named")
_STORY = ("given", "then")


@dataclass(frozen=True, slots=True)
class Form:
    """Which fields an entry of one kind has, besides its kind, its target and its quote."""

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()
    is_about_inputs: bool = False  # `inputs`, or one call by `args`


_INPUTS = ("inputs", *_CALL)
FORMS: Mapping[CheckKind, Form] = {
    CheckKind.RETURNS: Form(
        ("expect",),
        ("property", "take", *_CALL, *_STORY),
        ("contains", "starts_with", "ends_with"),
    ),
    CheckKind.RAISES: Form(("raises",), (*_CALL, *_STORY)),
    CheckKind.ACCEPTS: Form(("inputs",), ("refused", "raises", "property", "bound"), ("boolean",)),
    CheckKind.REJECTS: Form(("refused",), ("inputs", "raises", "property", "bound"), ("boolean",)),
    CheckKind.IDEMPOTENT: Form((), _INPUTS, is_about_inputs=True),
    CheckKind.INVERSE: Form(("partner",), _INPUTS, is_about_inputs=True),
    CheckKind.NEVER_RAISES: Form(("inputs",), is_about_inputs=True),
    CheckKind.DETERMINISTIC: Form(("inputs",), is_about_inputs=True),
    CheckKind.NO_MUTATION: Form(("inputs",), is_about_inputs=True),
    CheckKind.SORTED: Form(
        ("property",), ("take", *_INPUTS), ("ascending", "descending"), is_about_inputs=True
    ),
    CheckKind.TYPE: Form(("property",), ("take", *_INPUTS), _TYPES, is_about_inputs=True),
    CheckKind.CASE: Form(
        ("property",), ("take", *_INPUTS), ("lower", "upper", "insensitive"), is_about_inputs=True
    ),
    CheckKind.LENGTH: Form(("bound",), ("take", *_INPUTS), is_about_inputs=True),
    CheckKind.RANGE: Form(("bound",), ("take", *_INPUTS), is_about_inputs=True),
    CheckKind.PERFORMANCE: Form(("seconds",), ("size", *_INPUTS)),
}


def read_check(place: Place, *, requirement: str, text: str, scope: Scope) -> Check:
    """The check at a place, without its number.

    Raises InvalidCheck for what is no such check, and UnboundError for a name that the plan lacks.
    """
    return _Reader(requirement, text, scope).check(place)


class _Reader:
    def __init__(self, requirement: str, text: str, scope: Scope) -> None:
        self.requirement = requirement
        self.text = text
        self.scope = scope
        self.values = Values(scope)

    def check(self, place: Place) -> Check:
        kind, form = _kind(place)
        fields = place.fields(("kind", "target", "quote", *form.required), form.optional)
        span = self._span(fields["quote"])
        given = self._given(fields)  # first, for the call may use its names
        target = self.values.callee(fields["target"])
        if not target.path and target.symbol:
            raise fields["target"].fail("is no atom of the plan")
        args, named = self._call(fields, target)
        self._has_enough(place, fields, form, target, args, named)
        expect = self.values.value(fields["expect"]) if "expect" in fields else None
        then = self._then(fields, is_result=kind is CheckKind.RETURNS)
        return Check(
            id="",
            requirement=self.requirement,
            kind=kind,
            target=target,
            args=args,
            expect=expect,
            raises=self._error(fields),
            bound=self._bound(fields),
            property=_property(fields, form),
            span=span,
            named=named,
            steps=self.values.steps(fields["take"]) if "take" in fields else (),
            is_new=self.values.is_new(target),
            inputs=self._rows(fields, "inputs", target),
            refused=self._rows(fields, "refused", target),
            partner=self._partner(fields),
            source=CheckSource.MODEL,
            story=Story(given, then) if given or then else None,
        )

    def _span(self, place: Place) -> Span:
        span = find_quote(place.text(), self.text)
        if span is None:
            raise place.fail("does not stand in the requirement")
        return span

    def _call(
        self, fields: Mapping[str, Place], target: Target
    ) -> tuple[Args, tuple[tuple[str, Literal], ...]]:
        args = self.values.row(fields["args"]) if "args" in fields else ()
        named = self.values.named(fields["named"], target) if "named" in fields else ()
        return args, named

    def _has_enough(
        self,
        place: Place,
        fields: Mapping[str, Place],
        form: Form,
        target: Target,
        args: Args,
        named: Collection[Any],
    ) -> None:
        """One call, or a list of inputs: both, or neither, say nothing clear."""
        has_inputs = bool({"inputs", "refused", "size"} & set(fields))
        has_call = bool({"args", "named"} & set(fields))
        if has_inputs and has_call:
            raise place.fail("has both `inputs` and one call; write one of them")
        if form.is_about_inputs and not (has_inputs or has_call):
            raise place.fail("has no input; write `inputs` or `args`")
        if not has_inputs:
            self.values.fits(target, len(args) + len(named))

    # --- the story --------------------------------------------------------------------------

    def _given(self, fields: Mapping[str, Place]) -> tuple[Given, ...]:
        if "given" not in fields:
            return ()
        return tuple(self._one_given(each) for each in fields["given"].items(MAX_GIVEN))

    def _one_given(self, place: Place) -> Given:
        fields = place.fields(("value",), ("name",))
        value = self.values.value(fields["value"])
        if "name" not in fields:
            if not isinstance(value, Made):
                raise fields["value"].fail("does nothing: without a name it must be a call")
            return Given("", value)
        name = fields["name"].name()
        if len(name) > MAX_NAME or name == RESULT or name in self.values.names:
            raise fields["name"].fail("is taken, reserved or too long")
        self.values.give(name, value)
        return Given(name, value)

    def _then(self, fields: Mapping[str, Place], *, is_result: bool) -> tuple[Observation, ...]:
        if "then" not in fields:
            return ()
        self.values.names |= {RESULT} if is_result else set()
        return tuple(self._observation(each) for each in fields["then"].items(MAX_THEN))

    def _observation(self, place: Place) -> Observation:
        fields = place.fields(("value",), ("expect", "length"))
        value = self.values.value(fields["value"])
        if not isinstance(value, Made):
            raise fields["value"].fail("is no call and no given name, so it shows nothing")
        if len(fields) != 2:
            raise place.fail("needs `expect` or `length`, and not both")
        if "length" in fields:
            return Observation(value, fields["length"].whole(0, MAX_SIZE), is_length=True)
        return Observation(value, self.values.value(fields["expect"]))

    # --- the rest ---------------------------------------------------------------------------

    def _rows(self, fields: Mapping[str, Place], name: str, target: Target) -> tuple[Args, ...]:
        return tuple(self._inputs(fields[name], target)) if name in fields else ()

    def _inputs(self, place: Place, target: Target) -> Iterator[Args]:
        rows = place.items(MAX_INPUTS)
        if not rows:
            raise place.fail("is empty")
        for each in rows:
            row = self.values.row(each)
            self.values.fits(target, len(row))
            if any(isinstance(part, Made) and part.target.path for part in _parts(row)):
                raise each.fail("calls an atom; write that as one call with `args`")
            yield row

    def _error(self, fields: Mapping[str, Place]) -> str:
        if "raises" not in fields:
            return ""
        name = fields["raises"].name()
        known = SCRIPT_ERRORS if self.scope.is_script else PYTHON_ERRORS
        if name not in known and name not in self.scope.symbols:
            raise fields["raises"].fail("is neither an error of the language nor an atom")
        if name == "NotImplementedError":
            raise fields["raises"].fail("is what unfinished code raises")
        return name

    def _partner(self, fields: Mapping[str, Place]) -> Target | None:
        """The inverse; or the class of the error when it is an atom."""
        if "partner" in fields:
            return self.values.callee(fields["partner"])
        name = self._error(fields)
        return self.scope.error(name) if name else None

    def _bound(self, fields: Mapping[str, Place]) -> Bound | None:
        if "seconds" in fields:
            size = fields["size"].whole(1, MAX_SIZE) if "size" in fields else None
            return Bound(low=size, high=_seconds(fields["seconds"]), unit="s")
        return _limits(fields["bound"]) if "bound" in fields else None


def _kind(place: Place) -> tuple[CheckKind, Form]:
    if not isinstance(place.value, Mapping) or "kind" not in place.value:
        raise place.fail("is no object with a `kind`")
    known = {kind.value: kind for kind in FORMS}
    kind = known[Place(place.value["kind"], f"{place.where}.kind").one_of(known)]
    return kind, FORMS[kind]


def _property(fields: Mapping[str, Place], form: Form) -> str:
    return fields["property"].one_of(form.properties) if "property" in fields else ""


def _seconds(place: Place) -> float:
    found = place.value
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise place.fail("is no number")
    if not 0 < found <= MAX_SECONDS:
        raise place.fail(f"lies outside 0 to {MAX_SECONDS}")
    return float(found)


def _limits(place: Place) -> Bound:
    fields = place.fields((), ("low", "high", "low_open", "high_open", "unit"))
    low, high = (_number(fields[name]) if name in fields else None for name in ("low", "high"))
    unit = fields["unit"].one_of(_UNITS) if "unit" in fields else ""
    if low is None and (high is None or unit == "multiple"):
        raise place.fail("has no end")
    if low is not None and high is not None and low > high:
        raise place.fail("ends before it begins")
    return Bound(
        low,
        high,
        "low_open" in fields and fields["low_open"].flag(),
        "high_open" in fields and fields["high_open"].flag(),
        unit,
    )


def _number(place: Place) -> int | float:
    if isinstance(place.value, bool) or not isinstance(place.value, int | float):
        raise place.fail("is no number")
    if abs(place.value) > 10**15:
        raise place.fail("is too large")
    return place.value


def _parts(row: Args) -> Iterator[Literal]:
    for value in row:
        yield from parts_of(value)
