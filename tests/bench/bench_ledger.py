"""How many holds a second one contended budget takes, beside the pattern that it replaces.

make bench ARGS=ledger
"""

import random
import threading
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from django.db import connection
from django.db.models import F

from apps.budgets import actions
from apps.budgets.actions.ledger import NoRoom, Reservation
from apps.budgets.models import Budget, ModelPrice
from apps.budgets.queries.reconciliation import differences
from tests.factories import BudgetFactory, PriceFactory

PAIRS = 2000  # of each throughput run
CALL = Decimal("0.10")  # USD, what each call costs
CAP = Decimal("5.00")
CALLERS = 100
THINKING_S = 0.05  # of the model, between question and answer


def in_threads(count: int, work: Callable[[int], None]) -> float:
    """Run the work in so many threads at once; return the seconds until the last has ended."""

    together = threading.Barrier(count)

    def run(number: int) -> None:
        try:
            together.wait()
            work(number)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - start


def reservation(budget: Budget, price: ModelPrice, amount: Decimal) -> Reservation:
    return Reservation(
        call_id=uuid.uuid4().hex,
        budget_id=budget.pk,
        price_id=price.pk,
        amount=amount,
        max_tokens=1000,
        lease=timedelta(minutes=2),
        purpose="bench",
        trace_id=budget.plan.trace_id,
    )


def throughput(threads: int, price: ModelPrice) -> float:
    """Return reserve and settle pairs a second on one budget."""
    budget = BudgetFactory(plan__budget_usd=10_000)
    share = PAIRS // threads

    def work(_number: int) -> None:
        for _ in range(share):
            held = actions.reserve(reservation(budget, price, Decimal("0.01")))
            if isinstance(held, NoRoom):
                raise AssertionError("10,000 USD are enough for this")
            actions.settle(hold_id=held.hold_id, actual=Decimal("0.004"))

    return share * threads / in_threads(threads, work)


def held_first(price: ModelPrice) -> Decimal:
    """Return what a hundred callers spend of the cap when each holds before it asks."""
    budget = BudgetFactory(plan__budget_usd=CAP)

    def work(_number: int) -> None:
        for _ in range(3):
            held = actions.reserve(reservation(budget, price, CALL))
            if isinstance(held, NoRoom):
                return
            time.sleep(THINKING_S)
            actions.settle(hold_id=held.hold_id, actual=CALL)

    in_threads(CALLERS, work)
    return Budget.objects.get(pk=budget.pk).spent


def checked_first() -> Decimal:
    """Return what they spend when each looks whether the cap is reached, asks, and then charges."""
    # A plain counter, because the ledger's own table refuses what this pattern does.
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS bench_naive (spent numeric(14,6))")
        cursor.execute("DELETE FROM bench_naive")
        cursor.execute("INSERT INTO bench_naive VALUES (0)")

    def spent() -> Decimal:
        with connection.cursor() as cursor:
            cursor.execute("SELECT spent FROM bench_naive")
            row = cursor.fetchone()
            return Decimal(row[0])

    def work(number: int) -> None:
        dice = random.Random(number)
        for _ in range(3):
            if spent() + CALL > CAP:
                return
            time.sleep(THINKING_S * (0.5 + dice.random()))
            with connection.cursor() as cursor:
                cursor.execute("UPDATE bench_naive SET spent = spent + %s", [CALL])

    in_threads(CALLERS, work)
    total = spent()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE bench_naive")
    return total


def bare_updates(threads: int) -> float:
    """Return how many single updates of one row Postgres commits a second: the ceiling here."""
    budget = BudgetFactory(plan__budget_usd=10_000)
    share = PAIRS // threads

    def work(_number: int) -> None:
        for _ in range(share):
            Budget.objects.filter(pk=budget.pk).update(forecast_passed_at=F("created_at"))

    return share * threads / in_threads(threads, work)


def main() -> None:
    price = PriceFactory()
    for threads in (1, 8, 32):
        pairs = throughput(threads, price)
        ceiling = bare_updates(threads)
        print(
            f"{threads:3} threads: {pairs:6.0f} reserve+settle pairs /s on one budget;"
            f" bare updates of one row {ceiling:6.0f} /s, {ceiling / pairs:.1f} of them a pair"
        )
    naive, held = checked_first(), held_first(price)
    print(f"{CALLERS} callers, {CALL} USD a call, cap {CAP} USD")
    print(f"  look, ask, charge: {naive:6.2f} USD spent, {naive / CAP:.2f} times the cap")
    print(f"  hold, ask, settle: {held:6.2f} USD spent, {held / CAP:.2f} times the cap")
    wrong = list(differences())
    print(f"  check_ledger: {len(wrong)} differences")
