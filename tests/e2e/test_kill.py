"""A plan survives SIGKILL of its worker at any moment, and the loss of everything in Valkey."""

import random
import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from celery import current_app
from django.conf import LazySettings
from django.utils import timezone

from apps.accounts.core.roles import Role
from apps.budgets import actions as budgets
from apps.budgets.models import Budget
from apps.budgets.queries.reconciliation import differences
from apps.execution import actions
from apps.execution.models import Attempt
from apps.masterplans.models import Masterplan
from tests.factories import UserFactory
from tests.processes import (
    ROOT,
    Program,
    Replay,
    beat_program,
    replay_server,
    running,
    stack_env,
    wait_for,
    worker_program,
)

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

EXAMPLE = ROOT / "examples" / "inventory"
KILLS = 5
FINISH_LIMIT_S = 150


@pytest.fixture
def replay(tmp_path: Path) -> Iterator[Replay]:
    options = ("--median-ms", "250", "--sigma", "0.4")
    with replay_server(tmp_path, EXAMPLE / "answers.yaml", *options) as server:
        yield server


@pytest.fixture
def worker(tmp_path: Path, replay: Replay, valkey: redis.Redis) -> Iterator[Program]:
    """A worker whose death is noticed within seconds, and the clock of the sweeper."""
    env = stack_env(
        tmp_path,
        LLM_BASE_URL=replay.base_url,
        ENGINE_LEASE_S="3",
        ENGINE_REDISPATCH_S="3",
        ENGINE_MAX_IN_FLIGHT="6",
    )
    with running(beat_program(tmp_path, env)), running(worker_program(tmp_path, env)) as program:
        yield program


@pytest.fixture
def plan() -> Masterplan:
    owner = UserFactory(role=Role.OPERATOR)
    text = (EXAMPLE / "masterplan.md").read_text(encoding="utf-8")
    plan = actions.import_masterplan(text=text, by=owner)
    assert plan.status == "ready", plan.diagnostics
    return plan


def succeeded(plan: Masterplan) -> int:
    return plan.atoms.filter(status="succeeded").count()


def test_killed_at_five_moments(
    plan: Masterplan, worker: Program, tmp_path: Path, replay: Replay
) -> None:
    moments = sorted(random.Random(20).sample(range(2, 50), KILLS))
    actions.start(plan_id=plan.pk, by=plan.owner)

    for moment in moments:
        wait_for(lambda done=moment: succeeded(plan) >= done, limit_s=60, step_s=0.01)
        worker.kill()
        worker.start()

    wait_for_the_end(plan)
    assert_sound(plan, tmp_path)
    runs = Attempt.objects.filter(plan=plan, runs__gt=1).count()
    assert runs, "no kill hit an attempt that was running"
    assert_paid_calls_are_recorded(plan, replay)


def test_flushall_in_mid_run(
    plan: Masterplan, worker: Program, valkey: redis.Redis, tmp_path: Path
) -> None:
    actions.start(plan_id=plan.pk, by=plan.owner)

    for moment in (3, 20, 40):
        wait_for(lambda done=moment: succeeded(plan) >= done, limit_s=60, step_s=0.01)
        valkey.flushdb()

    wait_for_the_end(plan)
    assert_sound(plan, tmp_path)


def wait_for_the_end(plan: Masterplan) -> None:
    def ended() -> bool:
        plan.refresh_from_db()
        return plan.status != "running"

    wait_for(ended, limit_s=FINISH_LIMIT_S, step_s=0.3)
    assert plan.status == "completed", plan.status_note


def assert_sound(plan: Masterplan, var: Path) -> None:
    """Every atom succeeded once, history has each version once, and every call is booked."""
    assert Counter(plan.atoms.values_list("status", flat=True)) == {"succeeded": 60}
    versions = [str(pk) for pk in plan.code_versions.values_list("pk", flat=True)]
    assert len(versions) == 60
    assert not plan.attempts.filter(status__in=Attempt.ACTIVE).exists()
    # A call whose worker died, and whose question changed meanwhile, waits for its lease to end.
    budgets.expire_holds(now=timezone.now() + timedelta(hours=1))
    assert Budget.objects.get(plan=plan).held == 0
    assert list(differences()) == []
    assert plan.attempts.filter(status="succeeded").count() == 60
    assert Counter(committed(plan, var)) == Counter(versions)


def committed(plan: Masterplan, var: Path) -> list[str]:
    """Return the code version of each commit."""
    repository = var / "workspaces" / str(plan.pk) / "repository.git"
    show = "--format=%(trailers:key=Code-Version,valueonly=true,separator=%x20)"
    history = subprocess.run(
        ["git", "--git-dir", str(repository), "log", show, "main"],
        check=True,
        capture_output=True,
        text=True,
    )
    return history.stdout.split()


def assert_paid_calls_are_recorded(plan: Masterplan, replay: Replay) -> None:
    """Every call that reached the endpoint has its trace event, whatever died afterwards."""
    counters: dict[str, Any] = replay.counters()["counters"]  # type: ignore[assignment]  # JSON
    assert plan.trace_events.filter(kind="call").count() >= counters["requests"]


def test_the_broker_is_the_tests_own(settings: LazySettings) -> None:
    assert current_app.conf.broker_url == settings.REDIS_URL
