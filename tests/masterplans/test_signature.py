import pytest

from apps.masterplans.core.atoms import read_signature
from apps.masterplans.core.document import AtomKind, Language
from apps.masterplans.core.signature import SignatureError

FUNCTION, CLASS = AtomKind.FUNCTION, AtomKind.CLASS


@pytest.mark.parametrize(
    ("text", "symbol", "kind", "names", "arguments"),
    [
        ("f()", "f", FUNCTION, "", ""),
        ("def f(a: int) -> str:", "f", FUNCTION, "int str", "a"),
        ("async def f(a, /, b=None, *c, d: X = Y, **e)", "f", FUNCTION, "X Y", "a b c d e"),
        ("async f(a)", "f", FUNCTION, "", "a"),
        ("f(a: dict[str, list[Item]] | None = None) -> 'Result'", "f", FUNCTION,
         "dict str list Item Result", "a"),
        ("f(a: models.Item)", "f", FUNCTION, "models Item", "a"),
        (r"f(sep: str = '\d\n: =>')", "f", FUNCTION, "str", "sep"),
        ("first[T: Sized](items: list[T]) -> T", "first", FUNCTION, "Sized list T", "items"),
        ("f(g: Callable[[int], f])", "f", FUNCTION, "Callable int", "g"),
        ("class Stack", "Stack", CLASS, "", ""),
        ("class Stack(Base, metaclass=Meta):", "Stack", CLASS, "Base Meta", ""),
        ("class Stack[T](Base[T])", "Stack", CLASS, "Base T", ""),
        ("ñandú(a)", "ñandú", FUNCTION, "", "a"),
    ],
)  # fmt: skip
def test_python(text: str, symbol: str, kind: AtomKind, names: str, arguments: str) -> None:
    found = read_signature(text, Language.PYTHON)

    assert (found.symbol, found.kind) == (symbol, kind)
    assert found.names == set(names.split())
    assert found.arguments == set(arguments.split())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "f",
        "f(",
        "f(a",
        "f[T",
        "MAX = 3",
        "f(a): return a",
        "f(): pass; g()",
        "f(): ...; g()",
        "class",
        "class 1a",
        "class A: x = 1",
        "class A, B",
        "Stack.push(self)",
        "lambda a: a",
        "f(a) -> int: ...\ng()",
        "export function f(): void",
        "class_",
        "def class A",
        "f(a=" + "(" * 500 + ")" * 500 + ")",
        "f(\x00)",
        "f(" + "a" * 3000 + ")",
    ],
)
def test_what_python_cannot_read(text: str) -> None:
    with pytest.raises(SignatureError):
        read_signature(text, Language.PYTHON)


@pytest.mark.parametrize(
    ("text", "symbol", "kind", "names", "arguments"),
    [
        ("export function f(a: string): number", "f", "function", "", "a"),
        ("export async function f<T extends Base>(a: T, b?: Opt, ...c: Row[]): Promise<T>;", "f",
         "function", "Base Opt Row Promise", "a b c"),
        ("export function f({ a, b: c }: Options, d = LIMIT): a is Foo", "f", "function",
         "Options LIMIT Foo", "a c d"),
        ("export function* g(a: number): Generator<Item>", "g", "function", "Generator Item", "a"),
        ("export function f(a) {}", "f", "function", "", "a"),
        ("export class Stack<T> extends Base<T> implements Countable", "Stack", "class",
         "Base Countable", ""),
        ("export abstract class Shape", "Shape", "class", "", ""),
        ("export class A { size(): number }", "A", "class", "", ""),
        ("export const limit: Money = ZERO", "limit", "const", "Money ZERO", ""),
        ("export const f = (a: Row): Result", "f", "const", "Row Result", "a"),
        ("export const f = a => a", "f", "const", "", "a"),
        ("export const f: (a: Row) => void", "f", "const", "Row", "a"),
        ("export type Range = [Day, Day] | typeof none", "Range", "type", "Day none", ""),
        ("export type Opaque<T>", "Opaque", "type", "unknown", ""),
        ("export interface Shape extends Named { area: Area; self: Shape }", "Shape", "interface",
         "Named Area", ""),
        ("export interface $x", "$x", "interface", "", ""),
    ],
)  # fmt: skip
def test_typescript(text: str, symbol: str, kind: str, names: str, arguments: str) -> None:
    found = read_signature(text, Language.TYPESCRIPT)

    assert (found.symbol, found.kind) == (symbol, AtomKind(kind))
    assert found.names - {"unknown"} == set(names.split()) - {"unknown"}
    assert found.arguments == set(arguments.split())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "f(a: string): number",
        "function f(): void",
        "export let a: number",
        "export enum Colour",
        "export default function f(): void",
        "export functionf()",
        "export function",
        "export function f(",
        "export class A {",
        "export type A =",
        "export const a: number; export const b: number",
        "export const a = 1; stray()",
        "export function f(): void { } }",
    ],
)
def test_what_typescript_cannot_read(text: str) -> None:
    with pytest.raises(SignatureError, match="export function"):
        read_signature(text, Language.TYPESCRIPT)


def test_javascript_has_no_types() -> None:
    assert read_signature("export function f(a, b = 1)", Language.JAVASCRIPT).symbol == "f"
    with pytest.raises(SignatureError, match="no types"):
        read_signature("export type A = string", Language.JAVASCRIPT)
