"""What the author of the code is told when a test of a requirement did not pass.

Never the text of a test, a path, or a value that the requirement does not state: whoever knows
those could write code that passes without being right.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from apps.acceptance.core.binding import PYTHON_ERRORS, SCRIPT_ERRORS, is_script
from apps.acceptance.core.checks import (
    Bound,
    Check,
    CheckKind,
    Literal,
    Made,
    Step,
    StepKind,
    Trait,
)
from apps.acceptance.core.gate import TestStatus
from apps.acceptance.core.inputs import plain_type
from apps.acceptance.core.literals import parts_of, read_literal
from apps.acceptance.core.render_pytest import py_literal
from apps.acceptance.core.render_vitest import script_literal
from apps.acceptance.core.rendering import PERFORMANCE_MARGIN, NotRenderableError
from apps.acceptance.core.verdict import TestOutcome

MAX_QUOTE = 200  # characters of the requirement
MAX_CALL = 120  # characters of a call
MAX_SEEN = 60  # characters of what was observed
_COMPARED = (
    re.compile(r"(?:AssertionError: )?assert (?P<seen>.+?) (?:==|is) (?P<wanted>.+)"),
    re.compile(
        r"(?:AssertionError: )?expected (?P<seen>.+?) to (?:be|equal|deeply equal) (?P<wanted>.+)"
    ),
)
_NOT_RAISED = re.compile(r"DID NOT RAISE|to throw (?:an error|\w+)?.*(?:didn't|but)", re.IGNORECASE)
_RAISED = re.compile(r"(?P<name>[A-Za-z_]\w*)(?::|$)")
_ERRORS = PYTHON_ERRORS | SCRIPT_ERRORS
_OTHERS: tuple[tuple[type, str], ...] = (
    (bool, "the other truth value"),
    (str, "another text"),
    (int, "another whole number"),
    (float, "another number"),
    (bytes, "other bytes"),
    (list, "a list with other items"),
    (tuple, "other items"),
    (dict, "a mapping with other entries"),
    (set, "a set with other members"),
)
_ODD = {"str": "a non-string", "int": "a non-integer", "float": "a non-number", "bool": "a non-boolean"}  # fmt: skip
_TYPES: Mapping[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
}
_MUST = {
    Trait.TYPE: "its result has the type of the stated ones",
    Trait.DETERMINISM: "it answers the same every time",
    Trait.NO_MUTATION: "it leaves its arguments as they were",
    Trait.VARIED: "its result follows from the input",
    Trait.NOT_ECHO: "its result is not just the input",
}


def feedback(check: Check, outcome: TestOutcome, requirement: str) -> str:
    """One sentence on a test that did not pass; `requirement` is the requirement's text."""
    ref, name = check.requirement, f"`{check.target.symbol}`"
    match outcome.status:
        case TestStatus.TIMEOUT:
            return f"{ref} not met: {name} did not come to an end in the time that a test has."
        case TestStatus.UNTRUSTED:
            return f"{ref} not met: the code interfered with how it is tested, so no result counts."
        case TestStatus.ERROR:
            return f"{ref} not met: {name} could not be run{_error_in(outcome)}."
        case TestStatus.NOT_RUN:
            return f"{ref} was not tested: the test of {name} did not run."
        case TestStatus.PASSED:
            return f"{ref} met."
    return f"{ref} not met{_failed(check, outcome, requirement)}."


def _failed(check: Check, outcome: TestOutcome, requirement: str) -> str:
    if check.is_held_out:
        return f" {_hidden(check)}"
    if check.kind is CheckKind.PERFORMANCE:
        return f": {_too_slow(check)}"
    if check.kind in (CheckKind.RETURNS, CheckKind.RAISES) and _is_stated(check, requirement):
        return f": {_stated(check, outcome)}"
    if check.kind is CheckKind.RAISES and check.story is None:
        error = check.raises or "an error"
        return f": expected {error} for {_odd_input(check)}{_seen_kind(outcome)}"
    return f": {_quote(check, requirement)} does not hold {_where(check)}"


# --- what the requirement states ----------------------------------------------------------------


def _is_stated(check: Check, requirement: str) -> bool:
    """Whether every value of the call, and the result, can be read in the requirement."""
    if check.story is not None or check.text:
        return False
    named = (value for _, value in check.named)
    leaves = [leaf for value in (*check.args, *named, check.expect) for leaf in _leaves(value)]
    return all(_stands_in(leaf, requirement) for leaf in leaves)


def _leaves(value: Literal) -> Iterator[Literal]:
    for part in parts_of(value):
        if not isinstance(part, Made | list | tuple | dict | set | frozenset):
            yield part


def _stands_in(leaf: Literal, requirement: str) -> bool:
    if leaf is None:
        return bool(re.search(r"\b(?:None|null|nothing)\b", requirement))
    if isinstance(leaf, bool):
        return str(leaf).lower() in requirement.lower()
    if isinstance(leaf, str):
        return leaf in requirement or leaf in requirement.replace("\\", "")
    if isinstance(leaf, int | float):
        digits = re.escape(f"{leaf}".removesuffix(".0"))
        return bool(re.search(rf"(?<![\d.]){digits}(?![\d]|\.[1-9])", requirement.replace(",", "")))
    return str(leaf) in requirement


def _stated(check: Check, outcome: TestOutcome) -> str:
    call = f"`{_clipped(_spelled(check.call, check), MAX_CALL)}`"
    if check.kind is CheckKind.RAISES:
        return f"expected {check.raises or 'an error'} for {call}{_seen_kind(outcome)}"
    verb = {
        "contains": "to contain",
        "starts_with": "to start with",
        "ends_with": "to end with",
    }.get(check.property, "to return")
    wanted = _clipped(_spelled(check.expect, check), MAX_CALL)
    return f"expected {call} {verb} `{wanted}`{_seen(check, outcome)}"


def _spelled(value: Literal, check: Check) -> str:
    """The value in the language of the code."""
    spell = script_literal if is_script(check.target) else py_literal

    def call(made: Made) -> str:
        args = [spell(each, call) for each in made.args]
        args += [f"{name}={spell(each, call)}" for name, each in made.named]
        steps = "".join(_step(step, lambda each: spell(each, call)) for step in made.steps)
        return f"{'new ' if made.is_new else ''}{made.target.symbol}({', '.join(args)}){steps}"

    try:
        return spell(value, call)
    except NotRenderableError:
        return str(value)


def _step(step: Step, spell: Callable[[Literal], str]) -> str:
    if step.kind is StepKind.INDEX:
        return f"[{spell(step.index)}]"
    call = f"({', '.join(map(spell, step.args))})" if step.kind is StepKind.METHOD else ""
    return f".{step.name}{call}"


# --- what it does not state ---------------------------------------------------------------------


def _hidden(check: Check) -> str:
    if check.kind in (CheckKind.ACCEPTS, CheckKind.REJECTS):
        return "beside a limit that it states: what lies within is accepted, and what lies beyond refused"
    if check.kind is CheckKind.PERFORMANCE:
        return f"for an input of another size: {_too_slow(check)}"
    first = next((args[0] for args in check.inputs if args), None)
    told = f"for an input that it does not state: {_other(first)}"
    must = [_MUST[trait] for trait in check.traits]
    return f"{told}, for which {_listed(must)}" if must else told


def _other(value: Literal) -> str:
    return next((words for type_, words in _OTHERS if isinstance(value, type_)), "another value")


def _listed(parts: list[str]) -> str:
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last


def _where(check: Check) -> str:
    if check.kind in (CheckKind.ACCEPTS, CheckKind.REJECTS):
        return "at a limit that it states"
    if check.story is not None:
        return "after several calls"
    return "for an input that it does not state"


def _odd_input(check: Check) -> str:
    """What is wrong with an argument, as far as its type says."""
    declared = map(plain_type, check.target.types)
    odd = (_oddity(value, type_) for value, type_ in zip(check.args, declared, strict=False))
    return next(filter(None, odd), "a case that it describes")


def _oddity(value: Literal, type_: str) -> str:
    if type_.startswith("list["):
        return "" if isinstance(value, list | tuple) else "a non-list"
    known = _TYPES.get(type_)
    if known is None:
        return ""
    is_right = isinstance(value, known) and (type_ == "bool" or not isinstance(value, bool))
    return "" if is_right else _ODD[type_]


def _too_slow(check: Check) -> str:
    limit_s = float((check.bound or Bound()).high or 0)
    margin = "twice" if PERFORMANCE_MARGIN == 2 else f"{PERFORMANCE_MARGIN} times"
    return (
        f"`{check.target.symbol}` took longer than {limit_s * PERFORMANCE_MARGIN:g} s, which is"
        f" {margin} the stated time"
    )


def _quote(check: Check, requirement: str) -> str:
    said = " ".join(requirement[check.span.start : check.span.end].split())
    said = said if len(said) <= MAX_QUOTE else f"{said[: MAX_QUOTE - 1]}…"
    return f"“{said}”" if said else "what it says"


# --- what was seen ------------------------------------------------------------------------------


def _seen(check: Check, outcome: TestOutcome) -> str:
    """The value that a call with stated arguments gave, when it is plain data.

    The message may be about another result, of an example beside it; then it is left out.
    """
    first = outcome.message.partition("\n")[0].strip()
    for pattern in _COMPARED:
        found = pattern.fullmatch(first)
        value = read_literal(found["seen"]) if found else None
        wanted = read_literal(found["wanted"]) if found else None
        if value and wanted and repr(wanted[0]) == repr(check.expect):
            return f", and got `{_clipped(_plain(value[0]), MAX_SEEN)}`"
    return _seen_kind(outcome)


def _plain(value: Any) -> str:
    return " ".join(repr(value).replace("`", "'").split())


def _seen_kind(outcome: TestOutcome) -> str:
    """Whether an error came. Only the language's own names: others could carry an input."""
    if _NOT_RAISED.search(outcome.message):
        return ", and no error came"
    return _error_in(outcome)


def _error_in(outcome: TestOutcome) -> str:
    found = _RAISED.match(outcome.message.strip())
    name = found["name"] if found else ""
    is_telling = name in _ERRORS and name != "AssertionError"
    return f", and {name} came" if is_telling else ""


def _clipped(text: str, limit: int) -> str:
    plain = " ".join(text.replace("`", "'").split())
    return plain if len(plain) <= limit else f"{plain[: limit - 1]}…"
