"""Runs of stored tests: queued by the engine, carried out by a sandbox worker, judged by rows."""

import hashlib
import logging
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from apps.acceptance.actions import leases
from apps.acceptance.adapters.script_judge.judge import is_read
from apps.acceptance.core.authoring.check_json import check_from_data
from apps.acceptance.core.checks import Check, CheckKind
from apps.acceptance.core.gate import (
    Gate,
    GateState,
    JudgedRequirement,
    JudgedTest,
    TestStatus,
    judge,
)
from apps.acceptance.core.lookup import LookupFinding, find_lookups
from apps.acceptance.core.ripeness import Ripening
from apps.acceptance.core.suite import AtomSuite, suites_of
from apps.acceptance.core.verdict import NOT_RUN, TestOutcome
from apps.acceptance.models import (
    AcceptanceTest,
    Objection,
    Reading,
    RunScope,
    RunStatus,
    Suite,
    TestResult,
    TestRun,
    TestState,
)
from apps.acceptance.queries.ripeness import ripening
from apps.acceptance.verification import RunTests
from apps.accounts.models import User
from apps.common.events import announce
from apps.masterplans.core import topics
from apps.masterplans.core.document import Priority
from apps.masterplans.models import Masterplan, Wave

logger = logging.getLogger(__name__)

OUTPUT_KEPT = 16_000  # characters of each stream's end


@dataclass(frozen=True, slots=True)
class Work:
    """One run with everything that it needs."""

    run: TestRun
    plan: Masterplan
    token: UUID
    ripening: Ripening
    tests: Mapping[str, AcceptanceTest]  # that run now, by the id of the check
    checks: Mapping[str, Check]


def queue_run(
    *,
    plan: Masterplan,
    wave: Wave,
    scope: RunScope,
    code_sequence: int,
    by: User | None = None,
) -> TestRun:
    """Add a run; the caller holds the plan's lock, so that two never have one number."""
    last = TestRun.objects.filter(plan=plan).aggregate(last=Max("number"))["last"] or 0
    run = TestRun.objects.create(
        plan=plan,
        wave=wave,
        scope=scope,
        number=last + 1,
        is_on_demand=by is not None,
        requested_by=by,
        code_sequence=code_sequence,
        revision=Suite.objects.values_list("revision", flat=True).get(plan=plan),
    )
    announce(topics.tests(plan.ref))
    return run


def take_up_lost_runs(plan_id: UUID, *, now: datetime) -> None:
    """Let others take what dead workers left; end what waited too long or kills every worker."""
    rows = TestRun.objects.filter(plan=plan_id)
    leases.return_lost(rows, waiting=RunStatus.QUEUED, working=RunStatus.RUNNING, now=now)
    dead = rows.filter(status=RunStatus.RUNNING, lease_expires_at__lt=now)
    dead.update(
        status=RunStatus.NOT_RUN,
        finished_at=now,
        note=f"Its worker died {leases.MAX_RUNS} times. Look at the log of the sandbox worker.",
    )
    waited = rows.filter(
        status=RunStatus.QUEUED, started_at=None, queued_at__lt=now - leases.LONGEST_WAIT
    )
    waited.update(
        status=RunStatus.NOT_RUN,
        finished_at=now,
        note=leases.NOT_TAKEN,
    )


def carry_out(run_id: UUID, *, files: Mapping[str, str], run_tests: RunTests) -> bool:
    """Run the tests and judge the gate; False when somebody else has the run or it is over.

    What is taken twice runs once. A worker that dies leaves a row that another one takes.
    """
    rows = TestRun.objects.filter(pk=run_id)
    now = timezone.now()
    token = leases.claim(rows, waiting=RunStatus.QUEUED, working=RunStatus.RUNNING, now=now)
    if token is None:
        return False
    rows.filter(started_at=None).update(started_at=now)
    with leases.renewed(TestRun, token):
        work = _prepare(run_id, token)
        announce(topics.tests(work.plan.ref))
        outcomes, repeated = _run_all(work, files, run_tests)
        findings = _lookups(work, files)
        _store(work, outcomes, repeated, findings)
    return True


def code_of(files: Mapping[str, str]) -> dict[str, str]:
    """Return the files of a project that can be run: what steers tools stays outside the sandbox."""
    return {path: text for path, text in files.items() if path.endswith(".py") or is_read(path)}


# --- what is run --------------------------------------------------------------------------------


def _prepare(run_id: UUID, token: UUID) -> Work:
    run = TestRun.objects.select_related("wave").get(pk=run_id)
    plan = Masterplan.objects.defer("source_text", "context").get(pk=run.plan_id)
    sorted_out = ripening(plan.pk, wave=run.wave, is_final=run.scope == RunScope.FULL)
    wanted = AcceptanceTest.objects.filter(
        plan=plan, state=TestState.ACTIVE, requirement__ref__in=sorted_out.fresh
    ).exclude(requirement__reading__is_withdrawn=True)
    tests = {test.check_id: test for test in wanted}
    checks = {check_id: check_from_data(test.check_data) for check_id, test in tests.items()}
    return Work(run, plan, token, sorted_out, tests, checks)


def _run_all(
    work: Work, files: Mapping[str, str], run_tests: RunTests
) -> tuple[dict[str, TestOutcome], set[str]]:
    """Return the outcomes by check, and the checks that ran again because the host was busy."""
    atoms = suites_of(work.checks.values())
    results = list(_workers().map(lambda atom: _run_atom(atom, files, run_tests), atoms))
    outcomes: dict[str, TestOutcome] = {}
    repeated: set[str] = set()
    for found, again in results:
        outcomes |= found
        repeated |= again
    return outcomes, repeated


def _run_atom(
    atom: AtomSuite, files: Mapping[str, str], run_tests: RunTests
) -> tuple[Mapping[str, TestOutcome], set[str]]:
    outcomes = run_tests(atom, files)
    late = _late(atom, outcomes)
    if not late or not _is_host_busy():
        return outcomes, set()
    again = run_tests(atom, files)
    return {**outcomes, **{check: again.get(check, NOT_RUN) for check in late}}, late


def _late(atom: AtomSuite, outcomes: Mapping[str, TestOutcome]) -> set[str]:
    """Return the checks that took too long: their tests, or the calls that they measure."""
    measured = {check.id for check in atom.checks if check.kind is CheckKind.PERFORMANCE}
    return {
        check
        for check, each in outcomes.items()
        if each.status is TestStatus.TIMEOUT
        or (check in measured and each.status is TestStatus.FAILED)
    }


def _is_host_busy() -> bool:
    return os.getloadavg()[0] > (os.cpu_count() or 1)


@cache
def _workers() -> ThreadPoolExecutor:
    """The threads of this process that wait for sandboxes; so many tests run here at once."""
    return ThreadPoolExecutor(settings.ACCEPTANCE_AT_ONCE, thread_name_prefix="tests")


def _lookups(work: Work, files: Mapping[str, str]) -> list[tuple[str, LookupFinding]]:
    """Return where the code carries examples, each with the path."""
    return [
        (path, finding)
        for path, code in files.items()
        if (checks := [each for each in work.checks.values() if each.target.path == path])
        for finding in find_lookups(code, path, checks)
    ]


# --- what is kept -------------------------------------------------------------------------------


@transaction.atomic
def _store(
    work: Work,
    outcomes: Mapping[str, TestOutcome],
    repeated: set[str],
    findings: Sequence[tuple[str, LookupFinding]],
) -> None:
    """Keep results and verdict, unless another worker took the run meanwhile."""
    mine = TestRun.objects.select_for_update().filter(pk=work.run.pk, run_token=work.token)
    if not mine.filter(status=RunStatus.RUNNING).exists():
        return
    TestResult.objects.bulk_create(
        _result(
            work.run,
            test,
            outcomes.get(check_id, NOT_RUN),
            was_repeated=check_id in repeated,
        )
        for check_id, test in work.tests.items()
    )
    _store_objections(work, findings)
    gate = _judge(work)
    mine.update(
        status=RunStatus.FINISHED,
        finished_at=timezone.now(),
        gate=gate.state.value,
        gate_reason=gate.reason,
        must_passed=gate.must.passed,
        must_total=gate.must.total,
        should_passed=gate.should.passed,
        should_total=gate.should.total,
        blocking=list(gate.blocking),
        objections=list(gate.objections),
        uncovered=list(gate.uncovered),
        pending=list(gate.pending),
    )
    announce(*topics.of_plan(work.plan.ref), topics.tests(work.plan.ref))


def _result(
    run: TestRun, test: AcceptanceTest, outcome: TestOutcome, *, was_repeated: bool
) -> TestResult:
    return TestResult(
        run=run,
        test=test,
        status=outcome.status.value,
        message=_storable(outcome.message),
        duration_ms=outcome.duration_ms,
        stdout=_storable(outcome.stdout),
        stderr=_storable(outcome.stderr),
        was_repeated=was_repeated,
    )


def _storable(text: str) -> str:
    """The end of a text, without what Postgres does not take."""
    return text[-OUTPUT_KEPT:].replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _store_objections(work: Work, findings: Sequence[tuple[str, LookupFinding]]) -> None:
    """Keep each place once: what a person cleared stays clear while the code there stays."""
    atoms = {test.requirement_id: test.atom_id for test in work.tests.values()}
    refs = dict(work.plan.requirements.values_list("ref", "pk"))
    for path, finding in findings:
        requirement = refs[finding.requirement]
        place = f"{path}\n{finding.requirement}\n{finding.message}"
        Objection.objects.update_or_create(
            requirement_id=requirement,
            code_sha256=hashlib.sha256(place.encode()).hexdigest(),
            defaults={"line": finding.line},
            create_defaults={
                "plan": work.plan,
                "atom_id": atoms[requirement],
                "line": finding.line,
                "message": finding.message,
                "found_at": timezone.now(),
            },
        )
    found = {refs[finding.requirement] for _, finding in findings}
    judged = {test.requirement_id for test in work.tests.values()}
    # Code that carries the examples no longer is not objected to any more.
    Objection.objects.filter(requirement__in=judged - found, cleared_at=None).delete()


def _judge(work: Work) -> Gate:
    """Judge the requirements that are ripe, by the newest result of each of their tests."""
    return judge(judged_requirements(work.plan, work.ripening), is_final=_is_final(work.run))


def _is_final(run: TestRun) -> bool:
    return run.scope == RunScope.FULL


def judged_requirements(plan: Masterplan, sorted_out: Ripening) -> list[JudgedRequirement]:
    """Return what the gate is judged from, in the order of the plan. Four queries."""
    readings = Reading.objects.filter(plan=plan, is_withdrawn=False).select_related("requirement")
    tests: dict[UUID, list[AcceptanceTest]] = {}
    active = AcceptanceTest.objects.filter(plan=plan, state=TestState.ACTIVE)
    for test in active.filter(is_weak=False, is_flaky=False).defer("text", "check_data"):
        tests.setdefault(test.requirement_id, []).append(test)
    newest = dict(
        TestResult.objects.filter(test__plan=plan, test__state=TestState.ACTIVE)
        .order_by("test_id", "-id")
        .distinct("test_id")
        .values_list("test_id", "status")
    )
    objections: dict[UUID, list[str]] = {}
    for row in Objection.objects.filter(plan=plan, cleared_at=None):
        objections.setdefault(row.requirement_id, []).append(row.message)
    return [
        JudgedRequirement(
            ref=reading.requirement.ref,
            priority=Priority(reading.priority),
            tests=tuple(
                JudgedTest(
                    test.check_id,
                    TestStatus(newest.get(test.pk, TestStatus.NOT_RUN)),
                    is_quarantined=test.is_quarantined,
                )
                for test in tests.get(reading.requirement_id, ())
            ),
            objections=tuple(
                f"{reading.requirement.ref}: {message}"
                for message in objections.get(reading.requirement_id, ())
            ),
            is_pending=reading.requirement.ref in sorted_out.pending,
        )
        for reading in readings
    ]


def is_open(run: TestRun) -> bool:
    """Whether the run's gate lets the plan go on."""
    return run.gate == GateState.OPEN.value
