"""Spending across plans. Every figure of the period comes from the same sums, so totals add up."""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from typing import TypeVar

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncDate

from apps.budgets.core.cap_bar import CapBar
from apps.budgets.core.days import DayChart, day_chart
from apps.budgets.core.forecast import Forecast
from apps.budgets.models import Budget, CostEvent, EventKind, Hold, Override
from apps.budgets.queries import forecast_of
from apps.budgets.queries.board import LONG_TEXTS
from apps.budgets.queries.overrides import overrides
from apps.common import events
from apps.masterplans.core import topics
from apps.masterplans.models import Masterplan, PlanStatus

PERIODS = (7, 30, 90)  # days
USUAL_PERIOD = 30
MOST_PLANS = 50  # rows; what further plans cost stands in one row
MOST_FORECASTS = 12  # of plans under way; each costs queries and some milliseconds
MOST_OVERRIDES = 30
NO_MONEY = Decimal(0)
K = TypeVar("K", bound=Hashable)
ACTIVE = (PlanStatus.RUNNING, PlanStatus.PAUSED)


@dataclass(frozen=True, slots=True)
class Slice:
    """What one plan spent on one model on one day, in USD."""

    day: date
    budget_id: int
    provider: str
    model: str
    spent: Decimal
    calls: int


@dataclass(frozen=True, slots=True)
class PlanCost:
    """One plan of the table."""

    budget: Budget
    in_period: Decimal  # USD
    booked: Decimal  # USD since the beginning
    retries: Decimal  # of the booked
    forecast: Forecast | None

    @property
    def plan(self) -> Masterplan:
        return self.budget.plan

    @property
    def bar(self) -> CapBar:
        budget = self.budget
        return CapBar(budget.spent, budget.held, budget.soft_cap, budget.hard_cap)


@dataclass(frozen=True, slots=True)
class ModelCost:
    provider: str
    model: str
    spent: Decimal  # USD in the period
    calls: int


def slices(since: datetime) -> list[Slice]:
    """Return what was booked since then, by day in UTC, plan and model. One query."""
    rows = (
        CostEvent.objects.filter(at__gte=since)
        .filter(~Q(spent_delta=0) | Q(kind=EventKind.RESERVE))
        .order_by()
        .values_list(TruncDate("at", tzinfo=UTC), "budget_id", "price__provider", "price__model")
        .annotate(spent=Sum("spent_delta"), calls=Count("id", filter=Q(kind=EventKind.RESERVE)))
    )
    return [
        Slice(day, budget_id, provider or "", model or "", spent, calls)
        for day, budget_id, provider, model, spent, calls in rows
    ]


def period_start(now: datetime, days: int) -> datetime:
    """Return midnight in UTC at the beginning of a period whose last day is today."""
    first = now.astimezone(UTC).date() - timedelta(days=days - 1)
    return datetime.combine(first, time(), UTC)


class CostBoard:
    """The parts of the cost page, each read when it is first used; versions before any row."""

    def __init__(self, *, days: int, now: datetime) -> None:
        """Read the version."""
        self.days = days
        self.now = now
        self.topic = topics.COST
        self.version = events.versions([self.topic])[self.topic]

    @cached_property
    def _slices(self) -> list[Slice]:
        return slices(period_start(self.now, self.days))

    @cached_property
    def chart(self) -> DayChart:
        spent = _sums((row.day, row.spent) for row in self._slices)
        return day_chart(spent, last=self.now.astimezone(UTC).date(), days=self.days)

    @property
    def total(self) -> Decimal:
        return self.chart.total

    @cached_property
    def models(self) -> list[ModelCost]:
        """What each model cost in the period, the most first."""
        spent = _sums(((row.provider, row.model), row.spent) for row in self._slices)
        calls = _sums(((row.provider, row.model), Decimal(row.calls)) for row in self._slices)
        lines = [
            ModelCost(provider, model, cost, int(calls[provider, model]))
            for (provider, model), cost in spent.items()
        ]
        return sorted(lines, key=lambda line: (-line.spent, line.provider, line.model))

    @property
    def model_calls(self) -> int:
        return sum(line.calls for line in self.models)

    @cached_property
    def _by_budget(self) -> dict[int, Decimal]:
        return _sums((row.budget_id, row.spent) for row in self._slices)

    @cached_property
    def _budgets(self) -> list[Budget]:
        """The plans that spent in the period or are under way, the most first."""
        spent = self._by_budget
        rows = Budget.objects.filter(Q(pk__in=list(spent)) | Q(plan__status__in=ACTIVE))
        found = rows.select_related("plan__owner").defer(*LONG_TEXTS)
        return sorted(found, key=lambda row: (-spent.get(row.pk, NO_MONEY), -row.plan.number))

    @cached_property
    def plans(self) -> list[PlanCost]:
        """The rows of the table. Costs two queries, and those of the forecasts."""
        shown = self._budgets[:MOST_PLANS]
        booked, forecasts = _booked(shown), self._forecasts(shown)
        nothing = (NO_MONEY, NO_MONEY)
        return [
            PlanCost(
                row,
                self._by_budget.get(row.pk, NO_MONEY),
                *booked.get(row.pk, nothing),
                forecasts.get(row.pk),
            )
            for row in shown
        ]

    def _forecasts(self, budgets: Iterable[Budget]) -> dict[int, Forecast | None]:
        active = [row for row in budgets if row.plan.status in ACTIVE][:MOST_FORECASTS]
        return {row.pk: forecast_of(row, now=self.now) for row in active}

    @property
    def other_plans(self) -> int:
        return max(len(self._budgets) - MOST_PLANS, 0)

    @property
    def other_plans_spent(self) -> Decimal:
        return self.total - sum((row.in_period for row in self.plans), NO_MONEY)

    @property
    def other_plans_held(self) -> Decimal:
        return sum((row.held for row in self._budgets[MOST_PLANS:]), NO_MONEY)

    @property
    def held(self) -> Decimal:
        """USD held by every plan that is listed or summed up."""
        return sum((row.held for row in self._budgets), NO_MONEY)

    @cached_property
    def overrides(self) -> list[Override]:
        """The latest requests of the period. One query."""
        since = period_start(self.now, self.days)
        return list(overrides().filter(asked_at__gte=since)[:MOST_OVERRIDES])

    @property
    def periods(self) -> tuple[int, ...]:
        return PERIODS


def cost_table(now: datetime, days: int) -> Iterator[tuple[Slice, Masterplan]]:
    """Yield what was spent by day, plan and model, the newest first. Costs two queries."""
    found = slices(period_start(now, days))
    rows = Budget.objects.filter(pk__in={row.budget_id for row in found})
    rows = rows.select_related("plan__owner").defer(*LONG_TEXTS)
    plans = {row.pk: row.plan for row in rows}
    newest_first = sorted(
        found, key=lambda row: (-row.day.toordinal(), row.budget_id, row.provider, row.model)
    )
    for row in newest_first:
        yield row, plans[row.budget_id]


def _booked(budgets: Iterable[Budget]) -> dict[int, tuple[Decimal, Decimal]]:
    """Return what each budget has booked in all, and how much of it for retries. One query."""
    rows = (
        Hold.objects.filter(budget__in=list(budgets))
        .order_by()
        .values_list("budget_id")
        .annotate(booked=Sum("actual"), retries=Sum("actual", filter=Q(attempt_number__gt=1)))
    )
    return {pk: (booked or NO_MONEY, retries or NO_MONEY) for pk, booked, retries in rows}


def _sums(pairs: Iterable[tuple[K, Decimal]]) -> dict[K, Decimal]:
    sums: dict[K, Decimal] = {}
    for key, amount in pairs:
        sums[key] = sums.get(key, NO_MONEY) + amount
    return sums
