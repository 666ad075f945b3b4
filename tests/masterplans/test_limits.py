"""What reaches a document fits the columns that store it."""

import pytest
from django.db.models import Model
from hypothesis import given
from hypothesis import strategies as st

from apps.masterplans.core import frontmatter, paths, plan, signature
from apps.masterplans.core.document import PlanDocument
from apps.masterplans.core.parser import parse
from apps.masterplans.models import Atom, Masterplan, Milestone, Phase, Requirement, Task
from tests.masterplans.plans import REQUIREMENTS, problems, read

WIDE = "𐐀"  # a letter of four bytes
PARTS = ["title", "package", "model", "phase", "milestone", "task", "path", "symbol"]


def masterplan(
    *,
    title: str = "T",
    package: str = "pkg",
    model: str = "default",
    phase: str = "A",
    milestone: str = "B",
    task: str = "C",
    path: str = "pkg/a.py",
    symbol: str = "f",
) -> str:
    return f"""\
---
title: {title}
language: python
package: {package}
model: {model}
---
## Requirements
### MUST
- R1: it works
## Plan
### Phase: {phase}
#### Milestone: {milestone}
##### Task: {task} (`{path}`)
- `{symbol}()`: x
"""


def stored(document: PlanDocument) -> list[tuple[type[Model], str, str]]:
    """Every text of a limited column: its model, its field, its value."""
    front = document.front
    found: list[tuple[type[Model], str, str]] = [
        (Masterplan, "title", front.title),
        (Masterplan, "package", front.package),
        (Masterplan, "model", front.model),
    ]
    found += [(Requirement, "ref", each.ref) for each in document.requirements]
    for phase in document.phases:
        found.append((Phase, "title", phase.title))
        found += [(Milestone, "title", each.title) for each in phase.milestones]
    for task in document.tasks():
        found += [(Task, "title", task.title), (Task, "path", task.path)]
    for atom in document.atoms():
        found += [(Atom, "path", atom.path), (Atom, "symbol", atom.symbol)]
    return found


def width(model: type[Model], field: str) -> int:
    return int(getattr(model._meta.get_field(field), "max_length", 0))


@pytest.mark.parametrize(
    ("limit", "model", "field"),
    [
        (frontmatter.MAX_TITLE, Masterplan, "title"),
        (frontmatter.MAX_PACKAGE, Masterplan, "package"),
        (frontmatter.MAX_MODEL, Masterplan, "model"),
        (plan.MAX_TITLE, Phase, "title"),
        (plan.MAX_TITLE, Milestone, "title"),
        (plan.MAX_TITLE, Task, "title"),
        (paths.MAX_CHARACTERS, Task, "path"),
        (paths.MAX_CHARACTERS, Atom, "path"),
        (signature.MAX_SYMBOL, Atom, "symbol"),
    ],
)
def test_the_limits_are_those_of_the_columns(limit: int, model: type[Model], field: str) -> None:
    assert limit == width(model, field)


@pytest.mark.parametrize(
    ("part", "limit", "code"),
    [
        ("title", 200, "bad-value"),
        ("package", 120, "bad-value"),
        ("model", 80, "bad-value"),
        ("phase", 200, "heading-too-long"),
        ("milestone", 200, "heading-too-long"),
        ("task", 200, "heading-too-long"),
        ("symbol", 200, "unreadable-signature"),
    ],
)
def test_a_part_at_its_limit_is_read_and_one_above_is_an_error(
    part: str, limit: int, code: str
) -> None:
    at_limit, above = masterplan(**{part: "a" * limit}), masterplan(**{part: "a" * (limit + 1)})

    assert problems(at_limit) == []
    assert "a" * limit in {text for _, _, text in stored(read(at_limit))}
    assert code in problems(above)
    assert parse(above).has_errors
    assert "a" * (limit + 1) not in {text for _, _, text in stored(read(above))}


@pytest.mark.parametrize(
    "path",
    [
        "/".join(["a" * 99] * 2) + "/" + "a" * 97 + ".py",
        f"{'a' * 252}.py",
        f"{'é' * 126}.py",
        "/".join([WIDE * 60] * 4) + "/" + WIDE * 14 + ".py",
    ],
)
def test_long_paths_that_can_be_stored(path: str) -> None:
    assert paths.refusal(path) == ""
    assert problems(masterplan(task="C" * 200, path=path)) == []
    assert read(masterplan(path=path)).atoms()[0].path == path


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/".join(["a" * 99] * 3) + "/b.py", "300 characters"),
        (f"{'a' * 253}.py", "255 bytes"),
        (f"{'é' * 127}.py", "255 bytes"),
        (f"{'é' * 128}/a.py", "255 bytes"),
        ("/".join([WIDE * 60] * 4) + "/" + WIDE * 15 + ".py", "1,024 bytes"),
    ],
)
def test_paths_that_are_too_long(path: str, why: str) -> None:
    result = parse(masterplan(path=path))

    assert why in paths.refusal(path)
    assert "unsafe-path" in [each.code for each in result.diagnostics]
    assert result.document is not None
    assert result.document.atoms() == ()


def test_a_symbol_counts_as_python_reads_it() -> None:
    ligature = "ﷺ"  # eighteen characters in the normal form that Python gives to names

    assert "unreadable-signature" in problems(masterplan(symbol="a" + "ﬃ" * 100))
    assert "unreadable-signature" in problems(masterplan(symbol=ligature * 20))


letters = st.sampled_from(["a", "é", WIDE, "ﬃ", "#", "a ", "R", "9", "/", "."])
lengthy = st.builds(lambda text, times: text * times, letters, st.integers(1, 320))
names = st.lists(lengthy, min_size=1, max_size=4).map("".join)


@given(st.dictionaries(st.sampled_from(PARTS), names))
def test_nothing_longer_than_its_column_reaches_the_document(parts: dict[str, str]) -> None:
    document = parse(masterplan(**parts)).document

    assert document is not None
    for model, field, text in stored(document):
        assert len(text) <= width(model, field), (model, field)
    for task in document.tasks():
        assert len(task.path.encode()) <= 1_024
        assert all(len(part.encode()) <= 255 for part in task.path.split("/"))


@given(names)
def test_no_requirement_has_an_id_longer_than_its_column(name: str) -> None:
    document = read(f"{REQUIREMENTS}- {name}: it works\n- R{name}: it flies\n")

    assert all(len(each.ref) <= width(Requirement, "ref") for each in document.requirements)
