"""What Prometheus reads of acceptance tests."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from apps.acceptance.figures import OUTCOMES, registry
from apps.acceptance.models import Origin, TestRun, TestState
from apps.masterplans.models import Language, Masterplan, PlanStatus
from tests.factories import (
    AcceptanceTestFactory,
    AtomFactory,
    MasterplanFactory,
    ReadingFactory,
    RequirementFactory,
    TestResultFactory,
    TestRunFactory,
    WaveFactory,
)

pytestmark = pytest.mark.django_db

GENERATED = "v2_acceptance_tests_generated_total"
SECONDS = "v2_acceptance_test_execution_seconds"


def value(name: str, **labels: str) -> float | None:
    return registry.get_sample_value(name, labels)


def running_plan(**fields: Any) -> Masterplan:
    plan: Masterplan = MasterplanFactory(status=PlanStatus.RUNNING, **fields)
    return plan


def run_of(plan: Masterplan, **fields: Any) -> TestRun:
    run: TestRun = TestRunFactory(wave=plan.waves.first() or WaveFactory(plan=plan), **fields)
    return run


class TestGates:
    def test_an_open_gate(self) -> None:
        plan = running_plan()
        run_of(plan, must_passed=4, must_total=4, should_passed=19, should_total=20)

        assert value("v2_gate_s_status", plan=plan.ref) == 1
        assert value("v2_gate_s_must_pass_rate", plan=plan.ref) == 1
        assert value("v2_gate_s_should_pass_rate", plan=plan.ref) == 0.95

    def test_a_closed_gate(self) -> None:
        plan = running_plan()
        run_of(plan, gate="closed", must_passed=3, must_total=4)

        assert value("v2_gate_s_status", plan=plan.ref) == 0
        assert value("v2_gate_s_must_pass_rate", plan=plan.ref) == 0.75
        assert value("v2_gate_s_should_pass_rate", plan=plan.ref) is None

    @pytest.mark.parametrize("fields", [None, {}, {"status": "running"}])
    def test_where_nothing_was_judged_there_is_no_rate(self, fields: dict[str, str] | None) -> None:
        plan = running_plan()
        if fields is not None:
            run_of(plan, **fields)

        assert value("v2_gate_s_status", plan=plan.ref) == 0
        assert value("v2_gate_s_must_pass_rate", plan=plan.ref) is None

    def test_the_run_over_the_newest_code_speaks(self) -> None:
        plan = running_plan()
        judged = {"must_passed": 2, "must_total": 2}
        run_of(plan, **judged, code_sequence=8, gate="closed", scope="full")
        run_of(plan, **judged, code_sequence=9)

        assert value("v2_gate_s_status", plan=plan.ref) == 1

    def test_over_the_same_code_the_full_run_speaks(self) -> None:
        plan = running_plan()
        run_of(plan, gate="closed", scope="full", must_passed=1, must_total=2)
        run_of(plan, must_passed=1, must_total=1)  # of a wave, on demand

        assert value("v2_gate_s_must_pass_rate", plan=plan.ref) == 0.5

    def test_only_active_plans_have_lines(self) -> None:
        active = {running_plan().ref}
        active.add(MasterplanFactory(status=PlanStatus.PAUSED, pause_reason="gate").ref)
        for status in (PlanStatus.READY, PlanStatus.COMPLETED, PlanStatus.CANCELLED):
            run_of(MasterplanFactory(status=status), must_passed=1, must_total=1)

        shown = {
            sample.labels["plan"]
            for family in registry.collect()
            for sample in family.samples
            if "plan" in sample.labels
        }
        assert shown == active


class TestPassRate:
    def test_the_latest_result_of_each_test_that_counts(self) -> None:
        plan = running_plan()
        reading = ReadingFactory(requirement__plan=plan)
        tests = [AcceptanceTestFactory(requirement=reading.requirement) for _ in range(4)]
        first, second = run_of(plan), run_of(plan)
        TestResultFactory(run=first, test=tests[0], status="failed")
        TestResultFactory(run=second, test=tests[0])
        TestResultFactory(run=first, test=tests[1])
        TestResultFactory(run=second, test=tests[1], status="timeout")
        TestResultFactory(run=first, test=tests[2])
        # The fourth never ran.

        assert value("v2_acceptance_test_pass_rate") == pytest.approx(2 / 3)

    @pytest.mark.parametrize(
        "fields",
        [
            {"is_weak": True},
            {"is_flaky": True},
            {"state": TestState.WAITING},
            {
                "quarantined_at": datetime(2026, 3, 1, tzinfo=UTC),
                "quarantine_reason": "It flickers.",
            },
        ],
    )
    def test_what_does_not_count(self, fields: dict[str, Any]) -> None:
        plan = running_plan()
        reading = ReadingFactory(requirement__plan=plan)
        test = AcceptanceTestFactory(requirement=reading.requirement, **fields)
        TestResultFactory(run=run_of(plan), test=test)

        assert value("v2_acceptance_test_pass_rate") is None

    def test_nothing_ran(self) -> None:
        running_plan()

        assert value("v2_acceptance_test_pass_rate") is None


class TestGenerated:
    def test_it_starts_at_zero(self) -> None:
        for language in Language.values:
            for outcome in OUTCOMES:
                assert value(GENERATED, language=language, outcome=outcome) == 0

    def test_what_became_of_them(self) -> None:
        plan = MasterplanFactory(status=PlanStatus.COMPLETED, language=Language.TYPESCRIPT)
        atom = AtomFactory(plan=plan, language=Language.TYPESCRIPT)
        requirement = RequirementFactory(plan=plan, atoms=[atom])
        ReadingFactory(
            requirement=requirement,
            dropped=[{"check": "R1.c8", "reason": "No atom."}, {"check": "R1.c9", "reason": "-"}],
        )
        for fields in (
            {},
            {"state": TestState.SUPERSEDED},
            {"origin": Origin.MODEL},
            {"is_weak": True},
            {"is_flaky": True},
            {"origin": Origin.PERSON},  # written, not generated
        ):
            AcceptanceTestFactory(requirement=requirement, **fields)

        counts = {name: value(GENERATED, language="typescript", outcome=name) for name in OUTCOMES}
        assert counts == {"kept": 3, "weak": 1, "flaky": 1, "dropped": 2}
        assert value(GENERATED, language="python", outcome="kept") == 0


class TestSeconds:
    def test_buckets_add_up(self) -> None:
        test = AcceptanceTestFactory()
        for duration_ms in (8, 50, 51, 40_000, None):
            run = run_of(test.plan)
            TestResultFactory(run=run, test=test, duration_ms=duration_ms)

        counts = [value(f"{SECONDS}_bucket", le=le) for le in ("0.01", "0.05", "0.1", "30", "+Inf")]
        assert counts == [1, 2, 3, 3, 4]
        assert value(f"{SECONDS}_count") == 4
        assert value(f"{SECONDS}_sum") == pytest.approx(40.109)

    def test_nothing_ran(self) -> None:
        assert value(f"{SECONDS}_count") == 0
        assert value(f"{SECONDS}_sum") == 0


def test_the_page_has_them(client: Client) -> None:
    plan = running_plan()

    answer = client.get("/metrics")

    families = {f.name: f for f in text_string_to_metric_families(answer.content.decode())}
    assert families["v2_acceptance_tests_generated"].type == "counter"
    assert families[SECONDS].type == "histogram"
    [sample] = families["v2_gate_s_status"].samples
    assert (sample.labels, sample.value) == ({"plan": plan.ref}, 0)


def test_queries_do_not_grow_with_the_plans(django_assert_num_queries: Any) -> None:
    for _ in range(5):
        plan = running_plan()
        reading = ReadingFactory(requirement__plan=plan)
        test = AcceptanceTestFactory(requirement=reading.requirement)
        TestResultFactory(run=run_of(plan, must_passed=1, must_total=1), test=test)

    with django_assert_num_queries(6):
        list(registry.collect())
