"""How many sentences are read as a careful reader reads them."""

import re
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from apps.acceptance.core.kinds import RequirementKind
from apps.acceptance.core.sentence import Requirement, Stated, read_requirement
from apps.acceptance.core.testability import Doubt
from tests.acceptance.sentences import HELD_OUT, TUNED, Labelled

# Floors, as shares of the sentences. Those of the sentences that nobody looked at are lower.
FLOORS = {"priority": 0.98, "kind": 0.95, "testable": 0.97}
HELD_OUT_FLOORS = {"priority": 0.97, "kind": 0.88, "testable": 0.93}

FORMS = re.compile(
    r"^\| (?P<text>.+) \| (must|should|may) \| ([a-z]+) \| (yes|no) \|$", re.MULTILINE
)
GUIDE = Path(__file__).parents[2].joinpath("docs", "requirements.md").read_text("utf-8")


def read(sentence: Labelled) -> Requirement:
    return read_requirement(Stated("R1", sentence.text, sentence.heading))


def shares(sentences: Sequence[Labelled]) -> tuple[dict[str, float], Counter[str]]:
    """The share of right answers for each question, and the kinds that were taken for others."""
    right: Counter[str] = Counter()
    confusion: Counter[str] = Counter()
    for sentence in sentences:
        found = read(sentence)
        right["priority"] += found.judgement.priority is sentence.priority
        right["kind"] += found.kind is sentence.kind
        right["testable"] += found.is_testable is sentence.is_testable
        if found.kind is not sentence.kind:
            confusion[f"{sentence.kind} read as {found.kind}"] += 1
    return {name: right[name] / len(sentences) for name in FLOORS}, confusion


@pytest.mark.parametrize(
    ("name", "sentences", "floors"),
    [("tuned", TUNED, FLOORS), ("held out", HELD_OUT, HELD_OUT_FLOORS)],
)
def test_accuracy(
    name: str,
    sentences: Sequence[Labelled],
    floors: dict[str, float],
    capsys: pytest.CaptureFixture[str],
) -> None:
    found, confusion = shares(sentences)

    with capsys.disabled():
        figures = ", ".join(f"{question} {share:.1%}" for question, share in found.items())
        sys.stdout.write(f"\n{len(sentences)} sentences, {name}: {figures} {dict(confusion)}\n")
    assert {question: share for question, share in found.items() if share < floors[question]} == {}


def test_the_table_holds_every_form() -> None:
    sentences = [*TUNED, *HELD_OUT]

    assert len(sentences) >= 150
    assert len({(each.text, each.heading) for each in sentences}) == len(sentences)
    assert len({each.kind for each in sentences}) == 8
    assert sum(not each.is_testable for each in sentences) >= 35


@pytest.mark.parametrize("sentence", [each for each in (*TUNED, *HELD_OUT) if not each.is_testable])
def test_what_cannot_be_tested_gets_a_question_and_no_check(sentence: Labelled) -> None:
    found = read(sentence)

    if not found.is_testable:
        assert found.checks == ()
        assert "?" in found.questions[0]


@pytest.mark.parametrize(("text", "priority", "kind", "testable"), FORMS.findall(GUIDE))
def test_the_guide_says_what_is_read(text: str, priority: str, kind: str, testable: str) -> None:
    found = read_requirement(Stated("R1", text))

    assert (found.judgement.priority, found.kind) == (priority, kind)
    assert found.is_testable is (testable == "yes")


def test_the_guide_names_every_kind_and_every_doubt() -> None:
    named = set(re.findall(r"^\| `([a-z]+)` \|", GUIDE, re.MULTILINE))

    assert {*RequirementKind} <= named
    assert {*Doubt} - {Doubt.EMPTY} <= named
    assert "`empty`" in GUIDE
