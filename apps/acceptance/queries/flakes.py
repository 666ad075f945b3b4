"""Which tests of a plan cannot make up their minds."""

from itertools import groupby
from operator import itemgetter
from uuid import UUID

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from apps.acceptance.core.flakes import Rate, flake_rate
from apps.acceptance.models import AcceptanceTest, TestOutcome, TestResult

NEWEST = 50  # results of a test that are looked at


def flake_rates(plan_id: UUID, *, newest: int = NEWEST) -> dict[UUID, Rate]:
    """Return the rate of each current test of the plan that ever ran. One query."""
    place = Window(RowNumber(), partition_by=F("test"), order_by=F("id").desc())
    rows = (
        TestResult.objects.filter(test__plan=plan_id, test__state__in=AcceptanceTest.CURRENT)
        .exclude(status=TestOutcome.NOT_RUN)
        .alias(place=place)
        .filter(place__lte=newest)
        .order_by("test", "id")
        .values_list("test", "run__code_sequence", "test__version", "status")
    )
    return {
        test: flake_rate([(code, version, status) for _, code, version, status in found])
        for test, found in groupby(rows, key=itemgetter(0))
    }
