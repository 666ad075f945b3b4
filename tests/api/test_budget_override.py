"""Asking for a new hard cap and deciding on it over HTTP: the same rules as on the page."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from apps.accounts.core.roles import Role
from apps.budgets import actions as budgets
from apps.budgets.models import Budget, ConfirmationCode, Override
from apps.masterplans.models import Masterplan, PlanStatus
from tests.api.programs import Program, problem_of
from tests.factories import MasterplanFactory, OverrideFactory, PriceFactory

pytestmark = pytest.mark.django_db

API = "/api/v2"
REASON = "The adapters needed four tries each."
ASKED = {"amount_usd": 260, "reason": REASON}


@pytest.fixture
def approver() -> Program:
    return Program(Role.APPROVER)


@pytest.fixture
def plan() -> Masterplan:
    PriceFactory(provider="local", model="replay-1")
    return MasterplanFactory(status=PlanStatus.PAUSED, pause_reason="budget")


def post(program: Program, plan: Masterplan, body: object, path: str = "execution/budget") -> Any:
    return program.post(f"{API}/{path}/{plan.ref}/override", body)


def code_for(override: Override, program: Program) -> str:
    return budgets.issue_code(override_id=override.pk, by=program.user, now=timezone.now())


def confirmed(override: Override, program: Program, **body: object) -> dict[str, object]:
    code = code_for(override, program)
    return {"action": "approve", "comment": "Checked.", "confirmation_code": code, **body}


class TestAsking:
    @pytest.mark.parametrize("path", ["execution/budget", "cost"])
    def test_a_request_is_made(self, operator: Program, plan: Masterplan, path: str) -> None:
        answer = post(operator, plan, ASKED, path)

        assert answer.status_code == 201, answer.content
        made = answer.json()
        assert (made["status"], made["plan"]) == ("waiting", plan.ref)
        assert (made["amount_usd"], made["cap_before_usd"]) == ("260.000000", "200.000000")
        assert (made["asked_by"], made["decided_by"]) == (operator.user.username, None)
        assert operator.get(f"{API}/overrides/{made['ref']}").json() == made
        assert operator.get(f"{API}/overrides/{made['id']}").json() == made

    @pytest.mark.parametrize(
        "end", [{"expires_in_h": 2}, {"expires_at": None}], ids=["hours", "moment"]
    )
    def test_it_may_say_how_long_it_waits(
        self, operator: Program, plan: Masterplan, end: dict[str, object]
    ) -> None:
        wanted = timezone.now() + timedelta(hours=2)
        if "expires_at" in end:
            end = {"expires_at": wanted.isoformat()}

        made = post(operator, plan, {**ASKED, **end}).json()

        expires_at = parse_datetime(made["expires_at"])
        assert isinstance(expires_at, datetime)
        assert abs(expires_at - wanted) < timedelta(seconds=30)

    def test_a_second_request_names_the_first(self, operator: Program, plan: Masterplan) -> None:
        first = post(operator, plan, ASKED).json()

        answer = post(operator, plan, ASKED)

        assert problem_of(answer) == (409, "override_waits")
        assert answer.json()["facts"]["ref"] == first["ref"]

    @pytest.mark.parametrize(
        "body",
        [
            {"reason": REASON},
            {"amount_usd": 260},
            {"amount_usd": 260, "reason": "short"},
            {"amount_usd": 260.1234567, "reason": REASON},
            {"amount_usd": "260.1234567", "reason": REASON},
            {"amount_usd": "much", "reason": REASON},
            {"amount_usd": True, "reason": REASON},
            {"amount_usd": 200, "reason": REASON},
            {"amount_usd": 501, "reason": REASON},
            {"amount": 260, **ASKED},
            {**ASKED, "reason": "a nul \0 in the middle of it"},
            {**ASKED, "reason": "a \ud800 in the middle of it"},
            {**ASKED, "expires_in_h": 0.2},
            {**ASKED, "expires_in_h": 169},
            {**ASKED, "expires_in_h": 1e300},
            {**ASKED, "expires_in_h": 1, "expires_at": "2030-01-01T00:00:00Z"},
            {**ASKED, "expires_at": "2030-01-01T00:00:00"},
            {**ASKED, "expires_at": "2030-01-01T00:00:00Z"},
            {**ASKED, "action": "grant"},
        ],
    )
    def test_input_that_cannot_be_used(
        self, operator: Program, plan: Masterplan, body: dict[str, object]
    ) -> None:
        assert problem_of(post(operator, plan, body))[0] == 422
        assert not Override.objects.exists()

    def test_a_reviewer_may_not_ask(self, plan: Masterplan) -> None:
        answer = post(Program(Role.REVIEWER), plan, ASKED)

        assert problem_of(answer) == (403, "not_allowed")


class TestDeciding:
    def test_approved_with_the_code_and_the_plan_goes_on(
        self, approver: Program, plan: Masterplan
    ) -> None:
        override = OverrideFactory(budget=plan.budget, amount=Decimal(260))

        answer = post(approver, plan, confirmed(override, approver, amount_usd="250.50"))

        assert answer.status_code == 200, answer.content
        made = answer.json()
        assert (made["status"], made["granted_usd"]) == ("approved", "250.500000")
        assert (made["decided_by"], made["comment"]) == (approver.user.username, "Checked.")
        assert made["seen"]["policy"]
        plan.refresh_from_db()
        assert plan.status != PlanStatus.PAUSED
        assert Budget.objects.get(plan=plan).hard_cap == Decimal("250.5")

    def test_declined_with_the_code(self, approver: Program, plan: Masterplan) -> None:
        override = OverrideFactory(budget=plan.budget)
        body = {**confirmed(override, approver, action="decline"), "override": override.ref}

        answer = post(approver, plan, body, "cost")

        assert (answer.status_code, answer.json()["status"]) == (200, "declined")
        assert Budget.objects.get(plan=plan).hard_cap == 200

    @pytest.mark.parametrize("action", ["approve", "decline"])
    def test_without_a_code_the_answer_says_where_to_read_one(
        self, approver: Program, plan: Masterplan, action: str
    ) -> None:
        override = OverrideFactory(budget=plan.budget)

        answer = post(approver, plan, {"action": action, "comment": "Checked."})

        assert problem_of(answer) == (403, "code_needed")
        assert f"/approvals/{override.ref}" in answer.json()["detail"]

    def test_a_session_needs_the_code_too(self, approver: Program, plan: Masterplan) -> None:
        OverrideFactory(budget=plan.budget)
        approver.client.defaults.pop("HTTP_AUTHORIZATION", None)
        approver.client.headers = {}
        approver.client.force_login(approver.user)

        answer = post(approver, plan, {"action": "approve", "comment": "Checked."})

        assert problem_of(answer) == (403, "code_needed")

    def test_a_wrong_code_counts_down(self, approver: Program, plan: Masterplan) -> None:
        override = OverrideFactory(budget=plan.budget)
        body = {**confirmed(override, approver), "confirmation_code": "2222-2222"}

        for left in (4, 3):
            assert problem_of(post(approver, plan, body)) == (403, "wrong_code")
            assert ConfirmationCode.objects.get().tries_left == left

    def test_who_asked_cannot_approve(self, approver: Program, plan: Masterplan) -> None:
        asked = post(approver, plan, ASKED).json()

        for action in ("approve", "decline"):
            body = {"action": action, "comment": "Mine.", "confirmation_code": "ABCD2345"}
            answer = post(approver, plan, {**body, "override": asked["ref"]})
            assert problem_of(answer) == (403, "own_request")
        assert Budget.objects.get(plan=plan).hard_cap == 200

    def test_an_operator_cannot_approve(self, operator: Program, plan: Masterplan) -> None:
        OverrideFactory(budget=plan.budget)

        answer = post(operator, plan, {"action": "approve", "comment": "Checked."})

        assert problem_of(answer) == (403, "not_allowed")

    def test_input_goes_before_the_code(
        self, approver: Program, plan: Masterplan, settings: LazySettings
    ) -> None:
        settings.BUDGET_CEILING_USD = 250
        override = OverrideFactory(budget=plan.budget, amount=Decimal(240))
        body = confirmed(override, approver)

        assert problem_of(post(approver, plan, {**body, "amount_usd": 251})) == (
            422,
            "above_ceiling",
        )
        assert problem_of(post(approver, plan, {**body, "comment": ""})) == (422, "invalid_input")
        assert post(approver, plan, body).json()["granted_usd"] == "240.000000"

    def test_a_decided_request_says_who_and_when(self, approver: Program, plan: Masterplan) -> None:
        override = OverrideFactory(budget=plan.budget)
        post(approver, plan, confirmed(override, approver, action="decline"))

        late = Program(Role.APPROVER)
        body = {"action": "approve", "comment": "Late.", "override": override.ref}
        answer = post(late, plan, body)

        assert problem_of(answer) == (409, "already_decided")
        assert answer.json()["facts"]["who"] == approver.user.username
        assert answer.json()["facts"]["when"].endswith("UTC")

    def test_nothing_waits(self, approver: Program, plan: Masterplan) -> None:
        answer = post(approver, plan, {"action": "approve", "comment": "Checked."})

        assert problem_of(answer) == (409, "no_override_waits")

    @pytest.mark.parametrize("name", ["ovr-99999", "nonsense", "", "\0", "another"])
    def test_a_request_of_another_plan_is_not_found(
        self, approver: Program, plan: Masterplan, name: str
    ) -> None:
        name = OverrideFactory().ref if name == "another" else name

        answer = post(approver, plan, {"action": "decline", "comment": "No.", "override": name})

        assert problem_of(answer) == (404, "override_not_found")

    def test_who_asked_may_withdraw(self, operator: Program, plan: Masterplan) -> None:
        post(operator, plan, ASKED)

        assert problem_of(post(Program(Role.OPERATOR), plan, {"action": "withdraw"})) == (
            403,
            "not_your_request",
        )
        answer = post(operator, plan, {"action": "withdraw"})
        assert (answer.status_code, answer.json()["status"]) == (200, "withdrawn")


class TestReading:
    def test_lists_are_filtered_and_paged(self, operator: Program) -> None:
        rows = [OverrideFactory() for _ in range(3)]
        Override.objects.filter(pk=rows[0].pk).update(
            status="withdrawn", decided_at=timezone.now(), decided_by=rows[0].asked_by
        )

        def refs(query: str) -> list[str]:
            answer = operator.get(f"{API}/overrides?{query}")
            return [row["ref"] for row in answer.json()["results"]]

        assert refs("") == [row.ref for row in rows[::-1]]
        assert refs("page_size=1") == [rows[2].ref]
        assert refs("status=withdrawn") == [rows[0].ref]
        assert refs(f"plan={rows[1].budget.plan.ref}") == [rows[1].ref]
        assert problem_of(operator.get(f"{API}/overrides?status=x")) == (422, "invalid_input")
        assert problem_of(operator.get(f"{API}/overrides?plan=mp-99999")) == (404, "plan_not_found")

    @pytest.mark.parametrize("name", ["ovr-99999", "ovr-²", "nonsense", "%00"])
    def test_an_unknown_request(self, operator: Program, name: str) -> None:
        answer = operator.get(f"{API}/overrides/{name}")

        assert problem_of(answer) == (404, "override_not_found")
