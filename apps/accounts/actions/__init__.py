"""Every write of accounts."""

from apps.accounts.actions.outbox import notify
from apps.accounts.actions.people import ensure_roles, ensure_user, require
from apps.accounts.actions.records import audit
from apps.accounts.actions.sending import send_due
from apps.accounts.actions.tokens import create_token, user_of_token

__all__ = [
    "audit",
    "create_token",
    "ensure_roles",
    "ensure_user",
    "notify",
    "require",
    "send_due",
    "user_of_token",
]
