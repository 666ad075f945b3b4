"""The forecast: which atoms it rests on, how wide it is, and how often it is right."""

import math
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from random import Random
from statistics import NormalDist, fmean, pvariance

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from apps.budgets.core.forecast import (
    Coming,
    Forecast,
    Sample,
    amount_for_nine_in_ten,
    chance_in_words,
    forecast,
)
from apps.budgets.core.urn import DIRECT_DRAWS, REPLICATES, Lot, totals, winsorised

ZERO = Decimal(0)
CAP = Decimal(200)
usd_amounts = st.decimals(min_value=0, max_value=50, places=6)


def samples(*costs: str | Decimal, language: str = "python", task: str = "a") -> list[Sample]:
    return [Sample(language, task, Decimal(cost)) for cost in costs]


def coming(count: int, language: str = "python", task: str = "a", paid: str = "0") -> list[Coming]:
    return [Coming(language, task, Decimal(paid))] * count


def outlook(
    remaining: Sequence[Coming],
    own: Sequence[Sample],
    history: Sequence[Sample] = (),
    *,
    spent: Decimal = ZERO,
    hard_cap: Decimal | None = CAP,
    seed: int = 1,
) -> Forecast:
    known = forecast(
        spent=spent, hard_cap=hard_cap, coming=remaining, samples=own, history=history, seed=seed
    )
    assert known is not None
    return known


# Which atoms count


def test_nothing_is_known_without_a_single_cost() -> None:
    assert forecast(spent=ZERO, hard_cap=CAP, coming=coming(3), samples=[], seed=1) is None


def test_five_atoms_of_the_task_are_enough() -> None:
    known = outlook(coming(2), [*samples(*["1"] * 5), *samples(*["9"] * 20, task="b")])

    assert (known.low, known.middle, known.high) == (2, 2, 2)
    assert (known.sample, known.basis) == (5, "5 atoms of the same tasks")


def test_four_atoms_of_the_task_are_not_so_the_plan_judges() -> None:
    known = outlook(coming(2), [*samples(*["1"] * 4), *samples(*["9"] * 21, task="b")])

    assert known.middle > 10
    assert (known.sample, known.basis) == (25, "25 atoms of this plan")


def test_a_task_in_two_languages_is_judged_by_language() -> None:
    own = [*samples(*["1"] * 5), *samples(*["9"] * 5, language="typescript")]

    known = outlook([*coming(1), *coming(1, language="typescript")], own)

    assert known.middle == 10
    assert (known.sample, known.basis) == (10, "10 atoms of the same tasks")


def test_atoms_of_a_judging_task_are_counted_once() -> None:
    own = [*samples(*["1"] * 5), *samples(*["9"] * 4, task="b")]

    known = outlook([*coming(1), *coming(1, task="b")], own)

    assert (known.sample, known.basis) == (9, "9 atoms of this plan")


def test_few_atoms_of_the_plan_give_way_to_five_of_others() -> None:
    known = outlook(coming(2), samples(*["9"] * 4), samples(*["1"] * 5, task="z"))

    assert known.middle == 2
    assert (known.sample, known.basis) == (5, "5 atoms of other plans")


def test_few_atoms_of_the_plan_are_better_than_few_of_others() -> None:
    known = outlook(coming(2), samples("9"), samples(*["1"] * 4, task="z"))

    assert known.middle == 18
    assert (known.sample, known.basis) == (1, "1 atom of this plan")


def test_few_atoms_of_others_are_better_than_nothing() -> None:
    assert outlook(coming(2), [], samples("1", task="z")).middle == 2


def test_another_language_is_better_than_nothing() -> None:
    known = outlook(coming(2), [], samples("1", language="typescript"))

    assert (known.middle, known.basis) == (2, "1 atom of other plans")


def test_plan_and_history_are_both_named() -> None:
    own = samples("2", language="typescript")
    history = samples(*["1"] * 6, task="z")

    known = outlook([*coming(1), *coming(1, language="typescript")], own, history)

    assert known.middle == 3
    assert (known.sample, known.basis) == (7, "6 atoms of other plans and 1 atom of this plan")


# What the figures mean


def test_what_is_spent_is_part_of_every_total() -> None:
    known = outlook(coming(3), samples(*["1"] * 6), spent=Decimal("7.5"))

    assert (known.low, known.middle, known.high) == (Decimal("10.5"),) * 3
    assert (known.to_come, known.per_atom, known.remaining_atoms) == (3, 1, 3)


def test_what_a_running_atom_has_cost_is_not_still_to_come() -> None:
    known = outlook([*coming(1), *coming(1, paid="0.4")], samples(*["1"] * 6))

    assert known.to_come == Decimal("1.6")


def test_an_atom_that_has_cost_more_than_any_other_costs_nothing_more() -> None:
    assert outlook(coming(1, paid="3"), samples(*["1"] * 6)).to_come == 0


def test_many_half_paid_atoms_count_in_sum() -> None:
    known = outlook(coming(100, paid="0.4"), samples(*["1"] * 6))

    assert known.to_come == 60


def test_nothing_to_come_is_certain() -> None:
    known = outlook([], samples("1", "2"), spent=Decimal(3))

    assert (known.low, known.middle, known.high, known.chance_of_pause) == (3, 3, 3, 0)
    assert known.per_atom is None
    assert known.basis == "2 atoms of this plan"


def test_free_models_cost_nothing_and_that_is_known() -> None:
    known = outlook(coming(40), samples(*["0"] * 8))

    assert (known.low, known.middle, known.high, known.chance_of_pause) == (0, 0, 0, 0)
    assert known.per_atom == 0


@pytest.mark.parametrize(
    ("hard_cap", "chance", "passes"), [("2.99", 1, True), ("3", 0, False), ("3.01", 0, False)]
)
def test_a_total_that_just_reaches_the_cap_does_not_pause(
    hard_cap: str, chance: float, passes: bool
) -> None:
    known = outlook(coming(30), samples(*["0.1"] * 9), hard_cap=Decimal(hard_cap))

    assert known.chance_of_pause == chance
    assert known.passes(Decimal(hard_cap)) is passes


def test_chance_of_a_pause_is_the_share_of_totals_above_the_cap() -> None:
    rng = Random(2)
    own = samples(*(str(round(rng.uniform(1, 5), 6)) for _ in range(40)))
    known = outlook(coming(20), own)

    chances = [
        outlook(coming(20), own, hard_cap=cap).chance_of_pause
        for cap in (known.low, known.middle, known.high)
    ]

    assert chances == pytest.approx([0.9, 0.5, 0.1], abs=0.06)


def test_without_a_cap_there_is_no_chance_of_a_pause() -> None:
    assert outlook(coming(2), samples(*["1"] * 5), hard_cap=None).chance_of_pause is None


# Robust


def test_one_monster_does_not_dominate() -> None:
    plain = outlook(coming(50), samples(*["0.1"] * 20))
    with_monster = outlook(coming(50), samples(*["0.1"] * 20, "40"))

    assert plain.middle == 5
    assert with_monster.middle < 7


def test_retry_money_stays_in() -> None:
    costs = ["0.1"] * 8 + ["0.4", "0.6"]  # one atom needed three tries, one needed four

    known = outlook(coming(200), samples(*costs))

    assert known.per_atom == Decimal("0.18")
    assert known.middle == pytest.approx(Decimal(36), rel=Decimal("0.05"))


@pytest.mark.parametrize(
    ("costs", "believed"),
    [
        ([3, 1, 2], (1, 2, 3)),
        ([1, 1, 1, 1, 100], (1, 1, 1, 1, 8)),
        ([1, 1, 1, 1, 8], (1, 1, 1, 1, 8)),
        ([0, 0, 0, 5], (0, 0, 0, 5)),
        ([0, 0], (0, 0)),
        ([1] * 17 + [20, 30, 40], (*[1.0] * 17, 20, 30, 30)),  # large atoms are a habit here
    ],
)
def test_winsorising(costs: list[float], believed: tuple[float, ...]) -> None:
    assert winsorised(costs) == believed


# Sums of many atoms


def by_the_urn_alone(lot: Lot, rng: Random, rounds: int) -> list[float]:
    """The same urn without a short cut: each atom of each round is drawn."""
    sums = []
    for _ in range(rounds):
        urn = list(lot.known)
        for _ in lot.paid:
            urn.append(rng.choice(urn))
        sums.append(sum(urn[len(lot.known) :]))
    return sorted(sums)


@pytest.mark.parametrize(("known", "to_come"), [(20, 10), (8, 60), (40, 120), (150, 60)])
def test_short_cut_agrees_with_drawing_every_atom(known: int, to_come: int) -> None:
    rng = Random(known)
    lot = Lot(winsorised(rng.lognormvariate(0, 0.7) for _ in range(known)), (0.0,) * to_come)
    rounds = 2000

    slow = by_the_urn_alone(lot, rng, rounds)
    quick = totals([lot], rng)

    spread = math.sqrt(pvariance(slow))
    narrow = min(1.0, (slow[1800] - slow[200]) / (quick[450] - quick[50]))
    assert len(quick) == REPLICATES
    assert fmean(quick) == pytest.approx(fmean(slow), abs=0.15 * spread)
    assert narrow == pytest.approx(1, abs=0.25 if known < 10 else 0.15)


def test_many_small_tasks_agree_with_their_sum() -> None:
    rng = Random(4)
    lots = [Lot(tuple(rng.uniform(1, 3) for _ in range(8)), (0.0,) * 5) for _ in range(60)]

    sums = totals(lots, Random(1))

    mean = sum(fmean(lot.known) * 5 for lot in lots)
    variance = sum(pvariance(lot.known) * 5 * 13 / 9 for lot in lots)
    assert fmean(sums) == pytest.approx(mean, rel=0.005)
    expected = mean + NormalDist().inv_cdf(0.9) * math.sqrt(variance)
    assert sums[450] == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize(
    ("spread", "known", "to_come"), [(0.6, 40, 40), (0.6, 200, 100), (0.8, 60, 140)]
)
def test_eight_in_ten_true_totals_fall_into_the_range(
    spread: float, known: int, to_come: int
) -> None:
    """100 plans whose atoms really cost as lognormal figures do, for each of three sizes."""
    inside = 0
    for plan in range(100):
        rng = Random(f"{plan} {spread}")
        costs = [rng.lognormvariate(-2, spread) for _ in range(known + to_come)]
        own = samples(*(Decimal(cost) for cost in costs[:known]))
        told = outlook(coming(to_come), own, seed=plan)
        inside += told.low <= Decimal(sum(costs[known:])) <= told.high

    assert 70 <= inside <= 90


def test_few_samples_widen_the_range() -> None:
    few = outlook(coming(40), samples(*["1", "2", "3", "4", "5"]))
    many = outlook(coming(40), samples(*["1", "2", "3", "4", "5"] * 40))

    assert few.high - few.low > 2 * (many.high - many.low)


# Properties


@given(
    costs=st.lists(usd_amounts, min_size=1, max_size=30),
    count=st.integers(0, 60),
    paid=st.decimals(min_value=0, max_value=5, places=6),
    spent=usd_amounts,
)
@settings(max_examples=40)
def test_low_middle_and_high_are_in_order(
    costs: list[Decimal], count: int, paid: Decimal, spent: Decimal
) -> None:
    remaining = [*coming(count), *coming(3, paid=str(paid))]

    known = outlook(remaining, samples(*costs), spent=spent)

    assert spent <= known.low <= known.middle <= known.high
    assert known.chance_of_pause is not None
    assert 0 <= known.chance_of_pause <= 1
    assert known.sample == len(costs)


@given(costs=st.lists(usd_amounts, min_size=5, max_size=30), count=st.integers(1, DIRECT_DRAWS - 1))
@settings(max_examples=40)
def test_one_atom_more_never_costs_less(costs: list[Decimal], count: int) -> None:
    fewer, more = (outlook(coming(n), samples(*costs)) for n in (count, count + 1))

    assert fewer.middle <= more.middle


@given(costs=st.lists(usd_amounts, min_size=5, max_size=30))
@settings(max_examples=20)
def test_twice_the_atoms_never_cost_less(costs: list[Decimal]) -> None:
    sizes = [outlook(coming(n), samples(*costs)) for n in (20, 40, 80, 160, 2000)]

    assert all(a.middle <= b.middle and a.high <= b.high for a, b in pairwise(sizes))


@given(
    costs=st.lists(usd_amounts, min_size=1, max_size=20),
    count=st.integers(1, 60),
    factor=st.sampled_from([2, 8, 1024]),
)
@settings(max_examples=40)
def test_prices_scale_the_forecast(costs: list[Decimal], count: int, factor: int) -> None:
    assume(any(costs))
    one = outlook(coming(count), samples(*costs), hard_cap=None)
    scaled = outlook(coming(count), samples(*(cost * factor for cost in costs)), hard_cap=None)

    for figure in ("low", "middle", "high"):
        exact = getattr(one, figure) * factor
        assert getattr(scaled, figure) == pytest.approx(exact, abs=Decimal("0.000001") * factor)


@given(costs=st.lists(usd_amounts, min_size=1, max_size=30), seed=st.integers())
@settings(max_examples=20)
def test_equal_inputs_give_equal_figures_in_any_order(costs: list[Decimal], seed: int) -> None:
    remaining = [*coming(9), *coming(4, paid="0.1"), *coming(5, task="b")]
    own = [*samples(*costs), *samples(*costs, task="b")]

    there = outlook(remaining, own, seed=seed)
    back = outlook(remaining[::-1], own[::-1], seed=seed)

    assert there == back


# Words and offers


@pytest.mark.parametrize(
    ("high", "held", "amount"),
    [
        ("250.60", "0", "251"),
        ("251", "0", "251"),
        ("20", "0", "20"),
        ("20.000001", "0", "21"),
        ("4.331", "0", "4.34"),
        ("4.33", "0", "4.33"),
        ("0.0004", "0", "0.01"),
        ("0", "0", "0.01"),
        ("1.05", "9.5", "10.50"),  # what is spent and held is more
    ],
)
def test_amount_for_nine_in_ten(high: str, held: str, amount: str) -> None:
    known = outlook([], samples("1"), spent=min(Decimal(1), Decimal(high)))
    told = Forecast(
        spent=known.spent,
        middle=known.middle,
        low=known.low,
        high=Decimal(high),
        remaining_atoms=1,
        sample=1,
        basis="1 atom of this plan",
        chance_of_pause=None,
        per_atom=None,
    )

    assert amount_for_nine_in_ten(told, held=Decimal(held)) == Decimal(amount)


@given(high=usd_amounts, held=usd_amounts)
def test_the_offer_covers_the_forecast_and_what_is_booked(high: Decimal, held: Decimal) -> None:
    known = outlook(coming(1), samples(high), spent=Decimal(1))

    amount = amount_for_nine_in_ten(known, held=held)

    assert max(known.high, 1 + held) <= amount < max(known.high, 1 + held) + 1
    assert amount == amount.quantize(Decimal("0.01"))


@pytest.mark.parametrize(
    ("chance", "words"),
    [
        (0.0, "under 1%"),
        (0.009, "under 1%"),
        (0.01, "unlikely, 1%"),
        (0.14, "unlikely, 14%"),
        (0.40, "possible, 40%"),
        (0.66, "possible, 66%"),
        (0.80, "likely, 80%"),
        (0.99, "likely, 99%"),
        (0.995, "near certain, over 99%"),
        (1.0, "near certain, over 99%"),
        (None, "not known"),
    ],
)
def test_chance_in_words(chance: float | None, words: str) -> None:
    assert chance_in_words(chance) == words
