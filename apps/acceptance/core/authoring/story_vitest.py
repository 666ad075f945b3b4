"""Checks with a story as the text of a Vitest module, in what TypeScript and JavaScript share."""

import json
import math
from collections.abc import Iterator, Sequence

from apps.acceptance.core.authoring.story_pytest import RESULT, local_name
from apps.acceptance.core.binding import SCRIPT_ERRORS, SCRIPT_VALUES
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
from apps.acceptance.core.render_vitest import script_literal
from apps.acceptance.core.rendering import (
    Imports,
    NotRenderableError,
    checked_name,
    script_module,
    test_name,
)

_WORDS = (
    "await break case catch class const continue debugger default delete do else enum export extends false"
    " finally for function if import in instanceof interface let new null package private protected public"
    " return static super switch this throw true try typeof var void while with yield eval arguments"
)
_KEYWORDS = frozenset(_WORDS.split())
_LOCALS = frozenset({RESULT, "expect", "test", "Object", "Array", "Promise", "undefined", "NaN"})


def render_stories_vitest(checks: Sequence[Check], *, test_path: str) -> str:
    """One module with one test per check, in their order. Raises NotRenderableError."""
    names = {local_name(given.name) for check in checks for given in _story(check).given}
    reserved = {*_KEYWORDS, *_LOCALS, *SCRIPT_ERRORS, *SCRIPT_VALUES, *names}
    writer = _Writer(frozenset(reserved), test_path)
    tests = [writer.test(check) for check in checks]
    head = ['import { expect, test } from "vitest";', *_import_lines(writer.imports)]
    return "\n\n".join(["\n".join(head), *tests])


def _import_lines(imports: Imports) -> Iterator[str]:
    for module, names in sorted(imports.by_module.items()):
        spelled = ", ".join(
            name if name == local else f"{name} as {local}" for name, local in sorted(names.items())
        )
        yield f"import {{ {spelled} }} from {json.dumps(module)};"


class _Writer:
    def __init__(self, reserved: frozenset[str], test_path: str) -> None:
        self.imports = Imports(reserved)
        self.test_path = test_path
        self.known: set[str] = set()  # names that were given so far in this test

    def test(self, check: Check) -> str:
        self.known = set()
        lines = [*self._given(check), *self._act(check)]
        for each in _story(check).then:
            lines += self._observed(each)
        inner = [f"  {line};" for line in lines]
        return "\n".join([f'test("{test_name(check)}", async () => {{', *inner, "});"]) + "\n"

    def _given(self, check: Check) -> Iterator[str]:
        for given in _story(check).given:
            value = self.literal(given.value)
            name = local_name(checked_name(given.name)) if given.name else ""
            yield f"const {name} = {value}" if name else value
            self.known |= {given.name} if given.name else set()

    def _act(self, check: Check) -> list[str]:
        if check.kind is CheckKind.RAISES:
            return self._refused(check)
        if check.kind is not CheckKind.RETURNS:
            raise NotRenderableError(f"a story has a result or an error, not {check.kind.value!r}")
        called = self.expression(Made(check.target, check.args, check.named, is_new=check.is_new))
        self.known.add(RESULT)
        seen = "".join([RESULT, *map(self._step, check.steps)])
        return [f"const {RESULT} = {called}", *self._compared(seen, check.expect, check.property)]

    def _refused(self, check: Check) -> list[str]:
        error, call = self._error(check), self.expression(check.call)
        subject = f"expect(() => {call})"
        if check.target.is_async:
            subject = f"await expect(async () => {call}).rejects"
        lines = [f"{subject}.toThrow({error})"]
        if error == "Error":
            lines.append(f"{subject}.not.toThrow(/not implemented/i)")
        return lines

    def _error(self, check: Check) -> str:
        if check.partner is not None:
            module = script_module(check.partner.path or check.target.path, self.test_path)
            return self.imports.claim(module, checked_name(check.partner.symbol, _KEYWORDS))
        if check.raises not in SCRIPT_ERRORS:
            raise NotRenderableError(f"JavaScript has no error {check.raises!r}")
        return check.raises

    def _observed(self, observation: Observation) -> list[str]:
        value = self.literal(observation.value)
        seen = f"{value}.length" if observation.is_length else value
        return self._compared(seen, observation.expect, "")

    def _compared(self, seen: str, expect: Literal, property_: str) -> list[str]:
        wanted = self.literal(expect)
        if property_ == "contains":
            return [f"expect({seen}).toContain({wanted})"]
        if property_ in ("starts_with", "ends_with"):
            method = "startsWith" if property_ == "starts_with" else "endsWith"
            return [f"expect({seen}.{method}({wanted})).toBe(true)"]
        if isinstance(expect, float) and math.isfinite(expect):
            return [f"expect({seen}).toBeCloseTo({wanted}, 9)"]
        is_plain = expect is None or isinstance(expect, bool | int | float | str | Absent)
        return [f"expect({seen}).{'toBe' if is_plain else 'toEqual'}({wanted})"]

    # --- expressions ------------------------------------------------------------------------

    def literal(self, value: Literal) -> str:
        return script_literal(value, self.expression)

    def expression(self, made: Made) -> str:
        steps = "".join(map(self._step, made.steps))
        if self._is_given(made):
            return f"{local_name(made.target.symbol)}{steps}"
        if made.named:
            raise NotRenderableError("JavaScript has no named arguments")
        args = ", ".join(map(self.literal, made.args))
        call = f"{'new ' if made.is_new else ''}{self._callee(made.target)}({args})"
        return f"{f'(await {call})' if made.target.is_async else call}{steps}"

    def _is_given(self, made: Made) -> bool:
        return made == Made(Target(made.target.symbol), steps=made.steps) and (
            made.target.symbol in self.known
        )

    def _callee(self, target: Target) -> str:
        if not target.path and target.symbol in SCRIPT_VALUES:
            return target.symbol
        if not target.path:
            raise NotRenderableError(f"{target.symbol!r} is neither an atom nor given before")
        module = script_module(target.path, self.test_path)
        return self.imports.claim(module, checked_name(target.symbol, _KEYWORDS))

    def _step(self, step: Step) -> str:
        if step.kind is StepKind.INDEX:
            return f"[{script_literal(step.index)}]"
        args = ", ".join(map(self.literal, step.args))
        call = f"({args})" if step.kind is StepKind.METHOD else ""
        return f".{checked_name(step.name)}{call}"


def _story(check: Check) -> Story:
    return check.story or Story()
