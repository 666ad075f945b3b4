"""Which requirements a gate can judge at a wave: those whose atoms are all there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ripening:
    """Requirements by their refs: judged now, and left to a later gate."""

    ripe: frozenset[str]
    fresh: frozenset[str]  # of the ripe ones, those that this wave completed
    pending: frozenset[str]


def ripen(waves_of: Mapping[str, Iterable[int | None]], *, wave: int, is_final: bool) -> Ripening:
    """Sort the requirements; `waves_of` has the numbers of the waves of each one's atoms.

    None stands for an atom without a wave, which no gate but the final one waits for. The final
    gate judges everything, also what no atom covers.
    """
    last = {ref: _last(numbers) for ref, numbers in waves_of.items()}
    if is_final:
        return Ripening(frozenset(last), frozenset(last), frozenset())
    ripe = {ref for ref, number in last.items() if number is not None and number <= wave}
    fresh = {ref for ref in ripe if last[ref] == wave}
    return Ripening(frozenset(ripe), frozenset(fresh), frozenset(last) - ripe)


def _last(numbers: Iterable[int | None]) -> int | None:
    """The wave after which all atoms are there; None when no wave can say."""
    known = list(numbers)
    if not known or None in known:
        return None
    return max(number for number in known if number is not None)
