"""Stored tests follow what was generated: what is equal stays, what changed is a new version."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone

from apps.acceptance.actions.deeds import fresh_state, needs_review
from apps.acceptance.core.authoring.check_json import check_as_data
from apps.acceptance.core.checks import Check
from apps.acceptance.core.suite import Suite as Built
from apps.acceptance.core.suite import called, suites_of
from apps.acceptance.core.verdict import weak_checks
from apps.acceptance.models import (
    AcceptanceTest,
    Origin,
    Reading,
    Suite,
    SuiteStatus,
    TestState,
)
from apps.masterplans.models import Atom, Masterplan, Requirement


@dataclass(frozen=True, slots=True)
class Generated:
    """The tests of a plan, with the stubs on which each was green."""

    plan: Masterplan
    built: Built
    green: Mapping[str, frozenset[str]]  # by the id of the check


@transaction.atomic
def store(generated: Generated, *, suite: Suite, token: UUID) -> None:
    """Keep the tests, unless another worker took the suite meanwhile."""
    tests = AcceptanceTest.objects.filter(plan=generated.plan).order_by("pk")
    list(
        tests.select_for_update().values_list("pk")
    )  # before the suite, as people's acts lock them
    mine = Suite.objects.select_for_update().filter(pk=suite.pk, run_token=token)
    if not mine.filter(status=SuiteStatus.GENERATING).exists():
        return
    plan = generated.plan
    stored = AcceptanceTest.objects.filter(plan=plan).exclude(state=TestState.SUPERSEDED)
    current = {row.check_id: row for row in stored}
    kept = [_merge(row, current) for row in _rows(generated)]
    stays = {row.pk for row in kept}
    stays |= {row.pk for row in current.values() if row.origin == Origin.PERSON}
    gone = [row.pk for row in current.values() if row.pk not in stays]
    AcceptanceTest.objects.filter(pk__in=gone).update(state=TestState.SUPERSEDED)
    AcceptanceTest.objects.bulk_create(row for row in kept if row._state.adding)
    known = [row for row in kept if not row._state.adding]
    AcceptanceTest.objects.bulk_update(known, ["green_on", "is_weak", "position"], batch_size=500)
    _store_drops(generated)
    _follow_priorities(plan)
    mine.update(
        status=SuiteStatus.READY,
        note="",
        generated_at=timezone.now(),
        run_token=None,
        lease_expires_at=None,
        revision=F("revision") + 1,
    )


def _rows(generated: Generated) -> list[AcceptanceTest]:
    """Return a new row for every check whose atom the plan has."""
    plan, built = generated.plan, generated.built
    atoms = {(atom.path, atom.symbol): atom for atom in plan.atoms.all()}
    requirements = {row.ref: row for row in plan.requirements.all()}
    is_reviewed = needs_review(plan.pk)
    priorities = {row.id: row.judgement.priority for row in built.requirements}
    weak = weak_checks(built, generated.green)
    last = dict(
        AcceptanceTest.objects.filter(plan=plan)
        .order_by()
        .values_list("check_id")
        .annotate(last=Max("version"))
    )
    rows = []
    known = [check for check in built.checks if _place(check) in atoms]
    for position, check in enumerate(known):
        row = _row(check, requirements[check.requirement], atoms[_place(check)])
        row.position = position
        row.version = last.get(check.id, 0) + 1
        row.state = fresh_state(
            is_low_trust=check.is_low_trust,
            priority=priorities[check.requirement],
            needs_review=is_reviewed,
        )
        row.green_on = sorted(generated.green.get(check.id, ()))
        row.is_weak = check.id in weak
        rows.append(row)
    return rows


def _place(check: Check) -> tuple[str, str]:
    return check.target.path, check.target.symbol


def _row(check: Check, requirement: Requirement, atom: Atom) -> AcceptanceTest:
    return AcceptanceTest(
        plan_id=requirement.plan_id,
        requirement=requirement,
        atom=atom,
        check_id=check.id,
        origin=Origin(check.source.value),
        kind=check.kind.value,
        check_data=check_as_data(check),
        calls=[ref for each in called(check) if (ref := f"{each.path}::{each.symbol}") != atom.ref],
        text=suites_of([check])[0].text,
        is_free_text=bool(check.text),
        is_held_out=check.is_held_out,
        is_low_trust=check.is_low_trust,
        is_unproven=check.is_unproven,
    )


def _merge(row: AcceptanceTest, current: Mapping[str, AcceptanceTest]) -> AcceptanceTest:
    """Return the stored row when it says the same or is a person's, else the new one."""
    old = current.get(row.check_id)
    if old is None:
        return row
    if old.origin == Origin.PERSON:
        return old
    if old.check_data != row.check_data:
        return row
    old.green_on, old.is_weak, old.position = row.green_on, row.is_weak, row.position
    return old


def _store_drops(generated: Generated) -> None:
    drops: dict[str, list[dict[str, str]]] = {}
    for each in generated.built.dropped:
        entry = {"check": each.check, "reason": each.reason}
        drops.setdefault(each.requirement, []).append(entry)
    refs = {atom.ref for atom in generated.plan.atoms.all()}
    for check in generated.built.checks:
        ref = f"{check.target.path}::{check.target.symbol}"
        if ref not in refs:
            entry = {"check": check.id, "reason": f"{ref} is no atom of the plan."}
            drops.setdefault(check.requirement, []).append(entry)
    readings = list(Reading.objects.filter(plan=generated.plan).select_related("requirement"))
    for reading in readings:
        reading.dropped = drops.get(reading.requirement.ref, [])
    Reading.objects.bulk_update(readings, ["dropped"], batch_size=500)


def _follow_priorities(plan: Masterplan) -> None:
    """The plan's requirements show the priority that gates count by."""
    changed = []
    for reading in Reading.objects.filter(plan=plan).select_related("requirement"):
        requirement = reading.requirement
        if requirement.priority != reading.priority:
            requirement.priority, requirement.reason = reading.priority, reading.reason
            changed.append(requirement)
    Requirement.objects.bulk_update(changed, ["priority", "reason"])
