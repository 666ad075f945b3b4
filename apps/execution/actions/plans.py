"""What people do to a plan. Each verb asks for the role, moves the state once, and reconciles."""

import logging
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.acceptance.actions import suites
from apps.accounts.actions import require
from apps.accounts.core.roles import Action
from apps.accounts.models import User
from apps.budgets import actions as budgets
from apps.execution import tools
from apps.execution.actions import transitions
from apps.execution.actions.reconcile import reconcile
from apps.execution.actions.refusals import reopen_refused
from apps.execution.core.tuning import ATTEMPTS
from apps.execution.errors import DraftCannotStart, IllegalTransition, NothingToRetry
from apps.execution.models import Attempt, AttemptStatus
from apps.masterplans.models import (
    Atom,
    AtomStatus,
    Masterplan,
    PauseReason,
    PlanStatus,
    Wave,
    WaveStatus,
)

logger = logging.getLogger(__name__)

CAN_BE_CANCELLED = (
    PlanStatus.DRAFT,
    PlanStatus.READY,
    PlanStatus.RUNNING,
    PlanStatus.PAUSED,
    PlanStatus.FAILED,
)


def start(*, plan_id: UUID, by: User, now: datetime | None = None) -> Masterplan:
    """Start a ready plan. Of two people who press Start, one starts it and the other is told.

    Raises NotAllowed, DraftCannotStart, LanguageUnavailable, IllegalTransition.
    """
    require(by, Action.RUN_PLAN)
    moment = now or timezone.now()
    plan = Masterplan.objects.get(pk=plan_id)
    if plan.status == PlanStatus.DRAFT:
        raise DraftCannotStart(ref=plan.ref, reason=plan.status_note)
    tools.require_for(plan)
    _change(
        plan_id,
        by,
        old=(PlanStatus.READY,),
        new=PlanStatus.RUNNING,
        wanted="started",
        changes={"started_at": moment, "started_by": by},
    )
    return _reconciled(plan_id, moment)


def pause(*, plan_id: UUID, by: User, now: datetime | None = None) -> Masterplan:
    """Give no more atoms to workers; calls under way finish and are kept."""
    require(by, Action.RUN_PLAN)
    _change(
        plan_id,
        by,
        old=(PlanStatus.RUNNING,),
        new=PlanStatus.PAUSED,
        wanted="paused",
        changes={
            "pause_reason": PauseReason.OPERATOR,
            "status_note": f"Paused by {by.username}. Calls under way finish and are kept.",
        },
    )
    return _reconciled(plan_id, now or timezone.now())


def resume(*, plan_id: UUID, by: User, now: datetime | None = None) -> Masterplan:
    """Go on with a paused plan where it stopped; nothing that is finished runs again.

    A wave that its gate held up is tested and judged once more.
    """
    require(by, Action.RUN_PLAN)
    tools.require_for(Masterplan.objects.get(pk=plan_id))
    with transaction.atomic():
        _change(
            plan_id,
            by,
            old=(PlanStatus.PAUSED,),
            new=PlanStatus.RUNNING,
            wanted="resumed",
            changes={"pause_reason": "", "status_note": ""},
        )
        Attempt.objects.filter(plan=plan_id, status=AttemptStatus.QUEUED).update(dispatched_at=None)
        if _reopen_waves(plan_id):
            suites.renew(plan_id)
    return _reconciled(plan_id, now or timezone.now())


def _reopen_waves(plan_id: UUID) -> int:
    waves = Wave.objects.filter(plan=plan_id)
    return transitions.move(waves, WaveStatus.BLOCKED, WaveStatus.RUNNING, finished_at=None)


def cancel(*, plan_id: UUID, by: User, now: datetime | None = None) -> Masterplan:
    """End the plan for good. Accepted code stays and can be exported; answers under way do not count."""
    require(by, Action.RUN_PLAN)
    moment = now or timezone.now()
    with transaction.atomic():
        _change(
            plan_id,
            by,
            old=CAN_BE_CANCELLED,
            new=PlanStatus.CANCELLED,
            wanted="cancelled",
            changes={
                "pause_reason": "",
                "status_note": f"Cancelled by {by.username}.",
                "finished_at": moment,
            },
        )
        atoms = Atom.objects.filter(plan=plan_id)
        transitions.move(atoms, AtomStatus.QUEUED, AtomStatus.PENDING)
        transitions.move(atoms, AtomStatus.RUNNING, AtomStatus.PENDING)
    return _reconciled(plan_id, moment)


def retry_failed(*, plan_id: UUID, by: User, now: datetime | None = None) -> Masterplan:
    """Give what failed a new round of attempts, and what it blocked a new chance.

    In a failed plan these are the atoms that failed; in one that its gate paused, the atoms whose
    tests keep the gate shut: each is asked again with what its tests found.

    Raises NotAllowed, IllegalTransition, NothingToRetry.
    """
    require(by, Action.RUN_PLAN)
    moment = now or timezone.now()
    tools.require_for(Masterplan.objects.get(pk=plan_id))
    with transaction.atomic():
        transitions.lock_plan(plan_id)
        plan = Masterplan.objects.get(pk=plan_id)
        is_held = plan.pause_reason == PauseReason.GATE
        _change(
            plan_id,
            by,
            old=(PlanStatus.PAUSED,) if is_held else (PlanStatus.FAILED,),
            new=PlanStatus.RUNNING,
            wanted="retried",
            changes={"status_note": "", "finished_at": None, "pause_reason": ""},
        )
        if is_held:
            reopen_refused(plan)
        else:
            _reopen_failed(plan)
        _reopen_waves(plan_id)
    return _reconciled(plan_id, moment)


def _reopen_failed(plan: Masterplan) -> None:
    atoms = Atom.objects.filter(plan=plan)
    again = {"finished_at": None, "attempt_limit": F("attempt_limit") + ATTEMPTS}
    if not transitions.move(atoms, AtomStatus.FAILED, AtomStatus.QUEUED, **again):
        raise NothingToRetry(ref=plan.ref)
    transitions.move(atoms, AtomStatus.BLOCKED, AtomStatus.PENDING, status_note="")


@transaction.atomic
def _change(
    plan_id: UUID,
    by: User,
    *,
    old: tuple[PlanStatus, ...],
    new: PlanStatus,
    wanted: str,
    changes: dict[str, object],
) -> Masterplan:
    """Move the plan from one of the old states, and say who did it. Raises IllegalTransition."""
    transitions.lock_plan(plan_id)
    plan = Masterplan.objects.get(pk=plan_id)
    if PlanStatus(plan.status) not in old:
        raise IllegalTransition(
            ref=plan.ref, status=PlanStatus(plan.status).label.lower(), wanted=wanted
        )
    if plan.status == PlanStatus.PAUSED:
        budgets.mark_resumed(plan_id=plan_id)  # the budget's row before the plan's
    rows = Masterplan.objects.filter(pk=plan_id)
    transitions.move(rows, plan.status, new, **changes)
    transitions.tell_plan(plan, f"{wanted.capitalize()} by {by.username}")
    logger.info("Plan changed", extra={"event": f"plan.{wanted}", "plan": plan.ref})
    return plan


def _reconciled(plan_id: UUID, now: datetime) -> Masterplan:
    reconcile(plan_id, now=now)
    return Masterplan.objects.get(pk=plan_id)
