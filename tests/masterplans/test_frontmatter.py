from dataclasses import replace
from decimal import Decimal

import pytest

from apps.masterplans.core.document import FrontMatter, GateMode, Language
from apps.masterplans.core.frontmatter import DEFAULT, read_front_matter
from apps.masterplans.core.problems import Problems
from apps.masterplans.core.renderer import render
from tests.masterplans.plans import TOOLKIT, read


def front_matter(entries: str) -> tuple[FrontMatter, list[tuple[str, int, str]]]:
    problems = Problems()
    front, _ = read_front_matter(["---", *entries.split("\n"), "---", "text"], problems)
    return front, [(each.code, each.line, each.message) for each in problems.listed()]


@pytest.mark.parametrize(
    ("entry", "field", "value"),
    [
        ("title: Text toolkit", "title", "Text toolkit"),
        ("title: 'Quoted: title'  # comment", "title", "Quoted: title"),
        ("title: >\n  folded\n  text", "title", "folded text"),
        ("title: 2024", "title", "2024"),
        ("title: off", "title", "off"),
        ("title: 'null'", "title", "null"),
        ("language: Python", "language", Language.PYTHON),
        ("language: typescript", "language", Language.TYPESCRIPT),
        ("package: textkit.core", "package", "textkit.core"),
        ("package: '@scope/dates'", "package", "@scope/dates"),
        ("budget_usd: 5.00", "budget_usd", Decimal("5.00")),
        ("budget_usd: 1e2", "budget_usd", Decimal(100)),
        ("soft_cap: 1", "soft_cap", Decimal(1)),
        ("model: gpt-x.5", "model", "gpt-x.5"),
        ("gate: at-end", "gate", GateMode.AT_END),
        ("batching: on", "batching", True),
        ("batching: No", "batching", False),
        ("budget_usd:", "budget_usd", Decimal(200)),
        ("model: ~", "model", "default"),
    ],
)
def test_values(entry: str, field: str, value: object) -> None:
    front, found = front_matter(entry)

    assert getattr(front, field) == value
    assert found == []


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("language: cobol", "one of python, typescript, javascript"),
        ("gate: never", "one of per-wave, at-end"),
        ("batching: maybe", "on or off"),
        ("budget_usd: 0", "an amount in USD above 0"),
        ("budget_usd: -5", "an amount in USD above 0"),
        ("budget_usd: $5", "a plain number such as 5.00"),
        ("budget_usd: nan", "a plain number such as 5.00"),
        ("budget_usd: .inf", "a plain number such as 5.00"),
        ("budget_usd: Infinity", "a plain number such as 5.00"),
        ("budget_usd: 1e12", "at most 99,999,999.999999"),
        ("budget_usd: 0.0000001", "at most 6 decimal places"),
        ("soft_cap: 0", "a share above 0 and up to 1"),
        ("soft_cap: 70%", "a plain number"),
        ("soft_cap: 1.01", "a share above 0 and up to 1"),
        ("soft_cap: 0.12345678", "at most 6 decimal places"),
        ("model: [a, b]", "one plain value"),
        ("model: {a: {b: [c]}}", "one plain value"),
        ("model: two words", "the name of an LLM profile"),
        ("package: ../up", "an import name"),
        (f"title: {'x' * 201}", "at most 200 characters"),
        (f"package: {'x' * 121}", "at most 120 characters"),
        (f"model: {'x' * 81}", "at most 80 characters"),
    ],
)
def test_bad_values_keep_the_default_and_say_what_was_expected(entry: str, expected: str) -> None:
    front, found = front_matter(entry)

    assert front == DEFAULT
    assert [(code, line) for code, line, _ in found] == [("bad-value", 2)]
    assert expected in found[0][2]


@pytest.mark.parametrize(
    ("key", "nearest"),
    [("budget", "budget_usd"), ("Title", "title"), ("lang", "language"), ("zzz", "title")],
)
def test_an_unknown_key_names_the_nearest_known_one(key: str, nearest: str) -> None:
    _, found = front_matter(f"{key}: 5")

    assert found[0][:2] == ("unknown-key", 2)
    assert f"`{nearest}`" in found[0][2]


@pytest.mark.parametrize(
    ("entries", "line", "expected"),
    [
        ("title: a: b", 2, "put quotes around text that holds a colon"),
        ("title: T\n\tgate: x", 3, "spaces instead of a tab"),
        ("title: @x", 2, "quotes around a value"),
        ('title: "open', 2, "a closing quotation mark"),
        ("title: T\nmodel: [a", 3, "a closing `]`"),
        ("title: T\nmodel: {a: b", 3, "a closing `}`"),
        ("title: T\ngate", 3, "a colon behind the key"),
        ("title: T\n gate: x\n  a: b", 3, "put quotes around text that holds a colon"),
        ("  title: T\ngate: at-end", 3, "every key at the start of its line"),
        ("- title", 2, "`key: value` on every line"),
        ("just words", 2, "`key: value` on every line"),
        ("title: T\n[a, b]: c", 3, "a plain word as key"),
        ("title: T\nmodel: " + "[" * 900, 3, "one plain value for every key"),
        ("title: !bad!tag! x", 2, "`key: value` on every line"),
        ("title: T\ufffe", 1, "printable characters only"),
    ],
)
def test_broken_yaml_names_the_line_and_what_was_expected(
    entries: str, line: int, expected: str
) -> None:
    _, found = front_matter(entries)

    assert [code for code, _, _ in found if code == "front-matter-yaml"] == ["front-matter-yaml"]
    broken = next(each for each in found if each[0] == "front-matter-yaml")
    assert broken[1] in (line, line + 1)
    assert expected in broken[2]


def test_aliases_and_tags_do_nothing() -> None:
    front, found = front_matter("title: &a T\nmodel: [*a, *a, *a, *a, *a, *a, *a, *a]")

    assert front.title == "T"
    assert [code for code, _, _ in found] == ["bad-value"]
    assert front_matter("model: *a\ntitle: T")[0].model == "default"
    assert front_matter("title: !!python/object/apply:os.system [true]")[0].title == ""
    assert front_matter("title: !!python/name:os.system x")[0].title == "x"


def test_a_broken_block_still_gives_its_readable_lines() -> None:
    front, _ = front_matter("title: Slugs: a plan\nlanguage: 'python'\n%%%")

    assert (front.title, front.language) == ("Slugs: a plan", Language.PYTHON)


def test_an_empty_block_is_a_block() -> None:
    assert front_matter("") == (DEFAULT, [])
    assert front_matter("# only a comment") == (DEFAULT, [])


def test_a_second_document_is_no_place_for_text() -> None:
    problems = Problems()

    front, taken = read_front_matter(["---", "title: T", "...", "text"], problems)

    assert (front.title, taken, problems.listed()) == ("T", 3, ())


def test_without_a_block_nothing_is_taken() -> None:
    assert read_front_matter(["# T"], Problems()) == (DEFAULT, 0)
    assert read_front_matter([], Problems()) == (DEFAULT, 0)


@pytest.mark.parametrize(
    "title", ["off", "null", "a: b", "# T", '"x"', "*a", "2024", "ñ 💡", "T #", "@"]
)
def test_every_title_survives_rendering(title: str) -> None:
    document = read(TOOLKIT)
    retitled = replace(document, front=replace(document.front, title=title))

    assert read(render(retitled)).front.title == title
