"""The caps of a plan: what one person may do to them, and what is refused."""

import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from apps.accounts.core.roles import Role
from apps.accounts.models import AuditEntry, Notification, User
from apps.budgets import actions
from apps.budgets.errors import (
    AmountInvalid,
    CapsOutOfOrder,
    CapTooLow,
    RaiseNeedsOverride,
    ReasonMissing,
)
from apps.budgets.models import Budget, CostEvent, EventKind, Hold
from apps.budgets.queries.reconciliation import differences
from apps.common.errors import NotAllowed
from apps.common.events import versions
from apps.masterplans.core import topics
from apps.masterplans.models import Masterplan
from apps.traceability.models import TraceEvent
from tests.factories import BudgetFactory, HoldFactory, MasterplanFactory, UserFactory

pytestmark = pytest.mark.django_db


def charge(budget: Budget, usd: int) -> None:
    actions.settle(hold_id=HoldFactory(budget=budget, amount=Decimal(usd)).pk, actual=Decimal(usd))


@pytest.fixture
def lead() -> User:
    person: User = UserFactory(role=Role.LEAD, username="lena")
    return person


@pytest.fixture
def budget() -> Budget:
    """100 USD, of which 12 are spent and 3 held; the soft cap follows at 70."""
    made: Budget = BudgetFactory(plan__budget_usd=100, plan__status="running")
    charge(made, 12)
    HoldFactory(budget=made, amount=Decimal(3))
    made.refresh_from_db()
    return made


def set_caps(budget: Budget, by: User, **changes: Any) -> Budget:
    return actions.set_caps(plan_id=budget.plan_id, by=by, **{"reason": "Less work."} | changes)


def caps(budget: Budget) -> tuple[Decimal, Decimal, Decimal | None]:
    budget.refresh_from_db()
    return budget.hard_cap, budget.soft_cap, budget.soft_share


class TestOpening:
    def test_a_plan_opens_with_the_caps_that_it_asks_for(self) -> None:
        plan = MasterplanFactory(money=False)

        budget = actions.open_budget(plan=plan, hard_cap=Decimal(40), soft_share=Decimal("0.25"))

        assert (budget.spent, budget.held, budget.overrun) == (0, 0, 0)
        assert caps(budget) == (40, 10, Decimal("0.25"))
        [line] = budget.events.all()
        assert (line.kind, line.hard_cap, line.soft_cap) == (EventKind.CAP_CHANGE, 40, 10)
        assert (line.by, line.reason) == (None, "As the masterplan asks.")

    def test_a_share_of_almost_nothing_is_still_a_soft_cap(self) -> None:
        plan = MasterplanFactory(money=False)

        budget = actions.open_budget(
            plan=plan, hard_cap=Decimal("0.000001"), soft_share=Decimal("0.1")
        )

        assert budget.soft_cap == Decimal("0.000001")

    def test_the_soft_cap_is_rounded_to_the_micro_dollar(self) -> None:
        plan = MasterplanFactory(money=False)

        budget = actions.open_budget(
            plan=plan, hard_cap=Decimal("0.333333"), soft_share=Decimal("0.7")
        )

        assert budget.soft_cap == Decimal("0.233333")


class TestSoftCap:
    def test_it_follows_the_hard_cap(self, budget: Budget, lead: User) -> None:
        set_caps(budget, lead, hard_cap=Decimal(50))

        assert caps(budget) == (50, 35, Decimal("0.7"))

    def test_set_by_hand_it_stays_where_it_is(self, budget: Budget, lead: User) -> None:
        set_caps(budget, lead, soft_cap=Decimal("20.5"))
        set_caps(budget, lead, hard_cap=Decimal(50))

        assert caps(budget) == (50, Decimal("20.5"), None)

    def test_it_can_follow_again_with_the_share_of_the_masterplan(self, lead: User) -> None:
        budget = BudgetFactory(plan__budget_usd=100, plan__soft_cap=Decimal("0.5"))
        set_caps(budget, lead, soft_cap=Decimal(20))

        set_caps(budget, lead, follow=True)

        assert caps(budget) == (100, 50, Decimal("0.5"))

    def test_by_hand_it_may_equal_the_hard_cap(self, budget: Budget, lead: User) -> None:
        set_caps(budget, lead, soft_cap=Decimal(100))

        assert caps(budget) == (100, 100, None)

    @pytest.mark.parametrize("changes", [{"soft_cap": 101}, {"hard_cap": 40, "soft_cap": 41}])
    def test_above_the_hard_cap_it_is_refused(
        self, budget: Budget, lead: User, changes: dict[str, int]
    ) -> None:
        amounts = {name: Decimal(amount) for name, amount in changes.items()}

        with pytest.raises(CapsOutOfOrder):
            set_caps(budget, lead, **amounts)
        assert caps(budget) == (100, 70, Decimal("0.7"))

    def test_by_hand_it_is_not_passed_by_a_lower_hard_cap(self, budget: Budget, lead: User) -> None:
        set_caps(budget, lead, soft_cap=Decimal(90))

        with pytest.raises(CapsOutOfOrder):
            set_caps(budget, lead, hard_cap=Decimal(80))
        with pytest.raises(CapsOutOfOrder), transaction.atomic():
            actions.change_cap(
                budget_id=budget.pk, hard_cap=Decimal(80), by=lead, reason="Approved."
            )
        assert caps(budget) == (100, 90, None)


class TestHardCap:
    def test_it_can_be_lowered_to_what_is_spent_and_held(self, budget: Budget, lead: User) -> None:
        set_caps(budget, lead, hard_cap=Decimal(15))

        assert caps(budget)[0] == 15
        assert budget.left == 0

    @pytest.mark.parametrize("wanted", ["14.999999", "12", "0.000001"])
    def test_below_that_nothing_is_written(self, budget: Budget, lead: User, wanted: str) -> None:
        lines = CostEvent.objects.count()

        with pytest.raises(CapTooLow) as caught:
            set_caps(budget, lead, hard_cap=Decimal(wanted))
        with pytest.raises(CapTooLow):
            actions.change_cap(
                budget_id=budget.pk, hard_cap=Decimal(wanted), by=lead, reason="Approved."
            )

        assert "Set it to at least $15." in caught.value.message
        assert caps(budget) == (100, 70, Decimal("0.7"))
        assert CostEvent.objects.count() == lines
        assert not AuditEntry.objects.exists()

    @pytest.mark.parametrize("wanted", ["100.000001", "1000000"])
    def test_a_raise_needs_a_second_person(self, budget: Budget, lead: User, wanted: str) -> None:
        with pytest.raises(RaiseNeedsOverride) as caught:
            set_caps(budget, lead, hard_cap=Decimal(wanted))

        assert caught.value.status == 409
        assert caps(budget) == (100, 70, Decimal("0.7"))

    def test_an_approval_raises_it(self, budget: Budget, lead: User) -> None:
        changed = actions.change_cap(
            budget_id=budget.pk, hard_cap=Decimal(250), by=lead, reason="  Spec fix checked. "
        )

        assert (changed.hard_cap, changed.soft_cap) == (250, 175)
        line = budget.events.last()
        assert line is not None
        assert (line.kind, line.hard_cap, line.soft_cap) == (EventKind.CAP_CHANGE, 250, 175)
        assert (line.spent, line.held, line.spent_delta, line.held_delta) == (12, 3, 0, 0)
        assert (line.by, line.reason) == (lead, "Spec fix checked.")
        assert list(differences()) == []

    def test_a_new_cap_ends_an_overrun(self, budget: Budget, lead: User) -> None:
        hold = Hold.objects.get(state="held")
        actions.settle(hold_id=hold.pk, actual=Decimal(95))
        budget.refresh_from_db()
        assert (budget.spent, budget.overrun) == (107, 7)

        changed = actions.change_cap(
            budget_id=budget.pk, hard_cap=Decimal(107), by=lead, reason="The bill is right."
        )

        assert (changed.hard_cap, changed.overrun) == (107, 0)
        assert list(differences()) == []


class TestRefusals:
    @pytest.mark.parametrize("reason", ["", "  \n"])
    def test_a_reason_is_needed(self, budget: Budget, lead: User, reason: str) -> None:
        with pytest.raises(ReasonMissing):
            set_caps(budget, lead, hard_cap=Decimal(50), reason=reason)
        assert caps(budget)[0] == 100

    @pytest.mark.parametrize("which", ["hard_cap", "soft_cap"])
    @pytest.mark.parametrize(
        "amount", ["NaN", "sNaN", "Infinity", "1.0000001", "-1", "0", "1000000.000001", "1E-7"]
    )
    def test_what_is_no_amount(self, budget: Budget, lead: User, which: str, amount: str) -> None:
        with pytest.raises(AmountInvalid):
            set_caps(budget, lead, **{which: Decimal(amount)})
        assert caps(budget) == (100, 70, Decimal("0.7"))

    @pytest.mark.parametrize("amount", ["50.0", "5E+1", "50.00000000"])
    def test_an_amount_may_be_written_in_any_way(
        self, budget: Budget, lead: User, amount: str
    ) -> None:
        assert str(set_caps(budget, lead, hard_cap=Decimal(amount)).hard_cap) == "50.000000"

    @pytest.mark.parametrize("role", [Role.LEAD, Role.ADMIN, Role.APPROVER])
    def test_these_roles_may(self, budget: Budget, role: Role) -> None:
        set_caps(budget, UserFactory(role=role), hard_cap=Decimal(50))

        assert caps(budget)[0] == 50

    @pytest.mark.parametrize("role", [None, Role.VIEWER, Role.OPERATOR, Role.REVIEWER])
    def test_others_may_not(self, budget: Budget, role: Role | None) -> None:
        with pytest.raises(NotAllowed):
            set_caps(budget, UserFactory(role=role), hard_cap=Decimal(50))
        assert caps(budget)[0] == 100


def test_the_audit_log_says_who_changed_what_and_why(budget: Budget, lead: User) -> None:
    set_caps(budget, lead, hard_cap=Decimal(50), reason=" The plan got shorter. ")

    entry = AuditEntry.objects.get()
    assert (entry.by, entry.action, entry.subject) == (lead, "budget.caps_set", budget.plan.ref)
    assert entry.before == {"hard_cap": "100.000000", "soft_cap": "70.000000"}
    assert entry.after == {"hard_cap": "50.000000", "soft_cap": "35.000000"}
    assert entry.reason == "The plan got shorter."


def test_live_pages_are_told(
    budget: Budget, lead: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    ref = budget.plan.ref
    watched = [topics.budget(ref), topics.summary(ref), topics.COST]
    before = versions(watched)

    with django_capture_on_commit_callbacks(execute=True):
        set_caps(budget, lead, hard_cap=Decimal(50))

    after = versions(watched)
    assert all(after[topic] > before[topic] for topic in watched)


class TestWarningAgain:
    def warnings(self) -> int:
        return Notification.objects.filter(kind="soft_cap").count()

    def test_after_a_raise_the_next_crossing_is_told_too(self, budget: Budget, lead: User) -> None:
        charge(budget, 60)
        assert self.warnings() == 1

        actions.change_cap(budget_id=budget.pk, hard_cap=Decimal(200), by=lead, reason="More.")
        budget.refresh_from_db()
        assert budget.soft_cap_passed_at is None
        charge(budget, 60)
        assert self.warnings() == 1  # 132 of 140 USD
        charge(budget, 10)

        assert self.warnings() == 2

    def test_a_raise_that_leaves_it_passed_does_not_warn_twice(
        self, budget: Budget, lead: User
    ) -> None:
        charge(budget, 80)

        actions.change_cap(budget_id=budget.pk, hard_cap=Decimal(120), by=lead, reason="More.")
        charge(budget, 1)

        assert self.warnings() == 1

    def test_a_soft_cap_that_is_set_below_the_spending_warns_at_the_next_charge(
        self, budget: Budget, lead: User
    ) -> None:
        set_caps(budget, lead, soft_cap=Decimal(5))
        assert self.warnings() == 0

        charge(budget, 1)

        assert self.warnings() == 1


@pytest.mark.django_db(transaction=True)
def test_who_changes_caps_and_who_changes_the_plan_do_not_block_each_other() -> None:
    """The plan's row is written first by one and read by the other: neither may lock both."""
    budget = BudgetFactory(plan__budget_usd=100, plan__status="running")
    lead = UserFactory(role=Role.LEAD)
    is_locked = Event()

    def lower() -> Decimal:
        try:
            assert is_locked.wait(timeout=20)
            return set_caps(budget, lead, hard_cap=Decimal(50)).hard_cap
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        Masterplan.objects.filter(pk=budget.plan_id).update(status_note="Written elsewhere.")
        lowering = pool.submit(lower)
        is_locked.set()

        assert lowering.result(timeout=20) == 50


@pytest.mark.django_db(transaction=True)
def test_a_lower_cap_waits_for_the_call_that_is_being_held() -> None:
    """The check and the change are one: no call slips in between."""
    budget = BudgetFactory(plan__budget_usd=100, plan__status="running")
    lead = UserFactory(role=Role.LEAD)
    hold = HoldFactory(budget=budget, amount=Decimal(60))
    is_locked = Event()

    def lower() -> str:
        try:
            assert is_locked.wait(timeout=20)
            set_caps(budget, lead, hard_cap=Decimal(80))
        except CapTooLow as refusal:
            return refusal.code
        finally:
            connection.close()
        return "lowered"

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            actions.settle(hold_id=hold.pk, actual=Decimal(90))
            lowering = pool.submit(lower)
            is_locked.set()
            time.sleep(0.3)  # so that the other waits for the row
            assert not lowering.done()
        assert lowering.result(timeout=20) == "cap_too_low"

    assert TraceEvent.objects.get(kind="charge").cost_usd == 90
