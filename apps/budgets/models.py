"""What calls may cost, what they did cost, and who allowed more.

The database itself keeps the promise: no row of `Budget` can say that more is spent and held than
the hard cap, but for what a provider charged beyond its own hold (`overrun`).
"""

import uuid
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from apps.budgets.core.pricing import Price
from apps.masterplans.models import Atom, Masterplan, is_choice

NO_MONEY = Decimal("0.000000")


def money(**options: Any) -> "models.DecimalField[Any, Any]":
    """Return a column for USD with six places."""
    return models.DecimalField(max_digits=14, decimal_places=6, **options)


class NextOverrideNumber(models.Func):
    """The next number of a Postgres sequence: unique without a lock, gaps allowed."""

    template = "nextval('override_number')"
    arity = 0
    output_field = models.IntegerField()


class ModelPrice(models.Model):
    """One version of what a model costs, in USD per million tokens. Never changed, only followed."""

    provider = models.CharField(max_length=80)  # who sends the bill: openai, anthropic, local
    model = models.CharField(max_length=120)
    effective_from = models.DateTimeField()
    input_usd = money()
    output_usd = money()
    cache_read_usd = money(null=True, blank=True)  # null: as input
    cache_write_usd = money(null=True, blank=True)  # null: as input
    reasoning_usd = money(null=True, blank=True)  # null: as output
    max_output_tokens = models.PositiveIntegerField()
    # Above this many input tokens the provider charges more, so the price does not hold there.
    max_input_tokens = models.PositiveIntegerField(null=True, blank=True)
    source = models.CharField(max_length=200)  # where the figures come from
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ("provider", "model", "-effective_from")
        constraints = (
            models.UniqueConstraint(
                fields=("provider", "model", "effective_from"), name="price_version_is_unique"
            ),
            models.CheckConstraint(
                condition=Q(input_usd__gte=0, output_usd__gte=0)
                & (Q(cache_read_usd=None) | Q(cache_read_usd__gte=0))
                & (Q(cache_write_usd=None) | Q(cache_write_usd__gte=0))
                & (Q(reasoning_usd=None) | Q(reasoning_usd__gte=0)),
                name="price_is_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(max_output_tokens__gt=0), name="price_allows_an_answer"
            ),
        )

    def __str__(self) -> str:
        return f"{self.provider}/{self.model} from {self.effective_from:%Y-%m-%d}"

    def as_price(self) -> Price:
        """Return the figures in the words of the core."""
        return Price(
            input_usd=self.input_usd,
            output_usd=self.output_usd,
            cache_read_usd=self.cache_read_usd,
            cache_write_usd=self.cache_write_usd,
            reasoning_usd=self.reasoning_usd,
            max_output_tokens=self.max_output_tokens,
            max_input_tokens=self.max_input_tokens,
        )


class Budget(models.Model):
    """The money of one plan: its caps, and the running totals of its ledger."""

    plan = models.OneToOneField(Masterplan, on_delete=models.PROTECT, related_name="budget")
    hard_cap = money()  # nothing is reserved beyond it
    soft_cap = money()  # people are warned when it is reached
    # Share of the hard cap that the soft cap follows; null: the soft cap was set by hand.
    soft_share = models.DecimalField(max_digits=7, decimal_places=6, null=True, blank=True)
    spent = money(default=NO_MONEY)  # booked: settled, captured and adjusted
    held = money(default=NO_MONEY)  # worst cases of the calls under way
    overrun = money(default=NO_MONEY)  # how far charges beyond their holds went over the hard cap
    soft_cap_passed_at = models.DateTimeField(null=True, blank=True)
    forecast_passed_at = models.DateTimeField(null=True, blank=True)  # the hard cap, by forecast
    paused_at = models.DateTimeField(null=True, blank=True)  # since when the plan waits for money
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(
                    spent__gte=0,
                    held__gte=0,
                    overrun__gte=0,
                    hard_cap__gte=F("spent") + F("held") - F("overrun"),
                ),
                name="budget_is_kept",
            ),
            models.CheckConstraint(
                condition=Q(hard_cap__gt=0, soft_cap__gt=0, soft_cap__lte=F("hard_cap")),
                name="budget_caps_are_in_order",
            ),
        )

    def __str__(self) -> str:
        return f"budget of {self.plan_id}"

    @property
    def left(self) -> Decimal:
        """USD that new calls may still hold."""
        left: Decimal = self.hard_cap - self.spent - self.held
        return max(left, NO_MONEY)


class HoldState(models.TextChoices):
    HELD = "held", "Held"
    SETTLED = "settled", "Settled"
    VOIDED = "voided", "Voided"  # the call was certainly not charged
    UNKNOWN = "unknown", "Unknown"  # nobody knows what it cost: its worst case is booked


class Hold(models.Model):
    """The worst case of one physical call, and what became of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    call_id = models.CharField(max_length=80, unique=True)
    budget = models.ForeignKey(Budget, on_delete=models.PROTECT, related_name="holds")
    atom = models.ForeignKey(
        Atom, on_delete=models.PROTECT, null=True, blank=True, related_name="holds"
    )
    attempt_id = models.UUIDField(null=True, blank=True)  # attempts belong to a higher app
    attempt_number = models.PositiveSmallIntegerField(null=True, blank=True)
    purpose = models.CharField(max_length=20)
    trace_id = models.CharField(max_length=32)
    price = models.ForeignKey(ModelPrice, on_delete=models.PROTECT, related_name="holds")
    amount = money()  # worst case
    actual = money(null=True, blank=True)  # what is booked; null while held or when voided
    state = models.CharField(max_length=8, choices=HoldState.choices, default=HoldState.HELD)
    max_tokens = models.PositiveIntegerField()  # of the answer, as sent
    lease_expires_at = models.DateTimeField()  # a hold that lives longer lost its worker
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("created_at", "id")
        constraints = (
            is_choice("state", HoldState),
            models.CheckConstraint(
                condition=Q(amount__gte=0) & (Q(actual=None) | Q(actual__gte=0)),
                name="hold_is_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["held", "voided"], actual=None)
                | Q(state__in=["settled", "unknown"], actual__isnull=False),
                name="hold_books_when_it_ends",
            ),
        )
        indexes = (
            models.Index(
                fields=("lease_expires_at",), condition=Q(state="held"), name="hold_open_lease"
            ),
            models.Index(fields=("attempt_id",), name="hold_of_attempt"),
            # What each atom cost: from the index alone.
            models.Index(
                fields=("budget", "atom"), include=("actual", "attempt_number"), name="hold_of_atom"
            ),
        )

    def __str__(self) -> str:
        return f"{self.state} {self.amount}"


class EventKind(models.TextChoices):
    RESERVE = "reserve", "Reserved"
    SETTLE = "settle", "Settled"
    VOID = "void", "Voided"
    CAPTURE_UNKNOWN = "capture_unknown", "Unknown, booked at worst case"
    ADJUST = "adjust", "Adjusted"
    CAP_CHANGE = "cap_change", "Caps changed"
    SOFT_CAP = "soft_cap", "Soft cap reached"
    HARD_CAP = "hard_cap", "Paused at the hard cap"


class CostEvent(models.Model):
    """One line of the ledger, with the totals after it. The database refuses to change or delete it."""

    id = models.BigAutoField(primary_key=True)
    budget = models.ForeignKey(Budget, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField(db_default=Now(), editable=False)
    kind = models.CharField(max_length=16, choices=EventKind.choices)
    hold = models.ForeignKey(
        Hold, on_delete=models.PROTECT, null=True, blank=True, related_name="events"
    )
    price = models.ForeignKey(
        ModelPrice, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    spent_delta = money(default=NO_MONEY)
    held_delta = money(default=NO_MONEY)
    spent = money()  # the totals after this line
    held = money()
    overrun = money()
    hard_cap = money()
    soft_cap = money()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ("id",)
        constraints = (is_choice("kind", EventKind),)
        indexes = (
            models.Index(fields=("budget", "-id"), name="cost_event_of_budget"),
            # Lines are written in the order of time, so a few bytes find the days of a period.
            BrinIndex(fields=("at",), name="cost_event_of_time"),
            models.Index(
                fields=("kind",),
                condition=Q(kind__in=["soft_cap", "hard_cap"]),
                name="cost_event_of_guardrail",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} of {self.budget_id}"


class Incident(models.Model):
    """A provider charged more than the worst case of a call."""

    budget = models.ForeignKey(Budget, on_delete=models.PROTECT, related_name="incidents")
    hold = models.ForeignKey(
        Hold, on_delete=models.PROTECT, null=True, blank=True, related_name="incidents"
    )
    at = models.DateTimeField(db_default=Now(), editable=False)
    excess = money()  # USD beyond the hold
    sentence = models.TextField()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.sentence


class DenialReason(models.TextChoices):
    HARD_CAP = "hard_cap", "The worst case does not fit under the hard cap"
    NO_PRICE = "no_price", "The model has no price"
    INPUT_LIMIT = "input_limit", "The prompt is longer than the price holds for"


class Denial(models.Model):
    """A call that was not made, because its worst case was not allowed."""

    budget = models.ForeignKey(Budget, on_delete=models.PROTECT, related_name="denials")
    at = models.DateTimeField(db_default=Now(), editable=False)
    reason = models.CharField(max_length=12, choices=DenialReason.choices)
    needed = money(null=True, blank=True)  # USD; null where there is no price

    class Meta:
        ordering = ("-id",)
        constraints = (is_choice("reason", DenialReason),)

    def __str__(self) -> str:
        return self.reason


class OverrideStatus(models.TextChoices):
    WAITING = "waiting", "Waiting"
    APPROVED = "approved", "Approved"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"
    EXPIRED = "expired", "Expired"


class Override(models.Model):
    """Somebody asks for another hard cap; somebody else decides."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.IntegerField(unique=True, db_default=NextOverrideNumber(), editable=False)
    budget = models.ForeignKey(Budget, on_delete=models.PROTECT, related_name="overrides")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="asked_overrides"
    )
    asked_at = models.DateTimeField(db_default=Now(), editable=False)
    amount = money()  # the hard cap that is asked for, USD
    cap_before = money()  # the hard cap when it was asked
    reason = models.TextField()
    expires_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True, blank=True)  # that it is about to expire
    status = models.CharField(
        max_length=10, choices=OverrideStatus.choices, default=OverrideStatus.WAITING
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="decided_overrides",
    )
    decided_at = models.DateTimeField(null=True, blank=True)  # or withdrawn, or expired
    granted = money(null=True, blank=True)  # the hard cap that was approved
    comment = models.TextField(blank=True)
    seen = models.JSONField(default=dict, blank=True)  # forecast and policy when it was decided

    class Meta:
        ordering = ("-number",)
        constraints = (
            is_choice("status", OverrideStatus),
            models.UniqueConstraint(
                fields=("budget",), condition=Q(status="waiting"), name="override_waits_alone"
            ),
            models.CheckConstraint(
                condition=Q(status="approved", granted__isnull=False, decided_by__isnull=False)
                | (~Q(status="approved") & Q(granted=None)),
                name="override_approved_grants",
            ),
            models.CheckConstraint(
                condition=Q(status="waiting", decided_at=None)
                | (~Q(status="waiting") & Q(decided_at__isnull=False)),
                name="override_ends_once",
            ),
        )
        indexes = (
            models.Index(
                fields=("expires_at",), condition=Q(status="waiting"), name="override_waiting"
            ),
        )

    def __str__(self) -> str:
        return self.ref

    @property
    def ref(self) -> str:
        """The name that people use: ovr-0031."""
        return f"ovr-{self.number:04d}"


class ConfirmationCode(models.Model):
    """What an approver reads on the approval's page and a program sends back; only its hash is kept."""

    override = models.ForeignKey(Override, on_delete=models.CASCADE, related_name="codes")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    tries_left = models.PositiveSmallIntegerField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("override", "user"), name="code_is_the_only_one"),
        )

    def __str__(self) -> str:
        return f"code of {self.user_id}"
