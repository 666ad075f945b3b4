"""The page of spending across plans."""

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import Client
from django.utils import timezone

from apps.accounts.core.roles import Role
from apps.budgets.models import Budget, CostEvent, EventKind
from apps.budgets.queries.cost import CostBoard, period_start
from apps.masterplans.models import PlanStatus
from tests.factories import (
    AtomFactory,
    HoldFactory,
    MasterplanFactory,
    OverrideFactory,
    PriceFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)
HTMX = {"HX-Request": "true", "HX-Target": "cost"}


def browser_of(role: Role | None) -> Client:
    browser = Client()
    browser.force_login(UserFactory(role=role))
    return browser


@pytest.fixture
def viewer() -> Client:
    return browser_of(Role.VIEWER)


def spent(budget: Budget, amount: str, at: datetime, model: str = "model-1") -> None:
    """Write a line of the ledger as it was written then."""
    CostEvent.objects.create(
        budget=budget,
        kind=EventKind.SETTLE,
        at=at,
        price=PriceFactory(model=model),
        spent_delta=Decimal(amount),
        spent=Decimal(amount),
        held=0,
        overrun=0,
        hard_cap=budget.hard_cap,
        soft_cap=budget.soft_cap,
    )


def a_budget(**facts: Any) -> Budget:
    return Budget.objects.get(plan=MasterplanFactory(**facts))


async def collected(chunks: Any) -> bytes:
    return b"".join([chunk async for chunk in chunks])


class TestBoard:
    def test_every_cut_adds_up_to_the_same_total(self) -> None:
        one, other = a_budget(), a_budget()
        spent(one, "1.000001", NOW)
        spent(one, "2.000002", NOW - timedelta(days=3), model="model-2")
        spent(other, "0.500000", NOW - timedelta(days=3))

        board = CostBoard(days=7, now=NOW)

        assert board.total == Decimal("3.500003")
        assert sum(bar.spent for bar in board.chart.bars) == board.total
        assert sum(row.in_period for row in board.plans) == board.total
        assert sum(line.spent for line in board.models) == board.total
        assert board.other_plans_spent == 0

    def test_days_begin_at_midnight_in_utc(self) -> None:
        budget = a_budget()
        spent(budget, "1", datetime(2026, 11, 16, tzinfo=UTC))
        spent(budget, "5", datetime(2026, 11, 15, 23, 59, 59, tzinfo=UTC))

        board = CostBoard(days=7, now=NOW)

        assert period_start(NOW, 7) == datetime(2026, 11, 16, tzinfo=UTC)
        assert board.total == 1
        assert [bar.spent for bar in board.chart.bars] == [1, 0, 0, 0, 0, 0, 0]

    def test_an_adjustment_lowers_its_day(self) -> None:
        budget = a_budget()
        spent(budget, "1", NOW - timedelta(days=1))
        spent(budget, "-0.25", NOW)

        board = CostBoard(days=7, now=NOW)

        assert board.total == Decimal("0.75")
        assert board.chart.bars[-1].spent == Decimal("-0.25")
        assert board.chart.bars[-1].height == "0.0"

    def test_the_plan_that_spent_most_stands_first_and_idle_ones_not_at_all(self) -> None:
        little, much, running = a_budget(), a_budget(), a_budget(status=PlanStatus.RUNNING)
        a_budget()
        spent(little, "1", NOW)
        spent(much, "2", NOW)

        rows = CostBoard(days=30, now=NOW).plans

        assert [row.budget for row in rows] == [much, little, running]


class TestPage:
    def test_stranger_signs_in_first(self, client: Client) -> None:
        assert client.get("/cost").status_code == 302

    @pytest.mark.parametrize("path", ["/cost", "/cost.csv"])
    def test_somebody_without_a_role_is_told_who_may(self, path: str) -> None:
        assert browser_of(None).get(path).status_code == 403

    @pytest.mark.parametrize("path", ["/cost", "/cost.csv"])
    def test_post_is_refused(self, viewer: Client, path: str) -> None:
        assert viewer.post(path).status_code == 405

    def test_nothing_yet(self, viewer: Client) -> None:
        text = viewer.get("/cost").content.decode()

        assert "Nothing was spent in the last 30 days" in text

    def test_a_row_says_what_a_plan_costs(self, viewer: Client) -> None:
        owner = UserFactory(username="marta")
        budget = a_budget(title="<Odd>", owner=owner, status=PlanStatus.RUNNING)
        atom = AtomFactory(plan=budget.plan)
        for number in (1, 2):
            HoldFactory(
                budget=budget, atom=atom, attempt_number=number, amount=2, actual=Decimal(number)
            )
        HoldFactory(budget=budget, atom=atom, amount=Decimal("0.4"))

        text = viewer.get("/cost").content.decode()

        assert "&lt;Odd&gt;" in text
        assert "$3.00 spent and $0.40 held of $200, soft cap $140" in text
        assert "66.7%" in text
        assert "marta" in text
        assert f'href="/masterplans/{budget.plan.ref}/budget"' in text

    def test_requests_of_the_period(self, viewer: Client) -> None:
        budget = a_budget(status=PlanStatus.RUNNING)
        override = OverrideFactory(budget=budget)
        old = OverrideFactory(
            asked_at=timezone.now() - timedelta(days=8),
            status="withdrawn",
            decided_at=timezone.now(),
        )

        text = viewer.get("/cost?days=7").content.decode()

        assert f'href="/approvals/{override.ref}"' in text
        assert old.ref not in text

    @pytest.mark.parametrize(
        ("query", "days"),
        [("", 30), ("?days=7", 7), ("?days=90", 90), ("?days=0", 30), ("?days=x", 30)],
    )
    def test_period(self, viewer: Client, query: str, days: int) -> None:
        text = viewer.get(f"/cost{query}").content.decode()

        assert f'id="days-{days}" aria-current="true"' in text
        assert text.count('aria-current="true">Last') == 1

    def test_the_live_part_comes_alone(self, viewer: Client) -> None:
        response = viewer.get("/cost?days=7", headers=HTMX)
        text = response.content.decode()

        assert '<div id="cost"' in text
        assert 'hx-trigger="live:cost from:body, poll"' in text
        assert 'hx-get="?days=7"' in text
        assert "<html" not in text

    def test_queries_do_not_grow(self, viewer: Client, django_assert_max_num_queries: Any) -> None:
        for _ in range(8):
            spent(a_budget(), "1", timezone.now())
        with django_assert_max_num_queries(14):
            viewer.get("/cost")


class TestCsv:
    def test_rows_add_up_to_the_page(self, viewer: Client) -> None:
        today = timezone.now()
        budget = a_budget(title="=1+1")
        spent(budget, "1.000001", today)
        spent(budget, "0.5", today - timedelta(days=2), model="model-2")
        spent(a_budget(), "7", today - timedelta(days=9))

        response = viewer.get("/cost.csv?days=7")
        text = async_to_sync(collected)(response.streaming_content).decode()
        rows = list(csv.DictReader(io.StringIO(text)))

        assert response.headers["Content-Disposition"].endswith('-7-days.csv"')
        assert [row["spent_usd"] for row in rows] == ["1.000001", "0.500000"]
        assert rows[0]["day"] == f"{today.astimezone(UTC):%Y-%m-%d}"
        assert rows[0]["title"] == "'=1+1"
        assert rows[0]["plan"] == budget.plan.ref
