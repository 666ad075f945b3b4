"""The hold layer: no call leaves before its worst case is reserved, and every call is booked."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from apps.budgets.actions import ledger
from apps.budgets.actions.ledger import NoRoom, Reservation, Reserved
from apps.budgets.core.pricing import Price, affordable_tokens, bill, worst_case
from apps.budgets.errors import ModelHasNoPrice
from apps.budgets.models import Budget, Denial, DenialReason, HoldState
from apps.budgets.queries.prices import price_of
from apps.common import display
from apps.llm.core.errors import CallInterrupted, ErrorKind, FinalLlmError, LlmError
from apps.llm.core.types import CallContext, Completion, CompletionClient, CompletionRequest
from apps.llm.core.usage import input_bound
from apps.llm.profiles import get_profile
from apps.llm.retries import stopping
from apps.masterplans.models import PlanStatus

logger = logging.getLogger(__name__)

LEASE_MARGIN = timedelta(seconds=30)  # beyond the longest call
WAIT_STEP_S = 0.25
LONGEST_WAIT_S = 600.0  # for the holds of others; then the call goes back to where it came from
MOST_CALLS = 64  # physical calls of one question, over all workers that died of it
SETTLE_TRIES = 3
STOPPED = frozenset({PlanStatus.PAUSED, PlanStatus.CANCELLED})


@dataclass(frozen=True, slots=True)
class Account:
    """Who pays for a call, and at which price."""

    budget_id: int
    price_id: int
    price: Price
    input_tokens: int  # upper bound
    max_tokens: int  # the most that the caller, the profile and the price allow
    lease: timedelta


class HoldLayer:
    """Reserves before a call and books after it. Holds no transaction while the call is made."""

    def __init__(
        self,
        next_client: CompletionClient,
        *,
        wait: Callable[[float], bool] = stopping.wait,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`wait` sleeps for the seconds given and returns True when the process shall end."""
        self._next = next_client
        self._wait = wait
        self._clock = clock

    def complete(self, request: CompletionRequest) -> Completion:
        """Return the answer with what it cost.

        Raises LlmError; of its own the kinds `price` and `budget`. Raises CallInterrupted when the
        process ends, or the plan is no longer run, while the call waits for money.
        """
        account = _account_of(request)
        reserved, max_tokens = self._reserve(request, account)
        try:
            completion = self._next.complete(replace(request, max_tokens=max_tokens))
        except CallInterrupted:  # whoever raises it has not sent anything
            ledger.void(hold_id=reserved.hold_id)
            raise
        except LlmError as error:
            _close_failed(reserved, error, account.price)
            raise
        except Exception:
            ledger.capture_unknown(hold_id=reserved.hold_id, reason="The call broke off.")
            raise
        cost_usd = bill(completion.usage, account.price)
        _settle(reserved, cost_usd)
        return replace(completion, cost_usd=cost_usd)

    def _reserve(self, request: CompletionRequest, account: Account) -> tuple[Reserved, int]:
        """Return the hold and the length of the answer that it pays for."""
        give_up_at = self._clock() + LONGEST_WAIT_S
        max_tokens = account.max_tokens
        while True:
            outcome = _hold(request.context, account, max_tokens)
            if isinstance(outcome, Reserved):
                return outcome, max_tokens
            max_tokens = affordable_tokens(
                account.price, input_tokens=account.input_tokens, left=outcome.left
            )
            max_tokens = min(max_tokens, account.max_tokens)
            if max_tokens >= min(request.min_tokens, account.max_tokens):
                continue  # a shorter answer fits
            max_tokens = account.max_tokens
            if not outcome.held:
                raise _denied(request, account)
            self._wait_for_room(request.context, give_up_at)

    def _wait_for_room(self, context: CallContext, give_up_at: float) -> None:
        """Let other calls of the plan end: what they do not use becomes free."""
        if self._wait(WAIT_STEP_S) or self._clock() > give_up_at:
            raise CallInterrupted("The call waited for money that others hold.")
        if not Budget.objects.filter(
            plan=context.plan_id, plan__status=PlanStatus.RUNNING
        ).exists():
            raise CallInterrupted("The masterplan does not run any more.")


def _account_of(request: CompletionRequest) -> Account:
    """Return who pays.

    Raises FinalLlmError where there is no budget, or no price that holds; CallInterrupted when the
    plan was stopped.
    """
    profile = get_profile(request.profile)
    plan_id = request.context.plan_id
    found = Budget.objects.filter(plan=plan_id).values_list("pk", "plan__status").first()
    if found is None:
        raise FinalLlmError(ErrorKind.BUDGET, "A call for no masterplan has no budget to pay it.")
    budget_id, status = found
    if status in STOPPED:  # also between two tries of a call
        raise CallInterrupted("The masterplan does not run any more.")
    row = price_of(profile.billed_by, profile.model, at=timezone.now())
    if row is None:
        Denial.objects.create(budget_id=budget_id, reason=DenialReason.NO_PRICE)
        refusal = ModelHasNoPrice(model=profile.model, provider=profile.billed_by)
        raise FinalLlmError(ErrorKind.PRICE, refusal.message)
    price, tokens = row.as_price(), input_bound(request.messages)
    if price.max_input_tokens is not None and tokens > price.max_input_tokens:
        Denial.objects.create(budget_id=budget_id, reason=DenialReason.INPUT_LIMIT)
        raise FinalLlmError(ErrorKind.PRICE, _too_long(profile.model, tokens, price))
    return Account(
        budget_id=budget_id,
        price_id=row.pk,
        price=price,
        input_tokens=tokens,
        max_tokens=min(request.max_tokens, profile.max_output_tokens, price.max_output_tokens),
        lease=timedelta(seconds=profile.timeout_s) + LEASE_MARGIN,
    )


def _too_long(model: str, tokens: int, price: Price) -> str:
    return (
        f"The prompt can have {tokens} tokens, and the price of {model} holds up to"
        f" {price.max_input_tokens}. Shorten the masterplan's context, or add a price for longer"
        " prompts."
    )


def _hold(context: CallContext, account: Account, max_tokens: int) -> Reserved | NoRoom:
    """Reserve for the next physical call of this question.

    A hold of an earlier one is not used again: whatever was sent may have been charged.
    """
    amount = worst_case(account.price, input_tokens=account.input_tokens, max_tokens=max_tokens)
    for number in range(1, MOST_CALLS + 1):
        outcome = ledger.reserve(
            Reservation(
                call_id=f"{context.call_id}.{number}",
                budget_id=account.budget_id,
                price_id=account.price_id,
                amount=amount,
                max_tokens=max_tokens,
                lease=account.lease,
                purpose=context.purpose,
                trace_id=context.trace_id,
                atom_id=context.atom_id,
                attempt_id=context.attempt_id,
                attempt_number=context.attempt_number,
            )
        )
        if isinstance(outcome, NoRoom) or outcome.is_new:
            return outcome
        if outcome.state == HoldState.HELD:
            reason = "The same question is asked again, so whoever asked first is gone."
            ledger.capture_unknown(hold_id=outcome.hold_id, reason=reason)
    raise FinalLlmError(ErrorKind.BUDGET, f"This question was sent {MOST_CALLS} times already.")


def _denied(request: CompletionRequest, account: Account) -> LlmError:
    """Return the refusal of a call that cannot be paid, and write it down."""
    tokens = min(request.min_tokens, account.max_tokens)
    needed = worst_case(account.price, input_tokens=account.input_tokens, max_tokens=tokens)
    Denial.objects.create(budget_id=account.budget_id, reason=DenialReason.HARD_CAP, needed=needed)
    budget = Budget.objects.get(pk=account.budget_id)
    return FinalLlmError(ErrorKind.BUDGET, shortage(needed=needed, budget=budget))


def shortage(*, needed: Decimal, budget: Budget) -> str:
    """Return the sentence for a call whose worst case does not fit."""
    return (
        f"The next call could cost up to {display.usd(needed)}, and"
        f" {display.usd(budget.left)} of the hard cap of {display.usd_cap(budget.hard_cap)} is left"
        f" after {display.usd(budget.spent)}."
    )


def _close_failed(reserved: Reserved, error: LlmError, price: Price) -> None:
    """Book a call without an answer: its bill, nothing, or the worst case where nobody can know."""
    if error.usage is not None:
        error.cost_usd = bill(error.usage, price)
        _settle(reserved, error.cost_usd)
    elif error.is_free:
        ledger.void(hold_id=reserved.hold_id)
    else:
        ledger.capture_unknown(hold_id=reserved.hold_id, reason=error.sentence)


def _settle(reserved: Reserved, cost_usd: Decimal) -> None:
    """Book the bill. The answer is kept even when Postgres stays away: the lease books it later."""
    for tries_left in reversed(range(SETTLE_TRIES)):
        try:
            ledger.settle(hold_id=reserved.hold_id, actual=cost_usd)
        except (DatabaseError, InterfaceError):
            if tries_left:
                threading.Event().wait(WAIT_STEP_S)
                continue
            logger.exception(
                "A paid call was not settled; its worst case is booked when its lease ends",
                extra={"event": "budget.not_settled", "hold_id": reserved.hold_id},
            )
        return
