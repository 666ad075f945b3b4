"""A request for another hard cap: one person asks, another decides, or its time runs out."""

import logging
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts.actions import audit, notify, require
from apps.accounts.core.notices import Notice
from apps.accounts.core.roles import Action, Role
from apps.accounts.models import User
from apps.budgets.actions.caps import change_cap
from apps.budgets.core.amounts import amount_problem
from apps.budgets.core.overrides import (
    COMMENT_LENGTH,
    LIFE,
    REASON_LENGTH,
    Decision,
    life_problem,
    remind_at,
    text_problem,
)
from apps.budgets.errors import CapsOutOfOrder, CapTooLow
from apps.budgets.models import NO_MONEY, Budget, Override, OverrideStatus
from apps.budgets.queries.overrides import (
    ceiling,
    is_own_request,
    overrides,
    seen_by,
    waiting_override,
)
from apps.common.display import day_clock, duration, exact_usd, usd_cap
from apps.common.errors import ConsoleError, InvalidInput
from apps.common.events import announce
from apps.masterplans.core import topics
from apps.masterplans.models import Masterplan, PlanStatus

logger = logging.getLogger(__name__)

# A failed plan can be retried with what is granted; these two spend nothing any more.
ENDED = frozenset({PlanStatus.COMPLETED, PlanStatus.CANCELLED})


class OverrideNotFound(ConsoleError):
    """There is no request {override}. List them with GET /api/v2/overrides."""

    code = "override_not_found"
    status = 404


class OwnRequest(ConsoleError):
    """You asked for this yourself. Somebody else with the role Budget approver has to decide."""

    code = "own_request"
    status = 403


class NotYourRequest(ConsoleError):
    """Only {asked_by}, who asked, or an administrator can withdraw {ref}."""

    code = "not_your_request"
    status = 403


class AlreadyDecided(ConsoleError):
    """{ref} was {what} by {who}, {when}."""

    code = "already_decided"


class OverrideExpired(ConsoleError):
    """{ref} expired, {when}. Ask for the money again."""

    code = "override_expired"


class OverrideWaits(ConsoleError):
    """{plan} has a request that waits already: {ref}, {asked}, by {who}. Withdraw it, or wait."""

    code = "override_waits"


class PlanIsOver(ConsoleError):
    """{plan} is {status}: it spends nothing, so it needs no other cap."""

    code = "plan_is_over"


class AboveCeiling(ConsoleError):
    """{amount} is above the team ceiling of {ceiling}. Only an administrator can raise the ceiling."""

    code = "above_ceiling"
    status = 422


class NotAboveCap(ConsoleError):
    """{amount} is not above the hard cap of {hard_cap}. Ask for more than the plan has."""

    code = "not_above_cap"
    status = 422


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision that may be carried out."""

    decision: Decision
    granted: Decimal | None  # the new hard cap, USD; None: declined
    comment: str


def ask_override(
    *,
    plan_id: UUID,
    by: User,
    amount: Decimal,
    reason: str,
    expires_at: datetime | None = None,
    now: datetime | None = None,
) -> Override:
    """Ask that the plan's hard cap becomes `amount` USD; the request waits a day unless told.

    Raises NotAllowed, PlanIsOver, OverrideWaits, InvalidInput, AboveCeiling, NotAboveCap.
    """
    require(by, Action.ASK_OVERRIDE)
    moment = now or timezone.now()
    end = expires_at or moment + LIFE
    plan = Masterplan.objects.only("number", "title", "status").get(pk=plan_id)
    if plan.is_over:
        raise PlanIsOver(plan=plan.ref, status=PlanStatus(plan.status).label.lower())
    expire_overrides(now=moment)  # one that is due makes room
    reason = reason.strip()
    with transaction.atomic():
        budget = Budget.objects.select_for_update().get(plan=plan_id)
        _refuse_second(budget, plan)
        wanted = _refuse_question(budget, amount, reason, moment, end)
        override = _waiting_row(budget, by, wanted, reason, moment, end)
        _tell_asked(override, plan, moment)
    return override


def _refuse_second(budget: Budget, plan: Masterplan) -> None:
    other = waiting_override(budget.pk)
    if other is not None:
        asked = f"asked {day_clock(other.asked_at)}"
        raise OverrideWaits(plan=plan.ref, ref=other.ref, asked=asked, who=other.asked_by.username)


def _refuse_question(
    budget: Budget, amount: Decimal, reason: str, now: datetime, end: datetime
) -> Decimal:
    wanted = _grantable(amount)
    if wanted <= budget.hard_cap:
        raise NotAboveCap(amount=usd_cap(wanted), hard_cap=usd_cap(budget.hard_cap))
    _refuse_text(reason, name="reason", length=REASON_LENGTH)
    _refuse_problem(life_problem(now, end), field="expires_at")
    return wanted


def _grantable(amount: Decimal) -> Decimal:
    """Return the amount with six places. Raises InvalidInput, AboveCeiling."""
    _refuse_problem(amount_problem(amount), field="amount")
    usd = amount.quantize(NO_MONEY)
    if usd > ceiling():
        raise AboveCeiling(amount=usd_cap(usd), ceiling=usd_cap(ceiling()))
    return usd


def _refuse_text(text: str, *, name: str, length: tuple[int, int]) -> None:
    _refuse_problem(text_problem(text, name=name, length=length), field=name)


def _refuse_problem(problem: str, *, field: str) -> None:
    if problem:
        raise InvalidInput(problem=problem, field=field)


def _waiting_row(
    budget: Budget, by: User, amount: Decimal, reason: str, now: datetime, end: datetime
) -> Override:
    row = Override.objects.create(
        budget=budget,
        asked_by=by,
        asked_at=now,
        amount=amount,
        cap_before=budget.hard_cap,
        reason=reason,
        expires_at=end,
    )
    return overrides().get(pk=row.pk)  # with the number that the database gave


def _tell_asked(override: Override, plan: Masterplan, now: datetime) -> None:
    caps = {"hard_cap": override.cap_before}, {"hard_cap": override.amount}
    sentence = f"{override.asked_by.username} asked for a hard cap of {usd_cap(override.amount)}"
    _record(override, override.asked_by, "asked", sentence, caps=caps, reason=override.reason)
    notify(
        kind=Notice.OVERRIDE_ASKED,
        title=f"{plan.title} needs {usd_cap(override.amount)}",
        text=f"{sentence}, now {usd_cap(override.cap_before)}: {override.reason}",
        path=path_of(override),
        if_nobody_acts=(
            f"The request ends in {duration(override.expires_at - now)};"
            f" {plan.ref} gets no more money until somebody asks again."
        ),
    )


def withdraw_override(*, override_id: UUID, by: User, now: datetime | None = None) -> Override:
    """Take a waiting request back. Raises NotYourRequest, AlreadyDecided, OverrideExpired."""
    moment = now or timezone.now()
    with transaction.atomic():
        override = _locked(override_id)
        if by.pk != override.asked_by_id and Role.ADMIN not in by.roles:
            raise NotYourRequest(ref=override.ref, asked_by=override.asked_by.username)
        _refuse_ended(override, moment)
        _end(override, OverrideStatus.WITHDRAWN, by=by, now=moment)
        _record(override, by, "withdrawn", f"{by.username} withdrew {override.ref}")
    return override


def decide(
    *,
    override_id: UUID,
    by: User,
    decision: Decision,
    amount: Decimal | None,
    comment: str,
    now: datetime,
) -> Override:
    """Decide on a request in the caller's transaction; the plan is not resumed here.

    `amount` is the new hard cap in USD; None approves what was asked. Of two people who decide at
    the same moment, the second waits for the first, and is told who it was.

    Raises OverrideNotFound, NotAllowed, OwnRequest, AlreadyDecided, OverrideExpired, PlanIsOver,
    InvalidInput, AboveCeiling, CapTooLow, CapsOutOfOrder.
    """
    override = _locked(override_id)
    ruling = _ruled(override, by, decision, amount, comment, now)
    shown = override.amount if ruling.granted is None else ruling.granted
    override.seen = seen_by(override, by, amount=shown, now=now)
    if ruling.granted is None:
        _decline(override, by, ruling, now)
    else:
        _approve(override, by, ruling, ruling.granted, now)
    return override


def check_decision(
    *,
    override_id: UUID,
    by: User,
    decision: Decision,
    amount: Decimal | None,
    comment: str,
    now: datetime,
) -> None:
    """Raise what `decide` would raise at this moment; writes nothing, and locks nothing."""
    _ruled(get_override(override_id), by, decision, amount, comment, now)


def waiting_for(*, override_id: UUID, by: User, now: datetime) -> Override:
    """Return the request if this person may decide on it now; else raise why not, as `decide`."""
    override = get_override(override_id)
    _refuse_decider(override, by, now)
    return override


def _ruled(
    override: Override,
    by: User,
    decision: Decision,
    amount: Decimal | None,
    comment: str,
    now: datetime,
) -> Ruling:
    _refuse_decider(override, by, now)
    comment = comment.strip()
    granted = None
    if decision is Decision.APPROVE:
        granted = _granted(override, override.amount if amount is None else amount)
    _refuse_text(comment, name="comment", length=COMMENT_LENGTH)
    return Ruling(decision, granted, comment)


def _refuse_decider(override: Override, by: User, now: datetime) -> None:
    require(by, Action.DECIDE_OVERRIDE)
    if is_own_request(override, by):
        raise OwnRequest(ref=override.ref)
    _refuse_ended(override, now)


def _refuse_ended(override: Override, now: datetime) -> None:
    is_due = override.status == OverrideStatus.WAITING and override.expires_at <= now
    if is_due or override.status == OverrideStatus.EXPIRED:
        raise OverrideExpired(ref=override.ref, when=day_clock(override.expires_at))
    if override.status == OverrideStatus.WAITING:
        return
    raise AlreadyDecided(
        ref=override.ref,
        what=_outcome(override),
        who=override.decided_by.username if override.decided_by else "nobody",
        when=day_clock(override.decided_at or override.expires_at),
    )


def _outcome(override: Override) -> str:
    if override.granted is not None:
        return f"approved at {usd_cap(override.granted)}"
    return OverrideStatus(override.status).label.lower()


def _granted(override: Override, amount: Decimal) -> Decimal:
    """Return the new hard cap, USD. Raises what `change_cap` would, before anything is written."""
    plan, budget = override.budget.plan, override.budget
    if plan.status in ENDED:
        raise PlanIsOver(plan=plan.ref, status=PlanStatus(plan.status).label.lower())
    cap = _grantable(amount)
    if cap < budget.spent + budget.held:
        raise CapTooLow(floor=exact_usd(budget.spent + budget.held), hard_cap=exact_usd(cap))
    if budget.soft_share is None and cap < budget.soft_cap:
        raise CapsOutOfOrder(soft_cap=exact_usd(budget.soft_cap), hard_cap=exact_usd(cap))
    return cap


def _approve(override: Override, by: User, ruling: Ruling, granted: Decimal, now: datetime) -> None:
    before = override.budget.hard_cap
    reason = f"{override.ref}: {ruling.comment}"
    change_cap(budget_id=override.budget_id, hard_cap=granted, by=by, reason=reason)
    _end(override, OverrideStatus.APPROVED, by=by, now=now, ruling=ruling)
    sentence = f"{by.username} approved a hard cap of {usd_cap(granted)}"
    if by.pk == override.asked_by_id:
        sentence += ", on the own request"
    caps = {"hard_cap": before}, {"hard_cap": granted}
    _record(override, by, "approved", sentence, caps=caps, reason=ruling.comment)
    _tell_decided(override, sentence, ruling)


def _decline(override: Override, by: User, ruling: Ruling, now: datetime) -> None:
    _end(override, OverrideStatus.DECLINED, by=by, now=now, ruling=ruling)
    sentence = f"{by.username} declined a hard cap of {usd_cap(override.amount)}"
    _record(override, by, "declined", sentence, reason=ruling.comment)
    _tell_decided(override, sentence, ruling)


def _tell_decided(override: Override, sentence: str, ruling: Ruling) -> None:
    notify(
        kind=Notice.OVERRIDE_DECIDED,
        title=f"{override.ref} for {override.budget.plan.title} was {_outcome(override)}",
        text=f"{sentence}: {ruling.comment}",
        path=path_of(override),
    )


def expire_overrides(*, now: datetime) -> int:
    """End the waiting requests whose time is over; their plans stay as they are. Return how many."""
    due = Override.objects.filter(status=OverrideStatus.WAITING, expires_at__lte=now)
    return sum(_expire(override_id, now) for override_id in due.values_list("pk", flat=True))


@transaction.atomic
def _expire(override_id: UUID, now: datetime) -> bool:
    override = _free(override_id)
    if override is None or override.expires_at > now:
        return False
    _end(override, OverrideStatus.EXPIRED, by=None, now=override.expires_at)
    plan = override.budget.plan
    sentence = f"{override.ref} expired: nobody decided by {day_clock(override.expires_at)}"
    _record(override, None, "expired", sentence)
    notify(
        kind=Notice.OVERRIDE_EXPIRED,
        title=f"The request for {plan.title} expired",
        text=f"{sentence}.",
        path=path_of(override),
        if_nobody_acts=f"{plan.ref} gets no more money until somebody asks again.",
    )
    return True


def remind_of_overrides(*, now: datetime) -> int:
    """Remind once of each request that soon ends. Return how many."""
    waiting = Override.objects.filter(status=OverrideStatus.WAITING, reminded_at=None)
    rows = waiting.values_list("pk", "asked_at", "expires_at")
    return sum(_remind(pk, now) for pk, asked, end in rows if remind_at(asked, end) <= now < end)


@transaction.atomic
def _remind(override_id: UUID, now: datetime) -> bool:
    override = _free(override_id)
    if override is None or override.reminded_at is not None:
        return False
    override.reminded_at = now
    override.save(update_fields=["reminded_at"])
    plan = override.budget.plan
    left = duration(override.expires_at - now)
    sentence = f"{override.ref} ends in {left} and nobody has decided"
    _record(override, None, "reminded", sentence)
    notify(
        kind=Notice.OVERRIDE_EXPIRING,
        title=f"{left} left to decide on {plan.title}",
        text=f"{override.asked_by.username} asked for {usd_cap(override.amount)}: {override.reason}",
        path=path_of(override),
        if_nobody_acts=f"The request ends, and {plan.ref} gets no more money.",
    )
    return True


def get_override(override_id: UUID) -> Override:
    """Return the request with its people, budget and plan. Raises OverrideNotFound."""
    found = overrides().filter(pk=override_id).first()
    if found is None:
        raise OverrideNotFound(override=override_id)
    return found


def path_of(override: Override) -> str:
    """Return the address of the approval's page."""
    return f"/approvals/{override.ref}"


def _locked(override_id: UUID) -> Override:
    """Return the request as it is after everybody who decides on it right now."""
    # Read again once the lock is there: a join in the first query would show who decided before.
    rows = Override.objects.select_for_update().filter(pk=override_id)
    if not rows.values_list("pk", flat=True):
        raise OverrideNotFound(override=override_id)
    return get_override(override_id)


def _free(override_id: UUID) -> Override | None:
    """Lock and return the request if it waits and nobody is about to decide on it."""
    rows = overrides().select_for_update(of=("self",), skip_locked=True)
    return rows.filter(pk=override_id, status=OverrideStatus.WAITING).first()


def _end(
    override: Override,
    status: OverrideStatus,
    *,
    by: User | None,
    now: datetime,
    ruling: Ruling | None = None,
) -> None:
    """Write how the request ended; the row is locked."""
    override.status, override.decided_by, override.decided_at = status, by, now
    if ruling is not None:
        override.granted, override.comment = ruling.granted, ruling.comment
    override.save(
        update_fields=["status", "decided_by", "decided_at", "granted", "comment", "seen"]
    )


def _record(
    override: Override,
    by: User | None,
    verb: str,
    sentence: str,
    *,
    caps: tuple[dict[str, Decimal], dict[str, Decimal]] | tuple[None, None] = (None, None),
    reason: str = "",
) -> None:
    """Write the audit entry, and tell everybody who looks at the request or its plan."""
    before, after = caps
    audit(
        by=by,
        action=f"budget.override_{verb}",
        subject=override.ref,
        sentence=sentence,
        before=before,
        after=after,
        reason=reason,
    )
    plan_ref = override.budget.plan.ref
    announce(
        topics.APPROVALS,
        topics.approval(override.ref),
        topics.budget(plan_ref),
        *topics.of_plan(plan_ref),
    )
    facts = {"event": f"budget.override_{verb}", "override": override.ref, "plan": plan_ref}
    logger.info("Request for a cap changed", extra=facts)
