"""Reads of the plan list. Its queries are as many for two hundred plans as for one."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import (
    Case,
    Count,
    DateTimeField,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.utils import timezone

from apps.accounts.models import User
from apps.budgets.models import Budget
from apps.dashboard.core import figures, looks
from apps.dashboard.core.bars import Segment
from apps.dashboard.core.figures import Cost
from apps.dashboard.core.looks import Look
from apps.dashboard.core.plan_groups import (
    IN_PROGRESS,
    STATUSES,
    TEXTS,
    Cursor,
    GroupText,
    PlanGroup,
    group_of,
    rank_of,
)
from apps.dashboard.core.stage import Stage
from apps.masterplans.models import Atom, Masterplan, PlanStatus, Wave, WaveStatus
from apps.traceability.core.kinds import StepKind
from apps.traceability.models import TraceEvent

PAGE_SIZE = 40
_REF = re.compile(r"(?:mp-)?0*(\d{1,9})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PlanFilter:
    """What of the list somebody wants to see; it stands in the address."""

    state: PlanGroup | None = None
    owner: str = ""
    text: str = ""
    after: Cursor | None = None

    @property
    def hides_some(self) -> bool:
        return bool(self.state or self.owner or self.text)


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One plan of the list."""

    plan: Masterplan
    atoms: Mapping[str, int]  # status -> count
    waves: int
    waves_passed: int
    paused_at: datetime | None = None

    @property
    def states(self) -> Mapping[str, int]:
        """How the atoms stand, given what the plan does."""
        return Stage(self.plan.status, timezone.now()).atom_states(self.atoms)

    @property
    def look(self) -> Look:
        return looks.PLAN[self.plan.status]

    @property
    def atom_total(self) -> int:
        return sum(self.atoms.values())

    @property
    def bar(self) -> tuple[Segment, ...]:
        return figures.progress_bar(self.states)

    @property
    def bar_words(self) -> str:
        return figures.in_words(self.states)

    @property
    def cost(self) -> Cost:
        return cost_of(self.plan.budget)


@dataclass(slots=True)
class PlanSection:
    """One group of the list; not all of its plans need to be on this page."""

    group: PlanGroup
    total: int
    rows: list[PlanRow] = field(default_factory=list)

    @property
    def text(self) -> GroupText:
        return TEXTS[self.group]


@dataclass(frozen=True, slots=True)
class PlanPage:
    """A page of the list."""

    sections: tuple[PlanSection, ...]
    totals: Mapping[PlanGroup, int]  # under search and owner, whatever state is chosen
    next_cursor: Cursor | None
    all_plans: int  # without any filter

    @property
    def total(self) -> int:
        return sum(self.totals.values())

    @property
    def hidden(self) -> int:
        return self.all_plans - sum(section.total for section in self.sections)


def plans_in_progress() -> int:
    """Return how many plans run or are paused."""
    return Masterplan.objects.filter(status__in=IN_PROGRESS).count()


def plan_owners() -> list[str]:
    """Return the names of those who own a plan."""
    owners = User.objects.filter(masterplans__isnull=False).distinct()
    return list(owners.order_by("username").values_list("username", flat=True))


def plan_page(wanted: PlanFilter, page_size: int = PAGE_SIZE) -> PlanPage:
    """Return a page of the list. Costs five queries."""
    matching = _matching(wanted)
    totals = _totals(matching)
    plans = list(_after(_in_state(matching, wanted.state), wanted.after)[: page_size + 1])
    shown = plans[:page_size]
    last = shown[-1] if len(plans) > page_size else None
    is_all = not (wanted.owner or wanted.text)
    return PlanPage(
        sections=_sections(shown, totals, wanted.state),
        totals=totals,
        next_cursor=_cursor(last) if last else None,
        all_plans=sum(totals.values()) if is_all else Masterplan.objects.count(),
    )


def _matching(wanted: PlanFilter) -> QuerySet[Masterplan]:
    plans = Masterplan.objects.all()
    if wanted.owner:
        plans = plans.filter(owner__username=wanted.owner)
    for word in wanted.text.split()[:8]:
        condition = Q(title__icontains=word) | Q(package__icontains=word)
        condition |= Q(owner__username__iexact=word)
        if ref := _REF.fullmatch(word):
            condition |= Q(number=int(ref[1]))
        plans = plans.filter(condition)
    return plans


def _totals(plans: QuerySet[Masterplan]) -> dict[PlanGroup, int]:
    totals = dict.fromkeys(STATUSES, 0)
    counted = plans.order_by().values_list("status").annotate(count=Count("pk"))
    for status, count in counted:
        totals[group_of(status)] += count
    return totals


def _in_state(plans: QuerySet[Masterplan], state: PlanGroup | None) -> QuerySet[Masterplan]:
    return plans.filter(status__in=STATUSES[state]) if state else plans


def _after(plans: QuerySet[Masterplan], cursor: Cursor | None) -> QuerySet[Masterplan]:
    ranks = [
        When(status__in=statuses, then=Value(rank_of(group)))
        for group, statuses in STATUSES.items()
    ]
    ranked = plans.annotate(rank=Case(*ranks, output_field=IntegerField()))
    if cursor:
        ranked = ranked.filter(
            Q(rank__gt=cursor.rank) | Q(rank=cursor.rank, number__lt=cursor.number)
        )
    # The last step of a paused plan is its pause; the other plans are not asked for theirs.
    steps = TraceEvent.objects.filter(plan=OuterRef("pk"), kind=StepKind.PLAN).order_by("-id")
    paused_at = When(status=PlanStatus.PAUSED, then=Subquery(steps.values("at")[:1]))
    return (
        ranked.annotate(paused_at=Case(paused_at, output_field=DateTimeField()))
        .select_related("owner", "started_by", "budget")
        .defer("source_text", "context", "diagnostics")
        .order_by("rank", "-number")
    )


def _cursor(plan: Masterplan) -> Cursor:
    return Cursor(rank_of(group_of(plan.status)), plan.number)


def cost_of(budget: Budget) -> Cost:
    """Return the figures of a plan's money."""
    return Cost(budget.spent, budget.hard_cap, budget.soft_cap)


def _sections(
    plans: Iterable[Masterplan], totals: Mapping[PlanGroup, int], state: PlanGroup | None
) -> tuple[PlanSection, ...]:
    shown = [state] if state else list(STATUSES)
    sections = {group: PlanSection(group, totals[group]) for group in shown}
    for row in _rows(list(plans)):
        sections[group_of(row.plan.status)].rows.append(row)
    return tuple(section for section in sections.values() if section.rows)


def _rows(plans: list[Masterplan]) -> list[PlanRow]:
    ids = [plan.pk for plan in plans]
    atoms, waves = _atoms(ids), _waves(ids)
    return [
        PlanRow(
            plan=plan,
            atoms=atoms.get(plan.pk, {}),
            waves=sum(waves[plan.pk].values()),
            waves_passed=waves[plan.pk].get(WaveStatus.PASSED, 0),
            paused_at=getattr(plan, "paused_at", None),
        )
        for plan in plans
    ]


def _atoms(plan_ids: list[UUID]) -> dict[UUID, dict[str, int]]:
    return _by_status(Atom.objects.filter(plan__in=plan_ids))


def _waves(plan_ids: list[UUID]) -> dict[UUID, dict[str, int]]:
    return _by_status(Wave.objects.filter(plan__in=plan_ids))


def _by_status(rows: QuerySet[Atom] | QuerySet[Wave]) -> dict[UUID, dict[str, int]]:
    counts: dict[UUID, dict[str, int]] = defaultdict(dict)
    counted = rows.order_by().values_list("plan_id", "status").annotate(count=Count("pk"))
    for plan_id, status, count in counted:
        counts[plan_id][status] = count
    return counts
