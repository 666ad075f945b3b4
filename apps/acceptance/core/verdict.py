"""From results of tests to a verdict on each requirement, and to the gate."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from apps.acceptance.core.gate import Gate, JudgedRequirement, JudgedTest, TestStatus, judge
from apps.acceptance.core.lookup import LookupFinding
from apps.acceptance.core.sentence import Requirement
from apps.acceptance.core.suite import Suite


@dataclass(frozen=True, slots=True)
class TestOutcome:
    """What the host saw of one test."""

    __test__ = False  # pytest takes it for a test otherwise

    status: TestStatus
    message: str = ""
    duration_ms: int | None = None  # host clock
    stdout: str = ""
    stderr: str = ""


NOT_RUN = TestOutcome(TestStatus.NOT_RUN, "It was not run.")


@dataclass(frozen=True, slots=True)
class RequirementVerdict:
    """A requirement with everything that speaks for or against it."""

    requirement: Requirement
    judged: JudgedRequirement
    outcomes: Mapping[str, TestOutcome]  # by the id of the check
    weak: tuple[str, ...]  # ids of checks whose test says nothing: green on code that does nothing

    @property
    def word(self) -> str:
        """met, not_met, untestable, or uncovered."""
        if self.judged.counted:
            return "met" if self.judged.is_met else "not_met"
        return "uncovered" if self.requirement.is_testable else "untestable"


@dataclass(frozen=True, slots=True)
class Verdict:
    suite: Suite
    requirements: tuple[RequirementVerdict, ...]
    gate: Gate


def decide(
    suite: Suite,
    outcomes: Mapping[str, TestOutcome],
    *,
    weak: Iterable[str] = (),
    lookups: Sequence[LookupFinding] = (),
) -> Verdict:
    """Return the verdict; a test without an outcome did not run, and so did not pass.

    `weak` are ids of checks that do not count, because their tests are green on code that does
    nothing. `lookups` are places where the code carries the examples.
    """
    not_counted = frozenset(weak)
    rows = tuple(
        _verdict(requirement, suite, outcomes, not_counted, lookups)
        for requirement in suite.requirements
    )
    return Verdict(suite, rows, judge(row.judged for row in rows))


def _verdict(
    requirement: Requirement,
    suite: Suite,
    outcomes: Mapping[str, TestOutcome],
    weak: frozenset[str],
    lookups: Sequence[LookupFinding],
) -> RequirementVerdict:
    checks = [check.id for check in suite.checks if check.requirement == requirement.id]
    known = {check: outcomes.get(check, NOT_RUN) for check in checks}
    counted = [check for check in checks if check not in weak]
    objections = tuple(
        f"{finding.requirement}: {finding.message}"
        for finding in lookups
        if finding.requirement == requirement.id
    )
    judged = JudgedRequirement(
        ref=requirement.id,
        priority=requirement.judgement.priority,
        tests=tuple(JudgedTest(check, known[check].status) for check in counted),
        objections=objections,
    )
    own_weak = tuple(check for check in checks if check in weak)
    return RequirementVerdict(requirement, judged, known, own_weak)


def weak_checks(suite: Suite, green_on_stubs: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Return the checks that say nothing, by the stubs that each one's test was green on.

    A stated result such as None is met by a stub that returns None. Such a test still counts while
    another test of the same requirement is red on that stub: together they refuse it.
    """
    weak: set[str] = set()
    for requirement in suite.requirements:
        own = [check.id for check in suite.checks if check.requirement == requirement.id]
        for check in own:
            others = [green_on_stubs.get(other, frozenset()) for other in own if other != check]
            let_through = green_on_stubs.get(check, frozenset())
            refused = {stub for stub in let_through if any(stub not in other for other in others)}
            if let_through - refused:
                weak.add(check)
    return frozenset(weak)
