"""From the text of a plan to stored tests: templates first, a model for what none of them reads."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from apps.acceptance.actions import leases, suites
from apps.acceptance.actions.asking import Asked, ask_model, authored_checks
from apps.acceptance.actions.storing import Generated, store
from apps.acceptance.core.priority import Judgement, Rule
from apps.acceptance.core.sentence import Requirement as Read
from apps.acceptance.core.sentence import read_requirement
from apps.acceptance.core.sources import Source, UnreadableError, read_source
from apps.acceptance.core.suite import build_suite
from apps.acceptance.evidence import stub_evidence
from apps.acceptance.models import Reading, Suite, SuiteStatus
from apps.acceptance.verification import RunTests
from apps.common.events import announce
from apps.llm.core.errors import CallInterrupted, LlmError
from apps.llm.core.types import CompletionClient
from apps.masterplans.core import topics
from apps.masterplans.core.document import Priority
from apps.masterplans.models import Masterplan

_WAITING = {"status": SuiteStatus.QUEUED, "run_token": None, "dispatched_at": None}


def generate(suite_id: int, *, client: CompletionClient, run_tests: RunTests) -> bool:
    """Generate the tests of a plan; False when somebody else does, or it was done.

    Raises LlmError when the model cannot be asked; then, and when the process ends in between,
    the suite waits to be generated again, and what was answered is kept.
    """
    rows = Suite.objects.filter(pk=suite_id)
    now = timezone.now()
    token = leases.claim(rows, waiting=SuiteStatus.QUEUED, working=SuiteStatus.GENERATING, now=now)
    if token is None:
        return False
    suite = rows.select_related("plan").get()
    mine = rows.filter(run_token=token)
    announce(topics.tests(suite.plan.ref))
    with leases.renewed(Suite, token):
        try:
            _generate(suite, token=token, client=client, run_tests=run_tests)
        except UnreadableError as error:
            note = f"The plan's requirements cannot be read: {str(error).rstrip('.')}."
            mine.update(status=SuiteStatus.FAILED, note=note)
        except (
            CallInterrupted,
            LlmError,
        ):  # whoever pauses the plan decides when it is tried again
            mine.update(**_WAITING, runs=F("runs") - 1)
            raise
        except BaseException:  # the next worker tries; suites.take_up_lost ends it after some tries
            mine.update(**_WAITING)
            raise
    announce(*topics.of_plan(suite.plan.ref), topics.tests(suite.plan.ref))
    return True


def _generate(suite: Suite, *, token: UUID, client: CompletionClient, run_tests: RunTests) -> None:
    plan = suite.plan
    asked = asked_about(plan)
    if suite.asks_model:
        ask_model(asked, client)
        asked = replace(asked, source=_with_known_priorities(plan, asked.source))
    built = build_suite(asked.source, seed=suite.seed, authored=authored_checks(asked))
    store(Generated(plan, built, stub_evidence(built, run_tests)), suite=suite, token=token)


def asked_about(plan: Masterplan) -> Asked:
    """Return the requirements of a plan as they are read now. Raises UnreadableError."""
    source = _with_known_priorities(plan, read_source(plan.source_text, "masterplan.md"))
    descriptions = {atom.ref: atom.description for atom in plan.atoms.all()}
    return Asked(plan, source, _readings(plan, source), descriptions)


def _with_known_priorities(plan: Masterplan, source: Source) -> Source:
    """What a person, or a model that was asked, said goes before what the text seems to say.

    What is withdrawn is left out, and so is a second requirement of one name.
    """
    rows = Reading.objects.filter(plan=plan).select_related("requirement")
    known = {row.requirement.ref: row for row in rows}
    stated = {each.id: each for each in reversed(source.stated)}
    kept = []
    for each in dict(reversed(stated.items())).values():
        row = known.get(each.id)
        if row is None:
            kept.append(each)
        elif not row.is_withdrawn:
            kept.append(replace(each, given=_said(row) or each.given))
    return replace(source, stated=tuple(kept))


def _said(row: Reading) -> Judgement | None:
    if row.corrected_by_id is None and "priority" not in (row.authored or {}):
        return None
    return Judgement(Priority(row.priority), float(row.confidence), row.reason, Rule.WORDS)


def _readings(plan: Masterplan, source: Source) -> dict[str, Reading]:
    """Return a row for each requirement, made or brought up to date from the text."""
    stored = {row.ref: row for row in plan.requirements.all()}
    found = {
        stated.id: _reading(plan, read_requirement(stated, source.targets), stored[stated.id].pk)
        for stated in source.stated
        if stated.id in stored
    }
    Reading.objects.bulk_create(
        found.values(),
        update_conflicts=True,
        unique_fields=["requirement"],
        update_fields=["priority", "confidence", "reason", "kind", "doubt", "questions"],
    )
    fresh = Reading.objects.filter(plan=plan).select_related("requirement")
    return {row.requirement.ref: row for row in fresh if row.requirement.ref in found}


def _reading(plan: Masterplan, read: Read, requirement_id: UUID) -> Reading:
    return Reading(
        plan=plan,
        requirement_id=requirement_id,
        priority=read.judgement.priority.value,
        confidence=Decimal(f"{read.judgement.confidence:.2f}"),
        reason=read.judgement.reason,
        kind=read.kind.value,
        doubt=read.doubt.value if read.doubt else "",
        questions=list(read.questions),
    )


def read_again(requirement_id: UUID) -> None:
    """Have a requirement whose text changed read, and its tests written, from the beginning."""
    reading = Reading.objects.filter(requirement=requirement_id)
    reading.update(authored=None)
    suites.ask_again(Masterplan.objects.get(requirements=requirement_id))
