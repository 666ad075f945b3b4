"""The ledger: reserve before a call, book after it. Every movement is a line that stays.

Rows are locked in one order: hold, budget, plan. The row of the budget, which all calls of a plan wait
for, is locked late and short.
"""

import logging
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts.actions import audit, require
from apps.accounts.core.roles import Action
from apps.accounts.models import User
from apps.budgets.actions import guardrails
from apps.budgets.adapters.ledger import Movement, book, insert_hold
from apps.budgets.core.amounts import amount_problem
from apps.budgets.errors import AmountInvalid, HoldNotFound, NotUnknown, ReasonMissing
from apps.budgets.models import NO_MONEY, Budget, EventKind, Hold, HoldState
from apps.common.display import exact_usd
from apps.common.events import announce
from apps.masterplans.core import topics
from apps.masterplans.models import Masterplan
from apps.traceability import actions as trace
from apps.traceability.core.kinds import StepKind

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reservation:
    """The worst case of a physical call that is about to be made."""

    call_id: str
    budget_id: int
    price_id: int
    amount: Decimal  # USD
    max_tokens: int
    lease: timedelta  # a call that takes longer has lost its worker
    purpose: str
    trace_id: str
    atom_id: UUID | None = None
    attempt_id: UUID | None = None
    attempt_number: int | None = None


@dataclass(frozen=True, slots=True)
class Reserved:
    """The hold of a call. `is_new` is False when the call id had one before."""

    hold_id: UUID
    state: HoldState
    is_new: bool


@dataclass(frozen=True, slots=True)
class NoRoom:
    """The worst case does not fit; nothing was written."""

    left: Decimal  # USD
    held: Decimal  # USD by other calls, which may come free


class _DoesNotFit(Exception):
    """Takes the hold back that was just inserted."""


def reserve(reservation: Reservation, *, now: datetime | None = None) -> Reserved | NoRoom:
    """Hold the worst case of a call, committed when this returns, or say that it does not fit.

    A call id that has a hold gets that one, and nothing is booked again.
    """
    try:
        return _reserve(reservation, now or timezone.now())
    except _DoesNotFit:
        budget = Budget.objects.get(pk=reservation.budget_id)
        return NoRoom(left=budget.left, held=budget.held)


@transaction.atomic(durable=True)
def _reserve(reservation: Reservation, now: datetime) -> Reserved:
    hold = Hold(
        id=uuid.uuid4(),
        call_id=reservation.call_id,
        budget_id=reservation.budget_id,
        atom_id=reservation.atom_id,
        attempt_id=reservation.attempt_id,
        attempt_number=reservation.attempt_number,
        purpose=reservation.purpose,
        trace_id=reservation.trace_id,
        price_id=reservation.price_id,
        amount=reservation.amount,
        max_tokens=reservation.max_tokens,
        lease_expires_at=now + reservation.lease,
    )
    if not insert_hold(hold):
        known = Hold.objects.get(call_id=reservation.call_id)
        return Reserved(known.pk, HoldState(known.state), is_new=False)
    movement = _movement(EventKind.RESERVE, hold, held_delta=hold.amount, must_fit=True)
    if book(hold.budget_id, movement) is None:
        raise _DoesNotFit
    return Reserved(hold.pk, HoldState.HELD, is_new=True)


@transaction.atomic
def settle(*, hold_id: UUID, actual: Decimal) -> None:
    """Book what the call really cost, in USD; a second settlement changes nothing.

    More than was held is booked all the same, and pauses the plan with an incident. A call that was
    captured as unknown meanwhile is corrected to its true cost.
    """
    hold = _lock(hold_id)
    if hold.state == HoldState.UNKNOWN:
        _correct(hold, actual, reason="The answer came after its hold had expired.")
    elif hold.state == HoldState.HELD:
        _end(hold, HoldState.SETTLED, actual)
        excess = max(actual - hold.amount, NO_MONEY)
        movement = _movement(
            EventKind.SETTLE,
            hold,
            spent_delta=actual,
            held_delta=-hold.amount,
            excess=excess,
        )
        _book_charge(hold, movement)


@transaction.atomic
def void(*, hold_id: UUID) -> None:
    """Give the hold back: the call was certainly not charged. Nothing happens to an ended hold."""
    hold = _lock(hold_id)
    if hold.state == HoldState.HELD:
        _end(hold, HoldState.VOIDED, None)
        book(hold.budget_id, _movement(EventKind.VOID, hold, held_delta=-hold.amount))
        _tell(hold.budget_id)


@transaction.atomic
def capture_unknown(*, hold_id: UUID, reason: str) -> bool:
    """Book the worst case: the call may have been charged, and nobody knows how much.

    Returns False, and books nothing, when the hold has ended already.
    """
    hold = _lock(hold_id)
    if hold.state != HoldState.HELD:
        return False
    _end(hold, HoldState.UNKNOWN, hold.amount)
    movement = _movement(
        EventKind.CAPTURE_UNKNOWN,
        hold,
        spent_delta=hold.amount,
        held_delta=-hold.amount,
        reason=reason,
    )
    _book_charge(hold, movement)
    return True


def expire_holds(*, now: datetime, at_most: int = 1000) -> int:
    """Capture holds whose lease is over, because their worker is gone; return how many.

    What is left over is taken by the next call, which beat makes a few seconds later.
    """
    expired = Hold.objects.filter(state=HoldState.HELD, lease_expires_at__lt=now)
    hold_ids = list(expired.order_by("lease_expires_at").values_list("pk", flat=True)[:at_most])
    reason = "Its worker did not come back."
    return sum(capture_unknown(hold_id=hold_id, reason=reason) for hold_id in hold_ids)


@transaction.atomic
def adjust(*, hold_id: UUID, actual: Decimal, by: User, reason: str) -> Hold:
    """Post what an unknown charge really was, in USD.

    Raises NotAllowed, HoldNotFound, NotUnknown, AmountInvalid, ReasonMissing.
    """
    require(by, Action.ADJUST_LEDGER)
    if not reason.strip():
        raise ReasonMissing
    if not actual.is_zero() and amount_problem(actual):
        raise AmountInvalid(amount=actual)
    if not Hold.objects.filter(pk=hold_id).exists():
        raise HoldNotFound(hold_id=hold_id)
    hold = _lock(hold_id)
    if hold.state != HoldState.UNKNOWN:
        raise NotUnknown(state=HoldState(hold.state).label.lower())
    before = hold.actual
    _correct(hold, actual, reason=reason.strip(), by=by)
    audit(
        by=by,
        action="budget.charge_adjusted",
        subject=_plan_ref(hold.budget_id),
        sentence=f"Charge adjusted from {exact_usd(before)} to {exact_usd(actual)}",
        before={"actual": before},
        after={"actual": actual, "hold_id": str(hold.pk)},
        reason=reason.strip(),
    )
    return hold


def _correct(hold: Hold, actual: Decimal, *, reason: str, by: User | None = None) -> None:
    """Book the difference between what was captured and what it was."""
    difference = actual - (hold.actual or NO_MONEY)
    _end(hold, HoldState.SETTLED, actual)
    movement = _movement(
        EventKind.ADJUST,
        hold,
        spent_delta=difference,
        excess=max(difference, NO_MONEY),
        by_id=by.pk if by else None,
        reason=reason,
    )
    _book_charge(hold, movement)


def _lock(hold_id: UUID) -> Hold:
    return Hold.objects.select_for_update().get(pk=hold_id)


def _end(hold: Hold, state: HoldState, actual: Decimal | None) -> None:
    hold.state, hold.actual, hold.ended_at = state, actual, timezone.now()
    hold.save(update_fields=["state", "actual", "ended_at"])


def _movement(kind: EventKind, hold: Hold, **facts: Any) -> Movement:
    """Return a line about the hold; the facts are fields of Movement."""
    return Movement(kind, hold_id=hold.pk, price_id=hold.price_id, **facts)


def _book_charge(hold: Hold, movement: Movement) -> None:
    """Trace the charge and book it, so that trace and ledger cannot differ; then look at the caps."""
    _trace(hold, movement)
    totals = book(hold.budget_id, movement)
    if totals is None:
        raise AssertionError("A movement that need not fit was refused")
    guardrails.after_charge(hold, movement, totals)
    _tell(hold.budget_id)


def _trace(hold: Hold, movement: Movement) -> None:
    trace.record(
        kind=StepKind.CHARGE,
        trace_id=hold.trace_id,
        plan_id=_plan(hold.budget_id)[0],
        atom_id=hold.atom_id,
        attempt_id=hold.attempt_id,
        attempt_number=hold.attempt_number,
        cost_usd=movement.spent_delta,
        data={
            "entry": movement.kind.value,
            "held_usd": str(hold.amount),
            "price": hold.price_id,
            "call_id": hold.call_id,
        },
    )


def _tell(budget_id: int) -> None:
    announce(topics.budget(_plan_ref(budget_id)), topics.COST)


def _plan_ref(budget_id: int) -> str:
    return _plan(budget_id)[1]


@lru_cache(maxsize=1024)  # neither the plan of a budget nor its number ever changes
def _plan(budget_id: int) -> tuple[UUID, str]:
    plan = Masterplan.objects.only("pk", "number").get(budget=budget_id)
    return plan.pk, plan.ref


__all__ = [
    "NoRoom",
    "Reservation",
    "Reserved",
    "adjust",
    "capture_unknown",
    "expire_holds",
    "reserve",
    "settle",
    "void",
]
