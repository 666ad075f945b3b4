"""Checks as plain data of JSON, for keeping; reading them back trusts nothing that was kept."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from apps.acceptance.core.authoring.places import InvalidCheck, Place
from apps.acceptance.core.authoring.value_json import (
    made_as_data,
    made_from_data,
    named_from_data,
    steps_as_data,
    steps_from_data,
    symbol_from_data,
    target_as_data,
    target_from_data,
    value_as_data,
    value_from_data,
    values_from_data,
)
from apps.acceptance.core.checks import (
    Args,
    Bound,
    Check,
    CheckKind,
    CheckSource,
    Example,
    Given,
    Observation,
    Span,
    Story,
    Trait,
)

__all__ = ["InvalidCheck", "check_as_data", "check_from_data"]

FORMAT = 1  # counts up when older data are read in another way
MAX_POSITION = 10_000_000  # characters
MAX_TEXT = 100_000  # characters of a written test
_UNITS = ("", "length", "multiple", "s")
_FIELDS = (
    "format", "id", "requirement", "kind", "target", "args", "expect", "raises", "bound", "property", "span",
    "is_held_out", "is_low_trust", "is_unproven", "named", "steps", "is_new", "inputs", "refused", "partner",
    "example", "traits", "is_tabular", "source", "story", "text",
)  # fmt: skip


def check_as_data(check: Check) -> dict[str, Any]:
    """The check as data that strict JSON can hold, from which `check_from_data` makes an equal one."""
    return {
        "format": FORMAT,
        "id": check.id,
        "requirement": check.requirement,
        "kind": check.kind.value,
        "target": target_as_data(check.target),
        "args": _row(check.args),
        "expect": value_as_data(check.expect),
        "raises": check.raises,
        "bound": _bound_as_data(check.bound) if check.bound else None,
        "property": check.property,
        "span": [check.span.start, check.span.end],
        "is_held_out": check.is_held_out,
        "is_low_trust": check.is_low_trust,
        "is_unproven": check.is_unproven,
        "named": [[name, value_as_data(value)] for name, value in check.named],
        "steps": steps_as_data(check.steps),
        "is_new": check.is_new,
        "inputs": [_row(args) for args in check.inputs],
        "refused": [_row(args) for args in check.refused],
        "partner": target_as_data(check.partner) if check.partner else None,
        "example": _example_as_data(check.example) if check.example else None,
        "traits": [trait.value for trait in check.traits],
        "is_tabular": check.is_tabular,
        "source": check.source.value,
        "story": _story_as_data(check.story) if check.story else None,
        "text": check.text,
    }


def check_from_data(data: object) -> Check:
    """The check that the data hold. Raises InvalidCheck with a sentence that names the place."""
    fields = Place(data, "check").fields(_FIELDS)
    if fields["format"].value != FORMAT:
        raise fields["format"].fail(f"is not {FORMAT}")
    start, end = fields["span"].pair()
    return Check(
        id=fields["id"].text(limit=200),
        requirement=fields["requirement"].text(limit=200),
        kind=CheckKind(fields["kind"].one_of([each.value for each in CheckKind])),
        target=target_from_data(fields["target"]),
        args=values_from_data(fields["args"]),
        expect=value_from_data(fields["expect"]),
        raises=symbol_from_data(fields["raises"]),
        bound=_bound_from_data(fields["bound"]) if fields["bound"].value is not None else None,
        property=fields["property"].name() if fields["property"].value != "" else "",
        span=Span(start.whole(0, MAX_POSITION), end.whole(0, MAX_POSITION)),
        is_held_out=fields["is_held_out"].flag(),
        is_low_trust=fields["is_low_trust"].flag(),
        is_unproven=fields["is_unproven"].flag(),
        named=named_from_data(fields["named"]),
        steps=steps_from_data(fields["steps"]),
        is_new=fields["is_new"].flag(),
        inputs=_rows(fields["inputs"]),
        refused=_rows(fields["refused"]),
        partner=(
            target_from_data(fields["partner"]) if fields["partner"].value is not None else None
        ),
        example=(
            _example_from_data(fields["example"]) if fields["example"].value is not None else None
        ),
        traits=tuple(
            Trait(each.one_of([trait.value for trait in Trait]))
            for each in fields["traits"].items(limit=len(Trait))
        ),
        is_tabular=fields["is_tabular"].flag(),
        source=CheckSource(fields["source"].one_of([each.value for each in CheckSource])),
        story=_story_from_data(fields["story"]) if fields["story"].value is not None else None,
        text=fields["text"].text(limit=MAX_TEXT),
    )


def _row(values: Args) -> list[Any]:
    return [value_as_data(value) for value in values]


def _rows(place: Place) -> tuple[Args, ...]:
    return tuple(values_from_data(each) for each in place.items())


def _bound_as_data(bound: Bound) -> dict[str, Any]:
    return {
        "low": value_as_data(bound.low),
        "high": value_as_data(bound.high),
        "is_low_open": bound.is_low_open,
        "is_high_open": bound.is_high_open,
        "unit": bound.unit,
    }


def _bound_from_data(place: Place) -> Bound:
    fields = place.fields(("low", "high", "is_low_open", "is_high_open", "unit"))
    return Bound(
        low=number_of(fields["low"]),
        high=number_of(fields["high"]),
        is_low_open=fields["is_low_open"].flag(),
        is_high_open=fields["is_high_open"].flag(),
        unit=fields["unit"].one_of(_UNITS),
    )


def number_of(place: Place) -> int | float | Decimal | None:
    """A number, or None. Raises InvalidCheck."""
    value = value_from_data(place)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise place.fail("is no number")
    return value


def _example_as_data(example: Example) -> dict[str, Any]:
    return {"call": made_as_data(example.call), "expect": value_as_data(example.expect)}


def _example_from_data(place: Place) -> Example:
    fields = place.fields(("call", "expect"))
    return Example(made_from_data(fields["call"]), value_from_data(fields["expect"]))


def _story_as_data(story: Story) -> dict[str, Any]:
    return {
        "given": [[each.name, value_as_data(each.value)] for each in story.given],
        "then": [
            [value_as_data(each.value), value_as_data(each.expect), each.is_length]
            for each in story.then
        ],
    }


def _story_from_data(place: Place) -> Story:
    fields = place.fields(("given", "then"))
    given = (each.pair() for each in fields["given"].items())
    return Story(
        tuple(
            Given(name.name() if name.value != "" else "", value_from_data(value))
            for name, value in given
        ),
        tuple(_observations(fields["then"].items())),
    )


def _observations(places: Iterable[Place]) -> Iterable[Observation]:
    for place in places:
        parts = place.items(limit=3)
        if len(parts) != 3:
            raise place.fail("needs a value, what is expected, and whether that is a length")
        yield Observation(value_from_data(parts[0]), value_from_data(parts[1]), parts[2].flag())
