"""From the text of a plan to stored tests, with a model for what no template reads."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.acceptance.actions import asking, generation, suites
from apps.acceptance.actions.evidence import gather_next
from apps.acceptance.actions.leases import MAX_RUNS
from apps.acceptance.core.gate import TestStatus
from apps.acceptance.core.suite import AtomSuite
from apps.acceptance.core.verdict import TestOutcome
from apps.acceptance.models import (
    AcceptanceTest,
    AtomEvidence,
    Reading,
    Suite,
    SuiteStatus,
    TestPolicy,
    TestState,
)
from apps.budgets.models import Hold
from apps.llm.core.errors import CallInterrupted, ErrorKind, FinalLlmError
from apps.llm.core.types import Completion, CompletionRequest, Usage
from apps.masterplans.models import AtomStatus, Masterplan, PlanStatus, Priority, WaveStatus
from tests.execution.plans import imported_plan, paid
from tests.factories import ReadingFactory

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = """---
title: Totals
language: python
package: totals
---

# Totals

## Requirements

### MUST

- R1: `total([1, 2])` returns `3`.
- R2: Adding up no numbers at all gives nothing to complain about and the neutral amount.

## Plan

### Phase: Core

#### Milestone: Sums

##### Task: Sums (`totals/sums.py`)

- `total(values: list[int]) -> int`: the sum. Covers R1, R2.
"""
ABOUT_R2 = {
    "checks": [
        {
            "kind": "returns",
            "target": "total",
            "quote": "Adding up no numbers at all",
            "args": [[]],
            "expect": 0,
        }
    ],
    "question": "",
}
FREE = """```python
from totals.sums import total


def test_R2_c1():
    assert total([]) == 0
```
"""


class Author:
    """Answers questions about requirements by their refs, and counts them."""

    def __init__(self, *answers: str | Exception) -> None:
        self.answers = list(answers)
        self.asked: Counter[str] = Counter()
        self.requests: list[CompletionRequest] = []

    def complete(self, request: CompletionRequest) -> Completion:
        found = re.search(r"Requirement: `(R\d+)`", request.messages[-1].content)
        assert found is not None
        self.asked[found[1]] += 1
        self.requests.append(request)
        answer = self.answers[min(self.asked.total(), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        usage = Usage(input_tokens=50, output_tokens=10)
        return Completion(answer, "stop", "author", "id", usage, latency_ms=1)


def never_green(atom: AtomSuite, _: Mapping[str, str]) -> Mapping[str, TestOutcome]:
    return {}


def generated(plan: Masterplan, author: Author) -> Suite:
    suite = suites.ensure_suite(plan.pk)
    assert generation.generate(suite.pk, client=paid(author), run_tests=never_green)
    suite.refresh_from_db()
    return suite


def test_what_no_template_reads_is_asked_and_held_and_booked() -> None:
    plan, author = imported_plan(TEXT), Author(json.dumps(ABOUT_R2))

    suite = generated(plan, author)

    assert suite.status == SuiteStatus.READY
    assert author.asked == {"R2": 1}
    test = AcceptanceTest.objects.get(plan=plan, check_id="R2.c1")
    assert (test.origin, test.state) == ("model", TestState.ACTIVE)
    assert "total([])" in test.text
    hold = Hold.objects.get()
    assert (hold.purpose, hold.state, hold.atom) == ("tests", "settled", None)
    assert hold.budget.plan == plan


def test_the_author_of_tests_sees_signatures_and_no_code() -> None:
    plan, author = imported_plan(TEXT), Author(json.dumps(ABOUT_R2))

    generated(plan, author)

    prompt = author.requests[0].messages[-1].content
    assert "total(values: list[int]) -> int" in prompt
    assert "the sum" in prompt
    assert "def total" not in prompt


def test_an_answer_is_paid_for_once() -> None:
    plan, author = imported_plan(TEXT), Author(json.dumps(ABOUT_R2))
    generated(plan, author)

    suites.ask_again(plan)
    generated(plan, author)

    assert author.asked.total() == 1
    assert AcceptanceTest.objects.filter(plan=plan, check_id="R2.c1").count() == 1


def test_a_broken_answer_is_asked_again_with_what_was_wrong() -> None:
    plan, author = imported_plan(TEXT), Author('{"checks": 3}', json.dumps(ABOUT_R2))

    generated(plan, author)

    assert author.asked.total() == 2
    assert "Your answer before was not accepted" in author.requests[1].messages[-1].content
    assert AcceptanceTest.objects.filter(plan=plan, check_id="R2.c1").exists()


def test_a_must_that_only_free_code_tests_waits_for_a_person() -> None:
    nothing = '{"checks": [], "question": ""}'
    plan, author = imported_plan(TEXT), Author(nothing, FREE)

    generated(plan, author)

    test = AcceptanceTest.objects.get(plan=plan, requirement__ref="R2")
    assert (test.is_low_trust, test.is_free_text) == (True, True)
    assert test.state == TestState.WAITING


def test_a_model_that_refuses_leaves_a_question() -> None:
    refusal = FinalLlmError(ErrorKind.REFUSED, "The model refused to answer.")
    plan, author = imported_plan(TEXT), Author(refusal)

    suite = generated(plan, author)

    assert suite.status == SuiteStatus.READY
    reading = Reading.objects.get(requirement__ref="R2", plan=plan)
    assert "The model refused to answer." in " ".join(reading.questions)
    assert not AcceptanceTest.objects.filter(requirement__ref="R2").exists()
    suites.ask_again(plan)
    generated(plan, Author(json.dumps(ABOUT_R2)))
    assert AcceptanceTest.objects.filter(requirement__ref="R2").exists()


@pytest.mark.parametrize(
    "error",
    [FinalLlmError(ErrorKind.AUTH, "The key is wrong."), CallInterrupted("It ends.")],
)
def test_an_interrupted_generation_waits_and_keeps_what_was_answered(error: Exception) -> None:
    text = TEXT.replace("- R2:", "- R3: The neutral amount is what one would expect.\n- R2:")
    plan, author = imported_plan(text), Author(json.dumps(ABOUT_R2), error)
    suite = suites.ensure_suite(plan.pk)

    with pytest.raises(type(error)):
        generation.generate(suite.pk, client=author, run_tests=never_green)

    suite.refresh_from_db()
    assert suite.status == SuiteStatus.QUEUED
    assert Reading.objects.filter(plan=plan, authored__isnull=False).count() <= 1


def test_only_one_worker_generates() -> None:
    plan = imported_plan(TEXT)
    suite = suites.ensure_suite(plan.pk)
    Suite.objects.update(status=SuiteStatus.GENERATING)

    assert not generation.generate(suite.pk, client=Author(""), run_tests=never_green)


def test_a_plan_whose_tests_need_review_has_none_that_count() -> None:
    plan = imported_plan(TEXT)
    TestPolicy.objects.create(plan=plan, needs_review=True)

    generated(plan, Author(json.dumps(ABOUT_R2)))

    states = set(AcceptanceTest.objects.filter(plan=plan).values_list("state", flat=True))
    assert states == {TestState.WAITING}


def test_a_changed_requirement_gets_new_versions_of_its_tests() -> None:
    plan, author = imported_plan(TEXT), Author(json.dumps(ABOUT_R2))
    generated(plan, author)

    plan.source_text = TEXT.replace("`total([1, 2])` returns `3`", "`total([1, 3])` returns `4`")
    plan.save()
    suites.ask_again(plan)
    generated(plan, author)

    versions = AcceptanceTest.objects.filter(plan=plan, check_id="R1.c1").order_by("version")
    assert [(row.version, row.state) for row in versions] == [(1, "superseded"), (2, "active")]


def test_a_persons_priority_stays_when_the_text_is_read_again() -> None:
    plan, author = imported_plan(TEXT), Author(json.dumps(ABOUT_R2))
    generated(plan, author)
    Reading.objects.filter(requirement__ref="R1").update(
        priority=Priority.SHOULD, corrected_by=plan.owner, reason="Set by a person."
    )

    suites.ask_again(plan)
    generated(plan, author)

    assert Reading.objects.get(requirement__ref="R1").priority == Priority.SHOULD
    assert plan.requirements.get(ref="R1").priority == Priority.SHOULD


def test_a_doubtful_priority_is_asked_and_its_source_is_said() -> None:
    plan = imported_plan(TEXT)
    suite = generated(plan, Author(json.dumps(ABOUT_R2)))
    Reading.objects.filter(requirement__ref="R2").update(
        authored={"priority": "may"}, priority="may"
    )

    suites.ask_again(plan)
    generated(plan, Author(json.dumps(ABOUT_R2)))

    suite.refresh_from_db()
    assert plan.requirements.get(ref="R2").priority == Priority.MAY


@pytest.mark.parametrize(
    ("answer", "priority", "reason"),
    [
        ('"should"', Priority.SHOULD, "The text does not say; a model was asked."),
        ("I cannot tell.", Priority.MUST, "Neither the text nor a model says; then it is a MUST."),
    ],
)
def test_what_the_model_says_of_a_priority_counts_else_it_is_a_must(
    answer: str, priority: Priority, reason: str
) -> None:
    reading = ReadingFactory(priority=Priority.MAY, confidence=Decimal("0.3"))

    asking.keep_answers(reading, {"priority": answer})

    reading.refresh_from_db()
    assert (reading.priority, reading.reason) == (priority, reason)
    assert reading.authored == {"priority": answer}


def test_a_generation_that_always_breaks_off_ends() -> None:
    plan = imported_plan(TEXT)
    suite = suites.ensure_suite(plan.pk)

    def broken(_: AtomSuite, __: Mapping[str, str]) -> Mapping[str, TestOutcome]:
        raise OSError("no room on the disk")

    for _ in range(MAX_RUNS):
        with pytest.raises(OSError, match="no room"):
            generation.generate(
                suite.pk, client=paid(Author(json.dumps(ABOUT_R2))), run_tests=broken
            )
    suites.take_up_lost(plan.pk, now=timezone.now())

    suite.refresh_from_db()
    assert suite.status == SuiteStatus.FAILED
    assert "broke off 4 times" in suite.note


def test_a_plan_that_is_paused_uses_no_try_up() -> None:
    plan = imported_plan(TEXT)
    suite = suites.ensure_suite(plan.pk)

    for _ in range(MAX_RUNS + 1):
        with pytest.raises(CallInterrupted):
            generation.generate(
                suite.pk, client=Author(CallInterrupted("It ends.")), run_tests=never_green
            )
    suites.take_up_lost(plan.pk, now=timezone.now())

    suite.refresh_from_db()
    assert (suite.status, suite.runs) == (SuiteStatus.QUEUED, 0)


def test_mistakes_that_no_test_notices_are_asked_about_once() -> None:
    plan = imported_plan(TEXT)
    more = {
        "checks": [
            {
                "kind": "returns",
                "target": "total",
                "quote": "returns",
                "args": [[5, 6, 7]],
                "expect": 18,
            }
        ],
        "question": "",
    }
    author = Author(json.dumps(ABOUT_R2), json.dumps(more))
    generated(plan, author)
    plan.waves.update(status=WaveStatus.PASSED)
    plan.atoms.update(status=AtomStatus.SUCCEEDED)
    Masterplan.objects.filter(pk=plan.pk).update(status=PlanStatus.RUNNING)
    code = "def total(values: list[int]) -> int:\n    return sum(values) * 1 + 0\n"

    def green(atom: AtomSuite, _: Mapping[str, str]) -> Mapping[str, TestOutcome]:
        return {check.id: TestOutcome(TestStatus.PASSED) for check in atom.checks}

    def gather() -> bool:
        return gather_next(
            plan.pk,
            files={"totals/sums.py": code},
            code_sequence=1,
            run_tests=green,
            run_mutants=green,
            client=paid(author),
        )

    assert gather()

    found = AtomEvidence.objects.get()
    assert (found.killed, found.total > 0) == (0, True)
    assert all(row["message"] for row in found.survivors)
    told = author.requests[-1].messages[-1].content
    assert "sum(values)" not in told
    asked = author.asked.total()
    generated(plan, author)
    assert AcceptanceTest.objects.filter(plan=plan, check_data__args__isnull=False).exists()
    assert "18" in " ".join(AcceptanceTest.objects.filter(plan=plan).values_list("text", flat=True))
    assert gather()
    assert author.asked.total() == asked
