"""What the hold layer does around a call."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection

from apps.budgets import actions
from apps.budgets.layers import HoldLayer
from apps.budgets.models import Budget, Denial, Hold, HoldState
from apps.budgets.queries.reconciliation import differences
from apps.llm.adapters.memory import ScriptedClient
from apps.llm.core.errors import (
    CallInterrupted,
    ErrorKind,
    FinalLlmError,
    LlmError,
    RetryableLlmError,
)
from apps.llm.core.types import Completion, CompletionRequest, Usage
from apps.llm.core.wire import identify
from apps.masterplans.models import Atom
from apps.traceability.models import TraceEvent
from tests.factories import AtomFactory, HoldFactory, PriceFactory
from tests.llm.examples import ATTEMPT, make_completion, make_context, make_request

pytestmark = pytest.mark.django_db

PROFILE = {
    "provider": "openai_compatible",
    "base_url": "https://models.test/v1",
    "model": "model-1",
    "vendor": "models.test",
    "max_output_tokens": 1000,
    "timeout_s": 5,
}
# 1 USD per million tokens in, 2 out; the prompt is bounded by 16 + 2 * 8 bytes of overhead and its text.
PROMPT_TOKENS = 16 + 2 * 8 + len("Be brief.") + len("Say hello.")
WORST_CASE = Decimal(PROMPT_TOKENS + 2 * 1000).scaleb(-6)


@pytest.fixture(autouse=True)
def _profile(settings: LazySettings) -> None:
    settings.LLM_PROFILES = {"default": PROFILE}
    PriceFactory()


@pytest.fixture
def atom() -> Atom:
    made: Atom = AtomFactory(plan__budget_usd=1, plan__status="running")
    return made


def request_of(atom: Atom, **changes: Any) -> CompletionRequest:
    context = make_context(plan_id=atom.plan_id, atom_id=atom.pk)
    return identify(make_request(context=context, **changes))


def never(_seconds: float) -> bool:
    raise AssertionError("There was nothing to wait for")


def paid(
    *script: Completion | LlmError, wait: Callable[[float], bool] = never
) -> tuple[HoldLayer, ScriptedClient]:
    client = ScriptedClient(script)
    return HoldLayer(client, wait=wait), client


def budget_of(atom: Atom) -> Budget:
    return Budget.objects.get(plan=atom.plan_id)


def hard_cap(atom: Atom, cap: str) -> None:
    Budget.objects.filter(plan=atom.plan_id).update(hard_cap=Decimal(cap), soft_cap=Decimal(cap))


def test_a_call_is_held_at_its_worst_case_and_settled_at_its_bill(atom: Atom) -> None:
    class Witness:
        held = Decimal(0)

        def complete(self, _request: CompletionRequest) -> Completion:
            self.held = budget_of(atom).held
            return make_completion(usage=Usage(40, 300))

    witness = Witness()
    completion = HoldLayer(witness, wait=never).complete(request_of(atom))

    assert witness.held == WORST_CASE
    assert completion.cost_usd == Decimal("0.000640")
    budget = budget_of(atom)
    assert (budget.spent, budget.held) == (Decimal("0.000640"), 0)
    hold = Hold.objects.get()
    assert (hold.state, hold.actual) == (HoldState.SETTLED, Decimal("0.000640"))
    assert (hold.atom_id, hold.attempt_id, hold.attempt_number) == (atom.pk, ATTEMPT, 1)
    assert [event.kind for event in hold.events.all()] == ["reserve", "settle"]
    assert {event.price_id for event in hold.events.all()} == {hold.price_id}


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_the_model_thinks(atom: Atom) -> None:
    class Witness:
        def complete(self, _request: CompletionRequest) -> Completion:
            assert not connection.in_atomic_block
            return make_completion()

    HoldLayer(Witness(), wait=never).complete(request_of(atom))


def test_the_charge_is_traced_with_the_ledgers_own_sum(atom: Atom) -> None:
    layer, _client = paid(make_completion(usage=Usage(40, 300)))

    layer.complete(request_of(atom))

    charge = TraceEvent.objects.get()
    assert (charge.kind, charge.cost_usd) == ("charge", Decimal("0.000640"))
    assert (charge.plan_id, charge.atom_id, charge.attempt_id) == (atom.plan_id, atom.pk, ATTEMPT)


def test_the_limit_of_the_answer_is_always_sent(atom: Atom) -> None:
    layer, client = paid(make_completion())

    layer.complete(request_of(atom, max_tokens=10**6))

    assert client.requests[0].max_tokens == 1000  # the profile's


def test_a_shorter_answer_is_asked_for_when_only_that_fits(atom: Atom) -> None:
    hard_cap(atom, "0.001000")
    layer, client = paid(make_completion(usage=Usage(40, 100)))

    layer.complete(request_of(atom, min_tokens=100))

    affordable = (1000 - PROMPT_TOKENS) // 2
    assert client.requests[0].max_tokens == affordable
    assert Hold.objects.get().max_tokens == affordable


def test_what_cannot_be_paid_is_not_sent(atom: Atom) -> None:
    hard_cap(atom, "0.000250")
    layer, client = paid()

    with pytest.raises(FinalLlmError) as caught:
        layer.complete(request_of(atom, min_tokens=100))

    assert caught.value.kind is ErrorKind.BUDGET
    assert "The next call could cost up to $0.0003" in caught.value.sentence
    assert client.requests == []
    assert not Hold.objects.exists()
    denial = Denial.objects.get()
    assert (denial.reason, denial.needed) == ("hard_cap", Decimal(PROMPT_TOKENS + 200).scaleb(-6))


def test_a_call_waits_while_others_hold_the_money(atom: Atom) -> None:
    hard_cap(atom, "0.010000")
    other = HoldFactory(budget=budget_of(atom), amount=Decimal("0.009900"))
    waits: list[float] = []

    def other_call_ends(seconds: float) -> bool:
        waits.append(seconds)
        actions.settle(hold_id=other.pk, actual=Decimal("0.001"))
        return False

    layer, client = paid(make_completion(), wait=other_call_ends)

    layer.complete(request_of(atom, min_tokens=100))

    assert len(waits) == 1
    assert client.requests[0].max_tokens == 1000


def test_waiting_ends_when_the_plan_does_not_run_any_more(atom: Atom) -> None:
    hard_cap(atom, "0.010000")
    HoldFactory(budget=budget_of(atom), amount=Decimal("0.009900"))

    def somebody_pauses(_seconds: float) -> bool:
        type(atom.plan).objects.filter(pk=atom.plan_id).update(
            status="paused", pause_reason="operator"
        )
        return False

    layer, client = paid(wait=somebody_pauses)

    with pytest.raises(CallInterrupted):
        layer.complete(request_of(atom, min_tokens=100))
    assert client.requests == []
    assert not Denial.objects.exists()


def test_waiting_ends_with_the_process(atom: Atom) -> None:
    hard_cap(atom, "0.010000")
    HoldFactory(budget=budget_of(atom), amount=Decimal("0.009900"))
    layer, _client = paid(wait=lambda _seconds: True)

    with pytest.raises(CallInterrupted):
        layer.complete(request_of(atom, min_tokens=100))


def test_a_model_without_a_price_is_refused_with_the_way_out(
    atom: Atom, settings: LazySettings
) -> None:
    settings.LLM_PROFILES = {"default": PROFILE | {"model": "model-2"}}
    layer, client = paid()

    with pytest.raises(FinalLlmError) as caught:
        layer.complete(request_of(atom))

    assert caught.value.kind is ErrorKind.PRICE
    assert "manage.py prices add models.test model-2" in caught.value.sentence
    assert client.requests == []
    assert Denial.objects.get().reason == "no_price"


def test_a_prompt_beyond_the_price_is_refused(atom: Atom) -> None:
    PriceFactory(effective_from="2021-01-01T00:00:00Z", max_input_tokens=20)
    layer, client = paid()

    with pytest.raises(FinalLlmError, match="holds up to 20"):
        layer.complete(request_of(atom))

    assert client.requests == []
    assert Denial.objects.get().reason == "input_limit"


def test_a_call_for_no_plan_is_refused() -> None:
    layer, client = paid()

    with pytest.raises(FinalLlmError, match="no budget"):
        layer.complete(identify(make_request()))
    assert client.requests == []


def failure(*, is_free: bool = False, usage: Usage | None = None) -> LlmError:
    error = RetryableLlmError(ErrorKind.SERVER, "It has a problem.")
    error.is_free, error.usage = is_free, usage
    return error


@pytest.mark.parametrize(
    ("error", "state", "booked"),
    [
        (failure(is_free=True), HoldState.VOIDED, None),
        (failure(usage=Usage(40, 300)), HoldState.SETTLED, Decimal("0.000640")),
        (failure(), HoldState.UNKNOWN, WORST_CASE),
    ],
)
def test_a_failure_is_booked_by_what_is_known_of_it(
    atom: Atom, error: LlmError, state: HoldState, booked: Decimal | None
) -> None:
    layer, _client = paid(error)

    with pytest.raises(RetryableLlmError):
        layer.complete(request_of(atom))

    hold = Hold.objects.get()
    assert (hold.state, hold.actual) == (state, booked)
    assert budget_of(atom).spent == (booked or 0)
    assert list(differences()) == []


def test_a_bug_below_is_booked_at_the_worst_case(atom: Atom) -> None:
    layer, _client = paid()  # an empty script raises IndexError

    with pytest.raises(IndexError):
        layer.complete(request_of(atom))

    assert Hold.objects.get().state == HoldState.UNKNOWN


def test_every_physical_call_has_a_hold_of_its_own(atom: Atom) -> None:
    layer, _client = paid(failure(), make_completion(usage=Usage(40, 300)))
    request = request_of(atom)

    with pytest.raises(RetryableLlmError):
        layer.complete(request)
    layer.complete(request)

    names = [hold.call_id.removeprefix(request.context.call_id) for hold in Hold.objects.all()]
    assert names == [".1", ".2"]
    assert budget_of(atom).spent == WORST_CASE + Decimal("0.000640")


def test_a_call_whose_worker_died_is_booked_when_the_question_is_asked_again(atom: Atom) -> None:
    request = request_of(atom)
    lost = HoldFactory(
        budget=budget_of(atom), call_id=f"{request.context.call_id}.1", amount=Decimal("0.002")
    )
    layer, _client = paid(make_completion(usage=Usage(40, 300)))

    layer.complete(request)

    lost.refresh_from_db()
    assert (lost.state, lost.actual) == (HoldState.UNKNOWN, Decimal("0.002"))
    assert budget_of(atom).spent == Decimal("0.002640")


def test_a_bill_above_the_hold_is_booked_in_full_and_pauses_the_plan(atom: Atom) -> None:
    layer, _client = paid(make_completion(usage=Usage(40, 10**6)))

    completion = layer.complete(request_of(atom))

    budget = budget_of(atom)
    assert completion.cost_usd == budget.spent == Decimal("2.000040")
    assert budget.overrun == Decimal("1.000040")  # beyond the hard cap of 1 USD
    assert budget.incidents.get().excess == Decimal("2.000040") - WORST_CASE
    atom.plan.refresh_from_db()
    assert (atom.plan.status, atom.plan.pause_reason) == ("paused", "budget")
    assert "more than the worst case" in atom.plan.status_note
    assert list(differences()) == []


def test_an_answer_that_comes_after_its_lease_corrects_the_worst_case(atom: Atom) -> None:
    class Slow:
        def complete(self, _request: CompletionRequest) -> Completion:
            hold = Hold.objects.get()
            actions.expire_holds(now=hold.lease_expires_at + timedelta(seconds=1))
            assert budget_of(atom).spent == WORST_CASE
            return make_completion(usage=Usage(40, 300))

    HoldLayer(Slow(), wait=never).complete(request_of(atom))

    assert budget_of(atom).spent == Decimal("0.000640")
    kinds = [event.kind for event in Hold.objects.get().events.all()]
    assert kinds == ["reserve", "capture_unknown", "adjust"]
    assert list(differences()) == []


def test_the_lease_outlives_the_longest_call(atom: Atom) -> None:
    layer, _client = paid(make_completion())

    layer.complete(replace(request_of(atom)))

    hold = Hold.objects.get()
    lease_s = (hold.lease_expires_at - hold.created_at).total_seconds()
    assert lease_s >= PROFILE["timeout_s"] + 29


def test_a_call_that_was_given_up_before_it_was_sent_costs_nothing(atom: Atom) -> None:
    class Leaving:
        def complete(self, _request: CompletionRequest) -> Completion:
            raise CallInterrupted("The process ends.")

    with pytest.raises(CallInterrupted):
        HoldLayer(Leaving(), wait=never).complete(request_of(atom))

    assert Hold.objects.get().state == HoldState.VOIDED
    assert budget_of(atom).held == 0
