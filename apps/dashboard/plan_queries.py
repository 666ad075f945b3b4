"""One plan as its page shows it; the number of queries does not grow with the plan."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, FloatField, Q, QuerySet, Sum
from django.db.models.functions import Cast, Extract

from apps.accounts.core.roles import Action
from apps.accounts.models import User
from apps.budgets.queries.spending import cost_by_atom
from apps.common import events
from apps.dashboard.core import commands, figures, requirements, source, story, triage, waves
from apps.dashboard.core import looks as look_tables
from apps.dashboard.core.commands import Command
from apps.dashboard.core.forecast import Forecast
from apps.dashboard.core.looks import Look
from apps.dashboard.core.requirements import CoveringAtom, RequirementRow
from apps.dashboard.core.selection import Selection
from apps.dashboard.core.source import Listing
from apps.dashboard.core.stage import Stage
from apps.dashboard.core.story import TOLD, Entry, Event
from apps.dashboard.core.triage import AtomRow, Cut
from apps.dashboard.core.waves import Experience, WaveRow, WaveView
from apps.dashboard.money_queries import MoneyPanel
from apps.dashboard.queries import cost_of
from apps.dashboard.tests_queries import GatePanel
from apps.execution.models import Attempt, AttemptStatus
from apps.masterplans.core import topics
from apps.masterplans.models import Atom, Masterplan, PlanStatus, Requirement, Wave
from apps.traceability.core.kinds import StepKind
from apps.traceability.models import TraceEvent

LOG_ROWS = 10
LONG_LOG_ROWS = 200
STEPS_PER_ROW = 8  # read for the log, because one row may tell of many equal steps


def plans() -> QuerySet[Masterplan]:
    """Return plans as their page needs them; the long texts are read when they are shown."""
    return Masterplan.objects.select_related("owner", "started_by", "budget").defer(
        "source_text", "context"
    )


def stage_of(plan: Masterplan, now: datetime) -> Stage:
    """Return what the plan does now. One query while it is paused, none else."""
    if plan.status == PlanStatus.PAUSED:
        steps = TraceEvent.objects.filter(plan=plan, kind=StepKind.PLAN).order_by("-id")
        return Stage(plan.status, now, steps.values_list("at", flat=True).first())
    return Stage(plan.status, now, plan.finished_at if plan.is_over else None)


def _standing(row: AtomRow, stage: Stage) -> AtomRow:
    state = stage.atom_state(row.status, was_started=row.started_s is not None)
    return row if state == row.status else replace(row, status=state)


class PlanBoard:
    """The parts of a plan's page, each read when it is first used.

    Versions are read before any row: a change between the two is then shown twice, never missed.
    """

    def __init__(self, number: int, *, chosen: Selection, user: User, now: datetime) -> None:
        """Read versions and plan. Raises Masterplan.DoesNotExist."""
        self.chosen = chosen
        self.user = user
        self.now = now
        ref = Masterplan(number=number).ref
        self.summary_topic = topics.summary(ref)
        self.waves_topic = topics.waves(ref)
        self.activity_topic = topics.activity(ref)
        self.budget_topic = topics.budget(ref)
        self.tests_topic = topics.tests(ref)
        self.versions = events.versions(
            [
                self.summary_topic,
                self.waves_topic,
                self.activity_topic,
                self.budget_topic,
                self.tests_topic,
            ]
        )
        self.plan = plans().get(number=number)

    @property
    def summary_version(self) -> int:
        return self.versions[self.summary_topic]

    @property
    def waves_version(self) -> int:
        return self.versions[self.waves_topic]

    @property
    def activity_version(self) -> int:
        return self.versions[self.activity_topic]

    @property
    def budget_version(self) -> int:
        return self.versions[self.budget_topic]

    @property
    def tests_version(self) -> int:
        return self.versions[self.tests_topic]

    @cached_property
    def stage(self) -> Stage:
        return stage_of(self.plan, self.now)

    # Rows.

    @cached_property
    def atoms(self) -> list[AtomRow]:
        """Every atom, in plan order. Three queries."""
        spent = _attempts_by_atom(self.plan)
        nothing = (0, 0, Decimal(0), 0, 0)
        rows = [
            AtomRow(*(*fields, *spent.get(fields[0], nothing)))
            for fields in self.plan.atoms.order_by("position").values_list(
                "id",
                "wave_id",
                "position",
                "path",
                "symbol",
                "status",
                "status_note",
                "attempt_limit",
                _unix("started_at"),
                _unix("finished_at"),
            )
        ]
        return rows if self.stage.is_running else [_standing(row, self.stage) for row in rows]

    @cached_property
    def wave_rows(self) -> list[WaveRow]:
        fields = ("id", "number", "title", "status", "started_at", "finished_at")
        rows = Wave.objects.filter(plan=self.plan).order_by("number")
        return [WaveRow(*row) for row in rows.values_list(*fields)]

    @cached_property
    def counts(self) -> dict[str, int]:
        return dict(triage.tally(self.atoms))

    @cached_property
    def known(self) -> Experience:
        return waves.experience(self.atoms, settings.ENGINE_MAX_IN_FLIGHT)

    # Head and figures.

    @property
    def look(self) -> Look:
        return look_tables.PLAN[self.plan.status]

    @cached_property
    def current_wave(self) -> WaveRow | None:
        """The wave that the plan is at, while it is under way."""
        unfinished = (wave for wave in self.wave_rows if wave.status != "passed")
        return next(unfinished, None)

    @property
    def elapsed_s(self) -> float | None:
        if self.plan.started_at is None:
            return None
        return ((self.plan.finished_at or self.now) - self.plan.started_at).total_seconds()

    @property
    def may_run(self) -> bool:
        return self.user.may(Action.RUN_PLAN)

    @property
    def commands(self) -> tuple[Command, ...]:
        if not self.may_run:
            return ()
        needs_money = self.money.is_paused
        blocked = self.gates.blocking_atoms if self.gates.is_paused else None
        return commands.commands(
            self.plan.status, self.counts, needs_money=needs_money, blocked=blocked
        )

    @property
    def can_cancel(self) -> bool:
        return self.may_run and self.plan.status in commands.CANCELLABLE

    @property
    def can_export(self) -> bool:
        return self.user.may(Action.EXPORT_PLAN) and self.counts.get("succeeded", 0) > 0

    @property
    def progress_bar(self) -> Any:
        return figures.progress_bar(self.counts)

    @property
    def progress_words(self) -> str:
        return figures.in_words(self.counts)

    @property
    def passed(self) -> int:
        return self.counts.get("succeeded", 0)

    @cached_property
    def done_in(self) -> Forecast | None:
        """When the plan will be done, while it runs."""
        if self.plan.status != PlanStatus.RUNNING:
            return None
        remaining: dict[UUID | None, int] = {}
        for row in self.atoms:
            if row.status in figures.UNFINISHED:
                remaining[row.wave_id] = remaining.get(row.wave_id, 0) + 1
        return self.known.forecast(remaining.values())

    @property
    def done_at(self) -> datetime | None:
        return self.now + timedelta(seconds=self.done_in.middle_s) if self.done_in else None

    @cached_property
    def cost(self) -> figures.Cost:
        return cost_of(self.plan.budget)

    @cached_property
    def money(self) -> MoneyPanel:
        return MoneyPanel(self.plan.budget, user=self.user, now=self.now)

    @cached_property
    def gates(self) -> GatePanel:
        return GatePanel(self.plan)

    @cached_property
    def tries(self) -> figures.Tries:
        return figures.tries(self.atoms)

    @cached_property
    def tokens(self) -> figures.Tokens:
        return figures.tokens(self.atoms)

    @cached_property
    def in_flight(self) -> figures.InFlight:
        return figures.InFlight(
            self.counts.get("running", 0),
            figures.queued(self.counts),
            settings.ENGINE_MAX_IN_FLIGHT,
        )

    @cached_property
    def listing(self) -> Listing:
        """The text of the plan with its problems. One query, for the text."""
        problems = [source.problem_from(row) for row in self.plan.diagnostics]
        return source.listing(self.plan.source_text, problems)

    # Waves, requirements, activity.

    @cached_property
    def waves(self) -> tuple[WaveView, ...]:
        return waves.wave_views(
            self.wave_rows, self.atoms, chosen=self.chosen, known=self.known, stage=self.stage
        )

    @cached_property
    def all_requirements(self) -> list[RequirementRow]:
        rows = Requirement.objects.filter(plan=self.plan).order_by("position")
        return [
            RequirementRow(*row)
            for row in rows.values_list("id", "ref", "text", "priority", Count("atoms"))
        ]

    @property
    def coverage(self) -> tuple[requirements.Coverage, ...]:
        return requirements.coverage(self.all_requirements)

    @cached_property
    def requirements_cut(self) -> Cut:
        return triage.cut(
            len(self.all_requirements),
            self.chosen.requirements_page,
            first=requirements.FIRST_ROWS,
        )

    @cached_property
    def requirements(self) -> list[RequirementRow]:
        """The requirements to show, with the atoms that cover them. Two queries."""
        cut = self.requirements_cut
        rows = requirements.in_order(self.all_requirements)[cut.start : cut.stop]
        names = _covering_atoms(row.id for row in rows)
        return [replace(row, atoms=tuple(names.get(row.id, ()))) for row in rows]

    @property
    def requirements_more(self) -> str:
        return self.chosen.address(requirements_page=self.chosen.requirements_page + 1)

    @property
    def requirements_fewer(self) -> str:
        return self.chosen.address(requirements_page=0)

    @cached_property
    def _told(self) -> tuple[Entry, ...]:
        """The latest steps that the log tells, newest first. One query."""
        rows = TraceEvent.objects.filter(plan=self.plan, kind__in=TOLD).order_by("-id")
        limit = (LONG_LOG_ROWS if self.chosen.shows_all_activity else LOG_ROWS) * STEPS_PER_ROW
        fields = ("kind", "at", "atom__symbol", "atom_id", "attempt_number", "numbers", "data")
        events = [
            Event(kind, at, symbol or "", atom_id, number, numbers=numbers, data=data)
            for kind, at, symbol, atom_id, number, numbers, data in rows.values_list(*fields)[
                :limit
            ]
        ]
        return story.log(events)

    @property
    def activity(self) -> tuple[Entry, ...]:
        return self._told[: LONG_LOG_ROWS if self.chosen.shows_all_activity else LOG_ROWS]

    @property
    def has_more_activity(self) -> bool:
        return not self.chosen.shows_all_activity and len(self._told) > LOG_ROWS

    @property
    def activity_all(self) -> str:
        return self.chosen.address(shows_all_activity=True) + "#activity"


def _unix(field: str) -> Cast:
    return Cast(Extract(field, "epoch"), FloatField())


def _attempts_by_atom(plan: Masterplan) -> dict[UUID, tuple[int, int, Decimal, int, int]]:
    """Return attempts, rejected attempts, USD, tokens sent and received of each atom."""
    rows = (
        Attempt.objects.filter(plan=plan)
        .order_by()
        .values_list("atom_id")
        .annotate(
            count=Count("id"),
            rejected=Count("id", filter=Q(status=AttemptStatus.REJECTED)),
            sent=Sum("input_tokens"),
            received=Sum("output_tokens"),
        )
    )
    costs = cost_by_atom(plan.pk)
    return {
        atom_id: (count, rejected, costs.get(atom_id, Decimal(0)), sent or 0, received or 0)
        for atom_id, count, rejected, sent, received in rows
    }


def _covering_atoms(requirement_ids: Iterable[UUID]) -> dict[UUID, list[CoveringAtom]]:
    rows = (
        Atom.objects.filter(requirements__in=list(requirement_ids))
        .order_by("position")
        .values_list("requirements__id", "id", "symbol")
    )
    names: dict[UUID, list[CoveringAtom]] = {}
    for requirement_id, atom_id, symbol in rows:
        known = names.setdefault(requirement_id, [])
        if len(known) < requirements.MOST_NAMES:
            known.append(CoveringAtom(atom_id, symbol))
    return names
