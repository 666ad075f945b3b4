from decimal import Decimal
from typing import Any

import pytest

from apps.dashboard.core.tries import Try, comparison, totals


def attempt(number: int, code: str = "", **changes: Any) -> Try:
    values: dict[str, Any] = {
        "number": number,
        "status": "rejected",
        "temperature": Decimal(0),
        "runs": 1,
        "started_at": None,
        "finished_at": None,
        "messages": [],
        "response": None,
        "finish_reason": "",
        "model": "",
        "input_tokens": None,
        "output_tokens": None,
        "cost_usd": Decimal(0),
        "latency_ms": None,
        "code": code,
        "raw_findings": [],
    }
    return Try(**values | changes)


@pytest.mark.parametrize(
    ("old", "new", "compared"),
    [
        (0, 0, (2, 4)),
        (1, 4, (1, 4)),
        (1, 2, (1, 2)),
        (3, 4, (2, 4)),  # the third has no code
        (4, 4, (2, 4)),
        (0, 1, (2, 1)),
    ],
)
def test_comparison_takes_tries_that_have_code(
    old: int, new: int, compared: tuple[int, int]
) -> None:
    tries = [attempt(1, "a"), attempt(2, "b"), attempt(3), attempt(4, "c")]

    result = comparison(tries, old, new)

    assert (result.old.number, result.new.number) == compared


def test_one_try_has_nothing_to_be_compared_with() -> None:
    assert comparison([attempt(1, "a"), attempt(2)], 0, 0) is None


def test_findings_come_worst_first_and_mark_their_lines() -> None:
    findings = [
        {"rule": "py.F401", "severity": "low", "message": "Unused.", "line": 2},
        {"rule": "py.signature", "severity": "critical", "message": "Wrong.", "line": None},
        {"rule": "new", "severity": "unheard of", "message": "?"},
    ]

    entry = attempt(1, raw_findings=findings)

    assert [row.look.word for row in entry.findings] == ["Critical", "Low", "Low"]
    assert entry.marked_lines == {2}
    assert entry.look.word == "Rejected"


def test_totals_are_sums_over_all_tries() -> None:
    tries = [
        attempt(1, cost_usd=Decimal("0.1"), input_tokens=5, output_tokens=2, latency_ms=900),
        attempt(2, cost_usd=Decimal("0.2")),
    ]

    summed = totals(tries)

    assert (summed.cost_usd, summed.input_tokens, summed.latency_ms) == (Decimal("0.3"), 5, 900)
