"""What a check looks at, in words, with code between backticks."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from apps.acceptance.core.authoring.check_json import check_from_data
from apps.acceptance.core.authoring.places import InvalidCheck
from apps.acceptance.core.checks import (
    Absent,
    Args,
    Bound,
    Check,
    CheckKind,
    Free,
    Literal,
    Made,
    Step,
    StepKind,
    Trait,
)
from apps.acceptance.core.rendering import PERFORMANCE_MARGIN
from apps.common.display import counted, duration

LONGEST = 60  # characters of a value
MOST_INPUTS = 4  # that are named
_TRAITS = {
    Trait.TYPE: "has the declared type",
    Trait.DETERMINISM: "is the same twice",
    Trait.NO_MUTATION: "leaves the arguments alone",
    Trait.VARIED: "depends on the input",
    Trait.NOT_ECHO: "is not just the argument",
}


def words_of(data: Mapping[str, Any]) -> str:
    """Return a stored check in words; one that cannot be read any more says so."""
    try:
        return check_words(check_from_data(data))
    except InvalidCheck as problem:
        return f"This check cannot be read: {problem}"


def check_words(check: Check) -> str:
    """Return one sentence fragment: `slugify("A B")` returns `"a-b"`."""
    told = _KINDS[check.kind](check)
    return f"{told}, after what the requirement gives" if check.story else told


# --- kinds --------------------------------------------------------------------------------------


def _returns(check: Check) -> str:
    if check.story and check.story.then and check.expect is None:
        return f"{_call(check)} has the effects that are stated"
    verb = _RELATIONS.get(check.property, "returns")
    return f"{_call(check)} {verb} {_code(check.expect)}"


_RELATIONS = {
    "contains": "contains",
    "starts_with": "starts with",
    "ends_with": "ends with",
    "one_of": "is one of",
}


def _raises(check: Check) -> str:
    return f"{_call(check)} raises {_error(check)}"


def _accepts(check: Check) -> str:
    return f"{_name(check)} accepts {_inputs(check.inputs)}" + _refusing(check, " and refuses ")


def _rejects(check: Check) -> str:
    accepted = f", and accepts {_inputs(check.inputs)}" if check.inputs else ""
    error = f" with {_error(check)}" if check.raises else ""
    return f"{_name(check)} refuses {_inputs(check.refused or (check.args,))}{error}{accepted}"


def _refusing(check: Check, joint: str) -> str:
    return f"{joint}{_inputs(check.refused)}" if check.refused else ""


def _idempotent(check: Check) -> str:
    return f"{_name(check)} changes nothing more when it is called on its own result{_on(check)}"


def _inverse(check: Check) -> str:
    if check.property == "joined":
        return f"the parts of {_call(check)}, one behind the other, are the input"
    partner = check.partner.symbol if check.partner else "its inverse"
    return f"`{partner}` takes the result of {_name(check)} back to the input{_on(check)}"


def _never_raises(check: Check) -> str:
    return f"{_name(check)} raises nothing{_on(check)}"


def _sorted(check: Check) -> str:
    return f"{_result(check)} is in {check.property or 'ascending'} order"


def _type(check: Check) -> str:
    return f"{_result(check)} is of type `{check.property}`"


def _length(check: Check) -> str:
    return f"{_result(check)} has a length of {_bound(check.bound)}"


def _range(check: Check) -> str:
    return f"{_result(check)} is {_bound(check.bound)}"


def _case(check: Check) -> str:
    if check.property == "insensitive":
        return f"{_name(check)} does not tell capitals from small letters{_on(check)}"
    return f"{_result(check)} is in {check.property} case"


def _performance(check: Check) -> str:
    limit = float(check.bound.high or 0) if check.bound else 0.0
    return (
        f"{_name(check)} takes at most {duration(limit * PERFORMANCE_MARGIN)}"
        f" (stated: {duration(limit)}, {PERFORMANCE_MARGIN} times that for slow machines)"
    )


def _deterministic(check: Check) -> str:
    asked = check.traits or (Trait.DETERMINISM,)
    return f"{_result(check)} {_listed([_TRAITS[trait] for trait in asked])}"


def _no_mutation(check: Check) -> str:
    return f"{_name(check)} leaves its arguments alone{_on(check)}"


def _free(check: Check) -> str:
    return f"{_name(check)}, as the text of the test says"


_KINDS: Mapping[CheckKind, Callable[[Check], str]] = {
    CheckKind.RETURNS: _returns,
    CheckKind.RAISES: _raises,
    CheckKind.ACCEPTS: _accepts,
    CheckKind.REJECTS: _rejects,
    CheckKind.IDEMPOTENT: _idempotent,
    CheckKind.INVERSE: _inverse,
    CheckKind.NEVER_RAISES: _never_raises,
    CheckKind.SORTED: _sorted,
    CheckKind.TYPE: _type,
    CheckKind.LENGTH: _length,
    CheckKind.RANGE: _range,
    CheckKind.CASE: _case,
    CheckKind.PERFORMANCE: _performance,
    CheckKind.DETERMINISTIC: _deterministic,
    CheckKind.NO_MUTATION: _no_mutation,
    CheckKind.FREE: _free,
}


# --- parts --------------------------------------------------------------------------------------


def _name(check: Check) -> str:
    return f"`{check.target.symbol}`"


def _call(check: Check) -> str:
    return _code(check.call)


def _result(check: Check) -> str:
    return f"the result of {_name(check)}{_on(check)}"


def _on(check: Check) -> str:
    """The inputs, when there are some."""
    inputs = check.inputs or ((check.args,) if check.args else ())
    return f" for {_inputs(inputs)}" if inputs else ""


def _error(check: Check) -> str:
    return f"`{check.raises}`" if check.raises else "an error"


def _inputs(inputs: Iterable[Args]) -> str:
    rows = list(inputs)
    if len(rows) > MOST_INPUTS:
        return counted(len(rows), "input")
    return _listed([f"`{_short(', '.join(map(written, args)))}`" for args in rows])


def _listed(parts: list[str]) -> str:
    *first, last = parts or ["nothing"]
    return f"{', '.join(first)} and {last}" if first else last


def _bound(bound: Bound | None) -> str:
    if bound is None:
        return "within its limits"
    if bound.unit == "multiple":
        return f"a multiple of {bound.low}"
    low = "more than" if bound.is_low_open else "at least"
    high = "less than" if bound.is_high_open else "at most"
    limits = [(low, bound.low), (high, bound.high)]
    return _listed([f"{word} {limit}" for word, limit in limits if limit is not None])


def _code(value: Literal) -> str:
    return f"`{_short(written(value))}`"


def _short(text: str) -> str:
    plain = text.replace("`", "\u02cb")
    return plain if len(plain) <= LONGEST else plain[: LONGEST - 1] + "…"


def written(value: Literal) -> str:
    """Return a value as people write it; texts stand in double quotes."""
    match value:
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
        case Made():
            return _made(value)
        case Free():
            return value.name
        case Absent():
            return value.value
        case list():
            return f"[{', '.join(map(written, value))}]"
        case tuple():
            return f"({', '.join(map(written, value))}{',' if len(value) == 1 else ''})"
        case dict():
            pairs = (f"{written(key)}: {written(each)}" for key, each in value.items())
            return f"{{{', '.join(pairs)}}}"
        case set() | frozenset() if value:
            return f"{{{', '.join(sorted(map(written, value)))}}}"
    return repr(value)


def _made(value: Made) -> str:
    args = [*map(written, value.args), *(f"{name}={written(each)}" for name, each in value.named)]
    is_call = bool(args) or not value.steps
    call = f"{value.target.symbol}({', '.join(args)})" if is_call else value.target.symbol
    return ("new " if value.is_new else "") + call + "".join(map(_step, value.steps))


def _step(step: Step) -> str:
    if step.kind is StepKind.INDEX:
        return f"[{written(step.index)}]"
    if step.kind is StepKind.METHOD:
        return f".{step.name}({', '.join(map(written, step.args))})"
    return f".{step.name}"
