"""The ledger's own verbs: each movement once, with its line and its totals."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from apps.accounts.core.roles import Role
from apps.accounts.models import AuditEntry, User
from apps.budgets import actions
from apps.budgets.actions.ledger import NoRoom, Reservation, Reserved
from apps.budgets.errors import AmountInvalid, HoldNotFound, NotUnknown, ReasonMissing
from apps.budgets.models import Budget, CostEvent, Hold, HoldState, Incident
from apps.budgets.queries.reconciliation import differences
from apps.common.errors import NotAllowed
from apps.common.events import versions
from apps.masterplans.core import topics
from apps.traceability.models import TraceEvent
from tests.factories import AtomFactory, BudgetFactory, PriceFactory, UserFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def budget() -> Budget:
    made: Budget = BudgetFactory(plan__budget_usd=10, plan__status="running")
    return made


@pytest.fixture
def approver() -> User:
    person: User = UserFactory(role=Role.APPROVER, username="dana")
    return person


def reservation(budget: Budget, usd: str = "1", **changes: Any) -> Reservation:
    facts = {
        "call_id": uuid.uuid4().hex,
        "budget_id": budget.pk,
        "price_id": PriceFactory().pk,
        "amount": Decimal(usd),
        "max_tokens": 1000,
        "lease": timedelta(minutes=1),
        "purpose": "atom",
        "trace_id": budget.plan.trace_id,
    }
    return Reservation(**facts | changes)


def reserved(budget: Budget, usd: str = "1", **changes: Any) -> Hold:
    outcome = actions.reserve(reservation(budget, usd, **changes), now=NOW)
    assert isinstance(outcome, Reserved)
    return Hold.objects.get(pk=outcome.hold_id)


def unknown(budget: Budget, usd: str = "1") -> Hold:
    hold = reserved(budget, usd)
    actions.capture_unknown(hold_id=hold.pk, reason="No answer.")
    return hold


def totals(budget: Budget) -> tuple[Decimal, Decimal]:
    budget.refresh_from_db()
    return budget.spent, budget.held


def booked(hold: Hold) -> tuple[str, Decimal | None]:
    hold.refresh_from_db()
    return hold.state, hold.actual


class TestReserve:
    def test_a_hold_is_written_with_its_line(self, budget: Budget) -> None:
        atom = AtomFactory(plan=budget.plan)
        attempt_id = uuid.uuid4()
        hold = reserved(
            budget, "2.5", atom_id=atom.pk, attempt_id=attempt_id, attempt_number=3, call_id="c.1"
        )

        assert (hold.call_id, hold.amount, hold.actual) == ("c.1", Decimal("2.5"), None)
        assert (hold.atom, hold.attempt_id, hold.attempt_number) == (atom, attempt_id, 3)
        assert (hold.state, hold.max_tokens) == (HoldState.HELD, 1000)
        assert hold.lease_expires_at == NOW + timedelta(minutes=1)
        [line] = hold.events.all()
        assert (line.kind, line.spent_delta, line.held_delta) == ("reserve", 0, Decimal("2.5"))
        assert (line.spent, line.held, line.hard_cap) == (0, Decimal("2.5"), 10)
        assert line.price_id == hold.price_id
        assert totals(budget) == (0, Decimal("2.5"))

    def test_the_whole_cap_can_be_held_and_not_a_micro_dollar_more(self, budget: Budget) -> None:
        reserved(budget, "9.999999")
        reserved(budget, "0.000001")

        assert actions.reserve(reservation(budget, "0.000001")) == NoRoom(left=0, held=10)
        assert totals(budget) == (0, 10)

    def test_what_does_not_fit_leaves_nothing_behind(self, budget: Budget) -> None:
        reserved(budget, "4")
        lines = CostEvent.objects.count()

        outcome = actions.reserve(reservation(budget, "6.000001", call_id="too-much"))

        assert outcome == NoRoom(left=Decimal(6), held=Decimal(4))
        assert CostEvent.objects.count() == lines
        assert not Hold.objects.filter(call_id="too-much").exists()

    def test_the_same_call_again_gets_its_first_hold(self, budget: Budget) -> None:
        hold = reserved(budget, "2", call_id="c.1")

        again = actions.reserve(reservation(budget, "5", call_id="c.1"))

        assert again == Reserved(hold.pk, HoldState.HELD, is_new=False)
        assert totals(budget) == (0, 2)
        assert hold.events.count() == 1

    def test_the_same_call_again_is_told_how_it_ended(self, budget: Budget) -> None:
        hold = reserved(budget, "2", call_id="c.1")
        actions.settle(hold_id=hold.pk, actual=Decimal(1))

        again = actions.reserve(reservation(budget, "2", call_id="c.1"))

        assert again == Reserved(hold.pk, HoldState.SETTLED, is_new=False)
        assert totals(budget) == (1, 0)

    def test_a_call_that_costs_nothing_fits_under_a_cap_that_is_used_up(
        self, budget: Budget
    ) -> None:
        actions.settle(hold_id=reserved(budget, "10").pk, actual=Decimal(10))

        hold = reserved(budget, "0")
        actions.settle(hold_id=hold.pk, actual=Decimal(0))

        assert booked(hold) == ("settled", 0)
        assert totals(budget) == (10, 0)
        assert list(differences()) == []

    def test_it_takes_few_questions(
        self, budget: Budget, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        wanted = reservation(budget)

        with django_assert_num_queries(4):  # savepoint, hold, budget with its line, release
            actions.reserve(wanted)


class TestSettle:
    def test_the_bill_is_booked_and_the_rest_comes_free(self, budget: Budget) -> None:
        hold = reserved(budget, "3")

        actions.settle(hold_id=hold.pk, actual=Decimal("1.25"))

        assert booked(hold) == ("settled", Decimal("1.25"))
        assert hold.ended_at is not None
        assert totals(budget) == (Decimal("1.25"), 0)
        line = hold.events.last()
        assert line is not None
        assert (line.kind, line.spent_delta, line.held_delta) == ("settle", Decimal("1.25"), -3)

    def test_a_second_settlement_changes_nothing(self, budget: Budget) -> None:
        hold = reserved(budget, "3")
        actions.settle(hold_id=hold.pk, actual=Decimal("1.25"))

        actions.settle(hold_id=hold.pk, actual=Decimal(2))

        assert booked(hold) == ("settled", Decimal("1.25"))
        assert hold.events.count() == 2
        assert TraceEvent.objects.filter(kind="charge").count() == 1

    def test_a_charge_of_nothing_is_booked_too(self, budget: Budget) -> None:
        hold = reserved(budget)

        actions.settle(hold_id=hold.pk, actual=Decimal(0))

        assert booked(hold) == ("settled", 0)
        assert totals(budget) == (0, 0)
        assert TraceEvent.objects.get().cost_usd == 0

    def test_the_true_cost_replaces_the_worst_case_that_was_captured(self, budget: Budget) -> None:
        hold = unknown(budget, "3")
        assert totals(budget) == (3, 0)

        actions.settle(hold_id=hold.pk, actual=Decimal(1))

        assert booked(hold) == ("settled", 1)
        assert totals(budget) == (1, 0)
        assert [line.kind for line in hold.events.all()] == ["reserve", "capture_unknown", "adjust"]
        line = hold.events.last()
        assert line is not None
        assert (line.spent_delta, line.by) == (-2, None)
        assert "after its hold had expired" in line.reason
        assert list(differences()) == []

    def test_a_voided_hold_stays_voided(self, budget: Budget) -> None:
        hold = reserved(budget)
        actions.void(hold_id=hold.pk)

        actions.settle(hold_id=hold.pk, actual=Decimal(1))

        assert booked(hold) == ("voided", None)
        assert totals(budget) == (0, 0)


class TestVoid:
    def test_the_money_comes_free_without_a_charge(self, budget: Budget) -> None:
        hold = reserved(budget, "3")

        actions.void(hold_id=hold.pk)

        assert booked(hold) == ("voided", None)
        assert totals(budget) == (0, 0)
        assert not TraceEvent.objects.exists()

    @pytest.mark.parametrize("end", ["void", "settle", "capture_unknown"])
    def test_an_ended_hold_is_left_alone(self, budget: Budget, end: str) -> None:
        hold = reserved(budget, "3")
        facts: dict[str, dict[str, object]] = {
            "void": {},
            "settle": {"actual": Decimal(1)},
            "capture_unknown": {"reason": "No answer."},
        }
        getattr(actions, end)(hold_id=hold.pk, **facts[end])
        before = booked(hold), totals(budget), hold.events.count()

        actions.void(hold_id=hold.pk)

        assert (booked(hold), totals(budget), hold.events.count()) == before


class TestCaptureUnknown:
    def test_the_worst_case_is_booked_with_its_reason(self, budget: Budget) -> None:
        hold = reserved(budget, "3")

        assert actions.capture_unknown(hold_id=hold.pk, reason="The connection broke.")

        assert booked(hold) == ("unknown", 3)
        assert totals(budget) == (3, 0)
        line = hold.events.last()
        assert line is not None
        assert (line.kind, line.reason) == ("capture_unknown", "The connection broke.")
        assert not Incident.objects.exists()

    def test_twice_is_once(self, budget: Budget) -> None:
        hold = unknown(budget, "3")

        assert not actions.capture_unknown(hold_id=hold.pk, reason="Again.")

        assert totals(budget) == (3, 0)
        assert hold.events.count() == 2

    def test_what_was_settled_is_known(self, budget: Budget) -> None:
        hold = reserved(budget, "3")
        actions.settle(hold_id=hold.pk, actual=Decimal(1))

        assert not actions.capture_unknown(hold_id=hold.pk, reason="Late.")
        assert booked(hold) == ("settled", 1)


class TestExpireHolds:
    def test_only_what_is_over_is_captured(self, budget: Budget) -> None:
        late = reserved(budget, "1")
        fresh = reserved(budget, "2", lease=timedelta(minutes=5))

        assert actions.expire_holds(now=NOW + timedelta(minutes=1)) == 0  # to the last moment
        assert actions.expire_holds(now=NOW + timedelta(minutes=1, seconds=1)) == 1

        assert booked(late) == ("unknown", 1)
        assert booked(fresh) == ("held", None)
        assert totals(budget) == (1, 2)
        line = late.events.last()
        assert line is not None
        assert line.reason == "Its worker did not come back."

    def test_again_it_finds_nothing(self, budget: Budget) -> None:
        reserved(budget)
        later = NOW + timedelta(hours=1)

        assert [actions.expire_holds(now=later) for _ in range(2)] == [1, 0]
        assert totals(budget) == (1, 0)

    def test_it_takes_the_oldest_first_and_leaves_the_rest(self, budget: Budget) -> None:
        holds = [reserved(budget, lease=timedelta(seconds=n)) for n in (3, 1, 2)]

        assert actions.expire_holds(now=NOW + timedelta(hours=1), at_most=2) == 2
        assert [booked(hold)[0] for hold in holds] == ["held", "unknown", "unknown"]
        assert actions.expire_holds(now=NOW + timedelta(hours=1)) == 1

    @pytest.mark.django_db(transaction=True)
    def test_of_two_at_once_each_hold_is_booked_by_one(self, budget: Budget) -> None:
        for _ in range(8):
            reserved(budget)
        together = Barrier(2)

        def expire(_: int) -> int:
            try:
                together.wait(timeout=20)
                return actions.expire_holds(now=timezone.now() + timedelta(days=4000))
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            counts = list(pool.map(expire, range(2)))

        assert sum(counts) == 8
        assert totals(budget) == (8, 0)
        assert CostEvent.objects.filter(kind="capture_unknown").count() == 8
        assert list(differences()) == []


class TestAdjust:
    def test_the_difference_is_booked_and_audited(self, budget: Budget, approver: User) -> None:
        hold = unknown(budget, "3")

        actions.adjust(
            hold_id=hold.pk, actual=Decimal("0.4"), by=approver, reason=" Invoice 2031-44. "
        )

        assert booked(hold) == ("settled", Decimal("0.4"))
        assert totals(budget) == (Decimal("0.4"), 0)
        line = hold.events.last()
        assert line is not None
        assert (line.kind, line.spent_delta) == ("adjust", Decimal("-2.6"))
        assert (line.by, line.reason) == (approver, "Invoice 2031-44.")
        entry = AuditEntry.objects.get()
        assert (entry.by, entry.action) == (approver, "budget.charge_adjusted")
        assert (entry.subject, entry.reason) == (budget.plan.ref, "Invoice 2031-44.")
        assert entry.before == {"actual": "3.000000"}
        assert entry.after is not None
        assert entry.after["hold_id"] == str(hold.pk)
        assert list(differences()) == []

    def test_it_may_have_cost_nothing(self, budget: Budget, approver: User) -> None:
        hold = unknown(budget)

        actions.adjust(hold_id=hold.pk, actual=Decimal(0), by=approver, reason="No bill came.")

        assert booked(hold) == ("settled", 0)
        assert totals(budget) == (0, 0)

    def test_more_than_the_worst_case_is_an_overrun(self, budget: Budget, approver: User) -> None:
        hold = unknown(budget, "9")

        actions.adjust(hold_id=hold.pk, actual=Decimal(12), by=approver, reason="The bill.")

        budget.refresh_from_db()
        assert (budget.spent, budget.overrun) == (12, 2)
        assert Incident.objects.get().excess == 3
        assert budget.plan.status == "paused"
        assert list(differences()) == []

    def test_a_charge_is_adjusted_once(self, budget: Budget, approver: User) -> None:
        hold = unknown(budget, "3")
        actions.adjust(hold_id=hold.pk, actual=Decimal(1), by=approver, reason="The bill.")

        with pytest.raises(NotUnknown):
            actions.adjust(hold_id=hold.pk, actual=Decimal(2), by=approver, reason="Again.")

        assert booked(hold) == ("settled", 1)
        assert AuditEntry.objects.count() == 1

    @pytest.mark.parametrize("state", ["held", "settled", "voided"])
    def test_only_an_unknown_one(self, budget: Budget, approver: User, state: str) -> None:
        hold = reserved(budget)
        if state == "settled":
            actions.settle(hold_id=hold.pk, actual=Decimal(1))
        elif state == "voided":
            actions.void(hold_id=hold.pk)

        with pytest.raises(NotUnknown) as caught:
            actions.adjust(hold_id=hold.pk, actual=Decimal(1), by=approver, reason="The bill.")
        assert state in caught.value.message

    @pytest.mark.parametrize(
        "amount", ["NaN", "Infinity", "-0.000001", "0.0000001", "1000000.000001", "1E+30"]
    )
    def test_what_is_no_amount(self, budget: Budget, approver: User, amount: str) -> None:
        hold = unknown(budget)

        with pytest.raises(AmountInvalid):
            actions.adjust(hold_id=hold.pk, actual=Decimal(amount), by=approver, reason="The bill.")
        assert booked(hold) == ("unknown", 1)

    def test_a_reason_is_needed(self, budget: Budget, approver: User) -> None:
        hold = unknown(budget)

        with pytest.raises(ReasonMissing):
            actions.adjust(hold_id=hold.pk, actual=Decimal(1), by=approver, reason=" ")

    def test_a_charge_that_is_not_there(self, approver: User) -> None:
        with pytest.raises(HoldNotFound) as caught:
            actions.adjust(hold_id=uuid.uuid4(), actual=Decimal(1), by=approver, reason="The bill.")
        assert caught.value.status == 404

    @pytest.mark.parametrize("role", [None, *(set(Role) - {Role.APPROVER})])
    def test_only_an_approver_may(self, budget: Budget, role: Role | None) -> None:
        hold = unknown(budget)

        with pytest.raises(NotAllowed):
            actions.adjust(
                hold_id=hold.pk, actual=Decimal(0), by=UserFactory(role=role), reason="The bill."
            )
        assert booked(hold) == ("unknown", 1)


def test_every_line_has_the_totals_after_it(budget: Budget, approver: User) -> None:
    first, second, third = (reserved(budget, usd) for usd in ("1", "2", "3"))
    actions.settle(hold_id=first.pk, actual=Decimal("0.5"))
    actions.capture_unknown(hold_id=second.pk, reason="No answer.")
    actions.void(hold_id=third.pk)
    actions.adjust(hold_id=second.pk, actual=Decimal(1), by=approver, reason="The bill.")

    half = Decimal("0.5")
    assert list(budget.events.values_list("kind", "spent", "held")) == [
        ("cap_change", 0, 0),
        ("reserve", 0, 1),
        ("reserve", 0, 3),
        ("reserve", 0, 6),
        ("settle", half, 5),
        ("capture_unknown", 2 + half, 3),
        ("void", 2 + half, 0),
        ("adjust", 1 + half, 0),
    ]
    assert list(differences()) == []


def test_the_trace_has_the_same_sums_as_the_ledger(budget: Budget) -> None:
    actions.settle(hold_id=reserved(budget, "3").pk, actual=Decimal("1.25"))
    late = unknown(budget, "2")
    actions.settle(hold_id=late.pk, actual=Decimal("0.5"))

    charges = TraceEvent.objects.filter(kind="charge").order_by("pk")
    assert [step.cost_usd for step in charges] == [Decimal("1.25"), 2, Decimal("-1.5")]
    assert charges[2].data["call_id"] == late.call_id


def test_live_pages_are_told_of_a_charge(
    budget: Budget, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    watched = [topics.budget(budget.plan.ref), topics.COST]
    hold = reserved(budget)
    before = versions(watched)

    with django_capture_on_commit_callbacks(execute=True):
        actions.settle(hold_id=hold.pk, actual=Decimal(1))

    after = versions(watched)
    assert all(after[topic] > before[topic] for topic in watched)
