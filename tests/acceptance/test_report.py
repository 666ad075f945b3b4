"""Verdicts per requirement, and the report as data, as a table and as JUnit XML."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree as Xml

import pytest

from apps.acceptance.core.distance import Distance, distance_of
from apps.acceptance.core.gate import Tally, TestStatus
from apps.acceptance.core.report import (
    CSV_HEADER,
    Flag,
    Ran,
    Report,
    ReportRow,
    ReportTest,
    Word,
    report_as_csv,
    report_as_data,
    report_as_junit,
)

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def ran(status: str = "passed", message: str = "") -> Ran:
    return Ran(
        TestStatus(status), message, duration_ms=12, run=3, code_sequence=40, at=AT, is_current=True
    )


def case(
    status: str = "passed", *flags: Flag, name: str = "R1.c1", state: str = "active"
) -> ReportTest:
    """A test with this result; "never" has none."""
    return ReportTest(
        id=name,
        test_id="4c9f",
        version=1,
        kind="returns",
        atom="demo/core.py::work",
        state=state,
        flags=flags,
        quarantine_reason="It flickers." if Flag.QUARANTINED in flags else "",
        result=None if status == "never" else ran(status, f"It {status}."),
    )


def row(*tests: ReportTest, **changes: object) -> ReportRow:
    plain = ReportRow(
        ref="R1",
        requirement_id="77aa",
        text="`work` returns text.",
        priority="must",
        confidence=0.95,
        reason="It stands under MUST.",
        kind="returns",
        is_testable=True,
        tests=tests,
    )
    return replace(plain, **changes)


def report(*rows: ReportRow) -> Report:
    return Report(
        plan="mp-0007",
        title="Words",
        code_sequence=40,
        revision=2,
        suite_status="ready",
        rows=rows,
    )


@pytest.mark.parametrize(
    ("found", "word"),
    [
        (row(case()), Word.MET),
        (row(case(), case("failed")), Word.NOT_MET),
        (row(case(), case("not_run")), Word.NOT_MET),
        (row(case("untrusted")), Word.NOT_MET),
        (row(case(), case("never")), Word.NOT_EVALUATED),
        (row(case("failed"), case("never")), Word.NOT_MET),
        (row(case(), objections=("The code carries the examples.",)), Word.NOT_MET),
        (row(case("never"), is_pending=True), Word.PENDING),
        (row(), Word.UNCOVERED),
        (row(case("passed", Flag.WEAK)), Word.UNCOVERED),
        (row(case("passed", Flag.FLAKY)), Word.UNCOVERED),
        (row(case("failed", Flag.QUARANTINED)), Word.UNCOVERED),
        (row(case("failed", Flag.QUARANTINED), case()), Word.MET),
        (row(case(state="waiting")), Word.UNCOVERED),
        (row(case("passed", Flag.HELD_OUT, Flag.LOW_TRUST, Flag.UNPROVEN)), Word.MET),
        (row(is_testable=False), Word.UNTESTABLE),
        (row(is_testable=False, is_pending=True), Word.UNTESTABLE),
        (row(case(), is_withdrawn=True), Word.WITHDRAWN),
        (row(is_read=False, is_testable=None), Word.NOT_EVALUATED),
    ],
)
def test_verdict(found: ReportRow, word: Word) -> None:
    assert found.verdict is word


def test_generation_counts_testable_requirements_whose_tests_survive() -> None:
    found = report(
        row(case(), case("passed", Flag.WEAK)),
        row(case(state="waiting")),
        row(case("passed", Flag.QUARANTINED)),
        row(case("passed", Flag.MISSES_MUTANTS)),
        row(case(state="rejected")),
        row(),
        row(is_testable=False),
        row(case(), is_withdrawn=True),
    )

    assert found.generation == (3, 6)
    assert report_as_data(found)["generation"] == {"covered": 3, "testable": 6, "share": 0.5}


def test_nothing_to_generate_is_no_share() -> None:
    assert report_as_data(report(row(is_testable=False)))["generation"]["share"] is None


def test_data_counts_every_verdict_and_can_be_written() -> None:
    data = report_as_data(report(row(case()), row(case("never")), row()))

    assert data["verdicts"] == dict.fromkeys(Word, 0) | {
        "met": 1,
        "not_evaluated": 1,
        "uncovered": 1,
    }
    [test] = data["requirements"][1]["tests"]
    assert (test["status"], test["run"], test["at"], test["message"]) == ("never", None, None, "")
    json.dumps(data, default=str, allow_nan=False)


class TestCsv:
    def test_a_line_for_each_test_and_for_what_has_none(self) -> None:
        text = report_as_csv(
            report(
                row(case(), case("failed", Flag.HELD_OUT, Flag.UNPROVEN, name="R1.c2")),
                row(ref="R2", is_testable=False, questions=("What is fast?",)),
            )
        )

        lines = list(csv.DictReader(io.StringIO(text)))
        assert tuple(lines[0]) == CSV_HEADER
        assert [(line["requirement"], line["test"]) for line in lines] == [
            ("R1", "R1.c1"),
            ("R1", "R1.c2"),
            ("R2", ""),
        ]
        assert lines[1]["flags"] == "held_out unproven"
        assert lines[1]["message"] == "It failed."
        assert lines[1]["at"] == "2026-03-02T09:30:00.000000Z"
        assert (lines[2]["verdict"], lines[2]["testable"]) == ("untestable", "no")
        assert lines[2]["questions"] == "What is fast?"

    def test_no_cell_is_a_formula(self) -> None:
        formula = '=HYPERLINK("http://evil.example","R1")'
        cells = row(
            replace(case("failed"), result=ran("failed", "+1+1")),
            text=formula,
            reason="@SUM(A1)",
            questions=("-2",),
        )

        [line] = csv.DictReader(io.StringIO(report_as_csv(report(cells))))

        assert line["text"] == f"'{formula}"
        assert (line["message"], line["reason"]) == ("'+1+1", "'@SUM(A1)")
        assert line["questions"] == "'-2"


def read(found: Report) -> Xml.Element:
    return Xml.fromstring(report_as_junit(found).encode())


class TestJunit:
    @pytest.mark.parametrize(
        ("test", "mark"),
        [
            (case(), None),
            (case("failed"), ("failure", "failed")),
            (case("error"), ("error", "error")),
            (case("timeout"), ("error", "timeout")),
            (case("untrusted"), ("error", "untrusted")),
            (case("not_run"), ("error", "not_run")),
            (case("never"), ("skipped", "not_judged")),
            (case("failed", Flag.QUARANTINED), ("skipped", "not_judged")),
            (case("failed", state="rejected"), ("skipped", "not_judged")),
        ],
    )
    def test_how_a_test_is_told(self, test: ReportTest, mark: tuple[str, str] | None) -> None:
        # A second test, so that the first one's not counting leaves the requirement covered.
        found = read(report(row(test, case(name="R1.c2"))))

        told = found.find(".//testcase[@name='R1.c1']")
        assert told is not None
        assert told.get("classname") == "mp-0007.R1"
        [child] = list(told) or [None]
        assert (child if child is None else (child.tag, child.get("type"))) == mark

    def test_why_a_test_does_not_count(self) -> None:
        found = read(report(row(case("failed", Flag.QUARANTINED), case(name="R1.c2"))))

        skipped = found.find(".//skipped")
        assert skipped is not None
        assert skipped.get("message") == "It does not count: quarantined. It flickers."

    @pytest.mark.parametrize(
        ("missing", "tag"),
        [
            (row(), "error"),
            (row(is_testable=False), "error"),
            (row(priority="should"), "skipped"),
            (row(is_withdrawn=True), "skipped"),
            (row(is_read=False), "skipped"),
        ],
    )
    def test_a_requirement_without_a_test(self, missing: ReportRow, tag: str) -> None:
        [told] = read(report(missing)).iter("testcase")

        assert [child.tag for child in told] == [tag]

    @pytest.mark.parametrize(
        "found", [row(case("failed"), is_withdrawn=True), row(case("failed"), is_pending=True)]
    )
    def test_what_is_not_judged_fails_nothing(self, found: ReportRow) -> None:
        root = read(report(found))

        assert (root.get("failures"), root.get("errors"), root.get("skipped")) == ("0", "0", "1")

    def test_an_objection_is_a_failure(self) -> None:
        found = read(report(row(case(), objections=("Line 3 carries\nthe examples.",))))

        failure = found.find(".//failure")
        assert failure is not None
        assert (failure.get("message"), failure.text) == ("Line 3 carries", "the examples.")

    def test_the_counts_add_up(self) -> None:
        root = read(
            report(
                row(case(), case("failed", name="R1.c2"), case("never", name="R1.c3")),
                row(ref="R2"),
            )
        )

        counts = ("tests", "failures", "errors", "skipped", "time")
        assert [root.get(name) for name in counts] == ["4", "1", "1", "1", "0.024"]
        assert [suite.get("tests") for suite in root] == ["3", "1"]

    @pytest.mark.parametrize(
        "text",
        ['<b attr="1">&amp;</b>', "]]>", "tab\tand\nline", "\x00\x1b[31m\x7f", "\ud800", "naïve ✓"],
    )
    def test_any_text_becomes_well_formed(self, text: str) -> None:
        test = replace(case("failed"), result=ran("failed", f"first {text}\n{text}"))
        found = row(test, text=text, reason=text, questions=(text,), objections=(text,))

        root = read(replace(report(found), title=text))

        reason = root.find(".//property[@name='reason']")
        assert reason is not None
        kept = text.translate({0: "\ufffd", 0x1B: "\ufffd", 0xD800: "\ufffd"})
        assert reason.get("value") == kept


@pytest.mark.parametrize(
    ("must", "should", "expected"),
    [
        (Tally(3, 3), Tally(0, 0), (0, 0)),
        (Tally(1, 3), Tally(0, 0), (2, 0)),
        (Tally(3, 3), Tally(19, 20), (0, 0)),
        (Tally(3, 3), Tally(18, 20), (0, 1)),
        (Tally(2, 3), Tally(0, 20), (1, 19)),
        (Tally(0, 0), Tally(2, 3), (0, 1)),  # 95 % of three are three
        (Tally(0, 0), Tally(94, 100), (0, 1)),
        (Tally(0, 0), Tally(95, 100), (0, 0)),
    ],
)
def test_distance(must: Tally, should: Tally, expected: tuple[int, int]) -> None:
    found = distance_of(must, should)

    assert (found.must, found.should) == expected
    assert found.tests == sum(expected)
    assert found.is_none is (sum(expected) == 0)


def test_what_no_test_can_mend_is_distance_too() -> None:
    assert not Distance(must=0, should=0, objections=1, uncovered=()).is_none
    assert not distance_of(Tally(1, 1), Tally(0, 0), uncovered=("R4",)).is_none
