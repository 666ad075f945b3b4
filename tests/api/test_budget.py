"""The money of a plan over HTTP: read it, set caps, correct a charge, read the ledger."""

import csv
import io
import json
from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import Client

from apps.accounts.core.roles import Role
from apps.budgets.models import Budget, HoldState
from apps.masterplans.models import PlanStatus
from tests.api.programs import Program, collected, problem_of
from tests.factories import (
    AtomFactory,
    BudgetFactory,
    HoldFactory,
    MasterplanFactory,
    OverrideFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

API = "/api/v2"
PATHS = [f"{API}/execution/budget", f"{API}/cost"]


@pytest.fixture
def lead() -> Program:
    return Program(Role.LEAD)


@pytest.fixture
def approver() -> Program:
    return Program(Role.APPROVER)


def patch(program: Program, path: str, body: object) -> Any:
    return program.client.patch(path, json.dumps(body), content_type="application/json")


def read_csv(answer: Any) -> list[dict[str, str]]:
    text = async_to_sync(collected)(answer.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text)))


class TestBudget:
    @pytest.mark.parametrize("path", PATHS)
    def test_both_addresses_tell_the_same(self, operator: Program, path: str) -> None:
        budget = BudgetFactory(plan__budget_usd=Decimal(10))
        atom = AtomFactory(plan=budget.plan)
        paid = {"budget": budget, "atom": atom, "amount": Decimal(2)}
        HoldFactory(**paid, actual=Decimal("1.5"), attempt_number=1)
        HoldFactory(**paid, actual=Decimal("0.5"), attempt_number=2)
        HoldFactory(budget=budget, amount=Decimal("0.25"))

        for name in (budget.plan.ref, str(budget.plan_id)):
            answer = operator.get(f"{path}/{name}")
            assert answer.status_code == 200, answer.content
            assert answer.json() == {
                "plan_id": str(budget.plan_id),
                "plan": budget.plan.ref,
                "status": "OK",
                "pause_reason": "",
                "paused_at": None,
                "hard_cap_usd": "10.000000",
                "soft_cap_usd": "7.000000",
                "soft_cap_follows": True,
                "ceiling_usd": "500.000000",
                "spent_usd": "2.000000",
                "held_usd": "0.250000",
                "left_usd": "7.750000",
                "overrun_usd": "0.000000",
                "retries_usd": "0.500000",
                "retry_share": 0.25,
                "forecast": None,
                "waiting_override": None,
            }

    @pytest.mark.parametrize(
        ("spent", "status"), [("6.99", "OK"), ("7", "WARNING"), ("9.5", "CRITICAL")]
    )
    def test_the_status(self, operator: Program, spent: str, status: str) -> None:
        budget = BudgetFactory(plan__budget_usd=Decimal(10))
        HoldFactory(budget=budget, amount=Decimal(10), actual=Decimal(spent))

        answer = operator.get(f"{PATHS[0]}/{budget.plan.ref}").json()

        assert answer["status"] == status

    def test_a_plan_that_waits_for_money(self, operator: Program) -> None:
        budget = BudgetFactory(plan__status=PlanStatus.PAUSED, plan__pause_reason="budget")
        waiting = OverrideFactory(budget=budget)

        answer = operator.get(f"{PATHS[0]}/{budget.plan.ref}").json()

        assert (answer["status"], answer["pause_reason"]) == ("PAUSED", "budget")
        assert answer["waiting_override"] == waiting.ref

    def test_the_forecast_with_its_sample(self, operator: Program) -> None:
        budget = BudgetFactory(plan__status=PlanStatus.RUNNING)
        for _ in range(6):
            atom = AtomFactory(plan=budget.plan, status="succeeded")
            HoldFactory(budget=budget, atom=atom, amount=Decimal(1), actual=Decimal("0.5"))
        AtomFactory.create_batch(2, plan=budget.plan)

        found = operator.get(f"{PATHS[0]}/{budget.plan.ref}").json()["forecast"]

        assert Decimal(found["low_usd"]) <= Decimal(found["middle_usd"])
        assert Decimal(found["middle_usd"]) == 4
        assert (found["remaining_atoms"], found["sample"]) == (2, 6)
        assert "6 atoms" in found["basis"]
        assert found["chance_of_pause"] == 0

    @pytest.mark.parametrize("path", [*PATHS, f"{API}/overrides"])
    def test_without_a_role_nothing_is_told(self, path: str) -> None:
        plan = MasterplanFactory()
        address = path if path.endswith("overrides") else f"{path}/{plan.ref}"

        answer = Program(None).get(address)

        assert problem_of(answer) == (403, "not_allowed")
        assert plan.ref.encode() not in answer.content

    def test_an_unknown_plan(self, operator: Program) -> None:
        for path in PATHS:
            assert problem_of(operator.get(f"{path}/mp-99999")) == (404, "plan_not_found")

    def test_what_did_not_change_is_not_sent_again(self, operator: Program) -> None:
        plan = MasterplanFactory()
        OverrideFactory(budget=plan.budget)
        for address in (
            f"{PATHS[0]}/{plan.ref}",
            f"{PATHS[1]}/{plan.ref}/events",
            f"{API}/overrides",
        ):
            etag = operator.get(address)["ETag"]
            assert operator.get(address, **{"If-None-Match": etag}).status_code == 304

    def test_aliases_are_marked(self, client: Client) -> None:
        paths = client.get(f"{API}/openapi.json").json()["paths"]

        for suffix, method in (("", "get"), ("/override", "post")):
            canonical = f"execution/budget/{{masterplan_id}}{suffix}"
            alias = paths[f"{API}/cost/{{masterplan_id}}{suffix}"][method]
            assert paths[f"{API}/{canonical}"][method]["summary"]
            assert alias["summary"] == f"Alias of {method.upper()} {canonical}"


class TestCaps:
    def test_the_hard_cap_can_be_lowered(self, lead: Program) -> None:
        plan = MasterplanFactory()

        answer = patch(lead, f"{PATHS[0]}/{plan.ref}", {"hard_cap_usd": 100, "reason": "Tighter."})

        assert answer.status_code == 200, answer.content
        assert (answer.json()["hard_cap_usd"], answer.json()["soft_cap_usd"]) == (
            "100.000000",
            "70.000000",
        )

    def test_the_soft_cap_by_hand_and_back(self, lead: Program) -> None:
        path = f"{PATHS[0]}/{MasterplanFactory().ref}"

        by_hand = patch(lead, path, {"soft_cap_usd": "50", "reason": "Earlier."}).json()
        following = patch(lead, path, {"soft_cap_follows": True, "reason": "As usual."}).json()

        assert (by_hand["soft_cap_usd"], by_hand["soft_cap_follows"]) == ("50.000000", False)
        assert (following["soft_cap_usd"], following["soft_cap_follows"]) == ("140.000000", True)

    def test_raising_needs_two_people(self, lead: Program) -> None:
        plan = MasterplanFactory()

        answer = patch(lead, f"{PATHS[0]}/{plan.ref}", {"hard_cap_usd": 201, "reason": "More."})

        assert problem_of(answer) == (409, "raise_needs_override")
        assert Budget.objects.get(plan=plan).hard_cap == 200

    @pytest.mark.parametrize(
        "body",
        [
            {"reason": "Nothing."},
            {"soft_cap_usd": 5, "soft_cap_follows": True, "reason": "Both."},
            {"hard_cap_usd": 100},
            {"hard_cap_usd": 100, "reason": "nul \0"},
            {"hard_cap_usd": 100, "reason": " "},
            {"hard_cap_usd": -1, "reason": "Below zero."},
            {"hard_cap_usd": 1e300, "reason": "Too much."},
            {"hard_cap_usd": 0.0000001, "reason": "Too fine."},
            {"hard_cap_usd": True, "reason": "No number."},
            {"hard_cap_usd": "NaN", "reason": "No number."},
            {"hard_cap": 100, "reason": "Mistyped."},
        ],
    )
    def test_input_that_cannot_be_used(self, lead: Program, body: dict[str, object]) -> None:
        plan = MasterplanFactory()

        answer = patch(lead, f"{PATHS[0]}/{plan.ref}", body)

        assert problem_of(answer)[0] == 422
        assert Budget.objects.get(plan=plan).hard_cap == 200

    def test_an_operator_may_not(self, operator: Program) -> None:
        answer = patch(operator, f"{PATHS[0]}/mp-99999", {"hard_cap_usd": 1, "reason": "Less."})

        assert problem_of(answer) == (403, "not_allowed")


class TestAdjustments:
    def test_an_unknown_charge_gets_its_true_cost(self, approver: Program) -> None:
        hold = HoldFactory(state=HoldState.UNKNOWN, amount=Decimal(1))
        path = f"{PATHS[1]}/{hold.budget.plan.ref}/adjustments"
        body = {"hold_id": str(hold.pk), "actual_usd": "0.25", "reason": "As the bill says."}

        answer = approver.post(path, body)

        assert answer.status_code == 201, answer.content
        assert answer.json() == {
            "hold_id": str(hold.pk),
            "state": "settled",
            "held_usd": "1.000000",
            "actual_usd": "0.250000",
        }
        assert Budget.objects.get(pk=hold.budget_id).spent == Decimal("0.25")
        assert problem_of(approver.post(path, body)) == (409, "not_unknown")

    def test_a_charge_of_another_plan_is_not_shown(self, approver: Program) -> None:
        hold = HoldFactory(state=HoldState.UNKNOWN)
        body = {"hold_id": str(hold.pk), "actual_usd": 0, "reason": "As the bill says."}

        answer = approver.post(f"{PATHS[1]}/{MasterplanFactory().ref}/adjustments", body)

        assert problem_of(answer) == (404, "hold_not_found")

    def test_only_approvers_adjust(self, lead: Program) -> None:
        hold = HoldFactory(state=HoldState.UNKNOWN)
        body = {"hold_id": str(hold.pk), "actual_usd": 0, "reason": "As the bill says."}

        answer = lead.post(f"{PATHS[1]}/{hold.budget.plan.ref}/adjustments", body)

        assert problem_of(answer) == (403, "not_allowed")


class TestLedger:
    def test_lines_are_paged_newest_first(self, operator: Program) -> None:
        budget = BudgetFactory()
        atom = AtomFactory(plan=budget.plan)
        HoldFactory(budget=budget, atom=atom, actual=Decimal("0.004"), attempt_number=2)
        HoldFactory()  # of another plan
        path = f"{PATHS[1]}/{budget.plan.ref}/events"

        first = operator.get(f"{path}?page_size=2").json()
        second = operator.get(first["next"]).json()

        assert [row["kind"] for row in first["results"]] == ["settle", "reserve"]
        assert [row["kind"] for row in second["results"]] == ["cap_change"]
        assert second["next"] is None
        line = first["results"][0]
        assert (line["atom"], line["attempt_number"]) == (atom.ref, 2)
        assert (line["spent_delta_usd"], line["held_delta_usd"]) == ("0.004000", "-0.010000")
        assert (line["provider"], line["model"]) == ("models.test", "model-1")
        assert (line["spent_usd"], line["hold_state"]) == ("0.004000", "settled")

    @pytest.mark.parametrize(
        ("query", "kinds"),
        [
            ("kind=settle", ["settle"]),
            ("since=2100-01-01T00:00:00Z", []),
            ("until=2020-01-01T00:00:00Z", []),
            ("since=2020-01-01T00:00:00Z&kind=void", []),
        ],
    )
    def test_filters(self, operator: Program, query: str, kinds: list[str]) -> None:
        hold = HoldFactory(actual=Decimal("0.004"))
        path = f"{PATHS[1]}/{hold.budget.plan.ref}/events?{query}"

        assert [row["kind"] for row in operator.get(path).json()["results"]] == kinds
        assert [row["kind"] for row in read_csv(operator.get(f"{path}&format=csv"))] == kinds

    @pytest.mark.parametrize(
        "query",
        [
            "kind=nonsense",
            "kind=%00",
            "since=yesterday",
            "since=2026-11-22T15:00:00",
            "since=0001-01-01T00:00:00%2B14:00",
            "format=xml",
            "cursor=zzzz",
            "page_size=0",
        ],
    )
    def test_a_query_that_cannot_be_used(self, operator: Program, query: str) -> None:
        answer = operator.get(f"{PATHS[1]}/{MasterplanFactory().ref}/events?{query}")

        assert problem_of(answer) == (422, "invalid_input")

    @pytest.mark.parametrize(
        ("accept", "is_csv"),
        [("text/csv", True), ("*/*", False), ("application/json, text/csv;q=0.5", False)],
    )
    def test_the_accept_header_chooses(self, operator: Program, accept: str, is_csv: bool) -> None:
        path = f"{PATHS[1]}/{MasterplanFactory().ref}/events"

        answer = operator.get(path, Accept=accept)

        assert answer["Content-Type"].startswith("text/csv") is is_csv
        assert "Accept" in answer["Vary"]
        if is_csv:
            assert [row["kind"] for row in read_csv(answer)] == ["cap_change"]
            assert "attachment" in answer["Content-Disposition"]
        assert operator.get(f"{path}?format=json", Accept=accept).json()["results"]

    def test_a_reason_is_no_formula(self, lead: Program) -> None:
        plan = MasterplanFactory()
        reason = '=HYPERLINK("http://evil.example")'
        patch(lead, f"{PATHS[0]}/{plan.ref}", {"hard_cap_usd": 100, "reason": reason})

        rows = read_csv(lead.get(f"{PATHS[1]}/{plan.ref}/events?format=csv"))

        assert rows[0]["reason"] == f"'{reason}"
        assert rows[0]["hard_cap_usd"] == "100.000000"

    def test_a_page_costs_few_queries(
        self, operator: Program, django_assert_max_num_queries: Any
    ) -> None:
        budget = BudgetFactory()
        for _ in range(10):
            HoldFactory(budget=budget, atom=AtomFactory(plan=budget.plan), actual=Decimal("0.001"))
        path = f"{PATHS[1]}/{budget.plan.ref}/events"
        operator.get(path)

        with django_assert_max_num_queries(4):  # token, roles, plan, lines
            assert len(operator.get(path).json()["results"]) == 21

    def test_without_a_role_there_is_no_ledger(self) -> None:
        client = Client()
        client.force_login(UserFactory())

        answer = client.get(f"{PATHS[1]}/{MasterplanFactory().ref}/events?format=csv")

        assert problem_of(answer) == (403, "not_allowed")
