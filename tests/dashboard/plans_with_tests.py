"""What the tests of the pages about tests share: plans with requirements, tests and runs."""

from typing import Any

from django.test import Client
from django.utils import timezone

from apps.acceptance.models import (
    AcceptanceTest,
    GateResult,
    Suite,
    TestOutcome,
    TestRun,
    TestState,
)
from apps.accounts.core.roles import Role
from apps.masterplans.models import AtomStatus, Masterplan, Priority, Requirement
from tests.factories import (
    AcceptanceTestFactory,
    AtomFactory,
    MasterplanFactory,
    ReadingFactory,
    RequirementFactory,
    SuiteFactory,
    TestResultFactory,
    TestRunFactory,
    UserFactory,
    WaveFactory,
)


def browser_of(role: Role | None, name: str = "") -> Client:
    browser = Client()
    facts = {"username": name} if name else {}
    browser.force_login(UserFactory(role=role, **facts))
    return browser


def suite(**facts: Any) -> Suite:
    """The tests of a plan; a plan may be given."""
    facts.setdefault("plan", MasterplanFactory())
    row: Suite = SuiteFactory(**facts)
    return row


def requirement(plan: Masterplan, text: str = "", **facts: Any) -> Requirement:
    """A requirement that was read, with an atom that covers it."""
    reading = {key: facts.pop(key) for key in READING if key in facts}
    facts.setdefault("priority", Priority.MUST)
    atoms = facts.pop("atoms", None) or [AtomFactory(plan=plan, status=AtomStatus.SUCCEEDED)]
    row: Requirement = RequirementFactory(
        plan=plan, text=text or "`work` must return text.", atoms=atoms, **facts
    )
    ReadingFactory(requirement=row, **reading)
    return row


READING = (
    "confidence",
    "reason",
    "kind",
    "doubt",
    "questions",
    "dropped",
    "corrected_by",
    "corrected_at",
    "is_withdrawn",
)


def judged(plan: Masterplan, *statuses: str, run: TestRun | None = None, **facts: Any) -> list[Any]:
    """The tests of a new requirement, one for each outcome; "never" has no result."""
    row = requirement(plan, **facts)
    tests = []
    for status in statuses:
        test = AcceptanceTestFactory(requirement=row)
        tests.append(test)
        if status != "never":
            message = "" if status == TestOutcome.PASSED else f"{test.check_id}: it gave 2, not 1"
            TestResultFactory(
                test=test, run=run or a_run(plan), status=status, message=message, duration_ms=12
            )
    return tests


def a_run(plan: Masterplan, **facts: Any) -> TestRun:
    """A run that ended now, in the first wave."""
    wave = facts.pop("wave", None) or plan.waves.first() or WaveFactory(plan=plan)
    facts.setdefault("finished_at", timezone.now())
    row: TestRun = TestRunFactory(wave=wave, **facts)
    return row


def closed_run(plan: Masterplan, *tests: AcceptanceTest, **facts: Any) -> TestRun:
    """A run whose gate is shut by these tests."""
    values = {
        "gate": GateResult.CLOSED,
        "gate_reason": "Only 1 of 2 MUST tests passed; all have to.",
        "must_passed": 1,
        "must_total": 1 + len(tests),
        "blocking": [test.check_id for test in tests],
    }
    return a_run(plan, **values | facts)


def waiting(plan: Masterplan, count: int = 1, **facts: Any) -> list[AcceptanceTest]:
    """Tests that wait for approval, each of a requirement of its own."""
    return [
        AcceptanceTestFactory(requirement=requirement(plan), state=TestState.WAITING, **facts)
        for _ in range(count)
    ]
