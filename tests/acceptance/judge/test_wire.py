"""Messages that do not parse, and verdicts over reports that are off."""

import json
from typing import Any

import pytest

from apps.acceptance.core.judge.verdict import (
    Event,
    Expected,
    Record,
    TestStatus,
    decide,
    expected_tests,
)
from apps.acceptance.judge_runtime import wire


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"42",
        b'{"k": NaN}',
        b'{"k": Infinity}',
        b"[" * 100_000,
        b'{"v":' + b"[" * 500 + b"]" * 500 + b"}",
        b'{"v":[' + b"0," * wire.MAX_NODES + b"0]}",
        b'{"v":' + b"9" * 10_000 + b"}",
    ],
    ids=range(10),
)
def test_no_message(body: bytes) -> None:
    with pytest.raises(wire.WireError):
        wire.parse(body)


def test_frames_in_pieces() -> None:
    buffer = wire.FrameBuffer()
    frames = wire.dump({"k": "a"}) + wire.dump({"k": "b\ud800"})

    found = [
        body for index in range(len(frames)) for body in buffer.feed(frames[index : index + 1])
    ]

    assert [wire.parse(body) for body in found] == [{"k": "a"}, {"k": "b\ud800"}]
    with pytest.raises(wire.WireError):
        buffer.feed((wire.MAX_FRAME + 1).to_bytes(4, "big"))


def test_too_large_to_send() -> None:
    with pytest.raises(wire.WireError):
        wire.dump({"v": "x" * wire.MAX_FRAME})


def test_expected_tests() -> None:
    text = (
        "import pytest\nfrom a import test_not_here\n"
        "def test_a(): pass\nasync def test_b(): pass\ndef helper_test(): pass\n"
        "@pytest.mark.parametrize('x', [1, 2])\n@pytest.mark.parametrize('y', (1, 2, 3))\ndef test_c(x, y): pass\n"
        "@pytest.mark.parametrize('x', cases())\ndef test_d(x): pass\n"
        "class TestE:\n    def test_f(self): pass\n    def other(self): pass\n"
    )

    assert expected_tests({"t.py": text, "broken.py": "def"}) == [
        Expected("t.py::test_a"),
        Expected("t.py::test_b"),
        Expected("t.py::test_c", 6),
        Expected("t.py::test_d", None),
        Expected("t.py::TestE::test_f"),
    ]


def start(name: str) -> dict[str, Any]:
    return {"k": "start", "id": f"t.py::{name}"}


def done(name: str, outcome: str = "passed") -> dict[str, Any]:
    return {"k": "test", "id": f"t.py::{name}", "outcome": outcome}


END = {"k": "end", "stopped": False}


@pytest.mark.parametrize(
    ("reports", "status"),
    [
        ([start("a"), done("a"), END], "passed"),
        ([start("a"), done("a", "failed"), END], "failed"),
        ([start("a"), done("a", "skipped"), END], "error"),
        ([start("a"), done("a", "xfailed"), END], "error"),
        ([start("a"), done("a", "lost"), END], "error"),
        ([start("a"), done("a", "incomplete"), END], "untrusted"),
        ([start("a"), done("a", "PASSED"), END], "error"),
        ([start("a"), done("a")], "untrusted"),  # no end
        ([END], "untrusted"),  # missing
        ([done("a"), END], "untrusted"),  # never started
        ([start("a"), done("a"), start("a"), done("a"), END], "untrusted"),  # twice
        ([start("a"), done("b"), END], "untrusted"),
        ([start("a"), done("a"), start("b"), done("b"), END], "untrusted"),  # unexpected
        ([start("a"), END, done("a")], "untrusted"),
        ([start("a"), done("a"), END, END], "untrusted"),
        ([{"k": "collected", "ids": ["t.py::b"]}, start("a"), done("a"), END], "untrusted"),
    ],
)
def test_decide(reports: list[dict[str, Any]], status: str) -> None:
    events = [
        Event(0, {**json.loads(json.dumps(each)), "c": n}) for n, each in enumerate(reports, 1)
    ]

    found = decide([Expected("t.py::a")], Record(events))

    assert found["t.py::a"].status == TestStatus(status)


def test_a_report_that_is_missing_in_between() -> None:
    events = [Event(0, {**each, "c": n}) for n, each in ((1, start("a")), (3, done("a")), (4, END))]

    assert decide([Expected("t.py::a")], Record(events))["t.py::a"].status is TestStatus.UNTRUSTED


def test_every_case_counts() -> None:
    reports = [start("a[1]"), done("a[1]"), start("a[2]"), done("a[2]"), END]
    events = [Event(0, {**each, "c": n}) for n, each in enumerate(reports, 1)]

    assert decide([Expected("t.py::a", 2)], Record(events))["t.py::a"].status is TestStatus.PASSED
    assert (
        decide([Expected("t.py::a", 3)], Record(events))["t.py::a"].status is TestStatus.UNTRUSTED
    )


def test_tampering_spoils_the_test_that_ran() -> None:
    reports = [start("a"), done("a"), END]
    events = [Event(0, {**each, "c": n}) for n, each in enumerate(reports, 1)]
    record = Record(events, tampered="It spoke without being asked.", tampered_during="t.py::a")

    assert decide([Expected("t.py::a")], record)["t.py::a"].status is TestStatus.UNTRUSTED
