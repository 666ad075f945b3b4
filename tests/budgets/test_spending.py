"""Where the money went, without a database."""

import uuid
from decimal import Decimal

from apps.budgets.core.spending import (
    AtomCost,
    atom_lines,
    costliest,
    the_rest,
    totals,
    wave_lines,
)

WAVE = uuid.uuid4()


def atom(cost: str, retries: str = "0", wave: uuid.UUID | None = WAVE) -> AtomCost:
    return AtomCost(uuid.uuid4(), wave, Decimal(cost), Decimal(retries), tries=1)


def test_what_cost_nothing_is_left_out() -> None:
    rows = [atom("1"), atom("0"), atom("3")]

    assert [row.cost for row in costliest(rows)] == [3, 1]
    assert totals(rows).atoms == 2


def test_bars_are_measured_by_the_costliest() -> None:
    first, second = atom_lines([atom("4", "3"), atom("1")], of=Decimal(10))

    assert (first.spending.first_px, first.spending.retries_px) == ("30.0", "90.0")
    assert (second.spending.first_px, second.spending.retries_px) == ("30.0", "0.0")


def test_no_bar_without_money() -> None:
    assert the_rest([], of=Decimal(0)).first_px == "0.0"


def test_a_wave_that_nobody_knows_counts_as_none() -> None:
    rows = [atom("1"), atom("2", wave=uuid.uuid4()), atom("3", wave=None)]

    lines = wave_lines(rows, {WAVE: (1, "Core")})

    assert [(line.number, line.spending.cost) for line in lines] == [(1, 1), (None, 5)]
