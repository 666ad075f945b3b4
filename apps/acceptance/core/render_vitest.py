"""Checks as the text of a Vitest or Jest module, in the common part of TypeScript and JavaScript."""

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum

from apps.acceptance.core.binding import SCRIPT_ERRORS, SCRIPT_VALUES
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
from apps.acceptance.core.inputs import plain_type
from apps.acceptance.core.rendering import (
    PERFORMANCE_MARGIN,
    REPEATED_FROM,
    Imports,
    NotRenderableError,
    checked_name,
    script_module,
    test_name,
)

Lines = list[str]
DEFAULT_TEST_PATH = "tests/acceptance.test.ts"
MAX_EXACT = 2**53  # whole numbers up to which JavaScript's are exact
_KEYWORDS = (
    "break case catch class const continue debugger default delete do else enum export extends false finally for"
    " function if import in instanceof new null return super switch this throw true try typeof var void while with"
    " yield let static await async implements interface package private protected public eval arguments undefined"
    " NaN Infinity"
)
_WORDS = frozenset(_KEYWORDS.split())
_LOCALS = (
    "expect test describe args caught elapsedMs first found given inputs value outcomes accepted elapsed"
    " structuredClone performance Object Math JSON Array String Promise process globalThis"
)
_RESERVED = _WORDS | frozenset(_LOCALS.split()) | SCRIPT_ERRORS | SCRIPT_VALUES
_STUB_PROOF = frozenset({"Error"})
_TYPES = {
    "str": "string", "string": "string", "int": "number", "float": "number", "number": "number",
    "bool": "boolean", "boolean": "boolean",
}  # fmt: skip


class Runner(StrEnum):
    VITEST = "vitest"
    JEST = "jest"


_IMPORTS = {
    Runner.VITEST: 'import { expect, test } from "vitest";',
    Runner.JEST: 'import { expect, test } from "@jest/globals";',
}
_OUTCOMES = """
async function outcomes(call, inputs) {
  const found = [];
  for (const args of inputs) {
    try {
      found.push(["value", await call(...structuredClone(args))]);
    } catch (error) {
      if (/not implemented/i.test(String(error))) throw error;
      found.push(["error", error?.constructor?.name]);
    }
  }
  return found;
}
"""
_ACCEPTED = """
async function accepted(call, inputs) {
  const found = await outcomes(call, inputs);
  return inputs.map((args, place) => [args, ...found[place]]).filter((each) => each[1] === "value");
}
"""
_ELAPSED = """
async function elapsed(call, limitMs) {
  const found = [];
  while (found.length === 0 || (found.length < 4 && Math.min(...found) > limitMs)) {
    const start = performance.now();
    await call();
    found.push(performance.now() - start);
  }
  return Math.min(...found);
}
"""
_HELPERS = {"elapsed": _ELAPSED, "outcomes": _OUTCOMES, "accepted": _ACCEPTED}


def render_vitest(
    checks: Sequence[Check], *, test_path: str = DEFAULT_TEST_PATH, runner: Runner = Runner.VITEST
) -> str:
    """One module with one test per check, in their order. Raises NotRenderableError.

    The helpers carry no types: the runners strip types and check none.
    """
    writer = _Writer(test_path)
    tests = [writer.test(check) for check in checks]
    body = "\n".join(tests)
    names = [name for name in _HELPERS if f"await {name}(" in body]
    if "accepted" in names and "outcomes" not in names:
        names.insert(names.index("accepted"), "outcomes")
    helpers = [_HELPERS[name].strip("\n") + "\n" for name in names]
    head = "\n".join([_IMPORTS[runner], *_import_lines(writer.imports)]) + "\n"
    return "\n".join([head, *helpers, *tests])


def _import_lines(imports: Imports) -> Iterable[str]:
    for module, names in sorted(imports.by_module.items()):
        spelled = ", ".join(
            name if name == local else f"{name} as {local}" for name, local in sorted(names.items())
        )
        yield f"import {{ {spelled} }} from {json.dumps(module)};"


def script_literal(value: Literal, name: Callable[[Made], str] | None = None) -> str:
    """JavaScript's spelling of plain data; `name` spells the calls in it. Raises NotRenderableError."""
    if isinstance(value, Made):
        if name is None:
            raise NotRenderableError("a call is no plain value")
        return name(value)
    if isinstance(value, Free | Decimal):
        raise NotRenderableError(f"{value!r} is no value of JavaScript")
    if isinstance(value, bytes):
        return f"new Uint8Array([{', '.join(map(str, value))}])"
    if isinstance(value, list | tuple):
        return _sequence(value, name)
    if isinstance(value, set | frozenset):
        inner = ", ".join(sorted(script_literal(each, name) for each in value))
        return f"new Set([{inner}])"
    if isinstance(value, dict):
        return _mapping(value, name)
    return _text(value) if isinstance(value, str) else _scalar(value)


def _scalar(value: bool | float | Absent | None) -> str:  # noqa: FBT001  # a value, no switch
    if value is None:
        return "null"
    if isinstance(value, Absent):
        return "undefined"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if abs(value) <= MAX_EXACT else f"{value}n"
    return _float(value)


def _float(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(value)


def _text(value: str) -> str:
    if len(value) >= REPEATED_FROM and len(set(value)) == 1:
        return f"{_quoted(value[0])}.repeat({len(value)})"
    return _quoted(value)


def _quoted(value: str) -> str:
    """In double quotes; what does not print is escaped, so no line ends and no order turns inside."""
    pieces = []
    for char in value:
        if char in '"\\':
            pieces.append(f"\\{char}")
        elif char.isprintable():
            pieces.append(char)
        else:
            units = char.encode("utf-16-be", "surrogatepass")
            pieces.append(
                "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
            )
    return f'"{"".join(pieces)}"'


def _sequence(
    value: list[Literal] | tuple[Literal, ...], name: Callable[[Made], str] | None
) -> str:
    if len(value) >= REPEATED_FROM and all(each == value[0] for each in value):
        return f"new Array({len(value)}).fill({script_literal(value[0], name)})"
    return f"[{', '.join(script_literal(each, name) for each in value)}]"


def _mapping(value: dict[Literal, Literal], name: Callable[[Made], str] | None) -> str:
    """An object when every key is a text; computed keys, because `__proto__` is none otherwise."""
    if all(isinstance(key, str) for key in value):
        pairs = (f"{_key(str(key))}: {script_literal(each, name)}" for key, each in value.items())
        return f"{{ {', '.join(pairs)} }}" if value else "{}"
    inner = (
        f"[{script_literal(key, name)}, {script_literal(each, name)}]"
        for key, each in value.items()
    )
    return f"new Map([{', '.join(inner)}])"


def _key(key: str) -> str:
    return f"[{_quoted(key)}]" if key == "__proto__" else _quoted(key)


class _Writer:
    def __init__(self, test_path: str) -> None:
        self.imports = Imports(_RESERVED)
        self.test_path = test_path

    def test(self, check: Check) -> str:
        lines = self._example(check.example) + _KINDS[check.kind](self, check)
        inner = (f"  {line}" if line.endswith((";", "{", "}")) else f"  {line};" for line in lines)
        return "\n".join([f'test("{test_name(check)}", async () => {{', *inner, "});"]) + "\n"

    # --- names and expressions --------------------------------------------------------------

    def name(self, target: Target) -> str:
        if not target.path and target.symbol in SCRIPT_VALUES:
            return target.symbol
        if not target.path:
            raise NotRenderableError(f"{target.symbol!r} is bound to no atom")
        symbol = checked_name(target.symbol, _WORDS)
        return self.imports.claim(script_module(target.path, self.test_path), symbol)

    def literal(self, value: Literal) -> str:
        return script_literal(value, self.expression)

    def expression(self, made: Made) -> str:
        if made.named:
            raise NotRenderableError("JavaScript has no named arguments")
        return self.applied(
            made.target, ", ".join(map(self.literal, made.args)), is_new=made.is_new
        ) + "".join(self._step(step) for step in made.steps)

    def applied(self, target: Target, arguments: str, *, is_new: bool = False) -> str:
        call = f"{'new ' if is_new else ''}{self.name(target)}({arguments})"
        return f"(await {call})" if target.is_async else call

    def _step(self, step: Step) -> str:
        if step.kind is StepKind.INDEX:
            return f"[{script_literal(step.index)}]"
        args = ", ".join(map(self.literal, step.args))
        call = f"({args})" if step.kind is StepKind.METHOD else ""
        return f".{checked_name(step.name)}{call}"

    def function(self, check: Check) -> str:
        """What a check observes, as something to hand to a helper."""
        if not check.steps:
            return self.name(check.target)
        steps = "".join(self._step(step) for step in check.steps)
        return f"async (...given) => {self.applied(check.target, '...given')}{steps}"

    def inputs(self, inputs: Iterable[Args]) -> str:
        return f"[{', '.join(self.literal(args) for args in inputs)}]"

    def error(self, check: Check) -> str:
        if check.partner is None:
            if check.raises not in SCRIPT_ERRORS:
                raise NotRenderableError(f"JavaScript has no error {check.raises!r}")
            return check.raises
        path = check.partner.path or check.target.path
        return self.imports.claim(
            script_module(path, self.test_path), checked_name(check.partner.symbol, _WORDS)
        )

    # --- results ----------------------------------------------------------------------------

    def _example(self, example: Example | None) -> Lines:
        return self.equal(self.expression(example.call), example.expect) if example else []

    def equal(self, call: str, expect: Literal) -> Lines:
        if isinstance(expect, float) and math.isfinite(expect):
            digits = max(0, 9 - max(0, math.floor(math.log10(abs(expect))) if expect else 0))
            return [f"expect({call}).toBeCloseTo({_float(expect)}, {digits})"]
        if expect == 0 and isinstance(expect, int) and not isinstance(expect, bool):
            return [f"expect({call}).toBeCloseTo(0, 12)"]  # -0 is 0 to a reader
        is_plain = expect is None or isinstance(expect, bool | int | float | str | Absent)
        return [f"expect({call}).{'toBe' if is_plain else 'toEqual'}({self.literal(expect)})"]

    def returns(self, check: Check) -> Lines:
        call, expect = self.expression(check.call), self.literal(check.expect)
        match check.property:
            case "contains":
                return [f"expect({call}).toContain({expect})"]
            case "one_of":
                return [f"expect({expect}).toContain({call})"]
            case "starts_with":
                return [f"expect({call}.startsWith({expect})).toBe(true)"]
            case "ends_with":
                return [f"expect({call}.endsWith({expect})).toBe(true)"]
        return self.equal(call, check.expect)

    def raises(self, check: Check) -> Lines:
        return self.refused(check.call, check)

    def refused(self, made: Made, check: Check) -> Lines:
        error = self.error(check) if check.raises else "Error"
        call = self.expression(made)
        subject = f"expect(() => {call})"
        if made.target.is_async:
            subject = f"await expect(async () => {call}).rejects"
        lines = [f"{subject}.toThrow({error})"]
        if error in _STUB_PROOF:
            lines.append(f"{subject}.not.toThrow(/not implemented/i)")
        return lines

    def limits(self, check: Check) -> Lines:
        """ACCEPTS and REJECTS: the inputs on both sides of a limit, in one test."""
        lines: Lines = []
        for args in check.inputs:
            call = self.expression(Made(check.target, args))
            lines += [f"expect({call}).toBe(true)"] if check.property == "boolean" else [f"{call};"]
        for args in check.refused:
            made = Made(check.target, args)
            is_boolean = check.property == "boolean" and not check.raises
            lines += (
                [f"expect({self.expression(made)}).toBe(false)"]
                if is_boolean
                else self.refused(made, check)
            )
        return lines

    # --- properties -------------------------------------------------------------------------

    def each(self, check: Check, assertions: Lines) -> Lines:
        """Assertions over `args` and `found`, for every input or for the one call that is stated."""
        if not check.inputs:
            return [f"const found = {self.expression(check.call)};", *assertions]
        inputs = self.inputs(check.inputs)
        head = f"for (const [args, , found] of await accepted({self.function(check)}, {inputs})) {{"
        return [head, *(f"  {line}" for line in assertions), "}"]

    def idempotent(self, check: Check) -> Lines:
        again = self.applied(check.target, "found, ...args.slice(1)" if check.inputs else "found")
        return self.each(check, [f"expect({again}).toEqual(found)"])

    def inverse(self, check: Check) -> Lines:
        if check.partner is None:
            raise NotRenderableError("an inverse needs two functions")
        if check.property == "joined":
            whole = self.literal(check.args[0] if check.args else None)
            return self.each(
                check, [f"expect(found.flatMap((part) => [...part])).toEqual([...{whole}])"]
            )
        original = (
            "args[0]" if check.inputs else self.literal(check.args[0] if check.args else None)
        )
        return self.each(
            check, [f"expect({self.applied(check.partner, 'found')}).toEqual({original})"]
        )

    def never_raises(self, check: Check) -> Lines:
        type_ = _declared(check.target)
        expected = (
            f'.filter((each) => each[0] === "value" && typeof each[1] === "{type_}")'
            if type_
            else ('.filter((each) => each[0] === "value")')
        )
        inputs = check.inputs or (check.args,)
        return [
            f"const found = await outcomes({self.function(check)}, {self.inputs(inputs)});",
            f"expect(found{expected}.length).toBe({len(inputs)})",
        ]

    def ordered(self, check: Check) -> Lines:
        order = (
            "a > b ? -1 : a < b ? 1 : 0"
            if check.property == "descending"
            else "a < b ? -1 : a > b ? 1 : 0"
        )
        return self.each(
            check, [f"expect([...found]).toEqual([...found].sort((a, b) => ({order})))"]
        )

    def type(self, check: Check) -> Lines:
        return self.each(check, _type_lines(check.property, "found"))

    def within(self, check: Check) -> Lines:
        found = "found.length" if check.kind is CheckKind.LENGTH else "found"
        bound, lines = check.bound or Bound(), []
        if bound.low is not None:
            method = "toBeGreaterThan" if bound.is_low_open else "toBeGreaterThanOrEqual"
            lines.append(f"expect({found}).{method}({bound.low!r})")
        if bound.high is not None:
            method = "toBeLessThan" if bound.is_high_open else "toBeLessThanOrEqual"
            lines.append(f"expect({found}).{method}({bound.high!r})")
        return self.each(check, lines)

    def case(self, check: Check) -> Lines:
        methods = {"lower": "toLowerCase", "upper": "toUpperCase"}
        if check.property in methods:
            return self.each(check, [f"expect(found).toBe(found.{methods[check.property]}())"])
        first = "args[0]" if check.inputs else self.literal(check.args[0] if check.args else "")
        rest = ", ...args.slice(1)" if check.inputs else ""
        upper = self.applied(check.target, f"{first}.toUpperCase(){rest}")
        lower = self.applied(check.target, f"{first}.toLowerCase(){rest}")
        return self.each(check, [f"expect({upper}).toEqual({lower})"])

    def performance(self, check: Check) -> Lines:
        bound = check.bound or Bound()
        limit = float((bound.high or 0) * PERFORMANCE_MARGIN * 1000)
        calls = [self.expression(Made(check.target, args)) for args in check.inputs]
        if bound.low is not None:
            calls = [self.applied(check.target, _sized(check.target, int(bound.low)))]
        call = (
            f"[{', '.join(calls)}]"
            if len(calls) > 1
            else (calls or [self.expression(check.call)])[0]
        )
        lines = [
            f"const elapsedMs = await elapsed(async () => {call}, {limit!r});",
            f"expect(elapsedMs).toBeLessThanOrEqual({limit!r})",
        ]
        type_ = _declared(check.target)
        if type_ and not check.inputs and not check.steps:
            lines.append(f'expect(typeof {call}).toBe("{type_}")')
        return lines

    def deterministic(self, check: Check) -> Lines:
        name = self.function(check)
        lines = [
            f"const inputs = {self.inputs(check.inputs or (check.args,))};",
            f"const first = await outcomes({name}, inputs);",
        ]
        if not check.traits or Trait.DETERMINISM in check.traits:
            lines.append(f"expect(await outcomes({name}, inputs)).toEqual(first)")
        for trait in check.traits:
            lines += self._trait(trait, check)
        return lines

    def _trait(self, trait: Trait, check: Check) -> Lines:
        match trait:
            case Trait.TYPE:
                inner = _type_lines(check.property, "value")
                head = 'for (const [, value] of first.filter((each) => each[0] === "value")) {'
                return [head, *(f"  {line}" for line in inner), "}"]
            case Trait.VARIED:
                return [
                    'if (first.some((each) => each[0] === "value")) {',
                    "  expect(new Set(first.map((each) => JSON.stringify(each))).size).toBeGreaterThan(1)",
                    "}",
                ]
            case Trait.NOT_ECHO:
                echoes = 'JSON.stringify(inputs.map((args) => ["value", args[0]]))'
                return [f"expect(JSON.stringify(first)).not.toBe({echoes})"]
            case Trait.NO_MUTATION:
                return self._unchanged(check)
        return []

    def no_mutation(self, check: Check) -> Lines:
        return [
            f"const inputs = {self.inputs(check.inputs or (check.args,))};",
            *self._unchanged(check),
        ]

    def _unchanged(self, check: Check) -> Lines:
        return [
            "const given = structuredClone(inputs);",
            "for (const args of given) {",
            f"  await outcomes(async () => {self.applied(check.target, '...args')}, [[]]);",
            "}",
            "expect(given).toEqual(inputs)",
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


def _declared(target: Target) -> str:
    written = target.returns.strip()
    return _TYPES.get(written.removeprefix("Promise<").removesuffix(">"), "")


def _type_lines(name: str, found: str) -> Lines:
    if name in _TYPES:
        return [f'expect(typeof {found}).toBe("{_TYPES[name]}")']
    if name in ("list", "tuple"):
        return [f"expect(Array.isArray({found})).toBe(true)"]
    if name == "set":
        return [f"expect({found} instanceof Set).toBe(true)"]
    return [f'expect(typeof {found}).toBe("object")', f"expect({found}).not.toBeNull()"]


def _sized(target: Target, size: int) -> str:
    """An argument of so many characters or items."""
    name = plain_type(target.types[0]) if target.types else "str"
    if name == "str":
        return f'"word ".repeat({max(1, size // 5)})'
    if name == "list[str]":
        return f'new Array({size}).fill("word")'
    return f"Array.from({{ length: {size} }}, (_, place) => place)"
