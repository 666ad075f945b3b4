"""Plans from before there was a ledger get one that adds up."""

import uuid
from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Q

from apps.budgets import actions
from apps.budgets.models import Budget, CostEvent, Hold, ModelPrice
from apps.budgets.queries.reconciliation import differences
from apps.masterplans.models import Masterplan
from tests.factories import (
    AtomFactory,
    HoldFactory,
    MasterplanFactory,
    TraceEventFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)

BEFORE_THE_LEDGER = [
    ("budgets", "0002_ledger_is_append_only"),
    ("execution", "0002_attempt_cost_of_plan"),
    ("traceability", "0001_initial"),
]

# A price of the same model stays behind where a test before this one emptied the tables.
PRICE_OF_0003 = Q(provider="local", model="replay-1", source__startswith="demo price")


def migrate(*targets: tuple[str, str]) -> None:
    """Migrate to the targets, or to the newest state."""
    executor = MigrationExecutor(connection)
    executor.migrate(list(targets) or executor.loader.graph.leaf_nodes())


@pytest.fixture
def newest_afterwards() -> Iterator[None]:
    """The newest tables after the test, whatever happened."""
    yield
    migrate()


@pytest.fixture
def before_the_ledger(newest_afterwards: None) -> None:
    """The tables as they were before there was a ledger."""
    migrate(*BEFORE_THE_LEDGER)


def old_plan(budget_usd: str, *costs: str) -> Masterplan:
    """A plan without a budget, and one traced attempt of each cost."""
    plan: Masterplan = MasterplanFactory(
        money=False, budget_usd=Decimal(budget_usd), status="running"
    )
    for number, cost in enumerate(costs, start=1):
        attempt = {"atom": AtomFactory(plan=plan), "attempt_id": uuid.uuid4()}
        half = Decimal(cost) / 2
        for usd in (half, half):
            TraceEventFactory(kind="response", attempt_number=number, cost_usd=usd, **attempt)
    return plan


@pytest.mark.usefixtures("before_the_ledger")
def test_what_was_spent_is_carried_over() -> None:
    plan = old_plan("10", "1.5", "0.000002", "0")
    untouched = old_plan("20")

    migrate()

    budget = Budget.objects.get(plan=plan)
    assert (budget.spent, budget.held, budget.overrun) == (Decimal("1.500002"), 0, 0)
    assert (budget.hard_cap, budget.soft_cap, budget.soft_share) == (10, 7, Decimal("0.7"))
    [line] = budget.events.all()
    assert (line.spent_delta, line.spent, line.hard_cap) == (budget.spent, budget.spent, 10)
    assert "before there was a ledger" in line.reason
    assert Budget.objects.get(plan=untouched).spent == 0
    assert list(differences()) == []


@pytest.mark.usefixtures("before_the_ledger")
def test_each_attempt_keeps_its_cost() -> None:
    plan = old_plan("10", "1.5", "0.25", "0")
    atoms = list(plan.atoms.order_by("position"))

    migrate()

    holds = Hold.objects.filter(budget__plan=plan)
    assert {hold.atom: hold.actual for hold in holds} == {
        atoms[0]: Decimal("1.5"),
        atoms[1]: Decimal("0.25"),
    }
    for hold in holds:
        assert (hold.state, hold.amount) == ("settled", hold.actual)
        assert hold.call_id == f"before-the-ledger.{hold.attempt_id}"
        assert hold.ended_at is not None
        assert hold.created_at <= hold.ended_at
        assert hold.price.provider == "before the ledger"


@pytest.mark.usefixtures("before_the_ledger")
def test_a_cost_of_no_attempt_is_not_lost() -> None:
    plan = old_plan("10", "1")
    TraceEventFactory(kind="response", plan=plan, atom=None, cost_usd=Decimal("0.5"))

    migrate()

    assert Budget.objects.get(plan=plan).spent == Decimal("1.5")
    assert list(differences()) == []


@pytest.mark.usefixtures("before_the_ledger")
def test_a_plan_that_spent_more_than_its_cap_is_accepted_as_it_is() -> None:
    plan = old_plan("1", "1.75")

    migrate()

    budget = Budget.objects.get(plan=plan)
    assert (budget.spent, budget.overrun, budget.left) == (Decimal("1.75"), Decimal("0.75"), 0)
    assert list(differences()) == []


@pytest.mark.usefixtures("before_the_ledger")
def test_the_ledger_goes_on_from_there() -> None:
    plan = old_plan("10", "1.5")
    migrate()
    hold = HoldFactory(budget=Budget.objects.get(plan=plan), amount=Decimal(2))

    actions.settle(hold_id=hold.pk, actual=Decimal(1))

    assert Budget.objects.get(plan=plan).spent == Decimal("2.5")
    assert list(differences()) == []


@pytest.mark.usefixtures("before_the_ledger")
def test_the_replay_server_has_its_price_and_nobody_else_gets_one() -> None:
    old_plan("10")

    migrate()

    price = ModelPrice.objects.get(PRICE_OF_0003)
    assert not ModelPrice.objects.filter(provider="before the ledger").exists()
    assert (price.input_usd, price.output_usd) == (Decimal("0.25"), Decimal("1.25"))


@pytest.mark.usefixtures("before_the_ledger")
def test_back_and_forth_gives_the_same_ledger() -> None:
    plan = old_plan("10", "1.5", "0.25")
    migrate()

    migrate(*BEFORE_THE_LEDGER)
    assert not CostEvent.objects.exists()
    assert not ModelPrice.objects.filter(PRICE_OF_0003).exists()
    migrate()

    assert Budget.objects.get(plan=plan).spent == Decimal("1.75")
    assert Hold.objects.count() == 2
    assert list(differences()) == []


@pytest.mark.usefixtures("newest_afterwards")
def test_a_ledger_with_entries_of_its_own_is_not_thrown_away() -> None:
    HoldFactory()

    with pytest.raises(DatabaseError, match="going back would lose them"):
        migrate(*BEFORE_THE_LEDGER)

    assert Hold.objects.count() == 1
    assert CostEvent.objects.count() == 2  # the caps, and the hold


def test_the_newest_state_is_the_models() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
