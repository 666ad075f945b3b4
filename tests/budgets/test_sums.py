"""One sum, wherever it is read: on the plan page, over the API, in the ledger, in the trace."""

import csv
import io
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db.models import QuerySet, Sum
from django.test import Client
from django.utils import timezone

from apps.accounts.core.roles import Role
from apps.budgets import actions as budgets
from apps.budgets.models import Budget, CostEvent, EventKind, Hold, HoldState
from apps.budgets.queries.cost import CostBoard
from apps.budgets.queries.reconciliation import differences
from apps.execution import actions
from apps.llm.core.errors import ErrorKind, FinalLlmError, LlmError, RetryableLlmError
from apps.llm.core.types import Completion, CompletionRequest, Usage
from apps.masterplans.models import Atom, Masterplan, PlanStatus
from apps.traceability.models import TraceEvent
from tests.api.programs import PLANS, Program, collected
from tests.execution.plans import GREETING, MARK, OPENING, AnsweringClient, started_plan, work_off
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

WRONG = "```python\ndef mark(sign: str) -> str:\n    return sign\n```\n"


class OddClient(AnsweringClient):
    """Bills token counts whose price is no whole micro-dollar, another one each time."""

    def complete(self, request: CompletionRequest) -> Completion:
        completion = super().complete(request)
        number = self.asked.total()
        return replace(completion, usage=Usage(input_tokens=101 + number, output_tokens=7 * number))


def refused(*, tokens: int | None) -> LlmError:
    """A refusal that costs its tokens, or one at the door, which costs nothing."""
    error = FinalLlmError(ErrorKind.REFUSED, "The model refused to answer.")
    if tokens is None:
        error.is_free = True
    else:
        error.usage = Usage(input_tokens=tokens, output_tokens=1)
    return error


def lost() -> LlmError:
    """A call of which nobody knows whether it was charged."""
    return RetryableLlmError(ErrorKind.TIMEOUT, "The endpoint did not answer in time.")


def eventful_plan() -> Masterplan:
    """Return a plan that completed after refusals, wrong answers, lost calls and an adjustment."""
    client = OddClient()
    client.answers[OPENING].insert(0, refused(tokens=333))
    client.answers[OPENING].insert(1, refused(tokens=None))
    client.answers[MARK][:0] = [WRONG, lost(), WRONG]
    client.answers[GREETING][:0] = [lost()]
    plan = started_plan()
    for _ in range(2):
        plan = work_off(plan, client)
        assert (plan.status, plan.pause_reason) == (PlanStatus.PAUSED, "provider")
        plan = actions.resume(plan_id=plan.pk, by=plan.owner)
    plan = work_off(plan, client)
    assert plan.status == PlanStatus.COMPLETED
    adjust_one(plan)
    return plan


def adjust_one(plan: Masterplan) -> None:
    """Let an approver say what one of the lost calls really cost."""
    approver = UserFactory(role=Role.APPROVER)
    hold = Hold.objects.filter(budget__plan=plan, state=HoldState.UNKNOWN)[0]
    budgets.adjust(
        hold_id=hold.pk, actual=Decimal("0.000017"), by=approver, reason="By the provider's bill."
    )


def sums_of(plan: Masterplan) -> dict[str, Decimal]:
    """Return the cost of the plan as each place has it, in USD."""
    reader = Client()
    reader.force_login(UserFactory(role=Role.VIEWER))
    page = reader.get(f"/masterplans/{plan.ref}").context["board"]
    tab = reader.get(f"/masterplans/{plan.ref}/budget").context["board"]
    program = Program(Role.VIEWER)
    answer = program.get(f"{PLANS}/{plan.ref}").json()
    rows = program.get(f"{PLANS}/{plan.ref}/atoms").json()["results"]
    money = program.get(f"/api/v2/execution/budget/{plan.ref}").json()
    holds = Hold.objects.filter(budget__plan=plan)
    return {
        "plan page, head": page.cost.spent,
        "plan page, rows": sum((row.cost_usd for row in page.atoms), Decimal(0)),
        "budget page": tab.budget.spent,
        "API, plan": Decimal(answer["cost_usd"]),
        "API, atoms": sum((Decimal(row["cost_usd"]) for row in rows), Decimal(0)),
        "API, budget": Decimal(money["spent_usd"]),
        "ledger, total": Budget.objects.get(plan=plan).spent,
        "ledger, lines": total(CostEvent.objects.filter(budget__plan=plan), "spent_delta"),
        "ledger, holds": total(holds, "actual"),
        "trace": total(TraceEvent.objects.filter(plan=plan), "cost_usd"),
    }


def total(rows: "QuerySet[Any]", field: str) -> Decimal:
    return rows.aggregate(total=Sum(field))["total"] or Decimal(0)


def assert_one_sum(plan: Masterplan) -> Decimal:
    """Return the sum that all places have, in USD; it is more than nothing."""
    found = sums_of(plan)
    assert len(set(found.values())) == 1, found
    assert list(differences()) == []
    spent = found["trace"]
    assert spent > 0
    return spent


def test_every_place_has_the_same_sum() -> None:
    plan = eventful_plan()

    kinds = set(CostEvent.objects.filter(budget__plan=plan).values_list("kind", flat=True))
    assert kinds >= {
        EventKind.RESERVE,
        EventKind.SETTLE,
        EventKind.VOID,
        EventKind.CAPTURE_UNKNOWN,
        EventKind.ADJUST,
    }
    states = set(Hold.objects.filter(budget__plan=plan).values_list("state", flat=True))
    assert states == {HoldState.SETTLED, HoldState.VOIDED, HoldState.UNKNOWN}
    assert_one_sum(plan)


def test_the_downloaded_ledger_and_the_cost_page_have_it_too() -> None:
    plan = eventful_plan()

    reader = Client()
    reader.force_login(UserFactory(role=Role.VIEWER))
    answer: Any = reader.get(f"/masterplans/{plan.ref}/budget/ledger.csv")
    text = async_to_sync(collected)(answer.streaming_content).decode()
    lines = list(csv.DictReader(io.StringIO(text)))

    spent = assert_one_sum(plan)
    assert sum(Decimal(line["spent_delta_usd"]) for line in lines) == spent
    assert Decimal(lines[0]["spent_usd"]) == spent
    assert CostBoard(days=7, now=timezone.now()).total == spent


def test_the_tries_of_an_atom_add_up_to_its_row() -> None:
    plan = eventful_plan()

    reader = Client()
    reader.force_login(UserFactory(role=Role.VIEWER))
    page: Any = reader.get(f"/masterplans/{plan.ref}").context["board"]
    for row in page.atoms:
        board: Any = reader.get(f"/atoms/{row.id}").context["board"]
        assert sum(entry.cost_usd for entry in board.tries) == row.cost_usd
    assert Atom.objects.get(plan=plan, symbol="mark").attempts.count() == 3


def test_a_call_that_costs_nothing_leaves_no_sum() -> None:
    client = OddClient()
    client.answers[OPENING] = [refused(tokens=None)]
    client.answers[MARK] = [refused(tokens=None)]

    plan = work_off(started_plan(), client)

    assert plan.status == PlanStatus.FAILED
    assert set(sums_of(plan).values()) == {Decimal(0)}
    assert list(differences()) == []
