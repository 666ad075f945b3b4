"""The caps of a plan: opened with it, lowered by one person, raised by two."""

from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from apps.accounts.actions import audit, require
from apps.accounts.core.roles import Action
from apps.accounts.models import User
from apps.budgets.adapters.ledger import Movement, book
from apps.budgets.core.amounts import amount_problem
from apps.budgets.core.caps import soft_cap_of
from apps.budgets.errors import (
    AmountInvalid,
    CapsOutOfOrder,
    CapTooLow,
    RaiseNeedsOverride,
    ReasonMissing,
)
from apps.budgets.models import NO_MONEY, Budget, EventKind
from apps.common.display import exact_usd
from apps.common.events import announce
from apps.masterplans.core import topics
from apps.masterplans.models import Masterplan


@transaction.atomic
def open_budget(*, plan: Masterplan, hard_cap: Decimal, soft_share: Decimal) -> Budget:
    """Give a new plan its budget; the soft cap follows the hard cap by its share, 0 to 1."""
    budget = Budget.objects.create(
        plan=plan,
        hard_cap=hard_cap,
        soft_cap=soft_cap_of(hard_cap, soft_share),
        soft_share=soft_share,
    )
    book(budget.pk, Movement(EventKind.CAP_CHANGE, reason="As the masterplan asks."))
    return budget


@transaction.atomic
def change_cap(*, budget_id: int, hard_cap: Decimal, by: User, reason: str) -> Budget:
    """Set the hard cap, in USD; a soft cap that follows it moves along.

    Raises CapTooLow, and writes nothing, below what is spent or held; CapsOutOfOrder when a soft
    cap that was set by hand would lie above.
    """
    budget = _locked().get(pk=budget_id)
    return _write(budget, hard_cap, _following(budget, hard_cap), budget.soft_share, by, reason)


@transaction.atomic
def set_caps(
    *,
    plan_id: UUID,
    by: User,
    hard_cap: Decimal | None = None,
    soft_cap: Decimal | None = None,
    follow: bool = False,
    reason: str,
) -> Budget:
    """Lower the hard cap, set the soft cap by hand, or let it follow the hard cap again (USD).

    Raises NotAllowed, ReasonMissing, AmountInvalid, RaiseNeedsOverride, CapTooLow, CapsOutOfOrder.
    """
    require(by, Action.SET_CAPS)
    if not reason.strip():
        raise ReasonMissing
    budget = _locked().get(plan=plan_id)
    wanted = budget.hard_cap if hard_cap is None else check_amount(hard_cap)
    if wanted > budget.hard_cap:
        raise RaiseNeedsOverride(now=exact_usd(budget.hard_cap), wanted=exact_usd(wanted))
    share = budget.soft_share
    if follow and share is None:
        share = budget.plan.soft_cap  # as the masterplan asks
    if soft_cap is not None:
        return _change(budget, wanted, check_amount(soft_cap), None, by, reason)
    soft = budget.soft_cap if share is None else soft_cap_of(wanted, share)
    return _change(budget, wanted, soft, share, by, reason)


def check_amount(amount: Decimal) -> Decimal:
    """Return USD with six places. Raises AmountInvalid for anything else, and above a million."""
    if amount_problem(amount):
        raise AmountInvalid(amount=amount)
    return amount.quantize(NO_MONEY)


def _change(
    budget: Budget,
    hard_cap: Decimal,
    soft_cap: Decimal,
    share: Decimal | None,
    by: User,
    reason: str,
) -> Budget:
    before = _caps(budget)
    changed = _write(budget, hard_cap, soft_cap, share, by, reason)
    audit(
        by=by,
        action="budget.caps_set",
        subject=budget.plan.ref,
        sentence=f"Caps set to {exact_usd(hard_cap)} and {exact_usd(soft_cap)}",
        before=before,
        after=_caps(changed),
        reason=reason.strip(),
    )
    return changed


def _write(
    budget: Budget,
    hard_cap: Decimal,
    soft_cap: Decimal,
    share: Decimal | None,
    by: User,
    reason: str,
) -> Budget:
    """Change both caps in one line of the ledger; what was warned of is warned of anew if it is."""
    floor = budget.spent + budget.held
    if hard_cap < floor:
        raise CapTooLow(floor=exact_usd(floor), hard_cap=exact_usd(hard_cap))
    if not 0 < soft_cap <= hard_cap:
        raise CapsOutOfOrder(soft_cap=exact_usd(soft_cap), hard_cap=exact_usd(hard_cap))
    passed_at = budget.soft_cap_passed_at if budget.spent >= soft_cap else None
    Budget.objects.filter(pk=budget.pk).update(
        hard_cap=hard_cap,
        soft_cap=soft_cap,
        soft_share=share,
        overrun=NO_MONEY,
        soft_cap_passed_at=passed_at,
        forecast_passed_at=None,
    )
    book(budget.pk, Movement(EventKind.CAP_CHANGE, by_id=by.pk, reason=reason.strip()))
    ref = budget.plan.ref
    announce(*topics.of_plan(ref), topics.budget(ref), topics.COST)
    return Budget.objects.select_related("plan").get(pk=budget.pk)


def _locked() -> QuerySet[Budget]:
    # Not the plan's row, too: who resumes a plan writes that one.
    return Budget.objects.select_for_update(of=("self",)).select_related("plan")


def _following(budget: Budget, hard_cap: Decimal) -> Decimal:
    share: Decimal | None = budget.soft_share
    soft_cap: Decimal = budget.soft_cap
    return soft_cap if share is None else soft_cap_of(hard_cap, share)


def _caps(budget: Budget) -> dict[str, Decimal]:
    return {"hard_cap": budget.hard_cap, "soft_cap": budget.soft_cap}
