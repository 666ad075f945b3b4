"""Checks as the text of a pytest module.

The text is put together from fixed lines, literals written by `repr`, and names that were checked;
no word of a requirement stands in it.
"""

import builtins
import keyword
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal

from apps.acceptance.core.binding import PYTHON_ERRORS, PYTHON_VALUES
from apps.acceptance.core.checks import (
    Absent,
    Args,
    Bound,
    Check,
    CheckKind,
    Example,
    Free,
    Literal,
    Made,
    Step,
    StepKind,
    Target,
    Trait,
)
from apps.acceptance.core.rendering import (
    ABSOLUTE_TOLERANCE,
    PERFORMANCE_MARGIN,
    RELATIVE_TOLERANCE,
    REPEATED_FROM,
    Imports,
    NotRenderableError,
    checked_name,
    python_module,
    test_name,
)

Lines = list[str]
Container = (
    list[Literal] | tuple[Literal, ...] | set[Literal] | frozenset[Literal] | dict[Literal, Literal]
)
HELPER_MODULES = (
    "asyncio",
    "copy",
    "math",
    "pytest",
    "time",
)  # what a test may import beside values
_LOCALS = {
    "args", "call", "caught", "elapsed_s", "first", "found", "given", "inputs", "value", "values",
}  # fmt: skip
_HELPER_NAMES = {"_elapsed_s", "_outcomes", "_accepted"}
_RESERVED = frozenset({*HELPER_MODULES, *_LOCALS, *_HELPER_NAMES, *vars(builtins), *keyword.kwlist})
_KEYWORDS = frozenset(keyword.kwlist)
_STUB_PROOF = frozenset({"Exception", "RuntimeError", "BaseException"})  # what a stub raises too
_TYPES = {
    "str": "str", "int": "int", "float": "(int, float)", "number": "(int, float)", "bool": "bool",
    "list": "list", "dict": "dict", "tuple": "tuple", "set": "(set, frozenset)", "bytes": "bytes",
}  # fmt: skip

_OUTCOMES = '''
def _outcomes(call, inputs):
    """What each input leads to: its value, or the type of its error."""
    found = []
    for args in inputs:
        try:
            found.append(("value", call(*copy.deepcopy(args))))
        except NotImplementedError:
            raise
        except Exception as error:
            found.append(("error", type(error).__name__))
    return found
'''
_ACCEPTED = '''
def _accepted(call, inputs):
    """Each input that is not refused, with its result."""
    found = _outcomes(call, inputs)
    return [(args, value) for args, (kind, value) in zip(inputs, found, strict=True) if kind == "value"]
'''
_ELAPSED = '''
def _elapsed_s(call, limit_s):
    """Seconds of the fastest of up to four calls: other work on the machine only makes one slower."""
    found = []
    while not found or (len(found) < 4 and min(found) > limit_s):
        start = time.perf_counter()
        call()
        found.append(time.perf_counter() - start)
    return min(found)
'''
_HELPERS = {"_elapsed_s": _ELAPSED, "_outcomes": _OUTCOMES, "_accepted": _ACCEPTED}


def render_pytest(checks: Sequence[Check]) -> str:
    """One module with one test per check, in their order. Raises NotRenderableError."""
    writer = _Writer()
    tests = [writer.test(check) for check in checks]
    body = "\n\n".join(tests)
    helpers = _needed(body)
    text = "\n\n".join(part.strip("\n") + "\n" for part in (*helpers, *tests))
    return f"{_head(writer.imports, text)}\n\n{text}"


def _needed(body: str) -> list[str]:
    names = [name for name in _HELPERS if f"{name}(" in body]
    if "_accepted" in names and "_outcomes" not in names:
        names.insert(names.index("_accepted"), "_outcomes")
    return [_HELPERS[name] for name in names]


def _head(imports: Imports, body: str) -> str:
    plain = [name for name in HELPER_MODULES if name != "pytest" and f"{name}." in body]
    lines = [f"import {name}" for name in plain]
    standard = set(PYTHON_VALUES.values())
    own: list[str] = []
    values: list[str] = []
    for module, names in sorted(imports.by_module.items()):
        spelled = ", ".join(
            name if name == local else f"{name} as {local}" for name, local in sorted(names.items())
        )
        (values if module in standard else own).append(f"from {module} import {spelled}")
    third = ["import pytest"] if "pytest." in body else []
    groups = [[*lines, *values], third, own]
    return "\n\n".join("\n".join(group) for group in groups if group) + "\n"


def py_literal(value: Literal, name: Callable[[Made], str] | None = None) -> str:
    """Python's spelling of plain data; `name` spells the calls in it. Raises NotRenderableError."""
    if isinstance(value, Made):
        if name is None:
            raise NotRenderableError("a call is no plain value")
        return name(value)
    if isinstance(value, Free | Decimal):  # a Decimal is written as a call
        raise NotRenderableError(f"{value!r} has no literal")
    if isinstance(value, list | tuple | set | frozenset | dict):
        return _container(value, name)
    if value is None or isinstance(value, Absent):
        return "None"
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value!r}")'
    return _text(value) if isinstance(value, str) else repr(value)


def _container(value: Container, name: Callable[[Made], str] | None) -> str:
    if isinstance(value, dict):
        pairs = (
            f"{py_literal(key, name)}: {py_literal(each, name)}" for key, each in value.items()
        )
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list | tuple):
        return _sequence(value, name)
    inner = ", ".join(sorted(py_literal(each, name) for each in value))
    plain = f"{{{inner}}}" if inner else "set()"
    return plain if isinstance(value, set) else f"frozenset({plain if inner else ''})"


def _text(value: str) -> str:
    if len(value) >= REPEATED_FROM and len(set(value)) == 1:
        return f"{value[0]!r} * {len(value)}"
    return repr(value)


def _sequence(
    value: list[Literal] | tuple[Literal, ...], name: Callable[[Made], str] | None
) -> str:
    if (
        isinstance(value, list)
        and len(value) >= REPEATED_FROM
        and all(each == value[0] for each in value)
    ):
        return f"[{py_literal(value[0], name)}] * {len(value)}"
    inner = ", ".join(py_literal(each, name) for each in value)
    if isinstance(value, list):
        return f"[{inner}]"
    return f"({inner},)" if len(value) == 1 else f"({inner})"


class _Writer:
    def __init__(self) -> None:
        self.imports = Imports(_RESERVED)

    def test(self, check: Check) -> str:
        lines = self._example(check.example) + _KINDS[check.kind](self, check)
        return "\n".join([f"def {test_name(check)}():", *(f"    {line}" for line in lines)]) + "\n"

    # --- names and expressions --------------------------------------------------------------

    def name(self, target: Target) -> str:
        if not target.path and target.is_class and target.symbol in PYTHON_VALUES:
            return self.imports.claim(PYTHON_VALUES[target.symbol], target.symbol)
        if not target.path:
            raise NotRenderableError(f"{target.symbol!r} is bound to no atom")
        symbol = checked_name(target.symbol, _KEYWORDS)
        return self.imports.claim(python_module(target.path), symbol)

    def literal(self, value: Literal) -> str:
        return py_literal(value, self.expression)

    def expression(self, made: Made) -> str:
        given = [self.literal(value) for value in made.args]
        given += [
            f"{checked_name(key, _KEYWORDS)}={self.literal(value)}" for key, value in made.named
        ]
        call = f"{self.name(made.target)}({', '.join(given)})"
        if made.target.is_async:
            call = f"asyncio.run({call})"
        return call + "".join(self._step(step) for step in made.steps)

    def _step(self, step: Step) -> str:
        if step.kind is StepKind.INDEX:
            return f"[{py_literal(step.index)}]"
        args = ", ".join(self.literal(value) for value in step.args)
        call = f"({args})" if step.kind is StepKind.METHOD else ""
        return f".{checked_name(step.name, _KEYWORDS)}{call}"

    def function(self, check: Check) -> str:
        """What a check observes, as something to hand to a helper."""
        if not check.steps and not check.target.is_async:
            return self.name(check.target)
        steps = "".join(self._step(step) for step in check.steps)
        return f"lambda *given: {self.applied(check.target, '*given')}{steps}"

    def applied(self, target: Target, arguments: str) -> str:
        call = f"{self.name(target)}({arguments})"
        return f"asyncio.run({call})" if target.is_async else call

    def inputs(self, inputs: Iterable[Args]) -> str:
        return f"[{', '.join(self.literal(args) for args in inputs)}]"

    def error(self, check: Check) -> str:
        if check.partner is None:
            if check.raises not in PYTHON_ERRORS:
                raise NotRenderableError(f"Python has no error {check.raises!r}")
            return check.raises
        path = check.partner.path or check.target.path
        return self.imports.claim(
            python_module(path), checked_name(check.partner.symbol, _KEYWORDS)
        )

    # --- results ----------------------------------------------------------------------------

    def _example(self, example: Example | None) -> Lines:
        return self.equal(self.expression(example.call), example.expect) if example else []

    def equal(self, call: str, expect: Literal) -> Lines:
        if expect is None or expect is Absent.UNDEFINED or isinstance(expect, bool):
            return [f"assert {call} is {self.literal(expect)}"]
        if isinstance(expect, float) and math.isnan(expect):
            return [f"assert math.isnan({call})"]
        if _has_floats(expect):
            tolerance = f"rel={RELATIVE_TOLERANCE!r}, abs={ABSOLUTE_TOLERANCE!r}"
            return [f"assert {call} == pytest.approx({self.literal(expect)}, {tolerance})"]
        if isinstance(expect, int) and expect in (0, 1):
            return [
                f"found = {call}",
                f"assert found == {expect}",
                "assert not isinstance(found, bool)",
            ]
        return [f"assert {call} == {self.literal(expect)}"]

    def returns(self, check: Check) -> Lines:
        call = self.expression(check.call)
        expect = self.literal(check.expect)
        match check.property:
            case "contains":
                return [f"assert {expect} in {call}"]
            case "one_of":
                return [f"assert {call} in {expect}"]
            case "starts_with" | "ends_with":
                method = check.property.replace("s_", "s")
                return [f"assert {call}.{method}({expect})"]
        return self.equal(call, check.expect)

    def raises(self, check: Check) -> Lines:
        return self.refused(self.expression(check.call), check)

    def refused(self, call: str, check: Check) -> Lines:
        error = self.error(check) if check.raises else "Exception"
        if error not in _STUB_PROOF:
            return [f"with pytest.raises({error}):", f"    {call}"]
        return [
            f"with pytest.raises({error}) as caught:",
            f"    {call}",
            "assert not isinstance(caught.value, NotImplementedError)",
        ]

    def limits(self, check: Check) -> Lines:
        """ACCEPTS and REJECTS: the inputs on both sides of a limit, in one test."""
        lines: Lines = []
        for args in check.inputs:
            call = self.expression(Made(check.target, args))
            lines += [f"assert {call} is True"] if check.property == "boolean" else [call]
        for args in check.refused:
            call = self.expression(Made(check.target, args))
            is_boolean = check.property == "boolean" and not check.raises
            lines += [f"assert {call} is False"] if is_boolean else self.refused(call, check)
        return lines

    # --- properties -------------------------------------------------------------------------

    def each(self, check: Check, assertions: Lines) -> Lines:
        """Assertions over `args` and `found`, for every input or for the one call that is stated."""
        if not check.inputs:
            return [f"found = {self.expression(check.call)}", *assertions]
        head = f"for args, found in _accepted({self.function(check)}, {self.inputs(check.inputs)}):"
        return [head, *(f"    {line}" for line in assertions)]

    def idempotent(self, check: Check) -> Lines:
        again = self.applied(check.target, "found, *args[1:]" if check.inputs else "found")
        return self.each(check, [f"assert {again} == found"])

    def inverse(self, check: Check) -> Lines:
        if check.partner is None:
            raise NotRenderableError("an inverse needs two functions")
        if check.property == "joined":
            whole = self.literal(check.args[0] if check.args else None)
            return self.each(
                check, [f"assert [each for part in found for each in part] == list({whole})"]
            )
        back = self.applied(check.partner, "found")
        original = (
            "args[0]" if check.inputs else self.literal(check.args[0] if check.args else None)
        )
        return self.each(check, [f"assert {back} == {original}"])

    def never_raises(self, check: Check) -> Lines:
        inputs = check.inputs or (check.args,)
        type_ = _declared(check.target)
        lines = [
            f"found = [{self.applied(check.target, '*args')} for args in {self.inputs(inputs)}]"
        ]
        if type_:
            return [*lines, f"assert all(isinstance(value, {type_}) for value in found)"]
        return [*lines, f"assert len(found) == {len(inputs)}"]

    def ordered(self, check: Check) -> Lines:
        reverse = ", reverse=True" if check.property == "descending" else ""
        return self.each(check, [f"assert list(found) == sorted(found{reverse})"])

    def type(self, check: Check) -> Lines:
        return self.each(check, _type_lines(check.property, "found"))

    def within(self, check: Check) -> Lines:
        found = "len(found)" if check.kind is CheckKind.LENGTH else "found"
        return self.each(check, [f"assert {_comparison(check.bound or Bound(), found)}"])

    def case(self, check: Check) -> Lines:
        if check.property != "insensitive":
            return self.each(check, [f"assert found == found.{_method(check.property)}()"])
        first = "args[0]" if check.inputs else self.literal(check.args[0] if check.args else "")
        rest = ", *args[1:]" if check.inputs else ""
        upper = self.applied(check.target, f"{first}.upper(){rest}")
        lower = self.applied(check.target, f"{first}.lower(){rest}")
        return self.each(check, [f"assert {upper} == {lower}"])

    def performance(self, check: Check) -> Lines:
        bound = check.bound or Bound()
        limit = float((bound.high or 0) * PERFORMANCE_MARGIN)
        calls = [self.expression(Made(check.target, args)) for args in check.inputs]
        if bound.low is not None:
            calls = [self.applied(check.target, _sized(check.target, int(bound.low)))]
        call = ", ".join(calls) or self.expression(check.call)
        call = f"({call})" if len(calls) > 1 else call
        timed = [
            f"elapsed_s = _elapsed_s(lambda: {call}, {limit!r})",
            f"assert elapsed_s <= {limit!r}",
        ]
        type_ = _declared(check.target)
        if type_ and not check.inputs and not check.steps:
            timed.append(f"assert isinstance({call}, {type_})")
        return timed

    def deterministic(self, check: Check) -> Lines:
        function = self.function(check)
        lines = [
            f"inputs = {self.inputs(check.inputs or (check.args,))}",
            f"first = _outcomes({function}, inputs)",
        ]
        if not check.traits or Trait.DETERMINISM in check.traits:
            lines.append(f"assert _outcomes({function}, inputs) == first")
        for trait in check.traits:
            lines += self._trait(trait, check)
        return lines

    def _trait(self, trait: Trait, check: Check) -> Lines:
        match trait:
            case Trait.TYPE:
                inner = _type_lines(check.property, "value")
                return [
                    "for kind, value in first:",
                    '    if kind == "value":',
                    *(f"        {line}" for line in inner),
                ]
            case Trait.VARIED:
                return [
                    'values = [value for kind, value in first if kind == "value"]',
                    "assert not values or any(each != first[0] for each in first)",
                ]
            case Trait.NOT_ECHO:
                pairs = "zip(inputs, first, strict=True)"
                return [f'assert any(each != ("value", args[0]) for args, each in {pairs})']
            case Trait.NO_MUTATION:
                return self._unchanged(check)
        return []

    def no_mutation(self, check: Check) -> Lines:
        return [f"inputs = {self.inputs(check.inputs or (check.args,))}", *self._unchanged(check)]

    def _unchanged(self, check: Check) -> Lines:
        return [
            "given = copy.deepcopy(inputs)",
            "for args in given:",
            f"    _outcomes(lambda: {self.applied(check.target, '*args')}, [()])",
            "assert given == inputs",
        ]


_KINDS: Mapping[CheckKind, Callable[[_Writer, Check], Lines]] = {
    CheckKind.RETURNS: _Writer.returns,
    CheckKind.RAISES: _Writer.raises,
    CheckKind.ACCEPTS: _Writer.limits,
    CheckKind.REJECTS: _Writer.limits,
    CheckKind.IDEMPOTENT: _Writer.idempotent,
    CheckKind.INVERSE: _Writer.inverse,
    CheckKind.NEVER_RAISES: _Writer.never_raises,
    CheckKind.SORTED: _Writer.ordered,
    CheckKind.TYPE: _Writer.type,
    CheckKind.LENGTH: _Writer.within,
    CheckKind.RANGE: _Writer.within,
    CheckKind.CASE: _Writer.case,
    CheckKind.PERFORMANCE: _Writer.performance,
    CheckKind.DETERMINISTIC: _Writer.deterministic,
    CheckKind.NO_MUTATION: _Writer.no_mutation,
}


def _has_floats(value: Literal) -> bool:
    """A float, or a flat container of numbers with one: what a tolerance can be given for."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list | tuple):
        return False
    are_numbers = all(
        isinstance(each, int | float) and not isinstance(each, bool) for each in value
    )
    return are_numbers and any(isinstance(each, float) for each in value)


def _declared(target: Target) -> str:
    """The declared type of a result, where it is one that a test can ask for."""
    base = target.returns.partition("[")[0].strip().lower()
    return _TYPES.get(base, "") if "|" not in target.returns else ""


def _type_lines(name: str, found: str) -> Lines:
    lines = [f"assert isinstance({found}, {_TYPES[name]})"]
    if name in ("int", "number"):
        lines.append(f"assert not isinstance({found}, bool)")
    return lines


def _method(property_: str) -> str:
    if property_ not in ("lower", "upper"):
        raise NotRenderableError(f"no case is named {property_!r}")
    return property_


def _comparison(bound: Bound, found: str) -> str:
    low = "" if bound.low is None else f"{bound.low!r} {'<' if bound.is_low_open else '<='} "
    high = "" if bound.high is None else f" {'<' if bound.is_high_open else '<='} {bound.high!r}"
    if not low and not high:
        raise NotRenderableError("a bound without ends")
    return f"{low}{found}{high}"


def _sized(target: Target, size: int) -> str:
    """An argument of so many characters or items."""
    written = target.types[0] if target.types else "str"
    if "str" in written and "[" not in written:
        return f"'word ' * {max(1, size // 5)}"
    if "bytes" in written:
        return f"b'word ' * {max(1, size // 5)}"
    if "str" in written:
        return f"['word', 'pear', 'Apple', 'fig'] * {max(1, size // 4)}"
    return f"list(range({size}))"
