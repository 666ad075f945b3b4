"""What sandbox workers do for a plan, and what people ask of its tests."""

import logging
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from apps.acceptance.actions import evidence, generation, runs, suites
from apps.acceptance.adapters.judge.judge import JudgeLimits
from apps.acceptance.adapters.runners import Runners
from apps.acceptance.models import RunScope, Suite, SuiteStatus, TestRun
from apps.acceptance.sandbox_worker import current_sandbox
from apps.accounts.actions import audit, require
from apps.accounts.core.roles import Action
from apps.accounts.models import User
from apps.execution import queries
from apps.execution.actions import transitions
from apps.execution.actions.attempts import PAUSES
from apps.execution.actions.reconcile import reconcile
from apps.execution.actions.workspace import pause_running
from apps.execution.adapters.dispatch import send_evidence
from apps.execution.errors import TestsNotReady, WaveNotDone
from apps.llm.clients import build_client
from apps.llm.core.errors import CallInterrupted, LlmError
from apps.llm.core.types import CompletionClient
from apps.masterplans.models import AtomStatus, Masterplan, PauseReason, PlanStatus, Wave

logger = logging.getLogger(__name__)

MUTANT_LIMITS = JudgeLimits(test_s=5, total_s=60)


def _runners() -> Runners:
    limits = JudgeLimits(test_s=settings.ACCEPTANCE_TEST_TIMEOUT_S)
    return Runners(current_sandbox(), limits)


def carry_out_generation(suite_id: int, *, client: CompletionClient | None = None) -> None:
    """Generate the tests of a plan; a second delivery finds the suite taken and stops."""
    suite = Suite.objects.filter(pk=suite_id).first()
    if suite is None:
        return
    try:
        generation.generate(suite_id, client=client or build_client(), run_tests=_runners())
    except CallInterrupted:
        return  # the plan was stopped, or the process ends: the suite waits
    except LlmError as error:
        _wait_for_model(suite, error)
    reconcile(suite.plan_id)


def _wait_for_model(suite: Suite, error: LlmError) -> None:
    """Pause the plan until somebody resumes it; one that does not run yet only says why."""
    sentence = f"Its tests could not be written. {error.sentence}"
    if Masterplan.objects.filter(pk=suite.plan_id, status=PlanStatus.RUNNING).exists():
        reason = PAUSES.get(error.kind, PauseReason.PROVIDER)
        pause_running(suite.plan_id, reason=reason, sentence=sentence)
        return
    rows = Suite.objects.filter(pk=suite.pk, status=SuiteStatus.QUEUED)
    rows.update(status=SuiteStatus.FAILED, note=sentence)


def carry_out_run(run_id: UUID) -> None:
    """Run tests over the code of the plan as it is; a second delivery finds the run taken and stops."""
    run = TestRun.objects.select_related("plan").filter(pk=run_id).first()
    if run is None:
        return
    files = runs.code_of(queries.source_tree(run.plan))
    runs.carry_out(run_id, files=files, run_tests=_runners())
    reconcile(run.plan_id)


def carry_out_evidence(plan_id: UUID, *, client: CompletionClient | None = None) -> None:
    """Try the tests of one atom on small mistakes, then let others go first before the next one.

    A message that is lost, or a model that does not answer, leaves atoms without evidence until
    another wave passes.
    """
    plan = Masterplan.objects.filter(pk=plan_id).exclude(status=PlanStatus.CANCELLED).first()
    if plan is None:
        return
    try:
        is_done = not evidence.gather_next(
            plan_id,
            files=runs.code_of(queries.source_tree(plan)),
            code_sequence=queries.newest_code(plan_id),
            run_tests=_runners(),
            run_mutants=Runners(current_sandbox(), MUTANT_LIMITS),
            client=client or build_client(),
        )
    except (LlmError, CallInterrupted) as error:
        logger.warning(
            "No better tests were asked for", extra={"plan": plan.ref, "problem": str(error)}
        )
        return
    if not is_done:
        send_evidence(plan_id)
    reconcile(plan_id)


def generate_tests(*, plan_id: UUID, by: User) -> Suite:
    """Ask for the tests of a plan, or for those of its present text once more. Raises NotAllowed."""
    require(by, Action.RUN_TESTS)
    plan = Masterplan.objects.get(pk=plan_id)
    with transaction.atomic():
        suite = suites.ask_again(plan)
        audit(
            by=by,
            action="tests.generate",
            subject=plan.ref,
            sentence=f"{by.username} asked for the tests of {plan.ref}",
        )
    reconcile(plan_id)
    return suite


def run_wave_tests(*, wave_id: UUID, by: User) -> TestRun:
    """Run the tests of a wave once more, on demand. Raises NotAllowed, WaveNotDone, TestsNotReady."""
    require(by, Action.RUN_TESTS)
    wave = Wave.objects.select_related("plan").get(pk=wave_id)
    plan = wave.plan
    with transaction.atomic():
        transitions.lock_plan(plan.pk)
        _refuse_early(plan, wave)
        under_way = TestRun.objects.filter(wave=wave, status__in=TestRun.ACTIVE).first()
        run = under_way or _queue_on_demand(plan, wave, by)
    reconcile(plan.pk)
    return run


def _queue_on_demand(plan: Masterplan, wave: Wave, by: User) -> TestRun:
    last = plan.waves.aggregate(last=Max("number"))["last"]
    scope = RunScope.FULL if wave.number == last else RunScope.WAVE
    run = runs.queue_run(
        plan=plan, wave=wave, scope=scope, code_sequence=queries.newest_code(plan.pk), by=by
    )
    audit(
        by=by,
        action="tests.run",
        subject=plan.ref,
        sentence=f"{by.username} ran the tests of wave {wave.number}",
    )
    return run


def _refuse_early(plan: Masterplan, wave: Wave) -> None:
    missing = wave.atoms.exclude(status=AtomStatus.SUCCEEDED).exists()
    if missing or not wave.atoms.exists():
        raise WaveNotDone(
            wave=f"Wave {wave.number}", ref=plan.ref, status=wave.get_status_display().lower()
        )
    suite = Suite.objects.filter(plan=plan).first()
    if suite is None:
        raise TestsNotReady(ref=plan.ref, reason="nobody asked for them. Generate them first.")
    if suite.status != SuiteStatus.READY:
        reason = suite.note or f"{suite.get_status_display().lower()}."
        raise TestsNotReady(ref=plan.ref, reason=reason)
