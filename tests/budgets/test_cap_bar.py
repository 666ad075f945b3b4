"""The bar of a budget."""

from decimal import Decimal

import pytest

from apps.budgets.core.cap_bar import CapBar


def bar(spent: str = "0", held: str = "0", **more: str) -> CapBar:
    extras = {name: Decimal(text) for name, text in more.items()}
    return CapBar(
        Decimal(spent),
        Decimal(held),
        **{"soft_cap": Decimal(70), "hard_cap": Decimal(100), **extras},
    )


@pytest.mark.parametrize(
    ("spent", "tone"),
    [
        ("0", "run"),
        ("69.99", "run"),
        ("70", "warn"),
        ("94.99", "warn"),
        ("95", "bad"),
        ("120", "bad"),
    ],
)
def test_tone(spent: str, tone: str) -> None:
    assert bar(spent).tone == tone


def test_a_tenth_of_the_bar_lies_behind_the_hard_cap() -> None:
    drawn = bar("55", "11")

    assert drawn.hard_at == drawn.allowed_width == "90.91%"
    assert (drawn.spent_width, drawn.held_width, drawn.soft_at) == ("50.00%", "10.00%", "63.64%")
    assert drawn.middle_at is None


def test_an_overrun_stays_inside() -> None:
    drawn = bar("150", "50")

    assert (drawn.spent_width, drawn.held_width) == ("75.00%", "25.00%")
    assert drawn.hard_at == "50.00%"


def test_a_forecast_far_away_ends_at_the_end() -> None:
    drawn = bar("10", low="150", middle="400", high="900")

    assert (drawn.hard_at, drawn.low_at, drawn.middle_at, drawn.high_at) == (
        "50.00%",
        "75.00%",
        "100.00%",
        "100.00%",
    )


@pytest.mark.parametrize(("soft", "anchor"), [("5", "start"), ("60", "middle"), ("90", "end")])
def test_labels_do_not_touch(soft: str, anchor: str) -> None:
    assert bar(soft_cap=soft).soft_anchor == anchor
