from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.core.roles import Role
from apps.accounts.models import User
from apps.dashboard.core.plan_groups import PlanGroup
from apps.dashboard.queries import PlanFilter, plan_page, plans_in_progress
from apps.execution.models import AttemptStatus
from apps.masterplans.models import AtomStatus, Masterplan, PlanStatus, WaveStatus
from tests.factories import (
    AtomFactory,
    AttemptFactory,
    MasterplanFactory,
    TraceEventFactory,
    UserFactory,
    WaveFactory,
)

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Target": "plans"}


def browser_of(role: Role | None) -> Client:
    browser = Client()
    browser.force_login(UserFactory(role=role))
    return browser


@pytest.fixture
def viewer() -> Client:
    return browser_of(Role.VIEWER)


def paused(**facts: Any) -> Masterplan:
    plan: Masterplan = MasterplanFactory(
        status=PlanStatus.PAUSED, pause_reason="provider", started_at=timezone.now(), **facts
    )
    return plan


def a_run(plan: Masterplan) -> None:
    """One wave passed, one atom of the next failed, three attempts for 0.75 USD."""
    first = WaveFactory(plan=plan, status=WaveStatus.PASSED)
    second = WaveFactory(plan=plan, status=WaveStatus.RUNNING)
    done = AtomFactory(wave=first, status=AtomStatus.SUCCEEDED)
    failed = AtomFactory(wave=second, status=AtomStatus.FAILED)
    AtomFactory(wave=second)
    for atom in (done, failed, failed):
        AttemptFactory(atom=atom, status=AttemptStatus.REJECTED, cost_usd=Decimal("0.25"))


class TestQuery:
    def refs(self, wanted: PlanFilter, size: int = 50) -> list[str]:
        page = plan_page(wanted, size)
        return [row.plan.ref for section in page.sections for row in section.rows]

    def test_groups_in_order_newest_first(self) -> None:
        done = MasterplanFactory(status=PlanStatus.COMPLETED)
        ready = MasterplanFactory()
        older = MasterplanFactory(status=PlanStatus.RUNNING)
        newer = MasterplanFactory(status=PlanStatus.RUNNING)
        needy = paused()

        assert self.refs(PlanFilter()) == [p.ref for p in (needy, newer, older, ready, done)]

    def test_row_sums_what_belongs_to_it(self) -> None:
        plan = paused()
        a_run(plan)
        a_run(MasterplanFactory(status=PlanStatus.RUNNING))

        row = plan_page(PlanFilter(state=PlanGroup.NEEDS_YOU)).sections[0].rows[0]

        assert row.atoms == {"succeeded": 1, "failed": 1, "pending": 1}
        assert (row.waves_passed, row.waves) == (1, 2)
        assert row.cost.spent == Decimal("0.75")
        assert row.bar_words == "1 passed, 1 failed, 1 to go"

    def test_costs_the_same_for_many_plans(self, django_assert_num_queries: Any) -> None:
        for _ in range(3):
            a_run(paused())
        with django_assert_num_queries(4):
            list(plan_page(PlanFilter()).sections)

    def test_pages_follow_each_other_across_groups(self) -> None:
        plans = [MasterplanFactory(status=s) for s in ("completed", "ready", "running", "ready")]
        expected = [plans[2].ref, plans[3].ref, plans[1].ref, plans[0].ref]

        first = plan_page(PlanFilter(), page_size=3)
        rest = plan_page(PlanFilter(after=first.next_cursor), page_size=3)

        assert (
            self.refs(PlanFilter(), 3) + self.refs(PlanFilter(after=first.next_cursor), 3)
            == expected
        )
        assert rest.next_cursor is None

    @pytest.mark.parametrize("text", ["tool", "TOOLKIT", "textkit", "somebody", "text tool"])
    def test_search(self, text: str) -> None:
        wanted = MasterplanFactory(
            title="Text toolkit", package="textkit", owner=UserFactory(username="somebody")
        )
        MasterplanFactory(title="Other", package="other")

        assert self.refs(PlanFilter(text=text)) == [wanted.ref]

    def test_search_by_reference(self) -> None:
        wanted, _other = MasterplanFactory(title="A"), MasterplanFactory(title="B")

        assert self.refs(PlanFilter(text=wanted.ref)) == [wanted.ref]
        assert self.refs(PlanFilter(text=str(wanted.number))) == [wanted.ref]

    def test_owner(self) -> None:
        mine, _theirs = MasterplanFactory(), MasterplanFactory()

        assert self.refs(PlanFilter(owner=mine.owner.username)) == [mine.ref]

    def test_totals_ignore_the_chosen_state(self) -> None:
        paused()
        MasterplanFactory()

        page = plan_page(PlanFilter(state=PlanGroup.READY))

        assert page.totals[PlanGroup.NEEDS_YOU] == 1
        assert (page.total, page.hidden) == (2, 1)

    def test_in_progress_counts_running_and_paused(self) -> None:
        paused()
        MasterplanFactory(status=PlanStatus.RUNNING)
        MasterplanFactory(status=PlanStatus.COMPLETED)

        assert plans_in_progress() == 2

    def test_a_plan_that_is_over_has_nothing_to_go(self) -> None:
        plan = MasterplanFactory(status=PlanStatus.CANCELLED)
        a_run(plan)

        row = plan_page(PlanFilter()).sections[0].rows[0]

        assert row.bar_words == "1 passed, 1 failed, 1 not finished"

    def test_a_paused_plan_knows_since_when(self) -> None:
        step = TraceEventFactory(atom=None, plan=paused(), kind="plan")

        row = plan_page(PlanFilter()).sections[0].rows[0]

        assert row.paused_at == step.at


class TestPage:
    def test_stranger_signs_in_first(self, client: Client) -> None:
        response = client.get("/masterplans/")

        assert response.status_code == 302
        assert response.headers["Location"] == "/accounts/sign-in?next=/masterplans/"

    def test_somebody_without_a_role_is_told_who_may(self) -> None:
        response = browser_of(None).get("/masterplans/")

        assert response.status_code == 403
        assert "Ask an administrator for that role" in response.content.decode()

    def test_post_is_refused(self, viewer: Client) -> None:
        assert viewer.post("/masterplans/").status_code == 405

    def test_page_shows_the_plan(self, viewer: Client) -> None:
        plan = paused(title="<Odd> title", status_note="The endpoint is away.")
        a_run(plan)

        text = viewer.get("/masterplans/").content.decode()

        assert "&lt;Odd&gt; title" in text
        assert "Paused: provider" in text
        assert "The endpoint is away." in text
        assert "$0.75 of $200" in text
        assert f'href="/masterplans/{plan.ref}"' in text
        assert 'hx-trigger="live:mp.list from:body"' in text

    def test_fragment_is_the_list_alone(self, viewer: Client) -> None:
        MasterplanFactory(title="Alone")

        response = viewer.get("/masterplans/", headers=HTMX)

        assert response.content.decode().lstrip().startswith('<div id="plans"')
        assert "HX-Request" in response.headers["Vary"]

    def test_queries_stay_few(self, viewer: Client, django_assert_max_num_queries: Any) -> None:
        for _ in range(5):
            a_run(paused())
        with django_assert_max_num_queries(11):
            viewer.get("/masterplans/")

    def test_first_use_invites_whoever_may_import(self) -> None:
        assert "New masterplan" in browser_of(Role.OPERATOR).get("/masterplans/").content.decode()

    def test_first_use_does_not_tempt_a_viewer(self, viewer: Client) -> None:
        text = viewer.get("/masterplans/").content.decode()

        assert "No masterplans yet" in text
        assert "New masterplan" not in text

    def test_no_match_says_what_hides_how_many(self, viewer: Client) -> None:
        MasterplanFactory()
        MasterplanFactory()

        text = viewer.get("/masterplans/?q=zzz&state=done").content.decode()

        assert "No masterplans match “zzz”" in text
        assert "2 masterplans are hidden by the search and the state “Done”" in text

    @pytest.mark.parametrize(
        "query", ["state=nonsense", "after=x", "q=%00", "owner=nobody", "q=" + "x" * 5000]
    )
    def test_odd_address_still_answers(self, viewer: Client, query: str) -> None:
        assert viewer.get(f"/masterplans/?{query}").status_code == 200

    def test_next_page_keeps_the_filter(self, viewer: Client) -> None:
        owner: User = UserFactory()
        for _ in range(51):
            MasterplanFactory(owner=owner, title="Same")

        text = viewer.get("/masterplans/?q=same").content.decode()

        assert 'id="next-page" href="?q=same&amp;after=2-' in text

    def test_root_leads_here(self, viewer: Client) -> None:
        assert viewer.get("/").headers["Location"] == "/masterplans/"
