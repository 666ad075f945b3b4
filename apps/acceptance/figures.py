"""What Prometheus learns about acceptance tests: read from Postgres at each scrape.

Only plans that run or wait have lines of their own; a plan that is over leaves none behind.
"""

from collections import Counter
from collections.abc import Callable, Iterator

from django.db.models import Count, F, Func, IntegerField, OuterRef, Q, Subquery, Sum
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector, CollectorRegistry

from apps.acceptance.core.gate import Tally
from apps.acceptance.models import (
    AcceptanceTest,
    Origin,
    Reading,
    TestOutcome,
    TestResult,
    TestRun,
    TestState,
)
from apps.acceptance.queries.gates import GateWord, gate_word, judging_runs
from apps.masterplans.models import Language, Masterplan, PlanStatus

ACTIVE = (PlanStatus.RUNNING, PlanStatus.PAUSED)
BUCKETS_S = ("0.01", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "30")
OUTCOMES = ("kept", "weak", "flaky", "dropped")

Rate = Callable[[TestRun], Tally]


class AcceptanceCollector(Collector):
    """Reads every figure anew: six queries, whatever number of plans there is."""

    def collect(self) -> Iterator[Metric]:
        plans = Masterplan.objects.filter(status__in=ACTIVE).only("number").order_by("number")
        runs = {run.plan_id: run for run in _judging_runs()}
        judged = [(plan.ref, runs.get(plan.pk)) for plan in plans]
        yield _status(judged)
        yield _rate("v2_gate_s_must_pass_rate", "MUST", judged, _must)
        yield _rate("v2_gate_s_should_pass_rate", "SHOULD", judged, _should)
        yield _pass_rate()
        yield _generated()
        yield _seconds()


def _judging_runs() -> Iterator[TestRun]:
    """Yield the run that speaks for each active plan."""
    own = judging_runs(TestRun.objects.filter(plan=OuterRef("pk"))).values("pk")[:1]
    plans = Masterplan.objects.filter(status__in=ACTIVE).order_by()
    yield from TestRun.objects.filter(pk__in=plans.values(run=Subquery(own)))


def _must(run: TestRun) -> Tally:
    return Tally(run.must_passed, run.must_total)


def _should(run: TestRun) -> Tally:
    return Tally(run.should_passed, run.should_total)


def _status(judged: list[tuple[str, TestRun | None]]) -> Metric:
    family = GaugeMetricFamily(
        "v2_gate_s_status",
        "1 while the acceptance gate of the masterplan is open, 0 while it is not or nothing ran",
        labels=["plan"],
    )
    for ref, run in judged:
        family.add_metric([ref], float(run is not None and gate_word(run) is GateWord.OPEN))
    return family


def _rate(name: str, priority: str, judged: list[tuple[str, TestRun | None]], of: Rate) -> Metric:
    """Return the shares; a plan without such tests has no line, for 0 and 1 would be claims."""
    help_text = f"Share of the {priority} tests that passed when the gate was judged last"
    family = GaugeMetricFamily(name, help_text, labels=["plan"])
    for ref, run in judged:
        share = of(run).share if run else None
        if share is not None:
            family.add_metric([ref], float(share))
    return family


def _pass_rate() -> Metric:
    """Return the share over the tests of active plans that count, each by its latest result."""
    newest = TestResult.objects.filter(test=OuterRef("pk")).order_by("-id").values("status")[:1]
    counted = AcceptanceTest.objects.filter(
        plan__status__in=ACTIVE,
        state=TestState.ACTIVE,
        is_weak=False,
        is_flaky=False,
        quarantined_at=None,
        requirement__reading__is_withdrawn=False,
    )
    row = counted.annotate(latest=Subquery(newest)).aggregate(
        ran=Count("pk", filter=Q(latest__isnull=False)),
        passed=Count("pk", filter=Q(latest=TestOutcome.PASSED)),
    )
    family = GaugeMetricFamily(
        "v2_acceptance_test_pass_rate",
        "Share of the tests of active masterplans that passed when they ran last",
    )
    if row["ran"]:
        family.add_metric([], row["passed"] / row["ran"])
    return family


def _generated() -> Metric:
    """Return how many tests were generated; all versions count, those that were replaced too."""
    counts = Counter({(language, name): 0 for language in Language.values for name in OUTCOMES})
    made = AcceptanceTest.objects.exclude(origin=Origin.PERSON).order_by()
    for language, is_weak, is_flaky, count in made.values_list(
        "atom__language", "is_weak", "is_flaky"
    ).annotate(count=Count("pk")):
        counts[language, "weak" if is_weak else "flaky" if is_flaky else "kept"] += count
    length = Func(F("dropped"), function="jsonb_array_length", output_field=IntegerField())
    dropped = Reading.objects.exclude(dropped=[]).order_by()
    for language, count in dropped.values_list("plan__language").annotate(count=Sum(length)):
        counts[language, "dropped"] += count
    family = CounterMetricFamily(
        "v2_acceptance_tests_generated_total",
        "Tests that templates and the model wrote, by what became of them",
        labels=["language", "outcome"],
    )
    for (language, outcome), count in counts.items():
        family.add_metric([language, outcome], count)
    return family


def _seconds() -> Metric:
    ran = TestResult.objects.filter(duration_ms__isnull=False).order_by()
    row = ran.aggregate(
        all=Count("pk"),
        total=Sum("duration_ms"),
        **{
            f"upto_{number}": Count("pk", filter=Q(duration_ms__lte=float(bound) * 1000))
            for number, bound in enumerate(BUCKETS_S)
        },
    )
    buckets = [(bound, row[f"upto_{number}"]) for number, bound in enumerate(BUCKETS_S)]
    return HistogramMetricFamily(
        "v2_acceptance_test_execution_seconds",
        "How long acceptance tests took, by the clock of the host",
        buckets=[*buckets, ("+Inf", row["all"])],
        sum_value=(row["total"] or 0) / 1000,
    )


registry = CollectorRegistry()
registry.register(AcceptanceCollector())
