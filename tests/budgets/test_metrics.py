"""What Prometheus reads: right for active plans, gone for those that are over, never going back."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from apps.acceptance import figures
from apps.accounts.actions import notify
from apps.accounts.core.notices import Notice
from apps.budgets import actions
from apps.budgets.metrics import registry
from apps.budgets.models import Denial, DenialReason, Incident
from apps.masterplans.models import AtomStatus, PlanStatus
from tests.factories import AtomFactory, BudgetFactory, HoldFactory

pytestmark = pytest.mark.django_db

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "metrics.md"
ACTIVE = {"plan__status": PlanStatus.RUNNING}


def value(name: str, **labels: str) -> float | None:
    return registry.get_sample_value(name, labels)


def plans_shown() -> set[str]:
    return {
        sample.labels["plan"]
        for family in registry.collect()
        for sample in family.samples
        if "plan" in sample.labels
    }


class TestGauges:
    def test_the_figures_of_a_running_plan(self) -> None:
        budget = BudgetFactory(**ACTIVE, plan__budget_usd=Decimal(10))
        HoldFactory(budget=budget, amount=Decimal(2), actual=Decimal("1.5"))
        HoldFactory(budget=budget, amount=Decimal("0.25"))
        plan = budget.plan.ref

        assert value("v2_cost_per_project_usd", plan=plan) == 1.5
        assert value("v2_budget_held_usd", plan=plan) == 0.25
        assert value("v2_budget_soft_cap_usd", plan=plan) == 7
        for name in ("v2_budget_hard_cap_usd", "v2_budget_limit_usd"):
            assert value(name, plan=plan) == 10
        for name in ("masterplan_paused_budget", "budget_warning", "budget_critical"):
            assert value(f"v2_{name}", plan=plan) == 0

    @pytest.mark.parametrize(
        ("spent", "warning", "critical"), [("6.99", 0, 0), ("7", 1, 0), ("9.5", 0, 1)]
    )
    def test_the_alarms(self, spent: str, warning: int, critical: int) -> None:
        budget = BudgetFactory(**ACTIVE, plan__budget_usd=Decimal(10))
        HoldFactory(budget=budget, amount=Decimal(10), actual=Decimal(spent))

        assert value("v2_budget_warning", plan=budget.plan.ref) == warning
        assert value("v2_budget_critical", plan=budget.plan.ref) == critical

    @pytest.mark.parametrize(("reason", "expected"), [("budget", 1), ("operator", 0)])
    def test_a_plan_that_waits(self, reason: str, expected: int) -> None:
        budget = BudgetFactory(plan__status=PlanStatus.PAUSED, plan__pause_reason=reason)

        assert value("v2_masterplan_paused_budget", plan=budget.plan.ref) == expected

    def test_what_is_still_to_come(self) -> None:
        budget = BudgetFactory(**ACTIVE)
        unknown = BudgetFactory(**ACTIVE)
        for _ in range(6):
            atom = AtomFactory(plan=budget.plan, status=AtomStatus.SUCCEEDED)
            HoldFactory(budget=budget, atom=atom, amount=Decimal(1), actual=Decimal("0.5"))
        AtomFactory.create_batch(2, plan=budget.plan)

        assert value("v2_predicted_remaining_cost_usd", plan=budget.plan.ref) == 1
        assert value("v2_predicted_remaining_cost_usd", plan=unknown.plan.ref) is None

    def test_only_active_plans_have_lines(self) -> None:
        active = {
            BudgetFactory(**ACTIVE).plan.ref,
            BudgetFactory(plan__status=PlanStatus.PAUSED, plan__pause_reason="gate").plan.ref,
        }
        for status in (PlanStatus.READY, PlanStatus.COMPLETED, PlanStatus.FAILED):
            BudgetFactory(plan__status=status)

        assert plans_shown() == active


class TestCounters:
    def test_they_start_at_zero(self) -> None:
        for kind in ("soft_cap", "hard_cap", "forecast"):
            assert value("v2_cost_guardrail_triggered_total", type=kind) == 0
        for reason in DenialReason.values:
            assert value("v2_budget_denials_total", reason=reason) == 0
        assert value("v2_budget_invariant_violations_total") == 0

    def test_they_count_also_plans_that_are_over(self) -> None:
        budget = BudgetFactory(plan__status=PlanStatus.COMPLETED)
        actions.mark_paused(plan_id=budget.plan_id, sentence="The next call does not fit.")
        notify(kind=Notice.FORECAST, title="Too much", text="It will cost more.", path="/")
        Denial.objects.create(budget=budget, reason=DenialReason.HARD_CAP, needed=Decimal(1))
        Incident.objects.create(budget=budget, excess=Decimal(1), sentence="More than held.")

        assert value("v2_cost_guardrail_triggered_total", type="hard_cap") == 1
        assert value("v2_cost_guardrail_triggered_total", type="forecast") == 1
        assert value("v2_budget_denials_total", reason="hard_cap") == 1
        assert value("v2_budget_invariant_violations_total") == 1


class TestHistogram:
    def test_atoms_that_succeeded_by_all_their_tries(self) -> None:
        budget = BudgetFactory(plan__status=PlanStatus.COMPLETED)
        tried_twice = AtomFactory(plan=budget.plan, status=AtomStatus.SUCCEEDED)
        exact = AtomFactory(plan=budget.plan, status=AtomStatus.SUCCEEDED)
        failed = AtomFactory(plan=budget.plan, status=AtomStatus.FAILED)
        paid = {"budget": budget, "amount": Decimal(1)}
        for atom, cost in ((tried_twice, "0.03"), (tried_twice, "0.03"), (exact, "0.05")):
            HoldFactory(**paid, atom=atom, actual=Decimal(cost))
        HoldFactory(**paid, atom=failed, actual=Decimal(1))
        HoldFactory(**paid, actual=Decimal(1))  # of no atom

        assert value("v2_cost_per_atom_usd_bucket", le="0.01") == 0
        assert value("v2_cost_per_atom_usd_bucket", le="0.05") == 1
        assert value("v2_cost_per_atom_usd_bucket", le="0.1") == 2
        assert value("v2_cost_per_atom_usd_bucket", le="+Inf") == 2
        assert value("v2_cost_per_atom_usd_count") == 2
        assert value("v2_cost_per_atom_usd_sum") == pytest.approx(0.11)

    def test_nothing_has_run(self) -> None:
        assert value("v2_cost_per_atom_usd_count") == 0
        assert value("v2_cost_per_atom_usd_sum") == 0


class TestPage:
    def test_it_speaks_prometheus(self, client: Client) -> None:
        budget = BudgetFactory(**ACTIVE)

        answer = client.get("/metrics")

        assert answer.status_code == 200
        assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
        families = {f.name: f for f in text_string_to_metric_families(answer.content.decode())}
        [sample] = families["v2_budget_limit_usd"].samples
        assert (sample.labels, sample.value) == ({"plan": budget.plan.ref}, 200)
        assert families["v2_cost_guardrail_triggered"].type == "counter"
        assert families["v2_cost_per_atom_usd"].type == "histogram"

    @pytest.mark.parametrize(
        ("address", "status"),
        [("127.0.0.1", 200), ("::1", 200), ("::ffff:127.0.0.1", 200)]
        + [(address, 403) for address in ("10.0.0.7", "192.0.2.1", "2001:db8::1", "", "nonsense")],
    )
    def test_without_a_token_only_this_machine_reads(
        self, client: Client, address: str, status: int
    ) -> None:
        # What a stranger claims about the way does not count.
        answer = client.get("/metrics", REMOTE_ADDR=address, HTTP_X_FORWARDED_FOR="127.0.0.1")

        assert answer.status_code == status
        assert (b"v2_" in answer.content) is (status == 200)

    @pytest.mark.parametrize(
        ("header", "status"),
        [
            ("Bearer sesame-1", 200),
            ("bearer sesame-1", 200),
            ("Bearer sesame-2", 401),
            ("Bearer ", 401),
            ("Basic sesame-1", 401),
            ("Bearer sésame", 401),
            ("", 401),
        ],
    )
    def test_with_a_token_everybody_needs_it(
        self, client: Client, settings: LazySettings, header: str, status: int
    ) -> None:
        settings.METRICS_TOKEN = "sesame-1"

        answer = client.get("/metrics", headers={"authorization": header})

        assert answer.status_code == status
        assert (b"v2_" in answer.content) is (status == 200)

    @pytest.mark.parametrize("method", ["POST", "PUT", "HEAD", "DELETE"])
    def test_it_is_only_read(self, client: Client, method: str) -> None:
        assert client.generic(method, "/metrics").status_code == 405

    def test_queries_do_not_grow_with_the_ledger(self, django_assert_max_num_queries: Any) -> None:
        budget = BudgetFactory(**ACTIVE)
        for _ in range(8):
            atom = AtomFactory(plan=budget.plan, status=AtomStatus.SUCCEEDED)
            HoldFactory(budget=budget, atom=atom, actual=Decimal("0.01"))

        with django_assert_max_num_queries(6 + 3):  # six, and three for the plan's forecast
            list(registry.collect())


def test_every_metric_is_documented_and_no_other() -> None:
    known = set()
    for each in (registry, figures.registry):  # sandboxes have their own in docs/sandbox.md
        for family in each.collect():
            suffix = "_total" if family.type == "counter" else ""
            known.add(family.name + suffix)
    documented = set(re.findall(r"`(v2_\w+)", DOCUMENT.read_text(encoding="utf-8")))

    assert documented == known
