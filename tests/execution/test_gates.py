"""Waves wait for their tests, and a plan whose gate is shut is held, with the tests named."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from apps.acceptance.actions.leases import LONGEST_WAIT
from apps.acceptance.core.gate import TestStatus
from apps.acceptance.models import AcceptanceTest, RunStatus, Suite, SuiteStatus, TestRun, TestState
from apps.accounts.core.roles import Role
from apps.accounts.models import Notification
from apps.execution import actions
from apps.execution.errors import IllegalTransition, NoTestFailed
from apps.masterplans.models import Masterplan, PauseReason, PlanStatus, WaveStatus
from tests.execution.gate_plans import Outcomes, judge_waiting, with_tests, work_through
from tests.execution.plans import (
    GREETING,
    OPENING,
    AnsweringClient,
    fenced,
    imported_plan,
    started_plan,
    work_off,
)
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

TEXT = """---
title: Greetings
language: python
package: greet
---

# Greetings

## Requirements

### MUST

- R1: `greeting("Ada")` returns `"Hello, Ada!"`.
- R2: `opening()` returns `"Hello"`.

### SHOULD

- R3: `mark()` returns `"!"`.

## Plan

### Phase: Core

#### Milestone: Words

##### Task: Parts (`greet/parts.py`)

- `opening() -> str`: the first word, "Hello". Covers R2.
- `mark() -> str`: the last sign, "!". Covers R3.

##### Task: Greeting (`greet/greeting.py`)

- `greeting(name: str) -> str`: the whole sentence.
  Uses `opening`, `mark`. Covers R1.
"""


@pytest.fixture(autouse=True)
def _gate_on() -> Iterator[None]:
    with override_settings(ACCEPTANCE_GATE="enforce"):
        yield


def plan_with_tests(text: str = TEXT, **tests: dict[str, int]) -> Masterplan:
    plan = imported_plan(text)
    with_tests(plan, **(tests or {"opening": {"R2": 1}, "mark": {"R3": 1}, "greeting": {"R1": 1}}))
    return actions.start(plan_id=plan.pk, by=plan.owner)


def failing(*checks: str) -> Outcomes:
    return lambda check: TestStatus.FAILED if check in checks else TestStatus.PASSED


def test_a_wave_waits_until_its_tests_passed() -> None:
    plan = work_off(plan_with_tests(), AnsweringClient())

    assert plan.waves.get(number=1).status == WaveStatus.TESTING
    assert plan.status_note == "Wave 1 is done. Its tests run."
    run = judge_waiting(plan)

    assert run is not None
    assert (run.gate, run.must_passed, run.must_total) == ("open", 1, 1)
    assert run.pending == ["R1"]
    assert plan.waves.get(number=1).status == WaveStatus.PASSED
    plan.refresh_from_db()
    assert plan.status_note == ""


def test_the_last_wave_is_judged_with_everything() -> None:
    plan = work_through(plan_with_tests())

    assert plan.status == PlanStatus.COMPLETED
    scopes = list(plan.test_runs.values_list("scope", "must_total", "should_total"))
    assert scopes == [("wave", 1, 1), ("full", 2, 1)]


def test_a_failing_must_holds_the_plan_at_its_wave_and_names_the_test() -> None:
    plan = work_through(plan_with_tests(), outcomes=failing("R2.c1"))

    assert (plan.status, plan.pause_reason) == (PlanStatus.PAUSED, PauseReason.GATE)
    assert plan.waves.get(number=1).status == WaveStatus.BLOCKED
    assert plan.waves.get(number=2).status == WaveStatus.PENDING
    assert plan.status_note == (
        "Wave 1 is blocked: Only 0 of 1 MUST tests passed; all have to. Not passed: R2.c1 (MUST) on"
        " greet/parts.py::opening."
    )
    told = Notification.objects.get(kind="gate_closed")
    assert told.path == f"/masterplans/{plan.ref}/tests"
    assert "R2.c1" in told.text


def test_a_retry_asks_the_refused_atom_again_and_says_what_was_not_met() -> None:
    client = AnsweringClient()
    plan = work_through(plan_with_tests(), client, failing("R2.c1"))

    plan = actions.retry_failed(plan_id=plan.pk, by=plan.owner)
    assert plan.status == PlanStatus.RUNNING
    atom = plan.atoms.get(symbol="opening")
    first = atom.attempts.get(number=1)
    assert (atom.status, first.status) == ("queued", "rejected")
    assert [each["rule"] for each in first.findings] == ["acceptance"]
    plan = work_through(plan, client)

    assert plan.status == PlanStatus.COMPLETED
    assert client.asked[OPENING] == 2
    assert client.asked[GREETING] == 1
    asked = [r.messages[-1].content for r in client.requests if OPENING in r.messages[-1].content]
    assert "attempt 2 of 5" in asked[-1]
    assert "R2 not met" in asked[-1]
    assert "def test_" not in asked[-1]
    assert atom.attempts.get(number=2).status == "succeeded"


def test_new_code_takes_the_place_of_what_was_refused() -> None:
    better = 'def opening() -> str:\n    """Return it."""\n    return "Hel" + "lo"\n'
    client = AnsweringClient()
    client.answers[OPENING].append(fenced(better))
    plan = work_through(plan_with_tests(), client, failing("R2.c1"))
    actions.retry_failed(plan_id=plan.pk, by=plan.owner)

    plan = work_through(plan, client)

    text = actions_files(plan)["greet/parts.py"]
    assert text.count("def opening") == 1
    assert '"Hel" + "lo"' in text
    assert not plan.code_versions.filter(commit_sha="")


def actions_files(plan: Masterplan) -> dict[str, str]:
    from apps.execution.queries import source_tree

    return dict(source_tree(plan))


def test_a_failure_of_an_earlier_waves_atom_at_the_end_reopens_its_wave() -> None:
    plan = plan_with_tests(opening={"R2": 1, "R1": 1}, mark={"R3": 1}, greeting={"R1": 1})
    plan = work_through(plan, outcomes=failing("R1.c1"))
    assert plan.waves.get(number=2).status == WaveStatus.BLOCKED

    plan = actions.retry_failed(plan_id=plan.pk, by=plan.owner)

    assert plan.waves.get(number=1).status == WaveStatus.RUNNING
    assert work_through(plan).status == PlanStatus.COMPLETED


def test_should_holds_at_nineteen_of_twenty_and_not_at_eighteen() -> None:
    tests = {"opening": {"R2": 1}, "mark": {"R3": 20}, "greeting": {"R1": 1}}

    held = work_through(plan_with_tests(**tests), outcomes=failing("R3.c4", "R3.c9"))
    assert held.status == PlanStatus.PAUSED
    assert "Only 18 of 20 SHOULD tests passed; 95 % have to." in held.status_note

    done = work_through(plan_with_tests(**tests), outcomes=failing("R3.c4"))
    assert done.status == PlanStatus.COMPLETED


def test_a_must_without_a_test_cannot_be_decided_and_holds_the_plan() -> None:
    plan = work_through(plan_with_tests(mark={"R3": 1}, greeting={"R1": 1}))

    assert (plan.status, plan.pause_reason) == (PlanStatus.PAUSED, PauseReason.GATE)
    assert "No test covers R2" in plan.status_note
    with pytest.raises(NoTestFailed):
        actions.retry_failed(plan_id=plan.pk, by=plan.owner)
    plan.refresh_from_db()
    assert plan.status == PlanStatus.PAUSED


def test_resume_judges_the_wave_once_more() -> None:
    plan = work_through(plan_with_tests(), outcomes=failing("R2.c1"))

    plan = actions.resume(plan_id=plan.pk, by=plan.owner)

    assert plan.test_runs.filter(status=RunStatus.QUEUED).count() == 1
    assert work_through(plan).status == PlanStatus.COMPLETED


def test_nobody_can_retry_a_plan_that_an_operator_paused() -> None:
    plan = plan_with_tests()
    actions.pause(plan_id=plan.pk, by=plan.owner)

    with pytest.raises(IllegalTransition):
        actions.retry_failed(plan_id=plan.pk, by=plan.owner)


def test_at_the_end_means_that_no_earlier_wave_waits() -> None:
    text = TEXT.replace("package: greet", "package: greet\ngate: at-end")
    plan = work_through(plan_with_tests(text))

    assert plan.status == PlanStatus.COMPLETED
    assert [run.scope for run in plan.test_runs.all()] == ["full"]


def test_observing_runs_the_tests_and_holds_nothing_up() -> None:
    with override_settings(ACCEPTANCE_GATE="observe"):
        plan = work_through(plan_with_tests(), outcomes=failing("R2.c1"))

    assert plan.status == PlanStatus.COMPLETED
    assert list(plan.test_runs.values_list("gate", flat=True)) == ["closed", "closed"]


def test_off_asks_for_nothing() -> None:
    with override_settings(ACCEPTANCE_GATE="off"):
        plan = work_off(started_plan(TEXT), AnsweringClient())

    assert plan.status == PlanStatus.COMPLETED
    assert not Suite.objects.filter(plan=plan).exists()


def test_tests_that_wait_for_a_person_hold_their_wave() -> None:
    plan = plan_with_tests()
    AcceptanceTest.objects.filter(plan=plan, check_id="R2.c1").update(state=TestState.WAITING)
    plan = work_off(plan, AnsweringClient())

    assert plan.status_note == "Wave 1 is done. 1 test waits for a person's approval."
    assert plan.status == PlanStatus.RUNNING
    AcceptanceTest.objects.filter(plan=plan).update(state=TestState.ACTIVE)
    actions.reconcile(plan.pk)
    assert work_through(plan).status == PlanStatus.COMPLETED


def test_a_run_that_no_sandbox_takes_is_not_a_failure_of_the_code() -> None:
    plan = work_off(plan_with_tests(), AnsweringClient())
    TestRun.objects.update(queued_at=timezone.now() - LONGEST_WAIT - timedelta(seconds=1))

    actions.reconcile(plan.pk)

    plan.refresh_from_db()
    assert (plan.status, plan.pause_reason) == (PlanStatus.PAUSED, PauseReason.OPERATOR)
    assert "No sandbox took the job within 5 minutes" in plan.status_note
    run = plan.test_runs.get()
    assert (run.status, run.gate) == (RunStatus.NOT_RUN, "")


def test_a_run_whose_worker_died_is_taken_by_another() -> None:
    plan = work_off(plan_with_tests(), AnsweringClient())
    past = timezone.now() - timedelta(seconds=1)
    TestRun.objects.update(status=RunStatus.RUNNING, lease_expires_at=past, runs=1)

    actions.reconcile(plan.pk)

    assert judge_waiting(plan) is not None
    assert work_through(plan).status == PlanStatus.COMPLETED


def test_a_run_that_kills_every_worker_ends() -> None:
    plan = work_off(plan_with_tests(), AnsweringClient())
    past = timezone.now() - timedelta(seconds=1)
    TestRun.objects.update(status=RunStatus.RUNNING, lease_expires_at=past, runs=4)

    actions.reconcile(plan.pk)

    plan.refresh_from_db()
    assert "Its worker died 4 times" in plan.status_note


def test_a_plan_without_tests_yet_waits_for_them() -> None:
    plan = work_off(started_plan(TEXT), AnsweringClient())

    assert plan.status_note == "Wave 1 is done. Its tests are being generated."
    assert Suite.objects.get(plan=plan).status == SuiteStatus.QUEUED


def test_reconciling_twice_changes_nothing() -> None:
    plan = work_off(plan_with_tests(), AnsweringClient())

    actions.reconcile(plan.pk)
    actions.reconcile(plan.pk)

    assert plan.test_runs.count() == 1


def test_tests_of_a_wave_run_on_demand() -> None:
    plan = work_through(plan_with_tests())
    lead = UserFactory(role=Role.LEAD)

    run = actions.run_wave_tests(wave_id=plan.waves.get(number=1).pk, by=lead)

    assert (run.is_on_demand, run.requested_by) == (True, lead)
    judged = judge_waiting(plan, failing("R2.c1"))
    assert judged is not None
    assert judged.gate == "closed"
    plan.refresh_from_db()
    assert plan.status == PlanStatus.COMPLETED
