from decimal import Decimal

import pytest

from apps.dashboard.core import figures
from apps.dashboard.core.figures import Cost, InFlight, Tokens, Tries
from tests.dashboard.rows import atom_row


def test_in_words_leaves_out_what_is_none() -> None:
    assert figures.in_words({"succeeded": 2, "failed": 1, "queued": 3}) == (
        "2 passed, 1 failed, 3 to go"
    )
    assert figures.in_words({}) == "no atoms"


def test_the_bar_has_a_tone_for_each_state() -> None:
    bar = figures.progress_bar({"succeeded": 1, "running": 1, "blocked": 1, "pending": 1})

    assert [part.tone for part in bar] == ["ok", "run", "warn", "bg"]


@pytest.mark.parametrize(
    ("spent", "tone", "left"),
    [("69.99", "ok", "30.01"), ("70", "warn", "30"), ("100", "bad", "0"), ("120", "bad", "0")],
)
def test_cost_against_its_caps(spent: str, tone: str, left: str) -> None:
    cost = Cost(Decimal(spent), hard_cap=Decimal(100), soft_cap=Decimal(70))

    assert (cost.tone, cost.left) == (tone, Decimal(left))
    assert cost.soft_tick == "70.00%"
    assert cost.bar[-1].tone == tone


def test_first_tries_are_counted_among_what_is_decided() -> None:
    rows = [
        atom_row("succeeded", attempts=1),
        atom_row("succeeded", attempts=2),
        atom_row("failed", attempts=4),
        atom_row("running", attempts=1),
        atom_row("running", attempts=2, rejected=1),
    ]

    assert figures.tries(rows) == Tries(decided=4, first_try=1, attempts=10)
    assert [part.tone for part in figures.tries(rows).bar] == ["ok", "bg"]


def test_figures_are_sums_of_the_rows() -> None:
    rows = [
        atom_row(cost_usd=Decimal("0.000001"), input_tokens=10, output_tokens=1),
        atom_row(cost_usd=Decimal("1.5"), input_tokens=5, output_tokens=2),
    ]

    assert figures.spent(rows) == Decimal("1.500001")
    assert figures.tokens(rows) == Tokens(15, 3)
    assert figures.tokens(rows).total == 18
    assert len(Tokens(15, 3).bar) == 2


def test_slots_in_flight() -> None:
    assert len(InFlight(running=2, queued=1, limit=4).bar) == 4
