"""The shared schema: what a masterplan asks for, and how far each part of it is."""

import re
import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from apps.masterplans.core import document


def new_trace_id() -> str:
    """Return a W3C trace id: 32 lower-case hex digits."""
    return uuid.uuid4().hex


class NextNumber(models.Func):
    """The next number of a Postgres sequence: unique without a lock, gaps allowed."""

    template = "nextval('masterplan_number')"
    arity = 0
    output_field = models.IntegerField()


class Language(models.TextChoices):
    PYTHON = document.Language.PYTHON.value, "Python"
    TYPESCRIPT = document.Language.TYPESCRIPT.value, "TypeScript"
    JAVASCRIPT = document.Language.JAVASCRIPT.value, "JavaScript"


class PlanStatus(models.TextChoices):
    DRAFT = "draft", "Draft"
    READY = "ready", "Ready"
    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused"
    COMPLETED = "completed", "Completed"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


class PauseReason(models.TextChoices):
    BUDGET = "budget", "budget"
    GATE = "gate", "gate"
    OPERATOR = "operator", "operator"
    PROVIDER = "provider", "provider"


class WaveStatus(models.TextChoices):
    PENDING = "pending", "Pending"
    RUNNING = "running", "Running"
    VALIDATING = "validating", "Validating"
    TESTING = "testing", "Testing"
    PASSED = "passed", "Passed"
    BLOCKED = "blocked", "Blocked"


class AtomStatus(models.TextChoices):
    PENDING = "pending", "Pending"
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    SUCCEEDED = "succeeded", "Passed"
    IN_REVIEW = "in_review", "In review"
    FAILED = "failed", "Failed"
    BLOCKED = "blocked", "Blocked"


class Priority(models.TextChoices):
    MUST = document.Priority.MUST.value, "MUST"
    SHOULD = document.Priority.SHOULD.value, "SHOULD"
    MAY = document.Priority.MAY.value, "MAY"


def is_choice(field: str, choices: type[models.TextChoices]) -> models.CheckConstraint:
    """Return the constraint that lets the database refuse any other value."""
    return models.CheckConstraint(
        condition=Q(**{f"{field}__in": choices.values}), name=f"%(class)s_{field}_is_known"
    )


class Masterplan(models.Model):
    """One imported plan and the state of its run."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.IntegerField(unique=True, db_default=NextNumber(), editable=False)
    trace_id = models.CharField(max_length=32, default=new_trace_id, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="masterplans"
    )
    title = models.CharField(max_length=200)
    language = models.CharField(max_length=12, choices=Language.choices, blank=True)
    package = models.CharField(max_length=120, blank=True)
    context = models.TextField(blank=True)
    source_text = models.TextField()
    source_sha256 = models.CharField(max_length=64, db_index=True)
    diagnostics = models.JSONField(default=list, blank=True)
    budget_usd = models.DecimalField(max_digits=14, decimal_places=6)
    soft_cap = models.DecimalField(max_digits=7, decimal_places=6)  # share of the hard cap
    model = models.CharField(max_length=80)  # name of an LLM profile
    gate = models.CharField(max_length=10)
    batching = models.BooleanField(default=False)
    status = models.CharField(
        max_length=10, choices=PlanStatus.choices, default=PlanStatus.DRAFT, db_index=True
    )
    pause_reason = models.CharField(max_length=10, choices=PauseReason.choices, blank=True)
    status_note = models.TextField(blank=True)  # the sentence that explains the status
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    started_at = models.DateTimeField(null=True, blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="started_masterplans",
    )
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-number",)
        constraints = (
            is_choice("status", PlanStatus),
            models.CheckConstraint(
                condition=(Q(status=PlanStatus.PAUSED) & ~Q(pause_reason=""))
                | (~Q(status=PlanStatus.PAUSED) & Q(pause_reason="")),
                name="masterplan_pause_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(soft_cap__gt=0, soft_cap__lte=1), name="masterplan_soft_cap_is_a_share"
            ),
            models.CheckConstraint(
                condition=Q(budget_usd__gt=0), name="masterplan_budget_is_positive"
            ),
        )

    def __str__(self) -> str:
        return f"{self.ref} {self.title}"

    @property
    def ref(self) -> str:
        """The name that people use: mp-0142."""
        return f"mp-{self.number:04d}"

    @property
    def slug(self) -> str:
        """A file name for exports."""
        plain = re.sub(r"[^A-Za-z0-9._-]+", "-", self.package).strip("-._")
        return plain[:100] or self.ref

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens unless somebody asks for it."""
        return self.status in {PlanStatus.COMPLETED, PlanStatus.FAILED, PlanStatus.CANCELLED}


class Phase(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(Masterplan, on_delete=models.CASCADE, related_name="phases")
    position = models.PositiveIntegerField()
    title = models.CharField(max_length=200)

    class Meta:
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(fields=("plan", "position"), name="phase_position_is_free"),
        )

    def __str__(self) -> str:
        return self.title


class Milestone(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    phase = models.ForeignKey(Phase, on_delete=models.CASCADE, related_name="milestones")
    position = models.PositiveIntegerField()
    title = models.CharField(max_length=200)

    class Meta:
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(
                fields=("phase", "position"), name="milestone_position_is_free"
            ),
        )

    def __str__(self) -> str:
        return self.title


class Task(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    milestone = models.ForeignKey(Milestone, on_delete=models.CASCADE, related_name="tasks")
    position = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    path = models.CharField(max_length=300)

    class Meta:
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(fields=("milestone", "position"), name="task_position_is_free"),
        )

    def __str__(self) -> str:
        return self.title


class Wave(models.Model):
    """Atoms that need nothing but atoms of earlier waves."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(Masterplan, on_delete=models.CASCADE, related_name="waves")
    number = models.PositiveIntegerField()  # from 1
    title = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=WaveStatus.choices, default=WaveStatus.PENDING)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("number",)
        constraints = (
            is_choice("status", WaveStatus),
            models.UniqueConstraint(fields=("plan", "number"), name="wave_number_is_free"),
        )

    def __str__(self) -> str:
        return f"Wave {self.number}"


class Atom(models.Model):
    """The smallest unit that one LLM call writes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    trace_id = models.CharField(max_length=32, default=new_trace_id, editable=False)
    plan = models.ForeignKey(Masterplan, on_delete=models.CASCADE, related_name="atoms")
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="atoms")
    wave = models.ForeignKey(
        Wave, on_delete=models.SET_NULL, null=True, blank=True, related_name="atoms"
    )
    position = models.PositiveIntegerField()  # order in the plan, and so in its file
    path = models.CharField(max_length=300)
    symbol = models.CharField(max_length=200)
    kind = models.CharField(max_length=12)
    language = models.CharField(max_length=12, choices=Language.choices)
    signature = models.TextField()
    description = models.TextField(blank=True)
    external_uses = models.JSONField(default=list, blank=True)  # names that no atom has
    is_critical = models.BooleanField(default=False)  # on the longest chain of dependencies
    status = models.CharField(max_length=10, choices=AtomStatus.choices, default=AtomStatus.PENDING)
    status_note = models.TextField(blank=True)  # the sentence that explains the status
    attempt_limit = models.PositiveSmallIntegerField(default=4)
    queued_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("position",)
        constraints = (
            is_choice("status", AtomStatus),
            models.UniqueConstraint(fields=("plan", "position"), name="atom_position_is_free"),
            models.UniqueConstraint(
                fields=("plan", "path", "symbol"), name="atom_symbol_is_free_in_its_file"
            ),
        )
        indexes = (models.Index(fields=("plan", "status"), name="atom_plan_status"),)

    def __str__(self) -> str:
        return self.ref

    @property
    def ref(self) -> str:
        """The name that people use: textkit/slug.py::slugify."""
        return f"{self.path}::{self.symbol}"

    def as_spec(self) -> document.AtomSpec:
        """Return what the plan asks for, in the words of the core; uses and covers left out."""
        return document.AtomSpec(
            path=self.path,
            symbol=self.symbol,
            kind=document.AtomKind(self.kind),
            language=document.Language(self.language),
            signature=self.signature,
            description=self.description,
            uses=(),
            covers=(),
            line=0,
        )


class AtomDependency(models.Model):
    """`dependent` can only be written once `needed` exists."""

    dependent = models.ForeignKey(Atom, on_delete=models.CASCADE, related_name="needs")
    needed = models.ForeignKey(Atom, on_delete=models.CASCADE, related_name="needed_by")
    kind = models.CharField(max_length=12)
    reason = models.CharField(max_length=300)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("dependent", "needed"), name="dependency_is_unique"),
            models.CheckConstraint(
                condition=~Q(dependent=F("needed")), name="dependency_is_not_on_itself"
            ),
        )

    def __str__(self) -> str:
        return f"{self.dependent_id} needs {self.needed_id}"


class Requirement(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(Masterplan, on_delete=models.CASCADE, related_name="requirements")
    position = models.PositiveIntegerField()
    ref = models.CharField(max_length=80)  # R1
    text = models.TextField()
    priority = models.CharField(max_length=6, choices=Priority.choices)
    reason = models.TextField(blank=True)  # why this priority
    line = models.PositiveIntegerField()  # of the masterplan's text, from 1
    atoms = models.ManyToManyField(Atom, related_name="requirements", blank=True)

    class Meta:
        ordering = ("position",)
        constraints = (
            is_choice("priority", Priority),
            models.UniqueConstraint(fields=("plan", "ref"), name="requirement_ref_is_free"),
        )

    def __str__(self) -> str:
        return self.ref
