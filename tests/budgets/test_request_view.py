"""The page on which somebody asks for a higher hard cap."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from apps.accounts.core.roles import Role
from apps.budgets.models import Budget, Override
from apps.masterplans.models import AtomStatus, Masterplan, PlanStatus
from tests.factories import (
    AtomFactory,
    HoldFactory,
    MasterplanFactory,
    OverrideFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

REASON = "The adapters needed four tries each; the spec is fixed now."


@pytest.fixture(autouse=True)
def _a_ceiling_of_500(settings: LazySettings) -> None:
    settings.BUDGET_CEILING_USD = 500


def browser_of(role: Role | None) -> Client:
    browser = Client()
    browser.force_login(UserFactory(role=role))
    return browser


@pytest.fixture
def operator() -> Client:
    return browser_of(Role.OPERATOR)


def address(plan: Masterplan) -> str:
    return f"/masterplans/{plan.ref}/budget/request"


def form(**changes: str) -> dict[str, str]:
    return {"amount": "260", "reason": REASON, "hours": "24", **changes}


def halfway(cap: int) -> Masterplan:
    """Ten atoms for 10 USD each are done, ten are to come; 200 USD is what they cost together."""
    plan: Masterplan = MasterplanFactory(status=PlanStatus.RUNNING, budget_usd=Decimal(cap))
    budget = Budget.objects.get(plan=plan)
    for _ in range(10):
        atom = AtomFactory(plan=plan, status=AtomStatus.SUCCEEDED)
        HoldFactory(budget=budget, atom=atom, attempt_number=1, amount=10, actual=Decimal(10))
        AtomFactory(plan=plan)
    return plan


class TestForm:
    def test_stranger_signs_in_first(self, client: Client) -> None:
        assert client.get(address(MasterplanFactory())).status_code == 302

    def test_a_viewer_may_not_ask(self) -> None:
        viewer = browser_of(Role.VIEWER)

        assert viewer.get(address(MasterplanFactory())).status_code == 403
        assert viewer.post(address(MasterplanFactory()), form()).status_code == 403
        assert not Override.objects.exists()

    def test_other_methods_are_refused(self, operator: Client) -> None:
        assert operator.put(address(MasterplanFactory())).status_code == 405

    def test_a_plan_that_is_not_there(self, operator: Client) -> None:
        assert operator.get("/masterplans/mp-999999/budget/request").status_code == 404

    def test_it_shows_caps_and_ceiling(self, operator: Client) -> None:
        text = operator.get(address(MasterplanFactory())).content.decode()

        assert "Now $200, team ceiling $500." in text
        assert "No forecast yet" in text
        assert '<option value="24" selected>24 hours</option>' in text

    def test_it_suggests_what_is_enough_for_nine_runs_in_ten(self, operator: Client) -> None:
        text = operator.get(address(halfway(cap=120))).content.decode()

        assert 'name="amount" value="200"' in text
        assert "$200 is enough for 9 runs in 10." in text

    def test_it_suggests_no_more_than_the_ceiling(
        self, operator: Client, settings: LazySettings
    ) -> None:
        settings.BUDGET_CEILING_USD = 150
        text = operator.get(address(halfway(cap=120))).content.decode()

        assert 'name="amount" value="150"' in text
        assert "$150 is the ceiling; by the forecast it may not be enough." in text

    def test_it_suggests_nothing_where_the_cap_is_enough(self, operator: Client) -> None:
        text = operator.get(address(halfway(cap=300))).content.decode()

        assert 'name="amount" value=""' in text
        assert "By the forecast the present cap is enough for 9 runs in 10." in text

    def test_a_request_that_waits_is_shown_instead(self, operator: Client) -> None:
        plan = MasterplanFactory()
        override = OverrideFactory(budget=plan.budget)
        text = operator.get(address(plan)).content.decode()

        assert "A request waits already" in text
        assert f'href="/approvals/{override.ref}"' in text
        assert 'name="amount"' not in text

    def test_queries_stay_few(self, operator: Client, django_assert_max_num_queries: Any) -> None:
        plan = halfway(cap=120)
        with django_assert_max_num_queries(12):
            operator.get(address(plan))


class TestSend:
    def test_it_leads_to_the_request_and_says_so(self, operator: Client) -> None:
        plan = MasterplanFactory()

        response = operator.post(address(plan), form(amount="$260.50", hours="72"))

        override = Override.objects.get()
        assert response.headers["Location"] == f"/approvals/{override.ref}"
        assert override.budget.plan_id == plan.pk
        assert (override.amount, override.reason) == (Decimal("260.5"), REASON)
        assert override.expires_at - override.asked_at == timedelta(hours=72)

    def test_seven_days_are_not_a_moment_too_long(self, operator: Client) -> None:
        assert operator.post(address(MasterplanFactory()), form(hours="168")).status_code == 302

    @pytest.mark.parametrize(
        ("changes", "field", "said"),
        [
            ({"amount": ""}, "amount", "Enter an amount in USD."),
            ({"amount": "1e3"}, "amount", "This is not an amount in USD."),
            ({"amount": "100"}, "amount", "$100 is not above the hard cap of $200."),
            ({"amount": "501"}, "amount", "$501 is above the team ceiling of $500."),
            ({"reason": " "}, "reason", "Say why: whoever decides has only this to go by."),
            ({"reason": "more"}, "reason", "The reason must have 10 to"),
            ({"hours": "1000"}, "hours", "Choose how long the request waits."),
        ],
    )
    def test_a_refusal_stands_at_its_field_and_keeps_the_rest(
        self, operator: Client, changes: dict[str, str], field: str, said: str
    ) -> None:
        sent = form(**changes)

        response = operator.post(address(MasterplanFactory()), sent)
        text = response.content.decode()

        assert response.status_code == 422
        assert "The request was not sent. Fix what is marked below." in text
        assert f'id="{field}-error">{said}' in text
        assert f'name="amount" value="{sent["amount"]}"' in text
        assert sent["reason"].strip() in text
        assert not Override.objects.exists()

    def test_markup_in_a_refused_form_is_text(self, operator: Client) -> None:
        sent = form(amount='"><script>', reason="</textarea><script>alert(1)</script>")
        text = operator.post(address(MasterplanFactory()), sent).content.decode()

        assert "<script>" not in text

    def test_somebody_was_faster(self, operator: Client) -> None:
        plan = MasterplanFactory()
        OverrideFactory(budget=plan.budget)

        response = operator.post(address(plan), form())

        assert response.status_code == 409
        assert "has a request that waits already" in response.content.decode()

    def test_a_plan_that_is_over_gets_nothing(self, operator: Client) -> None:
        plan = MasterplanFactory(status=PlanStatus.COMPLETED)

        assert operator.post(address(plan), form()).status_code == 409
