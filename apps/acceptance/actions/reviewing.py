"""People look at tests before, or after, they count: approve, reject, edit, generate again."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from apps.acceptance.actions.deeds import (
    LONG_TEXTS,
    REASON_LENGTH,
    binding,
    decision_of,
    facts_of,
    fresh_state,
    if_uncovered,
    kept_words,
    locked_test,
    needs_review,
    record,
    refuse_decided,
    refuse_superseded,
)
from apps.acceptance.actions.suites import touch
from apps.acceptance.core.authoring.check_json import check_as_data, check_from_data
from apps.acceptance.core.binding import is_script
from apps.acceptance.core.edited import as_written, faults_of, tidied
from apps.acceptance.core.rendering import test_name
from apps.acceptance.errors import (
    NothingToRegenerate,
    PlanNotFound,
    ReviewHasBegun,
    TestNotFound,
    TestRefused,
)
from apps.acceptance.models import AcceptanceTest, Origin, Reading, TestPolicy, TestState
from apps.accounts.actions import require
from apps.accounts.core.roles import Action
from apps.accounts.models import User
from apps.common.display import counted
from apps.masterplans.models import Masterplan

# What a version takes over from the one that it repeats.
_COPIED = (
    "origin", "kind", "check_data", "calls", "text", "is_free_text", "is_held_out", "is_low_trust",
    "is_unproven", "green_on", "is_weak", "is_flaky",
)  # fmt: skip


# --- whether people look at all -----------------------------------------------------------------


@transaction.atomic
def set_review_policy(*, plan_id: UUID, by: User, needs_review: bool) -> TestPolicy:
    """Say whether the tests of a plan count only once a person approved them.

    Can be changed until a person decided about the first test. Tests that are there already wait
    from now on, or count; free code that tests a MUST waits in any case.
    Raises NotAllowed, PlanNotFound, ReviewHasBegun.
    """
    require(by, Action.RUN_TESTS)
    plan = Masterplan.objects.defer(*LONG_TEXTS).filter(pk=plan_id).first()
    if plan is None:
        raise PlanNotFound(plan=plan_id)
    TestPolicy.objects.get_or_create(plan=plan)
    policy = TestPolicy.objects.select_for_update().get(plan=plan)
    if policy.needs_review == needs_review:
        return policy
    _refuse_begun(plan)
    policy.needs_review, policy.changed_by, policy.changed_at = needs_review, by, timezone.now()
    policy.save(update_fields=["needs_review", "changed_by", "changed_at"])
    moved = _follow_policy(plan, needs_review=needs_review)
    wanted = "wants" if needs_review else "does not want"
    effect = "wait for approval" if needs_review else "count"
    sentence = f"{by.username} {wanted} the tests of {plan.ref} to be reviewed"
    if moved:
        sentence += f"; {moved} of them {effect} from now on"
        touch(plan.pk)
    before, after = {"needs_review": not needs_review}, {"needs_review": needs_review}
    record(plan, by, "review_policy_set", sentence, before=before, after=after)
    return policy


def _refuse_begun(plan: Masterplan) -> None:
    decided = AcceptanceTest.objects.filter(plan=plan, decided_at__isnull=False)
    last = decided.select_related("decided_by", "plan").order_by("-decided_at").first()
    if last is not None:
        raise ReviewHasBegun(**decision_of(last))


def _follow_policy(plan: Masterplan, *, needs_review: bool) -> int:
    """Let the tests wait, or count. Return how many changed."""
    states = (TestState.WAITING, TestState.ACTIVE)
    rows = AcceptanceTest.objects.select_for_update(of=("self",)).filter(plan=plan)
    rows = rows.filter(state__in=states).select_related("requirement").order_by("pk")
    read = dict(Reading.objects.filter(plan=plan).values_list("requirement", "priority"))
    changed = []
    for test in rows.defer("text", "check_data"):
        state = fresh_state(
            is_low_trust=test.is_low_trust,
            priority=read.get(test.requirement_id, test.requirement.priority),
            needs_review=needs_review,
        )
        if test.state != state:
            test.state = state
            changed.append(test)
    AcceptanceTest.objects.bulk_update(changed, ["state"], batch_size=500)
    return len(changed)


# --- approve and reject -------------------------------------------------------------------------


@transaction.atomic
def approve_test(*, test_id: UUID, by: User) -> AcceptanceTest:
    """Say that a test means what its requirement says; from now on it counts.

    Raises NotAllowed, TestNotFound, RequirementWithdrawn, TestReplaced, TestGone, TestDecided.
    """
    require(by, Action.REVIEW_TESTS)
    test = locked_test(test_id)
    refuse_decided(test)
    before = facts_of(test)
    did_wait = test.state == TestState.WAITING
    _decide(test, TestState.ACTIVE, by)
    sentence = f"{by.username} approved {test.check_id}"
    if test.is_low_trust:
        sentence += ", free code of low trust"
    record(test.plan, by, "test_approved", sentence, before=before, after=facts_of(test))
    if did_wait:
        touch(test.plan_id)
    return test


@transaction.atomic
def approve_tests(*, plan_id: UUID, by: User, test_ids: Sequence[UUID] | None = None) -> int:
    """Approve these tests, all or none; without ids, all that wait except free code of low trust.

    Raises NotAllowed, PlanNotFound, TestNotFound, TestReplaced, TestGone, TestDecided.
    """
    require(by, Action.REVIEW_TESTS)
    plan = Masterplan.objects.defer(*LONG_TEXTS).filter(pk=plan_id).first()
    if plan is None:
        raise PlanNotFound(plan=plan_id)
    tests = _locked_tests(plan, test_ids)
    if not tests:
        return 0
    now = timezone.now()
    for test in tests:
        test.state, test.decided_by, test.decided_at = TestState.ACTIVE, by, now
    AcceptanceTest.objects.bulk_update(tests, ["state", "decided_by", "decided_at"], batch_size=500)
    sentence = f"{by.username} approved {counted(len(tests), 'test')} of {plan.ref}"
    names = sorted(test.check_id for test in tests)
    record(plan, by, "tests_approved", sentence, before=None, after={"checks": names})
    touch(plan.pk)
    return len(tests)


def _locked_tests(plan: Masterplan, test_ids: Sequence[UUID] | None) -> list[AcceptanceTest]:
    rows = AcceptanceTest.objects.select_for_update(of=("self",)).filter(plan=plan)
    rows = rows.select_related("decided_by", "requirement").order_by("pk")
    rows = rows.defer("text", "check_data")
    if test_ids is None:
        return list(rows.filter(state=TestState.WAITING, is_low_trust=False))
    tests = list(rows.filter(pk__in=test_ids))
    missing = set(test_ids) - {test.pk for test in tests}
    if missing:
        raise TestNotFound(test=min(missing))
    for test in tests:
        test.plan = plan
        refuse_superseded(test)
        refuse_decided(test)
    return tests


@transaction.atomic
def reject_test(*, test_id: UUID, by: User, reason: str) -> AcceptanceTest:
    """Say that a test does not mean what its requirement says; it never counts.

    A MUST whose last test this was is uncovered then, which keeps the gate shut; the record says so.
    Raises NotAllowed, TestNotFound, RequirementWithdrawn, TestReplaced, TestGone, TestDecided,
    InvalidInput.
    """
    require(by, Action.REVIEW_TESTS)
    test = locked_test(test_id)
    refuse_decided(test)
    words = kept_words(reason, name="reason", length=REASON_LENGTH)
    before = facts_of(test)
    _decide(test, TestState.REJECTED, by)
    sentence = f"{by.username} rejected {test.check_id}{if_uncovered(test.requirement)}"
    after = facts_of(test)
    record(test.plan, by, "test_rejected", sentence, before=before, after=after, reason=words)
    touch(test.plan_id)
    return test


def _decide(test: AcceptanceTest, state: TestState, by: User) -> None:
    test.state, test.decided_by, test.decided_at = state, by, timezone.now()
    test.save(update_fields=["state", "decided_by", "decided_at"])


# --- other texts --------------------------------------------------------------------------------


@transaction.atomic
def edit_test(*, test_id: UUID, by: User, text: str) -> AcceptanceTest:
    """Put a person's text into the place of a test, as its new version; who wrote it approves it.

    It holds one test of the same name, and passes the gates that every test passes. The earlier
    version is kept and runs no more. Raises NotAllowed, TestNotFound, RequirementWithdrawn,
    TestReplaced, TestGone, TestRefused.
    """
    require(by, Action.REVIEW_TESTS)
    test = locked_test(test_id)
    text = tidied(text)
    check = check_from_data(test.check_data)
    _refuse_text(text, test, name=test_name(check), is_script=is_script(check.target))
    written = as_written(check, text)
    newer = _succeed(
        test,
        origin=Origin.PERSON,
        state=TestState.ACTIVE,
        kind=written.kind.value,
        check_data=check_as_data(written),
        text=text,
        is_free_text=True,
        is_held_out=test.is_held_out,
        decided_by=by,
        decided_at=timezone.now(),
    )
    sentence = f"{by.username} wrote version {newer.version} of {newer.check_id}"
    _record_version(test, newer, by, "test_edited", sentence)
    return newer


def _refuse_text(text: str, test: AcceptanceTest, *, name: str, is_script: bool) -> None:
    if text == tidied(test.text):
        raise TestRefused(problem="The text is the same as before.", faults=[])
    faults = faults_of(text, name=name, original=test.text, is_script=is_script)
    if faults:
        raise TestRefused(problem=" ".join(faults), faults=list(faults))


@transaction.atomic
def regenerate_test(*, test_id: UUID, by: User) -> AcceptanceTest:
    """Go back to what a template or the model gave, as a new version that nobody decided about.

    Raises NotAllowed, TestNotFound, RequirementWithdrawn, TestReplaced, TestGone,
    NothingToRegenerate.
    """
    require(by, Action.REVIEW_TESTS)
    test = locked_test(test_id)
    source = _generated(test)
    state = fresh_state(
        is_low_trust=source.is_low_trust,
        priority=binding(test.requirement),
        needs_review=needs_review(test.plan_id),
    )
    newer = _succeed(test, state=state, **{name: getattr(source, name) for name in _COPIED})
    origin = Origin(source.origin).label.lower()
    sentence = f"{by.username} took {newer.check_id} back to what the {origin} gave"
    _record_version(test, newer, by, "test_regenerated", sentence)
    return newer


def _generated(test: AcceptanceTest) -> AcceptanceTest:
    """The newest version that no person wrote. Raises NothingToRegenerate."""
    if test.origin != Origin.PERSON and test.state != TestState.REJECTED:
        why = "is as it was generated."
        raise NothingToRegenerate(check=test.check_id, why=why)
    versions = AcceptanceTest.objects.filter(plan=test.plan, check_id=test.check_id)
    source = versions.exclude(origin=Origin.PERSON).order_by("-version").first()
    if source is None:
        raise NothingToRegenerate(check=test.check_id, why="was never generated.")
    return source


def _succeed(old: AcceptanceTest, **facts: object) -> AcceptanceTest:
    """Add the next version of a test; the old one runs no more, and a quarantine ends with it."""
    versions = AcceptanceTest.objects.filter(plan=old.plan, check_id=old.check_id)
    last = versions.aggregate(last=Max("version"))["last"]
    AcceptanceTest.objects.filter(pk=old.pk).update(state=TestState.SUPERSEDED)
    newer = AcceptanceTest.objects.create(
        plan=old.plan,
        requirement=old.requirement,
        atom=old.atom,
        check_id=old.check_id,
        position=old.position,
        version=last + 1,
        **facts,
    )
    newer.refresh_from_db(fields=["created_at"])
    return newer


def _record_version(
    old: AcceptanceTest, newer: AcceptanceTest, by: User, verb: str, sentence: str
) -> None:
    if newer.state == TestState.WAITING:
        sentence += "; it waits for approval"
    if old.is_quarantined:
        sentence += "; it is not in quarantine any more"
    sentence += if_uncovered(newer.requirement)
    before, after = facts_of(old) | {"text": old.text}, facts_of(newer) | {"text": newer.text}
    record(newer.plan, by, verb, sentence, before=before, after=after)
    touch(newer.plan_id)
