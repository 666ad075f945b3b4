"""Bringing accepted code into the plan's git repository, each version exactly once."""

import logging
from collections.abc import Iterator, Sequence
from uuid import UUID

from django.conf import settings
from django.db import transaction

from apps.budgets import actions as budgets
from apps.budgets.models import NO_MONEY, Budget
from apps.budgets.queries.spending import cost_of_attempts
from apps.execution.actions import transitions
from apps.execution.adapters.workspace import VersionCommit, Workspace, WorkspaceError
from apps.execution.core.assembly import AssemblyError
from apps.execution.models import CodeVersion
from apps.execution.source import SourceTree
from apps.masterplans.models import Masterplan, PauseReason, PlanStatus

logger = logging.getLogger(__name__)


def commit_or_pause(plan_id: UUID) -> None:
    """Commit what was accepted; when that cannot be done, pause the plan and say why."""
    try:
        sync_workspace(plan_id)
    except (WorkspaceError, AssemblyError) as error:
        logger.exception("Code was not committed", extra={"plan_id": plan_id})
        sentence = f"Accepted code could not be committed. {error} Nothing is lost."
        pause_running(plan_id, reason=PauseReason.OPERATOR, sentence=sentence)


@transaction.atomic
def pause_running(plan_id: UUID, *, reason: PauseReason, sentence: str) -> None:
    """Pause the plan if it runs; the first reason stays."""
    transitions.lock_plan(plan_id)
    if reason == PauseReason.BUDGET:
        # The budget's row before the plan's: in the same order a charge above its hold pauses the plan.
        Budget.objects.select_for_update().get(plan=plan_id)
    paused = transitions.move(
        Masterplan.objects.filter(pk=plan_id),
        PlanStatus.RUNNING,
        PlanStatus.PAUSED,
        pause_reason=reason,
        status_note=sentence,
    )
    if paused and reason == PauseReason.BUDGET:
        budgets.mark_paused(plan_id=plan_id, sentence=sentence)
    if paused:
        transitions.tell_plan(Masterplan.objects.get(pk=plan_id), f"Paused: {sentence}")


def sync_workspace(plan_id: UUID) -> int:
    """Commit every version that is not in git yet; return how many.

    The rows are the truth: a repository that was lost is made again from them. Dying between the
    commit and the row is harmless, because history is asked before anything is committed.
    Raises WorkspaceError, AssemblyError.
    """
    with transaction.atomic():
        transitions.lock_workspace(plan_id)
        versions = CodeVersion.objects.filter(plan=plan_id).select_related("atom", "attempt")
        workspace = Workspace(settings.WORKSPACE_DIR, plan_id)
        if workspace.ensure():
            pending = list(versions)  # a new repository: history from the beginning
        else:
            pending = list(versions.filter(commit_sha=""))
        if not pending:
            return 0
        known = workspace.committed_versions()
        # What git has already came first, whatever its number: the rest is built on top of it.
        pending.sort(key=lambda version: version.pk not in known)
        shas = workspace.commit_all(_commits(Masterplan.objects.get(pk=plan_id), pending))
        for version in pending:
            version.commit_sha = shas[version.pk]
        CodeVersion.objects.bulk_update(pending, ["commit_sha"], batch_size=500)
    return len(pending)


def _commits(plan: Masterplan, pending: Sequence[CodeVersion]) -> Iterator[VersionCommit]:
    """Yield what each version changes in the files, in the order in which they were accepted."""
    waiting = {version.pk for version in pending}
    done = CodeVersion.objects.filter(plan=plan).exclude(pk__in=waiting)
    tree = SourceTree(plan, done.defer("code").select_related("atom"))
    costs = cost_of_attempts(version.attempt_id for version in pending)
    for version in pending:
        attempt, atom = version.attempt, version.atom
        yield VersionCommit(
            version_id=version.pk,
            atom_ref=atom.ref,
            subject=f"{atom.path}: write {atom.symbol}",
            files=tree.add(version),
            committed_at=version.created_at,
            trailers={
                "Attempt": str(attempt.number),
                "Cost-USD": str(costs.get(attempt.pk, NO_MONEY)),
                "Trace-Id": attempt.trace_id,
            },
        )
