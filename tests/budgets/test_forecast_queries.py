"""The forecast from rows: which atoms count, what they cost, and at what price in queries."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from pytest_django import DjangoAssertNumQueries

from apps.budgets.models import Budget, Hold, HoldState
from apps.budgets.queries.forecast import HISTORY, forecast_of, forecasts_of
from apps.masterplans.models import Atom, AtomStatus, Language, Masterplan, PlanStatus
from tests.factories import AtomFactory, BudgetFactory, HoldFactory, PriceFactory, TaskFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)


@pytest.fixture
def budget() -> Budget:
    return BudgetFactory(plan__status=PlanStatus.RUNNING)


def over(budget: Budget, costs: Iterable[str], **facts: object) -> None:
    """Finish one atom for each cost."""
    facts = {"status": AtomStatus.SUCCEEDED, "finished_at": NOW - timedelta(hours=1), **facts}
    for cost in costs:
        paid(budget, AtomFactory(plan=budget.plan, **facts), cost)


def paid(budget: Budget, atom: Atom, *costs: str) -> None:
    for cost in costs:
        HoldFactory(budget=budget, atom=atom, amount=Decimal(9), actual=Decimal(cost))


def over_in_bulk(budget: Budget, count: int, cost: str) -> None:
    """Finish many atoms an hour ago, in a few queries."""
    first = AtomFactory(plan=budget.plan)
    facts = {"plan": budget.plan, "task": first.task, "wave": first.wave}
    facts |= {"status": AtomStatus.SUCCEEDED, "finished_at": NOW - timedelta(hours=1)}
    atoms = Atom.objects.bulk_create(AtomFactory.build_batch(count, **facts))
    price = PriceFactory()
    Hold.objects.bulk_create(
        HoldFactory.build(budget=budget, atom=atom, price=price, actual=Decimal(cost))
        for atom in atoms
    )


def to_come(budget: Budget, count: int, status: AtomStatus = AtomStatus.PENDING) -> None:
    for _ in range(count):
        AtomFactory(plan=budget.plan, status=status)


def fresh(budget: Budget) -> Budget:
    return Budget.objects.select_related("plan").get(pk=budget.pk)


def test_the_plan_judges_itself(budget: Budget) -> None:
    over(budget, ["1"] * 5)
    to_come(budget, 2)
    to_come(budget, 1, AtomStatus.QUEUED)
    to_come(budget, 1, AtomStatus.RUNNING)

    known = forecast_of(fresh(budget), now=NOW)

    assert known
    assert (known.spent, known.middle, known.remaining_atoms) == (5, 9, 4)
    assert known.basis == "5 atoms of the same tasks"


def test_another_task_is_judged_by_the_plan(budget: Budget) -> None:
    over(budget, ["1"] * 5)
    AtomFactory(
        plan=budget.plan, task=TaskFactory(milestone=budget.plan.atoms.first().task.milestone)
    )

    known = forecast_of(fresh(budget), now=NOW)

    assert known
    assert (known.to_come, known.basis) == (1, "5 atoms of this plan")


def test_tries_add_up_and_running_atoms_pay_only_the_rest(budget: Budget) -> None:
    for _ in range(5):
        atom = AtomFactory(plan=budget.plan, status=AtomStatus.SUCCEEDED)
        paid(budget, atom, "0.4", "0.6")
    running = AtomFactory(plan=budget.plan, status=AtomStatus.RUNNING)
    paid(budget, running, "0.4")
    HoldFactory(budget=budget, atom=running)  # under way: nothing is booked yet

    known = forecast_of(fresh(budget), now=NOW)

    assert known
    assert (known.per_atom, known.to_come, known.spent) == (1, Decimal("0.6"), Decimal("5.4"))


def test_atoms_that_do_not_run_on_their_own_are_not_to_come(budget: Budget) -> None:
    over(budget, ["1"] * 5)
    to_come(budget, 2, AtomStatus.BLOCKED)
    to_come(budget, 2, AtomStatus.FAILED)
    to_come(budget, 1, AtomStatus.IN_REVIEW)

    known = forecast_of(fresh(budget), now=NOW)

    assert known
    assert (known.remaining_atoms, known.middle, known.chance_of_pause) == (0, 5, 0)


def test_failed_atoms_have_cost_money_too(budget: Budget) -> None:
    over(budget, ["1"] * 4)
    over(budget, ["1"], status=AtomStatus.FAILED)
    to_come(budget, 1)

    known = forecast_of(fresh(budget), now=NOW)

    assert known
    assert known.sample == 5


def test_an_answer_from_a_cache_cost_nothing(budget: Budget) -> None:
    over(budget, ["1"] * 5)
    to_come(budget, 5, AtomStatus.SUCCEEDED)
    to_come(budget, 10)

    known = forecast_of(fresh(budget), now=NOW)

    assert known
    assert (known.sample, known.per_atom) == (10, Decimal("0.5"))


def test_atoms_from_before_the_ledger_tell_nothing(budget: Budget) -> None:
    to_come(budget, 6, AtomStatus.SUCCEEDED)
    to_come(budget, 1)

    assert forecast_of(fresh(budget), now=NOW) is None


def test_voided_holds_are_no_cost(budget: Budget) -> None:
    failed = AtomFactory(plan=budget.plan, status=AtomStatus.FAILED)
    HoldFactory(budget=budget, atom=failed, state=HoldState.VOIDED)
    to_come(budget, 1)

    assert forecast_of(fresh(budget), now=NOW) is None


def test_a_plan_without_atoms_has_no_forecast(budget: Budget) -> None:
    assert forecast_of(budget, now=NOW) is None


@pytest.mark.parametrize("status", [PlanStatus.COMPLETED, PlanStatus.FAILED, PlanStatus.CANCELLED])
def test_nothing_is_to_come_once_the_plan_is_over(budget: Budget, status: PlanStatus) -> None:
    over(budget, ["1"] * 5)
    to_come(budget, 3)
    Masterplan.objects.filter(pk=budget.plan_id).update(status=status)

    known = forecast_of(fresh(budget), now=NOW)

    assert known
    assert (known.remaining_atoms, known.high, known.chance_of_pause) == (0, 5, None)


def test_other_plans_judge_a_new_one(budget: Budget) -> None:
    other = BudgetFactory()
    over(other, ["2"] * 6)
    to_come(other, 1, AtomStatus.SUCCEEDED)  # never booked, never finished
    to_come(budget, 3)

    known = forecast_of(fresh(budget), now=NOW)

    assert known
    assert (known.middle, known.basis) == (6, "6 atoms of other plans")


def test_only_plans_with_the_same_model_and_atoms_of_the_same_language_judge(
    budget: Budget,
) -> None:
    over(BudgetFactory(plan__model="another"), ["2"] * 6)
    over(BudgetFactory(), ["3"] * 6, language=Language.TYPESCRIPT)
    over(BudgetFactory(), ["4"] * 6, finished_at=NOW + timedelta(seconds=1))
    to_come(budget, 3)

    assert forecast_of(fresh(budget), now=NOW) is None


def test_each_language_has_its_own_history(budget: Budget) -> None:
    other = BudgetFactory()
    over(other, ["2"] * 6)
    over(other, ["3"] * 7, language=Language.TYPESCRIPT)
    to_come(budget, 1)
    AtomFactory(plan=budget.plan, language=Language.TYPESCRIPT)

    known = forecast_of(fresh(budget), now=NOW)

    assert known
    assert (known.middle, known.sample) == (5, 13)


def test_history_is_limited_to_the_newest(budget: Budget) -> None:
    other = BudgetFactory()
    over(other, ["9"], finished_at=NOW - timedelta(days=2))
    over_in_bulk(other, HISTORY, "2")
    to_come(budget, 1)

    known = forecast_of(fresh(budget), now=NOW)

    assert known
    assert (known.middle, known.sample) == (2, HISTORY)


@pytest.mark.parametrize(("own", "queries"), [(0, 4), (3, 4), (30, 3)])
def test_queries_do_not_grow_with_the_plan(
    budget: Budget, own: int, queries: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    other = BudgetFactory()
    over(other, ["2"] * 8)
    over(other, ["2"] * 8, language=Language.TYPESCRIPT)
    over(budget, ["1"] * own)
    to_come(budget, 20)
    AtomFactory(plan=budget.plan, language=Language.TYPESCRIPT)
    without_plan = Budget.objects.get(pk=budget.pk)

    with django_assert_num_queries(queries):
        forecast_of(without_plan, now=NOW)


def test_every_process_gives_the_same_figures(budget: Budget) -> None:
    over(budget, [str(1 + i) for i in range(8)])
    to_come(budget, 12)

    one, other = (forecast_of(fresh(budget), now=NOW) for _ in range(2))

    assert one
    assert one == other
    assert one.low < one.high


def test_many_budgets_leave_out_the_unknown_ones(budget: Budget) -> None:
    over(budget, ["1"] * 5)
    nothing_known = BudgetFactory()

    found = forecasts_of([budget, nothing_known], now=NOW)

    assert list(found) == [budget.pk]
