"""One atom as its page shows it; the number of queries does not grow with its story."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from uuid import UUID

from django.db.models import Count, QuerySet, Window

from apps.budgets.queries.spending import cost_by_number
from apps.common import events
from apps.dashboard.core import looks, story, tries
from apps.dashboard.core.looks import Look
from apps.dashboard.core.stage import Stage
from apps.dashboard.core.story import Event, Step
from apps.dashboard.core.tries import Comparison, Totals, Try
from apps.dashboard.plan_queries import stage_of
from apps.execution.models import Attempt, CodeVersion
from apps.masterplans.core import topics
from apps.masterplans.models import Atom, AtomDependency, Requirement
from apps.traceability.models import TraceEvent

MOST_STEPS = 300  # of the timeline; an atom that was retried by hand many times has more
MOST_NEIGHBOURS = 30  # of either list; half of a plan may need the same atom


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An atom that this one needs, or that needs this one."""

    id: UUID
    symbol: str
    path: str
    status: str
    reason: str

    @property
    def look(self) -> Look:
        return looks.ATOM[self.status]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The first neighbours in plan order; the others are counted."""

    shown: list[Neighbour]
    total: int

    @property
    def unnamed(self) -> int:
        return self.total - len(self.shown)


class AtomBoard:
    """The parts of an atom's page, each read when it is first used.

    Versions are read before any row: a change between the two is then shown twice, never missed.
    """

    def __init__(self, atom_id: UUID, *, old: int, new: int, now: datetime) -> None:
        """Read version and atom; `old` and `new` are the tries to compare. Raises DoesNotExist."""
        self._compared = (old, new)
        self.now = now
        self.topic = topics.atom(atom_id)
        self.version = events.versions([self.topic])[self.topic]
        self.atom = (
            Atom.objects.select_related("plan", "wave", "task")
            .defer("plan__source_text", "plan__context", "plan__diagnostics")
            .get(pk=atom_id)
        )

    @property
    def look(self) -> Look:
        return looks.ATOM[self.state]

    @cached_property
    def stage(self) -> Stage:
        return stage_of(self.atom.plan, self.now)

    @property
    def state(self) -> str:
        """How the atom stands, given what its plan does."""
        was_started = self.atom.started_at is not None
        return self.stage.atom_state(self.atom.status, was_started=was_started)

    @property
    def is_at_work(self) -> bool:
        """Whether its clock runs."""
        return not self.atom.finished_at and self.stage.until(self.state) == self.now

    @property
    def elapsed_s(self) -> float | None:
        if self.atom.started_at is None:
            return None
        ended = self.atom.finished_at or self.stage.until(self.state)
        return max((ended - self.atom.started_at).total_seconds(), 0)

    @cached_property
    def tries(self) -> list[Try]:
        """Every attempt, the first one first."""
        rows = Attempt.objects.filter(atom=self.atom).order_by("number")
        costs = cost_by_number(self.atom.pk)
        found = (
            Try(*row)
            for row in rows.values_list(
                "number",
                "status",
                "temperature",
                "runs",
                "started_at",
                "finished_at",
                "messages",
                "response_text",
                "finish_reason",
                "model",
                "input_tokens",
                "output_tokens",
                "latency_ms",
                "code",
                "findings",
            )
        )
        return [replace(entry, cost_usd=costs.get(entry.number, Decimal(0))) for entry in found]

    @property
    def latest_first(self) -> list[Try]:
        return self.tries[::-1]

    @cached_property
    def totals(self) -> Totals:
        return tries.totals(self.tries)

    @cached_property
    def comparison(self) -> Comparison | None:
        return tries.comparison(self.tries, *self._compared)

    @property
    def comparable(self) -> list[int]:
        """The numbers of the tries that have code."""
        return [entry.number for entry in self.tries if entry.code]

    @cached_property
    def code(self) -> CodeVersion | None:
        """The code that was accepted last."""
        return CodeVersion.objects.filter(atom=self.atom).order_by("-sequence").first()

    @cached_property
    def timeline(self) -> tuple[Step, ...]:
        rows = TraceEvent.objects.filter(atom=self.atom).order_by("id")
        fields = (
            "kind",
            "at",
            "attempt_number",
            "duration_ms",
            "cost_usd",
            "input_tokens",
            "output_tokens",
            "numbers",
            "data",
        )
        steps = [
            Event(kind, at, "", None, number, *figures)
            for kind, at, number, *figures in rows.values_list(*fields)[:MOST_STEPS]
        ]
        if self.atom.queued_at:
            steps.insert(0, Event("queued", self.atom.queued_at))
        return story.timeline(steps)

    @cached_property
    def requirements(self) -> list[Requirement]:
        return list(self.atom.requirements.order_by("position"))


class NeighbourBoard:
    """What an atom needs and what needs it, with the states of both."""

    def __init__(self, atom: Atom, stage: Stage) -> None:
        self.atom = atom
        self.stage = stage
        self.topic = topics.waves(atom.plan.ref)
        self.version = events.versions([self.topic])[self.topic]

    @cached_property
    def upstream(self) -> Neighbours:
        return _neighbours(self.atom.needs.all(), "needed", self.stage)

    @cached_property
    def downstream(self) -> Neighbours:
        return _neighbours(self.atom.needed_by.all(), "dependent", self.stage)


def _neighbours(edges: QuerySet[AtomDependency], end: str, stage: Stage) -> Neighbours:
    """Return the atoms at this end of the edges. One query: each row has the number of all."""
    fields = (f"{end}__{name}" for name in ("id", "symbol", "path", "status", "started_at"))
    rows = edges.annotate(total=Window(Count("pk"))).order_by(f"{end}__position")
    found = list(rows.values_list("total", *fields, "reason")[:MOST_NEIGHBOURS])
    shown = [
        Neighbour(pk, symbol, path, stage.atom_state(status, was_started=bool(started)), reason)
        for _, pk, symbol, path, status, started, reason in found
    ]
    return Neighbours(shown, found[0][0] if found else 0)
