"""A plan whose waves are held up by tests, and one worker that does everything that waits."""

from collections.abc import Callable, Mapping

from apps.acceptance.actions import runs
from apps.acceptance.core.gate import TestStatus
from apps.acceptance.core.suite import AtomSuite
from apps.acceptance.core.verdict import TestOutcome
from apps.acceptance.models import Origin, RunStatus, Suite, SuiteStatus, TestRun
from apps.execution import actions
from apps.masterplans.models import Masterplan
from tests.execution.plans import AnsweringClient, paid, work_off
from tests.factories import AcceptanceTestFactory, ReadingFactory

Outcomes = Callable[[str], TestStatus]  # by the id of the check


def passes(_: str) -> TestStatus:
    return TestStatus.PASSED


def with_tests(plan: Masterplan, **tests: Mapping[str, int]) -> None:
    """Store a generated suite: for each symbol the requirements that its tests are of, and how many."""
    Suite.objects.update_or_create(plan=plan, defaults={"status": SuiteStatus.READY, "seed": 7})
    for requirement in plan.requirements.all():
        ReadingFactory(requirement=requirement)
    for symbol, counts in tests.items():
        for ref, count in counts.items():
            for _ in range(count):
                AcceptanceTestFactory(
                    requirement=plan.requirements.get(ref=ref),
                    atom=plan.atoms.get(symbol=symbol),
                    origin=Origin.TEMPLATE,
                )


def judge_waiting(plan: Masterplan, outcomes: Outcomes = passes) -> TestRun | None:
    """Carry out the run that waits, if any, with these outcomes; return it as it is now."""
    run = plan.test_runs.filter(status=RunStatus.QUEUED).first()
    if run is None:
        return None

    def run_tests(atom: AtomSuite, _: Mapping[str, str]) -> Mapping[str, TestOutcome]:
        return {check.id: TestOutcome(outcomes(check.id)) for check in atom.checks}

    assert runs.carry_out(run.pk, files={}, run_tests=run_tests)
    actions.reconcile(plan.pk)
    run.refresh_from_db()
    return run


def work_through(
    plan: Masterplan,
    client: AnsweringClient | None = None,
    outcomes: Outcomes = passes,
    *,
    limit: int = 20,
) -> Masterplan:
    """Do attempts and test runs in turn until nothing waits."""
    client = client or AnsweringClient()
    for _ in range(limit):
        plan = work_off(plan, client)
        if judge_waiting(plan, outcomes) is None and not plan.attempts.filter(status="queued"):
            break
    plan.refresh_from_db()
    return plan


def sandbox_work(plan: Masterplan, client: AnsweringClient) -> None:
    """Generate tests and run them as a sandbox worker does: for real."""
    for suite in Suite.objects.filter(plan=plan, status=SuiteStatus.QUEUED):
        actions.carry_out_generation(suite.pk, client=paid(client))
    for run in plan.test_runs.filter(status=RunStatus.QUEUED):
        actions.carry_out_run(run.pk)
