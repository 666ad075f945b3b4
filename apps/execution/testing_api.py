"""Acceptance testing over HTTP: ask for tests, run them, read results, gate and report, act on tests."""

from typing import Annotated, Any
from uuid import UUID

from django.conf import settings
from django.db.models import Max, Prefetch, QuerySet
from django.http import HttpResponse
from django.utils.cache import patch_vary_headers
from ninja import Path, Query, Router, Status

from apps.acceptance import actions as acceptance
from apps.acceptance.core.report import report_as_csv, report_as_data, report_as_junit
from apps.acceptance.errors import DisputeNotFound
from apps.acceptance.models import (
    AcceptanceTest,
    Dispute,
    DisputeStatus,
    Objection,
    Suite,
    TestRun,
    TestState,
)
from apps.acceptance.queries.gates import plan_gate
from apps.acceptance.queries.report import atoms_that_miss_mutants, plan_report
from apps.acceptance.queries.results import LONG_TEXTS, current_tests, result_histories
from apps.accounts.actions import require
from apps.accounts.api import ApiRequest
from apps.accounts.core.roles import Action
from apps.common.errors import ConsoleError
from apps.common.paging import Pages
from apps.execution import actions
from apps.execution.api import find_plan
from apps.execution.models import CodeVersion
from apps.execution.testing_answers import (
    gate_as_data,
    requirement_as_data,
    test_as_data,
    test_results,
    waves_as_data,
)
from apps.execution.testing_schemas import (
    ApprovalsIn,
    CountOut,
    DecisionIn,
    DisputeIn,
    DisputeOut,
    EditIn,
    ObjectionOut,
    PlanGateOut,
    PolicyIn,
    PriorityIn,
    ReasonIn,
    ReportFilters,
    ReportOut,
    RequirementFilters,
    RequirementOut,
    RequirementPageOut,
    ResultFilters,
    ResultPageOut,
    RunOut,
    SuiteOut,
    TestOut,
)
from apps.masterplans.models import Masterplan, Requirement, Wave

testing_router = Router(tags=["testing"])

LARGEST_ID = 2**63 - 1  # of a row with a number


class WaveNotFound(ConsoleError):
    """There is no wave {wave}. The gate status of its masterplan names the ids of its waves."""

    code = "wave_not_found"
    status = 404


class RunNotFound(ConsoleError):
    """There is no run of tests {run}."""

    code = "run_not_found"
    status = 404


# --- asking for tests and runs ------------------------------------------------------------------


@testing_router.post(
    "/generate/{masterplan_id}",
    response={202: SuiteOut},
    summary="Generate the acceptance tests of a masterplan",
)
def generate(request: ApiRequest, masterplan_id: str) -> Status[Suite]:
    """A sandbox worker does it; GET testing/gate-status has the status. What is equal stays as it is."""
    require(request.user, Action.RUN_TESTS)
    plan = find_plan(masterplan_id)
    suite = actions.generate_tests(plan_id=plan.pk, by=request.user)
    suite.plan = plan
    return Status(202, suite)


@testing_router.post(
    "/run/{wave_id}", response={202: RunOut}, summary="Run the acceptance tests of a wave"
)
def run_wave(request: ApiRequest, wave_id: UUID) -> Status[TestRun]:
    """Answers the run that is under way, if there is one. The last wave runs every test."""
    require(request.user, Action.RUN_TESTS)
    if not Wave.objects.filter(pk=wave_id).exists():
        raise WaveNotFound(wave=wave_id)
    run = actions.run_wave_tests(wave_id=wave_id, by=request.user)
    return Status(202, _find_run(run.pk))


@testing_router.get("/runs/{run_id}", response=RunOut, summary="One run of acceptance tests")
def get_run(request: ApiRequest, run_id: UUID) -> TestRun:
    require(request.user, Action.VIEW)
    return _find_run(run_id)


@testing_router.put(
    "/policy/{masterplan_id}",
    response=PolicyIn,
    summary="Choose whether tests need a person's approval",
)
def set_policy(request: ApiRequest, masterplan_id: str, body: PolicyIn) -> dict[str, bool]:
    require(request.user, Action.RUN_TESTS)
    plan = find_plan(masterplan_id)
    policy = acceptance.set_review_policy(
        plan_id=plan.pk, by=request.user, needs_review=body.needs_review
    )
    actions.reconcile(plan.pk)
    return {"needs_review": policy.needs_review}


# --- reading ------------------------------------------------------------------------------------

_RESULT_PAGES = Pages(ordering=("position",), page_size=50)
_REQUIREMENT_PAGES = Pages(ordering=("position",), page_size=50)


@testing_router.get(
    "/results/{masterplan_id}",
    response=ResultPageOut,
    summary="The latest result of each test, with history",
)
def list_results(
    request: ApiRequest,
    masterplan_id: str,
    filters: Query[ResultFilters],
    page: Query[Pages.Input],
) -> dict[str, Any]:
    require(request.user, Action.VIEW)
    plan = find_plan(masterplan_id)
    tests = current_tests(plan, requirement=filters.requirement, status=filters.status)
    found: dict[str, Any] = _RESULT_PAGES.paginate_queryset(
        tests.defer(*LONG_TEXTS),
        pagination=page,
        request=request,
    )
    shown: list[AcceptanceTest] = found["results"]
    histories = result_histories(
        [test.pk for test in shown], most=filters.history, with_output=filters.output
    )
    weak_atoms = atoms_that_miss_mutants(plan)
    found["results"] = [
        test_results(test, histories.get(test.pk, []), weak_atoms, filters) for test in shown
    ]
    return found


@testing_router.get(
    "/gate-status/{masterplan_id}",
    response=PlanGateOut,
    summary="The acceptance gate: state, tallies, blocking tests, distance",
)
@testing_router.get(
    "/gate/{masterplan_id}",
    response=PlanGateOut,
    summary="Alias of GET testing/gate-status/{masterplan_id}",
    operation_id="testing_get_gate",
)
def get_gate(request: ApiRequest, masterplan_id: str) -> dict[str, Any]:
    """The gate of the run over the newest code and tests; where it says `is_current: false`, code or
    tests have changed since, and a newer run will judge them.
    """
    require(request.user, Action.VIEW)
    plan = find_plan(masterplan_id)
    code_sequence = _newest_code(plan)
    found = plan_gate(plan, code_sequence=code_sequence)
    return {
        **gate_as_data(found.gate),
        "plan_id": plan.pk,
        "plan": plan.ref,
        "rule": settings.ACCEPTANCE_GATE,
        "suite_status": found.suite.status if found.suite else None,
        "code_sequence": code_sequence,
        "blocking": found.blocking,
        "active_run": _with_plan(found.active_run, plan),
        "waves": waves_as_data(found),
    }


@testing_router.get(
    "/report/{masterplan_id}",
    response=ReportOut,
    summary="A verdict for each requirement, with its tests, as JSON, CSV or JUnit XML",
)
def get_report(
    request: ApiRequest,
    response: HttpResponse,
    masterplan_id: str,
    filters: Query[ReportFilters],
) -> dict[str, Any] | HttpResponse:
    """`Accept: text/csv` or `application/xml`, or `?format=csv` or `junit`, answer a file.

    Verdicts: met, not_met, pending (a later gate judges it), not_evaluated (nothing ran), uncovered
    (no test of it counts), untestable (its questions say why), withdrawn.
    """
    require(request.user, Action.VIEW)
    plan = find_plan(masterplan_id)
    code_sequence = _newest_code(plan)
    gate = plan_gate(plan, code_sequence=code_sequence)
    report = plan_report(plan, code_sequence=code_sequence, gate=gate)
    wanted = filters.format or _preferred(request)
    if wanted == "csv":
        return _file(report_as_csv(report), "text/csv", f"{plan.ref}-acceptance.csv")
    if wanted == "junit":
        return _file(report_as_junit(report), "application/xml", f"{plan.ref}-acceptance.xml")
    patch_vary_headers(response, ("Accept",))
    return {**report_as_data(report), "gate": gate_as_data(gate.gate)}


@testing_router.get(
    "/requirements/{id}",
    response=RequirementPageOut,
    summary="Requirements as they were read, with their tests",
)
def list_requirements(
    request: ApiRequest,
    masterplan_id: Annotated[str, Path(alias="id", description="Of the masterplan.")],
    filters: Query[RequirementFilters],
    page: Query[Pages.Input],
) -> dict[str, Any]:
    require(request.user, Action.VIEW)
    plan = find_plan(masterplan_id)
    found: dict[str, Any] = _REQUIREMENT_PAGES.paginate_queryset(
        _requirements(plan, filters), pagination=page, request=request
    )
    weak_atoms = atoms_that_miss_mutants(plan)
    found["results"] = [requirement_as_data(row, weak_atoms) for row in found["results"]]
    return found


# --- acts of people on tests --------------------------------------------------------------------


@testing_router.post(
    "/approve/{masterplan_id}", response=CountOut, summary="Approve the tests that wait"
)
def approve_all(request: ApiRequest, masterplan_id: str, body: ApprovalsIn) -> dict[str, int]:
    require(request.user, Action.REVIEW_TESTS)
    plan = find_plan(masterplan_id)
    count = acceptance.approve_tests(plan_id=plan.pk, by=request.user, test_ids=body.test_ids)
    actions.reconcile(plan.pk)
    return {"approved": count}


@testing_router.post("/tests/{test_id}/approve", response=TestOut, summary="Approve one test")
def approve(request: ApiRequest, test_id: UUID) -> dict[str, Any]:
    require(request.user, Action.REVIEW_TESTS)
    return _acted(acceptance.approve_test(test_id=test_id, by=request.user))


@testing_router.post(
    "/tests/{test_id}/reject", response=TestOut, summary="Reject a test; it does not count"
)
def reject(request: ApiRequest, test_id: UUID, body: ReasonIn) -> dict[str, Any]:
    require(request.user, Action.REVIEW_TESTS)
    return _acted(acceptance.reject_test(test_id=test_id, by=request.user, reason=body.reason))


@testing_router.put(
    "/tests/{test_id}", response=TestOut, summary="Write a test by hand, as a new version"
)
def edit(request: ApiRequest, test_id: UUID, body: EditIn) -> dict[str, Any]:
    """Answers the new version, which has another `test_id`."""
    require(request.user, Action.REVIEW_TESTS)
    return _acted(acceptance.edit_test(test_id=test_id, by=request.user, text=body.text))


@testing_router.post(
    "/tests/{test_id}/regenerate",
    response=TestOut,
    summary="Go back to what was generated, as a new version",
)
def regenerate(request: ApiRequest, test_id: UUID) -> dict[str, Any]:
    require(request.user, Action.REVIEW_TESTS)
    return _acted(acceptance.regenerate_test(test_id=test_id, by=request.user))


@testing_router.post(
    "/tests/{test_id}/quarantine",
    response=TestOut,
    summary="Show a test without letting it gate",
)
def quarantine(request: ApiRequest, test_id: UUID, body: ReasonIn) -> dict[str, Any]:
    require(request.user, Action.REVIEW_TESTS)
    return _acted(acceptance.quarantine_test(test_id=test_id, by=request.user, reason=body.reason))


@testing_router.post(
    "/tests/{test_id}/release", response=TestOut, summary="Let a quarantined test gate again"
)
def release(request: ApiRequest, test_id: UUID) -> dict[str, Any]:
    require(request.user, Action.REVIEW_TESTS)
    return _acted(acceptance.release_test(test_id=test_id, by=request.user))


# --- acts of people on requirements -------------------------------------------------------------


@testing_router.patch(
    "/requirements/{id}",
    response=RequirementOut,
    summary="Correct the priority of a requirement",
)
def correct_priority(
    request: ApiRequest,
    requirement_id: Annotated[UUID, Path(alias="id", description="Of the requirement.")],
    body: PriorityIn,
) -> dict[str, Any]:
    require(request.user, Action.CORRECT_PRIORITY)
    reading = acceptance.correct_priority(
        requirement_id=requirement_id, by=request.user, priority=body.priority, reason=body.reason
    )
    actions.reconcile(reading.plan_id)
    plan = Masterplan.objects.defer("source_text", "context").get(pk=reading.plan_id)
    row = _requirements(plan, RequirementFilters()).get(pk=requirement_id)
    return requirement_as_data(row, atoms_that_miss_mutants(plan))


@testing_router.post(
    "/objections/{objection_id}/clear",
    response=ObjectionOut,
    summary="Clear an objection: the code may stand as it is",
)
def clear_objection(request: ApiRequest, objection_id: int, body: ReasonIn) -> Objection:
    require(request.user, Action.REVIEW_TESTS)
    objection = acceptance.clear_objection(
        objection_id=_row_number(objection_id), by=request.user, reason=body.reason
    )
    actions.reconcile(objection.plan_id)
    rows = Objection.objects.select_related("requirement", "atom", "cleared_by")
    return rows.get(pk=objection.pk)


@testing_router.post(
    "/requirements/{requirement_id}/dispute",
    response={201: DisputeOut},
    summary="Say that a requirement is wrong",
)
def dispute(request: ApiRequest, requirement_id: UUID, body: DisputeIn) -> Status[Dispute]:
    require(request.user, Action.DISPUTE_REQUIREMENT)
    made = acceptance.open_dispute(
        requirement_id=requirement_id, by=request.user, reason=body.reason, proposal=body.proposal
    )
    return Status(201, _reread(made))


@testing_router.post(
    "/disputes/{dispute_id}/decide",
    response=DisputeOut,
    summary="Uphold or decline a dispute",
)
def decide_dispute(request: ApiRequest, dispute_id: str, body: DecisionIn) -> Dispute:
    """By its number, or its name such as dis-0007."""
    require(request.user, Action.DECIDE_DISPUTE)
    decided = acceptance.decide_dispute(
        dispute_id=_dispute_number(dispute_id),
        by=request.user,
        uphold=body.decision == "uphold",
        comment=body.comment,
    )
    actions.reconcile(decided.plan_id)
    return _reread(decided)


@testing_router.post(
    "/disputes/{dispute_id}/withdraw", response=DisputeOut, summary="Take a dispute back"
)
def withdraw_dispute(request: ApiRequest, dispute_id: str) -> Dispute:
    """Who opened it, or an administrator."""
    require(request.user, Action.VIEW)
    taken_back = acceptance.withdraw_dispute(
        dispute_id=_dispute_number(dispute_id), by=request.user
    )
    return _reread(taken_back)


# --- rows ---------------------------------------------------------------------------------------


def _newest_code(plan: Masterplan) -> int:
    """Return the sequence of the newest accepted code; 0 before there is any."""
    newest = CodeVersion.objects.filter(plan=plan).aggregate(newest=Max("sequence"))["newest"]
    return newest or 0


def _find_run(run_id: UUID) -> TestRun:
    run = TestRun.objects.select_related("plan", "wave").filter(pk=run_id).first()
    if run is None:
        raise RunNotFound(run=run_id)
    return run


def _with_plan(run: TestRun | None, plan: Masterplan) -> TestRun | None:
    if run is not None:
        run.plan = plan
    return run


def _requirements(plan: Masterplan, filters: RequirementFilters) -> QuerySet[Requirement]:
    """Return the requirements with everything that is told of them. Four queries a page."""
    tests = (
        AcceptanceTest.objects.exclude(state=TestState.SUPERSEDED)
        .defer("check_data")
        .select_related("requirement__reading", "atom", "decided_by", "quarantined_by")
    )
    standing = Objection.objects.filter(cleared_at=None).select_related("requirement", "atom")
    waiting = Dispute.objects.filter(status=DisputeStatus.OPEN).select_related(
        "requirement", "asked_by"
    )
    rows = plan.requirements.select_related("reading__corrected_by").prefetch_related(
        Prefetch("tests", tests, to_attr="current_tests"),
        Prefetch("objections", standing, to_attr="standing_objections"),
        Prefetch("disputes", waiting, to_attr="open_disputes"),
    )
    if filters.priority:
        rows = rows.filter(reading__priority=filters.priority)
    if filters.testable is not None:
        is_testable = rows.filter(reading__doubt="")
        rows = is_testable if filters.testable else rows.filter(reading__doubt__gt="")
    return rows


def _acted(test: AcceptanceTest) -> dict[str, Any]:
    """Let a plan that waited go on, and return the test as it is now."""
    actions.reconcile(test.plan_id)
    plan = Masterplan.objects.defer("source_text", "context").get(pk=test.plan_id)
    rows = AcceptanceTest.objects.select_related(
        "requirement__reading", "atom", "decided_by", "quarantined_by"
    )
    return test_as_data(rows.get(pk=test.pk), atoms_that_miss_mutants(plan))


def _reread(dispute: Dispute) -> Dispute:
    return Dispute.objects.select_related("requirement", "asked_by", "decided_by").get(
        pk=dispute.pk
    )


def _row_number(number: int) -> int:
    """Return the number, or one that no row has in place of one that no row can have."""
    return number if 0 < number <= LARGEST_ID else 0


def _dispute_number(name: str) -> int:
    """Return the number in `7` or `dis-0007`. Raises DisputeNotFound."""
    digits = name.removeprefix("dis-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 19):
        raise DisputeNotFound(dispute=name)
    return int(digits)


def _preferred(request: ApiRequest) -> str:
    kinds = {
        "application/json": "json",
        "text/csv": "csv",
        "application/xml": "junit",
        "text/xml": "junit",
    }
    return kinds.get(request.get_preferred_type(list(kinds)) or "", "json")


def _file(text: str, content_type: str, name: str) -> HttpResponse:
    answer = HttpResponse(text, content_type=f"{content_type}; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    patch_vary_headers(answer, ("Accept",))
    return answer
