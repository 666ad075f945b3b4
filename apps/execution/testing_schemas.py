"""What the routes of acceptance testing take and answer."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import AfterValidator, ConfigDict

from apps.acceptance.core.report import Word
from apps.acceptance.models import DisputeStatus, TestOutcome, TestRun
from apps.acceptance.queries.gates import GateWord, gate_word
from apps.masterplans.models import Priority

MOST_HISTORY = 50


def _storable(text: str) -> str:
    if "\0" in text:
        raise ValueError("The text has a character that cannot be stored.")
    return text


Words = Annotated[str, Field(max_length=2000), AfterValidator(_storable)]
Ref = Annotated[str, Field(max_length=80), AfterValidator(_storable)]
LongText = Annotated[str, Field(max_length=100_000), AfterValidator(_storable)]


class Body(Schema):
    """A mistyped field is refused: left out, it could mean something else."""

    model_config = ConfigDict(extra="forbid")


# --- what is sent -------------------------------------------------------------------------------


class ReasonIn(Body):
    reason: Words = Field(description="Why; kept in the audit log.")


class EditIn(Body):
    text: LongText = Field(
        description="The whole test. It passes the same quality gates as a generated one, or is"
        " refused with each weakness in words."
    )


class PriorityIn(Body):
    priority: Priority
    reason: Words = Field(description="Why it is more or less binding than it was read.")


class DisputeIn(Body):
    reason: Words = Field(description="What is wrong with the requirement.")
    proposal: LongText = Field("", description="How it should read; empty asks to leave it out.")


class DecisionIn(Body):
    decision: Literal["uphold", "decline"] = Field(
        description="uphold: the requirement is wrong, and the plan's text gets a new version."
    )
    comment: Words


class ApprovalsIn(Body):
    test_ids: list[UUID] | None = Field(
        None,
        max_length=1000,
        description="Without them all that wait, except tests of low trust: those are approved"
        " one by one.",
    )


class PolicyIn(Body):
    needs_review: bool = Field(description="No test of the plan counts before it was approved.")


class ResultFilters(Schema):
    requirement: Ref | None = Field(None, description="Its name in the plan: R1.")
    status: TestOutcome | Literal["never"] | None = Field(
        None, description="Of the latest result; never: no run has had the test."
    )
    history: int = Field(5, ge=1, le=MOST_HISTORY, description="Results of each test, at most.")
    output: bool = Field(
        default=False, description="Send the ends of stdout and stderr with every result."
    )


class RequirementFilters(Schema):
    priority: Priority | None = None
    testable: bool | None = None


class ReportFilters(Schema):
    format: Literal["json", "csv", "junit"] | None = Field(
        None, description="Goes before the Accept header (text/csv, application/xml)."
    )


# --- what is answered ---------------------------------------------------------------------------


class SuiteOut(Schema):
    plan_id: UUID
    plan: str = Field(alias="plan.ref")
    status: str = Field(description="queued, generating, ready or failed.")
    note: str = Field(description="The sentence that explains the status.")
    seed: int = Field(description="Draws the inputs that nobody stated.")
    revision: int = Field(description="Counts up with everything that may change a gate.")
    requested_at: datetime
    generated_at: datetime | None


class RunOut(Schema):
    id: UUID
    number: int = Field(description="Of the masterplan, from 1.")
    plan: str = Field(alias="plan.ref")
    wave: int = Field(alias="wave.number")
    scope: str = Field(description="wave: what that wave completed; full: everything.")
    status: str = Field(
        description="queued, running, finished, or not_run: no sandbox took it, which says nothing"
        " about the code."
    )
    note: str
    is_on_demand: bool = Field(description="A person asked for it; the masterplan does not wait.")
    code_sequence: int = Field(description="Of the newest accepted code when it was asked for.")
    revision: int = Field(description="Of the tests.")
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    gate: GateWord | None = Field(description="Null until it finished.")
    gate_reason: str

    @staticmethod
    def resolve_gate(run: TestRun) -> GateWord | None:
        return gate_word(run) if run.gate else None


class TallyOut(Schema):
    passed: int
    total: int
    share: float | None = Field(description="0 to 1; null where there is nothing to measure.")


class RunFactsOut(Schema):
    id: UUID
    number: int
    scope: str
    wave: int
    code_sequence: int
    revision: int
    finished_at: datetime | None
    is_current: bool = Field(description="Neither code nor tests have changed since.")


class DistanceOut(Schema):
    tests: int = Field(description="Tests that have to pass yet, of MUST and SHOULD together.")
    must: int
    should: int = Field(description="Any of the SHOULD tests that fail; 95 % are asked.")
    objections: int = Field(description="To be cleared by a person, or mended by other code.")
    uncovered: list[str] = Field(description="MUSTs that need a test.")


class BlockingOut(Schema):
    id: str = Field(description="Of the check: R1.c1.")
    test_id: UUID
    requirement: str
    priority: str
    atom: str
    atom_id: UUID
    status: str
    message: str


class GateOut(Schema):
    state: GateWord = Field(
        description="not_decidable: a MUST has no test. not_evaluated: no test has judged anything."
        " Only open lets a masterplan go on."
    )
    reason: str
    must: TallyOut
    should: TallyOut
    distance: DistanceOut | None = Field(description="Until it opens; null: nobody can say.")
    objections: list[str]
    uncovered: list[str] = Field(description="MUSTs without a test that counts.")
    pending: list[str] = Field(description="Requirements that a later gate judges.")
    run: RunFactsOut | None = Field(description="Where these figures come from.")


class WaveGateOut(GateOut):
    wave_id: UUID
    wave: int
    title: str
    status: str


class PlanGateOut(GateOut):
    plan_id: UUID
    plan: str
    rule: str = Field(
        description="enforce; observe: nothing is held up by results; off: nothing runs by itself."
    )
    suite_status: str | None = Field(description="Of the tests; null before they were asked for.")
    code_sequence: int = Field(description="Of the newest accepted code; 0 before there is any.")
    blocking: list[BlockingOut] = Field(description="Tests that keep it shut, in plan order.")
    active_run: RunOut | None = Field(description="Under way, or waiting for a sandbox.")
    waves: list[WaveGateOut]


class ResultOut(Schema):
    run: int = Field(alias="run.number")
    run_id: UUID
    wave: int = Field(alias="run.wave.number")
    code_sequence: int = Field(alias="run.code_sequence")
    status: str
    message: str
    duration_ms: int | None = Field(description="By the host's clock.")
    was_repeated: bool = Field(description="It timed out on a busy host, and ran again.")
    at: datetime = Field(alias="ended_at")
    stdout: str | None = Field(None, description="Its end; only with ?output=true.")
    stderr: str | None = None


class TestSummaryOut(Schema):
    id: str = Field(description="Of the check: R1.c1.")
    test_id: UUID
    version: int
    requirement: str
    priority: str
    atom: str
    atom_id: UUID
    kind: str
    state: str = Field(description="waiting, active or rejected.")
    flags: list[str] = Field(
        description="held_out, low_trust, unproven, weak, flaky, quarantined, misses_mutants."
    )


class TestResultsOut(TestSummaryOut):
    status: str = Field(description="Of the latest result; never: no run has had the test.")
    latest: ResultOut | None
    history: list[ResultOut] = Field(description="Newest first, the latest one included.")


class TestOut(TestSummaryOut):
    origin: str = Field(description="template, model or person.")
    text: str
    is_free_text: bool = Field(description="The text itself runs; no typed check stands behind it.")
    decided_by: str | None
    decided_at: datetime | None
    quarantined_by: str | None
    quarantined_at: datetime | None
    quarantine_reason: str


class ObjectionOut(Schema):
    id: int = Field(alias="pk")
    requirement: str = Field(alias="requirement.ref")
    atom: str = Field(alias="atom.ref")
    line: int
    message: str
    found_at: datetime
    cleared_by: str | None = Field(None, alias="cleared_by.username")
    cleared_at: datetime | None
    clear_reason: str


class DisputeOut(Schema):
    id: int = Field(alias="pk")
    ref: str
    requirement: str = Field(alias="requirement.ref")
    status: DisputeStatus
    reason: str
    proposal: str
    asked_by: str | None = Field(None, alias="asked_by.username")
    asked_at: datetime
    decided_by: str | None = Field(None, alias="decided_by.username")
    decided_at: datetime | None
    comment: str


class RequirementOut(Schema):
    requirement_id: UUID
    ref: str
    text: str
    line: int = Field(description="Of the masterplan's text.")
    priority: str
    confidence: float | None = Field(description="In the priority, 0 to 1; null: not read yet.")
    reason: str = Field(description="Why this priority.")
    corrected_by: str | None = Field(description="The priority is this person's.")
    kind: str
    testable: bool | None
    doubt: str = Field(description="Why it cannot be tested.")
    questions: list[str]
    dropped: list[dict[str, Any]] = Field(description="Checks that became no test, with why.")
    is_withdrawn: bool = Field(description="A dispute about it was upheld.")
    tests: list[TestOut]
    objections: list[ObjectionOut] = Field(description="Those that nobody cleared.")
    dispute: DisputeOut | None = Field(description="The one that waits for a decision.")


class ReportTestOut(Schema):
    id: str
    test_id: UUID
    version: int
    kind: str
    atom: str
    state: str
    counts: bool = Field(description="Gates count it.")
    flags: list[str]
    status: str
    message: str
    duration_ms: int | None
    run: int | None
    code_sequence: int | None
    at: datetime | None
    is_current: bool | None = Field(description="It ran over the newest code and tests.")


class ReportRowOut(Schema):
    ref: str
    requirement_id: UUID
    text: str
    priority: str
    confidence: float | None
    reason: str
    kind: str
    testable: bool | None
    verdict: Word
    tests: list[ReportTestOut]
    objections: list[str]
    questions: list[str]


class GenerationOut(Schema):
    covered: int = Field(description="Testable requirements with a test that survived.")
    testable: int
    share: float | None


class ReportOut(Schema):
    plan: str
    title: str
    code_sequence: int
    revision: int | None
    suite_status: str
    generation: GenerationOut
    verdicts: dict[str, int]
    gate: GateOut
    requirements: list[ReportRowOut]


class ResultPageOut(Schema):
    previous: str | None
    next: str | None
    results: list[TestResultsOut]


class RequirementPageOut(Schema):
    previous: str | None
    next: str | None
    results: list[RequirementOut]


class CountOut(Schema):
    approved: int
