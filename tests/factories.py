"""The smallest valid rows; a test states only what matters to it."""

import hashlib
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import factory
from django.contrib.auth.models import Group
from django.db.models import Model

from apps.accounts.core.roles import Role
from apps.accounts.models import User
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
    """A plan that is ready to start and has no atoms yet."""

    class Meta:
        model = Masterplan

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
    """The next attempt at its atom, queued; a running one holds a lease."""

    class Meta:
        model = Attempt

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
