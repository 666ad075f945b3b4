import pytest
from django.test import Client

from apps.acceptance.models import RunStatus
from apps.accounts.core.roles import Role
from apps.dashboard.core.gate_panel import GateFigures, way_out
from apps.masterplans.models import Masterplan, PlanStatus, WaveStatus
from tests.dashboard.plans_with_tests import a_run, browser_of, closed_run, judged, suite
from tests.factories import MasterplanFactory, WaveFactory

# Figures and words.


@pytest.mark.parametrize(
    ("passed", "total", "missing"), [(0, 0, 0), (19, 20, 0), (18, 20, 1), (37, 40, 1), (0, 3, 3)]
)
def test_at_least_95_percent_of_the_should_tests(passed: int, total: int, missing: int) -> None:
    figures = GateFigures(should_passed=passed, should_total=total)

    assert figures.should_missing == missing
    assert figures.is_should_met == (missing == 0)


@pytest.mark.parametrize(
    ("figures", "objections", "uncovered", "words"),
    [
        (GateFigures(5, 5, 1, 1), 0, [], ""),
        (GateFigures(4, 5), 0, [], "To open it, fix the MUST test that fails."),
        (GateFigures(3, 5), 0, [], "To open it, fix all 2 failing MUST tests."),
        (
            GateFigures(5, 5, 36, 40),
            0,
            [],
            "To open it, fix any 2 of the 4 failing SHOULD tests.",
        ),
        (GateFigures(5, 5, 0, 1), 0, [], "To open it, fix the SHOULD test that fails."),
        (GateFigures(5, 5), 0, ["R7"], "To open it, give R7 a test."),
        (
            GateFigures(4, 5),
            2,
            ["R7", "R8"],
            "To open it, fix the MUST test that fails, change or clear the code of 2 objections"
            " and give 2 MUSTs without one a test.",
        ),
    ],
)
def test_the_way_out(
    figures: GateFigures, objections: int, uncovered: list[str], words: str
) -> None:
    assert way_out(figures, objections=objections, uncovered=uncovered) == words


# The panel and the plan's page.


def page(browser: Client, plan: Masterplan, part: str = "", query: str = "") -> str:
    headers = {"HX-Request": "true", "HX-Target": part} if part else {}
    response = browser.get(f"/masterplans/{plan.ref}{query}", headers=headers)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


@pytest.fixture
def viewer(db: None) -> Client:
    return browser_of(Role.VIEWER)


def test_nothing_ran_yet(viewer: Client) -> None:
    html = page(viewer, suite().plan, "gates")

    assert "Not evaluated" in html
    assert "Nothing ran yet" in html
    assert "All MUST tests pass" not in html


def test_no_tests_yet(viewer: Client) -> None:
    assert "No tests have been generated yet." in page(viewer, MasterplanFactory(), "gates")


def test_an_open_gate(viewer: Client) -> None:
    plan = suite().plan
    a_run(plan, must_passed=58, must_total=58, should_passed=38, should_total=40)

    html = page(viewer, plan, "gates")

    assert "</svg>Open</span>" in html
    assert '<b class="b">58</b> / 58' in html
    assert '<b class="b">38</b> / 40 · 95.0%' in html
    assert "To open it" not in html
    assert "run 1, <time" in html
    assert f"live:mp.{plan.ref}.tests from:body" in html


def test_a_closed_gate_says_what_blocks(viewer: Client) -> None:
    plan = suite().plan
    (test,) = judged(plan, "failed", ref="R2")
    closed_run(plan, test, uncovered=["R7"], pending=["R9"], objections=["R2: examples"])

    html = page(viewer, plan, "gates")

    assert "</svg>Closed</span>" in html
    assert f'href="/masterplans/{plan.ref}/tests/{test.pk}">R2.c1</a>' in html
    assert f'href="/atoms/{test.atom_id}"' in html
    assert "it gave 2, not 1" in html
    assert 'tests?q=R7">R7</a>' in html
    assert '<span class="mono">R9</span>' in html
    assert "To open it, fix the MUST test that fails" in html


def test_more_tests_than_are_named(viewer: Client) -> None:
    plan = suite().plan
    closed_run(plan, *judged(plan, *["failed"] * 8))

    assert "?verdict=not_met" in page(viewer, plan, "gates")
    assert "3 more tests" in page(viewer, plan, "gates")
    assert "8 failing" in page(viewer, plan)


def test_an_older_run_says_so(viewer: Client) -> None:
    plan = suite(revision=3).plan
    a_run(plan, revision=2)

    assert "Code or tests have changed since this run." in page(viewer, plan, "gates")


def test_runs_under_way_and_runs_that_no_sandbox_took(viewer: Client) -> None:
    plan = suite().plan
    a_run(plan, status=RunStatus.NOT_RUN, note="No sandbox took the tests.")
    a_run(plan, status=RunStatus.QUEUED, finished_at=None)

    html = page(viewer, plan, "gates")

    assert "Run 1 did not take place: No sandbox took the tests." in html
    assert "Run 2: waiting for a sandbox" in html


@pytest.mark.parametrize(
    ("setting", "words"), [("off", "switched off"), ("observe", "observed only")]
)
def test_a_gate_that_is_not_enforced(
    viewer: Client, settings: object, setting: str, words: str
) -> None:
    settings.ACCEPTANCE_GATE = setting  # type: ignore[attr-defined]  # pytest-django's settings

    assert words in page(viewer, suite().plan, "gates")


def paused_by_its_gate() -> Masterplan:
    plan: Masterplan = MasterplanFactory(
        status=PlanStatus.PAUSED, pause_reason="gate", status_note="Wave 1 is blocked."
    )
    suite(plan=plan)
    wave = WaveFactory(plan=plan, status=WaveStatus.BLOCKED)
    tests = [*judged(plan, "failed", ref="R1"), *judged(plan, "failed", ref="R2")]
    closed_run(plan, *tests, wave=wave)
    return plan


@pytest.mark.django_db
def test_a_plan_paused_by_its_gate_offers_retry_and_resume() -> None:
    plan = paused_by_its_gate()

    html = page(browser_of(Role.OPERATOR), plan)

    note = html.split('id="note-gate"')[1].split('class="stats')[0]
    assert "Wave 1 is blocked." in note
    assert "R1.c1" in note
    assert "Retry 2 atoms" in note
    assert f'action="/masterplans/{plan.ref}/retry-failed"' in note
    assert f'action="/masterplans/{plan.ref}/resume"' in note
    assert f'href="/masterplans/{plan.ref}/tests?verdict=not_met"' in note
    assert 'id="do-retry-failed"' in html


def test_who_may_not_run_it_sees_why_it_waits(viewer: Client) -> None:
    html = page(viewer, paused_by_its_gate())

    assert "Paused by its gate." in html
    assert "gate-retry" not in html


def test_the_blocked_wave_lists_its_tests_first(viewer: Client) -> None:
    html = page(viewer, paused_by_its_gate(), "waves")

    assert '<small class="bad">Blocked</small>' in html
    assert 'aria-label="Tests that block wave 1"' in html
    assert html.index("Test that blocks") < html.index('aria-label="Atoms of wave 1"')


def test_a_wave_whose_tests_run_says_so(viewer: Client) -> None:
    plan = MasterplanFactory(status=PlanStatus.RUNNING)
    WaveFactory(plan=plan, status=WaveStatus.TESTING)

    assert '<small class="run">Testing</small>' in page(viewer, plan, "waves")
