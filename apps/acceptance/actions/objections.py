"""What a person says about code that was objected to."""

from django.db import transaction
from django.utils import timezone

from apps.acceptance.actions.deeds import REASON_LENGTH, kept_words, record, who
from apps.acceptance.actions.suites import touch
from apps.acceptance.errors import ObjectionCleared, ObjectionNotFound
from apps.acceptance.models import Objection
from apps.accounts.actions import require
from apps.accounts.core.roles import Action
from apps.accounts.models import User
from apps.common.display import day_clock


@transaction.atomic
def clear_objection(*, objection_id: int, by: User, reason: str) -> Objection:
    """Say that this place of the code is right; other code is looked at again.

    Raises NotAllowed, ObjectionNotFound, ObjectionCleared, InvalidInput.
    """
    require(by, Action.REVIEW_TESTS)
    objection = _locked(objection_id)
    if objection.cleared_at is not None:
        raise ObjectionCleared(
            who=who(objection.cleared_by),
            when=day_clock(objection.cleared_at),
            reason=objection.clear_reason,
        )
    words = kept_words(reason, name="reason", length=REASON_LENGTH)
    objection.cleared_by, objection.cleared_at = by, timezone.now()
    objection.clear_reason = words
    objection.save(update_fields=["cleared_by", "cleared_at", "clear_reason"])
    ref = objection.requirement.ref
    sentence = f"{by.username} cleared the objection to the code of {ref}: {objection.message}"
    place = {
        "objection": objection.pk,
        "requirement": ref,
        "atom": objection.atom.ref,
        "line": objection.line,
    }
    record(
        objection.plan,
        by,
        "objection_cleared",
        sentence,
        before={**place, "cleared": False},
        after={**place, "cleared": True},
        reason=words,
    )
    touch(objection.plan_id)
    return objection


def _locked(objection_id: int) -> Objection:
    rows = Objection.objects.select_for_update(of=("self",))
    rows = rows.select_related("plan", "requirement", "atom", "cleared_by")
    found = rows.filter(pk=objection_id).first()
    if found is None:
        raise ObjectionNotFound(objection=objection_id)
    return found
