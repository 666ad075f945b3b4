"""Somebody says that a requirement is wrong, and a lead decides."""

import hashlib
from uuid import uuid4

import pytest
from django.conf import LazySettings

from apps.acceptance import actions
from apps.acceptance.errors import (
    DisputeDecided,
    DisputeNotFound,
    DisputeWaits,
    NotYourDispute,
    OwnDispute,
    PlanNotAmended,
    RequirementNotFound,
    RequirementWithdrawn,
)
from apps.acceptance.models import AcceptanceTest, Dispute, PlanText, Reading, Suite
from apps.accounts.core.roles import Role
from apps.accounts.models import AuditEntry, Notification, User
from apps.common.errors import InvalidInput, NotAllowed
from apps.execution.actions import import_masterplan
from apps.masterplans.core.parser import parse
from apps.masterplans.models import Masterplan, Priority, Requirement
from tests.factories import (
    AcceptanceTestFactory,
    ReadingFactory,
    RequirementFactory,
    SuiteFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

REASON = "The example contradicts the sentence before it."
PROPOSAL = '`rest("a")` should return `None`.'
TEXT = """---
title: Words
language: python
package: words
---
# Words

## Requirements

- `work("a")` must return `"b"`.
- `rest` must be fast.
- `work` should not sleep.

## Plan

### Phase: A
#### Milestone: B
##### Task: C (`words/core.py`)

- `work(text: str) -> str`: Works. Covers R1, R3.
- `rest(text: str) -> str`: Rests.
"""


@pytest.fixture
def plan() -> Masterplan:
    plan = import_masterplan(text=TEXT, by=UserFactory(role=Role.LEAD))
    SuiteFactory(plan=plan)
    return plan


@pytest.fixture
def operator() -> User:
    return UserFactory(role=Role.OPERATOR, username="olaf")


@pytest.fixture
def lead() -> User:
    return UserFactory(role=Role.LEAD, username="lea")


def requirement(plan: Masterplan, ref: str = "R1") -> Requirement:
    return plan.requirements.get(ref=ref)


def ask(plan: Masterplan, by: User, *, proposal: str = "", ref: str = "R1") -> Dispute:
    return actions.open_dispute(
        requirement_id=requirement(plan, ref).pk, by=by, reason=REASON, proposal=proposal
    )


def uphold(dispute: Dispute, by: User) -> Dispute:
    return actions.decide_dispute(dispute_id=dispute.pk, by=by, uphold=True, comment="Right.")


class TestAsking:
    def test_a_dispute_waits_for_a_lead(self, plan: Masterplan, operator: User) -> None:
        dispute = ask(plan, operator, proposal=f" {PROPOSAL}\r\n")

        dispute.refresh_from_db()
        assert (dispute.status, dispute.asked_by) == ("open", operator)
        assert (dispute.reason, dispute.proposal) == (REASON, PROPOSAL)
        assert dispute.ref == f"dis-{dispute.pk:04d}"
        entry = AuditEntry.objects.get(subject=dispute.ref)
        assert (entry.action, entry.by) == ("acceptance.dispute_opened", operator)
        assert entry.sentence == f"olaf says that R1 of {plan.ref} is wrong"
        assert entry.after == {"plan": plan.ref, "requirement": "R1", "proposal": PROPOSAL}
        assert entry.reason == REASON
        message = Notification.objects.get(kind="dispute_asked")
        assert message.title == "R1 of Words is disputed"
        assert message.path == f"/masterplans/{plan.ref}/tests"
        assert REASON in message.text
        assert message.if_nobody_acts
        assert Suite.objects.get().revision == 1

    @pytest.mark.parametrize("role", [Role.VIEWER, Role.APPROVER, Role.ADMIN, None])
    def test_some_may_not(self, plan: Masterplan, role: Role | None) -> None:
        with pytest.raises(NotAllowed, match="Lead, Operator, Reviewer"):
            ask(plan, UserFactory(role=role))

    @pytest.mark.parametrize("role", [Role.REVIEWER, Role.LEAD])
    def test_others_may(self, plan: Masterplan, role: Role) -> None:
        assert ask(plan, UserFactory(role=role)).status == "open"

    def test_a_second_one_is_told_of_the_first(self, plan: Masterplan, operator: User) -> None:
        first = ask(plan, operator)

        with pytest.raises(DisputeWaits, match=f"{first.ref}, asked .* UTC, by olaf"):
            ask(plan, UserFactory(role=Role.REVIEWER))
        assert ask(plan, operator, ref="R2").status == "open"

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"reason": "wrong"}, "reason"),
            ({"reason": ""}, "reason"),
            ({"proposal": "x" * 4001}, "proposal"),
            ({"proposal": "a nul \0"}, "proposal"),
            ({"proposal": '`work("a")` must return `"b"`.'}, "proposal"),
        ],
    )
    def test_input_that_cannot_be_used_names_its_field(
        self, plan: Masterplan, operator: User, changes: dict[str, str], field: str
    ) -> None:
        facts = {"reason": REASON, **changes}

        with pytest.raises(InvalidInput) as caught:
            actions.open_dispute(requirement_id=requirement(plan).pk, by=operator, **facts)

        assert caught.value.facts["field"] == field
        assert not Dispute.objects.exists()
        assert not Notification.objects.filter(kind="dispute_asked").exists()

    def test_what_the_text_cannot_say_is_not_asked(self, plan: Masterplan, operator: User) -> None:
        with pytest.raises(PlanNotAmended, match=f"{plan.ref} cannot follow: The plan would not"):
            ask(plan, operator, proposal="R7: another id")
        with pytest.raises(PlanNotAmended, match="Other requirements than R1"):
            ask(plan, operator, proposal="`rest` must be fast.")
        assert not Dispute.objects.exists()

    def test_a_plan_that_never_said_so(self, operator: User) -> None:
        stranger = RequirementFactory()

        with pytest.raises(PlanNotAmended, match=f"states no requirement {stranger.ref}"):
            actions.open_dispute(requirement_id=stranger.pk, by=operator, reason=REASON)
        with pytest.raises(RequirementNotFound):
            actions.open_dispute(requirement_id=uuid4(), by=operator, reason=REASON)


class TestTakingBack:
    def test_who_asked_may(self, plan: Masterplan, operator: User) -> None:
        dispute = ask(plan, operator)

        actions.withdraw_dispute(dispute_id=dispute.pk, by=operator)

        dispute.refresh_from_db()
        assert (dispute.status, dispute.decided_by) == ("withdrawn", operator)
        entry = AuditEntry.objects.get(action="acceptance.dispute_withdrawn")
        assert (entry.subject, entry.sentence) == (dispute.ref, f"olaf took {dispute.ref} back")
        assert ask(plan, operator).pk != dispute.pk

    def test_others_may_not_but_an_administrator(self, plan: Masterplan, operator: User) -> None:
        dispute = ask(plan, operator)

        for role in (Role.OPERATOR, Role.LEAD):
            with pytest.raises(NotYourDispute, match="Only olaf"):
                actions.withdraw_dispute(dispute_id=dispute.pk, by=UserFactory(role=role))
        admin = UserFactory(role=Role.ADMIN)
        assert actions.withdraw_dispute(dispute_id=dispute.pk, by=admin).status == "withdrawn"

    def test_what_is_decided_stays(self, plan: Masterplan, operator: User, lead: User) -> None:
        dispute = uphold(ask(plan, operator), lead)

        with pytest.raises(DisputeDecided, match=f"{dispute.ref} was upheld by lea, .* UTC"):
            actions.withdraw_dispute(dispute_id=dispute.pk, by=operator)


class TestDeclining:
    def test_everything_stays(self, plan: Masterplan, operator: User, lead: User) -> None:
        dispute = ask(plan, operator)

        actions.decide_dispute(dispute_id=dispute.pk, by=lead, uphold=False, comment=" No. ")

        dispute.refresh_from_db()
        assert (dispute.status, dispute.decided_by, dispute.comment) == ("declined", lead, "No.")
        entry = AuditEntry.objects.get(action="acceptance.dispute_declined")
        assert entry.sentence == f"lea declined {dispute.ref}: R1 stands"
        assert entry.reason == "No."
        message = Notification.objects.get(kind="dispute_decided")
        assert message.title == f"{dispute.ref} about Words was declined"
        plan.refresh_from_db()
        assert plan.source_text == TEXT
        assert not PlanText.objects.exists()
        assert Suite.objects.get().revision == 1


class TestUpholding:
    def test_the_requirement_reads_as_proposed(
        self, plan: Masterplan, operator: User, lead: User
    ) -> None:
        dispute = ask(plan, operator, proposal=PROPOSAL)
        row = requirement(plan)
        reading = ReadingFactory(requirement=row, authored={"checks": "[]"})
        test = AcceptanceTestFactory(requirement=row)
        written = AcceptanceTestFactory(requirement=row, origin="person")
        other = AcceptanceTestFactory(requirement=requirement(plan, "R2"))
        imported = plan.source_sha256

        dispute = uphold(dispute, lead)

        plan.refresh_from_db()
        row.refresh_from_db()
        reading.refresh_from_db()
        assert plan.source_text == TEXT.replace('`work("a")` must return `"b"`.', PROPOSAL)
        assert plan.source_sha256 == hashlib.sha256(plan.source_text.encode()).hexdigest()
        assert (row.text, row.ref, row.line) == (PROPOSAL, "R1", 10)
        assert (row.priority, row.reason) == ("should", 'It says "should".')
        assert {atom.symbol for atom in row.atoms.all()} == {"work", "rest"}
        assert (reading.is_withdrawn, reading.authored) == (False, None)
        states = dict(AcceptanceTest.objects.values_list("pk", "state"))
        assert states == {test.pk: "superseded", written.pk: "superseded", other.pk: "active"}
        assert Suite.objects.get().revision >= 2
        first, second = PlanText.objects.all()
        assert (first.version, first.text, first.sha256) == (1, TEXT, imported)
        assert (first.by, first.at) == (plan.owner, plan.created_at)
        assert (second.version, second.text) == (2, plan.source_text)
        assert (second.sha256, second.by) == (plan.source_sha256, lead)
        assert second.reason == f"{dispute.ref}: Right."
        entry = AuditEntry.objects.get(action="acceptance.dispute_upheld")
        assert entry.sentence == f"lea upheld {dispute.ref}: R1 reads as proposed"
        assert entry.before == {
            "plan": plan.ref,
            "requirement": "R1",
            "text": '`work("a")` must return `"b"`.',
            "plan_sha256": imported,
        }
        assert entry.after == {
            "plan": plan.ref,
            "requirement": "R1",
            "text": PROPOSAL,
            "plan_sha256": plan.source_sha256,
            "plan_version": 2,
            "tests_replaced": 2,
        }
        assert Notification.objects.get(kind="dispute_decided").text.endswith(": Right.")

    def test_tests_are_written_from_the_new_text(
        self, plan: Masterplan, operator: User, lead: User
    ) -> None:
        uphold(ask(plan, operator, proposal=PROPOSAL), lead)

        assert Suite.objects.get().status == "queued"

    def test_what_is_being_written_from_the_old_text_is_not_kept(
        self, plan: Masterplan, operator: User, lead: User
    ) -> None:
        Suite.objects.update(status="generating", run_token=uuid4())

        uphold(ask(plan, operator), lead)

        suite = Suite.objects.get()
        assert (suite.status, suite.run_token) == ("queued", None)

    def test_a_plan_without_tests_gets_none_by_it(
        self, plan: Masterplan, operator: User, lead: User
    ) -> None:
        Suite.objects.all().delete()

        uphold(ask(plan, operator, proposal=PROPOSAL), lead)

        assert requirement(plan).text == PROPOSAL
        assert not Suite.objects.exists()

    def test_without_a_proposal_it_is_withdrawn(
        self, plan: Masterplan, operator: User, lead: User
    ) -> None:
        row = requirement(plan)
        reading = ReadingFactory(requirement=row)
        test = AcceptanceTestFactory(requirement=row)

        dispute = uphold(ask(plan, operator), lead)

        plan.refresh_from_db()
        reading.refresh_from_db()
        test.refresh_from_db()
        assert reading.is_withdrawn
        assert test.state == "superseded"
        document = parse(plan.source_text).document
        assert document is not None
        lines = {spec.ref: spec.line for spec in document.requirements}
        assert set(lines) == {"R2", "R3"}
        assert dict(plan.requirements.exclude(ref="R1").values_list("ref", "line")) == lines
        assert not parse(plan.source_text).has_errors
        entry = AuditEntry.objects.get(action="acceptance.dispute_upheld")
        assert entry.sentence == f"lea upheld {dispute.ref}: R1 is withdrawn"
        for act in (
            lambda: ask(plan, operator),
            lambda: actions.approve_test(test_id=test.pk, by=lead),
            lambda: actions.correct_priority(
                requirement_id=row.pk, by=lead, priority=Priority.MAY, reason=REASON
            ),
        ):
            with pytest.raises(RequirementWithdrawn, match="R1 is no requirement"):
                act()

    def test_what_was_never_read_is_withdrawn_too(
        self, plan: Masterplan, operator: User, lead: User
    ) -> None:
        uphold(ask(plan, operator), lead)

        reading = Reading.objects.get()
        assert (reading.requirement.ref, reading.is_withdrawn) == ("R1", True)
        assert reading.priority == "must"

    def test_versions_count_on(self, plan: Masterplan, operator: User, lead: User) -> None:
        uphold(ask(plan, operator, proposal=PROPOSAL), lead)
        uphold(ask(plan, operator, proposal='`work("a")` must be `"a"`.'), lead)
        uphold(ask(plan, operator, ref="R2"), lead)

        assert list(PlanText.objects.values_list("version", flat=True)) == [1, 2, 3, 4]
        plan.refresh_from_db()
        assert PlanText.objects.get(version=4).text == plan.source_text
        assert PlanText.objects.get(version=1).text == TEXT

    def test_a_priority_that_a_person_set_stays(
        self, plan: Masterplan, operator: User, lead: User
    ) -> None:
        actions.correct_priority(
            requirement_id=requirement(plan).pk, by=lead, priority=Priority.MAY, reason=REASON
        )

        uphold(ask(plan, operator, proposal=PROPOSAL), lead)

        row = requirement(plan)
        assert (row.text, row.priority) == (PROPOSAL, "may")

    def test_lines_that_move_are_followed(
        self, plan: Masterplan, operator: User, lead: User
    ) -> None:
        uphold(ask(plan, operator, proposal="`work` must do two things:\n\n- a\n- b"), lead)

        assert requirement(plan, "R2").line == 14
        uphold(ask(plan, operator, proposal="`rest` must rest.", ref="R2"), lead)
        assert requirement(plan, "R2").text == "`rest` must rest."

    def test_a_text_that_has_changed_meanwhile_is_not_half_written(
        self, plan: Masterplan, operator: User, lead: User
    ) -> None:
        dispute = ask(plan, operator, proposal=PROPOSAL)
        uphold(ask(plan, operator, proposal=PROPOSAL, ref="R2"), lead)

        with pytest.raises(PlanNotAmended, match="Other requirements than R1"):
            uphold(dispute, lead)

        dispute.refresh_from_db()
        assert dispute.status == "open"
        assert PlanText.objects.count() == 2
        assert requirement(plan).text.startswith('`work("a")`')


class TestWhoDecides:
    @pytest.mark.parametrize(
        "role", [Role.VIEWER, Role.OPERATOR, Role.REVIEWER, Role.APPROVER, Role.ADMIN, None]
    )
    def test_only_a_lead(self, plan: Masterplan, operator: User, role: Role | None) -> None:
        dispute = ask(plan, operator)

        with pytest.raises(NotAllowed, match="Lead"):
            uphold(dispute, UserFactory(role=role))

    def test_nobody_decides_on_the_own_one(
        self, plan: Masterplan, lead: User, settings: LazySettings
    ) -> None:
        settings.ALLOW_SELF_APPROVAL = True  # says nothing about leads
        dispute = ask(plan, lead)

        with pytest.raises(OwnDispute, match=f"opened {dispute.ref} yourself") as caught:
            uphold(dispute, lead)
        assert caught.value.status == 403

    def test_a_superuser_does_both_only_where_the_settings_allow_it(
        self, plan: Masterplan, settings: LazySettings
    ) -> None:
        settings.ALLOW_SELF_APPROVAL = False
        root = UserFactory(is_superuser=True)
        dispute = ask(plan, root)
        with pytest.raises(OwnDispute):
            uphold(dispute, root)

        settings.ALLOW_SELF_APPROVAL = True

        assert uphold(dispute, root).status == "upheld"
        entry = AuditEntry.objects.get(action="acceptance.dispute_upheld")
        assert entry.sentence.endswith(", on the own request")

    def test_the_second_decision_sees_who_and_when(
        self, plan: Masterplan, operator: User, lead: User
    ) -> None:
        dispute = uphold(ask(plan, operator), lead)

        with pytest.raises(DisputeDecided) as caught:
            uphold(dispute, UserFactory(role=Role.LEAD))

        assert caught.value.status == 409
        assert caught.value.message.startswith(f"{dispute.ref} was upheld by lea, ")

    def test_a_comment_is_required(self, plan: Masterplan, operator: User, lead: User) -> None:
        dispute = ask(plan, operator)

        for verdict in (True, False):
            with pytest.raises(InvalidInput) as caught:
                actions.decide_dispute(dispute_id=dispute.pk, by=lead, uphold=verdict, comment=" ")
            assert caught.value.facts["field"] == "comment"

    def test_there_has_to_be_one(self, lead: User) -> None:
        with pytest.raises(DisputeNotFound):
            actions.decide_dispute(dispute_id=1, by=lead, uphold=True, comment="Right.")
        with pytest.raises(DisputeNotFound):
            actions.withdraw_dispute(dispute_id=1, by=lead)
