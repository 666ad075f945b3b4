import pytest

from apps.acceptance.core.lookup import find_lookups
from tests.acceptance.targets import ADD, TRIM, read

CHECKS = (
    *read('`slugify("Hello, World!")` returns `"hello-world"`. `slugify("A B")` returns `"a-b"`.'),
    *read('`slugify("??")` raises `ValueError`.'),
)
PATH = "textkit/slug.py"


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        (
            'def slugify(t):\n    if t == "Hello, World!":\n        return "hello-world"\n    return t',
            [2],
        ),
        ('def slugify(t):\n    return "a-b" if "A B" == t else t', [2]),
        ('def slugify(t):\n    match t:\n        case "A B":\n            return "a-b"', [3]),
        ('def slugify(t):\n    return {"Hello, World!": "hello-world", "A B": "a-b"}.get(t)', [2]),
        ('KNOWN = {"A B": "a-b"}\ndef slugify(t):\n    return KNOWN[t]', [1]),
        (
            'def slugify(t):\n    for a, b in [("A B", "a-b")]:\n        if a == t:\n            return b',
            [2],
        ),
        ('T = {}\nT["A B"] = "a-b"', [2]),
        ('def slugify(t):\n    if t in ("??", "!"):\n        raise ValueError', [2]),
        (
            'def slugify(t):\n    if t != "A B":\n        return t\n    else:\n        return "a-b"',
            [2],
        ),
    ],
)
def test_code_that_carries_the_examples(code: str, lines: list[int]) -> None:
    assert [finding.line for finding in find_lookups(code, PATH, CHECKS)] == lines


@pytest.mark.parametrize(
    "code",
    [
        'def slugify(t):\n    return "-".join(t.lower().split())',
        'def slugify(t):\n    """`slugify("A B")` returns "a-b"."""\n    return t',
        'def slugify(t):\n    if t == "A B":\n        t = t.strip()\n    return t',
        'UMLAUTS = {"Ä": "Ae", "Ö": "Oe", "A B": "a-b", "ß": "ss"}',  # one of many entries
        "not python (",
        "",
    ],
)
def test_code_that_does_not(code: str) -> None:
    assert find_lookups(code, PATH, CHECKS) == ()


def test_what_algorithms_treat_apart_is_no_example() -> None:
    checks = read("`add(0, 0)` returns 0. `add(1, 1)` returns 2.", ADD)

    assert (
        find_lookups("def add(a, b):\n    if a == 0:\n        return b\n", ADD.path, checks) == ()
    )


def test_two_numbers() -> None:
    checks = read("`add(2, 3)` returns 5.", ADD)

    code = "def add(a, b):\n    if a == 2 and b == 3:\n        return 5\n    return 0"
    assert [each.line for each in find_lookups(code, ADD.path, checks)] == [2]
    code = "def add(a, b):\n    return {(2, 3): 5}[a, b]"
    assert [each.line for each in find_lookups(code, ADD.path, checks)] == [2]


def test_a_value_that_is_made_by_a_call() -> None:
    checks = read('`slugify("19.995")` returns `Decimal("20.00")`.')
    code = 'def slugify(t):\n    if t == "19.995":\n        return Decimal("20.00")\n'

    assert [finding.line for finding in find_lookups(code, PATH, checks)] == [2]


def test_a_requirement_that_is_a_table_may_be_one() -> None:
    text = '`slugify` maps these names:\n\n| text | result |\n|--|--|\n| "A B" | "a-b" |'
    examples = text.replace("maps these names", "must return these results")
    code = 'KNOWN = {"A B": "a-b"}'

    assert find_lookups(code, PATH, read(text)) == ()
    assert len(find_lookups(code, PATH, read(examples))) == 1


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ('export function trim(t) {\n  if (t === " a ") {\n    return "a";\n  }\n}', [2]),
        ('export const trim = (t) => (t === " a " ? "a" : t);', [1]),
        ('switch (t) {\n  case " a ":\n    return "a";\n}', [2]),
        ('const KNOWN = { " a ": "a", b };', [1]),
        ('const KNOWN = new Map([[" a ", "a"]]);', [1]),
        ("export function trim(t) { return t.trim(); }", []),
        ('export function trim(t) { if (t === " a ") { t = t.slice(1); } return t; }', []),
        ("not a script (", []),
    ],
)
def test_scripts(code: str, lines: list[int]) -> None:
    checks = read('`trim(" a ")` returns `"a"`.', TRIM)

    assert [finding.line for finding in find_lookups(code, "src/text.ts", checks)] == lines
