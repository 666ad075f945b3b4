"""The money of a plan as its main page shows it beside the waves."""

from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property

from django.db.models import Q, Sum

from apps.accounts.core.roles import Action
from apps.accounts.models import User
from apps.budgets.core.cap_bar import CapBar
from apps.budgets.core.forecast import Forecast
from apps.budgets.models import Budget, Hold, Override
from apps.budgets.queries import forecast_of
from apps.budgets.queries.board import bar_of, is_paused_for_money, pause_chance
from apps.budgets.queries.overrides import waiting_override

BURN_TIME = timedelta(minutes=10)


class MoneyPanel:
    """Each figure is read when it is first used; about six queries for all."""

    def __init__(self, budget: Budget, *, user: User, now: datetime) -> None:
        """Take a budget that has its plan."""
        self.budget = budget
        self._user = user
        self._now = now

    @cached_property
    def forecast(self) -> Forecast | None:
        return forecast_of(self.budget, now=self._now)

    @cached_property
    def bar(self) -> CapBar:
        return bar_of(self.budget, self.forecast)

    @property
    def chance(self) -> str:
        return pause_chance(self.budget.plan, self.forecast)

    @property
    def is_paused(self) -> bool:
        """Whether the plan waits for money."""
        return is_paused_for_money(self.budget.plan)

    @cached_property
    def waiting(self) -> Override | None:
        """The request that waits for a decision."""
        return waiting_override(self.budget.pk)

    @property
    def may_ask(self) -> bool:
        return self._user.may(Action.ASK_OVERRIDE)

    @cached_property
    def _sums(self) -> dict[str, Decimal | None]:
        recent = Q(ended_at__gte=self._now - BURN_TIME)
        return Hold.objects.filter(budget=self.budget).aggregate(
            burnt=Sum("actual", filter=recent),
            retries=Sum("actual", filter=Q(attempt_number__gt=1)),
        )

    @property
    def burnt(self) -> Decimal:
        """USD that were booked in the last ten minutes, per minute."""
        return (self._sums["burnt"] or Decimal(0)) / (BURN_TIME // timedelta(minutes=1))

    @property
    def retries(self) -> Decimal:
        """USD that bought second and later tries."""
        return self._sums["retries"] or Decimal(0)
