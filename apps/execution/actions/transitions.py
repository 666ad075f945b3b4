"""Conditional changes of state: the row is changed only while it still is what we think."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, models

from apps.common.events import announce
from apps.execution.core import states
from apps.masterplans.core import topics
from apps.masterplans.models import Atom, Masterplan, Wave
from apps.traceability import actions as trace
from apps.traceability.core.kinds import StepKind

_MACHINES: Mapping[type[models.Model], Mapping[str, frozenset[str]]] = {
    Masterplan: states.PLAN,
    Wave: states.WAVE,
    Atom: states.ATOM,
}


def move(rows: models.QuerySet[Any], old: str, new: str, **changes: object) -> int:
    """Move the rows that are in state `old` to `new`; return how many. An illegal move is a bug."""
    machine = _MACHINES[rows.model]
    if not states.is_legal(machine, old, new):
        raise AssertionError(f"{rows.model.__name__} may not go from {old} to {new}")
    return rows.filter(status=old).update(status=new, **changes)


def lock_plan(plan_id: UUID) -> None:
    """Hold the plan's advisory lock until the transaction ends."""
    _advisory_lock("plan", plan_id)


def lock_workspace(plan_id: UUID) -> None:
    """Hold the lock on the plan's git repository until the transaction ends."""
    _advisory_lock("workspace", plan_id)


def lock_text(sha256: str) -> None:
    """Hold the lock on imports of one text until the transaction ends."""
    _advisory_lock("text", sha256)


def _advisory_lock(subject: str, key: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{subject}:{key}"]
        )


def tell_plan(plan: Masterplan, sentence: str, *, kind: StepKind = StepKind.PLAN) -> None:
    """Write a step of the plan's story, and tell who watches the plan."""
    trace.record(kind=kind, trace_id=plan.trace_id, plan_id=plan.pk, data={"sentence": sentence})
    announce(*topics.of_plan(plan.ref))


def tell_atom(plan_ref: str, atom_id: UUID) -> None:
    """Tell who watches the plan's waves or the atom."""
    announce(
        topics.PLAN_LIST,
        topics.summary(plan_ref),
        topics.waves(plan_ref),
        topics.activity(plan_ref),
        topics.atom(atom_id),
    )


def milliseconds(start: datetime, end: datetime) -> int:
    """Return the time between two moments in whole milliseconds, never below zero."""
    return max(0, int((end - start).total_seconds() * 1000))
