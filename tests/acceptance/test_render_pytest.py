import ast
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.acceptance.core.checks import Bound, Check, CheckKind, Literal, Made, Span, Target
from apps.acceptance.core.held_out import held_out_checks, with_examples
from apps.acceptance.core.quality import inspect_pytest
from apps.acceptance.core.reading import read_checks
from apps.acceptance.core.render_pytest import HELPER_MODULES, py_literal, render_pytest
from apps.acceptance.core.rendering import NotRenderableError
from tests.acceptance.running import outcomes
from tests.acceptance.targets import (
    ADD,
    AGE,
    DECODE,
    ENCODE,
    OUT_OF_STOCK,
    SLUGIFY,
    SORT,
    VALID_PORT,
    read,
)
from tests.acceptance.test_literals import plain

# Everything that a rendered module may be made of; calls are checked by name below.
SHAPES = (
    ast.Module, ast.Import, ast.ImportFrom, ast.alias, ast.FunctionDef, ast.arguments, ast.arg, ast.Assert, ast.Assign,
    ast.Expr, ast.Call, ast.Name, ast.Load, ast.Store, ast.Attribute, ast.Constant, ast.List, ast.Tuple, ast.Dict,
    ast.Set, ast.UnaryOp, ast.USub, ast.Not, ast.BinOp, ast.Mult, ast.Compare, ast.Eq, ast.NotEq, ast.Is, ast.In,
    ast.Lt, ast.LtE, ast.Gt, ast.With, ast.withitem, ast.For, ast.If, ast.While, ast.BoolOp, ast.And, ast.Or, ast.Try,
    ast.ExceptHandler, ast.Raise, ast.Return, ast.Lambda, ast.Starred, ast.Subscript, ast.Slice, ast.ListComp,
    ast.GeneratorExp, ast.comprehension, ast.keyword, ast.Sub,
)  # fmt: skip
SENTENCES = [
    ('`slugify("A B")` returns `"a-b"`.', SLUGIFY),
    ("`slugify(None)` raises `TypeError`.", SLUGIFY),
    ("`slugify` rejects texts longer than 80 characters with ValueError.", SLUGIFY),
    ("`slugify` is idempotent.", SLUGIFY),
    ("`slugify` must never raise.", SLUGIFY),
    ("`slugify` returns a string.", SLUGIFY),
    ("`slugify` returns at most 60 characters.", SLUGIFY),
    ("`slugify` returns text in lower case.", SLUGIFY),
    ("`slugify` must ignore case.", SLUGIFY),
    ("`slugify` is deterministic.", SLUGIFY),
    ("`slugify` should handle 1 kB of text in under 200 ms.", SLUGIFY),
    ("`check_age` accepts ages between 0 and 150.", AGE),
    ("`check_age` returns a value between 0 and 150.", AGE),
    ("`is_port` must return true for ports between 1 and 65535.", VALID_PORT),
    ("`ordered` returns the rows sorted.", SORT),
    ("`ordered` must not modify its argument.", SORT),
]


@pytest.mark.parametrize(("text", "target"), SENTENCES)
def test_every_kind_becomes_a_test_that_means_something(text: str, target: Target) -> None:
    rendered = render_pytest(read(text, target))

    assert (
        inspect_pytest(rendered, modules=[target.path.removesuffix(".py").replace("/", ".")]) == ()
    )
    assert "def test_R1_c1():" in rendered


def test_the_text_of_a_stated_result() -> None:
    assert render_pytest(read('`slugify("A B")` returns `"a-b"`.')) == (
        "from textkit.slug import slugify\n\n\n"
        "def test_R1_c1():\n    assert slugify('A B') == 'a-b'\n"
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("`add(1, 2)` returns `true`", "assert add(1, 2) is True"),
        ("`add(1, 2)` returns `None`", "assert add(1, 2) is None"),
        (
            "`add(1, 2)` returns `0.3`",
            "assert add(1, 2) == pytest.approx(0.3, rel=1e-09, abs=1e-12)",
        ),
        ("`add(1, 2)` returns `NaN`", "assert math.isnan(add(1, 2))"),
        ("`add(1, 2)` returns `1`", "assert not isinstance(found, bool)"),
        ("`add(1, 2)` returns `[0.5, 1]`", "pytest.approx([0.5, 1], rel=1e-09, abs=1e-12)"),
        ('`add(1, 2)` returns `Decimal("1.5")`', "assert add(1, 2) == Decimal('1.5')"),
        ("`add(1, b=2)` returns `3`", "assert add(1, b=2) == 3"),
        ("`add(1, 2).rows[0].strip()` returns `3`", "assert add(1, 2).rows[0].strip() == 3"),
        ("`add(1, 2)` raises `OutOfStock`", "with pytest.raises(OutOfStock):"),
        (
            "`add(1, 2)` raises `RuntimeError`",
            "assert not isinstance(caught.value, NotImplementedError)",
        ),
        ("`add(1, 2)` raises `OwnError`", "from mathkit.basic import OwnError, add"),
        ("`add(1, 2)` contains 3", "assert 3 in add(1, 2)"),
    ],
)
def test_lines(text: str, line: str) -> None:
    assert line in render_pytest(read(text, ADD, OUT_OF_STOCK))


def test_names_that_the_module_needs_are_kept_free() -> None:
    target = Target("found", "a/b.py", ("x",), ("int",), 1, "int", covers=("R1",))

    rendered = render_pytest(read("`found(2)` returns `1`", target))

    assert "from a.b import found as found_2" in rendered
    assert "found = found_2(2)" in rendered


@pytest.mark.parametrize(
    "target",
    [
        Target("slugify"),
        Target("slugify", "textkit/slug.ts"),
        Target("slugify", "text-kit/slug.py"),
        Target("slugify", "class/slug.py"),
        Target("x; import os", "textkit/slug.py"),
        Target("def", "textkit/slug.py"),
        Target("a.b", "textkit/slug.py"),
        Target("slugify", "a\nimport os/b.py"),
    ],
)
def test_what_cannot_be_imported_is_not_rendered(target: Target) -> None:
    check = Check("R1.c1", "R1", CheckKind.RETURNS, target, (1,), 1, "", None, "", Span(0, 1))

    with pytest.raises(NotRenderableError):
        render_pytest([check])


@given(plain)
def test_literals_survive_rendering(value: Literal) -> None:
    text = py_literal(value)

    if "float(" not in text and "*" not in text:  # infinities, and long runs of one character
        assert repr(ast.literal_eval(text)) == repr(value)


@given(plain, plain)
def test_any_value_renders_to_a_module_that_parses(given_value: Literal, expected: Literal) -> None:
    check = Check(
        "R1.c1",
        "R1",
        CheckKind.RETURNS,
        SLUGIFY,
        (given_value,),
        expected,
        "",
        None,
        "",
        Span(0, 1),
    )

    assert_only_expected_shapes(render_pytest([check]))


HOSTILE = [
    '`slugify("A")` returns `"a"`', "`slugify`", "returns", "raises `TypeError`", "for", '"""', "'''", "\\", "\n",
    "import os", "; os.system('x')", "__import__('os').system('x')", "#", "`eval('1')`", "`slugify(eval('1'))`",
    "between 1 and 2", "accepts", "is idempotent", "`x.__class__`", "\u2028", "\u202e", "{", "}", "%s", "f'{1}'",
    "`slugify('\\'); import os #')`", "| a | result |\n|--|--|\n| `exec('x')` | `'\\n'` |",
]  # fmt: skip


@given(st.lists(st.sampled_from(HOSTILE), max_size=12).map(" ".join) | st.text(max_size=120))
def test_no_requirement_becomes_code(text: str) -> None:
    checks = read_checks(text, requirement="R1", targets=[SLUGIFY]).checks
    checks = (*checks, *held_out_checks(with_examples(checks), seed=1))
    renderable = [check for check in checks if check.target.path]

    if renderable:
        assert_only_expected_shapes(render_pytest(renderable))


def assert_only_expected_shapes(text: str) -> None:
    tree = ast.parse(text)
    allowed = {
        "slugify",
        "found",
        "given",
        "call",
        "inputs",
        "first",
        "args",
        "value",
        "error",
        "start",
    }
    for node in ast.walk(tree):
        assert isinstance(node, SHAPES), ast.dump(node)
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module]
            )
            assert set(names) <= {*HELPER_MODULES, "textkit.slug", "decimal", "datetime"}
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            own = {
                "_outcomes",
                "_accepted",
                "_elapsed_s",
                "any",
                "all",
                "isinstance",
                "len",
                "min",
                "list",
                "zip",
            }
            assert node.func.id in allowed | own | {
                "sorted",
                "range",
                "float",
                "type",
                "frozenset",
                "set",
            }
    assert "__" not in {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


# --- against functions of our own ---------------------------------------------------------------


def right_slugify(text: object, sep: str = "-") -> str:
    if not isinstance(text, str):
        raise TypeError
    return sep.join("".join(c if c.isalnum() else " " for c in text).lower().split())


def shouting_slugify(text: str) -> str:
    return right_slugify(text).upper()


def learnt_slugify(text: str) -> str:
    return {"Hello, World!": "hello-world", "A B": "a-b"}.get(text, "")


def echoing_slugify(text: str) -> str:
    return "hello-world" if text == "Hello, World!" else "a-b" if text == "A B" else text


def none(*_: object, **__: object) -> None:
    return None


def echo(*args: object, **_: object) -> object:
    return args[0]


def zero(*_: object, **__: object) -> str:
    return ""


def unwritten(*_: object, **__: object) -> None:
    raise NotImplementedError


def judged(sentences: Sequence[str], function: Callable[..., object]) -> dict[str, str]:
    checks = [
        check
        for number, text in enumerate(sentences, start=1)
        for check in read_checks(text, requirement=f"R{number}", targets=[SLUGIFY]).checks
    ]
    complete = with_examples(checks)
    text = render_pytest([*complete, *held_out_checks(complete, seed=3)])
    return outcomes(text, {"slugify": function}, "textkit.slug")


SLUGS = [
    '`slugify("Hello, World!")` returns `"hello-world"`.',
    '`slugify("A B")` returns `"a-b"`.',
    "`slugify` rejects non-strings with TypeError.",
    "`slugify` is idempotent.",
    "`slugify` returns text in lower case.",
    "`slugify` must handle 10 kB of text in under 1 s.",
]


def test_a_right_function_passes() -> None:
    assert set(judged(SLUGS, right_slugify).values()) == {"passed"}


@pytest.mark.parametrize("function", [none, echo, zero, unwritten])
def test_every_test_is_red_on_a_stub(function: Callable[..., object]) -> None:
    assert "passed" not in judged(SLUGS, function).values()


def test_a_wrong_function_fails() -> None:
    found = judged(SLUGS, shouting_slugify)

    assert found["test_R1_c1"] == found["test_R5_c1"] == "AssertionError"


@pytest.mark.parametrize("function", [learnt_slugify, echoing_slugify])
def test_what_knows_the_examples_by_heart_fails_the_held_out_inputs(
    function: Callable[..., object],
) -> None:
    found = judged(SLUGS[:2], function)

    assert found["test_R1_c1"] == found["test_R2_c1"] == "passed"
    assert found["test_R1_h1"] == found["test_R2_h1"] == "AssertionError"


def test_a_limit_is_judged_on_both_sides() -> None:
    text = render_pytest(
        read("`check_age` rejects ages below 0 and above 150 with ValueError.", AGE)
    )

    def strict(age: int) -> int:
        if not 0 < age <= 150:
            raise ValueError
        return age

    def loose(age: int) -> int:
        if age < 0:
            raise ValueError
        return age

    def right(age: int) -> int:
        if not 0 <= age <= 150:
            raise ValueError
        return age

    assert outcomes(text, {"check_age": right}, "forms.age") == {"test_R1_c1": "passed"}
    assert outcomes(text, {"check_age": strict}, "forms.age") == {"test_R1_c1": "ValueError"}
    assert outcomes(text, {"check_age": loose}, "forms.age") == {"test_R1_c1": "Failed"}


def test_an_inverse_pair_is_judged() -> None:
    text = render_pytest(read("`decode(encode(x)) == x`", ENCODE, DECODE))
    right = {"encode": lambda text: text[::-1], "decode": lambda text: text[::-1]}
    wrong = {"encode": lambda text: text.lower(), "decode": lambda text: text}

    assert outcomes(text, right, "codec.base") == {"test_R1_c1": "passed"}
    assert outcomes(text, wrong, "codec.base") == {"test_R1_c1": "AssertionError"}


def test_a_changed_argument_is_seen() -> None:
    text = render_pytest(read("`ordered` must not modify its argument.", SORT))

    assert outcomes(text, {"ordered": sorted}, "lists.order") == {"test_R1_c1": "passed"}
    assert outcomes(text, {"ordered": list.sort}, "lists.order") == {"test_R1_c1": "AssertionError"}


def test_a_bound_needs_an_end() -> None:
    check = Check("R1.c1", "R1", CheckKind.RANGE, AGE, (1,), None, "", Bound(), "", Span(0, 1))

    with pytest.raises(NotRenderableError):
        render_pytest([check])
    with pytest.raises(NotRenderableError):
        py_literal(Made(AGE, (1,)))
