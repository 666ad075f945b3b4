"""Tests that are taken out of the gate for a while, and shown."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.acceptance.actions.deeds import (
    REASON_LENGTH,
    facts_of,
    if_uncovered,
    kept_words,
    locked_test,
    record,
    who,
)
from apps.acceptance.actions.suites import touch
from apps.acceptance.errors import AlreadyQuarantined, NotQuarantined, TestNotActive
from apps.acceptance.models import AcceptanceTest, TestState
from apps.accounts.actions import require
from apps.accounts.core.roles import Action
from apps.accounts.models import User
from apps.common.display import day_clock


@transaction.atomic
def quarantine_test(*, test_id: UUID, by: User, reason: str) -> AcceptanceTest:
    """Take an active test out of the gate; it still runs and is shown.

    A MUST whose last test this was is uncovered then, which keeps the gate shut; the record says so.
    Raises NotAllowed, TestNotFound, RequirementWithdrawn, TestReplaced, TestGone,
    AlreadyQuarantined, TestNotActive, InvalidInput.
    """
    require(by, Action.REVIEW_TESTS)
    test = locked_test(test_id)
    _refuse_quarantine(test)
    words = kept_words(reason, name="reason", length=REASON_LENGTH)
    test.quarantined_by, test.quarantined_at = by, timezone.now()
    test.quarantine_reason = words
    _save(test)
    sentence = f"{by.username} put {test.check_id} into quarantine{if_uncovered(test.requirement)}"
    before, after = (
        {**facts_of(test), "quarantined": False},
        {**facts_of(test), "quarantined": True},
    )
    record(test.plan, by, "test_quarantined", sentence, before=before, after=after, reason=words)
    touch(test.plan_id)
    return test


def _refuse_quarantine(test: AcceptanceTest) -> None:
    if test.quarantined_at is not None:
        raise AlreadyQuarantined(
            check=test.check_id,
            who=who(test.quarantined_by),
            when=day_clock(test.quarantined_at),
            reason=test.quarantine_reason,
        )
    if test.state == TestState.WAITING:
        raise TestNotActive(check=test.check_id, state="waits for approval")
    if test.state == TestState.REJECTED:
        raise TestNotActive(check=test.check_id, state="was rejected")


@transaction.atomic
def release_test(*, test_id: UUID, by: User) -> AcceptanceTest:
    """Let a test count again.

    Raises NotAllowed, TestNotFound, RequirementWithdrawn, TestReplaced, TestGone, NotQuarantined.
    """
    require(by, Action.REVIEW_TESTS)
    test = locked_test(test_id)
    if test.quarantined_at is None:
        raise NotQuarantined(check=test.check_id)
    reason = test.quarantine_reason
    test.quarantined_by = test.quarantined_at = None
    test.quarantine_reason = ""
    _save(test)
    sentence = f"{by.username} let {test.check_id} count again"
    before = {**facts_of(test), "quarantined": True, "reason": reason}
    after = {**facts_of(test), "quarantined": False}
    record(test.plan, by, "test_released", sentence, before=before, after=after)
    touch(test.plan_id)
    return test


def _save(test: AcceptanceTest) -> None:
    test.save(update_fields=["quarantined_by", "quarantined_at", "quarantine_reason"])
