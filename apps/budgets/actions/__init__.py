"""Every write of money."""

from apps.budgets.actions.caps import change_cap, open_budget, set_caps
from apps.budgets.actions.codes import check_code, issue_code
from apps.budgets.actions.guardrails import mark_paused, mark_resumed
from apps.budgets.actions.ledger import (
    adjust,
    capture_unknown,
    expire_holds,
    reserve,
    settle,
    void,
)
from apps.budgets.actions.outlook import watch_forecasts
from apps.budgets.actions.overrides import (
    ask_override,
    check_decision,
    decide,
    expire_overrides,
    get_override,
    remind_of_overrides,
    withdraw_override,
)

__all__ = [
    "adjust",
    "ask_override",
    "capture_unknown",
    "change_cap",
    "check_code",
    "check_decision",
    "decide",
    "expire_holds",
    "expire_overrides",
    "get_override",
    "issue_code",
    "mark_paused",
    "mark_resumed",
    "open_budget",
    "remind_of_overrides",
    "reserve",
    "set_caps",
    "settle",
    "void",
    "watch_forecasts",
    "withdraw_override",
]
