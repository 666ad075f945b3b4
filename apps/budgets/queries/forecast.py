"""The forecast of a plan: its atoms, and what the ledger has booked for them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery, Sum

from apps.budgets.core.forecast import ENOUGH, Coming, Forecast, Sample, forecast
from apps.budgets.models import Budget, Hold
from apps.masterplans.models import Atom, AtomStatus, Masterplan

TO_COME = (AtomStatus.PENDING, AtomStatus.QUEUED, AtomStatus.RUNNING)
ANSWERED = (AtomStatus.SUCCEEDED, AtomStatus.IN_REVIEW)
# The tries of an atom that failed cost money too. A blocked one never ran.
OVER = (*ANSWERED, AtomStatus.FAILED)
HISTORY = 500  # newest atoms of other plans, for each language


@dataclass(frozen=True, slots=True)
class _Row:
    """An atom of the plan; its cost is None where nothing was booked for it."""

    language: str
    task: str
    status: str
    cost: Decimal | None

    def as_sample(self) -> Sample:
        return Sample(self.language, self.task, self.cost or Decimal(0))


def forecast_of(budget: Budget, *, now: datetime) -> Forecast | None:
    """Return what the plan will have cost in the end; None while the cost of no atom is known.

    At most four queries, three where the budget comes with its plan, however large that is. Nothing
    is to come for a plan that is over. Every process gives the same figures for the same state.
    """
    plan = budget.plan
    rows = _rows(budget)
    if not rows:
        return None
    samples = _samples(rows)
    coming = [] if plan.is_over else _coming(rows)
    languages = {atom.language for atom in coming} if len(samples) < ENOUGH else set()
    return forecast(
        spent=budget.spent,
        hard_cap=None if plan.is_over else budget.hard_cap,
        coming=coming,
        samples=samples,
        history=_history(plan, languages, now=now),
        seed=f"{plan.pk} {len(coming)} {len(samples)}",
    )


def forecasts_of(budgets: Iterable[Budget], *, now: datetime) -> dict[int, Forecast]:
    """Return the known forecasts by the budget's id; at most four queries for each budget."""
    found = ((budget.pk, forecast_of(budget, now=now)) for budget in budgets)
    return {key: known for key, known in found if known is not None}


def _rows(budget: Budget) -> list[_Row]:
    costs = _cost_by_atom(budget)
    atoms = Atom.objects.filter(plan=budget.plan_id).order_by()
    return [
        _Row(language, str(task), status, costs.get(atom))
        for atom, language, task, status in atoms.values_list("id", "language", "task", "status")
    ]


def _cost_by_atom(budget: Budget) -> Mapping[UUID, Decimal]:
    """Return what is booked for each atom over all its tries, in USD."""
    booked = Hold.objects.filter(budget=budget, atom__isnull=False, actual__isnull=False)
    sums = booked.order_by().values_list("atom").annotate(cost=Sum("actual"))
    return dict(sums)


def _samples(rows: Sequence[_Row]) -> list[Sample]:
    """Return the atoms whose cost is known.

    One that was answered without a booking cost nothing: it came from a cache. Not so where the
    ledger knows no atom of the plan, for then it ran before there was a ledger.
    """
    has_ledger = any(row.cost is not None for row in rows)
    return [
        row.as_sample()
        for row in rows
        if row.status in OVER and (row.cost is not None or (has_ledger and row.status in ANSWERED))
    ]


def _coming(rows: Iterable[_Row]) -> list[Coming]:
    return [
        Coming(row.language, row.task, row.cost or Decimal(0))
        for row in rows
        if row.status in TO_COME
    ]


def _history(plan: Masterplan, languages: Iterable[str], *, now: datetime) -> list[Sample]:
    """Return the newest finished atoms of other plans with the same model; one query, or none."""
    newest = [_newest(plan, language, now=now) for language in sorted(languages)]
    if not newest:
        return []
    found = newest[0].union(*newest[1:], all=True) if len(newest) > 1 else newest[0]
    return [Sample(language, str(task), cost) for language, task, cost in found if cost is not None]


def _newest(
    plan: Masterplan, language: str, *, now: datetime
) -> QuerySet[Atom, tuple[str, UUID, Decimal | None]]:
    """Return language, task and cost of the newest finished atoms that are like the plan's.

    Those without a booking are left out by the caller: asked for here, Postgres would add up the
    bookings of every atom there is before it takes the newest.
    """
    booked = Hold.objects.filter(atom=OuterRef("pk"), actual__isnull=False).order_by()
    return (
        Atom.objects.filter(
            plan__model=plan.model, language=language, status__in=OVER, finished_at__lte=now
        )
        .exclude(plan=plan)
        .order_by("-finished_at", "pk")
        .values_list(
            "language",
            "task",
            Subquery(booked.values("atom").annotate(cost=Sum("actual")).values("cost")),
        )[:HISTORY]
    )
