"""What may atoms that have not run yet cost together, judged by those that have?

Each coming atom is drawn from an urn of the known costs, and the drawn cost goes back with a copy
of itself. So totals vary as the atoms do, and also as our knowledge does: five samples promise less
than five hundred. This is the bootstrap for the total of a finite population. Sources: D. Rubin,
"The Bayesian bootstrap", Annals of Statistics 9 (1981); A. Lo, "A Bayesian bootstrap for a finite
population", Annals of Statistics 16 (1988).

To draw thousands of atoms hundreds of times would take seconds. After the first draws the sum of the
others is taken as normal, with the mean and the variance that the urn gives it by then.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random
from statistics import NormalDist, fmean, median

REPLICATES = 500
DIRECT_DRAWS = 25  # atoms of one replicate that are drawn one by one
# One normal score for each replicate, evenly spread: what is normal anyway brings no noise.
SCORES = tuple(NormalDist().inv_cdf((i + 0.5) / REPLICATES) for i in range(REPLICATES))
Z_90 = NormalDist().inv_cdf(0.9)

USUAL_SHARE = 0.95
# An atom has four tries unless set otherwise, and a retry also sends the failed code and its findings:
# an ordinary atom in trouble costs up to eight ordinary ones, and that money belongs in the estimate.
TROUBLE_FACTOR = 8.0


@dataclass(frozen=True, slots=True)
class Lot:
    """Atoms to come that are judged by the same known costs. Figures in USD, none negative."""

    known: tuple[float, ...]  # at least one
    paid: tuple[float, ...]  # for each atom to come, what it has cost already


@dataclass(frozen=True, slots=True)
class _Normal:
    """A sum of many costs."""

    mean: float = 0.0
    variance: float = 0.0

    def plus(self, other: "_Normal") -> "_Normal":
        return _Normal(self.mean + other.mean, self.variance + other.variance)

    def at(self, score: float) -> float:
        """Return the sum that lies `score` deviations from the mean; no sum is below nothing."""
        return max(self.mean + score * math.sqrt(self.variance), 0.0)


NOTHING = _Normal()


def winsorised(costs: Iterable[float]) -> tuple[float, ...]:
    """Return the costs in order, monsters cut down to the largest cost that is believed.

    Believed is whatever 95 % of the atoms stay within, and in any case eight times the median of
    those that cost something. Only the upper end is cut: nothing cheap can dominate a sum. Source
    for cutting down instead of leaving out: J. Tukey, "The future of data analysis", Annals of
    Mathematical Statistics 33 (1962), who names the method after C. Winsor.
    """
    ordered = sorted(costs)
    charged = [cost for cost in ordered if cost > 0]
    if not charged:
        return tuple(ordered)
    usual = ordered[math.floor(USUAL_SHARE * (len(ordered) - 1))]
    believed = max(usual, TROUBLE_FACTOR * median(charged))
    return tuple(min(cost, believed) for cost in ordered)


def totals(lots: Sequence[Lot], rng: Random) -> list[float]:
    """Return what all lots together may still cost: one sum per replicate, smallest first."""
    scores = list(SCORES)
    rng.shuffle(scores)
    sums = [0.0] * REPLICATES
    rests = [NOTHING] * REPLICATES
    undrawn = NOTHING
    left = DIRECT_DRAWS
    for lot in sorted(lots, key=_variance, reverse=True):  # where a normal sum would fit worst
        count = min(left, len(lot.paid))
        left -= count
        if not count:
            undrawn = undrawn.plus(_Rest.of(lot).after(()))
            continue
        drawn, rest = _split(lot, count)
        for i, costs in enumerate(_draws(lot.known, count, rng)):
            # An atom that has cost more than what was drawn for it costs nothing more.
            sums[i] += sum(max(cost - paid, 0.0) for cost, paid in zip(costs, drawn, strict=True))
            if rest.count:
                rests[i] = rests[i].plus(rest.after(costs))
    return _stretched(
        sorted(
            drawn_sum + rest.plus(undrawn).at(score)
            for drawn_sum, rest, score in zip(sums, rests, scores, strict=True)
        ),
        by=_stretch(lots),
    )


def _draws(known: Sequence[float], count: int, rng: Random) -> list[list[float]]:
    """Return the costs that each replicate draws, in order.

    Atom by atom through all replicates: one atom more leaves the draws of the others as they were.
    """
    draws: list[list[float]] = [[] for _ in range(REPLICATES)]
    for size in range(len(known), len(known) + count):
        for costs in draws:
            ball = int(rng.random() * size)
            copy_of = ball - len(known)
            costs.append(known[ball] if copy_of < 0 else costs[copy_of])
    return draws


def _split(lot: Lot, count: int) -> tuple[list[float], "_Rest"]:
    """Return what the atoms that are drawn have cost already, and the atoms that are not drawn."""
    paid = sorted(lot.paid, reverse=True)  # the exact rule for those that have cost most
    return paid[:count], _Rest.of(Lot(lot.known, tuple(paid[count:])))


@dataclass(frozen=True, slots=True)
class _Rest:
    """Atoms that are not drawn one by one. What they have cost already counts in sum."""

    count: int
    paid: float
    size: int  # of the urn before any draw
    centre: float  # its mean: deviations from it lose no digits
    squares: float  # sum of its squared deviations

    @classmethod
    def of(cls, lot: Lot) -> "_Rest":
        centre = fmean(lot.known)
        squares = math.fsum((cost - centre) ** 2 for cost in lot.known)
        return cls(len(lot.paid), math.fsum(lot.paid), len(lot.known), centre, squares)

    def after(self, costs: Sequence[float]) -> _Normal:
        """Return the sum of the atoms, judged by the urn after these draws.

        Two draws from an urn of n balls correlate by 1 / (n + 1), because copies are put back.
        """
        size = self.size + len(costs)
        deviations = [cost - self.centre for cost in costs]
        shift = sum(deviations) / size
        squares = self.squares + sum(deviation * deviation for deviation in deviations)
        variance = max(squares / size - shift * shift, 0.0)
        return _Normal(
            (self.centre + shift) * self.count - self.paid,
            variance * self.count * (size + self.count) / (size + 1),
        )


def _variance(lot: Lot) -> float:
    return _Rest.of(lot).after(()).variance


def _stretch(lots: Sequence[Lot]) -> float:
    """Return by how much too narrow the drawn sums are, because a small sample hides its spread.

    A few samples show less than the spread of all, and do not tell how much less: at the ends of
    the 80 % range the t distribution allows for it. 1.33 for five samples, 1.01 for a hundred.
    Sources: T. Hesterberg, "What teachers should know about the bootstrap", The American
    Statistician 69 (2015), on expanded percentiles; for several lots together F. Satterthwaite,
    Biometrics Bulletin 2 (1946); for t in terms of z Abramowitz and Stegun, formula 26.7.5.
    """
    weights = [(_variance(lot), len(lot.known) - 1) for lot in lots]
    doubt = sum(variance**2 / freedom for variance, freedom in weights if variance)
    if not doubt:
        return 1.0
    freedom = sum(variance for variance, _ in weights) ** 2 / doubt
    z = Z_90
    t = z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
    return t / z * math.sqrt((freedom + 1) / freedom)


def _stretched(ordered: Sequence[float], *, by: float) -> list[float]:
    """Return the sums, further from their mean; still none below nothing."""
    middle = fmean(ordered)
    return [max(middle + (sum_ - middle) * by, 0.0) for sum_ in ordered]
