"""Where the gate of a plan stands, by which run, and what is missing until it opens."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db.models import BooleanField, Case, QuerySet, Value, When

from apps.acceptance.core.distance import Distance, distance_of
from apps.acceptance.core.gate import Tally
from apps.acceptance.models import (
    AcceptanceTest,
    GateResult,
    RunScope,
    RunStatus,
    Suite,
    TestOutcome,
    TestResult,
    TestRun,
)
from apps.masterplans.models import Masterplan, Wave

NOTHING_RAN = "Nothing has run yet, so nothing was evaluated."


class GateWord(StrEnum):
    """How a gate stands, as people and programs are told."""

    OPEN = "open"
    CLOSED = "closed"
    NOT_DECIDABLE = "not_decidable"
    NOT_EVALUATED = "not_evaluated"  # no test has judged anything: neither good nor bad


@dataclass(frozen=True, slots=True)
class RunFacts:
    """Which run a figure comes from, and over which code and tests it ran."""

    id: UUID
    number: int  # of the plan
    scope: str
    wave: int
    code_sequence: int
    revision: int
    finished_at: datetime | None
    is_current: bool  # neither code nor tests have changed since


@dataclass(frozen=True, slots=True)
class BlockingTest:
    """A test that keeps the gate shut, with its newest result as of that run."""

    id: str  # of the check
    test_id: UUID
    requirement: str
    priority: str
    atom: str
    atom_id: UUID
    status: str
    message: str


@dataclass(frozen=True, slots=True)
class GateView:
    """One gate as a run judged it; without a run nothing was evaluated."""

    state: GateWord
    reason: str
    must: Tally
    should: Tally
    objections: tuple[str, ...] = ()
    uncovered: tuple[str, ...] = ()  # refs of MUSTs without a test that counts
    pending: tuple[str, ...] = ()  # refs that a later gate judges
    run: RunFacts | None = None

    @property
    def distance(self) -> Distance | None:
        """What is missing until it opens; None where nobody can say."""
        if self.state is GateWord.NOT_EVALUATED:
            return None
        return distance_of(
            self.must,
            self.should,
            objections=len(self.objections),
            uncovered=self.uncovered,
        )


@dataclass(frozen=True, slots=True)
class WaveGate:
    wave: Wave
    gate: GateView


@dataclass(frozen=True, slots=True)
class PlanGate:
    """The gate of a plan, the tests that block it, and the gates of its waves."""

    gate: GateView
    blocking: tuple[BlockingTest, ...]
    waves: tuple[WaveGate, ...]
    suite: Suite | None
    active_run: TestRun | None


NO_GATE = GateView(GateWord.NOT_EVALUATED, NOTHING_RAN, Tally(0, 0), Tally(0, 0))


def plan_gate(plan: Masterplan, *, code_sequence: int) -> PlanGate:
    """Return the gate of the plan; `code_sequence` is its newest accepted code. Six or seven queries."""
    suite = Suite.objects.filter(plan=plan).first()
    newest = code_sequence, suite.revision if suite else None
    run = judging_runs(TestRun.objects.filter(plan=plan)).select_related("wave").first()
    by_wave = _newest_of_waves(plan)
    active = TestRun.objects.filter(plan=plan, status__in=TestRun.ACTIVE).select_related("wave")
    return PlanGate(
        gate=view_of(run, newest),
        blocking=blocking_tests(run) if run else (),
        waves=tuple(
            WaveGate(wave, view_of(by_wave.get(wave.pk), newest))
            for wave in plan.waves.order_by("number")
        ),
        suite=suite,
        active_run=active.order_by("number").last(),
    )


def judging_runs(runs: QuerySet[TestRun]) -> QuerySet[TestRun]:
    """Return finished runs, the one that speaks for its plan first.

    That is the run over the newest code and the newest tests; the full one goes before those of
    single waves, so that a wave that runs again on demand takes nothing from a full judgement.
    """
    is_full = Case(
        When(scope=RunScope.FULL, then=Value(True)),  # noqa: FBT003 - Django's
        default=Value(False),  # noqa: FBT003 - Django's
        output_field=BooleanField(),
    )
    finished = runs.filter(status=RunStatus.FINISHED).annotate(is_full=is_full)
    return finished.order_by("-code_sequence", "-revision", "-is_full", "-number")


def gate_word(run: TestRun) -> GateWord:
    """Return how the run's gate stands; one that judged no test at all says nothing."""
    is_measured = run.must_total or run.should_total or run.uncovered
    if run.gate == GateResult.CLOSED or is_measured:
        return GateWord(run.gate)
    return GateWord.NOT_EVALUATED


def view_of(run: TestRun | None, newest: tuple[int, int | None]) -> GateView:
    """Return the gate of a finished run; `newest` has code and revision as they are now."""
    if run is None:
        return NO_GATE
    return GateView(
        state=gate_word(run),
        reason=run.gate_reason,
        must=Tally(run.must_passed, run.must_total),
        should=Tally(run.should_passed, run.should_total),
        objections=tuple(run.objections),
        uncovered=tuple(run.uncovered),
        pending=tuple(run.pending),
        run=RunFacts(
            id=run.pk,
            number=run.number,
            scope=run.scope,
            wave=run.wave.number,
            code_sequence=run.code_sequence,
            revision=run.revision,
            finished_at=run.finished_at,
            is_current=(run.code_sequence, run.revision) == newest,
        ),
    )


def _newest_of_waves(plan: Masterplan) -> dict[UUID, TestRun]:
    rows = TestRun.objects.filter(plan=plan, status=RunStatus.FINISHED).select_related("wave")
    newest = rows.order_by("wave_id", "-number").distinct("wave_id")
    return {run.wave_id: run for run in newest}


def blocking_tests(run: TestRun) -> tuple[BlockingTest, ...]:
    """Return the tests that keep the run's gate shut, in the order of the plan. Two queries."""
    if not run.blocking:
        return ()
    named = AcceptanceTest.objects.filter(plan=run.plan_id, check_id__in=run.blocking)
    tests = {
        test.check_id: test
        for test in named.select_related("requirement__reading", "atom")
        .defer("text", "check_data")
        .order_by("version")
    }
    results = _results_until(run, run.blocking)
    return tuple(_blocking(tests[name], results) for name in run.blocking if name in tests)


def _results_until(run: TestRun, checks: Iterable[str]) -> Mapping[str, TestResult]:
    """Return the newest result of each check as the run saw it; an earlier wave may have run it."""
    rows = TestResult.objects.filter(
        test__plan=run.plan_id, test__check_id__in=checks, run__number__lte=run.number
    )
    newest = rows.order_by("test__check_id", "-id").distinct("test__check_id")
    return {row.test.check_id: row for row in newest.select_related("test")}


def _blocking(test: AcceptanceTest, results: Mapping[str, TestResult]) -> BlockingTest:
    result = results.get(test.check_id)
    reading = getattr(test.requirement, "reading", None)
    return BlockingTest(
        id=test.check_id,
        test_id=test.pk,
        requirement=test.requirement.ref,
        priority=reading.priority if reading else test.requirement.priority,
        atom=test.atom.ref,
        atom_id=test.atom_id,
        status=result.status if result else TestOutcome.NOT_RUN.value,
        message=result.message if result else "It was not run.",
    )
