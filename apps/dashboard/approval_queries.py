"""Requests for a higher cap as their pages show them; the queries do not grow with the list."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from apps.accounts.core.roles import MAY, Action, Role
from apps.accounts.models import AuditEntry, Notification, User
from apps.budgets.core import policy
from apps.budgets.core.forecast import Forecast, amount_for_nine_in_ten
from apps.budgets.core.policy import PolicyCheck
from apps.budgets.core.spend_line import SpendLine
from apps.budgets.core.spending import AtomLine
from apps.budgets.models import CostEvent, EventKind, Override, OverrideStatus
from apps.budgets.queries import forecast_of
from apps.budgets.queries.money_trail import MoneyTrail
from apps.budgets.queries.overrides import (
    ceiling,
    deciders_of,
    is_own_request,
    overrides,
    policy_of,
)
from apps.budgets.queries.spend_chart import spend_chart
from apps.common import events
from apps.common.display import exact_usd
from apps.dashboard.core import approval_changes, approval_form, approval_trail, approvals, looks
from apps.dashboard.core.approval_changes import Caps, Change
from apps.dashboard.core.approval_form import Option, Terms
from apps.dashboard.core.approval_trail import AUDIT, LEDGER, MESSAGE, Line
from apps.dashboard.core.approvals import Box, Place, Request
from apps.dashboard.core.figures import UNFINISHED
from apps.dashboard.core.looks import Look
from apps.masterplans.core import topics
from apps.masterplans.models import Atom, Masterplan, PauseReason, PlanStatus, Wave, WaveStatus

DECIDED_ROWS = 40  # of one page
MONEY_ROWS = 5
TRAIL_ROWS = 12
LEDGER_STORY = (EventKind.SOFT_CAP, EventKind.HARD_CAP)
AFTERMATH = timedelta(minutes=1)  # what follows a decision at once belongs to its story


def approvers() -> list[str]:
    """Return the names of those who decide on requests. One query."""
    roles = [role.value for role in MAY[Action.DECIDE_OVERRIDE]]
    people = User.objects.filter(Q(groups__name__in=roles) | Q(is_superuser=True), is_active=True)
    return list(people.distinct().order_by("username").values_list("username", flat=True))


def waiting_requests(user: User, now: datetime) -> list[Request]:
    """Return the requests that wait, those that block the most first. Two queries."""
    rows = overrides().filter(status=OverrideStatus.WAITING, expires_at__gt=now)
    return approvals.by_cost_of_waiting(_requests(rows, user, now))


def _requests(rows: Iterable[Override], user: User, now: datetime) -> list[Request]:
    rows = list(rows)
    to_go = _atoms_to_go(row.budget.plan_id for row in rows)
    may_decide = user.may(Action.DECIDE_OVERRIDE)
    return [
        _request(
            row,
            state=approvals.state(row.status, row.expires_at, now),
            is_mine=may_decide and not is_own_request(row, user),
            atoms_to_go=to_go.get(row.budget.plan_id, 0),
        )
        for row in rows
    ]


def _request(row: Override, *, state: str, is_mine: bool, atoms_to_go: int) -> Request:
    budget, plan = row.budget, row.budget.plan
    is_waiting = state == approvals.WAITING
    return Request(
        number=row.number,
        ref=row.ref,
        plan_ref=plan.ref,
        plan_title=plan.title,
        asked_by=row.asked_by.username,
        asked_at=row.asked_at,
        now_usd=budget.hard_cap if is_waiting else row.cap_before,
        asked_usd=row.amount,
        granted_usd=row.granted,
        left_usd=budget.left,
        state=state,
        is_mine=is_mine,
        expires_at=row.expires_at,
        paused_at=budget.paused_at if waits_for_money(plan) else None,
        atoms_to_go=atoms_to_go,
        ended_at=row.decided_at or (None if is_waiting else row.expires_at),
        decided_by=row.decided_by.username if row.decided_by else "",
    )


def waits_for_money(plan: Masterplan) -> bool:
    return plan.status == PlanStatus.PAUSED and plan.pause_reason == PauseReason.BUDGET


def _atoms_to_go(plan_ids: Iterable[UUID]) -> dict[UUID, int]:
    ids = list(plan_ids)
    if not ids:
        return {}
    rows = Atom.objects.filter(plan__in=ids, status__in=UNFINISHED).order_by()
    return dict(rows.values_list("plan_id").annotate(count=Count("pk")))


@dataclass(frozen=True, slots=True)
class Inbox:
    """The rows of one box, and how many each box holds."""

    box: Box
    rows: list[Request]
    totals: dict[Box, int]
    next_cursor: int | None = None
    last_decided: Request | None = None  # read for an empty box only


def inbox(*, box: Box, user: User, before: int | None, now: datetime) -> Inbox:
    """Return one box. Three queries; one or two more for what was decided, or for an empty box."""
    waiting = waiting_requests(user, now)
    mine = [row for row in waiting if row.is_mine]
    ended = overrides().exclude(status=OverrideStatus.WAITING, expires_at__gt=now)
    totals = {Box.MINE: len(mine), Box.ALL: len(waiting), Box.DECIDED: ended.count()}
    if box != Box.DECIDED:
        rows = mine if box == Box.MINE else waiting
        last = None if rows else next(iter(_ended(ended, user, now, 1)), None)
        return Inbox(box, rows, totals, last_decided=last)
    if before is not None:
        ended = ended.filter(number__lt=before)
    page = _ended(ended, user, now, DECIDED_ROWS + 1)
    shown = page[:DECIDED_ROWS]
    return Inbox(box, shown, totals, shown[-1].number if len(page) > DECIDED_ROWS else None)


def _ended(rows: QuerySet[Override], user: User, now: datetime, count: int) -> list[Request]:
    return _requests(rows.order_by("-number")[:count], user, now)


class ApprovalBoard:
    """The parts of a request's page, each read when it is first used.

    Versions are read before any row: a change between the two is then shown twice, never missed.
    """

    def __init__(self, number: int, *, user: User, now: datetime) -> None:
        """Read versions and request. Raises Override.DoesNotExist."""
        self.user = user
        self.now = now
        found = Override.objects.filter(number=number)
        plan_number = found.values_list("budget__plan__number", flat=True).get()
        self.topic = topics.approval(Override(number=number).ref)
        self.budget_topic = topics.budget(Masterplan(number=plan_number).ref)
        # One version for all parts: a change of either topic fetches all of them together.
        self.version = max(events.versions([self.topic, self.budget_topic]).values())
        self.override = overrides().get(number=number)
        self.budget = self.override.budget
        self.plan = self.budget.plan

    # Head.

    @property
    def state(self) -> str:
        return approvals.state(self.override.status, self.override.expires_at, self.now)

    @property
    def is_waiting(self) -> bool:
        return self.state == approvals.WAITING

    @property
    def look(self) -> Look:
        if self.can_decide:
            return approvals.MINE
        look = approvals.LOOKS[self.state]
        return replace(look, word=f"{look.word} {self.granted}") if self.granted else look

    @property
    def asked(self) -> str:
        return exact_usd(self.override.amount)

    @property
    def granted(self) -> str:
        return exact_usd(self.override.granted) if self.override.granted is not None else ""

    @cached_property
    def is_own(self) -> bool:
        """Whether the reader asked, and may therefore not decide."""
        return is_own_request(self.override, self.user)

    @cached_property
    def may_decide(self) -> bool:
        """Whether the reader's role decides on requests."""
        return self.user.may(Action.DECIDE_OVERRIDE)

    @property
    def can_decide(self) -> bool:
        """Whether the reader decides on this one, now."""
        return self.is_waiting and self.may_decide and not self.is_own

    @property
    def asked_it(self) -> bool:
        return self.override.asked_by_id == self.user.pk

    @property
    def can_withdraw(self) -> bool:
        return self.is_waiting and (self.asked_it or Role.ADMIN in self.user.roles)

    @cached_property
    def deciders(self) -> list[str]:
        return [person.username for person in deciders_of(self.override)]

    @property
    def is_of_today(self) -> bool:
        return self.override.asked_at.date() == self.now.date()

    @property
    def expires_in(self) -> str:
        return approvals.coarsely(self.override.expires_at - self.now)

    @property
    def is_paused(self) -> bool:
        """Whether the plan waits for the money."""
        return waits_for_money(self.plan)

    @property
    def can_ask_again(self) -> bool:
        """Whether the plan still waits for money after the request has ended without any."""
        may_ask = self.user.may(Action.ASK_OVERRIDE) and not self.plan.is_over
        return may_ask and not self.is_waiting and not self.granted

    @property
    def ended_at(self) -> datetime:
        return self.override.decided_at or self.override.expires_at

    @cached_property
    def place(self) -> Place:
        """Where the request stands among those that wait for the reader. Two queries."""
        rows = waiting_requests(self.user, self.now)
        return approvals.place(self.override.number, [row.number for row in rows if row.is_mine])

    # The decision.

    @property
    def key(self) -> str:
        """What the decision's fragment depends on; while it stays, a form is not replaced."""
        part = "form" if self.can_decide else "own" if self.can_withdraw else "read"
        return f"{self.state}-{part}"

    @cached_property
    def forecast(self) -> Forecast | None:
        return forecast_of(self.budget, now=self.now)

    @property
    def _needed(self) -> Decimal | None:
        """USD that suffice in 9 runs of 10."""
        known = self.forecast
        return amount_for_nine_in_ten(known, held=self.budget.held) if known else None

    @cached_property
    def terms(self) -> Terms:
        highest = ceiling()
        return Terms(
            asked=self.override.amount,
            ceiling=highest,
            enough=approval_form.enough(
                self._needed,
                asked=self.override.amount,
                hard_cap=self.budget.hard_cap,
                ceiling=highest,
            ),
            is_paused=self.is_paused,
        )

    @property
    def options(self) -> tuple[Option, ...]:
        return approval_form.options(self.terms)

    # What changes.

    @property
    def _caps(self) -> Caps:
        budget = self.budget
        return Caps(budget.hard_cap, budget.soft_cap, budget.soft_share, budget.spent, budget.held)

    @cached_property
    def changes(self) -> list[Change]:
        """What an approval as asked would change; of an ended request, what it was about."""
        if not self.is_waiting:
            return [self._past_change]
        caps, amount = self._caps, self.override.amount
        return [
            approval_changes.hard_cap_row(caps.hard_cap, amount),
            approval_changes.soft_cap_row(caps, amount),
            approval_changes.left_row(caps, amount),
            self._execution,
        ]

    @property
    def _past_change(self) -> Change:
        granted = self.override.granted
        return approval_changes.hard_cap_row(
            self.override.cap_before, self.override.amount if granted is None else granted
        )

    @property
    def _execution(self) -> Change:
        wave = Wave.objects.filter(plan=self.plan).exclude(status=WaveStatus.PASSED)
        return approval_changes.execution_row(
            look=looks.PLAN[self.plan.status],
            is_resumed=self.is_paused,
            is_over=self.plan.is_over,
            wave=wave.order_by("number").values_list("number", flat=True).first(),
            atoms_to_go=_atoms_to_go([self.plan.pk]).get(self.plan.pk, 0),
        )

    # Where the money went.

    @cached_property
    def money(self) -> MoneyTrail:
        return MoneyTrail(self.budget)

    @cached_property
    def money_lines(self) -> tuple[AtomLine, ...]:
        return self.money.lines(0, MONEY_ROWS)

    @cached_property
    def chart(self) -> SpendLine:
        """Spending and forecast, with the cap that is asked for. Two queries."""
        new_cap = self.override.amount if self.is_waiting else None
        return spend_chart(self.budget, self.forecast, now=self.now, new_cap=new_cap)

    # Policy and trail.

    @cached_property
    def checks(self) -> tuple[PolicyCheck, ...]:
        """The rules; of a decided request, those that were seen when it was decided."""
        if not self.is_waiting:
            return tuple(_kept_check(row) for row in self.override.seen.get("policy", ()))
        reader = self.user if self.can_decide else None
        decider = reader or deciders_of(self.override).first()
        return policy_of(
            self.override,
            decider or self.user,
            amount=self.override.amount,
            forecast=self.forecast,
            now=self.now,
            name="" if reader or not decider else decider.username,
        )

    @property
    def checks_met(self) -> str:
        return policy.met_of_all(self.checks)

    @property
    def checks_tone(self) -> str:
        return "bad" if policy.blocking_unmet(self.checks) else "ok"

    @cached_property
    def whole_trail(self) -> list[Line]:
        return trail(self.override, self.plan)

    @property
    def trail(self) -> list[Line]:
        return self.whole_trail[:TRAIL_ROWS]

    @property
    def tells_days(self) -> bool:
        """Whether the trail reaches back behind today, in UTC."""
        return any(line.at.date() != self.now.date() for line in self.trail)

    @property
    def older_lines(self) -> int:
        return len(self.whole_trail) - len(self.trail)


def _kept_check(row: Mapping[str, Any]) -> PolicyCheck:
    """Return a rule that was kept with a decision, by this version of the console or an older one."""
    known = {field.name for field in fields(PolicyCheck)}
    return PolicyCheck(**{name: value for name, value in row.items() if name in known})


def trail(override: Override, plan: Masterplan) -> list[Line]:
    """Return what happened around the request, newest first. Three queries."""
    until = override.decided_at + AFTERMATH if override.decided_at else None
    return approval_trail.newest_first(
        _audited(override, plan, until), _booked(override, until), _told(override)
    )


def _audited(override: Override, plan: Masterplan, until: datetime | None) -> list[Line]:
    of_plan = Q(subject=plan.ref, at__gte=override.asked_at)
    if until:
        of_plan &= Q(at__lte=until)
    rows = AuditEntry.objects.filter(Q(subject=override.ref) | of_plan).select_related("by")
    return [
        Line(
            at=row.at,
            source=AUDIT,
            action=row.action,
            who=row.by.username if row.by else "",
            words=row.sentence,
            reason=row.reason,
        )
        for row in rows
    ]


def _booked(override: Override, until: datetime | None) -> list[Line]:
    rows = CostEvent.objects.filter(budget=override.budget_id, kind__in=LEDGER_STORY)
    if until:
        rows = rows.filter(at__lte=until)
    return [
        Line(
            at=row.at,
            source=LEDGER,
            action=row.kind,
            who="",
            words=approval_trail.cap_words(
                row.kind, spent=row.spent, soft_cap=row.soft_cap, hard_cap=row.hard_cap
            ),
        )
        for row in rows
    ]


def _told(override: Override) -> list[Line]:
    path = f"/approvals/{override.ref}"
    gave_up, sent = Q(deliveries__gave_up_at__isnull=False), Q(deliveries__sent_at__isnull=False)
    rows = Notification.objects.filter(path=path).annotate(
        sent=Count("deliveries", filter=sent),
        failed=Count("deliveries", filter=gave_up),
        all_deliveries=Count("deliveries"),
    )
    return [
        Line(
            at=row.created_at,
            source=MESSAGE,
            action=row.kind,
            who="",
            words=approval_trail.message_words(
                row.title, row.sent, row.all_deliveries - row.sent - row.failed, row.failed
            ),
        )
        for row in rows
    ]
