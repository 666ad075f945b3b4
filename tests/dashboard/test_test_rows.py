import uuid

import pytest

from apps.acceptance.core.standing import ReadingRow, TestTally
from apps.dashboard.core import test_looks
from apps.dashboard.core.test_looks import Verdict
from apps.dashboard.core.test_rows import (
    MOST_OPEN,
    Standing,
    TestFilter,
    chips,
    figures,
    read_filter,
    shown,
    verdict_of,
)


def reading(**facts: object) -> ReadingRow:
    values: dict[str, object] = {
        "id": uuid.uuid4(),
        "ref": "R1",
        "priority": "must",
        "doubt": "",
        "has_questions": False,
        "is_withdrawn": False,
    }
    return ReadingRow(**values | facts)  # type: ignore[arg-type]  # the fields above


@pytest.mark.parametrize(
    ("facts", "tally", "objections", "verdict"),
    [
        ({}, TestTally(passed=2), 0, Verdict.MET),
        ({}, TestTally(passed=2), 1, Verdict.NOT_MET),
        ({}, TestTally(passed=2, failed=1, outstanding=1), 0, Verdict.NOT_MET),
        ({}, TestTally(passed=2, outstanding=1), 0, Verdict.NOT_RUN),
        ({}, TestTally(waiting=1, weak=1), 0, Verdict.WAITING),
        ({}, TestTally(weak=1, flaky=1, quarantined=1, rejected=1), 0, Verdict.UNCOVERED),
        ({"doubt": "vague"}, TestTally(), 0, Verdict.UNTESTABLE),
        ({"doubt": "vague"}, TestTally(passed=1), 0, Verdict.MET),
        ({"is_withdrawn": True}, TestTally(failed=1), 0, Verdict.WITHDRAWN),
    ],
)
def test_how_a_requirement_stands(
    facts: dict[str, object], tally: TestTally, objections: int, verdict: Verdict
) -> None:
    assert verdict_of(reading(**facts), tally, objections=objections) is verdict


def test_every_verdict_has_a_look() -> None:
    assert set(test_looks.VERDICT) == set(Verdict)


def test_an_address_is_read_and_written_again() -> None:
    address = "?priority=must&verdict=not_met&q=a+b&page=2&asked=3&open=R1&open=R2"

    chosen = read_filter(
        {
            "priority": ["must"],
            "verdict": ["not_met"],
            "q": [" a b\x00"],
            "page": ["2"],
            "asked": ["3"],
            "open": ["R1", "R2", "R1", ""],
        }
    )

    assert chosen.address() == address
    assert not chosen.is_empty
    assert chosen.address(verdict="", page=1, asked_page=1, open_refs=()) == "?priority=must&q=a+b"


@pytest.mark.parametrize("page", ["0", "-1", "x", "9999999", "²", ""])
def test_a_page_that_is_none_is_the_first(page: str) -> None:
    assert read_filter({"page": [page], "priority": ["no"], "verdict": ["no"]}) == TestFilter()


def test_only_so_many_rows_are_open() -> None:
    refs = [f"R{number}" for number in range(50)]

    assert len(read_filter({"open": refs}).open_refs) == MOST_OPEN


def rows() -> list[Standing]:
    met = Standing(reading(ref="R1"), TestTally(passed=1), Verdict.MET)
    failed = Standing(reading(ref="R2", priority="may"), TestTally(failed=1), Verdict.NOT_MET)
    vague = Standing(reading(ref="R3", doubt="vague"), TestTally(), Verdict.UNTESTABLE)
    gone = Standing(reading(ref="R4", is_withdrawn=True), TestTally(), Verdict.WITHDRAWN)
    return [met, failed, vague, gone]


def test_chips_offer_what_occurs_and_what_is_chosen() -> None:
    offered = chips(rows(), TestFilter(verdict="waiting"))

    assert [(chip.word, chip.count, chip.is_chosen) for chip in offered] == [
        ("All", 4, False),
        ("Not met", 1, False),
        ("Needs approval", 0, True),
        ("Met", 1, False),
        ("Cannot be tested", 1, False),
        ("Withdrawn", 1, False),
    ]
    assert shown(rows(), TestFilter(verdict="waiting")) == []
    assert [row.reading.ref for row in shown(rows(), TestFilter(verdict="met"))] == ["R1"]


def test_figures_leave_withdrawn_requirements_out() -> None:
    found = figures(rows())

    assert (found.requirements, found.testable, found.covered, found.uncovered) == (3, 2, 2, 0)
    assert dict(found.priorities) == {"must": 2, "may": 1}
