"""Entries of the audit log."""

from collections.abc import Mapping

from apps.accounts.core.plain import plain
from apps.accounts.models import AuditEntry, User


def audit(
    *,
    by: User | None,
    action: str,
    subject: str,
    sentence: str,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    reason: str = "",
) -> AuditEntry:
    """Write down who did what, in the caller's transaction: no act without its entry.

    `by` None is the console itself. `action` is a stable id ("budget.override_approved"), `subject`
    the reference of what was acted on ("ovr-0031"). Amounts and moments are stored as text.
    Raises TypeError for values that have no JSON form.
    """
    return AuditEntry.objects.create(
        by=by,
        action=action,
        subject=subject,
        sentence=sentence,
        before=None if before is None else plain(before),
        after=None if after is None else plain(after),
        reason=reason,
    )
