"""How far a gate is from open, counted in tests."""

from dataclasses import dataclass
from math import ceil

from apps.acceptance.core.gate import SHOULD_SHARE, Tally


@dataclass(frozen=True, slots=True)
class Distance:
    """What has to happen until a gate opens; a MUST without a test needs one besides."""

    must: int  # tests of MUSTs that have to pass yet
    should: int  # tests of SHOULDs that have to pass yet, any of those that fail
    objections: int  # that a person has to clear, or other code to mend
    uncovered: tuple[str, ...]  # refs of MUSTs that need a test

    @property
    def tests(self) -> int:
        return self.must + self.should

    @property
    def is_none(self) -> bool:
        return not (self.tests or self.objections or self.uncovered)


def distance_of(
    must: Tally, should: Tally, *, objections: int = 0, uncovered: tuple[str, ...] = ()
) -> Distance:
    """Return the distance: every MUST test counts, of the SHOULD tests the share that is asked."""
    needed = ceil(SHOULD_SHARE * should.total)  # exact: the share is a fraction
    return Distance(
        must=must.total - must.passed,
        should=max(0, needed - should.passed),
        objections=objections,
        uncovered=uncovered,
    )
