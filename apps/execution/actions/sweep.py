"""The sweeper: nothing stays undone because a process died or a message was lost."""

import logging
from datetime import datetime
from uuid import UUID

from django.db import InterfaceError, OperationalError
from django.db.models import Exists, OuterRef, Q

from apps.acceptance.models import Suite, TestRun
from apps.common.events import valkey
from apps.execution.actions.reconcile import reconcile
from apps.execution.actions.workspace import commit_or_pause
from apps.execution.models import Attempt, CodeVersion
from apps.masterplans.models import Masterplan, PlanStatus

logger = logging.getLogger(__name__)

LAST_SWEEP_KEY = "mge:sweep:last"  # unix seconds, read by the health page


def sweep(*, now: datetime) -> int:
    """Reconcile every plan that runs, or has something under way; return how many."""
    active = Attempt.objects.filter(plan=OuterRef("pk"), status__in=Attempt.ACTIVE)
    runs = TestRun.objects.filter(plan=OuterRef("pk"), status__in=TestRun.ACTIVE)
    suites = Suite.objects.filter(plan=OuterRef("pk"), status__in=Suite.UNDER_WAY)
    uncommitted = CodeVersion.objects.filter(plan=OuterRef("pk"), commit_sha="")
    plans = Masterplan.objects.filter(
        Q(status=PlanStatus.RUNNING)
        | Exists(active)
        | Exists(uncommitted)
        | Exists(runs)
        | Exists(suites)
    )
    plan_ids = list(plans.order_by("number").values_list("pk", flat=True))
    for plan_id in plan_ids:
        _sweep_plan(plan_id, now)
    valkey.ask(lambda client: client.set(LAST_SWEEP_KEY, int(now.timestamp())))
    return len(plan_ids)


def _sweep_plan(plan_id: UUID, now: datetime) -> None:
    try:
        commit_or_pause(plan_id)
        reconcile(plan_id, now=now)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        # One broken plan must not keep the others from being swept.
        logger.exception("A plan was not swept", extra={"plan_id": plan_id})
