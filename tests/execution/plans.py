"""A small plan for the engine's tests, and a client that knows its answers."""

import re
import threading
from collections import Counter

from apps.accounts.core.roles import Role
from apps.budgets.layers import HoldLayer
from apps.execution import actions
from apps.llm.core.errors import LlmError
from apps.llm.core.types import Completion, CompletionClient, CompletionRequest, Usage
from apps.masterplans.models import Masterplan
from tests.factories import UserFactory

TEXT = """---
title: Greetings
language: python
package: greet
budget_usd: 5.00
---

# Greetings

Polite functions.

## Requirements

### MUST

- R1: `greeting("Ada")` returns `"Hello, Ada!"`.

## Plan

### Phase: Core

#### Milestone: Words

##### Task: Parts (`greet/parts.py`)

- `opening() -> str`: the first word, "Hello".
- `mark() -> str`: the last sign, "!".

##### Task: Greeting (`greet/greeting.py`)

- `greeting(name: str) -> str`: the whole sentence.
  Uses `opening`, `mark`. Covers R1.
"""

OPENING = "greet/parts.py::opening"
MARK = "greet/parts.py::mark"
GREETING = "greet/greeting.py::greeting"

GOOD = {
    OPENING: 'def opening() -> str:\n    """Return the first word."""\n    return "Hello"\n',
    MARK: 'def mark() -> str:\n    """Return the last sign."""\n    return "!"\n',
    GREETING: (
        "from greet.parts import mark, opening\n\n\n"
        'def greeting(name: str) -> str:\n    """Return the sentence."""\n'
        '    return f"{opening()}, {name}{mark()}"\n'
    ),
}


def fenced(code: str) -> str:
    """Return the code as a model answers."""
    return f"```python\n{code}```\n"


class AnsweringClient:
    """Answers each atom with its texts in order, the last one again and again."""

    def __init__(self, answers: dict[str, list[str | LlmError]] | None = None) -> None:
        self.answers = {ref: [fenced(code)] for ref, code in GOOD.items()} | (answers or {})
        self.asked: Counter[str] = Counter()
        self.requests: list[CompletionRequest] = []
        self._lock = threading.Lock()

    def complete(self, request: CompletionRequest) -> Completion:
        match = re.search(r"Atom: `([^`]+)`", request.messages[-1].content)
        assert match is not None
        ref = match[1]
        with self._lock:
            self.requests.append(request)
            texts = self.answers[ref]
            answer = texts[min(self.asked[ref], len(texts) - 1)]
            self.asked[ref] += 1
        if isinstance(answer, LlmError):
            raise answer
        return Completion(
            text=answer,
            finish_reason="stop",
            model="scripted",
            provider_request_id=f"request-{self.asked.total()}",
            usage=Usage(input_tokens=100, output_tokens=20),
            latency_ms=5,
        )


def paid(client: AnsweringClient) -> CompletionClient:
    """Return the client behind the layer that books what its answers cost."""
    return HoldLayer(client)


def imported_plan(text: str = TEXT) -> Masterplan:
    """Import the text as a new operator."""
    return actions.import_masterplan(text=text, by=UserFactory(role=Role.OPERATOR), is_copy=True)


def started_plan(text: str = TEXT) -> Masterplan:
    """Import and start the text; its first attempts wait for workers."""
    plan = imported_plan(text)
    return actions.start(plan_id=plan.pk, by=plan.owner)


def work_off(plan: Masterplan, client: AnsweringClient, *, limit: int = 60) -> Masterplan:
    """Carry out waiting attempts until none is left, as one worker would."""
    for _ in range(limit):
        attempt = plan.attempts.filter(status="queued").order_by("atom__position").first()
        if attempt is None:
            break
        actions.run_attempt(attempt.pk, client=paid(client))
        plan.refresh_from_db()
        if plan.status != "running":
            break
    plan.refresh_from_db()
    return plan
