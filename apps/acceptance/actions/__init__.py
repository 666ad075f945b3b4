"""Writes of acceptance."""

from apps.acceptance.actions.corrections import correct_priority
from apps.acceptance.actions.disputes import decide_dispute, open_dispute, withdraw_dispute
from apps.acceptance.actions.objections import clear_objection
from apps.acceptance.actions.quarantine import quarantine_test, release_test
from apps.acceptance.actions.reviewing import (
    approve_test,
    approve_tests,
    edit_test,
    regenerate_test,
    reject_test,
    set_review_policy,
)

__all__ = [
    "approve_test",
    "approve_tests",
    "clear_objection",
    "correct_priority",
    "decide_dispute",
    "edit_test",
    "open_dispute",
    "quarantine_test",
    "regenerate_test",
    "reject_test",
    "release_test",
    "set_review_policy",
    "withdraw_dispute",
]
