"""What the pages say of a plan's tests; the number of queries does not grow with the plan."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import (
    BooleanField,
    Count,
    ExpressionWrapper,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce

from apps.acceptance.core.standing import ReadingRow, TestTally
from apps.acceptance.models import (
    AcceptanceTest,
    Objection,
    Reading,
    RunStatus,
    TestOutcome,
    TestResult,
    TestRun,
    TestState,
)
from apps.masterplans.models import Masterplan

NEVER = "never"  # in place of an outcome: no run has had the test yet
RUNS_FOR_FLAKES = 20  # so many runs back, repeats of a test are compared
MOST_OBJECTIONS = 200
HISTORY = 12  # latest results of a test beside it
LONG_TEXTS = ("text", "check_data")


@dataclass(frozen=True, slots=True)
class Past:
    """What earlier runs say of a requirement."""

    first_failure: int | None = None  # number of the wave
    flake: float | None = None  # 0 to 1; None where no test ran twice on the same code


@dataclass(frozen=True, slots=True)
class TestHistory:
    """The latest results of one test, newest first."""

    results: tuple[TestResult, ...] = ()
    flake: float | None = None

    @property
    def latest(self) -> TestResult | None:
        return self.results[0] if self.results else None


def readings(plan: Masterplan, text: str = "") -> list[ReadingRow]:
    """Return every requirement that was read, in plan order; `text` is looked for in ref and text."""
    rows = Reading.objects.filter(plan=plan).order_by("requirement__position")
    if text:
        ref, words = Q(requirement__ref__icontains=text), Q(requirement__text__icontains=text)
        rows = rows.filter(ref | words)
    asked = ExpressionWrapper(~Q(questions=[]), BooleanField())
    fields = ("requirement_id", "requirement__ref", "priority", "doubt", "is_asked", "is_withdrawn")
    return [ReadingRow(*row) for row in rows.annotate(is_asked=asked).values_list(*fields)]


def tallies(plan: Masterplan) -> dict[UUID, TestTally]:
    """Return the tally of each requirement that has tests. One query."""
    newest = TestResult.objects.filter(test=OuterRef("pk")).order_by("-id").values("status")[:1]
    rows = (
        AcceptanceTest.objects.filter(plan=plan)
        .exclude(state=TestState.SUPERSEDED)
        .annotate(
            ended=Coalesce(Subquery(newest), Value(NEVER)),
            is_out=ExpressionWrapper(Q(quarantined_at__isnull=False), BooleanField()),
        )
        .order_by()
        .values_list("requirement", "state", "is_weak", "is_flaky", "is_out", "ended")
        .annotate(count=Count("pk"))
    )
    found: dict[UUID, TestTally] = defaultdict(TestTally)
    for requirement_id, state, is_weak, is_flaky, is_out, ended, count in rows:
        reasons = (("quarantined", is_out), ("weak", is_weak), ("flaky", is_flaky))
        left_out = next((name for name, holds in reasons if holds), "")
        name = _place(state, ended, left_out)
        tally = found[requirement_id]
        setattr(tally, name, getattr(tally, name) + count)
    return dict(found)


def _place(state: str, ended: str, left_out: str) -> str:
    """Return the field of the tally; `left_out` names why an active test does not count."""
    if state != TestState.ACTIVE:
        return "waiting" if state == TestState.WAITING else "rejected"
    if left_out:
        return left_out
    if ended in (NEVER, TestOutcome.NOT_RUN):
        return "outstanding"
    return "passed" if ended == TestOutcome.PASSED else "failed"


# Runs.


def newest_run(plan: Masterplan) -> TestRun | None:
    """Return the run that ended last with a gate."""
    return _runs(plan).filter(status=RunStatus.FINISHED).first()


def active_run(plan: Masterplan) -> TestRun | None:
    """Return the run that is under way or waits for a sandbox, with `done`, its results so far."""
    rows = _runs(plan).filter(status__in=TestRun.ACTIVE)
    return rows.annotate(done=Count("results")).first()


def unfinished_run(plan: Masterplan, after: int) -> TestRun | None:
    """Return the newest run that no sandbox took, unless one that ended is newer than it."""
    return _runs(plan).filter(status=RunStatus.NOT_RUN, number__gt=after).first()


def _runs(plan: Masterplan) -> QuerySet[TestRun]:
    return TestRun.objects.filter(plan=plan).select_related("wave").order_by("-number")


def tests_named(plan: Masterplan, check_ids: Iterable[str]) -> list[AcceptanceTest]:
    """Return the current tests of these checks with their atoms, in plan order."""
    rows = _named(plan, check_ids).select_related("atom", "requirement")
    return list(rows.defer("text", "check_data"))


def atoms_of(plan: Masterplan, check_ids: Iterable[str]) -> int:
    """Return how many atoms the tests of these checks are about."""
    return _named(plan, check_ids).order_by().values("atom").distinct().count()


def _named(plan: Masterplan, check_ids: Iterable[str]) -> QuerySet[AcceptanceTest]:
    rows = AcceptanceTest.objects.filter(plan=plan, check_id__in=list(check_ids))
    return rows.exclude(state=TestState.SUPERSEDED)


# Objections.


def standing_objections(plan: Masterplan) -> list[Objection]:
    """Return what nobody cleared, in plan order; what the newest code has no more is not kept."""
    rows = Objection.objects.filter(plan=plan, cleared_at=None).select_related(
        "requirement", "atom"
    )
    return list(rows.order_by("requirement__position", "id")[:MOST_OBJECTIONS])


# What earlier runs tell.


def past_of(requirement_ids: Sequence[UUID]) -> dict[UUID, Past]:
    """Return first failures and flakes of these requirements. Two queries."""
    failed = (
        TestResult.objects.filter(test__requirement__in=requirement_ids)
        .exclude(status__in=(TestOutcome.PASSED, TestOutcome.NOT_RUN))
        .order_by()
        .values_list("test__requirement")
        .annotate(wave=Min("run__wave__number"))
    )
    first = dict(failed)
    tests = AcceptanceTest.objects.filter(requirement__in=requirement_ids)
    owners = dict(tests.values_list("pk", "requirement"))
    worst: dict[UUID, float] = {}
    for test_id, share in flakes(list(owners)).items():
        owner = owners[test_id]
        worst[owner] = max(worst.get(owner, 0.0), share)
    return {each: Past(first.get(each), worst.get(each)) for each in requirement_ids}


def flakes(test_ids: Sequence[UUID]) -> dict[UUID, float]:
    """Return the share of results, 0 to 1, that differ from the others on the same code.

    Tests that never ran twice on the same code are left out. One query.
    """
    rows = (
        TestResult.objects.filter(test__in=test_ids, run__number__gt=_recent(test_ids))
        .exclude(status=TestOutcome.NOT_RUN)
        .order_by()
        .values_list("test", "run__code_sequence")
        .annotate(runs=Count("pk"), green=Count("pk", filter=Q(status=TestOutcome.PASSED)))
        .filter(runs__gt=1)
    )
    odd: dict[UUID, int] = defaultdict(int)
    total: dict[UUID, int] = defaultdict(int)
    for test_id, _, runs, green in rows:
        odd[test_id] += min(green, runs - green)
        total[test_id] += runs
    return {test_id: odd[test_id] / runs for test_id, runs in total.items()}


def _recent(test_ids: Sequence[UUID]) -> Subquery:
    """The number of the last run that is too old to be compared."""
    newest = (
        TestRun.objects.filter(plan__tests__in=test_ids[:1])
        .order_by()
        .values("plan")
        .annotate(last=Max("number") - RUNS_FOR_FLAKES)
    )
    return Subquery(newest.values("last")[:1])


def histories(test_ids: Sequence[UUID], most: int = HISTORY) -> dict[UUID, TestHistory]:
    """Return the latest results of each of these tests. Two queries."""
    newest = TestResult.objects.filter(test=OuterRef("test")).order_by("-id").values("pk")[:most]
    rows = (
        TestResult.objects.filter(test__in=test_ids, pk__in=newest)
        .select_related("run__wave")
        .order_by("-id")
    )
    results: dict[UUID, list[TestResult]] = defaultdict(list)
    for row in rows:
        results[row.test_id].append(row)
    shares = flakes(test_ids)
    return {each: TestHistory(tuple(results[each]), shares.get(each)) for each in test_ids}


def latest_results(test_ids: Sequence[UUID]) -> dict[UUID, TestResult]:
    """Return the newest result of each of these tests. One query."""
    found = TestResult.objects.filter(test__in=test_ids).defer("stdout", "stderr")
    newest = found.order_by("test_id", "-id").distinct("test_id")
    return {row.test_id: row for row in newest}
