"""manage.py check_ledger finds whatever was changed behind the ledger's back."""

import io
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from apps.budgets import actions
from apps.budgets.models import Budget, CostEvent, Hold
from apps.traceability.models import TraceEvent
from tests.factories import BudgetFactory, HoldFactory, MasterplanFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def budget() -> Budget:
    """10 USD: 2.5 are spent on two calls, 1 is held for a third."""
    made: Budget = BudgetFactory(plan__budget_usd=10, plan__status="running")
    for usd in ("1", "1.5"):
        hold = HoldFactory(budget=made, amount=Decimal(2))
        actions.settle(hold_id=hold.pk, actual=Decimal(usd))
    HoldFactory(budget=made, amount=Decimal(1))
    made.refresh_from_db()
    return made


def check() -> tuple[int, str]:
    """Return exit code and output."""
    out = io.StringIO()
    try:
        call_command("check_ledger", stdout=out)
    except CommandError as refusal:
        return refusal.returncode, f"{out.getvalue()}{refusal}"
    return 0, out.getvalue()


def sql(statement: str, *params: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


def forge(budget: Budget, **changes: object) -> None:
    """Write a line past the ledger: the trigger refuses changes, not lines."""
    facts = {
        "kind": "settle",
        "spent": budget.spent,
        "held": budget.held,
        "overrun": budget.overrun,
        "hard_cap": budget.hard_cap,
        "soft_cap": budget.soft_cap,
    }
    CostEvent.objects.create(budget=budget, **facts | changes)


def test_a_ledger_that_adds_up(budget: Budget) -> None:
    code, said = check()

    assert code == 0
    assert said.strip() == "1 budget with 6 lines checked: every figure adds up."


def test_without_budgets_there_is_nothing_to_find() -> None:
    assert check()[0] == 0


def test_it_writes_nothing(budget: Budget) -> None:
    Budget.objects.filter(pk=budget.pk).update(spent=3)
    before = CostEvent.objects.count()

    check()

    assert CostEvent.objects.count() == before
    assert Budget.objects.get(pk=budget.pk).spent == 3


@pytest.mark.parametrize(
    ("column", "figure"),
    [
        ("spent", "spent, by the lines of the ledger is 3.000000 and should be 2.500000"),
        ("held", "held, by the holds is 3.000000 and should be 1.000000"),
        ("overrun", "overrun, by the last line is 3.000000 and should be 0.000000"),
        ("soft_cap", "soft cap, by the last line is 3.000000 and should be 7.000000"),
    ],
)
def test_a_budget_that_was_changed(budget: Budget, column: str, figure: str) -> None:
    sql(f"UPDATE budgets_budget SET {column} = 3 WHERE id = %s", budget.pk)

    code, said = check()

    assert code == 1
    assert f"{budget.plan.ref}: {figure}." in said


def test_a_hard_cap_that_was_raised_past_the_ledger(budget: Budget) -> None:
    sql("UPDATE budgets_budget SET hard_cap = 99 WHERE id = %s", budget.pk)

    code, said = check()

    assert code == 1
    assert "hard cap, by the last line is 99.000000 and should be 10.000000" in said
    assert "1 figure not as they should be" in said


def test_a_line_that_was_forged(budget: Budget) -> None:
    forge(budget, spent_delta=-1)

    code, said = check()

    assert code == 1
    assert "spent, by the lines of the ledger is 2.500000 and should be 1.500000" in said
    assert f"line {CostEvent.objects.latest('pk').pk}, spent is 2.500000" in said


def test_a_line_and_a_budget_that_were_forged_to_agree(budget: Budget) -> None:
    forge(budget, spent_delta=-1, spent=budget.spent - 1)
    sql("UPDATE budgets_budget SET spent = spent - 1 WHERE id = %s", budget.pk)

    code, said = check()

    assert code == 1
    assert "by the lines" not in said
    assert "spent, by the holds is 1.500000 and should be 2.500000" in said
    assert "spent, by the trace is 1.500000 and should be 2.500000" in said


def test_a_line_above_the_cap(budget: Budget) -> None:
    forge(budget, spent_delta=20, spent=budget.spent + 20)

    code, said = check()

    assert code == 1
    assert "spent and held under the cap is 23.500000 and should be 10.000000" in said


@pytest.mark.parametrize(
    ("change", "figure"),
    [
        ("actual = 0.5 WHERE actual = 1", "spent is 0.500000 and should be 1.000000"),
        ("state = 'voided' WHERE state = 'held'", "held is 0.000000 and should be 1.000000"),
        ("amount = 5 WHERE state = 'held'", "held is 5.000000 and should be 1.000000"),
    ],
)
def test_a_hold_that_was_changed(budget: Budget, change: str, figure: str) -> None:
    sql(f"UPDATE budgets_hold SET {change}")

    code, said = check()

    assert code == 1
    assert figure in said


def test_money_that_was_moved_from_one_call_to_another(budget: Budget) -> None:
    """Every total is still right, but no longer what each atom cost."""
    first, second = Hold.objects.filter(state="settled")
    sql("UPDATE budgets_hold SET actual = 0.25 WHERE id = %s", first.pk)
    sql("UPDATE budgets_hold SET actual = 2.25 WHERE id = %s", second.pk)

    code, said = check()

    assert code == 1
    assert f"call {first.call_id}, spent is 0.250000 and should be 1.000000" in said
    assert "2 figures not as they should be" in said


def test_a_trace_that_was_changed(budget: Budget) -> None:
    TraceEvent.objects.filter(plan=budget.plan, cost_usd=1).update(cost_usd=0)

    code, said = check()

    assert code == 1
    assert "spent, by the trace is 2.500000 and should be 1.500000" in said


def test_each_plan_is_judged_by_itself(budget: Budget) -> None:
    other = MasterplanFactory().budget
    Budget.objects.filter(pk=other.pk).update(spent=1)

    said = check()[1]

    assert other.plan.ref in said
    assert f"{budget.plan.ref}:" not in said
