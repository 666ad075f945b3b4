"""The acceptance gate in figures and words."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from apps.acceptance.core.gate import SHOULD_SHARE
from apps.common.display import counted
from apps.dashboard.core import bars
from apps.dashboard.core.bars import Segment

SHOULD_MARK = bars.percent(float(SHOULD_SHARE) * 100)


@dataclass(frozen=True, slots=True)
class GateFigures:
    """What a run found, by tests; the tests of MAYs do not count."""

    must_passed: int = 0
    must_total: int = 0
    should_passed: int = 0
    should_total: int = 0

    @property
    def is_must_met(self) -> bool:
        return self.must_passed == self.must_total

    @property
    def is_should_met(self) -> bool:
        return self.should_missing == 0

    @property
    def should_missing(self) -> int:
        """How many more SHOULD tests have to pass."""
        return max(0, math.ceil(SHOULD_SHARE * self.should_total) - self.should_passed)

    @property
    def must_bar(self) -> tuple[Segment, ...]:
        return bars.segments(
            [("ok", self.must_passed), ("bad", self.must_total - self.must_passed)]
        )

    @property
    def should_bar(self) -> tuple[Segment, ...]:
        failed = self.should_total - self.should_passed
        return bars.segments([("ok", self.should_passed), ("warn", failed)])


def way_out(figures: GateFigures, *, objections: int, uncovered: Sequence[str]) -> str:
    """Return the least that has to happen before the gate opens; empty where nothing is missing."""
    must = figures.must_total - figures.must_passed
    failed = figures.should_total - figures.should_passed
    steps = []
    if must:
        steps.append(f"fix {_all(must, 'MUST')}")
    if figures.should_missing:
        steps.append(f"fix {_some(figures.should_missing, failed)}")
    if objections:
        steps.append(f"change or clear the code of {counted(objections, 'objection')}")
    if uncovered:
        steps.append(f"give {_refs(uncovered)} a test")
    return f"To open it, {_joined(steps)}." if steps else ""


def _all(count: int, priority: str) -> str:
    return (
        f"the {priority} test that fails" if count == 1 else f"all {count} failing {priority} tests"
    )


def _some(needed: int, failed: int) -> str:
    if needed == failed:
        return _all(failed, "SHOULD")
    return f"any {needed} of the {failed} failing SHOULD tests"


def _refs(refs: Sequence[str]) -> str:
    return refs[0] if len(refs) == 1 else f"{counted(len(refs), 'MUST')} without one"


def _joined(steps: Sequence[str]) -> str:
    *first, last = steps
    return f"{', '.join(first)} and {last}" if first else last
