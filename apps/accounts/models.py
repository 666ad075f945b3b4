"""People, and the tokens of their programs."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models
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
