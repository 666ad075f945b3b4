from dataclasses import replace
from decimal import Decimal

import pytest

from apps.dashboard.core import approval_changes, looks
from apps.dashboard.core.approval_changes import Caps

CAPS = Caps(
    hard_cap=Decimal(200),
    soft_cap=Decimal(140),
    soft_share=Decimal("0.7"),
    spent=Decimal("199.86"),
    held=Decimal(0),
)


@pytest.mark.parametrize(
    ("before", "after", "delta"),
    [
        (200, 260, "+$60.00 · +30%"),
        (200, 150, "-$50.00 · -25%"),
        (200, 200, "unchanged"),
    ],
)
def test_the_hard_cap(before: int, after: int, delta: str) -> None:
    assert approval_changes.hard_cap_row(Decimal(before), Decimal(after)).delta == delta


def test_the_soft_cap_follows_by_its_share() -> None:
    row = approval_changes.soft_cap_row(CAPS, Decimal(260))

    assert (row.before, row.after, row.note) == ("$140.00", "$182.00", "70% of hard cap")
    assert row.delta == "+$42.00, already passed"


def test_a_soft_cap_set_by_hand_stays() -> None:
    caps = replace(CAPS, soft_share=None, spent=Decimal(100))

    row = approval_changes.soft_cap_row(caps, Decimal(260))

    assert (row.after, row.delta, row.note) == ("$140.00", "unchanged", "set by hand")


def test_what_is_left_counts_what_is_held() -> None:
    row = approval_changes.left_row(replace(CAPS, held=Decimal("0.10")), Decimal(260))

    assert (row.before, row.after) == ("$0.04", "$60.04")
    assert row.delta == "spent so far $199.86, $0.10 held"


def test_an_overrun_leaves_nothing() -> None:
    row = approval_changes.left_row(replace(CAPS, spent=Decimal(201)), Decimal(260))

    assert (row.before, row.after) == ("$0.00", "$59.00")


@pytest.mark.parametrize(
    ("status", "is_resumed", "is_over", "after", "delta"),
    [
        ("paused", True, False, "Resumes wave 5", "42 atoms to go"),
        ("paused", False, False, "Stays so", "42 atoms to go"),
        ("running", False, False, "Goes on", "42 atoms to go"),
        ("completed", False, True, "Nothing", "the masterplan is over"),
    ],
)
def test_what_the_plan_does_then(
    status: str, is_resumed: bool, is_over: bool, after: str, delta: str
) -> None:
    row = approval_changes.execution_row(
        look=looks.PLAN[status], is_resumed=is_resumed, wave=5, atoms_to_go=42, is_over=is_over
    )

    assert (row.after, row.delta) == (after, delta)
