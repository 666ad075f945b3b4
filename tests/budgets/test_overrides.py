"""One person asks for another hard cap, another decides, or nobody does in time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.conf import LazySettings
from django.db import connection, transaction

from apps.accounts.core.roles import Role
from apps.accounts.models import AuditEntry, Notification
from apps.budgets import actions, tasks
from apps.budgets.actions.overrides import (
    AboveCeiling,
    AlreadyDecided,
    NotAboveCap,
    NotYourRequest,
    OverrideExpired,
    OverrideNotFound,
    OverrideWaits,
    OwnRequest,
    PlanIsOver,
)
from apps.budgets.core.amounts import amount_problem
from apps.budgets.core.overrides import Decision, remind_at, text_problem
from apps.budgets.errors import CapsOutOfOrder, CapTooLow
from apps.budgets.models import Budget, CostEvent, Override, OverrideStatus
from apps.budgets.queries.overrides import (
    deciders_of,
    find_override,
    policy_of,
    waiting_count,
)
from apps.common.errors import ConsoleError, InvalidInput, NotAllowed
from apps.masterplans.models import PlanStatus
from tests.factories import BudgetFactory, HoldFactory, OverrideFactory, UserFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 14, 35, tzinfo=UTC)
REASON = "The adapters needed four tries each."


def ask(budget: Budget, **changes: object) -> Override:
    facts = {"by": UserFactory(role=Role.OPERATOR), "amount": Decimal(260), "reason": REASON}
    return actions.ask_override(plan_id=budget.plan_id, now=NOW, **{**facts, **changes})


def decide(override: Override, **changes: object) -> Override:
    facts = {
        "by": UserFactory(role=Role.APPROVER),
        "decision": Decision.APPROVE,
        "amount": None,
        "comment": "Spec fix checked.",
        "now": NOW,
    }
    with transaction.atomic():
        return actions.decide(override_id=override.pk, **{**facts, **changes})


class TestCore:
    @pytest.mark.parametrize("amount", ["NaN", "Infinity", "-1", "0", "0.0000001", "1000001"])
    def test_no_caps(self, amount: str) -> None:
        assert amount_problem(Decimal(amount)).endswith(".")

    @pytest.mark.parametrize("amount", ["0.000001", "260", "2.6E2", "1000000"])
    def test_caps(self, amount: str) -> None:
        assert amount_problem(Decimal(amount)) == ""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("x" * 9, "has 9"),
            ("x" * 10, ""),
            ("x" * 2001, "has 2001"),
            ("", "needed"),
            ("a \0 in the middle", "stored"),
            ("a \ud800 in the middle", "stored"),
            ("two\nlines\tare fine", ""),
        ],
    )
    def test_a_text_that_is_kept(self, text: str, expected: str) -> None:
        found = text_problem(text, name="reason", length=(10, 2000))

        assert expected in found
        assert bool(found) == bool(expected)

    @pytest.mark.parametrize(
        ("life_min", "reminded_after_min"), [(24 * 60, 23 * 60), (120, 60), (60, 30), (15, 7.5)]
    )
    def test_a_reminder_leaves_time_to_act(self, life_min: int, reminded_after_min: float) -> None:
        moment = remind_at(NOW, NOW + timedelta(minutes=life_min))

        assert moment == NOW + timedelta(minutes=reminded_after_min)


class TestAsking:
    def test_a_request_waits_for_a_day(self) -> None:
        budget = BudgetFactory()

        override = ask(budget)

        assert override.ref == f"ovr-{override.number:04d}"
        assert override.status == OverrideStatus.WAITING
        assert (override.cap_before, override.amount) == (200, 260)
        assert override.expires_at == NOW + timedelta(hours=24)
        entry = AuditEntry.objects.get(subject=override.ref)
        assert (entry.action, entry.by, entry.reason) == (
            "budget.override_asked",
            override.asked_by,
            REASON,
        )
        message = Notification.objects.get(kind="override_asked")
        assert message.path == f"/approvals/{override.ref}"
        assert "$260" in message.title
        assert message.if_nobody_acts

    @pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER, None])
    def test_some_may_not_ask(self, role: Role | None) -> None:
        with pytest.raises(NotAllowed, match="Operator"):
            ask(BudgetFactory(), by=UserFactory(role=role))

    @pytest.mark.parametrize("amount", ["200", "199.99", "0.01"])
    def test_it_must_be_more_than_the_cap(self, amount: str) -> None:
        with pytest.raises(NotAboveCap, match=r"hard cap of \$200"):
            ask(BudgetFactory(), amount=Decimal(amount))

    def test_it_must_not_be_above_the_ceiling(self, settings: LazySettings) -> None:
        settings.BUDGET_CEILING_USD = 300

        with pytest.raises(AboveCeiling, match=r"\$320 is above the team ceiling of \$300"):
            ask(BudgetFactory(), amount=Decimal(320))
        assert ask(BudgetFactory(), amount=Decimal(300)).amount == 300

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"amount": Decimal("NaN")}, "amount"),
            ({"amount": Decimal("260.0000001")}, "amount"),
            ({"amount": Decimal("1E+30")}, "amount"),
            ({"reason": "more"}, "reason"),
            ({"reason": " " * 20}, "reason"),
            ({"reason": "a nul \0 in it"}, "reason"),
            ({"expires_at": NOW + timedelta(minutes=14)}, "expires_at"),
            ({"expires_at": NOW + timedelta(days=7, seconds=1)}, "expires_at"),
            ({"expires_at": NOW - timedelta(days=1)}, "expires_at"),
        ],
    )
    def test_input_that_cannot_be_used_names_its_field(
        self, changes: dict[str, object], field: str
    ) -> None:
        with pytest.raises(InvalidInput) as caught:
            ask(BudgetFactory(), **changes)

        assert caught.value.facts["field"] == field
        assert not Override.objects.exists()
        assert not AuditEntry.objects.exists()

    def test_a_second_request_is_told_of_the_first(self) -> None:
        budget = BudgetFactory()
        first = ask(budget)

        with pytest.raises(OverrideWaits, match=f"{first.ref}.*{first.asked_by.username}"):
            ask(budget)

    def test_a_request_that_is_due_makes_room(self) -> None:
        budget = BudgetFactory()
        old = OverrideFactory(budget=budget, expires_at=NOW)

        assert ask(budget).status == OverrideStatus.WAITING
        old.refresh_from_db()
        assert old.status == OverrideStatus.EXPIRED

    @pytest.mark.parametrize(
        "status", [PlanStatus.COMPLETED, PlanStatus.CANCELLED, PlanStatus.FAILED]
    )
    def test_a_plan_that_is_over_needs_no_money(self, status: PlanStatus) -> None:
        with pytest.raises(PlanIsOver, match=status.label.lower()):
            ask(BudgetFactory(plan__status=status))


class TestWithdrawing:
    def test_who_asked_may_take_it_back(self) -> None:
        override = ask(BudgetFactory())

        actions.withdraw_override(override_id=override.pk, by=override.asked_by, now=NOW)

        override.refresh_from_db()
        assert (override.status, override.decided_by) == ("withdrawn", override.asked_by)
        assert AuditEntry.objects.filter(action="budget.override_withdrawn").count() == 1

    def test_an_administrator_may_too_and_others_may_not(self) -> None:
        override = ask(BudgetFactory())

        for role in (Role.OPERATOR, Role.APPROVER):
            with pytest.raises(NotYourRequest, match=override.asked_by.username):
                actions.withdraw_override(
                    override_id=override.pk, by=UserFactory(role=role), now=NOW
                )
        admin = UserFactory(role=Role.ADMIN)
        ended = actions.withdraw_override(override_id=override.pk, by=admin, now=NOW)
        assert ended.status == "withdrawn"

    def test_what_is_decided_stays(self) -> None:
        override = decide(ask(BudgetFactory()))

        with pytest.raises(AlreadyDecided):
            actions.withdraw_override(override_id=override.pk, by=override.asked_by, now=NOW)


class TestDeciding:
    def test_approved_as_asked(self) -> None:
        budget = BudgetFactory()
        approver = UserFactory(role=Role.APPROVER)

        override = decide(ask(budget), by=approver)

        budget.refresh_from_db()
        assert (budget.hard_cap, budget.soft_cap) == (260, 182)
        override.refresh_from_db()
        assert (override.status, override.granted, override.decided_by, override.decided_at) == (
            "approved",
            260,
            approver,
            NOW,
        )
        line = CostEvent.objects.filter(budget=budget).last()
        assert line is not None
        assert (line.kind, line.hard_cap, line.by) == ("cap_change", 260, approver)
        assert line.reason == f"{override.ref}: Spec fix checked."
        entry = AuditEntry.objects.get(action="budget.override_approved")
        assert (entry.before, entry.after) == (
            {"hard_cap": "200.000000"},
            {"hard_cap": "260.000000"},
        )
        assert entry.reason == "Spec fix checked."
        assert Notification.objects.filter(kind="override_decided").count() == 1

    @pytest.mark.parametrize("amount", ["250.5", "500", "120"])
    def test_approved_at_another_amount(self, amount: str) -> None:
        budget = BudgetFactory()

        override = decide(ask(budget), amount=Decimal(amount))

        budget.refresh_from_db()
        assert budget.hard_cap == override.granted == Decimal(amount)

    def test_declined(self) -> None:
        budget = BudgetFactory()

        override = decide(ask(budget), decision=Decision.DECLINE, comment=" Use the old schema. ")

        budget.refresh_from_db()
        assert budget.hard_cap == 200
        override.refresh_from_db()
        assert (override.status, override.granted, override.comment) == (
            "declined",
            None,
            "Use the old schema.",
        )
        assert CostEvent.objects.filter(budget=budget, kind="cap_change").count() == 1  # at import
        assert AuditEntry.objects.filter(action="budget.override_declined").count() == 1

    def test_what_the_approver_saw_is_kept(self) -> None:
        budget = BudgetFactory()
        HoldFactory(budget=budget, amount=Decimal(10), actual=Decimal("9.5"))

        override = decide(ask(budget), amount=Decimal(250))

        override.refresh_from_db()
        assert override.seen["caps"]["hard_cap"] == "200.000000"
        assert override.seen["booked"] == {"spent": "9.500000", "held": "0.000000"}
        rules = {rule["name"]: rule for rule in override.seen["policy"]}
        assert rules["Under the team ceiling"]["fact"] == "$250 of $500"
        assert rules["Two people"]["is_met"] is True
        assert "forecast" in override.seen

    @pytest.mark.parametrize("role", [Role.OPERATOR, Role.LEAD, Role.ADMIN, Role.VIEWER, None])
    def test_only_budget_approvers_decide(self, role: Role | None) -> None:
        with pytest.raises(NotAllowed, match="Budget approver"):
            decide(ask(BudgetFactory()), by=UserFactory(role=role))

    @pytest.mark.parametrize("decision", Decision)
    def test_nobody_decides_on_the_own_request(self, decision: Decision) -> None:
        approver = UserFactory(role=Role.APPROVER)
        override = ask(BudgetFactory(), by=approver)

        with pytest.raises(OwnRequest) as caught:
            decide(override, by=approver, decision=decision)
        assert (caught.value.status, caught.value.code) == (403, "own_request")

    def test_a_superuser_does_both_only_where_the_settings_allow_it(
        self, settings: LazySettings
    ) -> None:
        settings.ALLOW_SELF_APPROVAL = False
        root = UserFactory(is_superuser=True)
        override = ask(BudgetFactory(), by=root)
        with pytest.raises(OwnRequest):
            decide(override, by=root)

        settings.ALLOW_SELF_APPROVAL = True

        assert decide(override, by=root).status == "approved"
        entry = AuditEntry.objects.get(action="budget.override_approved")
        assert entry.sentence.endswith("on the own request")

    def test_the_setting_gives_approvers_nothing(self, settings: LazySettings) -> None:
        settings.ALLOW_SELF_APPROVAL = True
        approver = UserFactory(role=Role.APPROVER)

        with pytest.raises(OwnRequest):
            decide(ask(BudgetFactory(), by=approver), by=approver)

    def test_a_cap_below_what_is_spent_or_held_is_refused(self) -> None:
        budget = BudgetFactory()
        HoldFactory(budget=budget, amount=Decimal(100), actual=Decimal(100))
        HoldFactory(budget=budget, amount=Decimal(50))
        override = ask(budget)

        with pytest.raises(CapTooLow):
            decide(override, amount=Decimal("149.999999"))
        assert decide(override, amount=Decimal(150)).granted == 150

    def test_a_soft_cap_set_by_hand_is_not_overtaken(self) -> None:
        override = ask(BudgetFactory(soft_share=None))

        with pytest.raises(CapsOutOfOrder):
            decide(override, amount=Decimal(139))

    def test_not_even_an_approver_passes_the_ceiling(self, settings: LazySettings) -> None:
        override = ask(BudgetFactory())
        settings.BUDGET_CEILING_USD = 250

        with pytest.raises(AboveCeiling):
            decide(override)
        assert decide(override, amount=Decimal(250)).granted == 250

    @pytest.mark.parametrize("amount", ["0", "-5", "NaN", "250.0000001"])
    def test_an_amount_that_is_no_cap(self, amount: str) -> None:
        with pytest.raises(InvalidInput):
            decide(ask(BudgetFactory()), amount=Decimal(amount))

    @pytest.mark.parametrize("comment", ["", "   ", "x" * 2001, "nul \0"])
    @pytest.mark.parametrize("decision", Decision)
    def test_a_comment_is_required(self, decision: Decision, comment: str) -> None:
        with pytest.raises(InvalidInput) as caught:
            decide(ask(BudgetFactory()), decision=decision, comment=comment)

        assert caught.value.facts["field"] == "comment"

    def test_the_second_decision_sees_who_and_when(self) -> None:
        override = ask(BudgetFactory())
        first = decide(override, by=UserFactory(role=Role.APPROVER, username="iker"))

        with pytest.raises(AlreadyDecided) as caught:
            decide(override, decision=Decision.DECLINE)

        assert caught.value.status == 409
        assert caught.value.message == (
            f"{first.ref} was approved at $260 by iker, 22 Nov 2026, 14:35 UTC."
        )

    def test_what_expired_cannot_be_approved_even_before_anybody_noticed(self) -> None:
        override = ask(BudgetFactory())

        with pytest.raises(OverrideExpired, match="23 Nov 2026, 14:35 UTC"):
            decide(override, now=override.expires_at)

    def test_an_ended_plan_gets_no_money_but_the_request_can_be_declined(self) -> None:
        budget = BudgetFactory(plan__status=PlanStatus.RUNNING)
        override = ask(budget)
        budget.plan.status = PlanStatus.CANCELLED
        budget.plan.save(update_fields=["status"])

        with pytest.raises(PlanIsOver):
            decide(override)
        assert decide(override, decision=Decision.DECLINE).status == "declined"

    def test_a_request_that_does_not_exist(self) -> None:
        missing = Override()

        with pytest.raises(OverrideNotFound):
            decide(missing)
        with pytest.raises(OverrideNotFound):
            actions.issue_code(override_id=missing.pk, by=UserFactory(), now=NOW)

    def test_refusals_come_in_one_order(self, settings: LazySettings) -> None:
        """Who may not decide learns nothing of the state, and the state goes before the input."""
        settings.BUDGET_CEILING_USD = 250
        asker = UserFactory(role=Role.OPERATOR)
        override = OverrideFactory(asked_by=asker, amount=Decimal(260), expires_at=NOW)
        wrong = {"comment": "", "amount": Decimal(-1)}

        def refusal(**changes: object) -> type[ConsoleError]:
            with pytest.raises(ConsoleError) as caught:
                decide(override, **{**wrong, **changes})
            return caught.type

        assert refusal(by=asker) is NotAllowed
        approver = UserFactory(role=Role.APPROVER)
        Override.objects.update(asked_by=approver)
        assert refusal(by=approver) is OwnRequest
        assert refusal() is OverrideExpired
        assert refusal(now=NOW - timedelta(hours=1)) is InvalidInput


class TestExpiry:
    def test_a_request_ends_once_and_the_plan_stays_paused(self) -> None:
        override = ask(BudgetFactory(plan__status=PlanStatus.PAUSED, plan__pause_reason="budget"))
        assert actions.expire_overrides(now=override.expires_at - timedelta(seconds=1)) == 0

        later = override.expires_at + timedelta(seconds=20)
        assert [actions.expire_overrides(now=later) for _ in range(2)] == [1, 0]

        override.refresh_from_db()
        assert (override.status, override.decided_by) == ("expired", None)
        assert override.decided_at == override.expires_at
        assert override.budget.plan.status == PlanStatus.PAUSED
        assert AuditEntry.objects.get(action="budget.override_expired").by is None
        assert Notification.objects.filter(kind="override_expired").count() == 1

    def test_people_are_reminded_once(self) -> None:
        override = ask(BudgetFactory())
        soon = override.expires_at - timedelta(minutes=50)

        assert actions.remind_of_overrides(now=NOW + timedelta(hours=22)) == 0
        assert [actions.remind_of_overrides(now=soon) for _ in range(2)] == [1, 0]

        message = Notification.objects.get(kind="override_expiring")
        assert message.title.startswith("50 min 00 s left")
        override.refresh_from_db()
        assert (override.reminded_at, override.status) == (soon, "waiting")

    @pytest.mark.django_db(transaction=True)
    def test_what_is_being_decided_is_left_alone(self) -> None:
        override = OverrideFactory(asked_at=NOW, expires_at=NOW + timedelta(hours=3))

        def from_outside(verb: Callable[..., int], now: datetime) -> int:
            try:
                return verb(now=now)
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as pool, transaction.atomic():
            actions.decide(
                override_id=override.pk,
                by=UserFactory(role=Role.APPROVER),
                decision=Decision.DECLINE,
                amount=None,
                comment="No.",
                now=NOW,
            )
            soon, late = NOW + timedelta(hours=2, minutes=30), NOW + timedelta(hours=4)
            for verb, now in (
                (actions.remind_of_overrides, soon),
                (actions.expire_overrides, late),
            ):
                assert pool.submit(from_outside, verb, now).result(timeout=20) == 0
        override.refresh_from_db()
        assert (override.status, override.reminded_at) == ("declined", None)

    def test_beat_does_both(self) -> None:
        OverrideFactory(expires_at=NOW - timedelta(days=365 * 3))

        tasks.expire_overrides(sent_by="a newer sender")

        assert Override.objects.get().status == "expired"


class TestReading:
    @pytest.mark.parametrize("name", ["ovr-²", "ovr-", "ovr-99999999999", "nonsense", "\0", "mp-1"])
    def test_no_request_has_a_name_like_that(self, name: str) -> None:
        assert find_override(name) is None

    def test_a_request_is_found_by_reference_and_id(self) -> None:
        override = OverrideFactory()

        assert find_override(override.ref) == find_override(str(override.pk)) == override

    def test_those_who_decide(self, settings: LazySettings) -> None:
        approver = UserFactory(role=Role.APPROVER, username="a")
        root = UserFactory(is_superuser=True, username="b")
        UserFactory(role=Role.APPROVER, is_active=False)
        UserFactory(role=Role.ADMIN)
        override = OverrideFactory(asked_by=root)

        assert list(deciders_of(override)) == [approver]
        settings.ALLOW_SELF_APPROVAL = True
        assert list(deciders_of(override)) == [approver, root]
        assert list(deciders_of(OverrideFactory(asked_by=approver))) == [root]

    def test_how_many_wait(self, settings: LazySettings) -> None:
        root, approver = UserFactory(is_superuser=True), UserFactory(role=Role.APPROVER)
        OverrideFactory(asked_by=root)
        OverrideFactory(asked_by=approver)
        decide(OverrideFactory(), decision=Decision.DECLINE)

        def counts() -> list[int]:
            return [waiting_count(user) for user in (root, approver, UserFactory())]

        assert counts() == [1, 1, 2]
        settings.ALLOW_SELF_APPROVAL = True
        assert counts() == [2, 1, 2]

    def test_a_second_approval_within_a_week_is_pointed_out(self) -> None:
        budget = BudgetFactory()
        first = decide(ask(budget))
        second = ask(budget, amount=Decimal(300))
        approver = UserFactory(role=Role.APPROVER)

        def advice(now: datetime) -> str:
            rules = policy_of(
                second, approver, amount=second.amount, forecast=None, now=now, name="dana"
            )
            return rules[-1].link_ref

        assert advice(NOW + timedelta(days=6)) == first.ref
        assert advice(NOW + timedelta(days=8)) == ""
