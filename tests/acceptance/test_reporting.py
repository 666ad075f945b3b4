"""A verdict as text and as data."""

import json

from apps.acceptance.core.gate import TestStatus
from apps.acceptance.core.lookup import LookupFinding
from apps.acceptance.core.reporting import verdict_as_data, verdict_lines
from apps.acceptance.core.verdict import TestOutcome, Verdict, decide
from tests.acceptance.test_suite import suite

PASSED = TestOutcome(TestStatus.PASSED, duration_ms=3)
FAILED = TestOutcome(TestStatus.FAILED, "assert 'a' == 'A'")


def verdict() -> Verdict:
    outcomes = {check.id: PASSED for check in suite().checks} | {"R1.c1": FAILED}
    weak = {check.id for check in suite().checks if check.requirement == "R5"}
    finding = LookupFinding("R3", 2, "The code carries the examples.")
    return decide(suite(), outcomes, weak=weak, lookups=[finding])


def test_lines_say_what_is_met_and_why_not() -> None:
    text = "\n".join(verdict_lines(verdict()))

    assert '- R1 MUST not met: `shout("hello")` returns `"HELLO"`.' in text
    assert "    R1.c1 failed: assert 'a' == 'A'" in text
    assert "+ R2 MUST met:" in text
    assert "    ! R3: The code carries the examples." in text
    assert "? R4 MUST untestable: The code must be elegant." in text
    assert "    R5.c1 says nothing: it passes on code that does nothing." in text
    assert text.splitlines()[-1] == "Gate closed. R3: The code carries the examples. Seed 1."


def test_data_can_be_written_as_strict_json() -> None:
    data = json.loads(json.dumps(verdict_as_data(verdict()), allow_nan=False))

    assert (data["seed"], data["gate"]["state"]) == (1, "closed")
    assert data["gate"]["blocking"] == ["R1.c1"]
    assert data["generation"] == {"covered": 4, "testable": 4}
    first = data["requirements"][0]
    assert (first["id"], first["verdict"]) == ("R1", "not_met")
    assert first["tests"][0]["target"] == "words/loud.py::shout"
    assert [test["counts"] for test in data["requirements"][4]["tests"]] == [False, False]
