"""The report of a plan, from the rows."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from uuid import UUID

from apps.acceptance.core.evidence import KILLED_SHARE
from apps.acceptance.core.gate import TestStatus
from apps.acceptance.core.report import Flag, Ran, Report, ReportRow, ReportTest
from apps.acceptance.models import (
    AcceptanceTest,
    AtomEvidence,
    Objection,
    Reading,
    TestResult,
    TestState,
)
from apps.acceptance.queries.gates import PlanGate, plan_gate
from apps.acceptance.queries.results import LONG_TEXTS, latest_results
from apps.masterplans.models import Masterplan, Requirement

NOT_ASKED = "not_asked"  # in place of the suite's status


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is read once for all requirements."""

    tests: Mapping[UUID, list[AcceptanceTest]]  # by requirement
    atoms: Mapping[UUID, str]  # their refs
    results: Mapping[UUID, TestResult]  # by test
    objections: Mapping[UUID, list[str]]  # by requirement
    misses_mutants: frozenset[UUID]  # atoms
    newest: tuple[int, int | None]  # code, and revision of the tests
    pending: frozenset[str]


def plan_report(plan: Masterplan, *, code_sequence: int, gate: PlanGate | None = None) -> Report:
    """Return the report; `code_sequence` is the newest accepted code. Six queries, and the gate's."""
    known = gate or plan_gate(plan, code_sequence=code_sequence)
    suite = known.suite
    facts = _Facts(
        tests=_tests(plan),
        atoms={atom.pk: atom.ref for atom in plan.atoms.only("plan", "path", "symbol")},
        results=latest_results(plan),
        objections=_objections(plan),
        misses_mutants=atoms_that_miss_mutants(plan),
        newest=(code_sequence, suite.revision if suite else None),
        pending=frozenset(known.gate.pending),
    )
    rows = plan.requirements.select_related("reading").order_by("position")
    return Report(
        plan=plan.ref,
        title=plan.title,
        code_sequence=code_sequence,
        revision=suite.revision if suite else None,
        suite_status=suite.status if suite else NOT_ASKED,
        rows=tuple(_row(requirement, facts) for requirement in rows),
    )


def flags_of(test: AcceptanceTest, misses_mutants: frozenset[UUID]) -> tuple[Flag, ...]:
    """Return what has to be known of the test; `misses_mutants` are atoms."""
    claims = (
        (Flag.HELD_OUT, test.is_held_out),
        (Flag.LOW_TRUST, test.is_low_trust),
        (Flag.UNPROVEN, test.is_unproven),
        (Flag.WEAK, test.is_weak),
        (Flag.FLAKY, test.is_flaky),
        (Flag.QUARANTINED, test.is_quarantined),
        (Flag.MISSES_MUTANTS, test.atom_id in misses_mutants),
    )
    return tuple(flag for flag, is_so in claims if is_so)


def atoms_that_miss_mutants(plan: Masterplan) -> frozenset[UUID]:
    """Return the atoms whose tests kill too few of their mutants. One query."""
    rows = AtomEvidence.objects.filter(plan=plan, total__gt=0)
    return frozenset(
        atom
        for atom, killed, total in rows.values_list("atom", "killed", "total")
        if Fraction(killed, total) < KILLED_SHARE
    )


def _tests(plan: Masterplan) -> dict[UUID, list[AcceptanceTest]]:
    rows = AcceptanceTest.objects.filter(plan=plan).exclude(state=TestState.SUPERSEDED)
    found: dict[UUID, list[AcceptanceTest]] = defaultdict(list)
    for test in rows.defer(*LONG_TEXTS).order_by("position"):
        found[test.requirement_id].append(test)
    return found


def _objections(plan: Masterplan) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = defaultdict(list)
    for row in Objection.objects.filter(plan=plan, cleared_at=None):
        found[row.requirement_id].append(row.message)
    return found


def _row(requirement: Requirement, facts: _Facts) -> ReportRow:
    row = ReportRow(
        ref=requirement.ref,
        requirement_id=str(requirement.pk),
        text=requirement.text,
        priority=requirement.priority,
        reason=requirement.reason,
        is_read=False,
    )
    reading: Reading | None = getattr(requirement, "reading", None)
    if reading is None:
        return row
    return ReportRow(
        ref=row.ref,
        requirement_id=row.requirement_id,
        text=row.text,
        priority=reading.priority,
        confidence=float(reading.confidence),
        reason=reading.reason,
        kind=reading.kind,
        is_testable=reading.is_testable,
        is_withdrawn=reading.is_withdrawn,
        is_pending=requirement.ref in facts.pending,
        tests=tuple(_test(test, facts) for test in facts.tests.get(requirement.pk, ())),
        objections=tuple(facts.objections.get(requirement.pk, ())),
        questions=tuple(reading.questions),
    )


def _test(test: AcceptanceTest, facts: _Facts) -> ReportTest:
    result = facts.results.get(test.pk)
    return ReportTest(
        id=test.check_id,
        test_id=str(test.pk),
        version=test.version,
        kind=test.kind,
        atom=facts.atoms[test.atom_id],
        state=test.state,
        flags=flags_of(test, facts.misses_mutants),
        quarantine_reason=test.quarantine_reason,
        result=_ran(result, facts.newest) if result else None,
    )


def _ran(result: TestResult, newest: tuple[int, int | None]) -> Ran:
    run = result.run
    return Ran(
        status=TestStatus(result.status),
        message=result.message,
        duration_ms=result.duration_ms,
        run=run.number,
        code_sequence=run.code_sequence,
        at=result.ended_at,
        is_current=(run.code_sequence, run.revision) == newest,
    )
