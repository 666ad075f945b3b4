from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from apps.accounts.core.roles import Role
from apps.dashboard.core.selection import selection
from apps.dashboard.plan_queries import PlanBoard
from apps.execution.models import AttemptStatus
from apps.masterplans.core import topics
from apps.masterplans.models import AtomStatus, Masterplan, PlanStatus, WaveStatus
from apps.traceability.models import TraceEvent
from tests.factories import (
    AtomFactory,
    AttemptFactory,
    MasterplanFactory,
    RequirementFactory,
    TraceEventFactory,
    UserFactory,
    WaveFactory,
)

pytestmark = pytest.mark.django_db
QUERIES = 25  # session, user, roles, badges, topics, plan, atoms, attempts, waves, requirements, log, money, gate


def browser_of(role: Role | None) -> Client:
    browser = Client()
    browser.force_login(UserFactory(role=role))
    return browser


@pytest.fixture
def operator() -> Client:
    return browser_of(Role.OPERATOR)


@pytest.fixture
def viewer() -> Client:
    return browser_of(Role.VIEWER)


def running(**facts: Any) -> Masterplan:
    now = timezone.now()
    values = {"status": PlanStatus.RUNNING, "started_at": now, "started_by": UserFactory()}
    return MasterplanFactory(**values | facts)


def a_wave(plan: Masterplan, passed: int = 1, **others: int) -> None:
    """A wave that runs: some atoms passed for 0.25 USD each, and so many in other states."""
    now = timezone.now()
    wave = WaveFactory(plan=plan, status=WaveStatus.RUNNING, started_at=now)
    for _ in range(passed):
        atom = AtomFactory(
            wave=wave,
            status=AtomStatus.SUCCEEDED,
            started_at=now - timedelta(seconds=40),
            finished_at=now,
        )
        AttemptFactory(atom=atom, status=AttemptStatus.SUCCEEDED, cost_usd=Decimal("0.25"))
    for status, count in others.items():
        AtomFactory.create_batch(count, wave=wave, status=status)


def page(browser: Client, plan: Masterplan, query: str = "", part: str = "") -> str:
    headers = {"HX-Request": "true", "HX-Target": part} if part else {}
    response = browser.get(f"/masterplans/{plan.ref}{query}", headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def test_the_page_says_what_runs_and_what_it_cost(viewer: Client) -> None:
    plan = running(title="Text toolkit", budget_usd=Decimal(5))
    a_wave(plan, passed=3, queued=2)

    html = page(viewer, plan)

    assert "<title>Text toolkit, running · MGE Console</title>" in html
    assert "Running wave 1 of 1" in html
    assert "$0.75 <small>of $5</small>" in html
    assert "3 <small>of 5 atoms</small>" in html
    assert "100.0%" in html
    assert "Done ~" in html


@pytest.mark.parametrize("part", ["plan_summary", "waves", "activity"])
def test_each_part_is_fetched_alone_and_knows_its_topic(viewer: Client, part: str) -> None:
    plan = running()
    a_wave(plan)

    html = page(viewer, plan, part=part)

    assert f'id="{part}"' in html
    assert "<!doctype" not in html
    assert f'hx-trigger="live:mp.{plan.ref}.' in html
    assert "data-v=" in html


def test_versions_are_read_before_the_rows(viewer: Client) -> None:
    board = PlanBoard(
        running().number, chosen=selection({}), user=UserFactory(), now=timezone.now()
    )

    assert set(board.versions) == {
        topics.summary(board.plan.ref),
        topics.tests(board.plan.ref),
        topics.waves(board.plan.ref),
        topics.activity(board.plan.ref),
        topics.budget(board.plan.ref),
    }


@pytest.mark.parametrize("atoms", [3, 60])
def test_queries_do_not_grow_with_the_plan(
    viewer: Client, django_assert_max_num_queries: DjangoAssertNumQueries, atoms: int
) -> None:
    plan = running()
    a_wave(plan, passed=2, queued=atoms, failed=atoms)
    for atom in plan.atoms.all():
        RequirementFactory(plan=plan, atoms=[atom])
        TraceEventFactory(atom=atom, kind="stored", attempt_number=1)

    with django_assert_max_num_queries(QUERIES):
        page(viewer, plan, "?wave=1&page=1&requirements=1&activity=all")


def test_a_cancelled_plan_does_not_look_as_if_it_ran(viewer: Client) -> None:
    start = timezone.now() - timedelta(hours=1)
    plan = running(
        status=PlanStatus.CANCELLED, started_at=start, finished_at=start + timedelta(minutes=2)
    )
    a_wave(plan, passed=3, pending=1)
    plan.waves.update(started_at=start)
    AtomFactory(wave=plan.waves.get(), started_at=start + timedelta(minutes=1))
    WaveFactory(plan=plan, title="Never reached")

    html = page(viewer, plan)

    assert "3 passed, 2 not finished" in html
    assert 'class="i s spin"' not in html
    assert 'class="i spin"' not in html
    assert "Waiting" not in html
    assert "Wave done in" not in html
    assert html.count('"num"><span class="sr">Time </span>2:00<') == 1
    assert '<td class="n">1:00</td>' in html
    assert '<span class="t2">Not run</span>' in html
    assert '<span class="t2">Not finished</span>' in html
    assert "~" not in html.split('id="waves"')[1].split("</section>")[0]


def test_a_paused_plan_rests(viewer: Client) -> None:
    start = timezone.now() - timedelta(hours=1)
    plan = running(status=PlanStatus.PAUSED, pause_reason="operator", started_at=start)
    step = TraceEventFactory(
        atom=None, plan=plan, kind="plan", data={"sentence": "Paused by operator"}
    )
    TraceEvent.objects.filter(pk=step.pk).update(at=start + timedelta(minutes=3))
    a_wave(plan, passed=3)
    plan.waves.update(started_at=start)
    AtomFactory(wave=plan.waves.get(), status=AtomStatus.QUEUED, started_at=start)

    html = page(viewer, plan, part="waves")

    assert '<span class="sr">Paused</span>' in html
    assert '<span class="t2">Paused</span>' in html
    assert "spin" not in html
    assert '<td class="n">3:00</td>' in html
    assert "Wave done in" not in html

    AtomFactory(wave=plan.waves.get(), status=AtomStatus.RUNNING, started_at=start)
    html = page(viewer, plan, part="waves")
    assert html.count("spin") == 2  # the call that is under way, and its wave


def test_the_wave_that_begins_open_is_marked(viewer: Client) -> None:
    plan = running()
    a_wave(plan)
    WaveFactory(plan=plan)

    html = page(viewer, plan, part="waves")

    assert html.count('data-begins="open"') == 1


def test_what_follows_from_one_cause_is_told_once(viewer: Client) -> None:
    plan = running()
    wave = WaveFactory(plan=plan)
    for _ in range(9):
        TraceEventFactory(
            atom=AtomFactory(wave=wave), kind="call_failed", data={"sentence": "Set `KEY`."}
        )

    html = page(viewer, plan, part="activity")

    assert "9 calls failed: Set <code>KEY</code>." in html
    assert html.count("<li>") == 1


@pytest.mark.parametrize(
    ("status", "button"),
    [
        (PlanStatus.READY, "start"),
        (PlanStatus.RUNNING, "pause"),
        (PlanStatus.PAUSED, "resume"),
        (PlanStatus.FAILED, "retry-failed"),
    ],
)
def test_the_buttons_fit_the_state_and_the_role(
    operator: Client, viewer: Client, status: PlanStatus, button: str
) -> None:
    reason = "operator" if status == PlanStatus.PAUSED else ""
    plan = MasterplanFactory(status=status, pause_reason=reason)

    assert f'action="/masterplans/{plan.ref}/{button}"' in page(operator, plan)
    assert f'href="/masterplans/{plan.ref}/cancel"' in page(operator, plan)
    assert f"/masterplans/{plan.ref}/{button}" not in page(viewer, plan)
    assert f"/masterplans/{plan.ref}/cancel" not in page(viewer, plan)


def test_a_plan_that_waits_for_the_endpoint_says_so_and_can_be_resumed(operator: Client) -> None:
    plan = MasterplanFactory(
        status=PlanStatus.PAUSED, pause_reason="provider", status_note="The key was refused."
    )

    html = page(operator, plan)

    assert "Paused, reason: provider." in html
    assert "The key was refused." in html
    assert 'id="note-resume"' in html


def test_a_draft_shows_its_problems_beside_their_lines(viewer: Client) -> None:
    plan = MasterplanFactory(
        status=PlanStatus.DRAFT,
        source_text="one\ntwo <b>\n",
        status_note="line 2: Close the tag.",
        diagnostics=[
            {"line": 2, "column": 5, "severity": "error", "code": "x", "message": "Close the tag."}
        ],
    )

    html = page(viewer, plan)

    assert "A draft cannot start:" in html
    assert "two &lt;b&gt;" in html
    assert "line 2, column 5" in html
    assert f"/masterplans/new?from={plan.ref}" in html


@pytest.mark.parametrize(
    ("status", "note"),
    [
        (PlanStatus.COMPLETED, "Completed."),
        (PlanStatus.FAILED, "Failed."),
        (PlanStatus.CANCELLED, "Cancelled."),
    ],
)
def test_a_plan_that_is_over_says_how(viewer: Client, status: PlanStatus, note: str) -> None:
    plan = running(status=status, finished_at=timezone.now(), status_note="Why it ended.")
    a_wave(plan, passed=2, failed=1)

    html = page(viewer, plan)

    assert note in html
    assert "took " in html
    assert f"/masterplans/{plan.ref}/export/bundle" in html


def test_the_soft_cap_is_announced_when_it_is_passed(viewer: Client) -> None:
    plan = running(budget_usd=Decimal("0.30"))
    a_wave(plan, passed=1)

    assert "Soft cap of $0.21 passed." in page(viewer, plan)


def test_the_filter_of_the_address_chooses_the_rows(viewer: Client) -> None:
    plan = running()
    a_wave(plan, passed=2, failed=1)
    failed = plan.atoms.get(status=AtomStatus.FAILED)

    html = page(viewer, plan, "?wave=1&state=failed", part="waves")

    assert f'id="row-{failed.pk}"' in html
    assert html.count('id="row-') == 1
    assert html.count('<use href="#tile-succeeded" x=') == 2


def test_a_filter_that_hides_everything_says_how_much(viewer: Client) -> None:
    plan = running()
    a_wave(plan, passed=2)

    assert "2 atoms are hidden by the filter." in page(viewer, plan, "?wave=1&state=running")


def test_a_closed_wave_can_be_opened_without_javascript(viewer: Client) -> None:
    plan = running()
    a_wave(plan)
    WaveFactory(plan=plan)

    html = page(viewer, plan)

    assert 'href="?wave=1&amp;wave=2#wave-2"' in html
    assert 'id="wave-2-atoms"' not in html


def test_seven_rows_first_then_pages(viewer: Client) -> None:
    plan = running()
    a_wave(plan, passed=0, queued=120)

    assert page(viewer, plan).count('id="row-') == 7
    assert page(viewer, plan, "?wave=1&page=1").count('id="row-') == 100
    assert page(viewer, plan, "?wave=1&page=2").count('id="row-') == 20
    assert "Show 93 more atoms" in page(viewer, plan)


def test_requirements_name_the_atoms_that_cover_them(viewer: Client) -> None:
    plan = running()
    atom = AtomFactory(plan=plan, symbol="slugify")
    RequirementFactory(plan=plan, ref="R1", text="`slugify` must <work>.", atoms=[atom])
    RequirementFactory(plan=plan, ref="R2", priority="may")

    html = page(viewer, plan)

    assert "<code>slugify</code> must &lt;work&gt;." in html
    assert f'href="/atoms/{atom.pk}">slugify</a>' in html
    assert "no atom covers it" in html
    assert "1 of 1 covered by atoms" in html


def test_the_log_tells_what_happened_newest_first(viewer: Client) -> None:
    plan = running()
    TraceEventFactory(atom=None, plan=plan, kind="plan", data={"sentence": "Started by operator"})
    atom = AtomFactory(plan=plan)
    TraceEventFactory(atom=atom, kind="context")
    TraceEventFactory(atom=atom, kind="retry", attempt_number=1, data={"sentence": "<No> code."})

    html = page(viewer, plan, part="activity")

    assert html.index("try 1 refused: &lt;No&gt; code.") < html.index("Started by operator")
    assert html.count("<li>") == 2


def test_a_long_log_is_cut_until_more_is_asked_for(viewer: Client) -> None:
    plan = running()
    atom = AtomFactory(plan=plan)
    TraceEventFactory.create_batch(12, atom=atom, kind="stored", attempt_number=1)

    assert page(viewer, plan, part="activity").count("<li>") == 10
    assert page(viewer, plan, "?activity=all", part="activity").count("<li>") == 12


@pytest.mark.parametrize(
    "address", ["/masterplans/mp-99999", "/masterplans/mp-1", "/masterplans/x"]
)
def test_an_unknown_plan_is_not_found(viewer: Client, address: str) -> None:
    assert viewer.get(address).status_code == 404


def test_only_get_is_answered(viewer: Client) -> None:
    assert viewer.post(f"/masterplans/{running().ref}").status_code == 405


@pytest.mark.parametrize(("make", "status"), [(Client, 302), (lambda: browser_of(None), 403)])
def test_strangers_see_nothing(make: Callable[[], Client], status: int) -> None:
    assert make().get(f"/masterplans/{running().ref}").status_code == status
