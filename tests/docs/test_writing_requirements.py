"""docs/writing-requirements.md says what the reader makes of every one of its examples."""

import re
from pathlib import Path

import pytest

from apps.acceptance.core.binding import targets_of
from apps.acceptance.core.checks import Target
from apps.acceptance.core.sentence import Requirement, Stated, read_requirement
from apps.dashboard.core.check_words import check_words
from apps.masterplans.core.parser import parse

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "writing-requirements.md").read_text(
    encoding="utf-8"
)
PLAN = re.search(r"^```markdown\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
ROW = re.compile(r"^\| `` (?P<sentence>.+?) `` \| (?P<rest>.+) \|$", re.MULTILINE)
ROWS = [(match["sentence"], match["rest"]) for match in ROW.finditer(TEXT)]
CHECKED = [row for row in ROWS if row[1].startswith(("MUST |", "SHOULD |", "MAY |"))]
ASKED = [row for row in ROWS if row not in CHECKED]


def targets() -> tuple[Target, ...]:
    assert PLAN is not None
    document = parse(PLAN[1]).document
    assert document is not None
    return tuple(targets_of(document))


def read(sentence: str) -> Requirement:
    return read_requirement(Stated("R1", sentence), targets())


def test_the_guide_has_examples() -> None:
    assert len(CHECKED) > 20
    assert len(ASKED) > 5
    assert TEXT.count("| `` ") == len(ROWS)


@pytest.mark.parametrize(("sentence", "rest"), CHECKED)
def test_what_each_form_becomes(sentence: str, rest: str) -> None:
    found = read(sentence)

    words = "; ".join(check_words(check) for check in found.checks)
    assert f"{found.judgement.priority.upper()} | {words}" == rest
    assert found.is_testable


@pytest.mark.parametrize(("sentence", "asked"), ASKED)
def test_what_is_asked_instead(sentence: str, asked: str) -> None:
    assert " ".join(read(sentence).questions) == asked
