"""The alarm of the forecast."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from apps.accounts.core.roles import Role
from apps.accounts.models import Notification
from apps.budgets import actions
from apps.budgets.models import Budget
from apps.masterplans.models import AtomStatus
from apps.traceability.models import TraceEvent
from tests.factories import AtomFactory, BudgetFactory, HoldFactory, UserFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def running(*, done: int, to_come: int, hard_cap: int = 10, status: str = "running") -> Budget:
    """A plan whose finished atoms cost 1 USD each."""
    reason = "operator" if status == "paused" else ""
    budget: Budget = BudgetFactory(
        plan__budget_usd=hard_cap, plan__status=status, plan__pause_reason=reason
    )
    for _ in range(done):
        atom = AtomFactory(plan=budget.plan, status=AtomStatus.SUCCEEDED)
        HoldFactory(budget=budget, atom=atom, amount=Decimal(1), actual=Decimal(1))
    AtomFactory.create_batch(to_come, plan=budget.plan)
    return budget


def test_a_plan_that_will_not_finish_under_its_cap_is_told_once() -> None:
    budget = running(done=6, to_come=20)

    assert actions.watch_forecasts(now=NOW) == 1
    assert actions.watch_forecasts(now=NOW) == 0

    budget.refresh_from_db()
    assert budget.forecast_passed_at == NOW
    message = Notification.objects.get()
    assert message.kind == "forecast"
    assert "is expected to cost $26.00" in message.text
    assert "its hard cap is $10" in message.text
    assert message.path == f"/masterplans/{budget.plan.ref}/budget/request"
    step = TraceEvent.objects.get(plan=budget.plan, kind="plan")
    assert step.data["sentence"] == "Forecast of $26.00 passes the hard cap"


def test_a_plan_that_will_finish_is_left_alone() -> None:
    budget = running(done=6, to_come=2)

    assert actions.watch_forecasts(now=NOW) == 0
    budget.refresh_from_db()
    assert budget.forecast_passed_at is None


@pytest.mark.parametrize("done", [0, 4])
def test_a_guess_is_no_alarm(done: int) -> None:
    running(done=done, to_come=50)

    assert actions.watch_forecasts(now=NOW) == 0
    assert not Notification.objects.exists()


@pytest.mark.parametrize("status", ["ready", "paused", "completed", "cancelled"])
def test_only_plans_that_run_are_watched(status: str) -> None:
    running(done=6, to_come=20, status=status)

    assert actions.watch_forecasts(now=NOW) == 0


def test_a_new_cap_arms_it_again() -> None:
    budget = running(done=6, to_come=20)
    actions.watch_forecasts(now=NOW)
    approver = UserFactory(role=Role.APPROVER)

    actions.change_cap(budget_id=budget.pk, hard_cap=Decimal(15), by=approver, reason="Some more.")
    assert actions.watch_forecasts(now=NOW) == 1
    actions.change_cap(budget_id=budget.pk, hard_cap=Decimal(60), by=approver, reason="Enough.")
    assert actions.watch_forecasts(now=NOW) == 0

    assert Notification.objects.count() == 2
    budget.refresh_from_db()
    assert budget.forecast_passed_at is None
