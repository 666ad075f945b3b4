"""One-time codes: an approver reads one on the approval's page, and a program sends it back."""

import hmac
import secrets
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.crypto import salted_hmac

from apps.accounts.actions import audit
from apps.accounts.models import User
from apps.budgets.actions import overrides
from apps.budgets.core.overrides import CODE_LIFE, CODE_TRIES, new_code, plain_code
from apps.budgets.models import ConfirmationCode, Override
from apps.common.errors import ConsoleError
from apps.common.events import announce
from apps.masterplans.core import topics


class CodeRefused(ConsoleError):
    """The confirmation code does not fit."""

    code = "code_refused"
    status = 403


class CodeNeeded(CodeRefused):
    """A decision over the API needs a confirmation code. Sign in, open {path}, and read one there."""

    code = "code_needed"


class WrongCode(CodeRefused):
    """The confirmation code is wrong. {tries}"""

    code = "wrong_code"


class CodeExpired(CodeRefused):
    """The confirmation code is older than 15 minutes. Read a new one at {path}."""

    code = "code_expired"


class CodeUsedUp(CodeRefused):
    """The confirmation code was used, or tried five times. Read a new one at {path}."""

    code = "code_used_up"


@transaction.atomic
def issue_code(*, override_id: UUID, by: User, now: datetime) -> str:
    """Return a new code for this person and request; it cannot be read again, an older one is void.

    Raises OverrideNotFound, NotAllowed, OwnRequest, AlreadyDecided, OverrideExpired.
    """
    override = overrides.waiting_for(override_id=override_id, by=by, now=now)
    code = new_code(secrets.choice)
    ConfirmationCode.objects.update_or_create(
        override=override,
        user=by,
        defaults={
            "digest": _digest(override, code),
            "created_at": now,
            "expires_at": now + CODE_LIFE,
            "tries_left": CODE_TRIES,
            "used_at": None,
        },
    )
    _record(override, by, "budget.code_issued", f"{by.username} read a confirmation code")
    return code


def check_code(*, override_id: UUID, by: User, code: str, now: datetime) -> None:
    """Use the person's code up, or count a wrong try; both are kept whatever happens afterwards.

    Must not be called inside a transaction, which could take the try back. Raises CodeRefused.
    """
    override = overrides.get_override(override_id)
    path = overrides.path_of(override)
    if not code.strip():
        raise CodeNeeded(path=path)
    with transaction.atomic(durable=True):
        row = ConfirmationCode.objects.select_for_update().filter(override=override, user=by)
        refusal = _tried(row.first(), override, by, code, now)
    if refusal is not None:
        raise refusal


def _tried(
    row: ConfirmationCode | None, override: Override, by: User, code: str, now: datetime
) -> CodeRefused | None:
    """Write down the try, and return why the code is no good."""
    path = overrides.path_of(override)
    if row is None:
        return CodeNeeded(path=path)
    if row.used_at is not None or row.tries_left == 0:
        return CodeUsedUp(path=path)
    if row.expires_at <= now:
        return CodeExpired(path=path)
    if hmac.compare_digest(row.digest, _digest(override, plain_code(code))):
        row.used_at = now
        row.save(update_fields=["used_at"])
        return None
    row.tries_left -= 1
    row.save(update_fields=["tries_left"])
    _record(override, by, "budget.code_wrong", "A program sent a wrong confirmation code")
    return WrongCode(tries=_tries(row.tries_left, path))


def _tries(left: int, path: str) -> str:
    if left == 0:
        return f"That was the last try; read a new one at {path}."
    return "1 try is left." if left == 1 else f"{left} tries are left."


def _digest(override: Override, code: str) -> str:
    # Keyed with SECRET_KEY: eight characters alone could be found from a stolen plain hash.
    return salted_hmac(f"budgets.code.{override.pk}", code, algorithm="sha256").hexdigest()


def _record(override: Override, by: User, action: str, sentence: str) -> None:
    audit(by=by, action=action, subject=override.ref, sentence=f"{sentence} for {override.ref}")
    announce(topics.approval(override.ref))
