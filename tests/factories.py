"""The smallest valid rows; a test states only what matters to it."""

import hashlib
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import factory
from django.contrib.auth.models import Group
from django.db.models import Model

from apps.acceptance.core.authoring.check_json import check_as_data
from apps.acceptance.core.binding import is_script
from apps.acceptance.core.checks import Check, CheckKind, Span, Target
from apps.acceptance.core.render_pytest import render_pytest
from apps.acceptance.core.render_vitest import render_vitest
from apps.acceptance.models import (
    AcceptanceTest,
    Dispute,
    GateResult,
    Objection,
    Origin,
    Reading,
    RunScope,
    RunStatus,
    Suite,
    SuiteStatus,
    TestOutcome,
    TestResult,
    TestRun,
    TestState,
)
from apps.accounts.core.roles import Role
from apps.accounts.models import User
from apps.budgets import actions as budgets
from apps.budgets.adapters.ledger import Movement, book
from apps.budgets.models import (
    NO_MONEY,
    Budget,
    EventKind,
    Hold,
    HoldState,
    ModelPrice,
    Override,
    OverrideStatus,
)
from apps.execution.models import Attempt, AttemptStatus, CodeVersion
from apps.masterplans.core.document import AtomKind, GateMode
from apps.masterplans.models import (
    Atom,
    AtomDependency,
    Language,
    Masterplan,
    Milestone,
    Phase,
    PlanStatus,
    Priority,
    Requirement,
    Task,
    Wave,
)
from apps.traceability.core.kinds import StepKind
from apps.traceability.models import TraceEvent

LEASE_END = datetime(2100, 1, 1, tzinfo=UTC)  # far enough that no sweeper takes the attempt


class RowFactory(factory.django.DjangoModelFactory):
    """Reads back the columns that the database fills in."""

    class Meta:
        abstract = True

    @classmethod
    def _create(cls, model_class: type[Model], *args: Any, **kwargs: Any) -> Model:
        row = super()._create(model_class, *args, **kwargs)
        filled = [f.name for f in row._meta.fields if f.has_db_default()]
        if filled:
            row.refresh_from_db(fields=filled)
        return row


class UserFactory(RowFactory):
    """Somebody without a role; `UserFactory(role=Role.OPERATOR)` has one, `password=` is hashed."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"person-{n}")
    password = factory.django.Password(None)  # unusable unless given

    @factory.post_generation
    def role(self, create: bool, extracted: Role | None, **_: object) -> None:
        if create and extracted is not None:
            group, _created = Group.objects.get_or_create(name=extracted.value)
            self.groups.add(group)


class MasterplanFactory(RowFactory):
    """A plan that is ready to start and has no atoms yet; `budget=None` leaves it without money."""

    class Meta:
        model = Masterplan
        skip_postgeneration_save = True

    owner = factory.SubFactory(UserFactory)
    title = factory.Sequence(lambda n: f"Plan {n}")
    language = Language.PYTHON
    package = "demo"
    source_text = factory.LazyAttribute(
        lambda plan: f"---\ntitle: {plan.title}\nlanguage: {plan.language}\n---\n"
    )
    source_sha256 = factory.LazyAttribute(
        lambda plan: hashlib.sha256(plan.source_text.encode()).hexdigest()
    )
    budget_usd = Decimal(200)
    soft_cap = Decimal("0.7")
    model = "default"
    gate = GateMode.PER_WAVE.value
    status = PlanStatus.READY

    @factory.post_generation
    def money(self, create: bool, extracted: bool | None, **_: object) -> None:
        if create and extracted is not False:
            budgets.open_budget(plan=self, hard_cap=self.budget_usd, soft_share=self.soft_cap)


class BudgetFactory(RowFactory):
    """The budget of a new plan; `BudgetFactory(plan__budget_usd=5)` has a hard cap of 5 USD."""

    class Meta:
        model = Budget

    plan = factory.SubFactory(MasterplanFactory)

    @classmethod
    def _create(cls, model_class: type[Model], *args: Any, **kwargs: Any) -> Model:
        """Return the budget that the plan was made with, changed by what is given."""
        budget = Budget.objects.select_related("plan").get(plan=kwargs.pop("plan"))
        if kwargs:
            Budget.objects.filter(pk=budget.pk).update(**kwargs)
            budget.refresh_from_db()
        return budget


class PriceFactory(RowFactory):
    """A model for 1 USD per million tokens in and 2 USD per million out, since long ago."""

    class Meta:
        model = ModelPrice
        django_get_or_create = ("provider", "model", "effective_from")

    provider = "models.test"
    model = "model-1"
    effective_from = datetime(2020, 1, 1, tzinfo=UTC)
    input_usd = Decimal(1)
    output_usd = Decimal(2)
    max_output_tokens = 4096
    source = "made up for a test"


class HoldFactory(RowFactory):
    """A hold of 0.01 USD, with its lines in the ledger; `actual=` settles it.

    `state="unknown"` books the whole amount, `state="voided"` nothing.
    """

    class Meta:
        model = Hold
        skip_postgeneration_save = True

    budget = factory.SubFactory(BudgetFactory)
    call_id = factory.LazyFunction(lambda: f"{uuid.uuid4().hex}.1")
    purpose = "atom"
    trace_id = factory.LazyAttribute(lambda hold: hold.budget.plan.trace_id)
    price = factory.SubFactory(PriceFactory)
    amount = Decimal("0.010000")
    actual = None
    state = factory.LazyAttribute(
        lambda hold: HoldState.HELD if hold.actual is None else HoldState.SETTLED
    )
    max_tokens = 1000
    lease_expires_at = LEASE_END

    @classmethod
    def _create(cls, model_class: type[Model], *args: Any, **kwargs: Any) -> Model:
        if kwargs["state"] == HoldState.UNKNOWN and kwargs["actual"] is None:
            kwargs["actual"] = kwargs["amount"]
        if kwargs["state"] != HoldState.HELD:
            kwargs.setdefault("ended_at", datetime.now(tz=UTC))
        return super()._create(model_class, *args, **kwargs)

    @factory.post_generation
    def lines(self, create: bool, extracted: object, **_: object) -> None:
        if not create:
            return
        facts = {"hold_id": self.pk, "price_id": self.price_id}
        book(self.budget_id, Movement(EventKind.RESERVE, held_delta=self.amount, **facts))
        kind = _ENDS.get(self.state)
        if kind is not None:
            spent = self.actual or NO_MONEY
            line = Movement(kind, spent_delta=spent, held_delta=-self.amount, **facts)
            book(self.budget_id, line)


_ENDS = {
    HoldState.SETTLED: EventKind.SETTLE,
    HoldState.VOIDED: EventKind.VOID,
    HoldState.UNKNOWN: EventKind.CAPTURE_UNKNOWN,
}


class OverrideFactory(RowFactory):
    """An operator asks for 300 instead of 200 USD; it waits until 2100."""

    class Meta:
        model = Override

    budget = factory.SubFactory(BudgetFactory)
    asked_by = factory.SubFactory(UserFactory, role=Role.OPERATOR)
    amount = Decimal(300)
    cap_before = factory.LazyAttribute(lambda override: override.budget.hard_cap)
    reason = "The adapters needed four tries each."
    expires_at = LEASE_END
    status = OverrideStatus.WAITING


class PhaseFactory(RowFactory):
    class Meta:
        model = Phase

    plan = factory.SubFactory(MasterplanFactory)
    position = factory.Sequence(int)
    title = "Core"


class MilestoneFactory(RowFactory):
    class Meta:
        model = Milestone

    phase = factory.SubFactory(PhaseFactory)
    position = factory.Sequence(int)
    title = "First milestone"


class TaskFactory(RowFactory):
    class Meta:
        model = Task

    milestone = factory.SubFactory(MilestoneFactory)
    position = factory.Sequence(int)
    title = "First task"
    path = "demo/core.py"


class WaveFactory(RowFactory):
    """The next wave of its plan."""

    class Meta:
        model = Wave

    plan = factory.SubFactory(MasterplanFactory)
    number = factory.LazyAttribute(lambda wave: Wave.objects.filter(plan=wave.plan).count() + 1)
    title = factory.LazyAttribute(lambda wave: f"Wave {wave.number}")


def _task_of(plan: Masterplan) -> Task:
    task = Task.objects.filter(milestone__phase__plan=plan).first()
    return task or TaskFactory(milestone__phase__plan=plan)


def _wave_of(plan: Masterplan) -> Wave:
    return Wave.objects.filter(plan=plan).first() or WaveFactory(plan=plan)


class AtomFactory(RowFactory):
    """An atom in the first task and the first wave of its plan; both are made when missing."""

    class Meta:
        model = Atom

    plan = factory.SubFactory(MasterplanFactory)
    task = factory.LazyAttribute(lambda atom: _task_of(atom.plan))
    wave = factory.LazyAttribute(lambda atom: _wave_of(atom.plan))
    position = factory.Sequence(int)
    path = factory.LazyAttribute(lambda atom: atom.task.path)
    symbol = factory.Sequence(lambda n: f"work_{n}")
    kind = AtomKind.FUNCTION.value
    language = Language.PYTHON
    signature = factory.LazyAttribute(lambda atom: f"{atom.symbol}(text: str) -> str")

    @classmethod
    def _generate(cls, strategy: Any, params: dict[str, Any]) -> Atom:
        """Take the plan from the wave when only the wave is given."""
        if params.get("wave") is not None:
            params.setdefault("plan", params["wave"].plan)
        return super()._generate(strategy, params)


class AtomDependencyFactory(RowFactory):
    class Meta:
        model = AtomDependency

    dependent = factory.SubFactory(AtomFactory)
    needed = factory.SubFactory(AtomFactory, plan=factory.SelfAttribute("..dependent.plan"))
    kind = "uses"
    reason = "the plan says so"


class RequirementFactory(RowFactory):
    """A MUST; `RequirementFactory(atoms=[atom])` is covered by the atom."""

    class Meta:
        model = Requirement
        skip_postgeneration_save = True

    plan = factory.SubFactory(MasterplanFactory)
    position = factory.Sequence(int)
    ref = factory.LazyAttribute(lambda requirement: f"R{requirement.position + 1}")
    text = "`work` must return text."
    priority = Priority.MUST
    line = 1

    @factory.post_generation
    def atoms(self, create: bool, extracted: list[Atom] | None, **_: object) -> None:
        if create and extracted:
            self.atoms.add(*extracted)


class AttemptFactory(RowFactory):
    """The next attempt at its atom, queued; a running one holds a lease. `cost_usd=` was booked."""

    class Meta:
        model = Attempt
        skip_postgeneration_save = True

    atom = factory.SubFactory(AtomFactory)
    plan = factory.SelfAttribute("atom.plan")
    trace_id = factory.SelfAttribute("atom.trace_id")
    number = factory.LazyAttribute(
        lambda attempt: Attempt.objects.filter(atom=attempt.atom).count() + 1
    )
    status = AttemptStatus.QUEUED
    temperature = Decimal(0)
    run_token = factory.LazyAttribute(lambda attempt: uuid.uuid4() if _runs(attempt) else None)
    lease_expires_at = factory.LazyAttribute(lambda attempt: LEASE_END if _runs(attempt) else None)

    @factory.post_generation
    def cost_usd(self, create: bool, extracted: Decimal | None, **_: object) -> None:
        if create and extracted is not None:
            HoldFactory(
                budget=self.plan.budget,
                atom=self.atom,
                attempt_id=self.pk,
                attempt_number=self.number,
                amount=extracted,
                actual=extracted,
            )

    class Params:
        rejected = factory.Trait(
            status=AttemptStatus.REJECTED,
            response_text="No code.",
            findings=[
                {"rule": "answer.code", "severity": "critical", "message": "No code.", "line": None}
            ],
        )


def _runs(attempt: Any) -> bool:
    return bool(attempt.status == AttemptStatus.RUNNING)


class CodeVersionFactory(RowFactory):
    """Accepted code, not yet committed."""

    class Meta:
        model = CodeVersion

    attempt = factory.SubFactory(AttemptFactory, status=AttemptStatus.SUCCEEDED)
    atom = factory.SelfAttribute("attempt.atom")
    plan = factory.SelfAttribute("attempt.plan")
    code = "def work(text: str) -> str:\n    return text\n"


class TraceEventFactory(RowFactory):
    """A step of an atom; `TraceEventFactory(atom=None, plan=plan)` is one of the plan."""

    class Meta:
        model = TraceEvent

    kind = StepKind.QUEUED.value
    atom = factory.SubFactory(AtomFactory)
    plan = factory.LazyAttribute(lambda event: event.atom.plan)
    trace_id = factory.LazyAttribute(lambda event: (event.atom or event.plan).trace_id)


class SuiteFactory(RowFactory):
    """The suite of a new plan, generated."""

    class Meta:
        model = Suite

    plan = factory.SubFactory(MasterplanFactory)
    status = SuiteStatus.READY
    seed = 7
    generated_at = datetime(2026, 3, 1, tzinfo=UTC)


class ReadingFactory(RowFactory):
    """The reading of a new requirement, of its priority, by its heading; testable."""

    class Meta:
        model = Reading

    requirement = factory.SubFactory(RequirementFactory)
    plan = factory.SelfAttribute("requirement.plan")
    priority = factory.SelfAttribute("requirement.priority")
    confidence = Decimal("0.95")
    reason = "It stands under the heading MUST."
    kind = "returns"


def _atom_of(requirement: Requirement) -> Atom:
    atom = requirement.atoms.first()
    return atom or AtomFactory(plan=requirement.plan)


def _next_check_id(requirement: Requirement) -> str:
    known = AcceptanceTest.objects.filter(requirement=requirement)
    return f"{requirement.ref}.c{known.values('check_id').distinct().count() + 1}"


def _check_of(test: Any) -> Check:
    """`work("a")` gives `"a"`, as a check of the test's atom."""
    target = Target(test.atom.symbol, test.atom.path, parameters=("text",), required=1)
    return Check(
        id=test.check_id,
        requirement=test.requirement.ref,
        kind=CheckKind.RETURNS,
        target=target,
        args=("a",),
        expect="a",
        raises="",
        bound=None,
        property="",
        span=Span(0, 1),
    )


def _text_of(check: Check) -> str:
    if is_script(check.target):
        return render_vitest([check], test_path="acceptance_tests/test_0001.test.ts")
    return render_pytest([check])


class AcceptanceTestFactory(RowFactory):
    """The next active test of a template; requirement and atom are new ones of one plan.

    `AcceptanceTestFactory(requirement=requirement)` takes the requirement's first atom, if any.
    """

    class Meta:
        model = AcceptanceTest

    requirement = factory.SubFactory(RequirementFactory)
    plan = factory.SelfAttribute("requirement.plan")
    atom = factory.LazyAttribute(lambda test: _atom_of(test.requirement))
    check_id = factory.LazyAttribute(lambda test: _next_check_id(test.requirement))
    position = factory.Sequence(int)
    origin = Origin.TEMPLATE
    state = TestState.ACTIVE
    kind = "returns"
    check_data = factory.LazyAttribute(lambda test: check_as_data(_check_of(test)))
    text = factory.LazyAttribute(lambda test: _text_of(_check_of(test)))


class TestRunFactory(RowFactory):
    """The next run of its wave's plan: finished, gate open; another status has no gate."""

    __test__ = False  # pytest takes it for a test otherwise

    class Meta:
        model = TestRun

    wave = factory.SubFactory(WaveFactory)
    plan = factory.SelfAttribute("wave.plan")
    number = factory.LazyAttribute(lambda run: TestRun.objects.filter(plan=run.plan).count() + 1)
    scope = RunScope.WAVE
    status = RunStatus.FINISHED
    code_sequence = 1
    revision = 1
    gate = factory.LazyAttribute(
        lambda run: GateResult.OPEN if run.status == RunStatus.FINISHED else ""
    )


class TestResultFactory(RowFactory):
    """A new test that passed in a new run of its plan."""

    __test__ = False

    class Meta:
        model = TestResult

    test = factory.SubFactory(AcceptanceTestFactory)
    run = factory.LazyAttribute(lambda result: TestRunFactory(wave=_wave_of(result.test.plan)))
    status = TestOutcome.PASSED


class ObjectionFactory(RowFactory):
    """The code of an atom carries the examples of a requirement of its plan."""

    class Meta:
        model = Objection

    requirement = factory.SubFactory(RequirementFactory)
    plan = factory.SelfAttribute("requirement.plan")
    atom = factory.LazyAttribute(lambda objection: _atom_of(objection.requirement))
    code_sha256 = "0" * 64
    line = factory.Sequence(lambda n: n + 1)
    message = "The code compares its argument with an example."


class DisputeFactory(RowFactory):
    """An operator says that a new requirement is wrong, and proposes nothing."""

    class Meta:
        model = Dispute

    requirement = factory.SubFactory(RequirementFactory)
    plan = factory.SelfAttribute("requirement.plan")
    asked_by = factory.SubFactory(UserFactory, role=Role.OPERATOR)
    reason = "The example contradicts the sentence before it."
