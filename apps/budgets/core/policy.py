"""May this person grant this cap? Each rule of an override decision, and what stands behind it."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from apps.common.display import usd_cap

ADVISORY = "Advisory only, it does not block."


@dataclass(frozen=True, slots=True)
class Deciding:
    """Who asked, who decides, and for how much. Money in USD."""

    asker: str  # a name
    decider: str  # a name; empty: the person who reads this
    is_own: bool  # whether both are the same person
    decider_may_do_both: bool  # a superuser, where the settings allow self-approval
    role: str  # that is needed
    has_role: bool
    amount: Decimal  # the new hard cap
    ceiling: Decimal  # of the team
    spent: Decimal
    held: Decimal
    forecast_high: Decimal | None  # that 9 runs in 10 stay below; None: nothing is known
    earlier_ref: str = ""  # of an override of the same plan that was approved within a week


@dataclass(frozen=True, slots=True)
class PolicyCheck:
    """One row of the list."""

    name: str
    is_met: bool
    is_blocking: bool  # unmet, it forbids to approve; otherwise it only advises
    fact: str  # a few words
    note: str = ""
    link_ref: str = ""  # an override to look at


def checks(deciding: Deciding) -> tuple[PolicyCheck, ...]:
    """Return all rules, met or not, in the order in which a page lists them."""
    return (
        _two_people(deciding),
        _role(deciding),
        _under_ceiling(deciding),
        _above_booked(deciding),
        _covers_forecast(deciding),
        _first_this_week(deciding),
    )


def blocking_unmet(rows: Iterable[PolicyCheck]) -> tuple[PolicyCheck, ...]:
    """Return the rules that forbid to approve."""
    return tuple(row for row in rows if row.is_blocking and not row.is_met)


def met_of_all(rows: Iterable[PolicyCheck]) -> str:
    """Return how many rules are met: 5 of 6."""
    met = [row.is_met for row in rows]
    return f"{sum(met)} of {len(met)}"


def _two_people(deciding: Deciding) -> PolicyCheck:
    who = deciding.decider or "you"
    if not deciding.is_own:
        verb = "decides" if deciding.decider else "decide"
        return _rule("Two people", is_met=True, fact=f"{deciding.asker} asked, {who} {verb}")
    may = deciding.decider_may_do_both
    return _rule(
        "Two people",
        is_met=may,
        fact=f"{who.capitalize() if who == 'you' else who} asked",
        note="Self-approval is on." if may else "Another person must decide.",
    )


def _role(deciding: Deciding) -> PolicyCheck:
    if deciding.has_role:
        return _rule("Your role allows it", is_met=True, fact=deciding.role)
    return _rule("Your role allows it", is_met=False, fact=f"needs {deciding.role}")


def _under_ceiling(deciding: Deciding) -> PolicyCheck:
    return _rule(
        "Under the team ceiling",
        is_met=deciding.amount <= deciding.ceiling,
        fact=f"{usd_cap(deciding.amount)} of {usd_cap(deciding.ceiling)}",
    )


def _above_booked(deciding: Deciding) -> PolicyCheck:
    booked = deciding.spent + deciding.held
    return _rule(
        "Covers what is spent and held",
        is_met=deciding.amount >= booked,
        fact=f"{usd_cap(booked)} so far",
    )


def _covers_forecast(deciding: Deciding) -> PolicyCheck:
    high = deciding.forecast_high
    if high is None:
        return _advice("Covers the forecast", is_met=False, fact="no forecast yet")
    return _advice(
        "Covers the forecast", is_met=deciding.amount >= high, fact=f"{usd_cap(high)} at 90%"
    )


def _first_this_week(deciding: Deciding) -> PolicyCheck:
    if not deciding.earlier_ref:
        return _advice("First override this week", is_met=True, fact="none in 7 days")
    return _advice(
        "Second override this week",
        is_met=False,
        fact=deciding.earlier_ref,
        link_ref=deciding.earlier_ref,
    )


def _rule(name: str, *, is_met: bool, fact: str, note: str = "") -> PolicyCheck:
    return PolicyCheck(name, is_met=is_met, is_blocking=True, fact=fact, note=note)


def _advice(name: str, *, is_met: bool, fact: str, link_ref: str = "") -> PolicyCheck:
    note = "" if is_met else ADVISORY
    return PolicyCheck(
        name, is_met=is_met, is_blocking=False, fact=fact, note=note, link_ref=link_ref
    )
