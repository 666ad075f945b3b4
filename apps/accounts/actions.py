"""Writes of accounts."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.contrib.auth.models import Group
from django.db import transaction

from apps.accounts.core.roles import Action, Role, needed_for
from apps.accounts.models import ApiToken, User
from apps.common.errors import NotAllowed

TOKEN_PREFIX = "mge_"  # noqa: S105 - not a secret: it lets scanners recognise one
LAST_USED_STEP = timedelta(minutes=1)  # a busy program writes one row a minute, not one a call


def require(user: User, action: Action) -> None:
    """Raise NotAllowed, naming the roles that may, unless the user's roles allow the action."""
    if not user.may(action):
        raise NotAllowed(needed=needed_for(action))


@transaction.atomic
def ensure_roles() -> None:
    """Create the group of every role that has none yet."""
    for role in Role:
        Group.objects.get_or_create(name=role.value)


@transaction.atomic
def ensure_user(*, username: str, password: str, roles: list[Role], is_admin: bool = False) -> User:
    """Create the user, or set password and roles of the existing one."""
    ensure_roles()
    user, _ = User.objects.get_or_create(username=username)
    if not user.check_password(password):
        user.set_password(password)
    user.is_staff = user.is_superuser = is_admin
    user.save()
    user.groups.set(Group.objects.filter(name__in=[role.value for role in roles]))
    return user


def create_token(*, user: User, name: str, expires_at: datetime | None = None) -> str:
    """Create a token and return it; it cannot be read again later."""
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    ApiToken.objects.create(user=user, name=name, digest=_digest(token), expires_at=expires_at)
    return token


def user_of_token(token: str, *, now: datetime) -> User | None:
    """Return the active user that the token stands for, and note its use; None if it is no good."""
    row = (
        ApiToken.objects.select_related("user")
        .filter(digest=_digest(token), revoked_at=None, user__is_active=True)
        .first()
    )
    if row is None or (row.expires_at is not None and row.expires_at <= now):
        return None
    if row.last_used_at is None or now - row.last_used_at > LAST_USED_STEP:
        ApiToken.objects.filter(pk=row.pk).update(last_used_at=now)
    return row.user


def _digest(token: str) -> str:
    # The token has 256 random bits, so a plain hash cannot be guessed backwards.
    return hashlib.sha256(token.encode()).hexdigest()
