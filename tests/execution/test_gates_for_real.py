"""Plans whose tests are generated, and run in the sandbox, by what a sandbox worker does."""

from collections.abc import Iterator

import pytest
from django.test import override_settings

from apps.acceptance.models import AcceptanceTest, AtomEvidence, Reading, Suite, SuiteStatus
from apps.execution import actions
from apps.masterplans.models import Masterplan, PlanStatus, WaveStatus
from tests.execution.gate_plans import sandbox_work
from tests.execution.plans import GREETING, AnsweringClient, fenced, started_plan, work_off
from tests.execution.test_gates import TEXT

pytestmark = pytest.mark.django_db(transaction=True)

WRONG = (
    "from greet.parts import mark, opening\n\n\n"
    'def greeting(name: str) -> str:\n    """Return the sentence."""\n'
    '    return f"{opening()} {name}{mark()}"\n'
)
SCRIPT_TEXT = """---
title: Greetings
language: typescript
package: greet
---

# Greetings

## Requirements

### MUST

- R1: `shout("ada")` returns `"ADA!"`.
- R2: `trimmed("  ada ")` returns `"ada"`.

## Plan

### Phase: Core

#### Milestone: Words

##### Task: Parts (`src/parts.ts`)

- `export function trimmed(text: string): string`: the text without blanks around it. Covers R2.

##### Task: Loud (`src/loud.ts`)

- `export function shout(text: string): string`: the trimmed text in capitals, with a mark behind it.
  Uses `trimmed`. Covers R1.
"""
SHOUT, TRIMMED = "src/loud.ts::shout", "src/parts.ts::trimmed"


def script(code: str) -> str:
    return f"```typescript\n{code}```\n"


SCRIPT_ANSWERS = {
    TRIMMED: [
        script("export function trimmed(text: string): string {\n  return text.trim();\n}\n")
    ],
    SHOUT: [
        script(
            'import { trimmed } from "./parts";\n\n'
            "export function shout(text: string): string {\n"
            "  return `${trimmed(text)}!`;\n}\n"
        ),
        script(
            'import { trimmed } from "./parts";\n\n'
            "export function shout(text: string): string {\n"
            "  return `${trimmed(text).toUpperCase()}!`;\n}\n"
        ),
    ],
}


@pytest.fixture(autouse=True)
def _gate_on() -> Iterator[None]:
    with override_settings(ACCEPTANCE_GATE="enforce"):
        yield


def run_whole(plan: Masterplan, client: AnsweringClient) -> Masterplan:
    for _ in range(6):
        work_off(plan, client)
        sandbox_work(plan, client)
    plan.refresh_from_db()
    return plan


def test_python_that_violates_a_must_is_held_and_its_correction_is_let_through() -> None:
    client = AnsweringClient()
    client.answers[GREETING].insert(0, fenced(WRONG))

    plan = run_whole(started_plan(TEXT), client)

    assert (plan.status, plan.pause_reason) == (PlanStatus.PAUSED, "gate")
    assert plan.waves.get(number=1).status == WaveStatus.PASSED
    assert plan.waves.get(number=2).status == WaveStatus.BLOCKED
    assert "R1.c1 (MUST) on greet/greeting.py::greeting" in plan.status_note
    actions.retry_failed(plan_id=plan.pk, by=plan.owner)
    plan = run_whole(plan, client)
    assert plan.status == PlanStatus.COMPLETED
    prompt = client.requests[-1].messages[-1].content
    assert "R1 not met" in prompt


def test_typescript_that_violates_a_must_is_held_and_its_correction_is_let_through() -> None:
    client = AnsweringClient(dict(SCRIPT_ANSWERS))

    plan = run_whole(started_plan(SCRIPT_TEXT), client)

    assert (plan.status, plan.pause_reason) == (PlanStatus.PAUSED, "gate")
    assert plan.waves.get(number=1).status == WaveStatus.PASSED
    assert "R1.c1 (MUST) on src/loud.ts::shout" in plan.status_note
    actions.retry_failed(plan_id=plan.pk, by=plan.owner)
    plan = run_whole(plan, client)
    assert plan.status == PlanStatus.COMPLETED
    assert client.asked[SHOUT] == 2
    assert client.asked[TRIMMED] == 1


def test_tests_are_stored_kept_when_equal_and_tried_on_mistakes() -> None:
    client = AnsweringClient()
    plan = run_whole(started_plan(TEXT), client)

    assert plan.status == PlanStatus.COMPLETED
    assert Suite.objects.get(plan=plan).status == SuiteStatus.READY
    priorities = Reading.objects.filter(plan=plan).values_list("priority", flat=True)
    assert set(priorities) == {"must", "should"}
    stated = AcceptanceTest.objects.get(plan=plan, check_id="R1.c1")
    assert (stated.green_on, stated.is_weak) == ([], False)
    assert "greeting('Ada')" in stated.text
    assert AcceptanceTest.objects.filter(plan=plan, is_held_out=True).exists()

    before = set(AcceptanceTest.objects.filter(plan=plan).values_list("pk", flat=True))
    actions.generate_tests(plan_id=plan.pk, by=plan.owner)
    sandbox_work(plan, client)
    assert set(AcceptanceTest.objects.filter(plan=plan).values_list("pk", flat=True)) == before

    for _ in range(4):
        actions.carry_out_evidence(plan.pk, client=client)
    found = {row.atom.symbol: row for row in AtomEvidence.objects.select_related("atom")}
    assert set(found) == {"opening", "mark", "greeting"}
    assert found["greeting"].total > 0
    assert found["greeting"].killed == found["greeting"].total
    assert not AcceptanceTest.objects.filter(plan=plan, is_flaky=True).exists()
