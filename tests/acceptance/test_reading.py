from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.acceptance.core.binding import targets_of
from apps.acceptance.core.checks import Bound, CheckKind, Literal, Target
from apps.acceptance.core.reading import MAX_CHECKS, read_checks
from tests.acceptance.targets import (
    ADD,
    AGE,
    DAY,
    DECODE,
    ENCODE,
    OUT_OF_STOCK,
    SLUGIFY,
    SORT,
    TRIM,
    VALID_PORT,
    checks_of,
    codes,
    plan,
    read,
)

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.mark.parametrize(
    ("text", "args", "expect"),
    [
        ('`slugify("A B")` returns `"a-b"`.', ("A B",), "a-b"),
        ('`slugify("A B")` must return `"a-b"`.', ("A B",), "a-b"),
        ('`slugify("A B")` should always return the string `"a-b"`', ("A B",), "a-b"),
        ('`slugify("A B") == "a-b"`', ("A B",), "a-b"),
        ('`slugify("A B") -> "a-b"`', ("A B",), "a-b"),
        ('`slugify("A B") === "a-b"`', ("A B",), "a-b"),
        ('`slugify("A B")` → `"a-b"`', ("A B",), "a-b"),
        ('slugify("A B") = "a-b"', ("A B",), "a-b"),
        ('`slugify("A B")` is `"a-b"`, in every time zone', ("A B",), "a-b"),
        ('`slugify` returns `"a-b"` for `"A B"`.', ("A B",), "a-b"),
        ('`slugify` must return "a-b" when given "A B"', ("A B",), "a-b"),
        ('Given `"A B"`, `slugify` returns `"a-b"`.', ("A B",), "a-b"),
        ('`slugify` turns "A B" into "a-b".', ("A B",), "a-b"),
        ('`slugify` maps `"A B"` to `"a-b"`', ("A B",), "a-b"),
        ('The slug of a title:\n- `"A B"` → `"a-b"`', ("A B",), "a-b"),
        ('`slugify("A B")` devuelve `"a-b"`.', ("A B",), "a-b"),
        ('`slugify("A B")` debe devolver `"a-b"`.', ("A B",), "a-b"),
        ("`slugify` debe devolver «a-b» para «A B».", ("A B",), "a-b"),
        ('Para `"A B"`, la función devuelve `"a-b"`.', ("A B",), "a-b"),
        ('`slugify` convierte "A B" en "a-b".', ("A B",), "a-b"),
        ('`slugify` devuelve una cadena vacía para `" "`', (" ",), ""),
        ('textkit.slug.slugify("A B") returns "a-b"', ("A B",), "a-b"),
    ],
)
def test_a_stated_result(text: str, args: tuple[Literal, ...], expect: Literal) -> None:
    (check,) = read(text)

    assert (check.kind, check.args, check.expect) == (CheckKind.RETURNS, args, expect)
    assert check.target == SLUGIFY
    assert check.id == "R1.c1"


def test_several_calls_and_results() -> None:
    checks = read("`add(1, 2)` returns 3, `add(0, 0)` returns 0, and `add(2, 2)` gives 4.", ADD)

    assert [(check.args, check.expect) for check in checks] == [
        ((1, 2), 3),
        ((0, 0), 0),
        ((2, 2), 4),
    ]
    assert [check.id for check in checks] == ["R1.c1", "R1.c2", "R1.c3"]


def test_calls_that_share_a_result() -> None:
    checks = read("`add(1, 3)`, `add(2, 2)` and `add(4, 0)` all return 4.", ADD)

    assert [check.args for check in checks] == [(1, 3), (2, 2), (4, 0)]
    assert {check.expect for check in checks} == {4}


def test_several_inputs_of_one_result() -> None:
    checks = read("`is_port` returns `true` for 1, 80 and 65535.", VALID_PORT)

    assert [check.args for check in checks] == [(1,), (80,), (65535,)]


def test_parts_of_a_result() -> None:
    (check,) = read('`slugify("A B").split("-")[0]` returns `"a"`.')

    assert [step.name or step.index for step in check.steps] == ["split", 0]


def test_a_part_is_contained() -> None:
    (check,) = read('`slugify("A B")` starts with `"a"`.')

    assert (check.kind, check.property, check.expect) == (CheckKind.RETURNS, "starts_with", "a")


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        ("`slugify(None)` must raise `TypeError`.", [(None,)]),
        ("`slugify(None)` raises a TypeError.", [(None,)]),
        ("`slugify(None)` → `TypeError`", [(None,)]),
        ("`slugify` raises TypeError for `None`.", [(None,)]),
        ("`slugify` raises `TypeError` if given `None` or 42", [(None,), (42,)]),
        ("`slugify` rejects non-strings with TypeError.", [(None,), (42,), (["a"],)]),
        ("`slugify` must raise TypeError if `text` is not a string", [(None,), (42,), (["a"],)]),
        ("A non-string argument must raise TypeError.", [(None,), (42,), (["a"],)]),
        ("`slugify(None)` debe lanzar `TypeError`.", [(None,)]),
        ("`slugify` lanza TypeError si `text` no es una cadena.", [(None,), (42,), (["a"],)]),
        (
            "IF the text is not a string (None, 42), THEN it SHALL raise a TypeError.",
            [(None,), (42,)],
        ),
    ],
)
def test_an_error(text: str, inputs: list[tuple[Literal, ...]]) -> None:
    checks = read(text)

    assert [check.args for check in checks] == inputs
    assert {(check.kind, check.raises) for check in checks} == {(CheckKind.RAISES, "TypeError")}


def test_an_error_of_the_plan() -> None:
    (check,) = read("`add(1, 2)` raises `OutOfStock`", ADD, OUT_OF_STOCK)

    assert (check.raises, check.partner) == ("OutOfStock", OUT_OF_STOCK)


@pytest.mark.parametrize(
    ("text", "accepted", "refused"),
    [
        ("`check_age` accepts ages between 0 and 150.", [0, 1, 149, 150], [-1, 151]),
        (
            "`check_age` must reject values below 0 and above 150 with `ValueError`.",
            [0, 1, 149, 150],
            [-1, 151],
        ),
        ("`check_age` raises ValueError if `age` is less than 18.", [18, 19], [17]),
        ("`check_age` raises ValueError unless age is between 0 and 9.", [0, 1, 8, 9], [-1, 10]),
        ("`age` must be at least 18", [18, 19], [17]),
        ("The age must be greater than 0.", [1], [-1, 0]),
        ("The age must not be greater than 10.", [9, 10], [11]),
        ("`check_age` rejects ages outside 1-9 with ValueError.", [1, 2, 8, 9], [0, 10]),
        ("`check_age` acepta edades entre 0 y 150.", [0, 1, 149, 150], [-1, 151]),
        ("La edad debe ser mayor que 0.", [1], [-1, 0]),
        ("`check_age` rechaza valores menores que 18 con ValueError.", [18, 19], [17]),
        ("`check_age` only accepts multiples of 5.", [5, 10], [4, 6]),
        ("The age must be a positive integer.", [1], [-1, 0]),
        ("La edad no debe ser negativa.", [0, 1], [-1]),
    ],
)
def test_limits_of_an_argument(text: str, accepted: list[int], refused: list[int]) -> None:
    (check,) = read(text, AGE)

    assert sorted(args[0] for args in check.inputs) == accepted
    assert sorted(args[0] for args in check.refused) == refused
    assert check.kind in (CheckKind.ACCEPTS, CheckKind.REJECTS)


def test_limits_of_a_length() -> None:
    (check,) = read("`slugify` rejects texts longer than 80 characters with ValueError.")

    assert [len(args[0]) for args in check.inputs] == [79, 80]  # type: ignore[arg-type]  # a number or a text here
    assert [len(args[0]) for args in check.refused] == [81]  # type: ignore[arg-type]  # a number or a text here
    assert check.raises == "ValueError"


def test_a_function_that_answers_yes_or_no() -> None:
    (check,) = read("`is_port` must return true for ports between 1 and 65535.", VALID_PORT)

    assert check.property == "boolean"
    assert [args[0] for args in check.refused] == [0, 65536]


@pytest.mark.parametrize(
    ("text", "target", "kind", "property_"),
    [
        ("`slugify` is idempotent.", SLUGIFY, CheckKind.IDEMPOTENT, ""),
        ("`slugify(slugify(x)) == slugify(x)`", SLUGIFY, CheckKind.IDEMPOTENT, ""),
        ("`slugify` es idempotente.", SLUGIFY, CheckKind.IDEMPOTENT, ""),
        ("`slugify` must never raise.", SLUGIFY, CheckKind.NEVER_RAISES, ""),
        ("`slugify` nunca lanza.", SLUGIFY, CheckKind.NEVER_RAISES, ""),
        ("`ordered` returns the rows sorted.", SORT, CheckKind.SORTED, "ascending"),
        ("`ordered` returns the rows in descending order.", SORT, CheckKind.SORTED, "descending"),
        ("`ordered` devuelve las filas ordenadas.", SORT, CheckKind.SORTED, "ascending"),
        ("`slugify` returns a string.", SLUGIFY, CheckKind.TYPE, "str"),
        ("`slugify` debe devolver una cadena.", SLUGIFY, CheckKind.TYPE, "str"),
        ("`slugify` returns at most 60 characters.", SLUGIFY, CheckKind.LENGTH, ""),
        ("`check_age` returns a value between 0 and 150.", AGE, CheckKind.RANGE, ""),
        ("`slugify` returns text in lower case.", SLUGIFY, CheckKind.CASE, "lower"),
        ("`slugify` must ignore case.", SLUGIFY, CheckKind.CASE, "insensitive"),
        ("`slugify` devuelve el texto en minúsculas.", SLUGIFY, CheckKind.CASE, "lower"),
        ("`slugify` is deterministic.", SLUGIFY, CheckKind.DETERMINISTIC, ""),
        ("`ordered` must not modify its argument.", SORT, CheckKind.NO_MUTATION, ""),
        (
            "`ordered` should leave the list that it is given as it was.",
            SORT,
            CheckKind.NO_MUTATION,
            "",
        ),
        ("`ordered` no modifica su entrada.", SORT, CheckKind.NO_MUTATION, ""),
    ],
)
def test_properties(text: str, target: Target, kind: CheckKind, property_: str) -> None:
    (check,) = read(text, target)

    assert (check.kind, check.property, check.target) == (kind, property_, target)
    assert check.inputs


@pytest.mark.parametrize(
    "text",
    [
        "`decode(encode(x)) == x`",
        "`decode` is the inverse of `encode`.",
        "`decode(encode(text))` returns `text`.",
        "`encode` and `decode` are inverses.",
        "`decode` es la inversa de `encode`.",
    ],
)
def test_an_inverse_pair(text: str) -> None:
    (check,) = read(text, ENCODE, DECODE)

    assert (check.kind, check.target, check.partner) == (CheckKind.INVERSE, ENCODE, DECODE)


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        (
            "`slugify` should handle 1 MB of text in under 200 ms.",
            Bound(low=1_000_000, high=0.2, unit="s"),
        ),
        (
            "`slugify` handles 10,000 characters within 1 second.",
            Bound(low=10_000, high=1, unit="s"),
        ),
        ("`slugify` procesa 1 MB en menos de 2 segundos.", Bound(low=1_000_000, high=2, unit="s")),
        ('`slugify("A B")` must return in less than 5 ms.', Bound(high=0.005, unit="s")),
    ],
)
def test_time(text: str, bound: Bound) -> None:
    (check,) = read(text)

    assert (check.kind, check.bound) == (CheckKind.PERFORMANCE, bound)


def test_a_table() -> None:
    text = (
        "`add` must return these results:\n| a | b | result | note |\n|---|---|---|---|\n"
        '| 1 | 2 | 3 | small |\n| `-1` | 1 | 0 | signs |\n| 1 | "x" | TypeError | text |'
    )
    checks = read(text, ADD)

    assert [(check.args, check.expect, check.raises) for check in checks] == [
        ((1, 2), 3, ""),
        ((-1, 1), 0, ""),
        ((1, "x"), None, "TypeError"),
    ]


def test_columns_find_their_parameters_by_name() -> None:
    (check,) = read("`add` adds:\n\n| result | b | a |\n|--|--|--|\n| 5 | 2 | 3 |", ADD)

    assert (check.args, check.expect) == ((3, 2), 5)


def test_a_cell_of_words_is_a_text_where_the_signature_says_so() -> None:
    (check,) = read("`slugify`:\n\n| text | result |\n|--|--|\n| Hello World | hello-world |")

    assert (check.args, check.expect) == (("Hello World",), "hello-world")


def test_a_span_covers_its_sentence() -> None:
    text = 'First `slugify("A")` returns `"a"`. Then `slugify("B")` returns `"b"`.'

    spans = [text[check.span.start : check.span.end] for check in read(text)]

    assert spans == ['`slugify("A")` returns `"a"`', '`slugify("B")` returns `"b"`']


@pytest.mark.parametrize(
    "text",
    [
        "The design should be clean and modern.",
        "Users can log in.",
        'A "must-have" list is kept.',
        "`slugify` is a pure delight.",
        "`slugify` should start with the title.",
        '`slugify("A")` must not return `"a"`.',
        "`ordered` returns the rows sorted by name.",
        "[NEEDS CLARIFICATION: which one?]",
        "Argument(s) are documented.",
        "",
        "`",
        "| a |\n|---|",
    ],
)
def test_what_no_template_reads_gives_no_check(text: str) -> None:
    assert read(text, SLUGIFY, SORT) == ()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('`nowhere("A")` returns `"a"`.', "no-binding"),
        ('`slugify("A")` returns `hello`.', "unreadable-value"),
        ('`slugify("A")` returns `"a"` or `"b"`.', "ambiguous-value"),
        ("`slugify(1, 2, 3)` returns `4`.", "too-many-arguments"),
        ("`slugify(None)` throws `RangeError`.", "unknown-error"),
        ("`slugify` raises `ValueError` when the moon is full.", "no-input"),
        ('`slugify`:\n\n| text | result |\n|--|--|\n| 42 | "42" |', "ambiguous-value"),
        ('`slugify`:\n\n| text | result |\n|--|--|\n| "a" and "b" | "42" |', "unreadable-value"),
    ],
)
def test_a_question_where_the_reason_is_known(text: str, code: str) -> None:
    assert code in codes(text)
    assert read(text) == ()


def test_two_atoms_of_one_name() -> None:
    other = Target("slugify", "web/slug.py", ("text",), ("str",), 1)
    text = '`slugify("A")` returns `"a"`.'

    assert codes(text, other, Target("slugify", "b/slug.py")) == ["several-bindings"]
    assert read(text, other, SLUGIFY)[0].target == SLUGIFY  # the one that covers the requirement


def test_an_unnamed_function_is_the_one_that_covers() -> None:
    (check,) = read('Given "A B", it returns "a-b".', SLUGIFY, AGE.__class__("other", "b.py"))

    assert check.target == SLUGIFY
    assert codes('Given "A B", it returns "a-b".', SLUGIFY, ENCODE) == ["several-bindings"]


def test_without_a_plan_any_name_is_read() -> None:
    (check,) = read('`parse("1")` returns `1`.', Target(""))

    assert (check.target.symbol, check.target.path) == ("parse", "")


def test_dates_are_values_of_javascript() -> None:
    (check,) = read('`formatDay(new Date("2025-03-01"))` returns `"2025-03-01"`.', DAY)

    assert check.args[0].is_new  # type: ignore[union-attr]  # a call here
    assert codes('`slugify(new Date("2025"))` returns `"x"`.') == ["no-binding"]


def test_undefined_is_no_null() -> None:
    checks = read("`trim` throws TypeError for `null` and `undefined`.", TRIM)

    assert [repr(check.args[0]) for check in checks] == ["None", "<Absent.UNDEFINED: 'undefined'>"]


def test_one_and_true_are_two_inputs() -> None:
    checks = read("`slugify(1)` raises TypeError. `slugify(True)` raises TypeError.")

    assert [check.args for check in checks] == [(1,), (True,)]


def test_a_long_table_is_cut() -> None:
    rows = "\n".join(f"| {n} | 1 | {n + 1} |" for n in range(MAX_CHECKS + 20))

    assert len(read(f"`add`:\n\n| a | b | result |\n|--|--|--|\n{rows}", ADD)) == MAX_CHECKS


STATED = {  # requirements of the examples that state a call and what comes of it
    "textkit": "R1 R2 R3 R4 R5 R6 R7 R8 R9 R10 R11 R13",
    "inventory": "R1 R2 R3 R4 R5 R6 R7 R18 R19 R20",
    "daterange": "R1 R2 R3 R4 R5 R7 R9 R10 R11",
}


@pytest.mark.parametrize("name", sorted(STATED))
def test_the_examples(name: str) -> None:
    document = plan((EXAMPLES / name / "masterplan.md").read_text(encoding="utf-8"))
    checks = checks_of(document)

    assert list(dict.fromkeys(check.requirement for check in checks)) == STATED[name].split()
    assert all(check.target.path for check in checks)


def test_the_questions_of_the_examples() -> None:
    document = plan((EXAMPLES / "daterange" / "masterplan.md").read_text(encoding="utf-8"))
    targets = targets_of(document)
    asked = {
        requirement.ref: [question.code.value for question in reading.questions]
        for requirement in document.requirements
        if (
            reading := read_checks(requirement.text, requirement=requirement.ref, targets=targets)
        ).questions
    }

    assert asked == {"R13": ["no-input"], "R14": ["no-input"]}


WORDS = [
    "`slugify(None)`", "`slugify`", "returns", "must", "raises", "`TypeError`", '"a"', "between", "1", "and", "→",
    "|", "\n", "---", "if", "is not a string", "debe", "devolver", "(", ")", "at most", "ms", "`", "  ", "for",
]  # fmt: skip


@given(st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join) | st.text(max_size=200))
def test_no_text_breaks_the_reading(text: str) -> None:
    for target in (SLUGIFY, TRIM, Target("")):
        reading = read_checks(text, requirement="R1", targets=[target])
        for place in (*reading.checks, *reading.questions):
            assert 0 <= place.span.start <= place.span.end <= max(len(text), 1)


@pytest.mark.parametrize(
    "piece", [" ", "if ", "a", "`", '"', "(", "f(", "⟦c1⟧", "is not ", "|", "1,", "raises "]
)
def test_long_texts_are_read_in_time(piece: str) -> None:
    assert read(piece * 4_000 + "raises `E`") is not None
