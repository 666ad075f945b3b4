"""The suite of a plan: asked for once, and told whenever something may change a gate."""

import secrets
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q
from django.utils import timezone

from apps.acceptance.actions import leases
from apps.acceptance.models import Reading, Suite, SuiteStatus
from apps.common.events import announce
from apps.masterplans.core import topics
from apps.masterplans.models import Masterplan

SEEDS = 2**31


def ensure_suite(plan_id: UUID) -> Suite:
    """Return the suite of the plan; the first call asks for it, with a seed of its own."""
    suite, _ = Suite.objects.get_or_create(
        plan_id=plan_id, defaults={"seed": secrets.randbelow(SEEDS)}
    )
    return suite


def ask_again(plan: Masterplan) -> Suite:
    """Have the tests of the plan generated once more, by the same seed; what is equal stays.

    The model is asked again where it gave no answer.
    """
    suite = ensure_suite(plan.pk)
    Reading.objects.filter(plan=plan, authored__has_key="refused").update(authored=None)
    rows = Suite.objects.filter(pk=suite.pk)
    rows.exclude(status__in=[SuiteStatus.QUEUED, SuiteStatus.GENERATING]).update(
        status=SuiteStatus.QUEUED,
        note="",
        runs=0,
        dispatched_at=None,
        requested_at=timezone.now(),
    )
    announce(topics.tests(plan.ref))
    suite.refresh_from_db()
    return suite


def take_up_lost(plan_id: UUID, *, now: datetime) -> None:
    """Let others generate what a dead worker left; end what waited too long or kills every worker."""
    rows = Suite.objects.filter(plan=plan_id)
    leases.return_lost(rows, waiting=SuiteStatus.QUEUED, working=SuiteStatus.GENERATING, now=now)
    tried = Q(runs__gte=leases.MAX_RUNS)
    given_up = Q(status=SuiteStatus.GENERATING, lease_expires_at__lt=now)
    rows.filter(tried, given_up | Q(status=SuiteStatus.QUEUED)).update(
        status=SuiteStatus.FAILED,
        note=(
            f"Writing the tests broke off {leases.MAX_RUNS} times. Look at the log of the sandbox"
            " worker, then resume."
        ),
    )
    rows.filter(
        status=SuiteStatus.QUEUED, runs=0, requested_at__lt=now - leases.LONGEST_WAIT
    ).update(status=SuiteStatus.FAILED, note=leases.NOT_TAKEN)


def renew(plan_id: UUID) -> None:
    """Begin anew after people were asked: what failed is generated again, what was judged is too."""
    now = timezone.now()
    rows = Suite.objects.filter(plan=plan_id)
    rows.filter(status=SuiteStatus.FAILED).update(status=SuiteStatus.QUEUED, note="")
    rows.filter(status=SuiteStatus.QUEUED).update(runs=0, dispatched_at=None, requested_at=now)
    touch(plan_id)


def touch(plan_id: UUID) -> None:
    """Say that something changed that gates rest on: what was judged before does not hold any more."""
    Suite.objects.filter(plan=plan_id).update(revision=F("revision") + 1)
