"""Checks with a story as the text of a pytest module: fixed lines, literals, and checked names."""

import builtins
import keyword
import math
from collections.abc import Iterator, Sequence

from apps.acceptance.core.binding import PYTHON_ERRORS, PYTHON_VALUES
from apps.acceptance.core.checks import (
    Absent,
    Check,
    CheckKind,
    Literal,
    Made,
    Observation,
    Step,
    StepKind,
    Story,
    Target,
)
from apps.acceptance.core.render_pytest import HELPER_MODULES, py_literal
from apps.acceptance.core.rendering import (
    ABSOLUTE_TOLERANCE,
    RELATIVE_TOLERANCE,
    Imports,
    NotRenderableError,
    checked_name,
    python_module,
    test_name,
)

RESULT = "result"  # the name of what the call of a check returned
_KEYWORDS = frozenset(keyword.kwlist)
_LOCALS = frozenset({RESULT, "caught", "seen"})
_STUB_PROOF = frozenset({"Exception", "RuntimeError", "BaseException"})  # what a stub raises too


def render_stories_pytest(checks: Sequence[Check]) -> str:
    """One module with one test per check, in their order. Raises NotRenderableError."""
    names = {local_name(given.name) for check in checks for given in _story(check).given}
    reserved = {*vars(builtins), *_KEYWORDS, *HELPER_MODULES, *_LOCALS, *names}
    writer = _Writer(frozenset(reserved))
    tests = [writer.test(check) for check in checks]
    body = "\n\n".join(tests)
    return f"{_head(writer.imports, body)}\n\n{body}"


def local_name(name: str) -> str:
    """What a given name is called in the test, where nothing else may be called so."""
    return name if name == RESULT else f"given_{name}"


def _head(imports: Imports, body: str) -> str:
    lines = [f"import {name}" for name in HELPER_MODULES if f"{name}." in body]
    for module, names in sorted(imports.by_module.items()):
        spelled = ", ".join(
            name if name == local else f"{name} as {local}" for name, local in sorted(names.items())
        )
        lines.append(f"from {module} import {spelled}")
    return "\n".join(lines) + "\n"


class _Writer:
    def __init__(self, reserved: frozenset[str]) -> None:
        self.imports = Imports(reserved)
        self.known: set[str] = set()  # names that were given so far in this test

    def test(self, check: Check) -> str:
        self.known = set()
        lines = [*self._given(check), *self._act(check)]
        for each in _story(check).then:
            lines += self._observed(each)
        return "\n".join([f"def {test_name(check)}():", *(f"    {line}" for line in lines)]) + "\n"

    def _given(self, check: Check) -> Iterator[str]:
        for given in _story(check).given:
            value = self.literal(given.value)
            yield f"{local_name(checked_name(given.name))} = {value}" if given.name else value
            self.known |= {given.name} if given.name else set()

    def _act(self, check: Check) -> list[str]:
        if check.kind is CheckKind.RAISES:
            return self._refused(check)
        if check.kind is not CheckKind.RETURNS:
            raise NotRenderableError(f"a story has a result or an error, not {check.kind.value!r}")
        called = self.expression(Made(check.target, check.args, check.named, is_new=check.is_new))
        self.known.add(RESULT)
        seen = "".join([RESULT, *map(self._step, check.steps)])
        return [f"{RESULT} = {called}", *self._compared(seen, check.expect, check.property)]

    def _refused(self, check: Check) -> list[str]:
        error = self._error(check)
        call = self.expression(check.call)
        if error not in _STUB_PROOF:
            return [f"with pytest.raises({error}):", f"    {call}"]
        return [
            f"with pytest.raises({error}) as caught:",
            f"    {call}",
            "assert not isinstance(caught.value, NotImplementedError)",
        ]

    def _error(self, check: Check) -> str:
        if check.partner is not None:
            module = python_module(check.partner.path or check.target.path)
            return self.imports.claim(module, checked_name(check.partner.symbol, _KEYWORDS))
        if check.raises not in PYTHON_ERRORS:
            raise NotRenderableError(f"Python has no error {check.raises!r}")
        return check.raises

    def _observed(self, observation: Observation) -> list[str]:
        value = self.literal(observation.value)
        if observation.is_length:
            return [f"assert len({value}) == {self.literal(observation.expect)}"]
        return self._compared(value, observation.expect, "")

    def _compared(self, seen: str, expect: Literal, property_: str) -> list[str]:
        wanted = self.literal(expect)
        if property_ == "contains":
            return [f"assert {wanted} in {seen}"]
        if property_ in ("starts_with", "ends_with"):
            return [f"assert {seen}.{property_.replace('s_', 's')}({wanted})"]
        if expect is None or isinstance(expect, bool | Absent):
            return [f"assert {seen} is {wanted}"]
        if isinstance(expect, float) and math.isfinite(expect):
            tolerance = f"rel={RELATIVE_TOLERANCE!r}, abs={ABSOLUTE_TOLERANCE!r}"
            return [f"assert {seen} == pytest.approx({wanted}, {tolerance})"]
        if isinstance(expect, int) and expect in (0, 1):
            return [
                f"seen = {seen}",
                f"assert seen == {wanted}",
                "assert not isinstance(seen, bool)",
            ]
        return [f"assert {seen} == {wanted}"]

    # --- expressions ------------------------------------------------------------------------

    def literal(self, value: Literal) -> str:
        return py_literal(value, self.expression)

    def expression(self, made: Made) -> str:
        steps = "".join(map(self._step, made.steps))
        if self._is_given(made):
            return f"{local_name(made.target.symbol)}{steps}"
        given = [self.literal(value) for value in made.args]
        given += [
            f"{checked_name(name, _KEYWORDS)}={self.literal(value)}" for name, value in made.named
        ]
        call = f"{self._callee(made.target)}({', '.join(given)})"
        return f"{f'asyncio.run({call})' if made.target.is_async else call}{steps}"

    def _is_given(self, made: Made) -> bool:
        return made == Made(Target(made.target.symbol), steps=made.steps) and (
            made.target.symbol in self.known
        )

    def _callee(self, target: Target) -> str:
        if not target.path and target.is_class and target.symbol in PYTHON_VALUES:
            return self.imports.claim(PYTHON_VALUES[target.symbol], target.symbol)
        if not target.path:
            raise NotRenderableError(f"{target.symbol!r} is neither an atom nor given before")
        return self.imports.claim(
            python_module(target.path), checked_name(target.symbol, _KEYWORDS)
        )

    def _step(self, step: Step) -> str:
        if step.kind is StepKind.INDEX:
            return f"[{py_literal(step.index)}]"
        args = ", ".join(self.literal(value) for value in step.args)
        call = f"({args})" if step.kind is StepKind.METHOD else ""
        return f".{checked_name(step.name, _KEYWORDS)}{call}"


def _story(check: Check) -> Story:
    return check.story or Story()
