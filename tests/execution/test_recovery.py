"""What goes wrong around an attempt ends in a bounded, visible way."""

import shutil
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import OperationalError
from django.utils import timezone

from apps.budgets.models import Budget
from apps.common.errors import ConsoleError
from apps.execution import actions
from apps.execution.actions.reconcile import MAX_RUNS
from apps.execution.adapters.workspace import Workspace
from apps.execution.exports import open_export
from apps.execution.models import Attempt
from apps.execution.tasks import run_attempt
from apps.masterplans.models import Atom, Masterplan, PlanStatus
from tests.execution.plans import (
    OPENING,
    AnsweringClient,
    fenced,
    paid,
    started_plan,
    work_off,
)
from tests.execution.test_run_attempt import first_attempt, take

pytestmark = pytest.mark.django_db


class Failing(AnsweringClient):
    """Raises the error whenever it is asked."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def complete(self, request: Any) -> Any:
        raise self.error


def test_an_unexpected_error_uses_an_attempt_up(caplog: pytest.LogCaptureFixture) -> None:
    plan = work_off(started_plan(), Failing(RecursionError("too deep")))

    assert plan.status == PlanStatus.FAILED
    attempts = plan.attempts.filter(atom__symbol="opening")
    assert [attempt.status for attempt in attempts] == ["rejected"] * 4
    assert attempts[0].findings[0]["rule"] == "engine.error"
    assert "An attempt broke off" in caplog.text


def test_a_missing_program_pauses_the_plan_with_its_sentence() -> None:
    class LinterGone(ConsoleError):
        """The linter is gone. Install it."""

    plan = work_off(started_plan(), Failing(LinterGone()))

    assert (plan.status, plan.pause_reason) == (PlanStatus.PAUSED, "operator")
    assert plan.status_note == "The linter is gone. Install it."
    assert set(plan.attempts.values_list("status", "number")) == {("queued", 1)}


def test_without_the_database_the_attempt_keeps_its_lease_and_is_no_error() -> None:
    plan = started_plan()
    attempt = first_attempt(plan)

    with pytest.raises(OperationalError):
        actions.run_attempt(attempt.pk, client=Failing(OperationalError("away")))

    attempt.refresh_from_db()
    assert (attempt.status, attempt.runs) == ("running", 1)


def test_an_attempt_that_kills_every_worker_is_given_up() -> None:
    plan = started_plan()
    attempt = first_attempt(plan)
    take(attempt, lease=timedelta(seconds=-1), runs=MAX_RUNS)

    actions.sweep(now=timezone.now())

    attempt.refresh_from_db()
    assert attempt.status == "rejected"
    assert attempt.findings[0]["rule"] == "engine.lost"
    assert work_off(plan, AnsweringClient()).status == PlanStatus.COMPLETED
    assert set(attempt.atom.attempts.values_list("number", flat=True)) == {1, 2}


def test_giving_up_the_last_attempt_fails_the_atom() -> None:
    plan = started_plan()
    attempt = first_attempt(plan)
    Atom.objects.filter(pk=attempt.atom_id).update(attempt_limit=1)
    take(attempt, lease=timedelta(seconds=-1), runs=MAX_RUNS)

    actions.sweep(now=timezone.now())

    assert Atom.objects.get(pk=attempt.atom_id).status == "failed"


def test_code_that_cannot_be_committed_pauses_the_plan(settings: LazySettings) -> None:
    plan = started_plan()
    folder = Path(settings.WORKSPACE_DIR) / str(plan.pk)
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir()
    (folder / "repository.git").write_text("no folder", encoding="utf-8")

    plan = work_off(plan, AnsweringClient())

    assert (plan.status, plan.pause_reason) == (PlanStatus.PAUSED, "operator")
    assert "could not be committed" in plan.status_note
    shutil.rmtree(folder)
    plan = actions.resume(plan_id=plan.pk, by=plan.owner)
    actions.sweep(now=timezone.now())
    assert work_off(plan, AnsweringClient()).status == PlanStatus.COMPLETED


def test_a_version_that_git_has_already_stays_when_an_older_one_follows() -> None:
    plan = work_off(started_plan(), AnsweringClient())
    opening = plan.code_versions.get(atom__symbol="opening")
    mark = plan.code_versions.get(atom__symbol="mark")
    shutil.rmtree(workspace_of(plan).repository)
    plan.code_versions.update(commit_sha="x")
    type(mark).objects.filter(pk=mark.pk).update(commit_sha="")
    workspace_of(plan).ensure()
    assert actions.sync_workspace(plan.pk) == 1  # mark is in git, its row was lost:
    plan.code_versions.filter(pk__in=[opening.pk, mark.pk]).update(commit_sha="")

    assert actions.sync_workspace(plan.pk) == 2

    text = workspace_of(plan).read_file("greet/parts.py")
    assert text is not None
    assert "def opening" in text
    assert "def mark" in text


def test_a_lost_repository_is_made_again_for_the_export() -> None:
    plan = work_off(started_plan(), AnsweringClient())
    head = workspace_of(plan).head()
    shutil.rmtree(workspace_of(plan).repository)

    file = open_export(plan, "bundle")

    assert file.path.stat().st_size > 0
    file.folder.cleanup()
    assert workspace_of(plan).head() == head


def test_nul_in_a_docstring_does_not_poison_who_needs_the_atom() -> None:
    code = (
        'def opening() -> str:\n    """Return a word, never the \\0 byte."""\n    return "Hello"\n'
    )

    plan = work_off(started_plan(), AnsweringClient({OPENING: [fenced(code)]}))

    assert plan.status == PlanStatus.COMPLETED


def test_the_cost_of_an_overtaken_answer_is_kept() -> None:
    plan = started_plan()
    attempt = first_attempt(plan)

    class Overtaken(AnsweringClient):
        def complete(self, request: Any) -> Any:
            Attempt.objects.filter(pk=attempt.pk).update(run_token=attempt.pk)
            return super().complete(request)

    actions.run_attempt(attempt.pk, client=paid(Overtaken()))

    assert Budget.objects.get(plan=plan).spent == Decimal("0.000050")


def test_a_draft_may_be_cancelled() -> None:
    plan = started_plan()
    Masterplan.objects.filter(pk=plan.pk).update(status="draft")

    assert actions.cancel(plan_id=plan.pk, by=plan.owner).status == PlanStatus.CANCELLED


def test_the_task_takes_arguments_of_a_newer_sender() -> None:
    plan = started_plan()
    actions.cancel(plan_id=plan.pk, by=plan.owner)

    run_attempt(attempt_id=str(first_attempt(plan).pk), priority=3)

    assert not plan.code_versions.exists()


def workspace_of(plan: Masterplan) -> Workspace:
    from django.conf import settings

    return Workspace(settings.WORKSPACE_DIR, plan.pk)
