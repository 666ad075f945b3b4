"""What atoms and attempts cost: sums over the holds, which are the ledger's own rows."""

from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID

from django.db.models import Sum

from apps.budgets.models import Hold


def cost_by_atom(plan_id: UUID) -> dict[UUID | None, Decimal]:
    """Return what is booked for each atom of a plan, in USD; None stands for calls of no atom."""
    holds = Hold.objects.filter(budget__plan=plan_id, actual__isnull=False).order_by()
    return dict(holds.values_list("atom_id").annotate(total=Sum("actual")))


def cost_by_number(atom_id: UUID) -> dict[int | None, Decimal]:
    """Return what is booked for each attempt at an atom, in USD, by the attempt's number."""
    holds = Hold.objects.filter(atom=atom_id, actual__isnull=False).order_by()
    return dict(holds.values_list("attempt_number").annotate(total=Sum("actual")))


def cost_of_attempts(attempt_ids: Iterable[UUID]) -> dict[UUID | None, Decimal]:
    """Return what is booked for each of these attempts, in USD."""
    holds = Hold.objects.filter(attempt_id__in=list(attempt_ids), actual__isnull=False).order_by()
    return dict(holds.values_list("attempt_id").annotate(total=Sum("actual")))
