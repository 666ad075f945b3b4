"""The latest result of each test, with the ones before it."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from django.db.models import F, OuterRef, QuerySet, Subquery, Value, Window
from django.db.models.functions import Coalesce, RowNumber

from apps.acceptance.core.report import NEVER
from apps.acceptance.models import AcceptanceTest, TestResult, TestState
from apps.masterplans.models import Masterplan

LONG_TEXTS = ("text", "check_data")
OUTPUT = ("stdout", "stderr")


def current_tests(
    plan: Masterplan, *, requirement: str | None = None, status: str | None = None
) -> QuerySet[AcceptanceTest]:
    """Return the tests of the plan that no newer version replaced, in the order of the plan.

    `requirement` is a ref; `status` that of the newest result, "never" for those without one.
    """
    newest = TestResult.objects.filter(test=OuterRef("pk")).order_by("-id").values("status")[:1]
    rows = AcceptanceTest.objects.filter(plan=plan).exclude(state=TestState.SUPERSEDED)
    if requirement is not None:
        rows = rows.filter(requirement__ref=requirement)
    if status is not None:
        latest = Coalesce(Subquery(newest), Value(NEVER))
        rows = rows.alias(latest=latest).filter(latest=status)
    return rows.select_related("requirement__reading", "atom").order_by("position")


def result_histories(
    test_ids: Iterable[UUID], *, most: int, with_output: bool = False
) -> dict[UUID, list[TestResult]]:
    """Return the newest results of each test, newest first, with their runs and waves. One query."""
    place = Window(RowNumber(), partition_by=F("test"), order_by=F("id").desc())
    rows = (
        TestResult.objects.filter(test__in=list(test_ids))
        .alias(place=place)
        .filter(place__lte=most)
        .select_related("run__wave")
        .order_by("-id")
    )
    found: dict[UUID, list[TestResult]] = defaultdict(list)
    for row in rows if with_output else rows.defer(*OUTPUT):
        found[row.test_id].append(row)
    return found


def latest_results(plan: Masterplan) -> dict[UUID, TestResult]:
    """Return the newest result of each test of the plan, with the number of its run, its code and its revision.

    One query."""
    rows = TestResult.objects.filter(test__plan=plan).select_related("run")
    newest = rows.order_by("test_id", "-id").distinct("test_id")
    read = ("test", "status", "message", "duration_ms", "ended_at")
    of_run = ("run__number", "run__code_sequence", "run__revision")
    return {row.test_id: row for row in newest.only(*read, *of_run)}
