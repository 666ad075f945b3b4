"""What happens when money runs short: warn, pause, say so. Each crossing is told once."""

import logging
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts.actions import notify
from apps.accounts.core.notices import Notice
from apps.budgets.adapters.ledger import Movement, Totals, book
from apps.budgets.models import Budget, EventKind, Hold, Incident
from apps.common import display
from apps.common.events import announce
from apps.masterplans.core import topics
from apps.masterplans.models import Masterplan, PauseReason, PlanStatus
from apps.traceability import actions as trace
from apps.traceability.core.kinds import StepKind

logger = logging.getLogger(__name__)


def after_charge(hold: Hold, movement: Movement, totals: Totals) -> None:
    """Look at the caps after money was booked, in the same transaction."""
    if totals.spent >= totals.soft_cap and totals.soft_cap_passed_at is None:
        _pass_soft_cap(hold.budget_id, totals)
    if movement.excess:
        _record_overrun(hold, movement)


def _pass_soft_cap(budget_id: int, totals: Totals) -> None:
    """Warn once per crossing: the row of the budget is locked, so nobody else crosses it now."""
    Budget.objects.filter(pk=budget_id).update(soft_cap_passed_at=timezone.now())
    book(budget_id, Movement(EventKind.SOFT_CAP))
    plan = Masterplan.objects.get(budget=budget_id)
    spent, soft_cap = display.usd(totals.spent), display.usd_cap(totals.soft_cap)
    hard_cap = display.usd_cap(totals.hard_cap)
    notify(
        kind=Notice.SOFT_CAP,
        title=f"{plan.title} passed its soft cap of {soft_cap}",
        text=f"{plan.ref} has spent {spent}. It goes on until its hard cap of {hard_cap}.",
        path=budget_path(plan),
        if_nobody_acts=f"The masterplan pauses when the next call does not fit under {hard_cap}.",
    )
    tell(plan, f"Soft cap of {soft_cap} passed")


def _record_overrun(hold: Hold, movement: Movement) -> None:
    """Keep the true sum, pause the plan, and raise the alarm."""
    plan = Masterplan.objects.get(budget=hold.budget_id)
    excess = display.usd(movement.excess)
    sentence = (
        f"The provider charged {excess} more than the worst case of a call. The true sum is booked;"
        " check the price and the token limits of the model before you resume."
    )
    Incident.objects.create(
        budget_id=hold.budget_id, hold=hold, excess=movement.excess, sentence=sentence
    )
    logger.error(
        "A charge was above its hold",
        extra={"event": "budget.overrun", "plan": plan.ref, "excess_usd": movement.excess},
    )
    paused = Masterplan.objects.filter(pk=plan.pk, status=PlanStatus.RUNNING).update(
        status=PlanStatus.PAUSED, pause_reason=PauseReason.BUDGET, status_note=sentence
    )
    if paused:
        Budget.objects.filter(pk=hold.budget_id).update(paused_at=timezone.now())
        tell(plan, f"Paused: {sentence}")
    notify(
        kind=Notice.OVERRUN,
        title=f"{plan.title}: a charge was above its worst case",
        text=sentence,
        path=budget_path(plan),
        if_nobody_acts="The masterplan stays paused." if paused else "",
    )


@transaction.atomic
def mark_paused(*, plan_id: UUID, sentence: str) -> None:
    """Note that the plan was paused for want of money, and tell people; the caller pauses it."""
    rows = Budget.objects.select_for_update(of=("self",)).select_related("plan")
    budget = rows.get(plan=plan_id)
    if budget.paused_at is not None:
        return
    Budget.objects.filter(pk=budget.pk).update(paused_at=timezone.now())
    book(budget.pk, Movement(EventKind.HARD_CAP, reason=sentence))
    plan = budget.plan
    notify(
        kind=Notice.HARD_CAP,
        title=f"{plan.title} is paused at its hard cap of {display.usd_cap(budget.hard_cap)}",
        text=sentence,
        path=f"{budget_path(plan)}/request",
        if_nobody_acts="The masterplan stays paused. What has passed is kept.",
    )
    announce(topics.budget(plan.ref), topics.COST)


def mark_resumed(*, plan_id: UUID) -> None:
    """Note that the plan no longer waits for money."""
    Budget.objects.filter(plan=plan_id).update(paused_at=None)


def tell(plan: Masterplan, sentence: str) -> None:
    """Write a step of the plan's story about its money, and tell who watches."""
    trace.record(
        kind=StepKind.PLAN, trace_id=plan.trace_id, plan_id=plan.pk, data={"sentence": sentence}
    )
    announce(*topics.of_plan(plan.ref), topics.budget(plan.ref), topics.COST)


def budget_path(plan: Masterplan) -> str:
    """Return the address of the plan's budget page."""
    return f"/masterplans/{plan.ref}/budget"
