"""The spending of a plan over time, thinned out in Postgres, and its chart."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db.models import FloatField, Func, IntegerField, Max, Value
from django.db.models.functions import Cast, Extract

from apps.budgets.core.forecast import Forecast
from apps.budgets.core.spend_line import SpendLine, spend_line
from apps.budgets.core.spend_story import Cone, Point, Story
from apps.budgets.models import Budget, CostEvent, EventKind

MOST_POINTS = 200  # more than a chart of 620 px can tell apart


def spend_chart(
    budget: Budget, known: Forecast | None, *, now: datetime, new_cap: Decimal | None = None
) -> SpendLine:
    """Return the chart of the plan's money; `new_cap` is one that is asked for, USD. Three queries."""
    cone = None
    if known is not None:
        cone = Cone(known.low, known.middle, known.high, known.remaining_atoms)
    points = [Point(at, spent) for at, spent in spend_points(budget.pk)]
    return spend_line(
        Story(
            points=points,
            now=now,
            soft_cap=budget.soft_cap,
            hard_cap=budget.hard_cap,
            new_cap=new_cap,
            forecast=cone,
            paused_at=budget.paused_at,
        )
    )


def spend_points(budget_id: int, most: int = MOST_POINTS) -> Sequence[tuple[datetime, Decimal]]:
    """Return moments and the USD spent by then: of every equal span the last. Three queries at most.

    Begins with the first call, not when the caps were set.
    """
    events = CostEvent.objects.filter(budget=budget_id).exclude(kind=EventKind.CAP_CHANGE)
    moments = events.annotate(unix=_unix("at")).values_list("unix", flat=True)
    first, last = moments.order_by("id").first(), moments.order_by("id").last()
    if first is None or last is None:
        return ()
    if first >= last:
        return list(events.order_by("-id").values_list("at", "spent")[:1])
    bucket = Func(
        _unix("at"),
        Value(first),
        Value(last),
        Value(most - 1),  # the last moment stands in a span of its own
        function="width_bucket",
        output_field=IntegerField(),
    )
    spans = events.order_by().values(span=bucket)
    last_lines = spans.annotate(last=Max("id")).values("last")
    rows = CostEvent.objects.filter(pk__in=last_lines).order_by("id")
    return list(rows.values_list("at", "spent"))


def _unix(field: str) -> Cast:
    return Cast(Extract(field, "epoch"), FloatField())
