"""Whether the tests of accepted code notice mistakes in it: gathered after a gate, atom by atom."""

import logging
from collections.abc import Mapping
from dataclasses import asdict
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from apps.acceptance import evidence as running
from apps.acceptance.actions import suites
from apps.acceptance.actions.asking import ask_about_survivors
from apps.acceptance.actions.generation import asked_about
from apps.acceptance.core.authoring.check_json import check_from_data
from apps.acceptance.core.evidence import AtomEvidence as Found
from apps.acceptance.core.evidence import Survivor
from apps.acceptance.core.suite import Suite as Built
from apps.acceptance.core.suite import suites_of
from apps.acceptance.models import (
    AcceptanceTest,
    AtomEvidence,
    Reading,
    Suite,
    SuiteStatus,
    TestState,
)
from apps.acceptance.verification import RunTests
from apps.common.events import announce
from apps.llm.core.types import CompletionClient
from apps.masterplans.core import topics
from apps.masterplans.models import Atom, AtomStatus, Masterplan, PlanStatus, WaveStatus

logger = logging.getLogger(__name__)


def atoms_without_evidence(plan_id: UUID) -> QuerySet[Atom]:
    """Atoms of waves that passed whose present tests nobody has tried on mistakes yet."""
    own = AcceptanceTest.objects.filter(atom=OuterRef("pk"), state=TestState.ACTIVE)
    revision = Suite.objects.filter(plan=plan_id, status=SuiteStatus.READY).values("revision")
    known = AtomEvidence.objects.filter(atom=OuterRef("pk"), revision__gte=revision[:1])
    return Atom.objects.filter(
        Exists(own), ~Exists(known), plan=plan_id, status=AtomStatus.SUCCEEDED
    ).filter(wave__status=WaveStatus.PASSED)


def gather_next(
    plan_id: UUID,
    *,
    files: Mapping[str, str],
    code_sequence: int,
    run_tests: RunTests,
    run_mutants: RunTests,
    client: CompletionClient,
) -> bool:
    """Gather the evidence of one atom; False when there was none left.

    `run_mutants` has shorter limits: some mistakes never end.

    Raises LlmError when the model was to be asked for better tests and could not be.
    """
    atom = atoms_without_evidence(plan_id).order_by("position").first()
    suite = Suite.objects.filter(plan=plan_id, status=SuiteStatus.READY).first()
    if atom is None or suite is None:
        return False
    tests = AcceptanceTest.objects.filter(atom=atom, state=TestState.ACTIVE)
    checks = [check_from_data(test.check_data) for test in tests]
    built = Built(suite.seed, (), suites_of(checks), ())
    limits = running.Limits(at_once=1, seed=suite.seed)
    found = running.gather(
        built, files, run_tests, limits=limits, green_on={}, run_mutants=run_mutants
    ).atoms
    for each in found:
        _store(atom, each, suite, code_sequence)
        if each.is_weak:
            _ask_for_more(atom, each, client)
    announce(topics.tests(Masterplan.objects.only("number").get(pk=plan_id).ref))
    return True


@transaction.atomic
def _store(atom: Atom, found: Found, suite: Suite, code_sequence: int) -> None:
    """Keep what was found; a test that does not always end alike stops counting."""
    score = found.mutants
    AtomEvidence.objects.update_or_create(
        atom=atom,
        defaults={
            "plan_id": atom.plan_id,
            "code_sequence": code_sequence,
            "revision": suite.revision,
            "killed": score.killed if score else 0,
            "total": score.total if score else 0,
            "survivors": [_as_row(each) for each in score.survivors] if score else [],
            "gathered_at": timezone.now(),
        },
    )
    flaky = [check.check for check in found.checks if check.is_flaky]
    steady = AcceptanceTest.objects.filter(atom=atom, state=TestState.ACTIVE, is_flaky=False)
    if steady.filter(check_id__in=flaky).update(is_flaky=True):
        _count_up(atom.plan_id)


def _as_row(survivor: Survivor) -> dict[str, object]:
    """Return the mistake for people; it shows code, so no author of tests is shown it."""
    became = f"`{survivor.was}` became `{survivor.became}`" if survivor.became else survivor.hint
    return asdict(survivor) | {"message": became}


def _count_up(plan_id: UUID) -> None:
    """What gates rest on has changed; what was gathered so far holds all the same."""
    suites.touch(plan_id)
    AtomEvidence.objects.filter(plan=plan_id).update(revision=F("revision") + 1)


def _ask_for_more(atom: Atom, found: Found, client: CompletionClient) -> None:
    """Ask once for checks of what no test noticed, while the plan still runs."""
    plan = Masterplan.objects.get(pk=atom.plan_id)
    survivors = found.mutants.survivors if found.mutants else ()
    readings = Reading.objects.filter(
        plan=plan, requirement__tests__atom=atom, is_withdrawn=False
    ).distinct()
    fresh = [row for row in readings if "survivors" not in (row.authored or {})]
    if plan.status != PlanStatus.RUNNING or not survivors or not fresh:
        return
    asked = asked_about(plan)
    for reading in fresh:
        operators = [(atom.symbol, each.operator) for each in survivors]
        ask_about_survivors(asked, reading, operators, client)
    suites.ask_again(plan)
