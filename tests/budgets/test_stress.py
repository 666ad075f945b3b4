"""A hundred workers and one cap: it is never exceeded, whoever crashes when."""

import random
import threading
import time
import uuid
from datetime import timedelta
from decimal import Decimal
from queue import SimpleQueue

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from apps.budgets import actions
from apps.budgets.actions.ledger import NoRoom, Reservation
from apps.budgets.models import Budget, Hold, HoldState, ModelPrice
from apps.budgets.queries.reconciliation import differences
from tests.factories import BudgetFactory, PriceFactory

WORKERS = 100
CALLS = 6  # of each worker
CAP = Decimal("5.000000")

pytestmark = pytest.mark.django_db(transaction=True)


class Sampler:
    """Reads the budget through a connection of its own, as long as the block lasts."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.samples = 0
        self.highest = Decimal(0)

    def __enter__(self) -> "Sampler":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._thread.join(30)

    def _watch(self) -> None:
        fields = connection.settings_dict
        with psycopg.connect(
            host=fields["HOST"],
            port=fields["PORT"] or None,
            user=fields["USER"],
            password=fields["PASSWORD"] or None,
            dbname=fields["NAME"],
            autocommit=True,
        ) as own:
            while not self._ends.is_set():
                row = own.execute(
                    "SELECT spent + held FROM budgets_budget WHERE id = %s", [self._budget.pk]
                ).fetchone()
                assert row is not None
                self.samples += 1
                self.highest = max(self.highest, row[0])


def amount(dice: random.Random, most: Decimal) -> Decimal:
    return (most * dice.randint(0, 1000) / 1000).quantize(Decimal("0.000001"))


def work(seed: int, budget: Budget, price: ModelPrice, denied: SimpleQueue[int]) -> None:
    """Reserve, then settle, void, lose the answer, or crash: say nothing any more."""
    dice = random.Random(seed)
    try:
        for _ in range(CALLS):
            worst = amount(dice, Decimal("0.1"))
            outcome = actions.reserve(
                Reservation(
                    call_id=uuid.uuid4().hex,
                    budget_id=budget.pk,
                    price_id=price.pk,
                    amount=worst,
                    max_tokens=1000,
                    lease=timedelta(minutes=1),
                    purpose="atom",
                    trace_id=budget.plan.trace_id,
                )
            )
            if isinstance(outcome, NoRoom):
                denied.put(1)
                continue
            time.sleep(dice.random() * 0.01)  # the call
            fate = dice.random()
            if fate < 0.7:
                actions.settle(hold_id=outcome.hold_id, actual=amount(dice, worst))
            elif fate < 0.8:
                actions.void(hold_id=outcome.hold_id)
            elif fate < 0.9:
                actions.capture_unknown(hold_id=outcome.hold_id, reason="No answer.")
    finally:
        connection.close()


def test_a_hundred_workers_never_exceed_the_cap() -> None:
    budget = BudgetFactory(plan__budget_usd=CAP)
    price = PriceFactory()
    denied: SimpleQueue[int] = SimpleQueue()
    workers = [
        threading.Thread(target=work, args=(seed, budget, price, denied)) for seed in range(WORKERS)
    ]

    with Sampler(budget) as sampler:
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(120)

    assert sampler.samples > 100
    assert Decimal("4.5") < sampler.highest <= CAP
    assert denied.qsize() > 0
    crashed = Hold.objects.filter(state=HoldState.HELD).count()
    assert crashed > 0
    assert actions.expire_holds(now=timezone.now() + timedelta(hours=1)) == crashed
    budget.refresh_from_db()
    assert budget.held == 0
    assert budget.spent <= CAP
    assert list(differences()) == []


def test_one_call_id_is_booked_once_however_often_it_is_sent() -> None:
    budget = BudgetFactory(plan__budget_usd=CAP)
    price = PriceFactory()
    reservation = Reservation(
        call_id="the-same",
        budget_id=budget.pk,
        price_id=price.pk,
        amount=Decimal("0.1"),
        max_tokens=1000,
        lease=timedelta(minutes=1),
        purpose="atom",
        trace_id=budget.plan.trace_id,
    )
    found: SimpleQueue[object] = SimpleQueue()

    def deliver() -> None:
        try:
            outcome = actions.reserve(reservation)
            assert not isinstance(outcome, NoRoom)
            found.put(outcome.is_new)
            actions.settle(hold_id=outcome.hold_id, actual=Decimal("0.04"))
        finally:
            connection.close()

    threads = [threading.Thread(target=deliver) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    outcomes = [found.get_nowait() for _ in range(20)]
    assert outcomes.count(True) == 1
    budget.refresh_from_db()
    assert (budget.spent, budget.held) == (Decimal("0.04"), 0)
    assert list(differences()) == []
