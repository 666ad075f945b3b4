"""A verdict for people and for programs."""

from collections.abc import Iterator
from typing import Any

from apps.acceptance.core.checks import Check
from apps.acceptance.core.gate import Tally
from apps.acceptance.core.verdict import RequirementVerdict, TestOutcome, Verdict


def verdict_as_data(verdict: Verdict) -> dict[str, Any]:
    """Return the verdict as plain data that can be written as strict JSON."""
    gate, suite = verdict.gate, verdict.suite
    covered, testable = suite.success
    return {
        "seed": suite.seed,
        "gate": {
            "state": gate.state.value,
            "reason": gate.reason,
            "must": _tally(gate.must),
            "should": _tally(gate.should),
            "blocking": list(gate.blocking),
            "objections": list(gate.objections),
            "uncovered": list(gate.uncovered),
        },
        "generation": {"covered": covered, "testable": testable},
        "requirements": [_requirement(row, verdict) for row in verdict.requirements],
        "dropped": [
            {"check": each.check, "requirement": each.requirement, "reason": each.reason}
            for each in suite.dropped
        ],
    }


def _tally(tally: Tally) -> dict[str, int]:
    return {"passed": tally.passed, "total": tally.total}


def _requirement(row: RequirementVerdict, verdict: Verdict) -> dict[str, Any]:
    requirement = row.requirement
    known = {check.id: check for check in verdict.suite.checks}
    return {
        "id": requirement.id,
        "text": requirement.stated.text,
        "priority": requirement.judgement.priority.value,
        "kind": requirement.kind.value,
        "verdict": row.word,
        "tests": [
            _test(known[check], outcome, counts=check not in row.weak)
            for check, outcome in row.outcomes.items()
        ],
        "objections": list(row.judged.objections),
        "questions": list(requirement.questions),
    }


def _test(check: Check, outcome: TestOutcome, *, counts: bool) -> dict[str, Any]:
    return {
        "id": check.id,
        "kind": check.kind.value,
        "target": f"{check.target.path}::{check.target.symbol}",
        "held_out": check.is_held_out,
        "status": outcome.status.value,
        "message": outcome.message,
        "duration_ms": outcome.duration_ms,
        "counts": counts,
    }


_MARKS = {"met": "+", "not_met": "-", "uncovered": "?", "untestable": "?"}


def verdict_lines(verdict: Verdict) -> Iterator[str]:
    """Yield the verdict as text: requirements, then the gate."""
    for row in verdict.requirements:
        requirement = row.requirement
        text = " ".join(requirement.stated.text.split())
        word = row.word.replace("_", " ")
        priority = requirement.judgement.priority.upper()
        yield f"{_MARKS[row.word]} {requirement.id} {priority} {word}: {text}"
        yield from _details(row)
    gate = verdict.gate
    yield f"Gate {gate.state.replace('_', ' ')}. {gate.reason} Seed {verdict.suite.seed}."


def _details(row: RequirementVerdict) -> Iterator[str]:
    for check, outcome in row.outcomes.items():
        if outcome.status != "passed":
            yield f"    {check} {outcome.status}: {outcome.message}".rstrip(": ")
        elif check in row.weak:
            yield f"    {check} says nothing: it passes on code that does nothing."
    yield from (f"    ! {objection}" for objection in row.judged.objections)
    yield from (f"    ? {question}" for question in row.requirement.questions)
