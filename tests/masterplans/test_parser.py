from decimal import Decimal

import pytest

from apps.masterplans.core import parser
from apps.masterplans.core.document import (
    AtomKind,
    AtomSpec,
    DiagnosticSeverity,
    FrontMatter,
    GateMode,
    Language,
    Priority,
)
from apps.masterplans.core.parser import ParseResult, parse
from apps.masterplans.core.problems import MAX_PROBLEMS, WARNINGS, Code
from tests.masterplans.plans import HEAD, REQUIREMENTS, TASK, TOOLKIT, codes, problems, read


def test_a_whole_masterplan() -> None:
    result = parse(TOOLKIT)
    document = read(TOOLKIT)

    assert result.diagnostics == ()
    assert not result.has_errors
    assert document.front == FrontMatter(
        title="Text toolkit",
        language=Language.PYTHON,
        package="textkit",
        budget_usd=Decimal("5.00"),
        soft_cap=Decimal("0.7"),
        model="default",
        gate=GateMode.PER_WAVE,
        batching=False,
    )
    assert document.context == "Small functions for *text*."
    assert [(each.ref, each.priority) for each in document.requirements] == [
        ("R1", Priority.MUST),
        ("R2", Priority.MUST),
        ("R3", Priority.SHOULD),
        ("R7", Priority.MAY),
    ]
    assert document.requirements[1].text.splitlines()[1] == "| input | result     |"
    assert [phase.title for phase in document.phases] == ["Core"]
    assert [each.title for each in document.phases[0].milestones] == ["Slugs"]
    assert [(task.title, task.path) for task in document.tasks()] == [
        ("Normalising", "textkit/normalize.py"),
        ("Slugs", "textkit/slug.py"),
    ]
    assert document.atoms()[1] == AtomSpec(
        path="textkit/slug.py",
        symbol="slugify",
        kind=AtomKind.FUNCTION,
        language=Language.PYTHON,
        signature="slugify(text: str) -> str",
        description="lower-case ASCII slug.",
        uses=("textkit/normalize.py::collapse",),
        covers=("R1",),
        line=42,
    )
    assert document.atoms()[1].ref == "textkit/slug.py::slugify"


# Each problem: its code, a text that has it, and where it is reported.
EXAMPLES = [
    (Code.CONTROL_CHARACTER, f"{REQUIREMENTS}- R2: a\x07b", (8, 8)),
    (Code.CONTROL_CHARACTER, f"{REQUIREMENTS}- R2: \ud800", (8, 7)),
    (Code.CONTROL_CHARACTER, '---\ntitle: "a\\0b"\n---\n', (2, 8)),
    (Code.UNCLOSED_BLOCK, f"{REQUIREMENTS}```python\n## Plan", (8, 1)),
    (Code.UNCLOSED_BLOCK, f"{REQUIREMENTS}<!-- ## Plan", (8, 1)),
    (Code.HEADING_LEVEL, f"{HEAD}### Requirements\n- it must work", (5, 1)),
    (Code.HEADING_LEVEL, f"{REQUIREMENTS}# Plan", (8, 1)),
    (Code.HEADING_TOO_LONG, f"{TASK}- `f()`: x\n### {'a' * 700}\n##### Task (`b.py`)", (11, 1)),
    (Code.HEADING_TOO_LONG, f"{TASK}- `f()`: x\n##### {'a' * 201} (`b.py`)\n- `g()`: x", (11, 1)),
    (Code.TEXT_IGNORED, f"{REQUIREMENTS}\nOnly a remark.", (9, 1)),
    (Code.TEXT_IGNORED, f"{REQUIREMENTS}```\ncode\n```", (8, 1)),
    (Code.TEXT_IGNORED, f"{TASK}A remark.\n\n- `f()`: x", (10, 1)),
    (Code.TEXT_IGNORED, f"{TASK}- `f()`: x\n###### Deep", (11, 1)),
    (Code.EMPTY_SECTION, f"{REQUIREMENTS}### SHOULD", (8, 1)),
    (Code.EMPTY_SECTION, f"{HEAD}## Requirements\n### MUST\n### SHOULD\n- a", (6, 1)),
    (Code.EMPTY_SECTION, f"{TASK}- `f()`: x\n### Phase: B", (11, 1)),
    (Code.EMPTY_SECTION, f"{TASK}##### Task: B (`b.py`)\n- `f()`: x", (9, 1)),
    (Code.FRONT_MATTER_UNCLOSED, "---\ntitle: T\n# T\n- it must work", (1, 1)),
    (Code.FRONT_MATTER_UNCLOSED, "---\ntitle: T", (1, 1)),
    (Code.FRONT_MATTER_TOO_LONG, f"---\ntitle: {'x' * 17_000}\n---\n", (1, 1)),
    (Code.FRONT_MATTER_YAML, "---\ntitle: a: b\n---\n", (2, 9)),
    (Code.UNKNOWN_KEY, "---\ntitle: T\nbudget: 5\n---\n", (3, 1)),
    (Code.DUPLICATE_KEY, "---\ntitle: T\ntitle: U\n---\n", (3, 1)),
    (Code.BAD_VALUE, "---\ntitle: T\nsoft_cap: 70\n---\n", (3, 11)),
    (Code.MISSING_TITLE, "# T\nIt must work.", (1, 1)),
    (Code.MISSING_LANGUAGE, TASK.replace("language: python\n", "") + "- `f()`: x", (1, 1)),
    (Code.REQUIREMENTS_MISSING, HEAD, (1, 1)),
    (Code.REQUIREMENTS_MISSING, f"{HEAD}## Requirements\n", (5, 1)),
    (Code.REQUIREMENTS_FROM_PROSE, f"{HEAD}Text.\n\nIt must work.", (7, 1)),
    (Code.REQUIREMENT_FORMAT, f"{REQUIREMENTS}- R2:", (8, 3)),
    (Code.REQUIREMENT_FORMAT, f"{REQUIREMENTS}- > quoted", (8, 3)),
    (Code.DUPLICATE_REQUIREMENT_ID, f"{REQUIREMENTS}- R1: it flies", (8, 3)),
    (Code.DUPLICATE_REQUIREMENT_TEXT, f"{REQUIREMENTS}- R2: It  works", (8, 3)),
    (Code.PRIORITY_UNCLEAR, f"{HEAD}## Requirements\n- it works", (6, 1)),
    (Code.PLAN_EMPTY, f"{REQUIREMENTS}## Plan\n", (8, 1)),
    (Code.TASK_WITHOUT_PATH, f"{TASK}- `f()`: x\n##### Task: B\n- `g()`: x", (11, 1)),
    (Code.UNSAFE_PATH, f"{TASK}- `f()`: x\n##### Task: B (`../b.py`)\n- `g()`: x", (11, 1)),
    (Code.WRONG_SUFFIX, f"{TASK}- `f()`: x\n##### Task: B (`b.ts`)\n- `g()`: x", (11, 1)),
    (Code.PATH_NOT_IMPORTABLE, f"{TASK}- `f()`: x\n##### Task: B (`a-b.py`)\n- `g()`: x", (11, 1)),
    (Code.PATH_IS_FOLDER, f"{TASK}- `f()`: x\n##### B (`pkg/a.py/b.py`)\n- `g()`: x", (11, 1)),
    (Code.ATOM_OUTSIDE_TASK, f"{REQUIREMENTS}## Plan\n### Phase: A\n- `f()`: x", (10, 1)),
    (Code.ATOM_WITHOUT_SIGNATURE, f"{TASK}- `f()`: x\n- make a slug", (11, 3)),
    (Code.ATOM_WITHOUT_SIGNATURE, f"{TASK}- `f()`: x\n- the `g()`", (11, 3)),
    (Code.ATOM_WITHOUT_DESCRIPTION, f"{TASK}- `f()`", (10, 3)),
    (Code.ATOM_DESCRIPTION_MISPLACED, f"{TASK}- `f()`:\n\n  > does it", (10, 3)),
    (Code.UNREADABLE_SIGNATURE, f"{TASK}- `f()`: x\n- `f(`: x", (11, 3)),
    (Code.DUPLICATE_ATOM, f"{TASK}- `f()`: x\n- `f(a)`: y", (11, 3)),
    (Code.BAD_USE, f"{TASK}- `f()`: x. Uses `a b`.", (10, 19)),
    (Code.BAD_USE, f"{TASK}- `f()`: x. Uses `pkg/a.py::g`.", (10, 19)),
    (Code.UNKNOWN_USE, f"{TASK}- `f()`: x.\n  Uses `elsewhere`.", (11, 9)),
    (
        Code.AMBIGUOUS_USE,
        f"{TASK}- `f()`: x\n##### B (`b.py`)\n- `f()`: x\n##### C (`c.py`)\n- `g()`: x. Uses `f`.",
        (14, 19),
    ),
    (Code.SELF_USE, f"{TASK}- `f()`: x. Uses `f`.", (10, 19)),
    (Code.BAD_COVERS, f"{TASK}- `f()`: x. Covers R1 and the rest.", (10, 3)),
    (Code.UNKNOWN_COVERS, f"{TASK}- `f()`: x. Covers R1, R9.", (10, 24)),
]  # fmt: skip
LIMITS = {
    Code.FILE_TOO_LARGE,
    Code.TOO_MANY_LINES,
    Code.TOO_MANY_REQUIREMENTS,
    Code.TOO_MANY_ATOMS,
    Code.TOO_MANY_PROBLEMS,
}  # have tests of their own below


@pytest.mark.parametrize(("code", "text", "place"), EXAMPLES)
def test_a_problem_stands_where_it_is(code: Code, text: str, place: tuple[int, int]) -> None:
    result = parse(text)
    found = [each for each in result.diagnostics if each.code == code]

    assert [(each.line, each.column) for each in found] == [place]
    is_warning = found[0].severity is DiagnosticSeverity.WARNING
    assert is_warning == (code in WARNINGS)
    assert found[0].message[0].isupper() or found[0].message.startswith("`")
    assert found[0].message.endswith((".", "?"))
    assert result.document is not None


def test_every_problem_has_an_example() -> None:
    assert {code for code, _, _ in EXAMPLES} | LIMITS == set(Code)


def test_problems_come_in_the_order_of_the_file() -> None:
    found = parse("---\nbudget: 1\n---\n## Plan\n##### Task: A\n- x").diagnostics

    assert list(found) == sorted(found)
    assert len(found) > 3


# --- limits -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (Code.FILE_TOO_LARGE, "é" * (parser.MAX_BYTES // 2 + 1)),
        (Code.TOO_MANY_LINES, "\n" * parser.MAX_LINES),
        (Code.TOO_MANY_REQUIREMENTS, REQUIREMENTS + "- a\n" * parser.MAX_REQUIREMENTS),
        (Code.TOO_MANY_REQUIREMENTS, HEAD + "".join(f"It must be {n}. " for n in range(2001))),
        (Code.TOO_MANY_ATOMS, TASK + "- `f()`\n" * (parser.MAX_ATOMS + 1)),
    ],
)  # fmt: skip
def test_a_file_over_a_limit_is_refused_with_one_sentence(code: Code, text: str) -> None:
    result = parse(text)

    assert result.document is None
    assert code in codes(result)
    assert result.has_errors


def test_a_file_at_the_limits_is_read() -> None:
    requirements = "".join(f"- number {n}\n" for n in range(1, parser.MAX_REQUIREMENTS))
    atoms = "".join(f"- `f{n}()`: x\n" for n in range(parser.MAX_ATOMS))
    task = TASK.removeprefix(REQUIREMENTS)

    document = read(f"{REQUIREMENTS}{requirements}{task}{atoms}")

    assert len(document.requirements) == parser.MAX_REQUIREMENTS
    assert len(document.atoms()) == parser.MAX_ATOMS


def test_the_gravest_of_too_many_problems_are_listed() -> None:
    warnings = "".join(f"- number {n}\n" for n in range(MAX_PROBLEMS + 5))
    result = parse(f"{HEAD}## Requirements\n{warnings}## Plan\n")

    assert len(result.diagnostics) == MAX_PROBLEMS + 1
    assert Code.PLAN_EMPTY in codes(result)
    rest = next(each for each in result.diagnostics if each.code == Code.TOO_MANY_PROBLEMS)
    assert rest.severity is DiagnosticSeverity.WARNING
    assert rest.message.startswith("6 more problems")


# --- structure ----------------------------------------------------------------------------------


def test_line_ends_and_a_byte_order_mark_do_not_matter() -> None:
    windows = "\ufeff" + TOOLKIT.replace("\n", "\r\n")

    assert parse(windows) == parse(TOOLKIT)


def test_fences_and_comments_hold_no_structure() -> None:
    fence = "```\n## Plan\n- `f(`\n```"
    comment = "<!--\n## Requirements\n- R1: no\n-->"

    document = read(f"{HEAD}{fence}\n{comment}\n## Requirements\n- R2: must")

    assert document.phases == ()
    assert [each.ref for each in document.requirements] == ["R2"]
    assert document.context.startswith("```\n## Plan")


def test_other_sections_are_context_wherever_they_stand() -> None:
    requirements = "## Requirements\n- R1: must\n"

    document = read(
        f"{HEAD}# T\nIntro.\n\n{requirements}\n ## Glossary\n\nWords.\n\n## Plan\n# Other\nEnd.\n"
    )

    assert document.context == "Intro.\n\n## Glossary\n\nWords.\n\n# Other\nEnd."


def test_text_that_ends_in_a_closed_fence_or_comment_is_fine() -> None:
    for ending in ("```\ncode\n```", "~~~~\n~~~\n~~~~", "<!-- done -->", "<div>\nopen", "<?x?>"):
        assert Code.UNCLOSED_BLOCK not in problems(f"{HEAD}It must work.\n\n{ending}\n\n"), ending


@pytest.mark.parametrize(
    "ending",
    [
        "```",
        "```\n    ```",
        "~~~\n```",
        "<?php",
        "<![CDATA[ x",
        "<!DOCTYPE",
        "<script>\nx",
        "<pre>",
    ],
)
def test_a_block_without_its_end_is_an_error(ending: str) -> None:
    assert Code.UNCLOSED_BLOCK in problems(f"{HEAD}It must work.\n\n{ending}")


def test_a_missing_title_is_taken_from_the_heading() -> None:
    assert read("# The heading\nIt must work.").front.title == "The heading"
    assert read("It must work.").front.title == "Untitled plan"


def test_errors_leave_what_could_be_read() -> None:
    document = read(
        f"---\ntitle: a: b\nbudget_usd: -1\n---\n{TASK.removeprefix(HEAD)}- `f(`\n- `g()`: x"
    )

    assert document.front.title == "a: b"
    assert document.front.budget_usd == Decimal(200)
    assert [atom.symbol for atom in document.atoms()] == ["g"]
    assert document.atoms()[0].language is Language.PYTHON


def test_nothing_at_all() -> None:
    assert codes(ParseResult(None, ())) == []
    assert set(problems("")) == {Code.MISSING_TITLE, Code.REQUIREMENTS_MISSING}
