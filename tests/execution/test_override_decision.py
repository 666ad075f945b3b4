"""A decision changes the cap, the ledger, the audit log and the plan together, or nothing of it."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Barrier, Event

import pytest
from django.db import connection, transaction

from apps.accounts.core.roles import Role
from apps.accounts.models import AuditEntry, Notification, User
from apps.budgets import actions as budgets
from apps.budgets.actions.codes import CodeNeeded, CodeUsedUp, WrongCode
from apps.budgets.actions.overrides import AlreadyDecided, OverrideExpired, OverrideWaits
from apps.budgets.core.overrides import Decision
from apps.budgets.errors import CapTooLow, ModelHasNoPrice
from apps.budgets.models import Budget, ConfirmationCode, CostEvent, ModelPrice, Override
from apps.execution import actions
from apps.execution.actions import transitions
from apps.masterplans.models import Masterplan, PauseReason, PlanStatus
from apps.traceability.models import TraceEvent
from tests.execution.plans import AnsweringClient, started_plan, work_off
from tests.factories import HoldFactory, OverrideFactory, PriceFactory, UserFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 14, 35, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _price_of_the_model(db: None) -> None:
    """A test that commits empties every table afterwards, also of what migrations put there."""
    PriceFactory(provider="local", model="replay-1")


def paused_plan(reason: PauseReason = PauseReason.BUDGET) -> Masterplan:
    """Return a started plan that waits; two of its attempts were given out before."""
    plan = started_plan()
    rows = Masterplan.objects.filter(pk=plan.pk)
    note = "The next call does not fit."
    transitions.move(rows, "running", "paused", pause_reason=reason, status_note=note)
    if reason == PauseReason.BUDGET:
        budgets.mark_paused(plan_id=plan.pk, sentence=note)
    plan.refresh_from_db()
    return plan


def asked(plan: Masterplan, amount: int = 20) -> Override:
    return OverrideFactory(budget=plan.budget, amount=Decimal(amount))


def decide(override: Override, by: User | None = None, **changes: object) -> Override:
    facts = {"decision": Decision.APPROVE, "comment": "Spec fix checked.", "now": NOW}
    person = by or UserFactory(role=Role.APPROVER)
    return actions.decide_override(override_id=override.pk, by=person, **{**facts, **changes})


def told(plan: Masterplan) -> list[str]:
    return [
        event.data["sentence"]
        for event in TraceEvent.objects.filter(plan=plan, kind="plan").order_by("pk")
    ]


def test_an_approval_resumes_the_plan_and_it_completes() -> None:
    plan = paused_plan()
    approver = UserFactory(role=Role.APPROVER, username="Dana")

    decide(asked(plan), by=approver)

    plan.refresh_from_db()
    assert (plan.status, plan.pause_reason, plan.status_note) == ("running", "", "")
    budget = Budget.objects.get(plan=plan)
    assert (budget.hard_cap, budget.paused_at) == (20, None)
    assert told(plan)[-1] == "Resumed: hard cap raised to $20 by Dana"
    assert work_off(plan, AnsweringClient()).status == PlanStatus.COMPLETED


def test_a_declined_request_leaves_the_plan_as_it_was() -> None:
    plan = paused_plan()

    override = decide(asked(plan), decision=Decision.DECLINE)

    plan.refresh_from_db()
    assert (plan.status, plan.pause_reason) == ("paused", "budget")
    budget = Budget.objects.get(plan=plan)
    assert budget.hard_cap == 5
    assert budget.paused_at is not None
    assert override.decided_by is not None
    assert told(plan)[-1] == f"Hard cap of $20 declined by {override.decided_by.username}"


@pytest.mark.parametrize("reason", [PauseReason.OPERATOR, PauseReason.GATE, PauseReason.PROVIDER])
def test_more_money_does_not_end_another_pause(reason: PauseReason) -> None:
    plan = paused_plan(reason)

    decide(asked(plan))

    plan.refresh_from_db()
    assert (plan.status, plan.pause_reason) == ("paused", reason)
    assert Budget.objects.get(plan=plan).hard_cap == 20


def test_a_running_plan_just_gets_more() -> None:
    plan = started_plan()

    override = decide(asked(plan), amount=Decimal(4))

    plan.refresh_from_db()
    assert plan.status == PlanStatus.RUNNING
    assert override.decided_by is not None
    assert told(plan)[-1] == f"Hard cap set to $4 by {override.decided_by.username}"


def test_where_resuming_fails_nothing_was_decided() -> None:
    plan = paused_plan()
    override = asked(plan)
    ModelPrice.objects.all().delete()  # so the plan could make no call
    lines = CostEvent.objects.count()

    with pytest.raises(ModelHasNoPrice):
        decide(override)

    assert Budget.objects.get(plan=plan).hard_cap == 5
    override.refresh_from_db()
    assert (override.status, override.granted, override.seen) == ("waiting", None, {})
    assert CostEvent.objects.count() == lines
    assert not AuditEntry.objects.filter(subject=override.ref).exists()
    assert not Notification.objects.filter(kind="override_decided").exists()
    plan.refresh_from_db()
    assert plan.status == PlanStatus.PAUSED


def test_a_refused_amount_leaves_the_request_waiting() -> None:
    plan = paused_plan()
    HoldFactory(budget=plan.budget, amount=Decimal(4), actual=Decimal(4))
    override = asked(plan)

    with pytest.raises(CapTooLow):
        decide(override, amount=Decimal("3.99"))

    override.refresh_from_db()
    assert override.status == "waiting"


def test_what_is_due_is_marked_although_the_decision_is_refused() -> None:
    override = asked(paused_plan())
    Override.objects.update(expires_at=NOW)

    with pytest.raises(OverrideExpired):
        decide(override)

    override.refresh_from_db()
    assert override.status == "expired"
    assert override.budget.plan.status == PlanStatus.PAUSED


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("second", Decision)
def test_of_two_approvers_one_wins_and_the_other_sees_who_and_when(second: Decision) -> None:
    plan = paused_plan()
    override = asked(plan)
    people = [UserFactory(role=Role.APPROVER, username=name) for name in ("dana", "iker")]
    decisions = [Decision.APPROVE, second]
    together = Barrier(2)

    def press(person: User, decision: Decision) -> AlreadyDecided | Override:
        try:
            together.wait(timeout=20)
            return decide(override, by=person, decision=decision)
        except AlreadyDecided as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(press, people, decisions))

    [refusal] = [answer for answer in answers if isinstance(answer, AlreadyDecided)]
    [won] = [answer for answer in answers if isinstance(answer, Override)]
    winner = people[answers.index(won)]
    assert refusal.status == 409
    assert f"by {winner.username}, 22 Nov 2026, 14:35 UTC" in refusal.message
    override.refresh_from_db()
    assert (override.decided_by, override.status) == (winner, won.status)
    assert AuditEntry.objects.filter(subject=override.ref).count() == 1
    changes = CostEvent.objects.filter(budget=plan.budget, kind="cap_change")
    assert changes.count() == 1 + (won.status == "approved")  # the first when it was imported


@pytest.mark.django_db(transaction=True)
def test_who_withdraws_too_late_sees_who_decided_meanwhile() -> None:
    override = asked(paused_plan())
    approver = UserFactory(role=Role.APPROVER, username="dana")
    is_locked = Event()

    def withdraw() -> AlreadyDecided:
        try:
            assert is_locked.wait(timeout=20)
            with pytest.raises(AlreadyDecided) as caught:
                budgets.withdraw_override(override_id=override.pk, by=override.asked_by, now=NOW)
            return caught.value
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            budgets.decide(
                override_id=override.pk,
                by=approver,
                decision=Decision.DECLINE,
                amount=None,
                comment="No.",
                now=NOW,
            )
            late = pool.submit(withdraw)
            is_locked.set()
            time.sleep(0.5)  # so that the other waits for the row
            assert not late.done()
        assert "declined by dana" in late.result().message


@pytest.mark.django_db(transaction=True)
def test_two_requests_at_once_leave_one() -> None:
    plan = paused_plan()
    people = [UserFactory(role=Role.OPERATOR) for _ in range(2)]
    together = Barrier(2)

    def ask(person: User) -> str:
        try:
            together.wait(timeout=20)
            return budgets.ask_override(
                plan_id=plan.pk, by=person, amount=Decimal(20), reason="Four tries each."
            ).status
        except OverrideWaits as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(ask, people))

    assert answers == ["override_waits", "waiting"]


class TestWithCode:
    def decide(self, override: Override, by: User, code: str, **changes: object) -> Override:
        facts = {"decision": Decision.APPROVE, "amount": None, "comment": "Checked.", "now": NOW}
        return actions.decide_with_code(
            override_id=override.pk, by=by, code=code, **{**facts, **changes}
        )

    def test_a_code_confirms_one_decision(self) -> None:
        plan = paused_plan()
        approver = UserFactory(role=Role.APPROVER)
        override = asked(plan)
        code = budgets.issue_code(override_id=override.pk, by=approver, now=NOW)

        decided = self.decide(override, approver, code)

        assert decided.status == "approved"
        plan.refresh_from_db()
        assert plan.status == PlanStatus.RUNNING

    def test_without_one_nothing_is_decided(self) -> None:
        approver = UserFactory(role=Role.APPROVER)
        override = asked(paused_plan())

        with pytest.raises(CodeNeeded, match=f"/approvals/{override.ref}"):
            self.decide(override, approver, "")
        with pytest.raises(CodeNeeded):
            self.decide(override, approver, "ABCD2345")
        override.refresh_from_db()
        assert override.status == "waiting"

    def test_a_decision_that_is_refused_anyway_costs_no_try(self) -> None:
        approver = UserFactory(role=Role.APPROVER)
        override = asked(paused_plan())
        code = budgets.issue_code(override_id=override.pk, by=approver, now=NOW)

        HoldFactory(budget=override.budget, amount=Decimal(4), actual=Decimal(4))

        with pytest.raises(CapTooLow):
            self.decide(override, approver, code, amount=Decimal(1))
        later = NOW + timedelta(minutes=1)

        assert self.decide(override, approver, code, now=later).status == "approved"

    @pytest.mark.django_db(transaction=True)
    def test_a_wrong_try_stays_counted(self) -> None:
        approver = UserFactory(role=Role.APPROVER)
        override = asked(paused_plan())
        budgets.issue_code(override_id=override.pk, by=approver, now=NOW)

        for left in (4, 3, 2, 1, 0):
            with pytest.raises(WrongCode):
                self.decide(override, approver, "22222222")
            assert ConfirmationCode.objects.get().tries_left == left
        with pytest.raises(CodeUsedUp):
            self.decide(override, approver, "22222222")

    @pytest.mark.django_db(transaction=True)
    def test_one_code_sent_twice_at_once_is_used_once(self) -> None:
        approver = UserFactory(role=Role.APPROVER)
        override = asked(paused_plan())
        code = budgets.issue_code(override_id=override.pk, by=approver, now=NOW)
        together = Barrier(2)

        def check(_: int) -> str:
            try:
                together.wait(timeout=20)
                budgets.check_code(override_id=override.pk, by=approver, code=code, now=NOW)
            except CodeUsedUp as refusal:
                return refusal.code
            finally:
                connection.close()
            return "fits"

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(check, range(2))) == ["code_used_up", "fits"]
