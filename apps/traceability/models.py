"""The trace of record: one flat row per step, written in the transaction of the step."""

from django.db import models
from django.db.models.functions import Now

from apps.masterplans.models import Atom, Masterplan
from apps.traceability.core.kinds import StepKind


class TraceEvent(models.Model):
    """One step, with its numbers."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(db_default=Now(), editable=False)
    kind = models.CharField(max_length=12, choices=[(kind.value, kind.value) for kind in StepKind])
    trace_id = models.CharField(max_length=32)
    plan = models.ForeignKey(Masterplan, on_delete=models.CASCADE, related_name="trace_events")
    atom = models.ForeignKey(
        Atom, on_delete=models.CASCADE, null=True, blank=True, related_name="trace_events"
    )
    attempt_id = models.UUIDField(null=True, blank=True)  # attempts belong to a higher app
    attempt_number = models.PositiveSmallIntegerField(null=True, blank=True)
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    cost_usd = models.DecimalField(max_digits=14, decimal_places=6, default=0)
    input_tokens = models.PositiveIntegerField(null=True, blank=True)
    output_tokens = models.PositiveIntegerField(null=True, blank=True)
    numbers = models.JSONField(default=dict, blank=True)
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ("id",)
        indexes = (
            models.Index(fields=("plan", "-id"), name="trace_plan"),
            models.Index(fields=("atom", "id"), name="trace_atom"),
            models.Index(fields=("attempt_id",), name="trace_attempt"),
        )

    def __str__(self) -> str:
        return f"{self.kind} at {self.at:%H:%M:%S}"
