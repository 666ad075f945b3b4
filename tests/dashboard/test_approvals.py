from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from apps.accounts.core.roles import Action, Role
from apps.accounts.models import User
from apps.budgets.models import Override, OverrideStatus
from apps.dashboard.approval_queries import DECIDED_ROWS
from apps.dashboard.consumers import action_for
from apps.dashboard.core import approvals
from apps.dashboard.core.approvals import Box, Place, Request
from tests.dashboard.approvals import browser_of, paused_plan, person, request_for
from tests.factories import AtomFactory, MasterplanFactory

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
QUERIES = 10


def row(number: int, **facts: Any) -> Request:
    values: dict[str, Any] = {
        "ref": f"ovr-{number:04d}",
        "plan_ref": "mp-0139",
        "plan_title": "Billing sync",
        "asked_by": "marta",
        "asked_at": NOON,
        "now_usd": Decimal(200),
        "asked_usd": Decimal(260),
        "granted_usd": None,
        "left_usd": Decimal("0.14"),
        "state": "waiting",
        "is_mine": True,
        "expires_at": NOON + timedelta(hours=4),
        "paused_at": None,
        "atoms_to_go": 42,
    }
    return Request(number=number, **values | facts)


class TestCore:
    def test_the_longest_wait_comes_first(self) -> None:
        runs_long = row(1, expires_at=NOON + timedelta(hours=9))
        runs_short = row(2, expires_at=NOON + timedelta(hours=1))
        paused_late = row(3, paused_at=NOON - timedelta(minutes=5))
        paused_early = row(4, paused_at=NOON - timedelta(hours=1))

        ordered = approvals.by_cost_of_waiting([runs_long, runs_short, paused_late, paused_early])

        assert [found.number for found in ordered] == [4, 3, 2, 1]

    @pytest.mark.parametrize(
        ("paused_at", "words"),
        [(NOON - timedelta(minutes=72), "paused 1 h 12 min"), (None, "runs, $0.14 left")],
    )
    def test_what_waiting_blocks(self, paused_at: datetime | None, words: str) -> None:
        assert row(1, paused_at=paused_at).blocks(NOON) == words

    @pytest.mark.parametrize(
        ("seconds", "words"),
        [(59, "under 1 min"), (-5, "under 1 min"), (2509, "41 min"), (13_319, "3 h 41 min")],
    )
    def test_time_is_told_without_seconds(self, seconds: int, words: str) -> None:
        assert approvals.coarsely(timedelta(seconds=seconds)) == words

    @pytest.mark.parametrize(
        ("status", "expires_at", "state"),
        [
            ("waiting", NOON + timedelta(seconds=1), "waiting"),
            ("waiting", NOON, "expired"),
            ("approved", NOON - timedelta(days=1), "approved"),
        ],
    )
    def test_a_request_whose_time_is_over_has_expired(
        self, status: str, expires_at: datetime, state: str
    ) -> None:
        assert approvals.state(status, expires_at, NOON) == state

    @pytest.mark.parametrize(
        ("text", "may_decide", "box"),
        [
            ("", True, Box.MINE),
            ("", False, Box.ALL),
            ("decided", True, Box.DECIDED),
            ("nonsense", False, Box.ALL),
        ],
    )
    def test_the_box_of_an_address(self, text: str, may_decide: bool, box: Box) -> None:
        assert approvals.box(text, may_decide=may_decide) is box

    @pytest.mark.parametrize(
        ("number", "found"),
        [
            (4, Place(1, 3, previous=None, next=7)),
            (7, Place(2, 3, previous=4, next=2)),
            (2, Place(3, 3, previous=7, next=None)),
            (9, Place(0, 3, previous=None, next=4)),
        ],
    )
    def test_the_place_among_those_that_wait(self, number: int, found: Place) -> None:
        assert approvals.place(number, [4, 7, 2]) == found

    def test_nothing_waits(self) -> None:
        assert approvals.place(1, []) == Place(0, 0)

    def test_every_status_has_a_look(self) -> None:
        assert set(approvals.LOOKS) == set(OverrideStatus.values)


@pytest.fixture
def dana(db: None) -> User:
    return person(Role.APPROVER, "dana")


@pytest.fixture
def approver(dana: User) -> Client:
    return browser_of(dana)


def inbox(browser: Client, query: str = "", part: str = "") -> str:
    headers = {"HX-Request": "true", "HX-Target": part} if part else {}
    response = browser.get(f"/approvals/{query}", headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def ended(override: Override, status: str, by: User | None = None, **facts: Any) -> None:
    Override.objects.filter(pk=override.pk).update(
        status=status, decided_by=by, decided_at=timezone.now(), **facts
    )


def test_what_waits_is_listed_with_what_it_blocks(approver: Client) -> None:
    plan = paused_plan(title="Billing <sync>")
    AtomFactory(plan=plan)
    override = request_for(plan)

    html = inbox(approver)

    assert "Raise the hard cap of Billing &lt;sync&gt;" in html
    assert f'href="/approvals/{override.ref}"' in html
    assert "Waiting for you" in html
    assert "paused 1 h 12 min" in html
    assert "1 atom waits" in html
    assert "3 h 41 min" in html
    assert "$260" in html
    assert "data-row" in html


def test_the_longest_pause_is_first(approver: Client) -> None:
    short = request_for(paused_plan(5))
    running = request_for(MasterplanFactory())
    long = request_for(paused_plan(500))

    html = inbox(approver)

    places = [html.index(f"row-{override.ref}") for override in (long, short, running)]
    assert places == sorted(places)


def test_the_own_request_waits_for_somebody_else(dana: User, approver: Client) -> None:
    override = request_for(paused_plan(), asked_by=dana)

    assert override.ref not in inbox(approver)
    html = inbox(approver, "?for=all")
    assert override.ref in html
    assert "Waiting for you" not in html


def test_who_does_not_decide_sees_all_and_who_does(approver: Client) -> None:
    override = request_for(paused_plan())

    html = inbox(browser_of(person(Role.VIEWER, "vera")))

    assert override.ref in html
    assert "Only budget approvers decide:" in html
    assert "dana" in html


def test_nothing_waits_and_the_last_decision_is_linked(dana: User, approver: Client) -> None:
    override = request_for(paused_plan(title="Billing sync"))
    ended(override, "approved", dana, granted=Decimal(260))

    html = inbox(approver)

    assert "Nothing waits for you" in html
    assert f'id="last-decided" href="/approvals/{override.ref}"' in html
    assert "for Billing sync, approved <time" in html


def test_an_empty_console_says_what_will_be_here(approver: Client) -> None:
    html = inbox(approver)

    assert "Nothing waits for you" in html
    assert "the request lands here" in html


def test_what_was_decided_tells_by_whom_and_how_much(dana: User, approver: Client) -> None:
    ended(request_for(paused_plan()), "approved", dana, granted=Decimal(240))
    ended(request_for(paused_plan()), "declined", dana)
    late = request_for(paused_plan(), expires_at=timezone.now() - timedelta(minutes=1))

    html = inbox(approver, "?for=decided")

    assert "$240" in html
    assert "asked $260" in html
    assert "Declined" in html
    assert f"row-{late.ref}" in html
    assert "Expired" in html


def test_older_decisions_are_a_page_further(dana: User, approver: Client) -> None:
    plan = paused_plan()
    requests = []
    for _ in range(DECIDED_ROWS + 1):
        override = request_for(plan)
        ended(override, "declined", dana)
        requests.append(override)

    first = inbox(approver, "?for=decided")
    assert f"row-{requests[0].ref}" not in first
    second = inbox(approver, f"?for=decided&before={requests[1].number}")

    assert f"before={requests[1].number}" in first
    assert f"row-{requests[0].ref}" in second
    assert second.count("data-row") == 1


def test_the_list_alone_is_fetched_when_it_changes(approver: Client) -> None:
    override = request_for(paused_plan())

    html = inbox(approver, part="approvals")

    assert html.strip().startswith('<div id="approvals"')
    assert 'data-topic="approvals"' in html
    assert override.ref in html
    assert "<h1>" not in html


def test_queries_do_not_grow_with_the_list(
    approver: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(8):
        request_for(paused_plan())

    with django_assert_max_num_queries(QUERIES):
        inbox(approver)


@pytest.mark.parametrize(
    ("topic", "action"),
    [
        ("approvals", Action.VIEW),
        ("cost", Action.VIEW),
        ("approval.ovr-0031", Action.VIEW),
        ("approval.ovr-31", None),
        ("approval.mp-0031", None),
        ("approvals.x", None),
    ],
)
def test_who_may_watch_what(topic: str, action: Action | None) -> None:
    assert action_for(topic) is action


def test_only_reading_is_allowed(approver: Client) -> None:
    assert approver.post("/approvals/").status_code == 405


@pytest.mark.django_db
def test_a_stranger_signs_in_first() -> None:
    assert Client().get("/approvals/").headers["Location"].startswith("/accounts/sign-in")


@pytest.mark.django_db
def test_somebody_without_a_role_is_told() -> None:
    assert browser_of(person(None, "nobody")).get("/approvals/").status_code == 403
