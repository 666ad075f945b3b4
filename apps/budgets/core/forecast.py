"""What will a plan have cost in the end, and will its hard cap stop it before?

Each atom to come is judged by the finished atoms that are most like it: those of its task in its
language, else those of its plan, else those of other plans with the same model and language. "Else"
means: where there are fewer than five. What an atom cost is the sum over all its tries, so the money
for retries is in every figure.
"""

import math
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal
from enum import Enum
from random import Random
from statistics import fmean

from apps.budgets.core.urn import Lot, totals, winsorised
from apps.common.display import counted

ENOUGH = 5  # finished atoms that a narrower judgement needs
LOW, HIGH = 0.10, 0.90  # the 80 % range
CENT = Decimal("0.01")
DOLLAR = Decimal(1)
MICRO_DOLLAR = Decimal("0.000001")
WHOLE_DOLLARS_ABOVE = Decimal(20)

# Where a chance is called what. Source of the bounds: M. Mastrandrea and others, "Guidance note on
# consistent treatment of uncertainties", IPCC 2010.
NEGLIGIBLE_BELOW, UNLIKELY_BELOW, POSSIBLE_UP_TO, LIKELY_UP_TO = 0.01, 0.33, 0.66, 0.99


@dataclass(frozen=True, slots=True)
class Sample:
    """An atom that is over."""

    language: str
    task: str  # any key of its task
    cost: Decimal  # USD over all its tries


@dataclass(frozen=True, slots=True)
class Coming:
    """An atom that is still to run, or runs."""

    language: str
    task: str
    paid: Decimal = Decimal(0)  # USD that its tries have cost so far


@dataclass(frozen=True, slots=True)
class Forecast:
    """Totals of the plan at its end, in USD: 8 runs in 10 end between `low` and `high`.

    `middle` is what is expected: the money spent, and the atoms to come at their mean cost.
    """

    spent: Decimal
    middle: Decimal
    low: Decimal
    high: Decimal
    remaining_atoms: int
    sample: int  # finished atoms that the estimate rests on
    basis: str  # the same in words: 58 atoms of this plan
    chance_of_pause: float | None  # 0 to 1; None: nothing can pause the plan any more
    per_atom: Decimal | None  # mean over all tries of an atom to come; None: none is to come

    @property
    def to_come(self) -> Decimal:
        """USD that the remaining atoms still cost, by the middle of the forecast."""
        return self.middle - self.spent

    def passes(self, hard_cap: Decimal) -> bool:
        """Whether the middle of the forecast lies above the cap."""
        return self.middle > hard_cap


class _Source(Enum):
    TASKS = "the same tasks"
    PLAN = "this plan"
    HISTORY = "other plans"


@dataclass(frozen=True, slots=True, eq=False)  # as a key it is itself, not its many figures
class _Pool:
    """Finished atoms that some of the coming ones are judged by."""

    source: _Source
    costs: tuple[float, ...] = ()  # USD, in order


def forecast(
    *,
    spent: Decimal,
    hard_cap: Decimal | None,
    coming: Sequence[Coming],
    samples: Sequence[Sample],
    history: Sequence[Sample] = (),
    seed: int | str,
) -> Forecast | None:
    """Return the forecast, or None where atoms are to come and the cost of no atom is known.

    `samples` are the plan's own atoms, `history` those of other plans with the same model. Equal
    inputs give equal figures, in whatever order they come.
    """
    pools = _Pools(samples, history)
    judged = _judged(coming, pools)
    if judged is None:
        return None
    lots = sorted(
        (Lot(winsorised(pool.costs), tuple(sorted(paid))) for pool, paid in judged.items()),
        key=lambda lot: (lot.known, lot.paid),
    )
    # Not for secrets: a plan shall show the same figures wherever it is looked at.
    to_come = totals(lots, Random(seed))  # noqa: S311 - repeatable, and no secret
    low, high = _quantile(to_come, LOW), _quantile(to_come, HIGH)
    middle = min(max(fmean(to_come), low), high)
    basis = pools.basis(judged)
    return Forecast(
        spent=spent,
        middle=spent + _usd(middle),
        low=spent + _usd(low),
        high=spent + _usd(high),
        remaining_atoms=len(coming),
        sample=sum(basis.values()),
        basis=" and ".join(f"{counted(n, 'atom')} of {where.value}" for where, n in basis.items()),
        chance_of_pause=None if hard_cap is None else _share_above(to_come, hard_cap - spent),
        per_atom=_usd(_mean(lots)) if lots else None,
    )


def amount_for_nine_in_ten(forecast: Forecast, *, held: Decimal) -> Decimal:
    """Return the hard cap that suffices in 9 runs of 10, in whole cents, above $20 in dollars.

    It covers what is spent and held already, and is at least a cent, since no cap can be nothing.
    """
    needed = max(forecast.high, forecast.spent + held, CENT)
    step = DOLLAR if needed > WHOLE_DOLLARS_ABOVE else CENT
    return (needed / step).to_integral_value(ROUND_CEILING) * step


def chance_in_words(chance: float | None) -> str:
    """Return a chance as people say it: under 1%; unlikely, 14%; near certain, over 99%."""
    if chance is None:
        return "not known"
    if chance < NEGLIGIBLE_BELOW:
        return "under 1%"
    if chance > LIKELY_UP_TO:
        return "near certain, over 99%"
    if chance < UNLIKELY_BELOW:
        return f"unlikely, {chance:.0%}"
    return f"possible, {chance:.0%}" if chance <= POSSIBLE_UP_TO else f"likely, {chance:.0%}"


class _Pools:
    """The finished atoms, by what they have in common."""

    def __init__(self, samples: Sequence[Sample], history: Sequence[Sample]) -> None:
        of_task = defaultdict(list)
        for sample in samples:
            of_task[sample.language, sample.task].append(sample)
        of_language = defaultdict(list)
        for sample in history:
            of_language[sample.language].append(sample)
        self._of_task = {key: _Pool(_Source.TASKS, _costs(own)) for key, own in of_task.items()}
        self._of_plan = _Pool(_Source.PLAN, _costs(samples))
        self._of_language = {
            key: _Pool(_Source.HISTORY, _costs(own)) for key, own in of_language.items()
        }
        self._of_history = _Pool(_Source.HISTORY, _costs(history))

    def nearest(self, language: str, task: str) -> _Pool | None:
        """Return the atoms to judge by: the narrowest pool with enough, else the nearest with any."""
        of_task = self._of_task.get((language, task), _Pool(_Source.TASKS))
        of_language = self._of_language.get(language, _Pool(_Source.HISTORY))
        for pool in (of_task, self._of_plan, of_language):
            if len(pool.costs) >= ENOUGH:
                return pool
        thin = (self._of_plan, of_language, self._of_history)
        return next((pool for pool in thin if pool.costs), None)

    def basis(self, used: Iterable[_Pool]) -> dict[_Source, int]:
        """Return how many finished atoms stand behind these pools, each atom once.

        Where no pool is used, because nothing is to come, it is the plan's own atoms.
        """
        counts = Counter[_Source]()
        for pool in used:
            counts[pool.source] += len(pool.costs)
        if _Source.PLAN in counts or not counts:  # its atoms include those of its tasks
            del counts[_Source.TASKS]
            counts[_Source.PLAN] = len(self._of_plan.costs)
        if _Source.HISTORY in counts:  # one language, or all and so that one too
            counts[_Source.HISTORY] = min(counts[_Source.HISTORY], len(self._of_history.costs))
        return dict(counts)


def _judged(coming: Iterable[Coming], pools: _Pools) -> dict[_Pool, list[float]] | None:
    """Return, for each pool, what the atoms that it judges have cost; None if one has no pool."""
    paid_by_kind = defaultdict(list)
    for atom in coming:
        paid_by_kind[atom.language, atom.task].append(float(atom.paid))
    judged: defaultdict[_Pool, list[float]] = defaultdict(list)
    for (language, task), paid in paid_by_kind.items():
        pool = pools.nearest(language, task)
        if pool is None:
            return None
        judged[pool] += paid
    return dict(judged)


def _costs(samples: Iterable[Sample]) -> tuple[float, ...]:
    return tuple(sorted(float(sample.cost) for sample in samples))


def _mean(lots: Sequence[Lot]) -> float:
    """Return the mean of all tries of an atom to come."""
    total = math.fsum(fmean(lot.known) * len(lot.paid) for lot in lots)
    return total / sum(len(lot.paid) for lot in lots)


def _quantile(ordered: Sequence[float], share: float) -> float:
    """Return the value that this share lies below, between neighbours in proportion."""
    position = share * (len(ordered) - 1)
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


def _share_above(ordered: Sequence[float], left: Decimal) -> float:
    """Return the share of the sums that need more than what is left, to the micro-dollar."""
    enough = bisect_right(ordered, float(left + MICRO_DOLLAR / 2))
    return (len(ordered) - enough) / len(ordered)


def _usd(amount: float) -> Decimal:
    return Decimal(amount).quantize(MICRO_DOLLAR, ROUND_HALF_EVEN)
