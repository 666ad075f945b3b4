"""Keys of programs."""

import hashlib
import secrets
from datetime import datetime, timedelta

from apps.accounts.models import ApiToken, User

TOKEN_PREFIX = "mge_"  # noqa: S105 - not a secret: it lets scanners recognise one
LAST_USED_STEP = timedelta(minutes=1)  # a busy program writes one row a minute, not one a call


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
