"""People approve, reject and rewrite tests."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from apps.acceptance import actions
from apps.acceptance.core.authoring.check_json import check_from_data
from apps.acceptance.core.checks import CheckKind, CheckSource
from apps.acceptance.core.suite import suites_of
from apps.acceptance.errors import (
    NothingToRegenerate,
    PlanNotFound,
    ReviewHasBegun,
    TestDecided,
    TestGone,
    TestNotFound,
    TestRefused,
    TestReplaced,
)
from apps.acceptance.models import AcceptanceTest, Origin, Suite, TestPolicy, TestState
from apps.accounts.core.roles import Role
from apps.accounts.models import AuditEntry, User
from apps.common.errors import InvalidInput, NotAllowed
from tests.factories import (
    AcceptanceTestFactory,
    AtomFactory,
    MasterplanFactory,
    ReadingFactory,
    RequirementFactory,
    SuiteFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

REASON = "It asks for more than the sentence does."


@pytest.fixture
def reviewer() -> User:
    return UserFactory(role=Role.REVIEWER, username="rita")


def waiting(**facts: object) -> AcceptanceTest:
    test = AcceptanceTestFactory(state=TestState.WAITING, **facts)
    if not Suite.objects.filter(plan=test.plan).exists():
        SuiteFactory(plan=test.plan)
    return test


def revision(test: AcceptanceTest) -> int:
    return Suite.objects.get(plan=test.plan).revision


def entry(action: str) -> AuditEntry:
    return AuditEntry.objects.get(action=f"acceptance.{action}")


def edited(test: AcceptanceTest) -> str:
    return test.text.replace("'a') == 'a'", "'b') == 'b'")


ACTS: list[Callable[[AcceptanceTest, User], object]] = [
    lambda test, by: actions.approve_test(test_id=test.pk, by=by),
    lambda test, by: actions.approve_tests(plan_id=test.plan_id, by=by),
    lambda test, by: actions.reject_test(test_id=test.pk, by=by, reason=REASON),
    lambda test, by: actions.edit_test(test_id=test.pk, by=by, text=edited(test)),
    lambda test, by: actions.regenerate_test(test_id=test.pk, by=by),
]


class TestWho:
    @pytest.mark.parametrize("act", ACTS)
    @pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR, Role.APPROVER, Role.ADMIN, None])
    def test_others_may_not(
        self, act: Callable[[AcceptanceTest, User], object], role: Role | None
    ) -> None:
        test = waiting()

        with pytest.raises(NotAllowed, match="Lead, Reviewer"):
            act(test, UserFactory(role=role))

        test.refresh_from_db()
        assert test.state == TestState.WAITING
        assert not AuditEntry.objects.exists()

    @pytest.mark.parametrize("act", ACTS[:4])
    @pytest.mark.parametrize("role", [Role.REVIEWER, Role.LEAD])
    def test_these_may(self, act: Callable[[AcceptanceTest, User], object], role: Role) -> None:
        act(waiting(), UserFactory(role=role))

        assert AuditEntry.objects.count() == 1

    @pytest.mark.parametrize("act", [ACTS[0], *ACTS[2:]])
    def test_there_has_to_be_such_a_test(
        self, act: Callable[[AcceptanceTest, User], object], reviewer: User
    ) -> None:
        test = waiting()
        test.pk = uuid4()

        with pytest.raises(TestNotFound, match=str(test.pk)):
            act(test, reviewer)


class TestApproving:
    def test_an_approved_test_counts(self, reviewer: User) -> None:
        test = waiting()

        actions.approve_test(test_id=test.pk, by=reviewer)

        test.refresh_from_db()
        assert (test.state, test.decided_by) == (TestState.ACTIVE, reviewer)
        assert test.decided_at is not None
        assert revision(test) == 2
        written = entry("test_approved")
        assert (written.by, written.subject) == (reviewer, test.plan.ref)
        assert written.sentence == f"rita approved {test.check_id}"
        assert written.before == {
            "test": str(test.pk), "check": test.check_id, "version": 1, "state": "waiting",
        }  # fmt: skip
        assert written.after == {**written.before, "state": "active"}

    def test_a_test_that_counts_anyway_keeps_the_gate_as_it_is(self, reviewer: User) -> None:
        test = waiting()
        AcceptanceTest.objects.update(state=TestState.ACTIVE)

        actions.approve_test(test_id=test.pk, by=reviewer)

        assert revision(test) == 1
        assert entry("test_approved").by == reviewer

    def test_the_record_says_that_it_was_free_code(self, reviewer: User) -> None:
        actions.approve_test(test_id=waiting(is_low_trust=True).pk, by=reviewer)

        assert entry("test_approved").sentence.endswith(", free code of low trust")

    @pytest.mark.parametrize("first", ["approved", "rejected"])
    def test_the_second_is_told_who_decided_and_when(self, reviewer: User, first: str) -> None:
        test = waiting()
        if first == "approved":
            actions.approve_test(test_id=test.pk, by=reviewer)
        else:
            actions.reject_test(test_id=test.pk, by=reviewer, reason=REASON)
        lead = UserFactory(role=Role.LEAD)

        for act in (ACTS[0], ACTS[2]):
            with pytest.raises(TestDecided) as caught:
                act(test, lead)
            assert caught.value.status == 409
            assert caught.value.message.startswith(f"{test.check_id} was {first} by rita, ")
            assert caught.value.message.endswith(" UTC.")
        assert AuditEntry.objects.count() == 1

    def test_all_that_wait_but_free_code(self, reviewer: User) -> None:
        one = waiting()
        two = waiting(requirement=one.requirement)
        free = waiting(requirement=one.requirement, is_low_trust=True)
        rejected = AcceptanceTestFactory(requirement=one.requirement, state=TestState.REJECTED)
        other = waiting()

        assert actions.approve_tests(plan_id=one.plan_id, by=reviewer) == 2

        states = dict(AcceptanceTest.objects.values_list("pk", "state"))
        assert (states[one.pk], states[two.pk]) == ("active", "active")
        assert (states[free.pk], states[other.pk]) == ("waiting", "waiting")
        assert states[rejected.pk] == "rejected"
        written = entry("tests_approved")
        assert written.sentence == f"rita approved 2 tests of {one.plan.ref}"
        assert written.after == {"checks": [one.check_id, two.check_id]}
        assert (revision(one), revision(other)) == (2, 1)

    def test_named_ones_may_be_free_code(self, reviewer: User) -> None:
        free = waiting(is_low_trust=True)

        assert actions.approve_tests(plan_id=free.plan_id, by=reviewer, test_ids=[free.pk]) == 1

    def test_where_nothing_waits_nothing_happens(self, reviewer: User) -> None:
        test = waiting()
        assert actions.approve_tests(plan_id=test.plan_id, by=reviewer, test_ids=[]) == 0

        actions.approve_test(test_id=test.pk, by=reviewer)
        assert actions.approve_tests(plan_id=test.plan_id, by=reviewer) == 0
        assert not AuditEntry.objects.filter(action="acceptance.tests_approved").exists()

    def test_all_or_none(self, reviewer: User) -> None:
        one = waiting()
        two = waiting(requirement=one.requirement)
        other = waiting()
        actions.reject_test(test_id=two.pk, by=reviewer, reason=REASON)

        with pytest.raises(TestDecided, match=f"{two.check_id} was rejected by rita"):
            actions.approve_tests(plan_id=one.plan_id, by=reviewer, test_ids=[one.pk, two.pk])
        with pytest.raises(TestNotFound, match=str(other.pk)):
            actions.approve_tests(plan_id=one.plan_id, by=reviewer, test_ids=[one.pk, other.pk])
        with pytest.raises(PlanNotFound):
            actions.approve_tests(plan_id=uuid4(), by=reviewer)

        one.refresh_from_db()
        assert one.state == TestState.WAITING


class TestRejecting:
    def test_a_rejected_test_never_counts(self, reviewer: User) -> None:
        test = waiting()
        AcceptanceTestFactory(requirement=test.requirement)

        actions.reject_test(test_id=test.pk, by=reviewer, reason=f" {REASON} ")

        test.refresh_from_db()
        assert (test.state, test.decided_by) == (TestState.REJECTED, reviewer)
        assert revision(test) == 2
        written = entry("test_rejected")
        assert (written.sentence, written.reason) == (f"rita rejected {test.check_id}", REASON)
        assert written.after is not None
        assert written.after["state"] == "rejected"

    @pytest.mark.parametrize("other", [{"is_weak": True}, {"is_flaky": True}, {"state": "waiting"}])
    def test_the_last_one_of_a_must_leaves_it_uncovered(
        self, reviewer: User, other: dict[str, object]
    ) -> None:
        test = waiting()
        AcceptanceTestFactory(requirement=test.requirement, **other)

        actions.reject_test(test_id=test.pk, by=reviewer, reason=REASON)

        ref = test.requirement.ref
        assert entry("test_rejected").sentence == (
            f"rita rejected {test.check_id}; no test of {ref}, a MUST, counts any more,"
            " so the gate stays shut"
        )

    def test_the_last_one_of_what_is_no_must_is_just_gone(self, reviewer: User) -> None:
        test = waiting()
        ReadingFactory(requirement=test.requirement, priority="should")  # goes before the plan's

        actions.reject_test(test_id=test.pk, by=reviewer, reason=REASON)

        assert entry("test_rejected").sentence == f"rita rejected {test.check_id}"

    @pytest.mark.parametrize("reason", ["", "no", "x" * 2001, "a nul \0 in it"])
    def test_a_reason_is_needed(self, reviewer: User, reason: str) -> None:
        test = waiting()

        with pytest.raises(InvalidInput) as caught:
            actions.reject_test(test_id=test.pk, by=reviewer, reason=reason)

        assert caught.value.facts["field"] == "reason"
        test.refresh_from_db()
        assert (test.state, revision(test)) == (TestState.WAITING, 1)


class TestEditing:
    def test_a_new_version_takes_the_place(self, reviewer: User) -> None:
        test = waiting(is_low_trust=True, is_unproven=True, is_held_out=True, green_on=["none"])
        text = edited(test)

        newer = actions.edit_test(test_id=test.pk, by=reviewer, text=text.replace("\n", "\r\n"))

        test.refresh_from_db()
        newer = AcceptanceTest.objects.get(pk=newer.pk)
        assert test.state == TestState.SUPERSEDED
        assert (newer.version, newer.check_id, newer.position) == (2, test.check_id, test.position)
        assert (newer.state, newer.origin, newer.decided_by) == ("active", "person", reviewer)
        assert (newer.text, newer.is_free_text, newer.green_on) == (text, True, None)
        assert (newer.is_low_trust, newer.is_unproven, newer.is_held_out) == (False, False, True)
        assert revision(test) == 2
        written = entry("test_edited")
        assert written.sentence == f"rita wrote version 2 of {test.check_id}"
        assert written.before is not None
        assert written.after is not None
        assert (written.before["text"], written.after["text"]) == (test.text, text)

    def test_what_runs_is_what_was_written(self, reviewer: User) -> None:
        test = waiting()

        newer = actions.edit_test(test_id=test.pk, by=reviewer, text=edited(test))

        check = check_from_data(newer.check_data)
        (suite,) = suites_of([check])
        assert (check.kind, check.source) == (CheckKind.FREE, CheckSource.PERSON)
        assert suite.text == newer.text
        assert suite.names() == {f"test_{test.check_id.replace('.', '_')}": test.check_id}

    def test_an_edit_of_an_edit(self, reviewer: User) -> None:
        test = waiting()
        second = actions.edit_test(test_id=test.pk, by=reviewer, text=edited(test))

        third = actions.edit_test(test_id=second.pk, by=reviewer, text=test.text)

        assert third.version == 3
        assert AcceptanceTest.objects.exclude(state="superseded").get() == third

    def test_a_script(self, reviewer: User) -> None:
        atom = AtomFactory(path="src/core.ts", language="typescript")
        requirement = RequirementFactory(plan=atom.plan, atoms=[atom])
        test = waiting(requirement=requirement)

        newer = actions.edit_test(
            test_id=test.pk, by=reviewer, text=test.text.replace('"a"', '"b"')
        )

        assert newer.version == 2
        with pytest.raises(TestRefused, match="would make another test"):
            actions.edit_test(
                test_id=newer.pk, by=reviewer, text=newer.text + 'test("b", () => {});\n'
            )

    def test_every_fault_is_said_and_nothing_is_written(self, reviewer: User) -> None:
        test = waiting()
        text = "import os\n" + test.text.replace("def test_", "def check_")

        with pytest.raises(TestRefused) as caught:
            actions.edit_test(test_id=test.pk, by=reviewer, text=text)

        assert caught.value.status == 422
        assert "Line 1: `os` is not declared for tests." in caught.value.message
        assert "There has to be one test" in caught.value.message
        assert len(caught.value.facts["faults"]) == 3  # type: ignore[arg-type]  # a list
        test.refresh_from_db()
        assert (test.state, revision(test)) == (TestState.WAITING, 1)
        assert not AuditEntry.objects.exists()

    def test_the_same_text_is_no_edit(self, reviewer: User) -> None:
        test = waiting()

        with pytest.raises(TestRefused, match="the same as before"):
            actions.edit_test(test_id=test.pk, by=reviewer, text=f"\n{test.text}\n\n")

    def test_the_second_editor_is_told_of_the_first(self, reviewer: User) -> None:
        test = waiting()
        actions.edit_test(test_id=test.pk, by=reviewer, text=edited(test))
        lead = UserFactory(role=Role.LEAD)

        for act in (ACTS[0], *ACTS[2:]):
            with pytest.raises(TestReplaced) as caught:
                act(test, lead)
            assert caught.value.message.startswith(
                f"{test.check_id} is out of date: version 2 was written by rita, "
            )
        with pytest.raises(TestReplaced):
            actions.approve_tests(plan_id=test.plan_id, by=lead, test_ids=[test.pk])

    def test_a_test_whose_requirement_has_changed_is_out_of_date(self, reviewer: User) -> None:
        test = waiting(origin=Origin.MODEL)
        AcceptanceTest.objects.update(state=TestState.SUPERSEDED)

        with pytest.raises(TestGone, match=f"requirement {test.requirement.ref} has changed"):
            actions.approve_test(test_id=test.pk, by=reviewer)

    def test_a_quarantine_ends_with_its_text(self, reviewer: User) -> None:
        test = AcceptanceTestFactory()
        actions.quarantine_test(test_id=test.pk, by=reviewer, reason=REASON)

        newer = actions.edit_test(test_id=test.pk, by=reviewer, text=edited(test))

        assert not newer.is_quarantined
        assert "not in quarantine any more" in entry("test_edited").sentence


class TestRegenerating:
    def test_back_to_what_was_generated(self, reviewer: User) -> None:
        test = waiting(green_on=["zero"], is_unproven=True)
        person = actions.edit_test(test_id=test.pk, by=reviewer, text=edited(test))

        newer = actions.regenerate_test(test_id=person.pk, by=reviewer)

        newer = AcceptanceTest.objects.get(pk=newer.pk)
        assert (newer.version, newer.origin, newer.state) == (3, Origin.TEMPLATE, TestState.ACTIVE)
        assert (newer.text, newer.check_data) == (test.text, test.check_data)
        assert (newer.green_on, newer.is_unproven) == (["zero"], True)
        assert (newer.decided_by, newer.decided_at) == (None, None)
        assert revision(test) == 3
        sentence = entry("test_regenerated").sentence
        assert sentence == f"rita took {test.check_id} back to what the template gave"
        with pytest.raises(TestReplaced, match="version 3 was generated by rita, "):
            actions.approve_test(test_id=person.pk, by=reviewer)

    def test_it_waits_where_tests_are_reviewed(self, reviewer: User) -> None:
        test = waiting()
        TestPolicy.objects.create(plan=test.plan, needs_review=True)
        actions.reject_test(test_id=test.pk, by=reviewer, reason=REASON)

        newer = actions.regenerate_test(test_id=test.pk, by=reviewer)

        assert newer.state == TestState.WAITING
        assert "; it waits for approval" in entry("test_regenerated").sentence

    @pytest.mark.parametrize(("priority", "state"), [("must", "waiting"), ("should", "active")])
    def test_free_code_of_a_must_waits(self, reviewer: User, priority: str, state: str) -> None:
        test = waiting(is_low_trust=True, requirement__priority=priority, origin=Origin.MODEL)
        actions.reject_test(test_id=test.pk, by=reviewer, reason=REASON)

        assert actions.regenerate_test(test_id=test.pk, by=reviewer).state == state

    def test_there_is_nothing_else(self, reviewer: User) -> None:
        with pytest.raises(NothingToRegenerate, match="is as it was generated"):
            actions.regenerate_test(test_id=waiting().pk, by=reviewer)
        with pytest.raises(NothingToRegenerate, match="was never generated"):
            actions.regenerate_test(test_id=waiting(origin=Origin.PERSON).pk, by=reviewer)


class TestPolicyOfReview:
    @pytest.mark.parametrize("role", [Role.VIEWER, Role.APPROVER, None])
    def test_some_may_not(self, role: Role | None) -> None:
        with pytest.raises(NotAllowed):
            actions.set_review_policy(
                plan_id=MasterplanFactory().pk, by=UserFactory(role=role), needs_review=True
            )

    @pytest.mark.parametrize("role", [Role.OPERATOR, Role.REVIEWER, Role.LEAD, Role.ADMIN])
    def test_before_there_are_tests(self, role: Role) -> None:
        plan, user = MasterplanFactory(), UserFactory(role=role)

        policy = actions.set_review_policy(plan_id=plan.pk, by=user, needs_review=True)

        assert TestPolicy.objects.get(plan=plan) == policy
        assert (policy.needs_review, policy.changed_by) == (True, user)
        written = entry("review_policy_set")
        assert (written.before, written.after) == ({"needs_review": False}, {"needs_review": True})
        assert written.sentence == f"{user.username} wants the tests of {plan.ref} to be reviewed"

    def test_tests_that_are_there_wait_and_count_again(self, reviewer: User) -> None:
        test = waiting()
        waiting(requirement=test.requirement, is_low_trust=True)
        waiting(
            requirement=RequirementFactory(plan=test.plan, priority="should"), is_low_trust=True
        )
        rejected = AcceptanceTestFactory(requirement=test.requirement, state="rejected")

        def states() -> list[str]:
            rows = AcceptanceTest.objects.filter(plan=test.plan).exclude(pk=rejected.pk)
            return list(rows.order_by("position").values_list("state", flat=True))

        TestPolicy.objects.create(plan=test.plan, needs_review=True)
        actions.set_review_policy(plan_id=test.plan_id, by=reviewer, needs_review=False)
        assert states() == ["active", "waiting", "active"]
        actions.set_review_policy(plan_id=test.plan_id, by=reviewer, needs_review=True)
        assert states() == ["waiting", "waiting", "waiting"]
        assert revision(test) == 3
        said = AuditEntry.objects.order_by("id").values_list("sentence", flat=True)
        assert said[0].endswith("; 2 of them count from now on")
        assert said[1].endswith("; 2 of them wait for approval from now on")
        rejected.refresh_from_db()
        assert rejected.state == TestState.REJECTED

    def test_once_somebody_decided_it_stays(self, reviewer: User) -> None:
        test = waiting()
        actions.approve_test(test_id=test.pk, by=reviewer)

        with pytest.raises(ReviewHasBegun) as caught:
            actions.set_review_policy(plan_id=test.plan_id, by=reviewer, needs_review=True)

        assert caught.value.message.startswith(f"{test.check_id} was approved by rita, ")
        assert not TestPolicy.objects.filter(needs_review=True).exists()

    def test_what_is_so_already_is_no_act(self, reviewer: User) -> None:
        test = waiting()
        actions.approve_test(test_id=test.pk, by=reviewer)

        actions.set_review_policy(plan_id=test.plan_id, by=reviewer, needs_review=False)

        assert not AuditEntry.objects.filter(action="acceptance.review_policy_set").exists()

    def test_there_has_to_be_such_a_plan(self, reviewer: User) -> None:
        with pytest.raises(PlanNotFound):
            actions.set_review_policy(plan_id=uuid4(), by=reviewer, needs_review=True)
