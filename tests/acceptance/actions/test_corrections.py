"""A person says how binding a requirement is."""

from decimal import Decimal
from uuid import uuid4

import pytest

from apps.acceptance import actions
from apps.acceptance.errors import RequirementNotFound, RequirementWithdrawn
from apps.acceptance.models import AcceptanceTest, Reading, Suite, TestPolicy
from apps.accounts.core.roles import Role
from apps.accounts.models import AuditEntry, User
from apps.common.errors import InvalidInput, NotAllowed
from apps.masterplans.models import Priority
from tests.factories import (
    AcceptanceTestFactory,
    ReadingFactory,
    RequirementFactory,
    SuiteFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

REASON = "The customer said that it can wait."


@pytest.fixture
def lead() -> User:
    return UserFactory(role=Role.LEAD, username="lea")


def correct(reading: Reading, by: User, priority: Priority = Priority.SHOULD) -> Reading:
    return actions.correct_priority(
        requirement_id=reading.requirement_id, by=by, priority=priority, reason=REASON
    )


def test_the_priority_is_the_persons_from_now_on(lead: User) -> None:
    reading = ReadingFactory()
    SuiteFactory(plan=reading.plan)

    correct(reading, lead)

    reading.refresh_from_db()
    assert (reading.priority, reading.confidence) == ("should", Decimal(1))
    assert reading.reason == f"Set by lea: {REASON}"
    assert reading.corrected_by == lead
    assert reading.corrected_at is not None
    assert reading.requirement.priority == "should"
    assert reading.requirement.reason == reading.reason
    assert Suite.objects.get().revision == 2
    entry = AuditEntry.objects.get()
    ref = reading.requirement.ref
    assert (entry.action, entry.by) == ("acceptance.priority_corrected", lead)
    assert (entry.subject, entry.reason) == (reading.plan.ref, REASON)
    assert entry.sentence == f"lea made {ref} a SHOULD, from MUST"
    assert entry.before == {
        "requirement": ref, "priority": "must", "reason": "It stands under the heading MUST.",
    }  # fmt: skip
    assert entry.after == {"requirement": ref, "priority": "should", "reason": reading.reason}


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR, Role.APPROVER, Role.ADMIN, None])
def test_some_may_not(role: Role | None) -> None:
    reading = ReadingFactory()

    with pytest.raises(NotAllowed, match="Lead, Reviewer"):
        correct(reading, UserFactory(role=role))

    reading.refresh_from_db()
    assert reading.priority == "must"
    assert not AuditEntry.objects.exists()


def test_a_reviewer_may() -> None:
    assert correct(ReadingFactory(), UserFactory(role=Role.REVIEWER)).priority == "should"


def test_it_can_be_said_before_the_plan_was_read(lead: User) -> None:
    requirement = RequirementFactory(text="`work` should be fast enough.")

    reading = actions.correct_priority(
        requirement_id=requirement.pk, by=lead, priority=Priority.MAY, reason=REASON
    )

    assert (reading.priority, reading.corrected_by) == ("may", lead)
    assert reading.doubt  # fast enough is nothing that a test can ask
    assert reading.questions
    entry = AuditEntry.objects.get()
    assert entry.before is not None
    assert entry.before["priority"] == "must"


def test_free_code_follows(lead: User) -> None:
    reading = ReadingFactory(priority="should")
    facts = {"requirement": reading.requirement, "is_low_trust": True}
    undecided = AcceptanceTestFactory(**facts)
    approved = AcceptanceTestFactory(**facts)
    plain = AcceptanceTestFactory(requirement=reading.requirement)
    actions.approve_test(test_id=approved.pk, by=lead)

    def states() -> list[str]:
        rows = AcceptanceTest.objects.in_bulk([undecided.pk, approved.pk, plain.pk])
        return [rows[test.pk].state for test in (undecided, approved, plain)]

    correct(reading, lead, Priority.MUST)
    assert states() == ["waiting", "active", "active"]
    correct(reading, lead, Priority.MAY)
    assert states() == ["active", "active", "active"]

    said = AuditEntry.objects.filter(action="acceptance.priority_corrected").order_by("id")
    assert [entry.sentence.partition("; ")[2] for entry in said] == [
        "1 test of low trust waits for approval now",
        "1 test of low trust needs no approval now",
    ]


def test_where_tests_are_reviewed_free_code_keeps_waiting(lead: User) -> None:
    reading = ReadingFactory()
    test = AcceptanceTestFactory(
        requirement=reading.requirement, is_low_trust=True, state="waiting"
    )
    TestPolicy.objects.create(plan=reading.plan, needs_review=True)

    correct(reading, lead)

    test.refresh_from_db()
    assert test.state == "waiting"


def test_refusals_come_in_one_order_and_write_nothing(lead: User) -> None:
    reading = ReadingFactory(is_withdrawn=True)
    facts = {"requirement_id": reading.requirement_id, "priority": Priority.MAY, "reason": ""}

    with pytest.raises(NotAllowed):
        actions.correct_priority(by=UserFactory(), **facts)
    with pytest.raises(RequirementWithdrawn, match=f"no requirement of {reading.plan.ref} any"):
        actions.correct_priority(by=lead, **facts)
    with pytest.raises(RequirementNotFound):
        actions.correct_priority(by=lead, **{**facts, "requirement_id": uuid4()})
    Reading.objects.update(is_withdrawn=False)
    with pytest.raises(InvalidInput) as caught:
        actions.correct_priority(by=lead, **facts)

    assert caught.value.facts["field"] == "reason"
    assert Reading.objects.get().priority == "must"
    assert not AuditEntry.objects.exists()
