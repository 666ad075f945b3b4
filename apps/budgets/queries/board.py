"""One plan's money as its page shows it; the number of queries does not grow with the ledger."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from apps.accounts.core.roles import Action
from apps.accounts.models import User
from apps.budgets.core.cap_bar import CapBar
from apps.budgets.core.forecast import Forecast, chance_in_words
from apps.budgets.core.ledger_filter import LedgerFilter
from apps.budgets.core.ledger_rows import LedgerPage
from apps.budgets.core.spend_line import SpendLine
from apps.budgets.core.spending import AtomLine, Spending
from apps.budgets.models import (
    Budget,
    EventKind,
    Hold,
    HoldState,
    Incident,
    Override,
    OverrideStatus,
)
from apps.budgets.queries import forecast_of
from apps.budgets.queries.ledger import ledger_page
from apps.budgets.queries.money_trail import MoneyTrail
from apps.budgets.queries.overrides import overrides, waiting_override
from apps.budgets.queries.spend_chart import spend_chart
from apps.common import events
from apps.masterplans.core import topics
from apps.masterplans.models import Masterplan, PauseReason, PlanStatus

FIRST_ATOMS = 7
ATOMS_PAGE = 50
UNKNOWN_ROWS = 10
INCIDENT_ROWS = 5
OVERRIDE_ROWS = 5
SPENDS_NO_MORE = frozenset({PlanStatus.COMPLETED, PlanStatus.CANCELLED})
LONG_TEXTS = ("plan__source_text", "plan__context", "plan__diagnostics")


def find_budget(number: int) -> Budget:
    """Return the budget with its plan and owner. Raises Budget.DoesNotExist."""
    rows = Budget.objects.select_related("plan__owner", "plan__started_by").defer(*LONG_TEXTS)
    return rows.get(plan__number=number)


def bar_of(budget: Budget, known: Forecast | None) -> CapBar:
    """Return the bar of a budget with its forecast."""
    return CapBar(
        budget.spent,
        budget.held,
        budget.soft_cap,
        budget.hard_cap,
        low=known.low if known else None,
        middle=known.middle if known else None,
        high=known.high if known else None,
    )


def pause_chance(plan: Masterplan, known: Forecast | None) -> str:
    """Return how likely a pause at the hard cap is, in words; empty where none is to come."""
    if known is None or known.chance_of_pause is None or not known.remaining_atoms:
        return ""
    return "" if is_paused_for_money(plan) else chance_in_words(known.chance_of_pause)


def is_paused_for_money(plan: Masterplan) -> bool:
    """Return whether the plan waits for a higher cap."""
    return plan.status == PlanStatus.PAUSED and plan.pause_reason == PauseReason.BUDGET


@dataclass(frozen=True, slots=True)
class AtomsCut:
    """Which part of the list of atoms is shown; page 0 is its short beginning."""

    page: int
    total: int

    @property
    def start(self) -> int:
        return (self.page - 1) * ATOMS_PAGE if self.page else 0

    @property
    def stop(self) -> int:
        return self.start + (ATOMS_PAGE if self.page else FIRST_ATOMS)

    @property
    def previous_page(self) -> int:
        return self.page - 1

    @property
    def next_page(self) -> int | None:
        return self.page + 1 if self.page and self.stop < self.total else None

    @property
    def has_more(self) -> bool:
        return not self.page and self.stop < self.total


class BudgetBoard:
    """The parts of a plan's budget page, each read when it is first used.

    Versions are read before any row: a change between the two is then shown twice, never missed.
    """

    def __init__(
        self, number: int, *, wanted: LedgerFilter, atoms_page: int, user: User, now: datetime
    ) -> None:
        """Read versions and budget. Raises Budget.DoesNotExist."""
        self.wanted = wanted
        self.user = user
        self.now = now
        self._atoms_page = atoms_page
        ref = Masterplan(number=number).ref
        self.topic, self.summary_topic = topics.budget(ref), topics.summary(ref)
        self.version = max(events.versions([self.topic, self.summary_topic]).values())
        self.budget = find_budget(number)

    @property
    def plan(self) -> Masterplan:
        return self.budget.plan

    # Caps and forecast.

    @cached_property
    def forecast(self) -> Forecast | None:
        return forecast_of(self.budget, now=self.now)

    @cached_property
    def bar(self) -> CapBar:
        return bar_of(self.budget, self.forecast)

    @cached_property
    def chart(self) -> SpendLine:
        return spend_chart(self.budget, self.forecast, now=self.now)

    @property
    def chance(self) -> str:
        return pause_chance(self.plan, self.forecast)

    @property
    def is_paused_for_money(self) -> bool:
        return is_paused_for_money(self.plan)

    # Where the money went.

    @cached_property
    def trail(self) -> MoneyTrail:
        return MoneyTrail(self.budget)

    @cached_property
    def atoms_cut(self) -> AtomsCut:
        cut = AtomsCut(self._atoms_page, len(self.trail.rows))
        return cut if cut.start < cut.total else AtomsCut(0, cut.total)

    @cached_property
    def atom_lines(self) -> tuple[AtomLine, ...]:
        return self.trail.lines(self.atoms_cut.start, self.atoms_cut.stop)

    @cached_property
    def other_atoms(self) -> Spending | None:
        return self.trail.rest(self.atoms_cut.start, self.atoms_cut.stop)

    @property
    def other_atoms_count(self) -> int:
        return self.atoms_cut.total - len(self.atom_lines)

    @cached_property
    def unknown_holds(self) -> list[Hold]:
        """The charges that nobody knows, oldest first. One query, when there are some."""
        if not self.trail.unknown_calls:
            return []
        rows = Hold.objects.filter(budget=self.budget, state=HoldState.UNKNOWN)
        return list(rows.select_related("atom", "price").order_by("ended_at", "id")[:UNKNOWN_ROWS])

    @cached_property
    def incidents(self) -> list[Incident]:
        rows = Incident.objects.filter(budget=self.budget).select_related("hold__atom")
        return list(rows[:INCIDENT_ROWS])

    # Ledger.

    @cached_property
    def ledger(self) -> LedgerPage:
        return ledger_page(self.budget.pk, self.wanted)

    @property
    def kinds(self) -> list[tuple[str, str]]:
        return list(EventKind.choices)

    # What the user may do.

    @cached_property
    def waiting(self) -> Override | None:
        return waiting_override(self.budget.pk)

    @cached_property
    def decided(self) -> list[Override]:
        """The latest requests that are over."""
        rows = overrides().filter(budget=self.budget).exclude(status=OverrideStatus.WAITING)
        return list(rows[:OVERRIDE_ROWS])

    @property
    def may_ask(self) -> bool:
        return self.user.may(Action.ASK_OVERRIDE) and self.plan.status not in SPENDS_NO_MORE

    @property
    def may_set_caps(self) -> bool:
        return self.user.may(Action.SET_CAPS)

    @property
    def may_adjust(self) -> bool:
        return self.user.may(Action.ADJUST_LEDGER)
