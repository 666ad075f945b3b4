"""What the console knows of a plan's requirements: how they were read, their tests, and every run.

A test's text never changes: an edit is a new version, so that a result always belongs to what ran.
"""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from apps.masterplans.models import Atom, Masterplan, Priority, Requirement, Wave, is_choice


def person() -> Any:
    """Return the column for somebody who did something; an account with deeds cannot be deleted."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )


class SuiteStatus(models.TextChoices):
    QUEUED = "queued", "Waiting to be generated"
    GENERATING = "generating", "Being generated"
    READY = "ready", "Ready"
    FAILED = "failed", "Not generated"


class Suite(models.Model):
    """The tests of a plan as a whole. `revision` counts up with everything that may change a gate."""

    UNDER_WAY = (SuiteStatus.QUEUED, SuiteStatus.GENERATING)

    plan = models.OneToOneField(Masterplan, on_delete=models.CASCADE, related_name="suite")
    status = models.CharField(
        max_length=10, choices=SuiteStatus.choices, default=SuiteStatus.QUEUED
    )
    note = models.TextField(blank=True)  # the sentence that explains the status
    seed = models.BigIntegerField()  # draws the inputs that nobody stated
    revision = models.PositiveIntegerField(default=1)
    asks_model = models.BooleanField(default=True)  # for what no template reads
    run_token = models.UUIDField(null=True, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    runs = models.PositiveSmallIntegerField(default=0)  # 1 unless a worker died
    requested_at = models.DateTimeField(db_default=Now(), editable=False)
    dispatched_at = models.DateTimeField(null=True, blank=True)
    generated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (is_choice("status", SuiteStatus),)

    def __str__(self) -> str:
        return f"tests of {self.plan_id}"


class TestPolicy(models.Model):
    """What people want of the tests of a plan, before there are any."""

    __test__ = False  # pytest takes it for a test otherwise

    plan = models.OneToOneField(Masterplan, on_delete=models.CASCADE, related_name="test_policy")
    needs_review = models.BooleanField(default=False)  # no test counts before a person approved it
    changed_by = person()
    changed_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"test policy of {self.plan_id}"


class Reading(models.Model):
    """What a requirement was understood to mean."""

    requirement = models.OneToOneField(
        Requirement, on_delete=models.CASCADE, related_name="reading"
    )
    plan = models.ForeignKey(Masterplan, on_delete=models.CASCADE, related_name="readings")
    priority = models.CharField(max_length=6, choices=Priority.choices)
    confidence = models.DecimalField(max_digits=3, decimal_places=2)  # 0 to 1
    reason = models.TextField()  # why this priority
    kind = models.CharField(max_length=12)
    doubt = models.CharField(max_length=12, blank=True)  # why it cannot be tested; empty: it can
    questions = models.JSONField(default=list, blank=True)
    dropped = models.JSONField(default=list, blank=True)  # checks that became no test: id, reason
    # What a model answered, paid for once: checks, texts, questions. null: not asked.
    authored = models.JSONField(null=True, blank=True)
    corrected_by = person()  # the priority is this person's
    corrected_at = models.DateTimeField(null=True, blank=True)
    is_withdrawn = models.BooleanField(default=False)  # a dispute about it was upheld

    class Meta:
        ordering = ("requirement__position",)
        constraints = (
            is_choice("priority", Priority),
            models.CheckConstraint(
                condition=Q(confidence__gte=0, confidence__lte=1),
                name="reading_confidence_is_a_share",
            ),
        )

    def __str__(self) -> str:
        return f"reading of {self.requirement_id}"

    @property
    def is_testable(self) -> bool:
        return not self.doubt


class Origin(models.TextChoices):
    TEMPLATE = "template", "Template"
    MODEL = "model", "Model"
    PERSON = "person", "Person"


class TestState(models.TextChoices):
    __test__ = False

    WAITING = "waiting", "Waits for approval"
    ACTIVE = "active", "Active"
    REJECTED = "rejected", "Rejected"
    SUPERSEDED = "superseded", "Replaced"  # by a newer version, or the requirement has changed


class AcceptanceTest(models.Model):
    """One check as a test."""

    CURRENT = (TestState.WAITING, TestState.ACTIVE, TestState.REJECTED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(Masterplan, on_delete=models.CASCADE, related_name="tests")
    requirement = models.ForeignKey(Requirement, on_delete=models.CASCADE, related_name="tests")
    atom = models.ForeignKey(Atom, on_delete=models.CASCADE, related_name="tests")
    check_id = models.CharField(max_length=100)  # R1.c1
    version = models.PositiveSmallIntegerField(default=1)
    position = models.PositiveIntegerField()
    origin = models.CharField(max_length=10, choices=Origin.choices)
    state = models.CharField(max_length=10, choices=TestState.choices)
    kind = models.CharField(max_length=16)
    check_data = models.JSONField()  # the check as plain data
    calls = models.JSONField(default=list, blank=True)  # refs of the atoms that it calls besides
    text = models.TextField()  # the test as a module of its own
    is_free_text = models.BooleanField(default=False)  # `text` is what runs, not the check
    is_held_out = models.BooleanField(default=False)
    is_low_trust = models.BooleanField(default=False)
    is_unproven = models.BooleanField(default=False)
    green_on = models.JSONField(null=True, blank=True)  # stubs that it passes on; null: not tried
    is_weak = models.BooleanField(default=False)  # it says nothing: green on code that does nothing
    is_flaky = models.BooleanField(default=False)  # repeats of it did not agree
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    decided_by = person()  # approved, rejected or edited
    decided_at = models.DateTimeField(null=True, blank=True)
    quarantined_by = person()
    quarantined_at = models.DateTimeField(null=True, blank=True)
    quarantine_reason = models.TextField(blank=True)

    class Meta:
        ordering = ("position", "version")
        constraints = (
            is_choice("origin", Origin),
            is_choice("state", TestState),
            models.UniqueConstraint(
                fields=("plan", "check_id", "version"), name="test_version_is_free"
            ),
            models.UniqueConstraint(
                fields=("plan", "check_id"),
                condition=~Q(state="superseded"),
                name="test_has_one_current_version",
            ),
            models.CheckConstraint(
                condition=Q(quarantined_at=None, quarantine_reason="")
                | (Q(quarantined_at__isnull=False) & ~Q(quarantine_reason="")),
                name="test_quarantine_has_a_reason",
            ),
        )
        indexes = (models.Index(fields=("plan", "state"), name="test_plan_state"),)

    def __str__(self) -> str:
        return self.check_id

    @property
    def is_quarantined(self) -> bool:
        return self.quarantined_at is not None


class AtomEvidence(models.Model):
    """How well the tests of an atom tell its code from wrong code."""

    atom = models.OneToOneField(Atom, on_delete=models.CASCADE, related_name="test_evidence")
    plan = models.ForeignKey(Masterplan, on_delete=models.CASCADE, related_name="test_evidence")
    code_sequence = models.BigIntegerField()  # of the code that was changed
    revision = models.PositiveIntegerField()  # of the suite
    killed = models.PositiveIntegerField()
    total = models.PositiveIntegerField()  # mutants that could be run
    survivors = models.JSONField(default=list, blank=True)
    gathered_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(killed__lte=models.F("total")), name="evidence_kills_what_there_is"
            ),
        )

    def __str__(self) -> str:
        return f"{self.killed} of {self.total} mutants of {self.atom_id}"


class RunScope(models.TextChoices):
    WAVE = "wave", "Wave"
    FULL = "full", "Full"


class RunStatus(models.TextChoices):
    QUEUED = "queued", "Waiting for a sandbox"
    RUNNING = "running", "Running"
    FINISHED = "finished", "Finished"
    NOT_RUN = "not_run", "Not run"  # no sandbox took it: that says nothing about the code


class GateResult(models.TextChoices):
    OPEN = "open", "Open"
    CLOSED = "closed", "Closed"
    NOT_DECIDABLE = "not_decidable", "Not decidable"


class TestRun(models.Model):
    """One run of tests over the code of one moment, and the gate that it led to."""

    __test__ = False
    ACTIVE = (RunStatus.QUEUED, RunStatus.RUNNING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(Masterplan, on_delete=models.CASCADE, related_name="test_runs")
    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="test_runs")
    number = models.PositiveIntegerField()  # of the plan, from 1
    scope = models.CharField(max_length=5, choices=RunScope.choices)
    status = models.CharField(max_length=10, choices=RunStatus.choices, default=RunStatus.QUEUED)
    is_on_demand = models.BooleanField(default=False)  # a person asked; the plan does not wait
    requested_by = person()
    code_sequence = models.BigIntegerField()  # the newest accepted code
    revision = models.PositiveIntegerField()  # of the suite
    run_token = models.UUIDField(null=True, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    runs = models.PositiveSmallIntegerField(default=0)
    queued_at = models.DateTimeField(db_default=Now(), editable=False)
    dispatched_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(blank=True)
    gate = models.CharField(max_length=14, choices=GateResult.choices, blank=True)
    gate_reason = models.TextField(blank=True)
    must_passed = models.PositiveIntegerField(default=0)
    must_total = models.PositiveIntegerField(default=0)
    should_passed = models.PositiveIntegerField(default=0)
    should_total = models.PositiveIntegerField(default=0)
    blocking = models.JSONField(default=list, blank=True)  # ids of checks
    objections = models.JSONField(default=list, blank=True)  # sentences
    uncovered = models.JSONField(default=list, blank=True)  # refs of MUSTs without a test
    pending = models.JSONField(default=list, blank=True)  # refs that a later gate judges

    class Meta:
        ordering = ("number",)
        constraints = (
            is_choice("scope", RunScope),
            is_choice("status", RunStatus),
            models.UniqueConstraint(fields=("plan", "number"), name="test_run_number_is_free"),
            models.CheckConstraint(
                condition=(Q(status="finished") & ~Q(gate=""))
                | (~Q(status="finished") & Q(gate="")),
                name="test_run_decides_when_it_ends",
            ),
            models.CheckConstraint(
                condition=Q(must_passed__lte=models.F("must_total"))
                & Q(should_passed__lte=models.F("should_total")),
                name="test_run_passes_what_there_is",
            ),
        )
        indexes = (
            models.Index(fields=("wave", "-number"), name="test_run_of_wave"),
            models.Index(
                fields=("plan",),
                condition=Q(status__in=["queued", "running"]),
                name="test_run_active_of_plan",
            ),
        )

    def __str__(self) -> str:
        return f"test run {self.number} of {self.plan_id}"


class TestOutcome(models.TextChoices):
    __test__ = False

    PASSED = "passed", "Passed"
    FAILED = "failed", "Failed"
    ERROR = "error", "Error"
    TIMEOUT = "timeout", "Timed out"
    UNTRUSTED = "untrusted", "Not trusted"
    NOT_RUN = "not_run", "Not run"


class TestResult(models.Model):
    """How one test ended in one run, by the host's judgement."""

    __test__ = False

    run = models.ForeignKey(TestRun, on_delete=models.CASCADE, related_name="results")
    test = models.ForeignKey(AcceptanceTest, on_delete=models.CASCADE, related_name="results")
    status = models.CharField(max_length=10, choices=TestOutcome.choices)
    message = models.TextField(blank=True)
    duration_ms = models.PositiveIntegerField(null=True, blank=True)  # host clock
    stdout = models.TextField(blank=True)  # the end of it
    stderr = models.TextField(blank=True)
    was_repeated = models.BooleanField(default=False)  # timed out on a busy host, and ran again
    ended_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("id",)
        constraints = (
            is_choice("status", TestOutcome),
            models.UniqueConstraint(fields=("run", "test"), name="test_result_is_unique"),
        )
        indexes = (
            # The newest result of each test: from the index alone.
            models.Index(fields=("test", "-id"), include=("status",), name="test_result_newest"),
        )

    def __str__(self) -> str:
        return f"{self.test_id} {self.status}"


class Objection(models.Model):
    """A place where the code carries the examples; it closes the gate until a person clears it."""

    plan = models.ForeignKey(Masterplan, on_delete=models.CASCADE, related_name="objections")
    requirement = models.ForeignKey(
        Requirement, on_delete=models.CASCADE, related_name="objections"
    )
    atom = models.ForeignKey(Atom, on_delete=models.CASCADE, related_name="objections")
    # Of the path, the finding and the line of code: other code there, another objection.
    code_sha256 = models.CharField(max_length=64)
    line = models.PositiveIntegerField()  # of the file, from 1
    message = models.TextField()
    found_at = models.DateTimeField(db_default=Now(), editable=False)
    cleared_by = person()
    cleared_at = models.DateTimeField(null=True, blank=True)
    clear_reason = models.TextField(blank=True)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("requirement", "code_sha256"), name="objection_is_unique"
            ),
        )

    def __str__(self) -> str:
        return self.message


class DisputeStatus(models.TextChoices):
    OPEN = "open", "Open"
    UPHELD = "upheld", "Upheld"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Taken back"


class Dispute(models.Model):
    """Somebody says that a requirement is wrong; a lead decides."""

    plan = models.ForeignKey(Masterplan, on_delete=models.CASCADE, related_name="disputes")
    requirement = models.ForeignKey(Requirement, on_delete=models.CASCADE, related_name="disputes")
    status = models.CharField(
        max_length=9, choices=DisputeStatus.choices, default=DisputeStatus.OPEN
    )
    asked_by = person()
    asked_at = models.DateTimeField(db_default=Now(), editable=False)
    reason = models.TextField()
    proposal = models.TextField(blank=True)  # how it should read; empty: leave it out
    decided_by = person()
    decided_at = models.DateTimeField(null=True, blank=True)
    comment = models.TextField(blank=True)

    class Meta:
        ordering = ("id",)
        constraints = (
            is_choice("status", DisputeStatus),
            models.UniqueConstraint(
                fields=("requirement",), condition=Q(status="open"), name="dispute_is_the_only_one"
            ),
        )

    def __str__(self) -> str:
        return f"dispute {self.pk}"

    @property
    def ref(self) -> str:
        """The name that people use: dis-0007."""
        return f"dis-{self.pk:04d}"


class PlanText(models.Model):
    """An earlier or present text of a plan; the first is the one that was imported."""

    plan = models.ForeignKey(Masterplan, on_delete=models.CASCADE, related_name="texts")
    version = models.PositiveIntegerField()  # from 1
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    reason = models.TextField()
    by = person()
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ("version",)
        constraints = (
            models.UniqueConstraint(fields=("plan", "version"), name="plan_text_version_is_free"),
        )

    def __str__(self) -> str:
        return f"version {self.version} of {self.plan_id}"
