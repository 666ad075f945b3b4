"""The page on which one person changes caps, as far as one person may."""

from decimal import Decimal

import pytest
from django.test import Client

from apps.accounts.core.roles import Role
from apps.budgets.models import Budget
from apps.masterplans.models import Masterplan
from tests.factories import HoldFactory, MasterplanFactory, UserFactory

pytestmark = pytest.mark.django_db

FORM = {"hard_cap": "150", "mode": "follow", "soft_cap": "140", "reason": "The scope got smaller."}


def browser_of(role: Role | None) -> Client:
    browser = Client()
    browser.force_login(UserFactory(role=role))
    return browser


@pytest.fixture
def lead() -> Client:
    return browser_of(Role.LEAD)


def address(plan: Masterplan) -> str:
    return f"/masterplans/{plan.ref}/budget/caps"


def caps_of(plan: Masterplan) -> tuple[Decimal, Decimal, Decimal | None]:
    budget = Budget.objects.get(plan=plan)
    return budget.hard_cap, budget.soft_cap, budget.soft_share


class TestForm:
    def test_stranger_signs_in_first(self, client: Client) -> None:
        assert client.get(address(MasterplanFactory())).status_code == 302

    @pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
    def test_a_role_without_the_right(self, role: Role) -> None:
        plan = MasterplanFactory()

        assert browser_of(role).get(address(plan)).status_code == 403
        assert browser_of(role).post(address(plan), FORM).status_code == 403
        assert caps_of(plan)[0] == 200

    def test_other_methods_are_refused(self, lead: Client) -> None:
        assert lead.delete(address(MasterplanFactory())).status_code == 405

    def test_a_plan_that_is_not_there(self, lead: Client) -> None:
        assert lead.get("/masterplans/mp-999999/budget/caps").status_code == 404

    def test_it_begins_with_what_is_set(self, lead: Client) -> None:
        plan = MasterplanFactory(budget_usd=Decimal("12.5"))
        HoldFactory(budget=plan.budget, amount=3, actual=Decimal(2))
        text = lead.get(address(plan)).content.decode()

        assert 'name="hard_cap" value="12.50"' in text
        assert 'value="follow" checked' in text
        assert "It can be lowered to $2.00" in text
        assert f'href="/masterplans/{plan.ref}/budget/request"' in text


class TestChange:
    def test_a_lower_hard_cap_takes_the_soft_cap_along(self, lead: Client) -> None:
        plan = MasterplanFactory()

        response = lead.post(address(plan), FORM, follow=True)

        assert response.redirect_chain == [(f"/masterplans/{plan.ref}/budget", 302)]
        assert "Hard cap $150, soft cap $105." in response.content.decode()
        assert caps_of(plan) == (Decimal(150), Decimal(105), Decimal("0.7"))

    def test_a_soft_cap_by_hand_stays(self, lead: Client) -> None:
        plan = MasterplanFactory()

        lead.post(address(plan), {**FORM, "hard_cap": "200", "mode": "hand", "soft_cap": "90"})

        assert caps_of(plan) == (Decimal(200), Decimal(90), None)
        assert 'value="hand" checked' in lead.get(address(plan)).content.decode()

    def test_it_can_follow_again(self, lead: Client) -> None:
        plan = MasterplanFactory()
        lead.post(address(plan), {**FORM, "hard_cap": "200", "mode": "hand", "soft_cap": "90"})

        lead.post(address(plan), {**FORM, "hard_cap": "200"})

        assert caps_of(plan) == (Decimal(200), Decimal(140), Decimal("0.7"))

    @pytest.mark.parametrize(
        ("changes", "field", "said"),
        [
            ({"hard_cap": "300"}, "hard", "needs the approval of a second person"),
            ({"hard_cap": "1"}, "hard", "spent or held already"),
            ({"hard_cap": "lots"}, "hard", "This is not an amount in USD."),
            ({"hard_cap": "0"}, "hard", ""),
            ({"mode": "hand", "soft_cap": "160"}, "soft", "does not lie between"),
            ({"mode": "hand", "soft_cap": ""}, "soft", "Enter an amount in USD."),
            ({"reason": ""}, "reason", "Say why: the reason is kept in the audit log."),
        ],
    )
    def test_a_refusal_stands_at_its_field_and_keeps_the_rest(
        self, lead: Client, changes: dict[str, str], field: str, said: str
    ) -> None:
        plan = MasterplanFactory()
        HoldFactory(budget=plan.budget, amount=3, actual=Decimal(2))
        sent = {**FORM, **changes}

        response = lead.post(address(plan), sent)
        text = response.content.decode()

        assert response.status_code == 422
        assert "The caps were not changed." in text
        assert f'id="{field}-error"' in text
        assert said in text
        assert f'name="hard_cap" value="{sent["hard_cap"]}"' in text
        assert f'name="soft_cap" value="{sent["soft_cap"]}"' in text
        assert caps_of(plan)[0] == 200
