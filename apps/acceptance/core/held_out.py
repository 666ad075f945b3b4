"""Inputs that no requirement names, drawn by a seed, so that examples learnt by heart do not pass."""

import random
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from apps.acceptance.core.checks import (
    Args,
    Bound,
    Check,
    CheckKind,
    Example,
    Literal,
    Made,
    Span,
    Trait,
)
from apps.acceptance.core.inputs import in_small_letters, sample_inputs
from apps.acceptance.core.literals import is_plain, parts_of
from apps.acceptance.core.read_bounds import step_of

DRAWS = 8  # inputs per example
MAX_DRAWS = 24  # inputs of one held-out check
TRIES = 20  # draws of an item that shall differ from the others
REACH = 50  # steps beyond a limit from which values are drawn
LONG_NUMBER = 6  # digits from which a number in a text may be a code with a check digit
MIN_RELATED = 0.6  # share of a result's letters that stand in its input too
_PROPERTIES = frozenset(
    {
        CheckKind.IDEMPOTENT, CheckKind.INVERSE, CheckKind.NEVER_RAISES, CheckKind.SORTED, CheckKind.TYPE,
        CheckKind.LENGTH, CheckKind.RANGE, CheckKind.CASE, CheckKind.DETERMINISTIC, CheckKind.NO_MUTATION,
    }
)  # fmt: skip
_CLASSES = (
    "aeiou", "bcdfghjklmnpqrstvwxyz", "AEIOU", "BCDFGHJKLMNPQRSTVWXYZ", "123456789",
    "áéíóúàèìòùâêîôûäëïöü", "ÁÉÍÓÚÀÈÌÒÙÂÊÎÔÛÄËÏÖÜ",
)  # fmt: skip


def with_examples(checks: Sequence[Check]) -> tuple[Check, ...]:
    """The checks, with a telling example beside each that code which does nothing could meet.

    That goes for properties and for results such as 0, or the argument itself. The example's input
    also goes first among a property's inputs, for it is one that the function takes.
    """
    stated: dict[tuple[str, str], list[Check]] = {}
    for check in checks:
        is_whole = not (check.property or check.steps or check.is_alone)
        if check.kind is CheckKind.RETURNS and is_whole and not _is_call(check.expect):
            stated.setdefault((check.target.path, check.target.symbol), []).append(check)
    return tuple(
        _exemplified(check, stated.get((check.target.path, check.target.symbol), []))
        for check in checks
    )


def _is_telling(check: Check) -> bool:
    """Whether neither an empty value nor the first argument would do as the result."""
    if isinstance(check.expect, Made) and check.expect.target.path:
        return False  # two calls of code that does nothing agree
    is_empty = not check.expect and not isinstance(check.expect, Made)
    first = check.args[0] if check.args else None
    while isinstance(first, Made) and first.target.path and first.args:
        first = first.args[0]  # what two calls hand on when they hand on everything
    return not is_empty and repr(first) != repr(check.expect)


def _exemplified(check: Check, stated: Sequence[Check]) -> Check:
    """The check with one of the stated results of its function, and inputs that those speak for."""
    found = next(filter(_is_telling, stated), next(iter(stated), None))
    if found is None or found is check or check.example or check.is_alone:
        return check
    if check.kind is CheckKind.RETURNS:
        is_weak = not (_is_telling(check) or check.property)
        return replace(check, example=_example(found)) if is_weak and _is_telling(found) else check
    if check.kind in (CheckKind.ACCEPTS, CheckKind.REJECTS):
        return _with_texts(check, stated)
    if check.kind not in _PROPERTIES | {CheckKind.PERFORMANCE}:
        return check
    inputs = _spoken_for(check, stated)
    if inputs and found.args and not found.named and all(map(is_plain, found.args)):
        inputs = (found.args, *(args for args in inputs if repr(args) != repr(found.args)))
    return replace(check, example=_example(found), inputs=inputs)


def _spoken_for(check: Check, stated: Sequence[Check]) -> tuple[Args, ...]:
    """The inputs of a property; of the range of a result only those within the stated ones.

    A share of a whole lies between 0 and 1 while the part is no larger than the whole.
    """
    if check.kind is CheckKind.INVERSE:
        return _like_stated(check, stated)
    if check.kind is not CheckKind.RANGE or not check.inputs:
        return check.inputs
    examples = [each.args for each in stated if each.args and all(map(is_plain, each.args))]
    if check.target.required > 1:
        return tuple(examples) or check.inputs
    numbers = [args[0] for args in examples if type(args[0]) in (int, float)]
    if not numbers:
        return check.inputs
    low, high = min(numbers), max(numbers)  # type: ignore[type-var]  # numbers by the line above
    return tuple(args for args in check.inputs if low <= args[0] <= high)  # type: ignore[operator]  # as above


def _like_stated(check: Check, stated: Sequence[Check]) -> tuple[Args, ...]:
    """Texts that hold no other kinds of characters than the stated ones: what a code cannot carry."""
    known = [each.args[0] for each in stated if each.args]
    allowed = {kind for text in known if isinstance(text, str) for kind in map(_character, text)}
    if not allowed:
        return check.inputs
    return tuple(
        args
        for args in check.inputs
        if not isinstance(args[0], str) or {_character(char) for char in args[0]} <= allowed
    )


def _character(char: str) -> str:
    if char.isspace():
        return "space"
    if not char.isascii():
        return "foreign"
    return "letter" if char.isalpha() else "digit" if char.isdigit() else "mark"


def _with_texts(check: Check, stated: Sequence[Check]) -> Check:
    """Texts of a limited length made of the longest good one: a password may need its digit."""
    place = _varied_place(check)
    if check.bound is None or check.bound.unit != "length" or place is None:
        return check
    known = [
        each.args[place]
        for each in stated
        if len(each.args) > place and (check.property != "boolean" or each.expect is True)
    ]
    texts = [text for text in known if isinstance(text, str) and text]
    if not texts:
        return check
    longest = max(texts, key=len)
    inputs, refused = (
        tuple(_with(args, place, _of_length(longest, args[place])) for args in rows)
        for rows in (check.inputs, check.refused)
    )
    return replace(check, inputs=inputs, refused=refused)


def _of_length(text: str, like: Literal) -> Literal:
    """The text cut to the length of another, or repeated up to it; what is no text stays."""
    if not isinstance(like, str):
        return like
    if like.isdigit():  # a limit of digits, in whatever the example writes between them
        text = "".join(filter(str.isdigit, text)) or like
    return (text * (len(like) // len(text) + 1))[: len(like)]


def _example(check: Check) -> Example:
    return Example(check.call, check.expect)


def held_out_checks(checks: Sequence[Check], *, seed: int) -> tuple[Check, ...]:
    """At least one check per requirement whose input can be drawn, with ids such as "R1.h1".

    The same seed and checks give the same inputs. A requirement whose arguments are made by other
    calls, or are of types without plain values, has none.
    """
    found: list[Check] = []
    for requirement in dict.fromkeys(check.requirement for check in checks):
        own = [check for check in checks if check.requirement == requirement]
        rng = random.Random(f"{seed}:{requirement}")  # noqa: S311  # repeatable, and no secret
        drawn = [each for each in _drawn(own, checks, rng) if each is not None]
        found += [
            replace(each, id=f"{requirement}.h{number}", is_held_out=True)
            for number, each in enumerate(drawn, start=1)
        ]
    return tuple(found)


def _drawn(
    own: Sequence[Check], checks: Sequence[Check], rng: random.Random
) -> Iterable[Check | None]:
    for check in own:
        if check.kind in (CheckKind.ACCEPTS, CheckKind.REJECTS):
            yield _limits(check, rng)
        elif check.kind is CheckKind.PERFORMANCE:
            yield _smaller(check, rng)
        elif check.is_alone or (check.kind is CheckKind.RANGE and check.target.required > 1):
            continue
        elif check.kind in _PROPERTIES and check.inputs:
            inputs = _draw_inputs(check.inputs, rng)
            if check.kind is CheckKind.SORTED:  # orders of small and capital letters differ
                inputs = tuple(tuple(map(in_small_letters, args)) for args in inputs)
            yield replace(check, inputs=inputs) if inputs else None
    for example in _one_per_call(own):
        yield _plausible(example, own, checks, rng)


def _one_per_call(own: Sequence[Check]) -> list[Check]:
    """The first stated result or error of each function and part of its result."""
    stated = [
        each
        for each in own
        if each.kind in (CheckKind.RETURNS, CheckKind.RAISES)
        and not (each.property or _is_call(each.expect))
    ]
    stated.sort(key=lambda each: each.kind is CheckKind.RAISES)  # stable: results first
    firsts: dict[str, Check] = {}
    for each in stated:
        firsts.setdefault(f"{each.target.path}::{each.target.symbol}{each.steps}", each)
    return list(firsts.values())


# --- limits -------------------------------------------------------------------------------------


def _limits(check: Check, rng: random.Random) -> Check | None:
    """Other values on both sides of the limit, where they replace the boundary values."""
    bound = check.bound
    sample = next(iter((*check.inputs, *check.refused)), None)
    place = _varied_place(check)
    if bound is None or sample is None or place is None or bound.unit not in ("", "multiple"):
        return None
    values = list(dict.fromkeys(_beside(bound, rng)))
    accepted = tuple(_with(sample, place, value) for value in values if bound.holds(value))
    refused = tuple(_with(sample, place, value) for value in values if not bound.holds(value))
    if not accepted and not refused:
        return None
    return replace(check, inputs=accepted, refused=refused)


def _beside(bound: Bound, rng: random.Random) -> Iterable[int | float]:
    if bound.unit == "multiple":
        low = int(bound.low or 1)
        return [low * rng.randint(3, 20), low * rng.randint(3, 20) + (1 if abs(low) > 1 else 0)]
    ends = [end for end in (bound.low, bound.high) if end is not None]
    found: list[int | float] = []
    for end in ends:
        for sign in (-1, 1):
            steps = sign * rng.randint(2, REACH)
            moved = Decimal(str(end)) + steps * Decimal(step_of(end))
            found.append(int(moved) if isinstance(end, int) else float(moved))
    return found


def _varied_place(check: Check) -> int | None:
    """The argument in which the inputs of a limit differ."""
    rows = [*check.inputs, *check.refused]
    places = range(len(rows[0])) if rows else range(0)
    return next((p for p in places if len({repr(row[p]) for row in rows}) > 1), None)


def _with(args: Args, place: int, value: Literal) -> Args:
    return (*args[:place], value, *args[place + 1 :])


def _smaller(check: Check, rng: random.Random) -> Check | None:
    """A somewhat smaller input, which must not take longer than the stated one."""
    bound = check.bound
    if bound is None or bound.low is None:
        return None
    return replace(check, bound=replace(bound, low=int(float(bound.low) * rng.uniform(0.8, 0.98))))


# --- stated results -----------------------------------------------------------------------------


def _plausible(
    example: Check, own: Sequence[Check], checks: Sequence[Check], rng: random.Random
) -> Check | None:
    """What every right answer shows on inputs like the stated ones, beside one stated result."""
    target = example.target
    alike = [
        each
        for each in checks
        if each.kind is CheckKind.RETURNS and _is_same_call(each, example) and _is_drawable(each)
    ]
    mine = [each for each in alike if each.requirement == example.requirement] or alike
    inputs = _draw_inputs([each.args for each in mine], rng)
    if not inputs and example.kind is CheckKind.RAISES and not example.steps:
        inputs = _draw_inputs(sample_inputs(target), rng)
    if not inputs or target.is_class:
        return None
    traits = [Trait.DETERMINISM, *_traits(mine, checks, inputs)]
    type_ = _type_of([each.expect for each in alike])
    if type_ == "int" and target.returns not in ("int", "integer", "number"):
        type_ = "number"  # a stated 100 may come as 100.0
    if type_:
        traits.append(Trait.TYPE)
    telling = [each for each in (*mine, *alike) if _is_telling(each)]
    witness = example if example.kind is CheckKind.RETURNS else (mine or [example])[0]
    if telling and not (witness.kind is CheckKind.RETURNS and _is_telling(witness)):
        witness = telling[0]
    return Check(
        id="",
        requirement=example.requirement,
        kind=CheckKind.DETERMINISTIC,
        target=target,
        args=(),
        expect=None,
        raises="",
        bound=None,
        property=type_,
        span=Span(example.span.start, example.span.end),
        is_unproven=Trait.VARIED in traits or Trait.NOT_ECHO in traits,
        steps=example.steps,
        inputs=inputs,
        example=Example(witness.call, witness.expect)
        if witness.kind is CheckKind.RETURNS
        else None,
        traits=tuple(traits),
        is_tabular=example.is_tabular,
    )


def _is_same_call(one: Check, other: Check) -> bool:
    return (one.target.path, one.target.symbol, one.steps) == (
        other.target.path,
        other.target.symbol,
        other.steps,
    )


def _is_drawable(check: Check) -> bool:
    return (
        not (check.named or check.property or _is_call(check.expect))
        and all(map(is_plain, check.args))
        and bool(check.args)
    )


def _is_call(value: Literal) -> bool:
    return isinstance(value, Made) and bool(value.target.path)


def _type_of(values: Sequence[Literal]) -> str:
    """The type that all stated results share; "" when they differ or one is nothing."""
    names = {type(value).__name__ for value in values}
    if names == {"int", "float"}:
        return "number"
    name = next(iter(names)) if len(names) == 1 else ""
    return name if name in ("str", "int", "bool", "list", "dict", "tuple", "set") else ""


def _traits(
    stated: Sequence[Check], checks: Sequence[Check], inputs: Sequence[Args]
) -> Iterable[Trait]:
    if any(isinstance(value, list | dict | set) for args in inputs for value in args):
        yield Trait.NO_MUTATION
    if any(each.is_tabular for each in stated) or _may_refuse(stated, checks):
        return
    if any(_has_long_number(each.args[0]) for each in stated):
        return
    pairs = [(each.args[0], each.expect) for each in stated]
    if pairs and all(_is_related(given, result) for given, result in pairs):
        yield Trait.VARIED
        if all(given != result and _letters(given) == _letters(result) for given, result in pairs):
            yield Trait.NOT_ECHO
    elif pairs and (_are_varied_numbers(pairs) or all(_is_made_of(*pair) for pair in pairs)):
        yield Trait.VARIED


def _may_refuse(stated: Sequence[Check], checks: Sequence[Check]) -> bool:
    """Whether inputs of the same type as the examples' are stated to be refused."""
    types = {type(each.args[0]) for each in stated}
    return any(
        each.kind in (CheckKind.RAISES, CheckKind.ACCEPTS, CheckKind.REJECTS)
        and any(_is_same_call(replace(each, steps=one.steps), one) for one in stated)
        and (not each.args or type(each.args[0]) in types)
        for each in checks
    )


def _has_long_number(value: Literal) -> bool:
    """Whether a text holds a number that may have to fit a check digit."""
    return isinstance(value, str) and re.search(rf"\d{{{LONG_NUMBER},}}", value) is not None


def _letters(value: Literal) -> str:
    if not isinstance(value, str):
        return ""
    plain = unicodedata.normalize("NFKD", value).casefold()
    return "".join(char for char in plain if char.isalnum())


def _is_related(given: Literal, result: Literal) -> bool:
    """Whether a text was made from the letters of another, and keeps at least half as many.

    A short code, such as the one of a country, may come from a list instead, and so may the short
    form of a single word.
    """
    letters, source = _words(result), _letters(given)
    is_word = isinstance(given, str) and given.isalpha()
    kept = 0.75 if is_word else 0.5
    if len(letters) < 2 or len(letters) < kept * len(_words(given)):
        return False
    return sum(char in source for char in letters) >= MIN_RELATED * len(letters)


def _words(value: Literal) -> str:
    """The letters of a text, or its digits when it has no letters."""
    letters = _letters(value)
    return "".join(char for char in letters if char.isalpha()) or letters


def _is_made_of(given: Literal, result: Literal) -> bool:
    """Whether a filled list came of a list, or a list or map of words came of the text's own words."""
    if isinstance(given, list):
        return isinstance(result, list) and bool(result)
    parts = [each for each in parts_of(result) if isinstance(each, str)]
    is_filled = isinstance(result, list | tuple | dict) and bool(parts)
    return (
        is_filled
        and isinstance(given, str)
        and all(_words(part) in _letters(given) for part in parts)
    )


def _are_varied_numbers(pairs: Sequence[tuple[Literal, Literal]]) -> bool:
    """Numbers of numbers, or of lists of them, that differ among the examples."""
    numbers = [
        (given, result)
        for given, result in pairs
        if type(result) in (int, float) and type(given) in (int, float, list)
    ]
    return len(numbers) == len(pairs) > 1 and len({result for _, result in numbers}) > 1


# --- drawing ------------------------------------------------------------------------------------


def _draw_inputs(sources: Sequence[Args], rng: random.Random) -> tuple[Args, ...]:
    """Argument lists like the given ones: the first argument that can be drawn is another."""
    found: dict[str, Args] = {}
    known = {repr(args) for args in sources}
    for args in sources:
        place = next((i for i, value in enumerate(args) if _can_be_drawn(value)), None)
        if place is None:
            continue
        for _ in range(max(1, min(DRAWS, MAX_DRAWS // len(sources)))):
            drawn = _with(args, place, draw_like(args[place], rng))
            if repr(drawn) not in known:
                found[repr(drawn)] = drawn
    return tuple(found.values())[:MAX_DRAWS]


def _can_be_drawn(value: Literal) -> bool:
    if isinstance(value, bool) or value is None or not is_plain(value):
        return False
    if isinstance(value, str):
        return any(char in letters for char in value for letters in _CLASSES)
    if isinstance(value, list | tuple | dict | set):
        return any(map(_can_be_drawn, value.values() if isinstance(value, dict) else value))
    return isinstance(value, int | float)


def draw_like(value: Literal, rng: random.Random) -> Literal:
    """A value of the same shape: letters for letters, whole numbers of the same sign and no larger."""
    match value:
        case bool() | None | bytes():
            return value
        case str():
            return _text_like(value, rng)
        case int():
            size = rng.randint(abs(value) // 2, abs(value)) if abs(value) > 3 else rng.randint(1, 9)
            return size if value >= 0 else -size
        case float():
            return round(value * rng.uniform(0.5, 1), _decimals(value))
        case list() | tuple():
            return type(value)(_items_like(value, rng))
        case set():
            return {draw_like(each, rng) for each in sorted(value, key=repr)}
        case dict():
            return dict(zip(value, _items_like(list(value.values()), rng), strict=True))
    return value


def _items_like(values: Sequence[Literal], rng: random.Random) -> list[Literal]:
    """Items drawn one by one, equal ones alike and different ones apart where that can be had."""
    drawn: dict[str, Literal] = {}
    for value in values:
        if repr(value) not in drawn:
            tries = (draw_like(value, rng) for _ in range(TRIES))
            used = {repr(each) for each in drawn.values()}
            drawn[repr(value)] = next((each for each in tries if repr(each) not in used), value)
    return [drawn[repr(value)] for value in values]


def _decimals(value: float) -> int:
    return len(repr(value).partition(".")[2]) if "e" not in repr(value) else 6


def _text_like(text: str, rng: random.Random) -> str:
    """Each letter by another of its kind, the same one everywhere, so that repetitions stay."""
    table: dict[str, str] = {}
    numbers = {
        digits: _number_like(digits, rng)
        for digits in re.findall(r"\d+", text)
        if digits.isascii() and len(digits) < LONG_NUMBER
    }
    for letters in _CLASSES:
        shuffled = rng.sample(letters, len(letters))
        table.update(zip(letters, shuffled, strict=True))
    lowered = {old: new for old, new in table.items() if old.islower() and old.isascii()}
    table.update({old.upper(): new.upper() for old, new in lowered.items()})
    pieces = re.split(r"(\d+)", text)
    return "".join(
        numbers[piece] if piece in numbers else "".join(table.get(char, char) for char in piece)
        for piece in pieces
    )


def _number_like(digits: str, rng: random.Random) -> str:
    """A number that is no larger, in as many digits: of a date comes mostly another date."""
    value = int(digits)
    if len(digits) == 1 and 0 < value < 4:  # too few to draw from
        return str(rng.randint(1, 9))
    low = (
        0 if value == 0 else max(1, value // 2, 10 ** (len(digits) - 1) if digits[0] != "0" else 1)
    )
    return str(rng.randint(low, max(low, value))).zfill(len(digits))
