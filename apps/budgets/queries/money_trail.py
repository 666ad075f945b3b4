"""Where a budget's money went: sums by atom, wave and model, made in Postgres."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from uuid import UUID

from django.db.models import Count, F, Max, Q, Sum

from apps.budgets.core.spending import (
    NO_MONEY,
    AtomCost,
    AtomLine,
    ModelLine,
    Spending,
    Totals,
    WaveLine,
    atom_lines,
    costliest,
    the_rest,
    totals,
    wave_lines,
)
from apps.budgets.models import Budget, Hold, HoldState
from apps.masterplans.models import Atom, Wave

IS_RETRY = Q(attempt_number__gt=1)


class MoneyTrail:
    """What was booked on a budget, cut in several ways; each cut is read when it is first used."""

    def __init__(self, budget: Budget) -> None:
        """Read nothing yet."""
        self._budget = budget

    @cached_property
    def rows(self) -> list[AtomCost]:
        """What every atom cost, without names, the costliest first. One query."""
        found = (
            Hold.objects.filter(budget=self._budget)
            .order_by()
            .values_list("atom_id", "atom__wave_id")
            .annotate(
                cost=Sum("actual"),
                retries=Sum("actual", filter=IS_RETRY),
                tries=Max("attempt_number"),
            )
        )
        return costliest(
            AtomCost(atom_id, wave_id, cost or NO_MONEY, retries or NO_MONEY, tries or 1)
            for atom_id, wave_id, cost, retries, tries in found
        )

    @cached_property
    def totals(self) -> Totals:
        return totals(self.rows)

    def lines(self, start: int, stop: int) -> tuple[AtomLine, ...]:
        """Return these lines of the list of atoms. One query, for the names."""
        return atom_lines(_named(self.rows[start:stop]), self.totals.cost)

    def rest(self, start: int, stop: int) -> Spending | None:
        """Return what everything outside of these lines cost; None when that is nothing."""
        others = [*self.rows[:start], *self.rows[stop:]]
        return the_rest(others, self.totals.cost) if others else None

    @cached_property
    def waves(self) -> tuple[WaveLine, ...]:
        """What each wave cost. One query."""
        waves = Wave.objects.filter(plan=self._budget.plan_id)
        found = waves.values_list("id", "number", "title")
        return wave_lines(self.rows, {pk: (number, title) for pk, number, title in found})

    @cached_property
    def models(self) -> tuple[ModelLine, ...]:
        """What each model cost, and its calls under way. One query."""
        is_open, is_unknown = Q(state=HoldState.HELD), Q(state=HoldState.UNKNOWN)
        found = (
            Hold.objects.filter(budget=self._budget)
            .values_list("price__provider", "price__model")
            .annotate(
                calls=Count("id", filter=~Q(state=HoldState.VOIDED)),
                cost=Sum("actual"),
                open_calls=Count("id", filter=is_open),
                unknown_calls=Count("id", filter=is_unknown),
            )
            .order_by(F("cost").desc(nulls_last=True), "price__provider", "price__model")
        )
        return tuple(
            ModelLine(provider, model, calls, cost or NO_MONEY, under_way, unknown)
            for provider, model, calls, cost, under_way, unknown in found
        )

    @property
    def calls(self) -> int:
        return sum(line.calls for line in self.models)

    @property
    def open_calls(self) -> int:
        return sum(line.open_calls for line in self.models)

    @property
    def unknown_calls(self) -> int:
        return sum(line.unknown_calls for line in self.models)


def _named(rows: Iterable[AtomCost]) -> list[AtomCost]:
    rows = list(rows)
    found = Atom.objects.filter(pk__in=[row.atom_id for row in rows if row.atom_id])
    names: dict[UUID | None, tuple[str, str]] = {
        pk: (path, symbol) for pk, path, symbol in found.values_list("id", "path", "symbol")
    }
    return [_with_name(row, *names.get(row.atom_id, ("", ""))) for row in rows]


def _with_name(row: AtomCost, path: str, symbol: str) -> AtomCost:
    return replace(row, path=path, symbol=symbol)
