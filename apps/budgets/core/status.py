"""How near is a plan to its hard cap, in one word?"""

from decimal import Decimal
from enum import StrEnum

CRITICAL_SHARE = Decimal("0.95")  # of the hard cap


class BudgetStatus(StrEnum):
    """What the API calls the state of a budget."""

    OK = "OK"
    WARNING = "WARNING"
    CRITICAL = "CRITICAL"
    PAUSED = "PAUSED"


def budget_status(
    *, spent: Decimal, soft_cap: Decimal, hard_cap: Decimal, is_paused: bool
) -> BudgetStatus:
    """Return the status; to reach a bound counts. `is_paused`: the plan waits for money."""
    if is_paused:
        return BudgetStatus.PAUSED
    if spent >= hard_cap * CRITICAL_SHARE:
        return BudgetStatus.CRITICAL
    if spent >= soft_cap:
        return BudgetStatus.WARNING
    return BudgetStatus.OK
