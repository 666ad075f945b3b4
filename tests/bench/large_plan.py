"""A masterplan of any size, and the rows of its run when it is half done; always the same."""

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice

from django.utils import timezone

from apps.accounts.models import User
from apps.execution.core.tuning import temperature_of
from apps.execution.models import Attempt, AttemptStatus, CodeVersion
from apps.masterplans.models import (
    Atom,
    AtomStatus,
    Masterplan,
    PlanStatus,
    Wave,
    WaveStatus,
)
from apps.traceability.core.kinds import StepKind
from apps.traceability.models import TraceEvent

WAVE_SHARES = (8, 18, 17, 15, 12, 10, 8, 6, 4, 2)  # percent of the atoms
CURRENT_WAVE = 4  # the one that runs; those before it have passed
IN_FLIGHT = 24
TASK_ATOMS = 8  # of one file
TRY_S = 2.5
PROMPT = "Write the function that is asked for, and nothing else. " * 60
FRONT = """---
title: Large plan of {atoms:,} atoms
language: python
package: large
budget_usd: 50
---

# Large plan

Functions that call each other over ten waves.

## Requirements

### MUST

"""


# The text.


def text(atoms: int) -> str:
    """Return the Markdown of a plan with so many atoms, at least twenty, in ten waves."""
    levels = _levels(atoms)
    requirements = "".join(
        f"- R{number + 1}: `step_{number * 10}(0)` returns `{number}`.\n"
        for number in range(atoms // 10)
    )
    return FRONT.format(atoms=atoms) + requirements + "\n## Plan\n" + "".join(_plan(levels))


def _levels(atoms: int) -> list[range]:
    """The numbers of each wave's atoms."""
    stops = [atoms * sum(WAVE_SHARES[: place + 1]) // 100 for place in range(len(WAVE_SHARES))]
    return [range(start, stop) for start, stop in zip([0, *stops], stops, strict=False)]


def _plan(levels: list[range]) -> Iterator[str]:
    for place, level in enumerate(levels):
        yield f"\n### Phase: Part {place}\n\n#### Milestone: Level {place}\n"
        for task in range(0, len(level), TASK_ATOMS):
            path = f"large/level{place}/module{task // TASK_ATOMS}.py"
            yield f"\n##### Task: Module {place}.{task // TASK_ATOMS} (`{path}`)\n\n"
            below = levels[place - 1] if place else range(0)
            yield from (_atom(number, below) for number in level[task : task + TASK_ATOMS])


def _atom(number: int, below: range) -> str:
    # The first atom is the one that everybody needs, as plans tend to have.
    needed = {0, below[number % len(below)], below[number * 7 % len(below)]} if below else set()
    uses = ", ".join(f"`step_{each}`" for each in sorted(needed))
    return f"- `step_{number}(value: int) -> int`: the value, {number} times." + (
        f" Uses {uses}.\n" if uses else "\n"
    )


# The rows.


def half_done(plan: Masterplan, by: User) -> None:
    """Bring an imported plan into the middle of its run, as the engine would have left it."""
    now = timezone.now()
    start = now - timedelta(hours=1)
    atoms: list[Atom] = []
    for place, wave in enumerate(plan.waves.order_by("number")):
        began = start + timedelta(minutes=10 * place)
        _set_wave(wave, place, began)
        if place <= CURRENT_WAVE:
            rows = list(wave.atoms.order_by("position"))
            _set_atoms(rows, began, is_current=place == CURRENT_WAVE)
            atoms += rows
    Atom.objects.bulk_update(
        atoms, ["status", "status_note", "queued_at", "started_at", "finished_at"], batch_size=500
    )
    attempts = [attempt for atom in atoms for attempt in _attempts(atom, now)]
    Attempt.objects.bulk_create(attempts, batch_size=500)
    CodeVersion.objects.bulk_create(_versions(attempts), batch_size=500)
    _trace(attempts)
    Masterplan.objects.filter(pk=plan.pk).update(
        status=PlanStatus.RUNNING, started_at=start, started_by=by
    )


def _set_wave(wave: Wave, place: int, began: datetime) -> None:
    if place <= CURRENT_WAVE:
        wave.started_at, wave.status = began, WaveStatus.RUNNING
    if place < CURRENT_WAVE:
        wave.finished_at, wave.status = began + timedelta(minutes=10), WaveStatus.PASSED
    wave.save()


def _set_atoms(atoms: list[Atom], began: datetime, *, is_current: bool) -> None:
    passed = len(atoms) * 6 // 10 if is_current else len(atoms)
    for place, atom in enumerate(atoms):
        atom.queued_at = began
        if place < passed:
            atom.status = AtomStatus.SUCCEEDED
        elif place < passed + IN_FLIGHT:
            atom.status = AtomStatus.RUNNING
        elif place < passed + IN_FLIGHT + 2:
            atom.status = AtomStatus.FAILED
            atom.status_note = "The signature differs from the one that is asked."
        else:
            atom.status = AtomStatus.QUEUED
            continue
        atom.started_at = began + timedelta(seconds=place)
        if atom.status != AtomStatus.RUNNING:
            atom.finished_at = atom.started_at + timedelta(seconds=TRY_S * _tries(atom))


def _tries(atom: Atom) -> int:
    """How often the model was asked: mostly once, four times before an atom fails."""
    if atom.status == AtomStatus.FAILED:
        return atom.attempt_limit
    return 3 if atom.position % 40 == 0 else 2 if atom.position % 8 == 0 else 1


def _attempts(atom: Atom, now: datetime) -> Iterator[Attempt]:
    if atom.started_at is None:
        return
    tries = _tries(atom)
    for number in range(1, tries + 1):
        started_at = atom.started_at + timedelta(seconds=TRY_S * (number - 1))
        attempt = Attempt(
            plan_id=atom.plan_id,
            atom=atom,
            trace_id=atom.trace_id,
            number=number,
            status=AttemptStatus.REJECTED,
            temperature=temperature_of(number),
            runs=1,
            dispatched_at=atom.queued_at,
            started_at=started_at,
            messages=[{"role": role, "content": PROMPT} for role in ("system", "user")],
        )
        if number == tries and atom.status == AtomStatus.RUNNING:
            attempt.status = AttemptStatus.RUNNING
            attempt.run_token = uuid.uuid4()
            attempt.lease_expires_at = now + timedelta(hours=1)
        else:
            _answer(attempt, is_accepted=number == tries and atom.status == AtomStatus.SUCCEEDED)
        yield attempt


def _answer(attempt: Attempt, *, is_accepted: bool) -> None:
    body = "\n".join(f"    value += {line}  # try {attempt.number}" for line in range(12))
    attempt.code = f"def {attempt.atom.symbol}(value: int) -> int:\n{body}\n    return value\n"
    attempt.response_text = f"```python\n{attempt.code}```\n"
    attempt.finish_reason, attempt.model = "stop", "replay-1"
    attempt.input_tokens, attempt.output_tokens = 1450, 210
    attempt.cost_usd, attempt.latency_ms = Decimal("0.000625"), 2100
    attempt.finished_at = (attempt.started_at or timezone.now()) + timedelta(seconds=TRY_S)
    if is_accepted:
        attempt.status = AttemptStatus.SUCCEEDED
    else:
        message = "The signature differs from the one that is asked."
        attempt.findings = [
            {"rule": "signature.same", "severity": "high", "message": message, "line": 1}
        ]


def _versions(attempts: list[Attempt]) -> Iterator[CodeVersion]:
    for attempt in attempts:
        if attempt.status == AttemptStatus.SUCCEEDED:
            yield CodeVersion(
                plan_id=attempt.plan_id,
                atom=attempt.atom,
                attempt=attempt,
                code=attempt.code,
                commit_sha="a" * 40,
            )


def _trace(attempts: list[Attempt]) -> None:
    events = (event for attempt in attempts for event in _events(attempt))
    while batch := list(islice(events, 1000)):
        TraceEvent.objects.bulk_create(batch)


def _events(attempt: Attempt) -> Iterator[TraceEvent]:
    yield _event(attempt, StepKind.CONTEXT, 6, numbers={"prompt_characters": 2 * len(PROMPT)})
    yield _event(attempt, StepKind.CALL, 0)
    if attempt.finished_at is None:
        return
    yield _event(
        attempt,
        StepKind.RESPONSE,
        2100,
        cost_usd=attempt.cost_usd,
        input_tokens=attempt.input_tokens,
        output_tokens=attempt.output_tokens,
    )
    is_accepted = attempt.status == AttemptStatus.SUCCEEDED
    blocking = 0 if is_accepted else 1
    yield _event(
        attempt, StepKind.VALIDATION, 90, numbers={"findings": blocking, "blocking": blocking}
    )
    if is_accepted:
        yield _event(attempt, StepKind.STORED)
    else:
        yield _event(attempt, StepKind.RETRY, data={"sentence": "The signature differs."})


def _event(
    attempt: Attempt, kind: StepKind, duration_ms: int | None = None, **facts: object
) -> TraceEvent:
    return TraceEvent(
        kind=kind.value,
        trace_id=attempt.trace_id,
        plan_id=attempt.plan_id,
        atom_id=attempt.atom_id,
        attempt_id=attempt.pk,
        attempt_number=attempt.number,
        duration_ms=duration_ms,
        **facts,
    )
