"""Which role may do which action: one table for pages, API and websocket."""

from enum import StrEnum


class Role(StrEnum):
    """The name of a Django group."""

    VIEWER = "Viewer"
    OPERATOR = "Operator"
    REVIEWER = "Reviewer"
    APPROVER = "Budget approver"
    LEAD = "Lead"
    ADMIN = "Admin"


class Action(StrEnum):
    """What a person or a program can do."""

    VIEW = "view"
    IMPORT_PLAN = "import_plan"
    RUN_PLAN = "run_plan"  # start, pause, resume, cancel, retry failed
    EXPORT_PLAN = "export_plan"
    VIEW_HEALTH = "view_health"
    ASK_OVERRIDE = "ask_override"  # for a higher hard cap
    DECIDE_OVERRIDE = "decide_override"
    SET_CAPS = "set_caps"  # lower the hard cap, set the soft cap by hand
    ADJUST_LEDGER = "adjust_ledger"  # post what an unknown charge really was
    EDIT_PRICES = "edit_prices"
    RUN_TESTS = "run_tests"  # generate tests, run them on demand, choose whether they need review
    REVIEW_TESTS = "review_tests"  # approve, edit, reject, quarantine; clear objections
    CORRECT_PRIORITY = "correct_priority"  # of a requirement
    DISPUTE_REQUIREMENT = "dispute_requirement"  # say that it is wrong
    DECIDE_DISPUTE = "decide_dispute"


EVERYONE = frozenset(Role)
MAY: dict[Action, frozenset[Role]] = {
    Action.VIEW: EVERYONE,
    Action.EXPORT_PLAN: EVERYONE,
    Action.VIEW_HEALTH: EVERYONE,
    Action.IMPORT_PLAN: frozenset({Role.OPERATOR, Role.LEAD, Role.ADMIN}),
    Action.RUN_PLAN: frozenset({Role.OPERATOR, Role.LEAD, Role.ADMIN}),
    Action.ASK_OVERRIDE: frozenset({Role.OPERATOR, Role.APPROVER, Role.LEAD, Role.ADMIN}),
    Action.DECIDE_OVERRIDE: frozenset({Role.APPROVER}),
    Action.SET_CAPS: frozenset({Role.APPROVER, Role.LEAD, Role.ADMIN}),
    Action.ADJUST_LEDGER: frozenset({Role.APPROVER}),
    Action.EDIT_PRICES: frozenset({Role.ADMIN}),
    Action.RUN_TESTS: frozenset({Role.OPERATOR, Role.REVIEWER, Role.LEAD, Role.ADMIN}),
    Action.REVIEW_TESTS: frozenset({Role.REVIEWER, Role.LEAD}),
    Action.CORRECT_PRIORITY: frozenset({Role.REVIEWER, Role.LEAD}),
    Action.DISPUTE_REQUIREMENT: frozenset({Role.OPERATOR, Role.REVIEWER, Role.LEAD}),
    Action.DECIDE_DISPUTE: frozenset({Role.LEAD}),
}


def may(roles: frozenset[Role], action: Action) -> bool:
    """Return whether one of the roles allows the action."""
    return bool(roles & MAY[action])


def needed_for(action: Action) -> str:
    """Return the roles that allow the action, for a sentence."""
    return ", ".join(sorted(MAY[action]))
