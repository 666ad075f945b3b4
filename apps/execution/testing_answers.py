"""Rows of acceptance testing as the API tells them."""

from typing import Any
from uuid import UUID

from apps.acceptance.core.gate import Tally
from apps.acceptance.core.report import NEVER
from apps.acceptance.models import AcceptanceTest, Dispute, Reading, TestResult
from apps.acceptance.queries.gates import GateView, PlanGate
from apps.acceptance.queries.report import flags_of
from apps.execution.testing_schemas import ResultFilters
from apps.masterplans.models import Requirement


def gate_as_data(gate: GateView) -> dict[str, Any]:
    return {
        "state": gate.state,
        "reason": gate.reason,
        "must": _tally(gate.must),
        "should": _tally(gate.should),
        "distance": gate.distance,
        "objections": gate.objections,
        "uncovered": gate.uncovered,
        "pending": gate.pending,
        "run": gate.run,
    }


def _tally(tally: Tally) -> dict[str, int | float | None]:
    share = None if tally.share is None else float(tally.share)
    return {"passed": tally.passed, "total": tally.total, "share": share}


def waves_as_data(found: PlanGate) -> list[dict[str, Any]]:
    return [
        {
            **gate_as_data(each.gate),
            "wave_id": each.wave.pk,
            "wave": each.wave.number,
            "title": each.wave.title,
            "status": each.wave.status,
        }
        for each in found.waves
    ]


def _summary(test: AcceptanceTest, weak_atoms: frozenset[UUID]) -> dict[str, Any]:
    reading: Reading | None = getattr(test.requirement, "reading", None)
    return {
        "id": test.check_id,
        "test_id": test.pk,
        "version": test.version,
        "requirement": test.requirement.ref,
        "priority": reading.priority if reading else test.requirement.priority,
        "atom": test.atom.ref,
        "atom_id": test.atom_id,
        "kind": test.kind,
        "state": test.state,
        "flags": flags_of(test, weak_atoms),
    }


def test_results(
    test: AcceptanceTest,
    history: list[TestResult],
    weak_atoms: frozenset[UUID],
    filters: ResultFilters,
) -> dict[str, Any]:
    shown = [_result_as_data(result, with_output=filters.output) for result in history]
    return {
        **_summary(test, weak_atoms),
        "status": shown[0]["status"] if shown else NEVER,
        "latest": shown[0] if shown else None,
        "history": shown,
    }


def _result_as_data(result: TestResult, *, with_output: bool) -> dict[str, Any]:
    return {
        "run.number": result.run.number,
        "run_id": result.run_id,
        "run.wave.number": result.run.wave.number,
        "run.code_sequence": result.run.code_sequence,
        "status": result.status,
        "message": result.message,
        "duration_ms": result.duration_ms,
        "was_repeated": result.was_repeated,
        "ended_at": result.ended_at,
        "stdout": result.stdout if with_output else None,
        "stderr": result.stderr if with_output else None,
    }


def test_as_data(test: AcceptanceTest, weak_atoms: frozenset[UUID]) -> dict[str, Any]:
    return {
        **_summary(test, weak_atoms),
        "origin": test.origin,
        "text": test.text,
        "is_free_text": test.is_free_text,
        "decided_by": test.decided_by.username if test.decided_by else None,
        "decided_at": test.decided_at,
        "quarantined_by": test.quarantined_by.username if test.quarantined_by else None,
        "quarantined_at": test.quarantined_at,
        "quarantine_reason": test.quarantine_reason,
    }


def requirement_as_data(row: Requirement, weak_atoms: frozenset[UUID]) -> dict[str, Any]:
    found: Any = row  # with what _requirements attached
    reading: Reading | None = getattr(row, "reading", None)
    disputes: list[Dispute] = found.open_disputes
    return {
        "requirement_id": row.pk,
        "ref": row.ref,
        "text": row.text,
        "line": row.line,
        **_reading_as_data(row, reading),
        "tests": [test_as_data(test, weak_atoms) for test in found.current_tests],
        "objections": found.standing_objections,
        "dispute": disputes[0] if disputes else None,
    }


def _reading_as_data(row: Requirement, reading: Reading | None) -> dict[str, Any]:
    if reading is None:
        reading = Reading(requirement=row, priority=row.priority, reason=row.reason)
    is_read = reading.pk is not None
    return {
        "priority": reading.priority,
        "confidence": float(reading.confidence) if is_read else None,
        "reason": reading.reason,
        "corrected_by": reading.corrected_by.username if reading.corrected_by else None,
        "kind": reading.kind,
        "testable": reading.is_testable if is_read else None,
        "doubt": reading.doubt,
        "questions": reading.questions,
        "dropped": reading.dropped,
        "is_withdrawn": reading.is_withdrawn,
    }
