"""What is told, and to whom, when money runs short: every crossing once."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import connection, transaction

from apps.accounts.models import Notification
from apps.budgets import actions
from apps.budgets.layers import shortage
from apps.budgets.models import Budget, EventKind, Hold, Incident
from apps.budgets.queries.reconciliation import differences
from apps.execution.actions.workspace import pause_running
from apps.masterplans.models import PauseReason
from apps.traceability.models import TraceEvent
from tests.factories import BudgetFactory, HoldFactory, PriceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def budget() -> Budget:
    """10 USD, the soft cap at 7, for a plan that runs."""
    made: Budget = BudgetFactory(plan__budget_usd=10, plan__status="running", plan__title="Lexer")
    return made


def held(budget: Budget, usd: str = "1") -> Hold:
    made: Hold = HoldFactory(budget=budget, amount=Decimal(usd))
    return made


def charge(budget: Budget, usd: str) -> None:
    actions.settle(hold_id=held(budget, usd).pk, actual=Decimal(usd))


def lines(budget: Budget, kind: EventKind) -> int:
    return budget.events.filter(kind=kind).count()


def told(budget: Budget) -> list[str]:
    steps = TraceEvent.objects.filter(plan=budget.plan, kind="plan").order_by("pk")
    return [step.data["sentence"] for step in steps]


def all_at_once(*jobs: Callable[[], object]) -> None:
    """Run the jobs in threads that begin together, and raise what one of them raises."""
    together = Barrier(len(jobs))

    def run(job: Callable[[], object]) -> None:
        try:
            together.wait(timeout=20)
            job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        for future in [pool.submit(run, job) for job in jobs]:
            future.result(timeout=60)


class TestSoftCap:
    def test_below_it_nobody_is_told(self, budget: Budget) -> None:
        charge(budget, "6.999999")

        assert not Notification.objects.exists()
        assert told(budget) == []

    def test_to_reach_it_counts(self, budget: Budget) -> None:
        charge(budget, "7")

        budget.refresh_from_db()
        assert budget.soft_cap_passed_at is not None
        message = Notification.objects.get()
        assert (message.kind, message.title) == ("soft_cap", "Lexer passed its soft cap of $7")
        assert "has spent $7.00" in message.text
        assert message.path == f"/masterplans/{budget.plan.ref}/budget"
        assert "under $10" in message.if_nobody_acts
        assert lines(budget, EventKind.SOFT_CAP) == 1
        assert told(budget) == ["Soft cap of $7 passed"]

    def test_it_is_told_once_and_the_plan_goes_on(self, budget: Budget) -> None:
        for usd in ("7.5", "1", "0.5"):
            charge(budget, usd)

        assert Notification.objects.count() == 1
        assert lines(budget, EventKind.SOFT_CAP) == 1
        budget.plan.refresh_from_db()
        assert budget.plan.status == "running"

    def test_what_is_held_does_not_count(self, budget: Budget) -> None:
        held(budget, "9")

        assert not Notification.objects.exists()

    def test_an_unknown_charge_counts(self, budget: Budget) -> None:
        actions.capture_unknown(hold_id=held(budget, "8").pk, reason="No answer.")

        assert Notification.objects.get().kind == "soft_cap"

    @pytest.mark.django_db(transaction=True)
    def test_of_calls_that_end_together_one_tells(self, budget: Budget) -> None:
        holds = [held(budget) for _ in range(10)]

        all_at_once(
            *(
                lambda hold=hold: actions.settle(hold_id=hold.pk, actual=Decimal(1))
                for hold in holds
            )
        )

        assert Notification.objects.count() == 1
        assert lines(budget, EventKind.SOFT_CAP) == 1
        assert told(budget) == ["Soft cap of $7 passed"]
        assert list(differences()) == []

    def test_charge_and_message_are_written_together_or_not_at_all(self, budget: Budget) -> None:
        hold = held(budget, "8")

        def settle_and_fail() -> None:
            with transaction.atomic():
                actions.settle(hold_id=hold.pk, actual=Decimal(8))
                assert Notification.objects.count() == 1
                raise LookupError

        with pytest.raises(LookupError):
            settle_and_fail()

        assert not Notification.objects.exists()
        budget.refresh_from_db()
        assert (budget.spent, budget.held, budget.soft_cap_passed_at) == (0, 8, None)
        assert lines(budget, EventKind.SOFT_CAP) == 0


class TestOverrun:
    def test_the_true_sum_is_booked_and_the_alarm_raised(
        self, budget: Budget, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.ERROR, logger="apps.budgets"):
            actions.settle(hold_id=held(budget, "2").pk, actual=Decimal("2.5"))

        budget.refresh_from_db()
        assert (budget.spent, budget.held, budget.overrun) == (Decimal("2.5"), 0, 0)
        incident = budget.incidents.get()
        assert incident.excess == Decimal("0.5")
        assert "charged $0.50 more than the worst case" in incident.sentence
        [record] = caplog.records
        assert (record.levelname, vars(record)["event"]) == ("ERROR", "budget.overrun")
        assert Notification.objects.get().kind == "overrun"

    def test_the_plan_pauses_and_says_why(self, budget: Budget) -> None:
        actions.settle(hold_id=held(budget, "2").pk, actual=Decimal("2.5"))

        budget.refresh_from_db()
        plan = budget.plan
        assert (plan.status, plan.pause_reason) == ("paused", "budget")
        assert plan.status_note == Incident.objects.get().sentence
        assert budget.paused_at is not None
        assert told(budget) == [f"Paused: {plan.status_note}"]

    @pytest.mark.parametrize("status", ["completed", "cancelled"])
    def test_a_plan_that_is_over_stays_over(self, budget: Budget, status: str) -> None:
        type(budget.plan).objects.filter(pk=budget.plan_id).update(status=status)

        actions.settle(hold_id=held(budget, "2").pk, actual=Decimal(3))

        budget.refresh_from_db()
        assert (budget.plan.status, budget.paused_at) == (status, None)
        assert Incident.objects.count() == 1
        assert Notification.objects.get().if_nobody_acts == ""

    def test_it_may_pass_the_hard_cap_and_nothing_else_may(self, budget: Budget) -> None:
        other = held(budget, "4")
        actions.settle(hold_id=held(budget, "6").pk, actual=Decimal(9))

        budget.refresh_from_db()
        assert (budget.spent, budget.held, budget.overrun) == (9, 4, 3)
        actions.settle(hold_id=other.pk, actual=Decimal("0.5"))
        budget.refresh_from_db()
        assert (budget.spent, budget.overrun) == (Decimal("9.5"), 0)  # what came free pays for it
        assert list(differences()) == []

    def test_a_charge_of_exactly_the_hold_is_none(self, budget: Budget) -> None:
        charge(budget, "2")

        assert not Incident.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_it_does_not_lock_out_who_pauses_the_plan_at_the_same_time(self) -> None:
        """Both write the plan and its budget, so both have to take them in one order."""
        PriceFactory()
        for _ in range(8):
            budget = BudgetFactory(plan__budget_usd=10, plan__status="running")
            hold = held(budget)

            all_at_once(
                lambda hold=hold: actions.settle(hold_id=hold.pk, actual=Decimal(2)),
                lambda budget=budget: pause_running(
                    budget.plan_id, reason=PauseReason.BUDGET, sentence="It does not fit."
                ),
            )

            budget.plan.refresh_from_db()
            assert (budget.plan.status, budget.plan.pause_reason) == ("paused", "budget")
            assert Budget.objects.get(pk=budget.pk).spent == 2


class TestPause:
    def pause(self, budget: Budget) -> None:
        actions.mark_paused(plan_id=budget.plan_id, sentence="The next call does not fit.")

    def test_it_is_written_into_the_ledger_and_told(self, budget: Budget) -> None:
        self.pause(budget)

        budget.refresh_from_db()
        assert budget.paused_at is not None
        line = budget.events.last()
        assert line is not None
        assert (line.kind, line.reason) == (EventKind.HARD_CAP, "The next call does not fit.")
        assert (line.spent_delta, line.held_delta) == (0, 0)
        message = Notification.objects.get()
        assert (message.kind, message.title) == (
            "hard_cap",
            "Lexer is paused at its hard cap of $10",
        )
        assert message.path == f"/masterplans/{budget.plan.ref}/budget/request"

    def test_it_is_told_once_until_the_plan_goes_on(self, budget: Budget) -> None:
        self.pause(budget)
        self.pause(budget)
        assert Notification.objects.count() == lines(budget, EventKind.HARD_CAP) == 1

        actions.mark_resumed(plan_id=budget.plan_id)
        budget.refresh_from_db()
        assert budget.paused_at is None
        self.pause(budget)

        assert Notification.objects.count() == lines(budget, EventKind.HARD_CAP) == 2
        assert list(differences()) == []

    def test_to_resume_twice_changes_nothing(self, budget: Budget) -> None:
        actions.mark_resumed(plan_id=budget.plan_id)
        actions.mark_resumed(plan_id=budget.plan_id)

        assert Budget.objects.get(pk=budget.pk).paused_at is None

    @pytest.mark.django_db(transaction=True)
    def test_of_workers_that_run_dry_together_one_tells(self, budget: Budget) -> None:
        def pause() -> None:
            pause_running(budget.plan_id, reason=PauseReason.BUDGET, sentence="It does not fit.")

        all_at_once(*[pause] * 6)

        assert Notification.objects.count() == lines(budget, EventKind.HARD_CAP) == 1
        assert told(budget) == ["Paused: It does not fit."]


def test_the_sentence_of_a_shortage_names_every_figure(budget: Budget) -> None:
    charge(budget, "9.6")
    budget.refresh_from_db()

    assert shortage(needed=Decimal("0.5"), budget=budget) == (
        "The next call could cost up to $0.50, and $0.40 of the hard cap of $10 is left after $9.60."
    )
