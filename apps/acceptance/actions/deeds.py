"""What the acts of people on tests have in common: rows under lock, words, the record."""

import logging
from collections.abc import Mapping
from uuid import UUID

from apps.acceptance.core.priority import Judgement, Rule
from apps.acceptance.core.sentence import Stated, read_requirement
from apps.acceptance.errors import (
    RequirementNotFound,
    RequirementWithdrawn,
    TestDecided,
    TestGone,
    TestNotFound,
    TestReplaced,
)
from apps.acceptance.models import AcceptanceTest, Origin, Reading, TestPolicy, TestState
from apps.accounts.actions import audit
from apps.accounts.models import AuditEntry, User
from apps.common.display import day_clock
from apps.common.errors import InvalidInput
from apps.common.events import announce
from apps.masterplans.core import topics
from apps.masterplans.core.document import Priority as DocumentPriority
from apps.masterplans.models import Masterplan, Priority, Requirement

logger = logging.getLogger(__name__)

REASON_LENGTH = (10, 2000)  # characters, least and most
COMMENT_LENGTH = (1, 2000)
LONG_TEXTS = ("source_text", "context", "diagnostics")  # of a plan, which most acts do not need

# Locks are taken in this order, so that no two acts wait for each other: plan, dispute,
# requirement with its reading, tests by their ids, objection, suite.


def kept_words(text: str, *, name: str, length: tuple[int, int]) -> str:
    """Return the text as it is kept as this reason or comment. Raises InvalidInput."""
    words = text.replace("\r\n", "\n").strip()
    problem = _problem(words, name, length)
    if problem:
        raise InvalidInput(problem=problem, field=name)
    return words


def _problem(words: str, name: str, length: tuple[int, int]) -> str:
    least, most = length
    if any(
        (ord(sign) < 32 and sign not in "\t\n") or "\ud800" <= sign <= "\udfff" for sign in words
    ):
        return f"The {name} has characters that cannot be stored."
    if not words:
        return f"A {name} is needed."
    if not least <= len(words) <= most:
        return f"The {name} must have {least} to {most:,} characters; it has {len(words):,}."
    return ""


# --- rows under lock ----------------------------------------------------------------------------


def locked_requirement(requirement_id: UUID) -> Requirement:
    """Return the requirement, with its plan, once nobody else acts on it or on its tests.

    Raises RequirementNotFound, RequirementWithdrawn.
    """
    rows = Requirement.objects.select_for_update(no_key=True).filter(pk=requirement_id)
    if not rows.values_list("pk", flat=True):
        raise RequirementNotFound(requirement=requirement_id)
    # Read again once the lock is there: a join in the first query would show what was before.
    found = Requirement.objects.select_related("plan")
    requirement = found.defer(*(f"plan__{name}" for name in LONG_TEXTS)).get(pk=requirement_id)
    reading = reading_of(requirement)
    if reading is not None and reading.is_withdrawn:
        raise RequirementWithdrawn(requirement=requirement.ref, plan=requirement.plan.ref)
    return requirement


def reading_of(requirement: Requirement) -> Reading | None:
    """Return how the requirement was read, if it was; one query."""
    return Reading.objects.filter(requirement=requirement).first()


def stored_reading(requirement: Requirement) -> Reading:
    """Return the requirement's reading under lock; before the tests are generated, one is made."""
    if reading_of(requirement) is None:
        Reading.objects.get_or_create(requirement=requirement, defaults=_first_reading(requirement))
    return Reading.objects.select_for_update().get(requirement=requirement)


def _first_reading(requirement: Requirement) -> dict[str, object]:
    given = Judgement(DocumentPriority(requirement.priority), 1, requirement.reason, Rule.WORDS)
    read = read_requirement(Stated(requirement.ref, requirement.text, given=given))
    return {
        "plan": requirement.plan,
        "priority": requirement.priority,
        "confidence": 1,
        "reason": requirement.reason,
        "kind": read.kind.value,
        "doubt": read.doubt.value if read.doubt else "",
        "questions": list(read.questions),
    }


def locked_test(test_id: UUID) -> AcceptanceTest:
    """Return the test as it is after everybody who acts on its requirement right now.

    Raises TestNotFound, RequirementWithdrawn, TestReplaced, TestGone.
    """
    found = AcceptanceTest.objects.filter(pk=test_id).values_list("requirement", flat=True).first()
    if found is None:
        raise TestNotFound(test=test_id)
    requirement = locked_requirement(found)
    rows = AcceptanceTest.objects.select_for_update(of=("self",))
    test = rows.select_related("decided_by", "quarantined_by", "atom").get(pk=test_id)
    test.requirement, test.plan = requirement, requirement.plan
    refuse_superseded(test)
    return test


def refuse_superseded(test: AcceptanceTest) -> None:
    """Raise TestReplaced, or TestGone, when this is not the version that counts."""
    if test.state != TestState.SUPERSEDED:
        return
    versions = AcceptanceTest.objects.filter(plan=test.plan, check_id=test.check_id)
    newest = versions.select_related("decided_by").order_by("-version").first()
    if newest is None or newest.version == test.version:
        raise TestGone(check=test.check_id, requirement=test.requirement.ref)
    is_edited = newest.origin == Origin.PERSON
    raise TestReplaced(
        check=test.check_id,
        version=newest.version,
        what="written" if is_edited else "generated",
        who=newest.decided_by.username if is_edited and newest.decided_by else _who_asked(newest),
        when=day_clock(newest.created_at),
    )


def _who_asked(test: AcceptanceTest) -> str:
    """Who had a version generated again; the console itself when nobody did."""
    entries = AuditEntry.objects.filter(subject=test.plan.ref, action="acceptance.test_regenerated")
    mine = entries.filter(after__check=test.check_id, after__version=test.version)
    entry = mine.select_related("by").first()
    return entry.by.username if entry and entry.by else "the console"


def refuse_decided(test: AcceptanceTest) -> None:
    """Raise TestDecided when a person approved, rejected or wrote this version."""
    if test.decided_at is not None:
        raise TestDecided(**decision_of(test))


def decision_of(test: AcceptanceTest) -> dict[str, object]:
    """Return what was decided about the test, by whom and when, for a sentence."""
    what = "written" if test.origin == Origin.PERSON else "approved"
    return {
        "check": test.check_id,
        "what": "rejected" if test.state == TestState.REJECTED else what,
        "who": who(test.decided_by),
        "when": day_clock(test.decided_at or test.created_at),
    }


def who(person: User | None) -> str:
    """Return the name of somebody who did something."""
    return person.username if person else "the console"


# --- what counts --------------------------------------------------------------------------------


def binding(requirement: Requirement) -> Priority:
    """Return the priority that gates count by."""
    reading = reading_of(requirement)
    return Priority(reading.priority if reading else requirement.priority)


def fresh_state(*, is_low_trust: bool, priority: str, needs_review: bool) -> TestState:
    """Return the state of a test that no person decided about: free code of a MUST always waits."""
    waits = needs_review or (is_low_trust and priority == Priority.MUST)
    return TestState.WAITING if waits else TestState.ACTIVE


def needs_review(plan_id: UUID) -> bool:
    """Return whether no test of the plan counts before a person approved it."""
    return TestPolicy.objects.filter(plan=plan_id, needs_review=True).exists()


def if_uncovered(requirement: Requirement) -> str:
    """Return what it means for the gate when no test of a MUST counts; empty when one does."""
    if binding(requirement) != Priority.MUST:
        return ""
    tests = AcceptanceTest.objects.filter(requirement=requirement)
    counted = tests.filter(
        state=TestState.ACTIVE, quarantined_at=None, is_weak=False, is_flaky=False
    )
    if counted.exists():
        return ""
    return f"; no test of {requirement.ref}, a MUST, counts any more, so the gate stays shut"


# --- the record ---------------------------------------------------------------------------------


def record(
    plan: Masterplan,
    by: User | None,
    verb: str,
    sentence: str,
    *,
    subject: str = "",
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    reason: str = "",
) -> None:
    """Write the audit entry, and tell everybody who looks at the plan's tests."""
    action = f"acceptance.{verb}"
    audit(
        by=by,
        action=action,
        subject=subject or plan.ref,
        sentence=sentence,
        before=before,
        after=after,
        reason=reason,
    )
    announce(topics.tests(plan.ref), topics.summary(plan.ref))
    logger.info("Acceptance changed by a person", extra={"event": action, "plan": plan.ref})


def facts_of(test: AcceptanceTest) -> dict[str, object]:
    """Return what the record keeps of a test."""
    return {
        "test": test.pk,
        "check": test.check_id,
        "version": test.version,
        "state": str(test.state),
    }
