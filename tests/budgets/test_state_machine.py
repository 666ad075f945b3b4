"""The ledger against an independent model, over random orders of everything that can happen."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from apps.accounts.core.roles import Role
from apps.budgets import actions
from apps.budgets.actions.ledger import NoRoom, Reservation
from apps.budgets.errors import CapTooLow, NotUnknown
from apps.budgets.models import Budget, CostEvent, EventKind, Hold, Incident
from apps.budgets.queries.reconciliation import differences
from tests.factories import BudgetFactory, PriceFactory, UserFactory

START = datetime(2026, 1, 1, tzinfo=UTC)
LEASE = timedelta(minutes=2)
amounts = st.integers(0, 3_000_000).map(lambda micro: Decimal(micro).scaleb(-6))


@dataclass
class Call:
    """What the model knows of a hold."""

    amount: Decimal
    lease_ends_at: datetime
    state: str = "held"
    booked: Decimal = Decimal(0)


class Ledger(RuleBasedStateMachine):
    """The model keeps calls and a cap, and adds up; it knows nothing of lines or totals."""

    holds = Bundle("holds")

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.savepoint()
        self.calls: dict[UUID, Call] = {}
        self.now = START
        self.number = 0
        self.overran = 0

    @initialize(cap=st.sampled_from([Decimal(1), Decimal(5), Decimal(50)]))
    def open(self, cap: Decimal) -> None:
        self.budget = BudgetFactory(plan__budget_usd=cap, plan__status="running")
        self.price = PriceFactory()
        self.approver = UserFactory(role=Role.APPROVER)
        self.cap = cap

    @property
    def held(self) -> Decimal:
        return sum((c.amount for c in self.calls.values() if c.state == "held"), Decimal(0))

    @property
    def spent(self) -> Decimal:
        return sum((c.booked for c in self.calls.values()), Decimal(0))

    @rule(target=holds, amount=amounts)
    def reserve(self, amount: Decimal) -> UUID | None:
        self.number += 1
        outcome = actions.reserve(self._reservation(self.number, amount), now=self.now)
        if self.spent + self.held + amount > self.cap:
            assert isinstance(outcome, NoRoom)
            assert outcome.held == self.held
            return None
        assert not isinstance(outcome, NoRoom)
        assert outcome.is_new
        self.calls[outcome.hold_id] = Call(amount, self.now + LEASE)
        return outcome.hold_id

    @rule(hold=holds, amount=amounts)
    def reserve_again(self, hold: UUID | None, amount: Decimal) -> None:
        if hold is None:
            return
        number = int(Hold.objects.get(pk=hold).call_id)
        outcome = actions.reserve(self._reservation(number, amount), now=self.now)
        assert not isinstance(outcome, NoRoom)
        assert (outcome.hold_id, outcome.is_new) == (hold, False)
        assert outcome.state == self.calls[hold].state

    @rule(hold=holds, share=st.integers(0, 100))
    def settle(self, hold: UUID | None, share: int) -> None:
        self._settle(hold, share)

    @rule(hold=holds, share=st.integers(101, 300))
    def settle_above_the_hold(self, hold: UUID | None, share: int) -> None:
        self._settle(hold, share)

    def _settle(self, hold: UUID | None, share: int) -> None:
        if hold is None:
            return
        call = self.calls[hold]
        actual = (call.amount * share / 100).quantize(Decimal("0.000001"))
        actions.settle(hold_id=hold, actual=actual)
        if call.state in {"held", "unknown"}:
            self.overran += actual > call.amount
            call.state, call.booked = "settled", actual

    @rule(hold=holds)
    def void(self, hold: UUID | None) -> None:
        if hold is None:
            return
        actions.void(hold_id=hold)
        if self.calls[hold].state == "held":
            self.calls[hold].state = "voided"

    @rule(seconds=st.integers(1, 300))
    def time_passes_and_holds_expire(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        late = [
            call
            for call in self.calls.values()
            if call.state == "held" and call.lease_ends_at < self.now
        ]
        assert actions.expire_holds(now=self.now) == len(late)
        for call in late:
            call.state, call.booked = "unknown", call.amount

    @rule(hold=consumes(holds), share=st.integers(0, 100))
    def adjust(self, hold: UUID | None, share: int) -> None:
        if hold is None:
            return
        call = self.calls[hold]
        actual = (call.amount * share / 100).quantize(Decimal("0.000001"))
        if call.state != "unknown":
            with pytest.raises(NotUnknown):
                actions.adjust(hold_id=hold, actual=actual, by=self.approver, reason="The bill.")
            return
        actions.adjust(hold_id=hold, actual=actual, by=self.approver, reason="The bill.")
        call.state, call.booked = "settled", actual

    @rule(cap=st.sampled_from([Decimal("0.5"), Decimal(2), Decimal(6), Decimal(60)]))
    def change_cap(self, cap: Decimal) -> None:
        changing = {"budget_id": self.budget.pk, "hard_cap": cap, "by": self.approver}
        if cap < self.spent + self.held:
            with pytest.raises(CapTooLow):
                actions.change_cap(**changing, reason="Less.")
            return
        actions.change_cap(**changing, reason="Another cap.")
        self.cap = cap

    @invariant()
    def the_ledger_agrees(self) -> None:
        if not hasattr(self, "budget"):
            return
        budget = Budget.objects.get(pk=self.budget.pk)
        assert (budget.spent, budget.held) == (self.spent, self.held)
        assert budget.hard_cap == self.cap
        assert budget.soft_cap == (self.cap * Decimal("0.7")).quantize(Decimal("0.000001"))
        if not self.overran:
            assert budget.spent + budget.held <= budget.hard_cap
        assert list(differences()) == []

    @invariant()
    def overruns_are_incidents(self) -> None:
        assert Incident.objects.count() == self.overran

    def teardown(self) -> None:
        warned = CostEvent.objects.filter(kind=EventKind.SOFT_CAP).count()
        changes = CostEvent.objects.filter(kind=EventKind.CAP_CHANGE).count()
        assert warned <= changes  # once per crossing, and only a new cap makes a new crossing
        transaction.savepoint_rollback(self.savepoint)

    def _reservation(self, number: int, amount: Decimal) -> Reservation:
        return Reservation(
            call_id=str(number),
            budget_id=self.budget.pk,
            price_id=self.price.pk,
            amount=amount,
            max_tokens=1000,
            lease=LEASE,
            purpose="atom",
            trace_id=self.budget.plan.trace_id,
        )


@pytest.mark.django_db
def test_the_ledger_and_its_model_agree() -> None:
    run_state_machine_as_test(
        Ledger,
        settings=settings(
            max_examples=40,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
