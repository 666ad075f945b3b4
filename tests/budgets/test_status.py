from decimal import Decimal

import pytest

from apps.budgets.core.status import BudgetStatus, budget_status


@pytest.mark.parametrize(
    ("spent", "status"),
    [
        ("0", BudgetStatus.OK),
        ("139.999999", BudgetStatus.OK),
        ("140", BudgetStatus.WARNING),
        ("189.999999", BudgetStatus.WARNING),
        ("190", BudgetStatus.CRITICAL),
        ("200", BudgetStatus.CRITICAL),
        ("230", BudgetStatus.CRITICAL),  # a provider charged beyond its hold
    ],
)
def test_status_follows_what_is_spent(spent: str, status: BudgetStatus) -> None:
    assert (
        budget_status(
            spent=Decimal(spent), soft_cap=Decimal(140), hard_cap=Decimal(200), is_paused=False
        )
        is status
    )


def test_waiting_for_money_goes_before_everything() -> None:
    status = budget_status(
        spent=Decimal(1), soft_cap=Decimal(140), hard_cap=Decimal(200), is_paused=True
    )

    assert status is BudgetStatus.PAUSED


def test_soft_cap_near_the_hard_cap_warns_no_later_than_critical() -> None:
    status = budget_status(
        spent=Decimal(195), soft_cap=Decimal(198), hard_cap=Decimal(200), is_paused=False
    )

    assert status is BudgetStatus.CRITICAL


def test_values_are_the_words_of_the_api() -> None:
    assert [status.value for status in BudgetStatus] == ["OK", "WARNING", "CRITICAL", "PAUSED"]
