"""What Prometheus learns about money: read from Postgres at each scrape, so no process can forget it.

Only plans that run or wait have gauges; a plan that is over leaves none behind.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector, CollectorRegistry

from apps.accounts.core.notices import Notice
from apps.accounts.models import Notification
from apps.budgets.core.status import BudgetStatus, budget_status
from apps.budgets.models import (
    Budget,
    CostEvent,
    Denial,
    DenialReason,
    EventKind,
    Hold,
    Incident,
)
from apps.budgets.queries.forecast import forecasts_of
from apps.masterplans.models import AtomStatus, PauseReason, PlanStatus

ACTIVE = (PlanStatus.RUNNING, PlanStatus.PAUSED)
ATOM_BUCKETS_USD = ("0.0001", "0.001", "0.005", "0.01", "0.05", "0.1", "0.5", "1", "5", "10")

Gauge = tuple[str, str, Callable[[Budget], float]]


def _is_paused(budget: Budget) -> bool:
    return budget.plan.pause_reason == PauseReason.BUDGET


def _has_status(wanted: BudgetStatus) -> Callable[[Budget], float]:
    def claim(budget: Budget) -> float:
        status = budget_status(
            spent=budget.spent, soft_cap=budget.soft_cap, hard_cap=budget.hard_cap, is_paused=False
        )
        return float(status == wanted)

    return claim


GAUGES: tuple[Gauge, ...] = (
    ("v2_cost_per_project_usd", "Spent by the masterplan", lambda b: float(b.spent)),
    ("v2_budget_limit_usd", "Hard cap of the masterplan", lambda b: float(b.hard_cap)),
    ("v2_budget_soft_cap_usd", "Soft cap of the masterplan", lambda b: float(b.soft_cap)),
    ("v2_budget_hard_cap_usd", "Hard cap of the masterplan", lambda b: float(b.hard_cap)),
    ("v2_budget_held_usd", "Worst cases of the calls under way", lambda b: float(b.held)),
    (
        "v2_masterplan_paused_budget",
        "1 while the masterplan waits for money",
        lambda b: float(_is_paused(b)),
    ),
    (
        "v2_budget_warning",
        "1 from the soft cap on, until it is critical",
        _has_status(BudgetStatus.WARNING),
    ),
    ("v2_budget_critical", "1 close to the hard cap", _has_status(BudgetStatus.CRITICAL)),
)


class BudgetCollector(Collector):
    """Reads every figure anew: six queries, and those of the forecast of each active plan."""

    def collect(self) -> Iterator[Metric]:
        budgets = list(_active_budgets())
        for name, help_text, figure in GAUGES:
            yield _gauge(name, help_text, {_ref(row): figure(row) for row in budgets})
        yield _gauge(
            "v2_predicted_remaining_cost_usd",
            "What the masterplan will still spend, by the middle of its forecast",
            _predicted(budgets),
        )
        yield _guardrails()
        yield _denials()
        yield _incidents()
        yield _atom_costs()


def _active_budgets() -> QuerySet[Budget]:
    rows = Budget.objects.filter(plan__status__in=ACTIVE).select_related("plan")
    long_texts = ("source_text", "context", "diagnostics")
    return rows.defer(*(f"plan__{name}" for name in long_texts)).order_by("plan__number")


def _ref(budget: Budget) -> str:
    return budget.plan.ref


def _gauge(name: str, help_text: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, help_text, labels=["plan"])
    for ref, value in values.items():
        family.add_metric([ref], value)
    return family


def _predicted(budgets: Sequence[Budget]) -> dict[str, float]:
    """Return the forecasts by plan; one without a forecast has no line, for 0 would be a claim."""
    known = forecasts_of(budgets, now=timezone.now())
    return {_ref(row): float(known[row.pk].to_come) for row in budgets if row.pk in known}


def _counter(name: str, help_text: str, label: str, counts: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(name, help_text, labels=[label])
    for value, count in counts.items():
        family.add_metric([value], count)
    return family


def _guardrails() -> Metric:
    kinds = (EventKind.SOFT_CAP, EventKind.HARD_CAP)
    events = CostEvent.objects.filter(kind__in=kinds).order_by()
    counts = {kind.value: 0 for kind in kinds} | dict(
        events.values_list("kind").annotate(Count("pk"))
    )
    # Each crossing by forecast leaves one message, which is never deleted, and no line of the ledger.
    counts["forecast"] = Notification.objects.filter(kind=Notice.FORECAST).count()
    help_text = "Soft caps passed, pauses at a hard cap, and forecasts that passed a hard cap"
    return _counter("v2_cost_guardrail_triggered_total", help_text, "type", counts)


def _denials() -> Metric:
    rows = Denial.objects.order_by().values_list("reason").annotate(Count("pk"))
    counts = dict.fromkeys(DenialReason.values, 0) | dict(rows)
    help_text = "Calls that were not made, because their worst case was not allowed"
    return _counter("v2_budget_denials_total", help_text, "reason", counts)


def _incidents() -> Metric:
    return CounterMetricFamily(
        "v2_budget_invariant_violations_total",
        "Charges above the worst case that was held for them",
        value=Incident.objects.count(),
    )


def _atom_costs() -> Metric:
    per_atom = (
        Hold.objects.filter(atom__status=AtomStatus.SUCCEEDED, actual__isnull=False)
        .order_by()
        .values("atom")
        .annotate(cost=Sum("actual"))
    )
    row = per_atom.aggregate(
        all=Count("atom"),
        total=Sum("cost"),
        **{
            f"upto_{number}": Count("atom", filter=Q(cost__lte=Decimal(bound)))
            for number, bound in enumerate(ATOM_BUCKETS_USD)
        },
    )
    buckets = [(bound, row[f"upto_{number}"]) for number, bound in enumerate(ATOM_BUCKETS_USD)]
    return HistogramMetricFamily(
        "v2_cost_per_atom_usd",
        "What atoms that succeeded cost over all their tries",
        buckets=[*buckets, ("+Inf", row["all"])],
        sum_value=float(row["total"] or 0),
    )


registry = CollectorRegistry()
registry.register(BudgetCollector())
