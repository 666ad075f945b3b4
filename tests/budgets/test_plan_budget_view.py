"""The budget page of a plan, its ledger, and the page that corrects a charge."""

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db.models import Sum
from django.test import Client
from django.utils import timezone

from apps.accounts.core.roles import Role
from apps.budgets import actions
from apps.budgets.core.ledger_filter import LedgerFilter
from apps.budgets.models import Budget, CostEvent, EventKind, Hold, Incident, OverrideStatus
from apps.budgets.queries.ledger import ledger_batches, ledger_page
from apps.budgets.queries.money_trail import MoneyTrail
from apps.budgets.queries.spend_chart import spend_points
from apps.masterplans.models import AtomStatus, Masterplan, PlanStatus
from tests.factories import (
    AtomFactory,
    BudgetFactory,
    HoldFactory,
    MasterplanFactory,
    OverrideFactory,
    UserFactory,
    WaveFactory,
)

pytestmark = pytest.mark.django_db

QUERIES = 24  # of the whole page, however much the plan has spent


def browser_of(role: Role | None) -> Client:
    browser = Client()
    browser.force_login(UserFactory(role=role))
    return browser


@pytest.fixture
def viewer() -> Client:
    return browser_of(Role.VIEWER)


def swapped(part: str) -> dict[str, str]:
    return {"HX-Request": "true", "HX-Target": part}


def address(plan: Masterplan, rest: str = "") -> str:
    return f"/masterplans/{plan.ref}/budget{rest}"


def a_run(**facts: Any) -> Budget:
    """Two waves; the first atom was tried twice, for 1.25 USD of 2.00 in all; one call is open."""
    plan = MasterplanFactory(status=PlanStatus.RUNNING, budget_usd=Decimal(10), **facts)
    budget = Budget.objects.get(plan=plan)
    first, second = WaveFactory(plan=plan, title="Core"), WaveFactory(plan=plan, title="Edges")
    dear = AtomFactory(wave=first, symbol="dear", status=AtomStatus.SUCCEEDED)
    cheap = AtomFactory(wave=second, symbol="cheap", status=AtomStatus.SUCCEEDED)
    for atom, number, actual in ((dear, 1, "0.50"), (dear, 2, "0.75"), (cheap, 1, "0.75")):
        HoldFactory(
            budget=budget, atom=atom, attempt_number=number, amount=1, actual=Decimal(actual)
        )
    HoldFactory(budget=budget, atom=cheap, attempt_number=2, amount=Decimal("0.4"))
    budget.refresh_from_db()
    return budget


async def collected(chunks: Any) -> bytes:
    return b"".join([chunk async for chunk in chunks])


def rows_of(response: Any) -> list[dict[str, str]]:
    text = async_to_sync(collected)(response.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text)))


class TestMoneyTrail:
    def test_every_cut_adds_up_to_what_is_booked(self) -> None:
        budget = a_run()
        HoldFactory(budget=budget, purpose="plan", amount=1, actual=Decimal("0.25"))
        trail = MoneyTrail(budget)

        booked = Hold.objects.filter(budget=budget).aggregate(sum=Sum("actual"))["sum"]

        assert trail.totals.cost == booked == Decimal("2.25")
        assert sum(line.spending.cost for line in trail.waves) == booked
        assert sum(line.cost for line in trail.models) == booked

    def test_atoms_the_costliest_first(self) -> None:
        trail = MoneyTrail(a_run())

        line, other = trail.lines(0, 2)

        assert (line.atom.symbol, line.atom.tries) == ("dear", 2)
        assert (line.spending.cost, line.spending.retries) == (Decimal("1.25"), Decimal("0.75"))
        assert other.atom.symbol == "cheap"

    def test_the_rest_completes_what_is_shown(self) -> None:
        trail = MoneyTrail(a_run())

        rest = trail.rest(0, 1)

        assert rest is not None
        assert trail.lines(0, 1)[0].spending.cost + rest.cost == trail.totals.cost
        assert trail.rest(0, 2) is None

    def test_waves_in_order_and_calls_of_no_atom_last(self) -> None:
        budget = a_run()
        HoldFactory(budget=budget, purpose="plan", amount=1, actual=Decimal("0.25"))

        waves = MoneyTrail(budget).waves

        assert [(line.number, line.title, line.atoms) for line in waves] == [
            (1, "Core", 1),
            (2, "Edges", 1),
            (None, "", 0),
        ]

    def test_other_plans_do_not_count(self) -> None:
        budget = a_run()
        a_run()

        assert MoneyTrail(budget).totals.cost == 2


class TestSpendPoints:
    def test_nothing_was_called_yet(self) -> None:
        assert list(spend_points(BudgetFactory().pk)) == []

    def test_many_lines_make_few_points_and_the_last_is_exact(self) -> None:
        budget = BudgetFactory()
        start = datetime(2026, 11, 22, 12, tzinfo=UTC)
        CostEvent.objects.bulk_create(
            CostEvent(
                budget=budget,
                kind=EventKind.SETTLE,
                at=start + timedelta(seconds=n),
                spent_delta=Decimal("0.001"),
                spent=Decimal("0.001") * (n + 1),
                held=0,
                overrun=0,
                hard_cap=200,
                soft_cap=140,
            )
            for n in range(1000)
        )

        points = spend_points(budget.pk, most=50)

        assert len(points) <= 50
        assert [spent for _, spent in points] == sorted(spent for _, spent in points)
        assert points[-1][1] == Decimal("1.000000")

    def test_one_moment_is_one_point(self) -> None:
        budget = BudgetFactory()
        at = timezone.now()
        facts = {"spent": 1, "held": 0, "overrun": 0, "hard_cap": 200, "soft_cap": 140}
        CostEvent.objects.create(budget=budget, kind=EventKind.SETTLE, at=at, **facts)

        assert list(spend_points(budget.pk)) == [(at, Decimal(1))]


class TestLedger:
    def test_pages_follow_each_other_without_gap(self) -> None:
        budget = a_run()
        everything = [row.id for row in ledger_page(budget.pk, LedgerFilter()).rows]

        first = ledger_page(budget.pk, LedgerFilter(), size=3)
        second = ledger_page(budget.pk, LedgerFilter(before=first.next_before), size=50)

        assert [row.id for row in (*first.rows, *second.rows)] == everything
        assert everything == sorted(everything, reverse=True)
        assert (first.total, second.total) == (len(everything), len(everything))
        assert second.next_before is None

    def test_batches_bring_every_line_once(self) -> None:
        budget = a_run()

        batches = list(ledger_batches(budget.pk, LedgerFilter(), size=3))

        ids = [row.id for batch in batches for row in batch]
        assert ids == [row.id for row in ledger_page(budget.pk, LedgerFilter()).rows]

    @pytest.mark.parametrize(
        ("wanted", "kinds"),
        [
            (LedgerFilter(kind="settle"), {"settle"}),
            (LedgerFilter(kind="cap_change"), {"cap_change"}),
            (LedgerFilter(atom="dea"), {"reserve", "settle"}),
            (LedgerFilter(atom="demo/core.py::dear"), {"reserve", "settle"}),
            (LedgerFilter(atom="other.py::dear"), set()),
            (LedgerFilter(since=datetime(2100, 1, 1, tzinfo=UTC)), set()),
            (LedgerFilter(until=datetime(2000, 1, 1, tzinfo=UTC)), set()),
        ],
    )
    def test_filter(self, wanted: LedgerFilter, kinds: set[str]) -> None:
        assert {row.kind for row in ledger_page(a_run().pk, wanted).rows} == kinds


class TestPage:
    def test_stranger_signs_in_first(self, client: Client) -> None:
        assert client.get(address(MasterplanFactory())).status_code == 302

    def test_somebody_without_a_role_is_told_who_may(self) -> None:
        assert browser_of(None).get(address(MasterplanFactory())).status_code == 403

    @pytest.mark.parametrize("rest", ["", "/ledger.csv"])
    def test_post_is_refused(self, viewer: Client, rest: str) -> None:
        assert viewer.post(address(MasterplanFactory(), rest)).status_code == 405

    @pytest.mark.parametrize("rest", ["", "/ledger.csv"])
    def test_a_plan_that_is_not_there(self, viewer: Client, rest: str) -> None:
        assert viewer.get(f"/masterplans/mp-999999/budget{rest}").status_code == 404

    def test_figures_with_their_words(self, viewer: Client) -> None:
        text = viewer.get(address(a_run(title="<Odd>").plan)).content.decode()

        assert "&lt;Odd&gt;" in text
        assert "$2.00 spent and $0.40 held of $10, soft cap $7" in text
        assert "worst case of 1 call under way" in text
        assert "$7.60 left" in text
        assert "$0.75 of $2.00 bought second and later tries" in text
        assert "cap-bar" in text

    def test_the_tabs_lead_to_the_waves_and_say_where_one_is(self, viewer: Client) -> None:
        plan = a_run().plan
        text = viewer.get(address(plan)).content.decode()

        assert f'href="/masterplans/{plan.ref}" id="tab-waves"' in text
        assert 'data-hotkey-label="Budget" aria-current="page"' in text

    def test_live_parts_know_their_topics(self, viewer: Client) -> None:
        plan = a_run().plan
        text = viewer.get(address(plan)).content.decode()

        assert f'data-topic="mp.{plan.ref}.budget mp.{plan.ref}.summary"' in text
        assert text.count(f'hx-trigger="live:mp.{plan.ref}.budget from:body"') == 2

    @pytest.mark.parametrize("part", ["budget", "ledger"])
    def test_a_part_comes_alone(self, viewer: Client, part: str) -> None:
        response = viewer.get(address(a_run().plan), headers=swapped(part))
        text = response.content.decode()

        assert f'<div id="{part}"' in text
        assert "<html" not in text
        assert "HX-Target" in response.headers["Vary"]

    def test_nothing_spent_yet_is_no_percentage(self, viewer: Client) -> None:
        text = viewer.get(address(MasterplanFactory())).content.decode()

        assert "Nothing has been booked" in text
        assert "Not evaluated: nothing has been booked yet." in text
        assert "No forecast yet" in text

    def test_the_ledger_is_filtered_by_the_address(self, viewer: Client) -> None:
        plan = a_run().plan
        text = viewer.get(address(plan, "?kind=settle&atom=dear")).content.decode()

        assert "2 lines" in text
        assert '<option value="settle" selected>' in text
        assert f"/masterplans/{plan.ref}/budget/ledger.csv?kind=settle&amp;atom=dear" in text

    def test_a_time_that_cannot_be_read_is_told(self, viewer: Client) -> None:
        text = viewer.get(address(a_run().plan, "?since=yesterday")).content.decode()

        assert "Since: This is not a time." in text
        assert 'value="yesterday"' in text

    @pytest.mark.parametrize(
        "query", ["?before=x", "?before=9" + "9" * 40, "?atoms=%00", "?atoms=99999"]
    )
    def test_odd_addresses_show_the_page(self, viewer: Client, query: str) -> None:
        assert viewer.get(address(a_run().plan, query)).status_code == 200

    def test_older_than_the_oldest_line(self, viewer: Client) -> None:
        assert "No older lines" in viewer.get(address(a_run().plan, "?before=1")).content.decode()

    def test_all_atoms(self, viewer: Client) -> None:
        plan = a_run().plan
        for n in range(12):
            HoldFactory(
                budget=plan.budget,
                atom=AtomFactory(plan=plan),
                amount=1,
                actual=Decimal("0.01") * (n + 1),
            )

        short = viewer.get(address(plan)).content.decode()
        long = viewer.get(address(plan, "?atoms=all")).content.decode()

        assert "All 14 atoms" in short
        assert "7 other atoms" in short
        assert "other atoms" not in long

    def test_queries_do_not_grow(self, viewer: Client, django_assert_max_num_queries: Any) -> None:
        budget = a_run()
        for _ in range(20):
            HoldFactory(budget=budget, atom=AtomFactory(plan=budget.plan), actual=Decimal("0.01"))
        HoldFactory(budget=budget, state="unknown")
        Incident.objects.create(budget=budget, excess=1, sentence="Too much.")
        OverrideFactory(budget=budget)
        with django_assert_max_num_queries(QUERIES):
            assert viewer.get(address(budget.plan, "?atoms=all")).status_code == 200

    def test_the_ledger_alone_costs_little(
        self, viewer: Client, django_assert_max_num_queries: Any
    ) -> None:
        plan = a_run().plan
        with django_assert_max_num_queries(8):
            viewer.get(address(plan), headers=swapped("ledger"))


class TestWhatCanBeDone:
    def test_a_viewer_reads_only(self, viewer: Client) -> None:
        text = viewer.get(address(a_run().plan)).content.decode()

        assert "Ask for more budget" not in text
        assert "Change caps" not in text

    def test_a_lead_changes_caps_and_asks(self) -> None:
        plan = a_run().plan
        text = browser_of(Role.LEAD).get(address(plan)).content.decode()

        assert f'href="/masterplans/{plan.ref}/budget/caps"' in text
        assert f'href="/masterplans/{plan.ref}/budget/request"' in text

    def test_a_waiting_request_takes_the_place_of_asking(self) -> None:
        budget = a_run()
        override = OverrideFactory(budget=budget)
        text = browser_of(Role.OPERATOR).get(address(budget.plan)).content.decode()

        assert f'href="/approvals/{override.ref}"' in text
        assert "Ask for more budget" not in text

    def test_a_plan_that_spends_no_more_needs_no_money(self) -> None:
        plan = MasterplanFactory(status=PlanStatus.COMPLETED)

        assert "Ask for more" not in browser_of(Role.OPERATOR).get(address(plan)).content.decode()

    def test_a_pause_for_money_says_why(self) -> None:
        plan = MasterplanFactory(
            status=PlanStatus.PAUSED,
            pause_reason="budget",
            status_note="The next call may cost $3.",
        )
        text = browser_of(Role.OPERATOR).get(address(plan)).content.decode()

        assert "The next call may cost $3." in text
        assert "note bad" in text

    def test_what_was_decided_and_what_went_wrong(self, viewer: Client) -> None:
        budget = a_run()
        decided = {"status": OverrideStatus.DECLINED, "decided_at": timezone.now()}
        override = OverrideFactory(
            budget=budget, decided_by=UserFactory(username="iker"), **decided
        )
        Incident.objects.create(
            budget=budget, excess=Decimal("0.5"), sentence="Too much was charged."
        )

        text = viewer.get(address(budget.plan)).content.decode()

        assert override.ref in text
        assert "Declined by iker" in text
        assert "Too much was charged." in text


class TestCsv:
    def test_every_line_of_the_filter(self, viewer: Client) -> None:
        budget = a_run()

        response = viewer.get(address(budget.plan, "/ledger.csv?kind=settle"))
        rows = rows_of(response)

        assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
        name = f'filename="ledger-{budget.plan.ref}.csv"'
        assert response.headers["Content-Disposition"] == f"attachment; {name}"
        assert {row["kind"] for row in rows} == {"settle"}
        assert sum(Decimal(row["spent_delta_usd"]) for row in rows) == budget.spent
        assert rows[0]["spent_delta_usd"] == "0.750000"
        assert datetime.fromisoformat(rows[0]["at"]).utcoffset() == timedelta(0)

    def test_the_page_does_not_cut_the_download(self, viewer: Client) -> None:
        plan = a_run().plan

        assert len(rows_of(viewer.get(address(plan, "/ledger.csv")))) == plan.budget.events.count()

    def test_parts_are_not_zipped_one_by_one(self, viewer: Client) -> None:
        plan = a_run().plan

        response = viewer.get(address(plan, "/ledger.csv"), headers={"Accept-Encoding": "gzip"})

        assert len(rows_of(response)) == plan.budget.events.count()

    def test_a_text_is_no_formula(self, viewer: Client) -> None:
        budget = a_run()
        lead = UserFactory(role=Role.LEAD)
        reason = '=HYPERLINK("http://evil.test")'
        actions.set_caps(plan_id=budget.plan_id, by=lead, hard_cap=Decimal(9), reason=reason)

        row = rows_of(viewer.get(address(budget.plan, "/ledger.csv")))[0]

        assert row["reason"] == f"'{reason}"
        assert row["by"] == lead.username


class TestAdjust:
    """The page on which an approver posts what a charge really was."""

    def charge(self) -> Hold:
        hold: Hold = HoldFactory(budget=a_run(), state="unknown", amount=Decimal("0.4"))
        return hold

    def address(self, hold: Hold) -> str:
        return address(hold.budget.plan, f"/charges/{hold.pk}")

    def test_only_an_approver(self, viewer: Client) -> None:
        hold = self.charge()

        assert viewer.get(self.address(hold)).status_code == 403
        assert viewer.post(self.address(hold)).status_code == 403
        assert "Post the true amount" not in viewer.get(address(hold.budget.plan)).content.decode()

    def test_an_approver_finds_the_form(self) -> None:
        hold = self.charge()
        approver = browser_of(Role.APPROVER)

        assert self.address(hold) in approver.get(address(hold.budget.plan)).content.decode()
        assert "$0.40" in approver.get(self.address(hold)).content.decode()

    def test_the_difference_is_booked(self) -> None:
        hold = self.charge()
        form = {"amount": "0.10", "reason": "The provider's bill of November."}

        response = browser_of(Role.APPROVER).post(self.address(hold), form, follow=True)

        hold.refresh_from_db()
        assert response.redirect_chain == [(address(hold.budget.plan), 302)]
        assert "Charge set from $0.40 to $0.10." in response.content.decode()
        assert hold.actual == Decimal("0.10")

    @pytest.mark.parametrize(
        ("form", "said"),
        [
            ({"amount": "", "reason": "Bill"}, "Enter an amount in USD."),
            ({"amount": "much", "reason": "Bill"}, "This is not an amount in USD."),
            ({"amount": "1", "reason": " "}, "Say how you know the true amount."),
        ],
    )
    def test_a_refusal_keeps_what_was_written(self, form: dict[str, str], said: str) -> None:
        hold = self.charge()
        response = browser_of(Role.APPROVER).post(self.address(hold), form)
        text = response.content.decode()

        assert response.status_code == 422
        assert said in text
        assert form["reason"].strip() in text
        assert 'role="alert"' in text

    def test_a_charge_that_is_known_stays(self) -> None:
        hold = HoldFactory(budget=a_run(), actual=Decimal("0.005"))

        assert browser_of(Role.APPROVER).get(self.address(hold)).status_code == 409

    def test_a_charge_of_another_plan(self) -> None:
        hold = self.charge()

        there = address(MasterplanFactory(), f"/charges/{hold.pk}")
        assert browser_of(Role.APPROVER).get(there).status_code == 404
