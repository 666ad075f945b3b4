"""Code that carries the examples: a finding that a person must clear before its requirement counts."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from apps.acceptance.core.binding import SCRIPT_SUFFIXES
from apps.acceptance.core.checks import Check, CheckKind, Literal, Made
from apps.acceptance.core.literals import is_plain, parts_of, read_literal
from apps.acceptance.core.lookup_choices import (
    Choice,
    Entry,
    has_ordering,
    python_choices,
    script_choices,
)

# A table in which fewer of the entries are examples has a reason of its own, such as the numerals
# of a conversion.
CARRIED_SHARE = Fraction(1, 2)
# Words and small numbers stand in right answers too, as names and limits: only code that holds more
# than this share of a function's examples is taken to know them by heart.
KNOWN_SHARE = Fraction(2, 3)
_TRIVIAL: tuple[Literal, ...] = (None, True, False, 0, 1, -1, "", [], {}, ())
_SMALL_CASES = 5  # whole numbers up to it are cases of their own in many tests for yes or no
_WORD = re.compile(r"[^\W\d_]{1,16}|[^\W_]{1,2}")
_DIGEST = re.compile(r"(?=.*\d)[0-9a-fA-F]{8,128}")
SPELLED = 3  # characters from which a text may spell arguments
_LARGE = 10**6  # whole numbers beyond it may be digests


@dataclass(frozen=True, slots=True)
class LookupFinding:
    requirement: str
    line: int  # 1-based, of the code
    message: str


@dataclass(frozen=True, slots=True)
class Carried:
    """One stated pair, as code would carry it."""

    requirement: str
    symbol: str
    inputs: tuple[Literal, ...]
    result: Literal
    is_error: bool

    @property
    def telling(self) -> tuple[Literal, ...]:
        return tuple(value for value in self.inputs if not self._is_ordinary(value))

    def _is_ordinary(self, value: Literal) -> bool:
        is_small = type(value) is int and abs(value) <= _SMALL_CASES
        return _is_trivial(value) or (isinstance(self.result, bool) and is_small)

    @property
    def is_rich(self) -> bool:
        """Whether the input is so particular that no rule would name it."""
        return any(map(_is_rich, self.telling))


def find_lookups(code: str, path: str, checks: Sequence[Check]) -> tuple[LookupFinding, ...]:
    """Every requirement whose examples stand in the code as a choice; code that does not parse: none.

    Requirements that are tables themselves are left out, and so are examples such as 0, 1 and "",
    which algorithms treat apart for their own reasons.
    """
    is_script = path.endswith(SCRIPT_SUFFIXES)
    pairs = _carried(checks)
    found: dict[tuple[str, int], LookupFinding] = {}
    choices = list(script_choices(code) if is_script else python_choices(code))
    is_ordered = not is_script and has_ordering(code)
    for symbol in dict.fromkeys(pair.symbol for pair in pairs):
        own = [pair for pair in pairs if pair.symbol == symbol]
        for pair, line in _known_by_heart(choices, own, is_ordered=is_ordered):
            found.setdefault((pair.requirement, line), _finding(pair, line))
    return tuple(sorted(found.values(), key=lambda each: (each.line, each.requirement)))


def _finding(pair: Carried, line: int) -> LookupFinding:
    message = (
        f"The code chooses by the example of {pair.requirement} and answers with its stated result. "
        "Write what holds for every input."
    )
    return LookupFinding(pair.requirement, line, message)


# --- the examples -------------------------------------------------------------------------------


def _carried(checks: Sequence[Check]) -> list[Carried]:
    """The stated pairs of plain data that are worth looking for."""
    tabular = {check.requirement for check in checks if check.is_tabular}
    pairs = [
        Carried(
            check.requirement,
            check.target.symbol,
            check.args,
            _told(check.expect),
            check.kind is CheckKind.RAISES,
        )
        for check in checks
        if check.kind in (CheckKind.RETURNS, CheckKind.RAISES)
        and not (check.is_held_out or check.is_alone or check.steps or check.requirement in tabular)
        and is_plain(_told(check.expect))
        and all(map(is_plain, check.args))
    ]
    kept = [pair for pair in pairs if pair.telling]
    enumerated = {
        symbol
        for symbol in {pair.symbol for pair in pairs}
        if _is_enumerated([pair for pair in pairs if pair.symbol == symbol], symbol, checks)
    }
    return [pair for pair in kept if pair.symbol not in enumerated]


def _told(value: Literal) -> Literal:
    """The literal that code would hold: the text of `Decimal("20.00")`."""
    if isinstance(value, Made) and len(value.args) == 1 and not value.target.path:
        return value.args[0]
    return value


def _is_enumerated(pairs: Sequence[Carried], symbol: str, checks: Sequence[Check]) -> bool:
    """Whether the examples are all there is, so that a table of them is a right answer."""
    results = [pair for pair in pairs if not pair.is_error]
    if not results or any(len(pair.inputs) != 1 for pair in results):
        return False
    inputs = [pair.inputs[0] for pair in results]
    if _covers_domain(inputs, symbol, checks):
        return True
    words = [value for value in inputs if isinstance(value, str) and _WORD.fullmatch(value)]
    folded = {word.strip().casefold() for word in words}
    if len(words) < len(inputs) or len(folded) < len(words) or len(words) < 2:
        return False
    answers = [pair.result for pair in results]
    if sorted(words) == sorted(map(str, answers)) and words != answers:
        return True  # each leads to the next
    refused = [pair for pair in pairs if pair.is_error and _WORD.fullmatch(str(pair.inputs[0]))]
    return bool(refused) and all(map(_is_unrelated, words, answers))


def _is_unrelated(word: str, answer: Literal) -> bool:
    """Whether a word was named, and not made, from another: "red" and "stop"."""
    if isinstance(answer, bool):
        return True
    if not isinstance(answer, str) or not _WORD.fullmatch(answer):
        return False
    shared = set(word.casefold()) & set(answer.casefold())
    return 2 * len(shared) <= len(set(answer.casefold())) + 1 and word.casefold() not in answer


def _covers_domain(inputs: Sequence[Literal], symbol: str, checks: Sequence[Check]) -> bool:
    """Whether every whole number within the stated limits has its example."""
    limits = [
        check.bound
        for check in checks
        if check.target.symbol == symbol
        and check.kind in (CheckKind.ACCEPTS, CheckKind.REJECTS)
        and check.bound is not None
        and check.bound.unit == ""
    ]
    for bound in limits:
        if isinstance(bound.low, int) and isinstance(bound.high, int):
            within = {n for n in range(bound.low, bound.high + 1)[:400] if bound.holds(n)}
            return len(within) < 400 and within <= {n for n in inputs if type(n) is int}
    return False


def _is_trivial(value: Literal) -> bool:
    if isinstance(value, str) and len(value) < 2:
        return True
    return any(_same(value, each) for each in _TRIVIAL)


def _is_rich(value: Literal) -> bool:
    if isinstance(value, str):
        kinds = [any(map(kind, value)) for kind in (str.isalpha, str.isdigit, _is_mark)]
        return len(value) > 2 and (sum(kinds) > 1 or len(value) > 16)
    if isinstance(value, list | tuple | dict | set):
        return len(list(parts_of(value))) > 2
    return isinstance(value, float) and not value.is_integer()


def _is_mark(char: str) -> bool:
    return not char.isalnum()


def _same(one: Literal, other: Literal) -> bool:
    """Equal and of one type; lists and tuples are alike, for code may write either."""
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and one == other


# --- the choices --------------------------------------------------------------------------------


def _known_by_heart(
    choices: Sequence[Choice], pairs: Sequence[Carried], *, is_ordered: bool
) -> Iterator[tuple[Carried, int]]:
    """The pairs that the code carries, each with its line.

    One particular input is enough. Words and small numbers must make up most of the examples: of
    all of them, or of those that have not one and the same result, which may be the default.
    """
    hits = [
        (pair, choice.line)
        for choice in choices
        for pair in _carried_by(choice, pairs)
        if not (choice.is_searched and is_ordered and not _is_whole(choice, pairs))
    ]
    known = {_key(pair) for pair, _ in hits}
    is_mostly_known = any(_is_mostly(known, group) for group in _groups(pairs))
    for pair, line in hits:
        if pair.is_rich or is_mostly_known:
            yield pair, line


def _is_whole(choice: Choice, pairs: Sequence[Carried]) -> bool:
    """Whether a list of pairs holds every example: thresholds hold the limits alone."""
    carried = _carried_by(choice, pairs)
    return len(carried) > 2 and len(carried) == sum(not pair.is_error for pair in pairs)


def _key(pair: Carried) -> str:
    return repr((pair.inputs, pair.result, pair.is_error))


def _groups(pairs: Sequence[Carried]) -> Iterator[list[Carried]]:
    errors = [pair for pair in pairs if pair.is_error]
    results = [pair for pair in pairs if not pair.is_error]
    yield errors
    yield results
    for default in {repr(pair.result) for pair in results}:
        others = [pair for pair in results if repr(pair.result) != default]
        yield others if len(others) > 1 else []


def _is_mostly(known: set[str], group: Sequence[Carried]) -> bool:
    stated = {_key(pair) for pair in group}
    return bool(stated) and len(stated & known) > KNOWN_SHARE * len(stated)


def _carried_by(choice: Choice, pairs: Sequence[Carried]) -> list[Carried]:
    if choice.entries:
        carried = [pair for pair in pairs if any(_is_entry(pair, each) for each in choice.entries)]
        matched = sum(any(_is_entry(pair, each) for pair in pairs) for each in choice.entries)
        return carried if matched >= CARRIED_SHARE * choice.count else []
    return [pair for pair in pairs if _is_chosen(choice, pair)]


def _is_entry(pair: Carried, entry: Entry) -> bool:
    key, value = entry
    return not pair.is_error and _is_result(pair, value) and _is_key(pair, key)


def _is_result(pair: Carried, value: Literal) -> bool:
    return _same(value, pair.result) or (
        isinstance(value, str) and value == repr(pair.result) != "''"
    )


def _is_key(pair: Carried, key: Literal) -> bool:
    """The arguments as one key: the one that says something, all of them, their spelling or digest."""
    keys = [key]
    if isinstance(key, str):
        keys += read_literal(key) or ()
        if _is_hex(key) or key in _spellings(pair.inputs):
            return True
    return any(
        any(_same(each, value) for value in pair.telling[:1])
        or _same(each, pair.inputs)
        or _is_digest(each, pair)
        for each in keys
    )


def _spellings(inputs: tuple[Literal, ...]) -> set[str]:
    """Ways in which code writes several arguments as one text."""
    return {sign.join(map(str, inputs)) for sign in (",", ", ", "|", ":", ";", "-", "_", " ", "")}


def _spells(value: Literal, inputs: tuple[Literal, ...]) -> bool:
    """Whether a text spells all arguments: "[2000]", "('a', 1)", "a,1"."""
    if not isinstance(value, str) or len(value) < SPELLED:
        return False
    read = read_literal(value) or ()
    return value in _spellings(inputs) or any(_same(each, inputs) for each in read)


def _is_hex(value: Literal) -> bool:
    """Whether a text may be a digest, and not an alphabet such as "0123456789"."""
    if not isinstance(value, str) or not _DIGEST.fullmatch(value):
        return False
    return list(value) != sorted(value) and not value.isdigit()


def _is_digest(value: Literal, pair: Carried) -> bool:
    """A number that is far larger than everything in the example."""
    if type(value) is not int or abs(value) < _LARGE:
        return False
    return not any(type(part) is int and abs(part) >= _LARGE for part in parts_of(pair.inputs))


def _is_chosen(choice: Choice, pair: Carried) -> bool:
    if not _compares(choice, pair):
        return False
    if pair.is_error:
        return choice.raises
    return any(_same(pair.result, each) for each in choice.answers)


def _compares(choice: Choice, pair: Carried) -> bool:
    compared = choice.compared
    if any(_same(pair.inputs, each) or _spells(each, pair.inputs) for each in compared):
        return True
    if all(any(_same(value, each) for each in compared) for value in pair.telling):
        return True
    return any(_is_hex(each) or _is_digest(each, pair) for each in compared)
