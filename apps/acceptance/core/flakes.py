"""How often a test says something else about code that did not change."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from apps.acceptance.core.gate import TestStatus

Outcome = tuple[int, int, str]  # code, by its sequence; version of the test; status


@dataclass(frozen=True, slots=True)
class Rate:
    """Repeats of one test on the same code, and how many of them disagree with the run before."""

    flips: int  # 0 <= flips <= runs
    runs: int  # that had one of the same code and text before them

    @property
    def share(self) -> float | None:
        """0 to 1; None where nothing was repeated."""
        return self.flips / self.runs if self.runs else None


def flake_rate(outcomes: Sequence[Outcome]) -> Rate:
    """Return the rate of one test's results, oldest first; a test that did not run says nothing."""
    told = [each for each in outcomes if each[2] != TestStatus.NOT_RUN]
    repeats = [(one, two) for one, two in pairwise(told) if one[:2] == two[:2]]
    return Rate(sum(one[2] != two[2] for one, two in repeats), len(repeats))
