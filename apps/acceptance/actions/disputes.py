"""Somebody says that a requirement is wrong; a lead decides, and the plan's text follows."""

import hashlib
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from apps.acceptance.actions.deeds import (
    COMMENT_LENGTH,
    REASON_LENGTH,
    kept_words,
    locked_requirement,
    record,
    stored_reading,
    who,
)
from apps.acceptance.actions.generation import read_again
from apps.acceptance.actions.suites import touch
from apps.acceptance.core.plan_text import NotAmendableError, amended
from apps.acceptance.errors import (
    DisputeDecided,
    DisputeNotFound,
    DisputeWaits,
    NotYourDispute,
    OwnDispute,
    PlanNotAmended,
)
from apps.acceptance.models import (
    AcceptanceTest,
    Dispute,
    DisputeStatus,
    PlanText,
    Reading,
    Suite,
    SuiteStatus,
    TestState,
)
from apps.accounts.actions import notify, require
from apps.accounts.core.notices import Notice
from apps.accounts.core.roles import Action, Role
from apps.accounts.models import User
from apps.common.display import day_clock
from apps.common.errors import InvalidInput
from apps.common.events import announce
from apps.llm.core.text import storable
from apps.masterplans.core import topics
from apps.masterplans.core.coverage import analyse_coverage
from apps.masterplans.core.document import PlanDocument
from apps.masterplans.core.parser import parse
from apps.masterplans.models import Masterplan, Requirement

PROPOSAL_LENGTH = (1, 4000)  # characters; what is read of a requirement


# --- asking -------------------------------------------------------------------------------------


@transaction.atomic
def open_dispute(*, requirement_id: UUID, by: User, reason: str, proposal: str = "") -> Dispute:
    """Say that a requirement is wrong, and how it should read; empty: it should go.

    Nothing changes before a lead has decided. Raises NotAllowed, RequirementNotFound,
    RequirementWithdrawn, DisputeWaits, InvalidInput, PlanNotAmended.
    """
    require(by, Action.DISPUTE_REQUIREMENT)
    requirement = locked_requirement(requirement_id)
    _refuse_second(requirement)
    words = kept_words(reason, name="reason", length=REASON_LENGTH)
    wanted = _proposed(requirement, proposal)
    plan = Masterplan.objects.get(pk=requirement.plan_id)
    _amended(plan, requirement, wanted)  # what could not be carried out is not asked
    dispute = Dispute.objects.create(
        plan=plan, requirement=requirement, asked_by=by, reason=words, proposal=wanted
    )
    dispute.refresh_from_db(fields=["asked_at"])
    _tell_asked(dispute)
    return dispute


def _refuse_second(requirement: Requirement) -> None:
    rows = Dispute.objects.filter(requirement=requirement, status=DisputeStatus.OPEN)
    other = rows.select_related("asked_by").first()
    if other is not None:
        raise DisputeWaits(
            requirement=requirement.ref,
            ref=other.ref,
            when=day_clock(other.asked_at),
            who=who(other.asked_by),
        )


def _proposed(requirement: Requirement, proposal: str) -> str:
    if not proposal.strip():
        return ""
    words = kept_words(proposal, name="proposal", length=PROPOSAL_LENGTH)
    if words == requirement.text:
        problem = f"{requirement.ref} reads like that already."
        raise InvalidInput(problem=problem, field="proposal")
    return words


def _amended(plan: Masterplan, requirement: Requirement, proposal: str) -> str:
    try:
        return storable(amended(plan.source_text, requirement.ref, proposal))
    except NotAmendableError as error:
        raise PlanNotAmended(plan=plan.ref, problem=str(error)) from error


def _tell_asked(dispute: Dispute) -> None:
    asker, ref, plan = who(dispute.asked_by), dispute.requirement.ref, dispute.plan
    sentence = f"{asker} says that {ref} of {plan.ref} is wrong"
    _record(dispute, dispute.asked_by, "dispute_opened", sentence, reason=dispute.reason)
    notify(
        kind=Notice.DISPUTE_ASKED,
        title=f"{ref} of {plan.title} is disputed",
        text=f"{sentence}: {dispute.reason}",
        path=_path(plan),
        if_nobody_acts=f"{ref} stays as it is, and so do its tests and the gate.",
    )


@transaction.atomic
def withdraw_dispute(*, dispute_id: int, by: User) -> Dispute:
    """Take a dispute back. Raises DisputeNotFound, NotYourDispute, DisputeDecided."""
    dispute = _locked(dispute_id)
    if by.pk != dispute.asked_by_id and Role.ADMIN not in by.roles:
        raise NotYourDispute(ref=dispute.ref, asked_by=who(dispute.asked_by))
    _refuse_ended(dispute)
    _end(dispute, DisputeStatus.WITHDRAWN, by)
    _record(dispute, by, "dispute_withdrawn", f"{by.username} took {dispute.ref} back")
    return dispute


# --- deciding -----------------------------------------------------------------------------------


@transaction.atomic
def decide_dispute(*, dispute_id: int, by: User, uphold: bool, comment: str) -> Dispute:
    """Say whether a requirement is wrong. If it is, the plan's text gets a new version.

    The requirement then reads as proposed, or is withdrawn where nothing was proposed; its tests
    run no more. Of two people who decide at the same moment, the second is told who was first.
    Raises NotAllowed, DisputeNotFound, OwnDispute, DisputeDecided, RequirementWithdrawn,
    InvalidInput, PlanNotAmended.
    """
    require(by, Action.DECIDE_DISPUTE)
    dispute = _locked(dispute_id)
    if dispute.asked_by_id == by.pk and not _may_do_both(by):
        raise OwnDispute(ref=dispute.ref)
    _refuse_ended(dispute)
    words = kept_words(comment, name="comment", length=COMMENT_LENGTH)
    if uphold:
        _uphold(dispute, by, words)
    else:
        _end(dispute, DisputeStatus.DECLINED, by, words)
        sentence = f"{by.username} declined {dispute.ref}: {dispute.requirement.ref} stands"
        _record(dispute, by, "dispute_declined", _own(sentence, dispute, by), reason=words)
        _tell_decided(dispute, sentence)
    return dispute


def _may_do_both(user: User) -> bool:
    """Whether the installation lets a superuser decide on the own request."""
    return bool(user.is_superuser and settings.ALLOW_SELF_APPROVAL)


def _own(sentence: str, dispute: Dispute, by: User) -> str:
    return f"{sentence}, on the own request" if by.pk == dispute.asked_by_id else sentence


def _locked(dispute_id: int) -> Dispute:
    """Return the dispute, with its plan, as it is after everybody who decides on it right now."""
    plan_id = Dispute.objects.filter(pk=dispute_id).values_list("plan", flat=True).first()
    if plan_id is None:
        raise DisputeNotFound(dispute=dispute_id)
    plan = Masterplan.objects.select_for_update(no_key=True).get(pk=plan_id)
    rows = Dispute.objects.select_for_update(of=("self",))
    rows = rows.select_related("requirement", "asked_by", "decided_by")
    dispute = rows.get(pk=dispute_id)
    dispute.plan = plan
    return dispute


def _refuse_ended(dispute: Dispute) -> None:
    if dispute.status != DisputeStatus.OPEN:
        raise DisputeDecided(
            ref=dispute.ref,
            what=DisputeStatus(dispute.status).label.lower(),
            who=who(dispute.decided_by),
            when=day_clock(dispute.decided_at or dispute.asked_at),
        )


def _end(dispute: Dispute, status: DisputeStatus, by: User, comment: str = "") -> None:
    dispute.status, dispute.decided_by, dispute.decided_at = status, by, timezone.now()
    dispute.comment = comment
    dispute.save(update_fields=["status", "decided_by", "decided_at", "comment"])


# --- what an upheld one changes -----------------------------------------------------------------


def _uphold(dispute: Dispute, by: User, comment: str) -> None:
    plan, requirement = dispute.plan, locked_requirement(dispute.requirement_id)
    before: dict[str, object] = {"text": requirement.text, "plan_sha256": plan.source_sha256}
    text = _amended(plan, requirement, dispute.proposal)
    document = parse(text).document
    if document is None:  # what was amended was read
        raise PlanNotAmended(plan=plan.ref, problem="it cannot be read any more.")
    version = _keep_version(plan, text, by, f"{dispute.ref}: {comment}")
    _follow_text(plan, text, document)
    reading = stored_reading(requirement)
    if dispute.proposal:
        _restate(requirement, reading, document)
    else:
        reading.is_withdrawn = True
        reading.save(update_fields=["is_withdrawn"])
    gone = _supersede_tests(requirement)
    _start_over(requirement, is_stated=bool(dispute.proposal))
    _end(dispute, DisputeStatus.UPHELD, by, comment)
    change = "reads as proposed" if dispute.proposal else "is withdrawn"
    sentence = f"{by.username} upheld {dispute.ref}: {requirement.ref} {change}"
    after: dict[str, object] = {
        "text": dispute.proposal,
        "plan_sha256": plan.source_sha256,
        "plan_version": version,
        "tests_replaced": gone,
    }
    sentence = _own(sentence, dispute, by)
    _record(dispute, by, "dispute_upheld", sentence, before=before, after=after, reason=comment)
    announce(*topics.of_plan(plan.ref))
    _tell_decided(dispute, sentence)
    touch(plan.pk)


def _keep_version(plan: Masterplan, text: str, by: User, reason: str) -> int:
    """Add the text to the versions of the plan's; the first is the one that was imported."""
    last = PlanText.objects.filter(plan=plan).aggregate(last=Max("version"))["last"]
    if last is None:
        last = 1
        PlanText.objects.create(
            plan=plan,
            version=last,
            text=plan.source_text,
            sha256=plan.source_sha256,
            reason="Imported.",
            by_id=plan.owner_id,
            at=plan.created_at,
        )
    PlanText.objects.create(
        plan=plan, version=last + 1, text=text, sha256=_sha256(text), reason=reason, by=by
    )
    return int(last) + 1


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _follow_text(plan: Masterplan, text: str, document: PlanDocument) -> None:
    """Let the plan have this text, and each requirement its line of it."""
    plan.source_text, plan.source_sha256 = text, _sha256(text)
    plan.context = document.context
    plan.save(update_fields=["source_text", "source_sha256", "context"])
    lines = {spec.ref: spec.line for spec in document.requirements}
    moved = [row for row in plan.requirements.all() if lines.get(row.ref, row.line) != row.line]
    for row in moved:
        row.line = lines[row.ref]
    Requirement.objects.bulk_update(moved, ["line"], batch_size=500)


def _restate(requirement: Requirement, reading: Reading, document: PlanDocument) -> None:
    """Let the requirement say what the text says now, and rest on the atoms that it names now."""
    spec = next(each for each in document.requirements if each.ref == requirement.ref)
    requirement.text = spec.text
    if reading.corrected_by_id is None:
        requirement.priority, requirement.reason = spec.priority.value, spec.reason
    requirement.save(update_fields=["text", "priority", "reason"])
    refs = set(analyse_coverage(document)[requirement.ref])
    atoms = requirement.plan.atoms.only("path", "symbol")
    requirement.atoms.set([atom for atom in atoms if atom.ref in refs])


def _supersede_tests(requirement: Requirement) -> int:
    """Take the requirement's tests out, those of people too. Return how many."""
    current = AcceptanceTest.objects.filter(requirement=requirement)
    current = current.exclude(state=TestState.SUPERSEDED)
    locked = list(current.select_for_update().order_by("pk").values_list("pk", flat=True))
    return AcceptanceTest.objects.filter(pk__in=locked).update(state=TestState.SUPERSEDED)


def _start_over(requirement: Requirement, *, is_stated: bool) -> None:
    """Have tests written from the new text; a plan that has none yet gets them when it starts."""
    suite = Suite.objects.filter(plan=requirement.plan_id)
    # What is being written from the old text belongs to nobody now, so nothing of it is kept.
    suite.filter(status=SuiteStatus.GENERATING).update(
        status=SuiteStatus.QUEUED,
        run_token=None,
        lease_expires_at=None,
        dispatched_at=None,
        requested_at=timezone.now(),
        runs=0,
    )
    if is_stated and suite.exists():
        read_again(requirement.pk)


# --- telling ------------------------------------------------------------------------------------


def _tell_decided(dispute: Dispute, sentence: str) -> None:
    outcome = DisputeStatus(dispute.status).label.lower()
    notify(
        kind=Notice.DISPUTE_DECIDED,
        title=f"{dispute.ref} about {dispute.plan.title} was {outcome}",
        text=f"{sentence}: {dispute.comment}",
        path=_path(dispute.plan),
    )


def _path(plan: Masterplan) -> str:
    return f"/masterplans/{plan.ref}/tests"


def _record(
    dispute: Dispute,
    by: User | None,
    verb: str,
    sentence: str,
    *,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
    reason: str = "",
) -> None:
    named = {"plan": dispute.plan.ref, "requirement": dispute.requirement.ref}
    record(
        dispute.plan,
        by,
        verb,
        sentence,
        subject=dispute.ref,
        before=None if before is None else named | before,
        after=named | (after if after is not None else {"proposal": dispute.proposal}),
        reason=reason,
    )
