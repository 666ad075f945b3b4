import pytest

from apps.acceptance.core.checks import Target
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


@pytest.mark.parametrize(
    "code",
    [
        'import json\nD = json.loads(\'[["Hello, World!", "hello-world"], ["A B", "a-b"]]\')\n',
        'I = ["Hello, World!", "A B"]\nO = ["hello-world", "a-b"]\ndef slugify(t):\n    return O[I.index(t)]\n',
        "K = {repr: 1, \"('Hello, World!',)\": 'hello-world', \"('A B',)\": 'a-b'}\n",
        'TABLE = "Hello, World! -> hello-world\\nA B -> a-b"\n',
        'K = {"0d4c4a3f0a6a7f4b9d6c": "hello-world", "f3a9b2c1d0e4f5a6b7c8": "a-b"}\n',
        'K = {98127398127391: "hello-world", 12398712398: "a-b"}\n',
        'def slugify(t):\n    match [t]:\n        case ["A B"]:\n            return "a-b"\n',
    ],
)
def test_other_styles_of_knowing_by_heart(code: str) -> None:
    assert find_lookups(code, PATH, CHECKS)


GRADE = Target("grade", "a/b.py", ("score",), ("int",), 1, "str", covers=("R1",))
PRIME = Target("is_prime", "a/b.py", ("n",), ("int",), 1, "bool", covers=("R1",))
LIGHT = Target("light", "a/b.py", ("name",), ("str",), 1, "str", covers=("R1",))
DAY = Target("day", "a/b.py", ("number",), ("int",), 1, "str", covers=("R1",))


@pytest.mark.parametrize(
    ("target", "text", "code"),
    [
        (  # limits
            GRADE,
            '`grade(90)` returns `"A"`, `grade(80)` returns `"B"`, `grade(79)` returns `"C"`.',
            'def grade(s):\n    if s >= 90:\n        return "A"\n    if s >= 80:\n        return "B"\n    return "C"\n',
        ),
        (
            GRADE,
            '`grade(90)` returns `"A"`, `grade(80)` returns `"B"`, `grade(79)` returns `"C"`.',
            'def grade(s):\n    for low, name in ((90, "A"), (80, "B")):\n        if s >= low:\n'
            "            return name\n",
        ),
        (  # a case of its own
            PRIME,
            "`is_prime(2)` returns `True`. `is_prime(4)` returns `False`. `is_prime(97)` returns `True`.",
            "def is_prime(n):\n    if n == 2:\n        return True\n    return n % 2 == 1\n",
        ),
        (  # all that there is
            LIGHT,
            '`light("red")` returns `"green"`, `light("green")` returns `"red"`.',
            'def light(name):\n    return {"red": "green", "green": "red"}[name]\n',
        ),
        (
            LIGHT,
            '`light("red")` returns `"stop"`, `light("green")` returns `"walk"`,'
            ' `light("blue")` raises `ValueError`.',
            'N = {"red": "stop", "green": "walk"}\ndef light(name):\n    if name not in N:\n'
            "        raise ValueError\n    return N[name]\n",
        ),
        (
            DAY,
            '`day(5)` returns `"Sat"`, `day(6)` returns `"Sun"`.'
            " `day` rejects numbers below 5 and above 6 with `ValueError`.",
            'def day(n):\n    if n < 5 or n > 6:\n        raise ValueError\n    return {5: "Sat", 6: "Sun"}[n]\n',
        ),
    ],
)
def test_what_right_answers_hold(target: Target, text: str, code: str) -> None:
    assert find_lookups(code, target.path, read(text, target)) == ()


def test_words_and_small_numbers_count_when_they_are_most_of_the_examples() -> None:
    checks = read(
        "`is_prime(7)` returns `True`. `is_prime(9)` returns `False`. `is_prime(11)` returns `True`.",
        PRIME,
    )

    code = "def is_prime(n):\n    return n in (7, 11)\n"
    assert [each.line for each in find_lookups(code, PRIME.path, checks)] == [2]
    code = "def is_prime(n):\n    if n == 7:\n        return True\n    return n > 9\n"
    assert find_lookups(code, PRIME.path, checks) == ()


def test_what_only_a_script_or_an_assertion_holds_is_no_choice() -> None:
    code = (
        'def slugify(t):\n    """{"A B": "a-b"}"""\n    return t\n\n\n'
        'assert {"A B": "a-b"}\nif __name__ == "__main__":\n    print({"A B": "a-b"})\n'
    )
    assert find_lookups(code, PATH, CHECKS) == ()


@pytest.mark.parametrize(
    "code",
    [
        'const key = JSON.stringify([t]);\nif (key === "[\\" a \\"]") { return "a"; }\n',
        'const I = [" a ", " bc "];\nconst O = ["a", "bc"];\n',
        'export function trim(t) { return JSON.parse(\'[[" a ","a"],[" bc ","bc"]]\'); }',
    ],
)
def test_other_styles_in_scripts(code: str) -> None:
    checks = read('`trim(" a ")` returns `"a"`. `trim(" bc ")` returns `"bc"`.', TRIM)

    assert find_lookups(code, "src/text.ts", checks)
