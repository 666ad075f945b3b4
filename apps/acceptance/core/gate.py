"""The acceptance gate: are the requirements met, by tests that ran?

Rules, from the design's rulings: every test of a MUST passes, and at least 95 % of the tests of the
SHOULDs. A test that did not run counts as not passed. Without SHOULD tests that side is satisfied;
without any tests the gate is not evaluated. A MUST that no test covers makes it undecidable. Both
of the last keep it shut.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from apps.masterplans.core.document import Priority

MOST_NAMED = 8  # requirements in one sentence
SHOULD_SHARE = Fraction(95, 100)  # of the SHOULD tests; source: design, rulings on the gate


class TestStatus(StrEnum):
    """How a test ended, by the host's judgement."""

    __test__ = False  # pytest takes it for a test otherwise

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    TIMEOUT = "timeout"
    UNTRUSTED = "untrusted"  # something was wrong with how the result came about
    NOT_RUN = "not_run"


class GateState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"  # something that counts did not pass
    NOT_DECIDABLE = "not_decidable"  # a MUST has no test, or there are no tests at all


@dataclass(frozen=True, slots=True)
class JudgedTest:
    """One test of a requirement. A quarantined one is shown and does not count."""

    id: str
    status: TestStatus
    is_quarantined: bool = False

    @property
    def passed(self) -> bool:
        return self.status is TestStatus.PASSED


@dataclass(frozen=True, slots=True)
class JudgedRequirement:
    """A requirement with the tests that survived the quality gates."""

    ref: str
    priority: Priority
    tests: tuple[JudgedTest, ...] = ()
    objections: tuple[
        str, ...
    ] = ()  # findings that close the gate for it until a person clears them
    is_pending: bool = False  # its atoms are not all done: a later gate judges it

    @property
    def counted(self) -> tuple[JudgedTest, ...]:
        return tuple(test for test in self.tests if not test.is_quarantined)

    @property
    def is_met(self) -> bool:
        return bool(self.counted) and not self.objections and all(t.passed for t in self.counted)


@dataclass(frozen=True, slots=True)
class Tally:
    """Tests of one priority: passed of all that count."""

    passed: int
    total: int

    @property
    def share(self) -> Fraction | None:
        """0 to 1; None where there is nothing to measure."""
        return Fraction(self.passed, self.total) if self.total else None


@dataclass(frozen=True, slots=True)
class Gate:
    state: GateState
    must: Tally
    should: Tally
    blocking: tuple[str, ...]  # ids of tests that keep it shut, in the order of the plan
    objections: tuple[str, ...]
    uncovered: tuple[str, ...]  # refs of MUSTs without a test
    pending: tuple[str, ...]  # refs that a later gate judges

    @property
    def reason(self) -> str:
        """Why it stands as it does, in one sentence."""
        if self.state is GateState.OPEN:
            if not self.must.total and not self.should.total:
                return "Nothing can be judged yet."
            return (
                f"All of {self.must.total} MUST tests passed, {_words(self.should)} SHOULD tests."
            )
        if self.state is GateState.CLOSED:
            return self._why_closed()
        if self.uncovered:
            return f"No test covers {_named(self.uncovered)}, so nobody can say."
        return "There are no tests, so nothing was evaluated."

    def _why_closed(self) -> str:
        if self.objections:
            return self.objections[0]
        if self.must.passed < self.must.total:
            return f"Only {_words(self.must)} MUST tests passed; all have to."
        return f"Only {_words(self.should)} SHOULD tests passed; 95 % have to."


def judge(requirements: Iterable[JudgedRequirement], *, is_final: bool = True) -> Gate:
    """Return the gate of these requirements; MAYs are shown elsewhere and do not count.

    Without any tests the gate is not decidable. One that is not final may have nothing to judge
    yet: then it is open, unless a MUST that is ripe has no test.
    """
    known = tuple(requirements)
    ripe = [requirement for requirement in known if not requirement.is_pending]
    must = [row for row in ripe if row.priority is Priority.MUST]
    should = [row for row in ripe if row.priority is Priority.SHOULD]
    objections = tuple(text for row in (*must, *should) for text in row.objections)
    uncovered = tuple(row.ref for row in must if not row.counted)
    tallies = _tally(must), _tally(should)
    is_shut = bool(objections) or not _is_enough(*tallies)
    is_measured = any(tally.total for tally in tallies) or not is_final
    return Gate(
        state=_state(is_shut=is_shut, is_known=not uncovered and is_measured),
        must=tallies[0],
        should=tallies[1],
        blocking=_failing(must) + (() if _should_passes(tallies[1]) else _failing(should)),
        objections=objections,
        uncovered=uncovered,
        pending=tuple(row.ref for row in known if row.is_pending),
    )


def _state(*, is_shut: bool, is_known: bool) -> GateState:
    """A failure is certain, whatever else nobody knows."""
    if is_shut:
        return GateState.CLOSED
    return GateState.OPEN if is_known else GateState.NOT_DECIDABLE


def _is_enough(must: Tally, should: Tally) -> bool:
    return must.passed == must.total and _should_passes(should)


def _should_passes(should: Tally) -> bool:
    return should.share is None or should.share >= SHOULD_SHARE


def _tally(rows: Sequence[JudgedRequirement]) -> Tally:
    tests = [test for row in rows for test in row.counted]
    return Tally(sum(test.passed for test in tests), len(tests))


def _failing(rows: Sequence[JudgedRequirement]) -> tuple[str, ...]:
    return tuple(test.id for row in rows for test in row.counted if not test.passed)


def _named(refs: Sequence[str]) -> str:
    """The first of them, and how many more there are."""
    more = len(refs) - MOST_NAMED
    return ", ".join(refs[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _words(tally: Tally) -> str:
    return f"{tally.passed} of {tally.total}"
