from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.acceptance.models import (
    AcceptanceTest,
    AtomEvidence,
    RunStatus,
    SuiteStatus,
    TestPolicy,
    TestRun,
    TestState,
)
from apps.accounts.core.roles import Role
from apps.dashboard.core.test_rows import PAGE_ROWS
from apps.masterplans.models import AtomStatus, Masterplan, Priority
from tests.dashboard.plans_with_tests import (
    a_run,
    browser_of,
    closed_run,
    judged,
    requirement,
    suite,
    waiting,
)
from tests.factories import (
    AcceptanceTestFactory,
    AtomFactory,
    DisputeFactory,
    MasterplanFactory,
    ObjectionFactory,
    RequirementFactory,
    TestResultFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
QUERIES = 32  # shell 8, plan and versions 3, suite, policy, runs 3, rows 4, past 4, open rows 6


@pytest.fixture
def viewer() -> Client:
    return browser_of(Role.VIEWER)


@pytest.fixture
def lead() -> Client:
    return browser_of(Role.LEAD, "lena")


@pytest.fixture
def plan() -> Masterplan:
    return suite().plan


def page(browser: Client, plan: Masterplan, query: str = "", part: str = "") -> str:
    headers = {"HX-Request": "true", "HX-Target": part} if part else {}
    response = browser.get(f"/masterplans/{plan.ref}/tests{query}", headers=headers)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


# What it shows.


def test_figures_rows_and_verdicts(viewer: Client, plan: Masterplan) -> None:
    run = a_run(plan, must_passed=3, must_total=4, should_passed=1, should_total=1, gate="closed")
    judged(plan, "passed", "passed", run=run, text="`slug` returns a slug.")
    judged(plan, "passed", "failed", run=run, text="`slug` is idempotent.")
    judged(plan, "passed", run=run, priority=Priority.SHOULD)
    requirement(plan, text="It must be kind.", doubt="vague", questions=["Kind to whom?"])
    requirement(plan, text="Nothing covers this.")

    html = page(viewer, plan)

    assert f"<title>Tests of {plan.title}" in html
    assert "4 MUST, 1 SHOULD, 0 MAY" in html
    assert "3 <small>of 4 testable</small>" in html
    assert "3 <small>of 4 tests</small>" in html
    assert '<span>Not met</span></span> <span class="num"><b class="b">1</b> / 2' in html
    assert '<span>Met</span></span> <span class="num"><b class="b">2</b> / 2' in html
    assert "<span>No test</span>" in html
    assert "Kind to whom?" in html
    assert "Not testable: vague" in html
    assert "It must be kind." not in page(viewer, plan, part="requirement_list")


@pytest.mark.parametrize(
    "part", ["tests_summary", "requirement_list", "questions", "gates", "test_acts"]
)
def test_each_part_is_fetched_alone_and_knows_its_topic(
    viewer: Client, plan: Masterplan, part: str
) -> None:
    html = page(viewer, plan, part=part)

    assert f'id="{part}"' in html
    assert "<!doctype" not in html
    assert f'hx-trigger="live:mp.{plan.ref}.tests from:body"' in html


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (SuiteStatus.QUEUED, "Waiting to be generated"),
        (SuiteStatus.GENERATING, "Being generated"),
        (SuiteStatus.FAILED, "The tests were not generated.</b> The model did not answer."),
    ],
)
def test_a_suite_on_its_way_says_so(viewer: Client, status: SuiteStatus, words: str) -> None:
    note = "The model did not answer." if status == SuiteStatus.FAILED else ""
    plan = suite(status=status, generated_at=None, note=note).plan

    html = page(viewer, plan)

    assert words in html
    assert 'id="filter-text"' not in html


def test_without_a_suite_it_offers_to_generate() -> None:
    plan = MasterplanFactory()
    RequirementFactory(plan=plan)

    assert 'id="generate"' in page(browser_of(Role.OPERATOR), plan)
    assert "Not generated yet" in page(browser_of(Role.VIEWER, "vera"), plan)
    assert 'id="generate"' not in page(browser_of(Role.VIEWER, "vic"), plan)


def test_an_open_row_has_its_tests_with_everything_that_is_known(lead: Client) -> None:
    plan = suite().plan
    reading = {"reason": "The word MUST.", "dropped": [{"id": "R1.c9", "reason": "No atom."}]}
    failed, passed = judged(plan, "failed", "passed", text="`work` copies.", ref="R1", **reading)
    AcceptanceTest.objects.filter(pk=passed.pk).update(is_held_out=True, is_unproven=True)
    AtomEvidence.objects.create(
        atom=failed.atom,
        plan=plan,
        code_sequence=1,
        revision=1,
        killed=5,
        total=10,
        survivors=["`<` became `<=`"],
    )
    ObjectionFactory(requirement=failed.requirement, atom=failed.atom)

    html = page(lead, plan, "?open=R1")

    assert '<details class="req" id="requirement-R1" data-open-as="R1" open>' in html
    assert "returns <code>&quot;a&quot;</code>" in html
    assert "R1.c1: it gave 2, not 1" in html
    assert "12 ms" in html
    assert ">held out</span>" in html
    assert ">unproven</span>" in html
    assert "R1.c9" in html
    assert "5 of 10 changes" in html
    assert "became <code>&lt;=</code>" in html
    assert "The code carries the examples." in html
    assert f'/tests/{failed.pk}"' in html
    assert f"/atoms/{failed.atom_id}" in html
    assert "The word MUST." in html
    assert f"/requirements/{failed.requirement_id}/priority" in html


def test_a_closed_row_links_to_its_inside(viewer: Client, plan: Masterplan) -> None:
    judged(plan, "passed", ref="R1")

    html = page(viewer, plan, "?priority=must")

    assert 'href="?priority=must&amp;open=R1#requirement-R1">Show 1 test</a>' in html


def test_filters_by_priority_verdict_and_text(viewer: Client, plan: Masterplan) -> None:
    run = a_run(plan)
    judged(plan, "passed", run=run, text="It sings.", ref="R1")
    judged(plan, "failed", run=run, text="It dances.", ref="R2")
    judged(plan, "failed", run=run, text="It sleeps.", ref="R3", priority=Priority.SHOULD)

    def shown(query: str) -> list[str]:
        html = page(viewer, plan, query, part="requirement_list")
        return [ref for ref in ("R1", "R2", "R3") if f'id="requirement-{ref}"' in html]

    assert shown("?verdict=not_met") == ["R2", "R3"]
    assert shown("?priority=should") == ["R3"]
    assert shown("?q=sings") == ["R1"]
    assert shown("?q=r2") == ["R2"]
    assert shown("?verdict=nonsense&priority=x&page=zzz") == ["R1", "R2", "R3"]
    assert "No requirement matches" in page(viewer, plan, "?q=nothing")
    assert "Not met <b>2</b>" in page(viewer, plan)


def test_what_does_not_count_is_told(viewer: Client, plan: Masterplan) -> None:
    row = requirement(plan, ref="R1")
    AcceptanceTestFactory(requirement=row, is_weak=True)
    AcceptanceTestFactory(requirement=row, is_flaky=True)
    AcceptanceTestFactory(
        requirement=row,
        quarantined_at=datetime(2026, 1, 2, tzinfo=UTC),
        quarantine_reason="It needs a network.",
        quarantined_by=UserFactory(username="quinn"),
    )
    AcceptanceTestFactory(requirement=row, state=TestState.WAITING)

    html = page(viewer, plan, "?open=R1")

    assert "Needs approval" in html
    for words in ("1 weak", "1 flaky", "1 in quarantine", "1 waits for approval"):
        assert words in html
    assert "by quinn: It needs a network." in html


def test_flakes_and_the_first_failure(viewer: Client, plan: Masterplan) -> None:
    (test,) = judged(plan, "never", ref="R1")
    for status in ("failed", "passed", "passed", "passed"):
        TestResultFactory(test=test, run=a_run(plan), status=status)

    html = page(viewer, plan, "?open=R1")

    assert "failed first in wave 1" in html
    assert "flaky: 25.0% of repeats differed" in html
    assert "<span>Met</span>" in html


def test_a_guessed_priority_is_marked(viewer: Client, plan: Masterplan) -> None:
    requirement(plan, ref="R1", confidence=Decimal("0.3"))

    assert 'aria-label="a guess"' in page(viewer, plan)


def test_untrusted_text_is_escaped_and_made_visible(viewer: Client, plan: Masterplan) -> None:
    (test,) = judged(plan, "failed", text="<script>x</script> \u202egnol", ref="R1")
    test.results.update(message="<b>\u202e\x1b[31m", stdout="<i>out", stderr="\u200b")
    AcceptanceTest.objects.filter(pk=test.pk).update(text="# <img> \u202e")

    html = page(viewer, plan, "?open=R1") + page(viewer, plan, f"/{test.pk}")

    assert "<script>x" not in html
    assert "<b>\u202e" not in html
    assert "\u202e" not in html
    assert "\x1b" not in html
    assert "⟨U+202E⟩gnol" in html
    assert "⟨U+001B⟩" in html
    assert "&lt;i&gt;out" in html
    assert "⟨U+200B⟩" in html
    assert "characters that nobody sees" in html


def test_a_withdrawn_requirement_does_not_count(viewer: Client, plan: Masterplan) -> None:
    judged(plan, "failed", ref="R1", is_withdrawn=True)

    html = page(viewer, plan)

    assert "<span>Withdrawn</span>" in html
    assert "0 MUST, 0 SHOULD, 0 MAY" in html


def test_disputes_are_listed_the_open_ones_first(viewer: Client, plan: Masterplan) -> None:
    row = requirement(plan, ref="R1")
    DisputeFactory(requirement=row, status="declined")
    DisputeFactory(requirement=row, asked_by=UserFactory(username="olga"))

    html = page(viewer, plan)

    assert "disputed by olga" in html
    assert html.index("</svg>Open</span>") < html.index("</svg>Declined</span>")


# Roles.


def test_a_viewer_reads_only(viewer: Client, plan: Masterplan) -> None:
    judged(plan, "failed", ref="R1")

    html = page(viewer, plan, "?open=R1")

    assert 'method="post"' not in html[html.index("tests_summary") :]
    assert "Correct the priority" not in html
    assert "This requirement is wrong" not in html


def test_a_lead_may_do_everything(lead: Client, plan: Masterplan) -> None:
    judged(plan, "failed", ref="R1")

    html = page(lead, plan, "?open=R1")

    for id_ in ("run-tests", "regenerate", "policy"):
        assert f'id="{id_}"' in html
    assert "Correct the priority" in html
    assert "This requirement is wrong" in html


def test_strangers_and_missing_plans(plan: Masterplan) -> None:
    assert Client().get(f"/masterplans/{plan.ref}/tests").status_code == 302
    assert browser_of(None).get(f"/masterplans/{plan.ref}/tests").status_code == 403
    viewer = browser_of(Role.VIEWER, "v")
    assert viewer.get("/masterplans/mp-99999/tests").status_code == 404
    assert viewer.post(f"/masterplans/{plan.ref}/tests").status_code == 405


# Acts.


def test_a_run_is_asked_for(lead: Client, plan: Masterplan) -> None:
    (test,) = judged(plan, "passed")
    AtomFactory(plan=plan, wave=test.atom.wave, status=AtomStatus.SUCCEEDED)
    plan.atoms.update(status=AtomStatus.SUCCEEDED)

    response = lead.post(
        f"/masterplans/{plan.ref}/tests/run", {"wave": test.atom.wave_id}, follow=True
    )

    assert response.redirect_chain == [(f"/masterplans/{plan.ref}/tests", 302)]
    assert "asked for: the tests of wave 1." in response.content.decode()
    run = TestRun.objects.get(status=RunStatus.QUEUED)
    assert run.is_on_demand
    assert f"Run {run.number}: waiting for a sandbox" in page(lead, plan)


def test_generation_is_asked_for(lead: Client) -> None:
    plan = MasterplanFactory()

    response = lead.post(f"/masterplans/{plan.ref}/tests/generate", follow=True)

    assert "are being generated" in response.content.decode()
    assert plan.suite.status in (SuiteStatus.QUEUED, SuiteStatus.GENERATING)


def test_the_need_of_review_is_switched(lead: Client, plan: Masterplan) -> None:
    tests = judged(plan, "passed", "passed")

    response = lead.post(
        f"/masterplans/{plan.ref}/tests/policy", {"needs_review": "1"}, follow=True
    )

    html = " ".join(response.content.decode().split())
    assert "wait for approval before they count" in html
    assert "Review 2 tests" in html
    assert TestPolicy.objects.get(plan=plan).needs_review
    assert {row.state for row in AcceptanceTest.objects.all()} == {TestState.WAITING}
    assert len(tests) == 2


@pytest.mark.parametrize("path", ["run", "generate", "policy"])
def test_acts_need_a_post_and_a_role(viewer: Client, plan: Masterplan, path: str) -> None:
    (test,) = judged(plan, "passed")
    plan.atoms.update(status=AtomStatus.SUCCEEDED)
    address = f"/masterplans/{plan.ref}/tests/{path}"

    assert viewer.get(address).status_code == 405
    assert viewer.post(address, {"wave": test.atom.wave_id}).status_code == 403


def test_a_wave_of_another_plan_is_not_run(lead: Client, plan: Masterplan) -> None:
    other = AtomFactory().wave

    for wave in (other.pk, "nonsense", ""):
        response = lead.post(f"/masterplans/{plan.ref}/tests/run", {"wave": wave})
        assert response.status_code == 404


# One test.


def test_one_test_alone(viewer: Client, plan: Masterplan) -> None:
    (test,) = judged(plan, "failed", ref="R1", text="`work` copies.")
    test.results.update(stdout="printed", stderr="complained")

    html = page(viewer, plan, f"/{test.pk}")

    assert "<title>Test R1.c1, failed" in html
    assert "`" not in html.split("What it looks at")[1].split("Latest result")[0]
    for words in ("printed", "complained", "it gave 2, not 1", "def</span>", "One"[:0]):
        assert words in html
    assert 'id="quarantine"' not in html
    assert page(viewer, plan, f"/{test.pk}", part="test").startswith('<div class="stack" id="test"')


def test_a_test_of_another_plan_is_not_shown(viewer: Client, plan: Masterplan) -> None:
    test = AcceptanceTestFactory()

    assert viewer.get(f"/masterplans/{plan.ref}/tests/{test.pk}").status_code == 404


# How much it costs.


def test_queries_do_not_grow_with_the_plan(
    viewer: Client, plan: Masterplan, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    run = closed_run(plan, *judged(plan, "failed", ref="R1"))
    for number in range(2, PAGE_ROWS + 5):
        judged(plan, "passed", "failed", run=run, ref=f"R{number}")
    ObjectionFactory(requirement=plan.requirements.first())
    requirement(plan, ref="Q1", doubt="vague", questions=["What?"])
    waiting(plan)

    with django_assert_max_num_queries(QUERIES):
        html = page(viewer, plan, "?open=R2&open=R3")

    assert f"1–{PAGE_ROWS} of {PAGE_ROWS + 5}" in html
    assert f'id="requirement-R{PAGE_ROWS + 4}"' in page(viewer, plan, "?page=2")
