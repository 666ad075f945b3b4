from dataclasses import replace
from decimal import Decimal

import pytest

from apps.budgets.core.policy import (
    ADVISORY,
    Deciding,
    PolicyCheck,
    blocking_unmet,
    checks,
    met_of_all,
)

ALLOWED = Deciding(
    asker="Marta",
    decider="",
    is_own=False,
    decider_may_do_both=False,
    role="Budget approver",
    has_role=True,
    amount=Decimal(260),
    ceiling=Decimal(300),
    spent=Decimal("199.86"),
    held=Decimal("0.14"),
    forecast_high=Decimal("250.60"),
)
NAMES = [
    "Two people",
    "Your role allows it",
    "Under the team ceiling",
    "Covers what is spent and held",
    "Covers the forecast",
    "First override this week",
]


def row(deciding: Deciding, name: str) -> PolicyCheck:
    return next(check for check in checks(deciding) if check.name == name)


def test_a_clean_request_meets_every_rule() -> None:
    rows = checks(ALLOWED)

    assert [check.name for check in rows] == NAMES
    assert [check.fact for check in rows] == [
        "Marta asked, you decide",
        "Budget approver",
        "$260 of $300",
        "$200 so far",
        "$250.60 at 90%",
        "none in 7 days",
    ]
    assert [check.is_blocking for check in rows] == [True, True, True, True, False, False]
    assert blocking_unmet(rows) == ()
    assert met_of_all(rows) == "6 of 6"
    assert not any(check.note for check in rows)


@pytest.mark.parametrize(
    ("change", "name", "fact"),
    [
        ({"is_own": True}, "Two people", "You asked"),
        ({"is_own": True, "decider": "Dana"}, "Two people", "Dana asked"),
        ({"has_role": False}, "Your role allows it", "needs Budget approver"),
        ({"amount": Decimal("300.01")}, "Under the team ceiling", "$300.01 of $300"),
        ({"spent": Decimal(260)}, "Covers what is spent and held", "$260.14 so far"),
    ],
)
def test_rules_that_block(change: dict[str, object], name: str, fact: str) -> None:
    rows = checks(replace(ALLOWED, **change))

    assert [(check.name, check.fact) for check in blocking_unmet(rows)] == [(name, fact)]
    assert met_of_all(rows) == "5 of 6"


@pytest.mark.parametrize(
    "change",
    [
        {"amount": Decimal(300)},  # just at the ceiling
        {"amount": Decimal(200)},  # just what is spent and held
    ],
)
def test_bounds_belong_to_what_is_allowed(change: dict[str, Decimal]) -> None:
    assert blocking_unmet(checks(replace(ALLOWED, **change))) == ()


def test_a_superuser_may_do_both_where_the_settings_say_so() -> None:
    check = row(replace(ALLOWED, is_own=True, decider_may_do_both=True), "Two people")

    assert check.is_met
    assert (check.fact, check.note) == ("You asked", "Self-approval is on.")


def test_own_request_says_what_is_missing() -> None:
    assert row(replace(ALLOWED, is_own=True), "Two people").note == "Another person must decide."


def test_a_record_names_the_decider() -> None:
    assert row(replace(ALLOWED, decider="Dana"), "Two people").fact == "Marta asked, Dana decides"


@pytest.mark.parametrize(
    ("high", "is_met", "fact"),
    [
        (Decimal(260), True, "$260 at 90%"),
        (Decimal("260.000001"), False, "$260 at 90%"),
        (None, False, "no forecast yet"),
    ],
)
def test_forecast_only_advises(high: Decimal | None, is_met: bool, fact: str) -> None:
    rows = checks(replace(ALLOWED, forecast_high=high))
    check = next(check for check in rows if check.name == "Covers the forecast")

    assert (check.is_met, check.fact) == (is_met, fact)
    assert check.note == ("" if is_met else ADVISORY)
    assert blocking_unmet(rows) == ()


def test_second_override_of_the_week_only_advises_and_leads_to_the_first() -> None:
    rows = checks(replace(ALLOWED, earlier_ref="ovr-0024"))

    assert rows[-1] == PolicyCheck(
        "Second override this week",
        is_met=False,
        is_blocking=False,
        fact="ovr-0024",
        note=ADVISORY,
        link_ref="ovr-0024",
    )
    assert blocking_unmet(rows) == ()
    assert met_of_all(rows) == "5 of 6"
