"""What a plan's tests say of each requirement: as data, as a table, and as JUnit XML."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from xml.etree import ElementTree as Xml

from apps.acceptance.core.gate import TestStatus
from apps.common.csv_text import Cell, csv_lines

NEVER = "never"  # in place of a status: no run has had the test yet


class Word(StrEnum):
    """The verdict on a requirement."""

    MET = "met"
    NOT_MET = "not_met"
    PENDING = "pending"  # its atoms are not all done: a later gate judges it
    NOT_EVALUATED = "not_evaluated"  # it has tests, and nothing ran
    UNCOVERED = "uncovered"  # it could be tested, and no test of it counts
    UNTESTABLE = "untestable"
    WITHDRAWN = "withdrawn"  # a dispute about it was upheld


class Flag(StrEnum):
    """What has to be known of a test beside its result."""

    HELD_OUT = "held_out"  # its input stands nowhere in the plan
    LOW_TRUST = "low_trust"  # free code, which no schema holds
    UNPROVEN = "unproven"  # nobody stated what it expects
    WEAK = "weak"  # green on code that does nothing
    FLAKY = "flaky"
    QUARANTINED = "quarantined"
    MISSES_MUTANTS = "misses_mutants"  # the tests of its atom let too much wrong code through


@dataclass(frozen=True, slots=True)
class Ran:
    """The newest result of a test, with the run and the code that it belongs to."""

    status: TestStatus
    message: str
    duration_ms: int | None  # host clock
    run: int  # number of the run in its plan
    code_sequence: int
    at: datetime
    is_current: bool  # over the newest code and the newest tests


@dataclass(frozen=True, slots=True)
class ReportTest:
    id: str  # of the check: R1.c1
    test_id: str  # of the row
    version: int
    kind: str
    atom: str
    state: str  # waiting, active or rejected
    flags: tuple[Flag, ...]
    quarantine_reason: str
    result: Ran | None  # None: no run has had it

    @property
    def counts(self) -> bool:
        """Whether gates count it."""
        left_out = {Flag.WEAK, Flag.FLAKY, Flag.QUARANTINED}
        return self.state == "active" and not left_out.intersection(self.flags)

    @property
    def survives(self) -> bool:
        """Whether it passed the quality gates for tests, approved or not."""
        left_out = {Flag.WEAK, Flag.FLAKY, Flag.MISSES_MUTANTS}
        return self.state != "rejected" and not left_out.intersection(self.flags)

    @property
    def status(self) -> str:
        return self.result.status.value if self.result else NEVER


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A requirement with everything that speaks for or against it."""

    ref: str
    requirement_id: str
    text: str
    priority: str
    is_read: bool = True  # False: its tests were never generated, so nobody knows its kind
    confidence: float | None = None  # in the priority, 0 to 1
    reason: str = ""  # why this priority
    kind: str = ""
    is_testable: bool | None = None
    is_withdrawn: bool = False
    is_pending: bool = False
    tests: tuple[ReportTest, ...] = ()
    objections: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()

    @property
    def verdict(self) -> Word:
        if self.is_withdrawn:
            return Word.WITHDRAWN
        if not self.is_read:
            return Word.NOT_EVALUATED
        if self.objections:
            return Word.NOT_MET
        counted = [test for test in self.tests if test.counts]
        if not counted:
            return Word.UNCOVERED if self.is_testable else Word.UNTESTABLE
        return Word.PENDING if self.is_pending else _ran(counted)


def _ran(counted: list[ReportTest]) -> Word:
    statuses = {test.status for test in counted}
    if statuses - {TestStatus.PASSED, NEVER}:
        return Word.NOT_MET
    return Word.NOT_EVALUATED if NEVER in statuses else Word.MET


@dataclass(frozen=True, slots=True)
class Report:
    plan: str  # mp-0142
    title: str
    code_sequence: int  # the newest accepted code; 0 before there is any
    revision: int | None  # of the tests; None before they were asked for
    suite_status: str
    rows: tuple[ReportRow, ...]

    @property
    def generation(self) -> tuple[int, int]:
        """Testable requirements with a test that survives, and all testable ones."""
        testable = [row for row in self.rows if row.is_testable and not row.is_withdrawn]
        covered = sum(any(test.survives for test in row.tests) for row in testable)
        return covered, len(testable)

    @property
    def verdicts(self) -> dict[str, int]:
        """How many requirements have which verdict; every verdict is named."""
        words = [row.verdict for row in self.rows]
        return {word.value: words.count(word) for word in Word}


# --- data ---------------------------------------------------------------------------------------


def report_as_data(report: Report) -> dict[str, Any]:
    """Return the report as plain data; moments stay datetimes."""
    covered, testable = report.generation
    return {
        "plan": report.plan,
        "title": report.title,
        "code_sequence": report.code_sequence,
        "revision": report.revision,
        "suite_status": report.suite_status,
        "generation": {
            "covered": covered,
            "testable": testable,
            "share": covered / testable if testable else None,
        },
        "verdicts": report.verdicts,
        "requirements": [_row_as_data(row) for row in report.rows],
    }


def _row_as_data(row: ReportRow) -> dict[str, Any]:
    return {
        "ref": row.ref,
        "requirement_id": row.requirement_id,
        "text": row.text,
        "priority": row.priority,
        "confidence": row.confidence,
        "reason": row.reason,
        "kind": row.kind,
        "testable": row.is_testable,
        "verdict": row.verdict.value,
        "tests": [_test_as_data(test) for test in row.tests],
        "objections": list(row.objections),
        "questions": list(row.questions),
    }


def _test_as_data(test: ReportTest) -> dict[str, Any]:
    ran = test.result
    return {
        "id": test.id,
        "test_id": test.test_id,
        "version": test.version,
        "kind": test.kind,
        "atom": test.atom,
        "state": test.state,
        "counts": test.counts,
        "flags": [flag.value for flag in test.flags],
        "status": test.status,
        "message": ran.message if ran else "",
        "duration_ms": ran.duration_ms if ran else None,
        "run": ran.run if ran else None,
        "code_sequence": ran.code_sequence if ran else None,
        "at": ran.at if ran else None,
        "is_current": ran.is_current if ran else None,
    }


# --- table --------------------------------------------------------------------------------------

CSV_HEADER = (
    "plan",
    "requirement",
    "priority",
    "confidence",
    "kind",
    "testable",
    "verdict",
    "test",
    "version",
    "atom",
    "state",
    "counts",
    "flags",
    "status",
    "duration_ms",
    "run",
    "code_sequence",
    "at",
    "message",
    "text",
    "reason",
    "questions",
)


def report_as_csv(report: Report) -> str:
    """Return one line for each test, and one for each requirement that has none."""
    return csv_lines([CSV_HEADER, *_csv_rows(report)])


def _csv_rows(report: Report) -> Iterator[list[Cell]]:
    for row in report.rows:
        for test in row.tests or (None,):
            yield [
                report.plan,
                row.ref,
                row.priority,
                None if row.confidence is None else f"{row.confidence:.2f}",
                row.kind,
                _yes(row.is_testable),
                row.verdict.value,
                *_csv_test(test),
                row.text,
                row.reason,
                "\n".join((*row.objections, *row.questions)),
            ]


def _csv_test(test: ReportTest | None) -> list[Cell]:
    if test is None:
        return [None] * 12
    ran = test.result
    return [
        test.id,
        test.version,
        test.atom,
        test.state,
        _yes(test.counts),
        " ".join(test.flags),
        test.status,
        *(
            [ran.duration_ms, ran.run, ran.code_sequence, ran.at, ran.message]
            if ran
            else [None] * 5
        ),
    ]


def _yes(claim: bool | None) -> str | None:  # noqa: FBT001 - a value of the table
    return None if claim is None else "yes" if claim else "no"


# --- JUnit --------------------------------------------------------------------------------------

# What XML 1.0 has no way to write, escaped or not. Source: its production 2, Char.
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def report_as_junit(report: Report) -> str:
    """Return JUnit XML: a suite for each requirement, a case for each test.

    A test that counts and did not pass is a failure or an error; one that does not count, or has
    not run, is skipped. A MUST that no test covers is an error of its own, as it keeps the gate shut.
    """
    root = Xml.Element("testsuites", name=_plain(f"{report.plan} {report.title}"))
    for row in report.rows:
        root.append(_suite(report.plan, row))
    _add_counts(root, list(root))
    Xml.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{Xml.tostring(root, encoding="unicode")}\n'


def _suite(plan: str, row: ReportRow) -> Xml.Element:
    text = " ".join(row.text.split())
    suite = Xml.Element("testsuite", name=_plain(f"{row.ref}: {text}"))
    properties = Xml.SubElement(suite, "properties")
    for name, value in (
        ("priority", row.priority),
        ("kind", row.kind),
        ("verdict", row.verdict.value),
        ("reason", row.reason),
        *(("question", question) for question in row.questions),
    ):
        Xml.SubElement(properties, "property", name=name, value=_plain(value))
    place = _plain(f"{plan}.{row.ref}")
    for test in row.tests:
        suite.append(_case(place, test, why_skipped=_why_skipped(row, test)))
    for objection in row.objections:
        _blemish(_new_case(place, f"{row.ref} objection"), "failure", "objection", objection, suite)
    if not any(test.counts for test in row.tests) and not row.objections:
        _add_missing(suite, place, row)
    _add_counts(suite, [suite])
    return suite


def _add_missing(suite: Xml.Element, place: str, row: ReportRow) -> None:
    """Say that no test of the requirement counts, and whether that matters."""
    word = row.verdict
    closes = row.priority == "must" and word in (Word.UNCOVERED, Word.UNTESTABLE)
    sentence = "\n".join((f"No test of {row.ref} counts: {word.value}.", *row.questions))
    case = _new_case(place, f"{row.ref} {word.value}")
    _blemish(case, "error" if closes else "skipped", word.value, sentence, suite)


def _case(place: str, test: ReportTest, *, why_skipped: str) -> Xml.Element:
    case = _new_case(place, test.id)
    ran = test.result
    if ran and ran.duration_ms is not None:
        case.set("time", f"{ran.duration_ms / 1000:.3f}")
    if why_skipped or ran is None:
        _blemish(case, "skipped", "not_judged", why_skipped)
    elif ran.status is TestStatus.FAILED:
        _blemish(case, "failure", ran.status.value, ran.message)
    elif ran.status is not TestStatus.PASSED:
        _blemish(case, "error", ran.status.value, ran.message)
    return case


def _why_skipped(row: ReportRow, test: ReportTest) -> str:
    """Return why the test says nothing about its requirement; empty when it does."""
    if row.is_withdrawn:
        return f"{row.ref} is no requirement any more."
    if not test.counts:
        return _why_not_counted(test)
    if row.is_pending or test.result is None:
        return "It has not run."
    return ""


def _why_not_counted(test: ReportTest) -> str:
    flags = [flag.value.replace("_", " ") for flag in test.flags]
    words = [] if test.state == "active" else [test.state]
    sentence = f"It does not count: {', '.join((*words, *flags))}."
    return f"{sentence} {test.quarantine_reason}".strip()


def _new_case(place: str, name: str) -> Xml.Element:
    return Xml.Element("testcase", classname=place, name=_plain(name))


def _blemish(
    case: Xml.Element, tag: str, kind: str, text: str, suite: Xml.Element | None = None
) -> None:
    first, _, rest = _plain(text).partition("\n")
    mark = Xml.SubElement(case, tag, type=kind, message=first)
    if rest:
        mark.text = rest
    if suite is not None:
        suite.append(case)


def _add_counts(element: Xml.Element, suites: list[Xml.Element]) -> None:
    """Set the counts that readers of JUnit files look at."""
    for name, tag in (
        ("tests", "testcase"),
        ("failures", "testcase/failure"),
        ("errors", "testcase/error"),
        ("skipped", "testcase/skipped"),
    ):
        element.set(name, str(sum(len(suite.findall(tag)) for suite in suites)))
    seconds = [
        float(case.get("time", "0")) for suite in suites for case in suite.findall("testcase")
    ]
    element.set("time", f"{sum(seconds):.3f}")


def _plain(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)
