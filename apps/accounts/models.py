"""People, the tokens of their programs, what they did, and what they are told."""

import uuid
from datetime import datetime

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.functional import cached_property

from apps.accounts.core.roles import Action, Role, may


class User(AbstractUser):
    """Somebody who signs in; the groups of a user are the roles."""

    @cached_property
    def roles(self) -> frozenset[Role]:
        """The user's roles; a superuser has all of them. Costs one query, once."""
        if self.is_superuser:
            return frozenset(Role)
        known = {role.value for role in Role}
        names = self.groups.values_list("name", flat=True)
        return frozenset(Role(name) for name in names if name in known)

    def may(self, action: Action) -> bool:
        """Return whether the user's roles allow the action."""
        return self.is_active and may(self.roles, action)


class ApiToken(models.Model):
    """A program's key. Only its hash is kept; the token itself is shown once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class AuditEntry(models.Model):
    """Who did what, and why. Rows are added only: the database refuses any change."""

    at = models.DateTimeField(db_default=Now(), editable=False)
    # Null: the console itself. Somebody with entries can be switched off, not deleted.
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    action = models.CharField(max_length=80)  # stable: "budget.override_approved"
    subject = models.CharField(max_length=80)  # what was acted on: "ovr-0031", "mp-0142"
    sentence = models.TextField()  # for people
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=("subject", "-id"), name="audit_by_subject"),)
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.action} of {self.subject}"


class Notification(models.Model):
    """A message to people. It is kept also when no channel is configured."""

    kind = models.CharField(max_length=40)  # of Notice
    title = models.CharField(max_length=200)
    text = models.TextField()
    path = models.CharField(max_length=200)  # its one link, on this site
    if_nobody_acts = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    addressed_at = models.DateTimeField(null=True)  # when its deliveries were written

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(
                fields=("id",), condition=Q(addressed_at=None), name="notification_is_new"
            ),
        )

    def __str__(self) -> str:
        return self.title


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def open(self) -> "DeliveryQuerySet":
        """Neither sent nor given up."""
        return self.filter(sent_at=None, gave_up_at=None)

    def due(self, now: datetime) -> "DeliveryQuerySet":
        return self.open().filter(next_try_at__lte=now)

    def being_sent(self, now: datetime) -> "DeliveryQuerySet":
        """Claimed by a process that still has time to finish."""
        return self.open().filter(claimed_until__gt=now)


class Delivery(models.Model):
    """One message on its way to one channel, so that each channel fails and succeeds alone."""

    notification = models.ForeignKey(
        Notification, on_delete=models.CASCADE, related_name="deliveries"
    )
    channel = models.CharField(max_length=32)  # digest of the target: its URL holds secrets
    label = models.CharField(max_length=60)  # "slack #2", for people
    created_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    gave_up_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = (
            models.UniqueConstraint(
                fields=("notification", "channel"), name="delivery_is_one_per_channel"
            ),
            models.CheckConstraint(
                condition=Q(sent_at=None) | Q(gave_up_at=None), name="delivery_ends_once"
            ),
        )
        indexes = (
            models.Index(
                fields=("next_try_at",),
                condition=Q(sent_at=None, gave_up_at=None),
                name="delivery_is_open",
            ),
        )

    def __str__(self) -> str:
        return f"{self.notification_id} to {self.label}"
