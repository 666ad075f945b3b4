"""A person says how binding a requirement is."""

from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.acceptance.actions.deeds import (
    REASON_LENGTH,
    fresh_state,
    kept_words,
    locked_requirement,
    needs_review,
    record,
    stored_reading,
)
from apps.acceptance.actions.suites import touch
from apps.acceptance.models import AcceptanceTest, Reading, TestState
from apps.accounts.actions import require
from apps.accounts.core.roles import Action
from apps.accounts.models import User
from apps.common.display import counted
from apps.masterplans.models import Priority, Requirement

SURE = Decimal(1)  # a person's word is not doubted


@transaction.atomic
def correct_priority(*, requirement_id: UUID, by: User, priority: Priority, reason: str) -> Reading:
    """Set the priority that gates count by; it stays, however often the plan is read again.

    Free code that tests what is a MUST now waits for approval, if nobody approved it.
    Raises NotAllowed, RequirementNotFound, RequirementWithdrawn, InvalidInput.
    """
    require(by, Action.CORRECT_PRIORITY)
    requirement = locked_requirement(requirement_id)
    words = kept_words(reason, name="reason", length=REASON_LENGTH)
    reading = stored_reading(requirement)
    before = {"priority": reading.priority, "reason": reading.reason}
    reading.priority, reading.confidence = Priority(priority), SURE
    reading.reason = f"Set by {by.username}: {words}"
    reading.corrected_by, reading.corrected_at = by, timezone.now()
    reading.save(update_fields=["priority", "confidence", "reason", "corrected_by", "corrected_at"])
    requirement.priority, requirement.reason = reading.priority, reading.reason
    requirement.save(update_fields=["priority", "reason"])
    moved = _settle_low_trust(requirement)
    label = Priority(priority).label
    record(
        requirement.plan,
        by,
        "priority_corrected",
        f"{by.username} made {requirement.ref} a {label}, from {Priority(before['priority']).label}{moved}",
        before={"requirement": requirement.ref, **before},
        after={
            "requirement": requirement.ref,
            "priority": reading.priority,
            "reason": reading.reason,
        },
        reason=words,
    )
    touch(requirement.plan_id)
    return reading


def _settle_low_trust(requirement: Requirement) -> str:
    """Let free code that nobody decided about wait, or not, as its new priority wants; in words."""
    state = fresh_state(
        is_low_trust=True,
        priority=requirement.priority,
        needs_review=needs_review(requirement.plan_id),
    )
    undecided = AcceptanceTest.objects.filter(
        requirement=requirement, is_low_trust=True, decided_at=None
    )
    other = TestState.ACTIVE if state == TestState.WAITING else TestState.WAITING
    moved = undecided.filter(state=other).update(state=state)
    if not moved:
        return ""
    what = "waits for approval" if state == TestState.WAITING else "needs no approval"
    return f"; {counted(moved, 'test')} of low trust {what} now"
