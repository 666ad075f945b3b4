"""Templates for limits: of an argument, and of a result's value or length."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from apps.acceptance.core import limit_words as words
from apps.acceptance.core.binding import UnboundError
from apps.acceptance.core.checks import (
    Args,
    Bound,
    CheckKind,
    Free,
    Literal,
    Made,
    QuestionCode,
    Span,
    Target,
)
from apps.acceptance.core.inputs import plain_type, sample_inputs, with_value
from apps.acceptance.core.masking import TokenKind
from apps.acceptance.core.scene import Answer, Scene, error_name

Number = int | float | Decimal
MAX_LENGTH = 5_000  # characters or items of a value that is written out


class Role(StrEnum):
    ACCEPT = "accept"
    REJECT = "reject"
    RESULT = "result"


@dataclass(frozen=True, slots=True)
class Stated:
    """One limit as a sentence states it, before its role is known."""

    bound: Bound
    start: int  # in the sentence
    end: int


def read_bounds(scene: Scene) -> Iterator[Answer]:
    """between, at least, at most, multiples: of an argument when it is accepted or rejected."""
    for match in re.finditer(r"(?:[^.;\n|]|\.(?=\S))+", scene.masked.text):
        stated = _alike(list(_stated(scene, match[0])))
        if stated and not _has_equation(scene, match[0]):
            yield from _judge(scene, match[0], match.start(), stated)


def _has_equation(scene: Scene, sentence: str) -> bool:
    """Whether a call stands in it whose arguments are calls: `f(port)` only names the parameter."""
    forms = [token.value for token in scene.masked.all_in(sentence) if token.kind is TokenKind.FORM]
    return any(
        not isinstance(form, Made) or not all(isinstance(each, Free) for each in form.args)
        for form in forms
    )


def _alike(stated: list[Stated]) -> list[Stated]:
    """At least 3 and at most 20 characters: the unit behind the last limit is that of both."""
    units = [each.bound.unit for each in stated]
    if sorted(units) != ["", "length"]:
        return stated
    return [replace(each, bound=replace(each.bound, unit="length")) for each in stated]


def _judge(scene: Scene, sentence: str, start: int, stated: list[Stated]) -> Iterator[Answer]:
    role = _role(scene, sentence, stated)
    if role is None:
        return
    before = scene.masked.text[: start + len(sentence)]
    span = scene.span(sentence)
    try:
        target = scene.target(before)
        if role is Role.ACCEPT and _names_result(sentence, target, stated):
            role = Role.RESULT
        if role is Role.RESULT:
            yield from _of_result(scene, sentence, target, stated, span)
        else:
            yield from _of_argument(scene, sentence, target, role, stated)
    except UnboundError as error:
        yield scene.refused(error, span)


_ABOUT_INPUT = re.compile(
    r"^(?:is|are|has|check|valid|verify|ensure|assert|accept|require)", re.IGNORECASE
)


def _names_result(sentence: str, target: Target, stated: list[Stated]) -> bool:
    """Whether the limit is one of what comes out: the slug of `slugify` has at most 60 characters."""
    noun = words.OBLIGED_NOUN.search(sentence)
    if noun is None or words.ACCEPTS.search(sentence) or words.REJECTS.search(sentence):
        return False
    name = noun["noun"].lower()
    is_yes_or_no = target.returns in ("bool", "boolean", "None", "void", "")
    if is_yes_or_no or _ABOUT_INPUT.match(target.symbol) or name in target.parameters:
        return False
    parts = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", target.symbol).lower().split("_")
    is_named = any(part.startswith(name[:4]) for part in parts if len(part) > 3)
    is_sized = any(each.bound.unit == "length" for each in stated)
    is_number = plain_type(target.returns) in ("int", "float")
    return is_named and is_sized != is_number


def _role(scene: Scene, sentence: str, stated: list[Stated]) -> Role | None:
    first = min(stated, key=lambda each: each.start)
    head, rest = sentence[: first.start], sentence[max(each.end for each in stated) :]
    boolean = words.BOOLEAN.search(head)
    if boolean is not None and scene.masked.of(boolean["answer"]).value is False:
        return Role.REJECT
    if words.OTHERWISE.search(rest) and (words.ACCEPTS.search(head) or words.OBLIGED.search(head)):
        return Role.ACCEPT
    if boolean is None and words.REJECTS.search(sentence):
        return Role.REJECT
    if words.ACCEPTS.search(head):
        return Role.ACCEPT
    if words.RESULT.search(head):
        return Role.RESULT
    if words.OBLIGED.search(sentence[: first.start + 12]):
        return Role.ACCEPT
    return None


def _stated(scene: Scene, sentence: str) -> Iterator[Stated]:
    taken: list[tuple[int, int]] = []
    for pattern, ends in words.FORMS:
        for match in pattern.finditer(sentence):
            overlaps = any(match.start() < end and start < match.end() for start, end in taken)
            bound = None if overlaps else _bound(scene, sentence, match, ends)
            if bound is not None:
                taken.append(match.span())
                yield Stated(bound, *match.span())
    if not taken:
        for pattern, worded in words.WORDED:
            rest = words.OTHERWISE.search(sentence)
            head = sentence[: rest.start()] if rest else sentence
            found = pattern.search(head)
            if found is not None and not words.REJECTS.search(head):
                yield Stated(worded, *found.span())


def _bound(scene: Scene, sentence: str, match: re.Match[str], ends: str) -> Bound | None:
    groups = match.groupdict()
    low = _number(scene, groups.get("low"))
    high = _number(scene, groups.get("high"))
    after = sentence[match.end() :]
    if (
        (low is None and high is None)
        or words.TIME_AFTER.match(after)
        or words.OTHER_UNIT.match(after)
    ):
        return None
    if ends == "*":
        return Bound(low=low, unit="multiple") if low else None
    if ends == "==":
        high = low
    before = sentence[: match.start()]
    is_length = (
        words.LENGTH_AFTER.match(after)
        or words.LENGTH_BEFORE.search(before)
        or (words.LENGTH_WITHIN.search(match[0]))
    )
    is_open = bool(words.EXCLUSIVE.search(after[:30]))
    return Bound(
        low,
        high,
        is_low_open=ends == "(" or (is_open and low is not None),
        is_high_open=ends == ")" or (is_open and high is not None),
        unit="length" if is_length else "",
    )


def _number(scene: Scene, placeholder: str | None) -> Number | None:
    value = scene.masked.of(placeholder).value if placeholder else None
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or value != value
        or abs(value) > 1e15
    ):
        return None
    return value


# --- of an argument -----------------------------------------------------------------------------


def _of_argument(
    scene: Scene, sentence: str, target: Target, role: Role, stated: list[Stated]
) -> Iterator[Answer]:
    first, last = min(each.start for each in stated), max(each.end for each in stated)
    span = scene.span(sentence)
    allowed = _merged([_allowed(sentence, role, each) for each in stated])
    errors = [token for token in scene.masked.all_in(sentence) if token.kind is TokenKind.ERROR]
    place = _place(sentence, scene, target)
    for bound in allowed:
        values = boundary_values(bound)
        item = "1" if any(_counts_digits(sentence, each) for each in stated) else "a"
        inputs = [
            (_arguments(target, place, bound, value, item), bound.holds(value)) for value in values
        ]
        if any(args is None for args, _ in inputs):
            text = f"Which value does `{target.symbol}` get for {_words(bound)}? Write one call."
            yield scene.ask(QuestionCode.AMBIGUOUS_VALUE, text, span)
            continue
        name = error_name(errors[0]) if errors else ""
        partner = scene.scope.error(name) if name else None
        yield scene.check(
            CheckKind.REJECTS if role is Role.REJECT else CheckKind.ACCEPTS,
            Made(target),
            span,
            bound=bound,
            raises=name,
            partner=partner,
            property_=_answer_form(sentence[:first] + sentence[last:], target, name),
            inputs=tuple(args for args, holds in inputs if holds and args is not None),
            refused=tuple(args for args, holds in inputs if not holds and args is not None),
        )


def _counts_digits(sentence: str, stated: Stated) -> bool:
    return bool(words.DIGITS_AFTER.match(sentence[stated.end :]))


def _words(bound: Bound) -> str:
    ends = [f"from {bound.low}"] * (bound.low is not None) + [f"to {bound.high}"] * (
        bound.high is not None
    )
    return " ".join(ends)


def _answer_form(rest: str, target: Target, error: str) -> str:
    """ "boolean" for a function that answers true or false, "" for one that raises."""
    says_true = re.search(r"\b(?:returns?|devuelve)\b[^.]*⟦v", rest)
    if error and not says_true:
        return ""
    return "boolean" if target.returns in ("bool", "boolean") or says_true else ""


def _allowed(sentence: str, role: Role, stated: Stated) -> Bound:
    """What may pass: a limit that is stated for what is rejected is turned around."""
    bound, head = stated.bound, sentence[: stated.start]
    is_outside = words.TURNED.search(head + sentence[stated.start : stated.start + 7])
    if role is Role.ACCEPT or is_outside or bound.unit == "multiple":
        return bound
    if bound.low is not None and bound.high is not None:
        return Bound(unit="inside")  # an inner part is refused: left to a person
    return Bound(
        bound.high,
        bound.low,
        is_low_open=bound.high is not None and not bound.is_high_open,
        is_high_open=bound.low is not None and not bound.is_low_open,
        unit=bound.unit,
    )


def _merged(bounds: list[Bound]) -> list[Bound]:
    """A low and a high end of one thing make one bound."""
    kept = [bound for bound in bounds if bound.unit != "inside"]
    if len(kept) == 2 and kept[0].unit == kept[1].unit != "multiple":
        low = next((each for each in kept if each.low is not None and each.high is None), None)
        high = next((each for each in kept if each.high is not None and each.low is None), None)
        if low and high:
            return [replace(low, high=high.high, is_high_open=high.is_high_open)]
    return kept


def boundary_values(bound: Bound) -> list[Number]:
    """One step below, on and above each end: b - 1, b, b + 1."""
    if bound.unit == "multiple" and bound.low is not None:
        step = bound.low
        around = (
            [step, 2 * step]
            if isinstance(step, float) or abs(step) == 1
            else [step - 1, step, step + 1, 2 * step]
        )
        return list(around)
    found: dict[Number, None] = {}
    for end in (bound.low, bound.high):
        if end is not None:
            step = step_of(end)
            found.update(dict.fromkeys(_near(end, step)))
    return [value for value in found if bound.unit != "length" or value >= 0]


def step_of(end: Number) -> Number:
    """1 for a whole number, else one unit of its last decimal place."""
    if isinstance(end, int):
        return 1
    exponent = Decimal(str(end)).as_tuple().exponent
    return Decimal(10) ** min(0, exponent) if isinstance(exponent, int) else 1


def _near(end: Number, step: Number) -> list[Number]:
    if isinstance(end, int):
        return [end - 1, end, end + 1]
    exact = Decimal(str(end))
    return [float(exact - Decimal(step)), end, float(exact + Decimal(step))]


def _place(sentence: str, scene: Scene, target: Target) -> int:
    words = {token.text for token in scene.masked.all_in(sentence) if token.kind is TokenKind.NAME}
    words |= set(re.findall(r"\w+", sentence))
    words |= {word.lower() for word in words}
    words |= {word.removesuffix("s") for word in words}  # sizes below 1
    return next((i for i, name in enumerate(target.parameters) if name.lower() in words), 0)


def _arguments(target: Target, place: int, bound: Bound, value: Number, item: str) -> Args | None:
    """The argument list with a boundary value at its place; None when no such value can be built."""
    written = target.types[place] if place < len(target.types) else ""
    is_length = bound.unit == "length"
    built = _of_length(written, value, item) if is_length else _of_value(written, value)
    return None if built is None else with_value(target, place, built[0])


def _of_value(written: str, value: Number) -> tuple[Literal] | None:
    return (
        None
        if written and plain_type(written) not in ("int", "float") and "|" not in written
        else (value,)
    )


def _of_length(written: str, value: Number, char: str) -> tuple[Literal] | None:
    if not isinstance(value, int) or not 0 <= value <= MAX_LENGTH:
        return None
    name = plain_type(written) or ("list" if written.lower().startswith("list") else "str")
    if name.startswith("list"):
        item: Literal = "a" if name == "list[str]" else 1
        return ([item] * value,)
    return (char * value,) if name == "str" else None


# --- of a result --------------------------------------------------------------------------------


def _of_result(
    scene: Scene, sentence: str, target: Target, stated: list[Stated], span: Span
) -> Iterator[Answer]:
    calls = [token for token in scene.masked.all_in(sentence) if token.kind is TokenKind.CALL]
    call = scene.scope.bind(calls[0].value) if calls else Made(target)
    if not isinstance(call, Made):
        return
    inputs = () if calls else sample_inputs(call.target)
    if call.target.path and not (calls or inputs):
        text = f"For which input does `{target.symbol}` keep this limit? Write one call."
        yield scene.ask(QuestionCode.NO_INPUT, text, span)
        return
    for bound in _merged([each.bound for each in stated]):
        kind = CheckKind.LENGTH if bound.unit == "length" else CheckKind.RANGE
        yield scene.check(kind, call, span, bound=bound, inputs=inputs)
