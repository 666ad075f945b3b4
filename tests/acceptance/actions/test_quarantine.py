"""Tests that are taken out of the gate for a while, and objections that are cleared."""

import pytest

from apps.acceptance import actions
from apps.acceptance.errors import (
    AlreadyQuarantined,
    NotQuarantined,
    ObjectionCleared,
    ObjectionNotFound,
    TestNotActive,
)
from apps.acceptance.models import Suite
from apps.accounts.core.roles import Role
from apps.accounts.models import AuditEntry, User
from apps.common.errors import InvalidInput, NotAllowed
from tests.factories import (
    AcceptanceTestFactory,
    ObjectionFactory,
    SuiteFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

REASON = "It fails on every tenth run."
OTHERS = [Role.VIEWER, Role.OPERATOR, Role.APPROVER, Role.ADMIN, None]


@pytest.fixture
def reviewer() -> User:
    return UserFactory(role=Role.REVIEWER, username="rita")


class TestQuarantine:
    def test_a_test_is_taken_out_and_let_in_again(self, reviewer: User) -> None:
        test = AcceptanceTestFactory()
        AcceptanceTestFactory(requirement=test.requirement)
        SuiteFactory(plan=test.plan)

        actions.quarantine_test(test_id=test.pk, by=reviewer, reason=REASON)

        test.refresh_from_db()
        assert test.is_quarantined
        assert (test.quarantined_by, test.quarantine_reason) == (reviewer, REASON)
        assert test.state == "active"
        assert Suite.objects.get().revision == 2

        actions.release_test(test_id=test.pk, by=reviewer)

        test.refresh_from_db()
        assert not test.is_quarantined
        assert (test.quarantined_by, test.quarantine_reason) == (None, "")
        assert Suite.objects.get().revision == 3
        out, back = AuditEntry.objects.order_by("id")
        assert (out.action, out.reason) == ("acceptance.test_quarantined", REASON)
        assert out.sentence == f"rita put {test.check_id} into quarantine"
        assert out.before is not None
        assert out.after is not None
        assert (out.before["quarantined"], out.after["quarantined"]) == (False, True)
        assert (back.action, back.by) == ("acceptance.test_released", reviewer)
        assert back.sentence == f"rita let {test.check_id} count again"
        assert back.before is not None
        assert back.before["reason"] == REASON

    def test_the_last_one_of_a_must_leaves_it_uncovered(self, reviewer: User) -> None:
        one = AcceptanceTestFactory()
        two = AcceptanceTestFactory(requirement=one.requirement)

        for test in (one, two):
            actions.quarantine_test(test_id=test.pk, by=reviewer, reason=REASON)

        first, last = AuditEntry.objects.order_by("id").values_list("sentence", flat=True)
        assert "gate" not in first
        ref = one.requirement.ref
        assert last.endswith(f"; no test of {ref}, a MUST, counts any more, so the gate stays shut")

    @pytest.mark.parametrize("role", OTHERS)
    def test_some_may_not(self, role: Role | None) -> None:
        test = AcceptanceTestFactory()
        user = UserFactory(role=role)

        with pytest.raises(NotAllowed):
            actions.quarantine_test(test_id=test.pk, by=user, reason=REASON)
        with pytest.raises(NotAllowed):
            actions.release_test(test_id=test.pk, by=user)

    def test_the_second_is_told_of_the_first(self, reviewer: User) -> None:
        test = AcceptanceTestFactory()
        actions.quarantine_test(test_id=test.pk, by=reviewer, reason=REASON)

        with pytest.raises(AlreadyQuarantined) as caught:
            actions.quarantine_test(test_id=test.pk, by=UserFactory(role=Role.LEAD), reason="")

        assert caught.value.message.startswith(f"{test.check_id} was put into quarantine by rita, ")
        assert caught.value.message.endswith(f"UTC: {REASON}")

    def test_what_is_not_in_cannot_be_let_out(self, reviewer: User) -> None:
        with pytest.raises(NotQuarantined):
            actions.release_test(test_id=AcceptanceTestFactory().pk, by=reviewer)

    @pytest.mark.parametrize(
        ("state", "said"), [("waiting", "waits for approval"), ("rejected", "was rejected")]
    )
    def test_only_what_counts_is_taken_out(self, reviewer: User, state: str, said: str) -> None:
        with pytest.raises(TestNotActive, match=said):
            actions.quarantine_test(
                test_id=AcceptanceTestFactory(state=state).pk, by=reviewer, reason=REASON
            )

    def test_a_reason_is_needed(self, reviewer: User) -> None:
        test = AcceptanceTestFactory()

        with pytest.raises(InvalidInput):
            actions.quarantine_test(test_id=test.pk, by=reviewer, reason="flaky")

        test.refresh_from_db()
        assert not test.is_quarantined
        assert not AuditEntry.objects.exists()


class TestObjections:
    def test_a_person_clears_one(self, reviewer: User) -> None:
        objection = ObjectionFactory()
        SuiteFactory(plan=objection.plan)

        actions.clear_objection(objection_id=objection.pk, by=reviewer, reason=REASON)

        objection.refresh_from_db()
        assert (objection.cleared_by, objection.clear_reason) == (reviewer, REASON)
        assert objection.cleared_at is not None
        assert Suite.objects.get().revision == 2
        entry = AuditEntry.objects.get()
        assert (entry.action, entry.subject) == (
            "acceptance.objection_cleared",
            objection.plan.ref,
        )
        assert entry.sentence.startswith(
            f"rita cleared the objection to the code of {objection.requirement.ref}: "
        )
        assert entry.after == {
            "objection": objection.pk,
            "requirement": objection.requirement.ref,
            "atom": objection.atom.ref,
            "line": objection.line,
            "cleared": True,
        }
        with pytest.raises(ObjectionCleared, match=f"rita cleared this, .* UTC: {REASON}"):
            actions.clear_objection(objection_id=objection.pk, by=reviewer, reason=REASON)

    @pytest.mark.parametrize("role", OTHERS)
    def test_some_may_not(self, role: Role | None) -> None:
        objection = ObjectionFactory()

        with pytest.raises(NotAllowed):
            actions.clear_objection(
                objection_id=objection.pk, by=UserFactory(role=role), reason=REASON
            )

    def test_nothing_is_half_cleared(self, reviewer: User) -> None:
        objection = ObjectionFactory()

        with pytest.raises(InvalidInput):
            actions.clear_objection(objection_id=objection.pk, by=reviewer, reason="")
        with pytest.raises(ObjectionNotFound):
            actions.clear_objection(objection_id=objection.pk + 1, by=reviewer, reason=REASON)

        objection.refresh_from_db()
        assert objection.cleared_at is None
        assert not AuditEntry.objects.exists()
