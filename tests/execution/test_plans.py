"""What people do to a plan."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from apps.accounts.core.roles import Role
from apps.accounts.models import User
from apps.common.errors import InvalidInput, NotAllowed
from apps.execution import actions
from apps.execution.errors import (
    AlreadyImported,
    DraftCannotStart,
    IllegalTransition,
    NothingToRetry,
)
from apps.execution.models import Attempt
from apps.masterplans.models import Atom, AtomStatus, Masterplan, PlanStatus
from tests.execution.plans import (
    GREETING,
    MARK,
    OPENING,
    TEXT,
    AnsweringClient,
    fenced,
    imported_plan,
    started_plan,
    work_off,
)
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_import_stores_the_whole_tree() -> None:
    plan = imported_plan()

    assert plan.status == PlanStatus.READY
    assert plan.ref == f"mp-{plan.number:04d}"
    assert [atom.ref for atom in plan.atoms.all()] == [OPENING, MARK, GREETING]
    assert [[atom.ref for atom in wave.atoms.all()] for wave in plan.waves.all()] == [
        [OPENING, MARK],
        [GREETING],
    ]
    assert [str(atom) for atom in plan.requirements.get(ref="R1").atoms.all()] == [GREETING]
    needs = plan.atoms.get(symbol="greeting").needs.values_list("needed__symbol", flat=True)
    assert set(needs) == {"opening", "mark"}


def test_a_text_with_errors_becomes_a_draft_that_cannot_start() -> None:
    plan = imported_plan(TEXT.replace("Covers R1", "Covers R9").replace("5.00", "nothing"))

    assert plan.status == PlanStatus.DRAFT
    assert plan.diagnostics
    with pytest.raises(DraftCannotStart, match="is a draft"):
        actions.start(plan_id=plan.pk, by=plan.owner)


def test_a_text_without_a_plan_section_becomes_a_draft() -> None:
    plan = imported_plan(TEXT.split("## Plan")[0])

    assert plan.status == PlanStatus.DRAFT
    assert "## Plan" in plan.status_note


def test_the_same_text_again_names_the_existing_plan() -> None:
    plan = imported_plan()

    with pytest.raises(AlreadyImported, match=plan.ref):
        actions.import_masterplan(text=TEXT, by=plan.owner)
    copy = actions.import_masterplan(text=TEXT, by=plan.owner, is_copy=True)
    assert copy.pk != plan.pk


def test_a_text_over_the_limit_is_refused_with_a_sentence() -> None:
    with pytest.raises(InvalidInput, match="1,000,000"):
        imported_plan("x" * 1_100_000)


def test_an_unknown_model_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidInput, match="default"):
        imported_plan(TEXT.replace("budget_usd", "model: nobody\nbudget_usd"))


def test_strangers_may_do_nothing() -> None:
    plan = imported_plan()
    stranger = UserFactory()

    with pytest.raises(NotAllowed, match="Operator"):
        actions.import_masterplan(text=TEXT, by=stranger)
    for verb in (
        actions.start,
        actions.pause,
        actions.resume,
        actions.cancel,
        actions.retry_failed,
    ):
        with pytest.raises(NotAllowed):
            verb(plan_id=plan.pk, by=stranger)


def test_start_queues_the_first_wave_only() -> None:
    plan = started_plan()

    assert plan.status == PlanStatus.RUNNING
    assert plan.started_by == plan.owner
    statuses = dict(plan.atoms.values_list("symbol", "status"))
    assert statuses == {"opening": "queued", "mark": "queued", "greeting": "pending"}
    assert plan.attempts.count() == 2


def test_a_second_start_is_told_that_the_plan_runs() -> None:
    plan = started_plan()

    with pytest.raises(IllegalTransition, match="is running"):
        actions.start(plan_id=plan.pk, by=plan.owner)
    assert plan.attempts.count() == 2


def test_pause_gives_out_nothing_and_resume_goes_on() -> None:
    plan = started_plan()
    attempt = plan.attempts.first()
    assert attempt is not None

    plan = actions.pause(plan_id=plan.pk, by=plan.owner)
    client = AnsweringClient()
    actions.run_attempt(attempt.pk, client=client)
    assert not client.asked
    assert (plan.status, plan.pause_reason) == (PlanStatus.PAUSED, "operator")

    plan = actions.resume(plan_id=plan.pk, by=plan.owner)
    assert work_off(plan, client).status == PlanStatus.COMPLETED
    assert max(client.asked.values()) == 1


def test_cancel_ends_what_waits() -> None:
    plan = started_plan()

    plan = actions.cancel(plan_id=plan.pk, by=plan.owner)

    assert plan.status == PlanStatus.CANCELLED
    assert set(plan.attempts.values_list("status", flat=True)) == {"cancelled"}
    assert set(plan.atoms.values_list("status", flat=True)) == {"pending"}
    with pytest.raises(IllegalTransition):
        actions.resume(plan_id=plan.pk, by=plan.owner)


def test_retry_failed_gives_a_new_round() -> None:
    plan = started_plan()
    wrong = AnsweringClient({MARK: [fenced("def mark(x) -> str:\n    return x\n")]})
    plan = work_off(plan, wrong)
    assert plan.status == PlanStatus.FAILED
    assert wrong.asked[MARK] == 4
    assert plan.atoms.get(symbol="greeting").status == AtomStatus.BLOCKED
    assert plan.atoms.get(symbol="opening").status == AtomStatus.SUCCEEDED

    plan = actions.retry_failed(plan_id=plan.pk, by=plan.owner)
    client = AnsweringClient()
    plan = work_off(plan, client)

    assert plan.status == PlanStatus.COMPLETED
    assert client.asked == {MARK: 1, GREETING: 1}


def test_retry_of_a_plan_that_did_not_fail_is_refused() -> None:
    plan = started_plan()

    with pytest.raises((IllegalTransition, NothingToRetry)):
        actions.retry_failed(plan_id=plan.pk, by=plan.owner)


@pytest.mark.django_db(transaction=True)
def test_two_people_press_start_and_one_run_begins() -> None:
    plan = imported_plan()
    people = [plan.owner, UserFactory(role=Role.OPERATOR)]

    def press(person: User) -> bool:
        try:
            actions.start(plan_id=plan.pk, by=person)
        except IllegalTransition:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as pool:
        started = list(pool.map(press, people))

    assert sorted(started) == [False, True]
    assert Attempt.objects.filter(plan=plan).count() == 2
    assert Masterplan.objects.get(pk=plan.pk).started_by in people
    assert Atom.objects.filter(plan=plan, status="queued").count() == 2
