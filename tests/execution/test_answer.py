import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.execution.core.answer import MAX_ANSWER_CHARS, parse_answer
from apps.masterplans.core.document import AtomSpec, Language
from tests.validation.atoms import python_atom, script_atom

ATOM = python_atom("f(a: int) -> int")
CODE = "def f(a: int) -> int:\n    return a\n"
SCRIPT_ATOM = script_atom("export function f(a: number): number")
SCRIPT = "export function f(a: number): number {\n  return a;\n}\n"


@pytest.mark.parametrize(
    "text",
    [
        f"```python\n{CODE}```",
        f"Here it is.\n\n```py\n{CODE}```\nDone.",
        f"~~~python\n{CODE}~~~",
        f"````python\n{CODE}````\n",
        f'```Python title="slug.py"\n{CODE}```',
        f"```{{.python .numberLines}}\n{CODE}```",
        f"```python:textkit/slug.py\n{CODE}```",
        f"``` python3\n\n\n{CODE}\n\n```  ",
        f"\ufeff```python\r\n{CODE}```\r\n".replace("\n", "\r\n"),
        f"<think>\n```python\nno = 1\n```\n</think>\n```python\n{CODE}```",
        "1. Code:\n\n   ```python\n   def f(a: int) -> int:\n       return a\n   ```\n",
        "- ```python\n  def f(a: int) -> int:\n      return a\n  ```\n",
    ],
)
def test_one_block_of_the_language_is_taken(text: str) -> None:
    parsed = parse_answer(text, ATOM)

    assert parsed.findings == ()
    assert parsed.code == CODE
    assert parsed.is_usable


def test_a_fence_inside_a_docstring_does_not_end_the_code() -> None:
    code = 'def f(a: int) -> int:\n    """Example:\n\n```\nf(1)\n```\n    """\n    return a\n'

    parsed = parse_answer(f"Look:\n```python\n{code}```\nThat is all.", ATOM)

    assert parsed.code == code
    assert parsed.is_usable


def test_a_shorter_fence_inside_a_longer_one_is_code() -> None:
    code = (
        'def f(a: int) -> int:\n    """\n    ```python\n    f(1)\n    ```\n    """\n    return a\n'
    )

    assert parse_answer(f"````python\n{code}````", ATOM).code == code


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "answer.empty"),
        (" \n\t", "answer.empty"),
        ("x" * (MAX_ANSWER_CHARS + 1), "answer.too-long"),
        (CODE, "answer.no-fence"),
        ("I cannot do that.", "answer.no-fence"),
        ("Use ```f``` here.", "answer.no-fence"),
        (f"```python\n{CODE}", "answer.unclosed-fence"),
        (f"```python\n{CODE}~~~", "answer.unclosed-fence"),
        (f"````python\n{CODE}```", "answer.unclosed-fence"),
        (f"```python\n{CODE}```\n```python\n{CODE}```", "answer.several-blocks"),
        (f"```javascript\n{CODE}```", "answer.wrong-language"),
        ("```\na\n```\n```\nb\n```", "answer.wrong-language"),
        ("```python\n\n```", "answer.empty-block"),
        ("```python\nx = '\x00'\n```", "answer.unreadable"),
        ("```python\nx = '\ud800'\n```", "answer.unreadable"),
        ("```python\ndef f(\n```", "py.syntax"),
        ("```python\ndef g():\n    return 1\n```", "py.symbol-missing"),
        ("```python\nclass f:\n    pass\n```", "py.symbol-kind"),
        (f"```python\n{CODE}\n\ndef g():\n    return 1\n```", "py.symbol-extra"),
        (f"```python\n{CODE}\n\n{CODE}```", "py.symbol-repeated"),
        (f"```python\n{CODE}\n\nLIMIT = 3\n```", "py.symbol-extra"),
        ("```python\nreturn 1\n```", "py.syntax"),
        ("```python\nx = " + "-" * 5_000 + "1\n```", "py.nesting"),
        ("```python\nx = " + "[" * 3_000 + "\n```", "py.syntax"),
        ("```python\nx = " + "+".join(["1"] * 20_000) + "\n```", "py.nesting"),
        ("```python\n" + "#" * 100_001 + "\n```", "py.size"),
    ],
)
def test_anything_else_is_a_blocking_finding(text: str, rule: str) -> None:
    parsed = parse_answer(text, ATOM)

    assert rule in [finding.rule for finding in parsed.findings]
    assert not parsed.is_usable


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (f"```\n{CODE}```", "answer.untagged-fence"),
        (f"```python\n{CODE}```\n\n```text\n>>> f(1)\n1\n```", "answer.other-blocks"),
        (f"```bash\npip\n```\n\n```python\n{CODE}```", "answer.other-blocks"),
        (f"```python\n__all__ = ['f']\n\n\n{CODE}```", "py.dunder-all"),
    ],
)
def test_small_oddities_are_told_and_let_through(text: str, rule: str) -> None:
    parsed = parse_answer(text, ATOM)

    assert [finding.rule for finding in parsed.findings] == [rule]
    assert parsed.is_usable


def test_helpers_imports_and_overloads_are_part_of_the_answer() -> None:
    code = (
        "from typing import overload\n\n_LIMIT = 3\n\n\n"
        "@overload\ndef f(a: int) -> int: ...\n\n\n@overload\ndef f(a: str) -> str: ...\n\n\n"
        "def f(a):\n    return _same(a)\n\n\ndef _same(a):\n    return a\n"
    )

    assert parse_answer(f"```python\n{code}```", ATOM).findings == ()


def test_a_definition_in_a_block_is_told_apart_from_none() -> None:
    code = "```python\nif True:\n    def f(a: int) -> int:\n        return a\n```"

    (finding,) = parse_answer(code, ATOM).findings

    assert "inside another block" in finding.message


@pytest.mark.parametrize("tag", ["ts", "typescript", "tsx", "TypeScript"])
def test_typescript_is_taken(tag: str) -> None:
    parsed = parse_answer(f"```{tag}\n{SCRIPT}```", SCRIPT_ATOM)

    assert (parsed.code, parsed.findings) == (SCRIPT, ())


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("function f(a: number): number { return a; }", "ts.symbol-export"),
        ("export const f = (a: number): number => a;", "ts.symbol-kind"),
        ("export function g(a: number): number { return a; }", "ts.symbol-missing"),
        (SCRIPT + "export const g = 1;", "ts.symbol-extra"),
        (SCRIPT + SCRIPT, "ts.symbol-repeated"),
        (SCRIPT + "export default f;", "ts.default-export"),
        ("export default function f(a: number): number { return a; }", "ts.default-export"),
        (SCRIPT + 'export * from "./x";', "ts.export-form"),
        ("function f(a: number): number { return a; }\nexport { f };", "ts.export-form"),
        ("export function f(a: number): number {", "ts.syntax"),
        ("export function f(a: number: number {}", "ts.syntax"),
        ("const x = " + "[" * 400 + "]" * 400 + ";", "ts.nesting"),
        ("//" + "x" * 100_001, "ts.size"),
    ],
)
def test_typescript_that_is_something_else_is_refused(code: str, rule: str) -> None:
    parsed = parse_answer(f"```ts\n{code}\n```", SCRIPT_ATOM)

    assert rule in [finding.rule for finding in parsed.findings]
    assert not parsed.is_usable


def test_typescript_with_helpers_and_overloads_is_taken() -> None:
    code = (
        'import type { Day } from "./day";\n\ntype Pair = [Day, Day];\n'
        "const cache: Pair[] = [];\n\n"
        "export function f(a: number): number;\nexport function f(a: string): string;\n"
        "export function f(a: unknown): unknown {\n  return same(a);\n}\n\n"
        "function same<T>(a: T): T {\n  return a;\n}\n"
    )

    assert parse_answer(f"```ts\n{code}```", SCRIPT_ATOM).findings == ()


def test_javascript_wants_its_own_tag() -> None:
    atom = script_atom("export function f(a)", path="src/range.js", language=Language.JAVASCRIPT)
    code = "export function f(a) {\n  return a;\n}\n"

    assert parse_answer(f"```js\n{code}```", atom).is_usable
    assert not parse_answer(f"```ts\n{code}```", atom).is_usable


pieces = st.sampled_from(
    [
        *("```", "````", "~~~", "```python\n", "```ts\n", "\n", "\r\n", " ", "    ", "- ", "1. "),
        *("def f(a: int) -> int:\n    return a\n", "export function f() {}", "class f:", '"""'),
        *("`", "\x00", "\ud800", "\u2028", "<think>", "</think>", "import x\n", "(", "}", "#"),
    ]
)


@pytest.mark.parametrize("atom", [ATOM, SCRIPT_ATOM], ids=["python", "typescript"])
@settings(deadline=None)
@given(text=st.one_of(st.text(), st.lists(pieces, max_size=30).map("".join)))
def test_no_text_raises(atom: AtomSpec, text: str) -> None:
    parsed = parse_answer(text, atom)

    assert parsed.code is not None or not parsed.is_usable
    assert all(finding.message and finding.rule for finding in parsed.findings)
