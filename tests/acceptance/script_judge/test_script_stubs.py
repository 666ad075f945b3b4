"""A stub takes the place of what a script declares, in every way that there is to declare it."""

import pytest

from apps.acceptance.core.checks import Target
from apps.acceptance.core.quality import Stub, stub_of
from apps.acceptance.core.script_text import has_jsx, parse_script

STUB = "f(...args) {\n  return undefined;\n}"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("export function f(a: number) { return a }", f"export function {STUB}"),
        ("function f() {}\nexport { f };", f"function {STUB}\nexport {{ f }};"),
        ("export default function f() {}", f"export default function {STUB}"),
        ("export const f = (a) => a, g = 1;", f"export const f = (function {STUB}), g = 1;"),
        (
            "export const f: (a: number) => number = (a) => a;",
            f"export const f: (a: number) => number = (function {STUB});",
        ),
        ("exports.f = (x) => x;", f"exports.f = (function {STUB});"),
        ("module.exports.f = g;", f"module.exports.f = (function {STUB});"),
        ("export function* f() {}", f"export function {STUB}"),
        (
            "export function f(a: string): string;\nexport function f(a: number): number;\n"
            "export function f(a: any) { return a }",
            f"\n\nexport function {STUB}",
        ),
        ("const g = 1;", f"const g = 1;\n\n\nexport function {STUB}\n"),
        ("exports.g = 1;", f"exports.g = 1;\n\n\nmodule.exports.f = function {STUB}\n"),
        ("", f"\n\n\nexport function {STUB}\n"),
        ("no { code", f"no {{ code\n\n\nexport function {STUB}\n"),
        ("{ function f() {} }", f"{{ function f() {{}} }}\n\n\nexport function {STUB}\n"),
    ],
)  # fmt: skip
def test_a_stub_in_the_place_of_the_code(code: str, expected: str) -> None:
    assert stub_of(Target("f", "src/a.ts"), Stub.NONE, code) == expected


def test_a_stub_of_a_class() -> None:
    target = Target("A", "src/a.ts", is_class=True)

    text = stub_of(target, Stub.NOT_IMPLEMENTED, "export class A { a = 1 }\nexport const b = 2;")

    assert text.count("class A") == 1
    assert 'throw new Error("not implemented")' in text
    assert text.endswith("\nexport const b = 2;")


def test_markup_is_read_where_it_may_stand() -> None:
    code = "export function F() { return <p>hi</p>; }"

    assert has_jsx("src/a.tsx")
    assert parse_script(code, has_jsx=True) is not None
    assert stub_of(Target("F", "src/a.tsx"), Stub.NONE, code).count("function F") == 1


def test_in_python_the_last_one_counts() -> None:
    assert stub_of(Target("f", "a.py"), Stub.NONE, "x = 1").startswith("x = 1\n\n\ndef f(")
