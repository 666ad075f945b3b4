"""Pages that ask a person for a reason: priorities, disputes, quarantine, objections."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from apps.acceptance import actions
from apps.acceptance.models import (
    AcceptanceTest,
    Dispute,
    DisputeStatus,
    Objection,
    Reading,
)
from apps.accounts.actions import require
from apps.accounts.core.roles import Action, Role
from apps.budgets.views.fields import Sent
from apps.common.errors import ConsoleError
from apps.common.web import ConsoleRequest
from apps.dashboard.core import test_looks
from apps.dashboard.views.tests import plan_or_404
from apps.execution import actions as engine
from apps.masterplans.models import Masterplan, Priority, Requirement

ASKS = require_http_methods(["GET", "HEAD", "POST"])


@ASKS
@login_required
def priority(request: ConsoleRequest, number: int, requirement_id: UUID) -> HttpResponse:
    """Ask how binding a requirement is, and why; then correct it."""
    require(request.user, Action.CORRECT_PRIORITY)
    plan = plan_or_404(number)
    rows = Reading.objects.select_related("requirement", "corrected_by")
    reading = get_object_or_404(rows, plan=plan, requirement=requirement_id)
    sent = Sent(request, ("priority", "reason"), {"priority": reading.priority})

    def correct() -> str:
        sent.read("priority", _priority, Priority.MUST)
        sent.need("reason", "Say why: the reason is kept in the audit log.")
        if sent.problems:
            return ""
        chosen = Priority(sent.values["priority"])
        actions.correct_priority(
            requirement_id=requirement_id,
            by=request.user,
            priority=chosen,
            reason=sent.values["reason"],
        )
        return f"{reading.requirement.ref} is a {chosen.label} now."

    context = {
        "plan": plan,
        "title": f"Priority of {reading.requirement.ref}",
        "requirement": reading.requirement,
        "reading": reading,
        "priorities": Priority.choices,
        "undone": "The priority was not corrected.",
        "back": _row(plan, reading.requirement),
    }
    return _asked(request, "acceptance/priority.html", context, sent, correct)


@ASKS
@login_required
def dispute_new(request: ConsoleRequest, number: int, requirement_id: UUID) -> HttpResponse:
    """Ask what is wrong with a requirement, and how it should read."""
    require(request.user, Action.DISPUTE_REQUIREMENT)
    plan = plan_or_404(number)
    requirement = get_object_or_404(Requirement, plan=plan, pk=requirement_id)
    sent = Sent(request, ("reason", "proposal"), {"proposal": requirement.text})

    def dispute_it() -> str:
        sent.need("reason", "Say what is wrong with it.")
        if sent.problems:
            return ""
        found = actions.open_dispute(
            requirement_id=requirement_id,
            by=request.user,
            reason=sent.values["reason"],
            proposal=sent.values["proposal"],
        )
        return f"{requirement.ref} disputed as {found.ref}. A lead decides."

    context = {
        "plan": plan,
        "title": f"Dispute {requirement.ref}",
        "requirement": requirement,
        "undone": "The requirement was not disputed.",
        "back": _row(plan, requirement),
    }
    return _asked(request, "acceptance/dispute_new.html", context, sent, dispute_it)


@ASKS
@login_required
def dispute(request: ConsoleRequest, number: int, dispute_id: int) -> HttpResponse:
    """Show a dispute; a lead decides it here."""
    require(request.user, Action.VIEW)
    plan = plan_or_404(number)
    rows = Dispute.objects.select_related("requirement", "asked_by", "decided_by")
    row = get_object_or_404(rows, plan=plan, pk=dispute_id)
    sent = Sent(request, ("uphold", "comment"))

    def decide() -> str:
        require(request.user, Action.DECIDE_DISPUTE)
        sent.read("uphold", _yes_or_no, default=False)
        sent.need("comment", "Say why: the comment is kept in the audit log.")
        if sent.problems:
            return ""
        uphold = sent.values["uphold"] == "yes"
        actions.decide_dispute(
            dispute_id=dispute_id, by=request.user, uphold=uphold, comment=sent.values["comment"]
        )
        return f"{row.ref} {'upheld' if uphold else 'declined'}."

    is_open = row.status == DisputeStatus.OPEN
    is_own = row.asked_by_id == request.user.pk
    context = {
        "plan": plan,
        "title": f"Dispute of {row.requirement.ref}",
        "requirement": row.requirement,
        "dispute": row,
        "look": test_looks.DISPUTE[row.status],
        "undone": "Nothing was decided.",
        "may_decide": is_open and request.user.may(Action.DECIDE_DISPUTE),
        "may_withdraw": is_open and (is_own or Role.ADMIN in request.user.roles),
        "back": _row(plan, row.requirement),
    }
    return _asked(request, "acceptance/dispute.html", context, sent, decide)


@require_POST
@login_required
def dispute_withdraw(request: ConsoleRequest, number: int, dispute_id: int) -> HttpResponse:
    plan = plan_or_404(number)
    get_object_or_404(Dispute.objects.only("pk"), plan=plan, pk=dispute_id)
    row = actions.withdraw_dispute(dispute_id=dispute_id, by=request.user)
    engine.reconcile(plan.pk)
    messages.success(request, f"{row.ref} taken back.")
    return redirect("dashboard:tests", plan.ref)


@ASKS
@login_required
def quarantine(request: ConsoleRequest, number: int, test_id: UUID) -> HttpResponse:
    """Ask why a test should not count for now."""
    require(request.user, Action.REVIEW_TESTS)
    plan = plan_or_404(number)
    rows = AcceptanceTest.objects.select_related("requirement").defer("text", "check_data")
    test = get_object_or_404(rows, plan=plan, pk=test_id)
    sent = Sent(request, ("reason",))

    def put() -> str:
        sent.need("reason", "Say why: the reason stands beside the test.")
        if sent.problems:
            return ""
        actions.quarantine_test(test_id=test_id, by=request.user, reason=sent.values["reason"])
        return f"{test.check_id} is in quarantine."

    context = {
        "plan": plan,
        "title": f"Quarantine {test.check_id}",
        "requirement": test.requirement,
        "undone": "The test was not put into quarantine.",
        "back": reverse("dashboard:test", args=[plan.ref, test_id]),
    }
    return _asked(request, "acceptance/quarantine.html", context, sent, put)


@require_POST
@login_required
def release(request: ConsoleRequest, number: int, test_id: UUID) -> HttpResponse:
    """Let a test count again."""
    plan = plan_or_404(number)
    get_object_or_404(AcceptanceTest.objects.only("pk"), plan=plan, pk=test_id)
    test = actions.release_test(test_id=test_id, by=request.user)
    engine.reconcile(plan.pk)
    messages.success(request, f"{test.check_id} counts again.")
    return redirect("dashboard:test", plan.ref, test_id)


@ASKS
@login_required
def objection(request: ConsoleRequest, number: int, objection_id: int) -> HttpResponse:
    """Ask why code that carries the examples is right; then clear the objection."""
    require(request.user, Action.REVIEW_TESTS)
    plan = plan_or_404(number)
    rows = Objection.objects.select_related("requirement", "atom")
    row = get_object_or_404(rows, plan=plan, pk=objection_id)
    sent = Sent(request, ("reason",))

    def clear() -> str:
        sent.need("reason", "Say why: the reason is kept in the audit log.")
        if sent.problems:
            return ""
        actions.clear_objection(
            objection_id=objection_id, by=request.user, reason=sent.values["reason"]
        )
        return f"The objection to {row.atom.symbol} is cleared."

    context = {
        "plan": plan,
        "title": f"Clear the objection to {row.atom.symbol}",
        "requirement": row.requirement,
        "objection": row,
        "undone": "The objection stands.",
        "back": _row(plan, row.requirement),
    }
    return _asked(request, "acceptance/objection.html", context, sent, clear)


def _asked(
    request: ConsoleRequest,
    template: str,
    context: Mapping[str, Any],
    sent: Sent,
    act: Callable[[], str],
) -> HttpResponse:
    """Show the form; posted, do what it says, or show it again with what was written.

    `act` returns what was done, in a sentence, or nothing after it has noted problems.
    """
    status = 200
    if request.method == "POST":
        try:
            if said := act():
                engine.reconcile(context["plan"].pk)
                messages.success(request, said)
                return redirect(context["back"])
            status = sent.status
        except ConsoleError as refusal:
            if refusal.status == 404:
                raise
            name = str(refusal.facts.get("field", ""))
            sent.problems[name if name in sent.values else "form"] = refusal.message
            status = refusal.status
    return render(request, template, {**context, "sent": sent}, status=status)


def _row(plan: Masterplan, requirement: Requirement) -> str:
    """The address of the requirement in the Tests tab, opened."""
    query = f"?q={requirement.ref}&open={requirement.ref}" if requirement.ref.isalnum() else ""
    return reverse("dashboard:tests", args=[plan.ref]) + query


def _priority(text: str) -> Priority:
    if text not in Priority.values:
        raise ValueError("Choose one of the three.")
    return Priority(text)


def _yes_or_no(text: str) -> bool:
    if text not in ("yes", "no"):
        raise ValueError("Choose one of the two.")
    return text == "yes"
