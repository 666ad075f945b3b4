"""Attempts at atoms, and the code that was accepted."""

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from apps.masterplans.models import Atom, Masterplan, is_choice


class AttemptStatus(models.TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    SUCCEEDED = "succeeded", "Accepted"
    REJECTED = "rejected", "Rejected"  # the answer was not what was asked
    CANCELLED = "cancelled", "Cancelled"


class Attempt(models.Model):
    """One answer to one atom. A lost worker does not use an attempt up."""

    ACTIVE = (AttemptStatus.QUEUED, AttemptStatus.RUNNING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(Masterplan, on_delete=models.CASCADE, related_name="attempts")
    atom = models.ForeignKey(Atom, on_delete=models.CASCADE, related_name="attempts")
    trace_id = models.CharField(max_length=32)
    number = models.PositiveSmallIntegerField()  # from 1
    status = models.CharField(
        max_length=10, choices=AttemptStatus.choices, default=AttemptStatus.QUEUED
    )
    temperature = models.DecimalField(max_digits=3, decimal_places=2)
    # Whoever runs the attempt holds the token and renews the lease; a later run has another token.
    run_token = models.UUIDField(null=True, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    runs = models.PositiveSmallIntegerField(default=0)  # 1 unless a worker died
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    dispatched_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    messages = models.JSONField(default=list, blank=True)  # the prompt as it was sent
    response_text = models.TextField(null=True, blank=True)  # null: no answer yet
    finish_reason = models.CharField(max_length=20, blank=True)
    model = models.CharField(max_length=120, blank=True)
    input_tokens = models.PositiveIntegerField(null=True, blank=True)
    output_tokens = models.PositiveIntegerField(null=True, blank=True)
    latency_ms = models.PositiveIntegerField(null=True, blank=True)
    code = models.TextField(blank=True)
    findings = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ("number",)
        constraints = (
            is_choice("status", AttemptStatus),
            models.UniqueConstraint(fields=("atom", "number"), name="attempt_number_is_free"),
            models.UniqueConstraint(
                fields=("atom",),
                condition=Q(status__in=["queued", "running"]),
                name="attempt_is_the_only_active_one",
            ),
            models.CheckConstraint(
                condition=~Q(status="running")
                | Q(run_token__isnull=False, lease_expires_at__isnull=False),
                name="attempt_running_has_a_lease",
            ),
        )
        indexes = (
            models.Index(
                fields=("plan",),
                condition=Q(status__in=["queued", "running"]),
                name="attempt_active_of_plan",
            ),
        )

    def __str__(self) -> str:
        return f"attempt {self.number} of {self.atom_id}"


class CodeVersion(models.Model):
    """Accepted code of an atom. `commit_sha` is empty until the workspace has it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sequence = models.BigIntegerField(
        unique=True,
        db_default=models.Func(
            template="nextval('code_version_sequence')",
            arity=0,
            output_field=models.BigIntegerField(),
        ),
        editable=False,
    )
    plan = models.ForeignKey(Masterplan, on_delete=models.CASCADE, related_name="code_versions")
    atom = models.ForeignKey(Atom, on_delete=models.CASCADE, related_name="code_versions")
    attempt = models.OneToOneField(Attempt, on_delete=models.CASCADE, related_name="code_version")
    code = models.TextField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    commit_sha = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ("sequence",)
        indexes = (
            models.Index(
                fields=("plan",), condition=Q(commit_sha=""), name="code_version_uncommitted"
            ),
        )

    def __str__(self) -> str:
        return f"code of {self.atom_id}"
