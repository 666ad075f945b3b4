import pytest

from apps.masterplans.core.document import AtomKind, AtomSpec, Language
from apps.masterplans.core.parser import parse
from tests.masterplans.plans import REQUIREMENTS, TASK, problems, read


def atom(bullet: str) -> AtomSpec:
    """The first atom of a plan that has two more, g and h, and the requirements R1 and R2."""
    plan = TASK.replace("- R1: it works", "- R1: it works\n- R2: it flies")
    return read(f"{plan}{bullet}\n- `g()`: x\n- `h()`: x\n").atoms()[0]


@pytest.mark.parametrize(
    ("bullet", "description"),
    [
        ("- `f()`: does it.", "does it."),
        ("* `f()` — does it.", "does it."),
        ("1. `f()` does it.", "does it."),
        ("- ``f()``: does `it`.", "does `it`."),
        ("- `f()`:\n  does\n  it.", "does it."),
        ("- `f()`: Uses regular expressions.", "Uses regular expressions."),
        ("- `f()`: Uses `g` for speed.", "Uses `g` for speed."),
        ("- `f()`: it uses `g`.", "it uses `g`."),
        ("- `f()`: Covers the odd cases.", "Covers the odd cases."),
        ("- `f()`: a. Uses `g`. Then b.", "a. Then b."),
        ("- `f()`: a\n  Uses `g`\n  Covers R1", "a"),
        ("- `f()`: a\n\n  | x |\n  |---|", "a\n\n| x |\n|---|"),
        ("- `f()`: a\n  Uses `g`.\n  | x |\n  |---|", "a\n| x |\n|---|"),
        ("- `f()`: a\n  - Uses `g`\n  - more", "a\n- Uses `g`\n- more"),
    ],
)
def test_description(bullet: str, description: str) -> None:
    assert atom(bullet).description == description


@pytest.mark.parametrize(
    ("clause", "uses"),
    [
        ("Uses `g`.", ["pkg/a.py::g"]),
        ("Uses `g`, `h`", ["pkg/a.py::g", "pkg/a.py::h"]),
        ("uses: `g` and `h`;", ["pkg/a.py::g", "pkg/a.py::h"]),
        ("Uses `g`, and `h`.", ["pkg/a.py::g", "pkg/a.py::h"]),
        ("Uses `g`,\n  ``h``, `g`.", ["pkg/a.py::g", "pkg/a.py::h"]),
        ("Uses `g`. Uses `h`.", ["pkg/a.py::g", "pkg/a.py::h"]),
        ("Uses `g()` and `pkg/a.py::h`.", ["pkg/a.py::g", "pkg/a.py::h"]),
        ("Uses `pkg.a.g`, `a.h`.", ["pkg/a.py::g", "pkg/a.py::h"]),
        ("Uses `re.sub`.", ["re.sub"]),
        ("Uses `f`.", []),
        ("Covers R1. Uses `g`", ["pkg/a.py::g"]),
        ("\n\n  - Uses `g`\n  - Covers R1", ["pkg/a.py::g"]),
    ],
)
def test_uses(clause: str, uses: list[str]) -> None:
    assert list(atom(f"- `f()`: does it. {clause}").uses) == uses


@pytest.mark.parametrize(
    ("clause", "covers"),
    [
        ("Covers R1.", ["R1"]),
        ("covers: r1, **R2**", ["R1", "R2"]),
        ("Covers `R1` & R2, R1.", ["R1", "R2"]),
        ("Uses `g`. Covers R2.", ["R2"]),
        ("Covers R8.", []),
    ],
)
def test_covers(clause: str, covers: list[str]) -> None:
    assert list(atom(f"- `f()`: does it. {clause}").covers) == covers


def test_a_hint_for_misspelt_names() -> None:
    result = parse(f"{TASK}- `collapse()`: x\n- `f()`: x. Uses `colapse`. Covers R11.")

    assert ["did you mean `collapse`?" in each.message for each in result.diagnostics][:1] == [True]
    assert "did you mean R1?" in result.diagnostics[1].message


def test_only_the_first_misspelt_names_get_a_hint() -> None:
    uses = ", ".join(f"`colapse{n}`" for n in range(60))
    result = parse(f"{TASK}- `collapse()`: x\n- `f()`: x. Uses {uses}.")

    hints = ["did you mean" in each.message for each in result.diagnostics]
    assert hints == [True] * 50 + [False] * 10


def test_the_same_file_comes_first() -> None:
    plan = f"{TASK}- `g()`: x\n##### Task: B (`pkg/b.py`)\n- `g()`: y\n- `f()`: x. Uses `g`."

    assert read(plan).atoms()[2].uses == ("pkg/b.py::g",)


def test_modules_are_found_by_their_import_name() -> None:
    plan = f"{TASK}- `f()`: x. Uses `pkg.sub.g`.\n##### Task: B (`pkg/sub/__init__.py`)\n- `g()`: y"

    assert read(plan).atoms()[0].uses == ("pkg/sub/__init__.py::g",)


@pytest.mark.parametrize(
    ("language", "path", "signature", "kind"),
    [
        ("typescript", "src/a.ts", "export interface Range", AtomKind.INTERFACE),
        ("typescript", "src/a.tsx", "export const Button: Component", AtomKind.CONST),
        ("javascript", "src/a.mjs", "export class Range", AtomKind.CLASS),
        ("python", "src/a.py", "class Range(Base)", AtomKind.CLASS),
    ],
)
def test_languages(language: str, path: str, signature: str, kind: AtomKind) -> None:
    plan = TASK.replace("python", language).replace("pkg/a.py", path)

    found = read(f"{plan}- `{signature}`: x").atoms()[0]

    assert (found.kind, found.language, found.path) == (kind, Language(language), path)


@pytest.mark.parametrize(
    ("path", "signature", "language"),
    [
        ("a.ts", "export class A", Language.TYPESCRIPT),
        ("a.js", "export class A", Language.JAVASCRIPT),
        ("a.py", "class A", Language.PYTHON),
        ("a.txt", "export class A", Language.TYPESCRIPT),
        ("a.txt", "class A", Language.PYTHON),
    ],
)
def test_without_a_language_the_file_tells_it(
    path: str, signature: str, language: Language
) -> None:
    plan = TASK.replace("language: python\n", "").replace("pkg/a.py", path)

    assert read(f"{plan}- `{signature}`: x").atoms()[0].language is language


def test_type_signatures_may_hold_backticks() -> None:
    plan = TASK.replace("python", "typescript").replace("a.py", "a.ts")

    found = read(f"{plan}- `` export type Key = `k${{string}}` ``: a key").atoms()[0]

    assert found.signature == "export type Key = `k${string}`"


def test_one_file_may_hold_atoms_of_several_tasks() -> None:
    plan = f"{TASK}- `f()`: x\n##### Task: More (`pkg/a.py`)\n- `g()`: x"

    assert [each.ref for each in read(plan).atoms()] == ["pkg/a.py::f", "pkg/a.py::g"]
    assert problems(plan) == []


def test_a_plan_without_requirements_still_shows_its_atoms() -> None:
    plan = TASK.replace(REQUIREMENTS, REQUIREMENTS.split("##")[0])

    assert "requirements-missing" in problems(f"{plan}- `f()`: x")
    assert len(read(f"{plan}- `f()`: x").atoms()) == 1
