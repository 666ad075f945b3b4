"""The decision on a request for another hard cap, and what it does to the plan."""

import logging
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.budgets import actions as budgets
from apps.budgets.core.overrides import Decision
from apps.budgets.models import Override
from apps.common.display import usd_cap
from apps.execution import tools
from apps.execution.actions import transitions
from apps.execution.actions.reconcile import reconcile
from apps.execution.models import Attempt, AttemptStatus
from apps.masterplans.models import Masterplan, PauseReason, PlanStatus

logger = logging.getLogger(__name__)


def decide_override(
    *,
    override_id: UUID,
    by: User,
    decision: Decision,
    amount: Decimal | None = None,
    comment: str,
    now: datetime | None = None,
) -> Override:
    """Approve or decline a request; one that is approved resumes a plan that waits for money.

    Cap, ledger, audit entry and the plan's state change together or not at all. `amount` is the new
    hard cap in USD; None approves what was asked. Raises what budgets' `decide` raises, and
    LanguageUnavailable when the plan could not go on.
    """
    moment = now or timezone.now()
    budgets.expire_overrides(now=moment)  # kept, also when the decision is refused
    plan_id = budgets.get_override(override_id).budget.plan_id
    with transaction.atomic():
        transitions.lock_plan(plan_id)
        override = budgets.decide(
            override_id=override_id,
            by=by,
            decision=decision,
            amount=amount,
            comment=comment,
            now=moment,
        )
        is_resumed = _carry_out(override, by)
    if is_resumed:
        reconcile(plan_id, now=moment)
    return override


def decide_with_code(
    *,
    override_id: UUID,
    by: User,
    decision: Decision,
    amount: Decimal | None,
    comment: str,
    code: str,
    now: datetime | None = None,
) -> Override:
    """Decide for a program: with the code that its person read on the approval's page.

    A decision that would be refused anyway costs no try and no code. Raises CodeRefused besides.
    """
    moment = now or timezone.now()
    budgets.expire_overrides(now=moment)
    budgets.check_decision(
        override_id=override_id,
        by=by,
        decision=decision,
        amount=amount,
        comment=comment,
        now=moment,
    )
    budgets.check_code(override_id=override_id, by=by, code=code, now=moment)
    return decide_override(
        override_id=override_id,
        by=by,
        decision=decision,
        amount=amount,
        comment=comment,
        now=moment,
    )


def _carry_out(override: Override, by: User) -> bool:
    """Tell the plan's story of the decision, and resume the plan; return whether it goes on."""
    plan = Masterplan.objects.defer("source_text", "context").get(budget=override.budget_id)
    if override.granted is None:
        asked = usd_cap(override.amount)
        transitions.tell_plan(plan, f"Hard cap of {asked} declined by {by.username}")
        return False
    verb = "raised" if override.granted > override.cap_before else "set"
    outcome = f"{verb} to {usd_cap(override.granted)} by {by.username}"
    if plan.status != PlanStatus.PAUSED or plan.pause_reason != PauseReason.BUDGET:
        transitions.tell_plan(plan, f"Hard cap {outcome}")
        return False
    _resume(plan)
    transitions.tell_plan(plan, f"Resumed: hard cap {outcome}")
    return True


def _resume(plan: Masterplan) -> None:
    """Let the plan run again; where the money is still too short, it pauses again by itself."""
    tools.require_for(plan)
    rows = Masterplan.objects.filter(pk=plan.pk)
    changes = {"pause_reason": "", "status_note": ""}
    if not transitions.move(rows, PlanStatus.PAUSED, PlanStatus.RUNNING, **changes):
        raise AssertionError("The plan's lock is held, so nobody else can have moved it")
    Attempt.objects.filter(plan=plan, status=AttemptStatus.QUEUED).update(dispatched_at=None)
    budgets.mark_resumed(plan_id=plan.pk)
    logger.info("Plan resumed", extra={"event": "plan.resumed", "plan": plan.ref})
