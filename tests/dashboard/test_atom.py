import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from apps.accounts.core.roles import Role
from apps.dashboard.atom_queries import MOST_NEIGHBOURS
from apps.execution.models import AttemptStatus
from apps.masterplans.models import Atom, AtomStatus
from tests.factories import (
    AtomDependencyFactory,
    AtomFactory,
    AttemptFactory,
    CodeVersionFactory,
    RequirementFactory,
    TraceEventFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
QUERIES = 15


@pytest.fixture
def viewer() -> Client:
    browser = Client()
    browser.force_login(UserFactory(role=Role.VIEWER))
    return browser


def answered(atom: Atom, code: str, **facts: Any) -> None:
    """A try that was rejected unless stated otherwise."""
    values = {
        "status": AttemptStatus.REJECTED,
        "code": code,
        "response_text": f"```python\n{code}```",
        "messages": [{"role": "user", "content": "Write <it>."}],
        "input_tokens": 1200,
        "output_tokens": 90,
        "latency_ms": 1500,
        "findings": [
            {"rule": "py.signature", "severity": "critical", "message": "Wrong name.", "line": 1}
        ],
    }
    AttemptFactory(atom=atom, **values | facts)


def page(browser: Client, atom: Atom, query: str = "", part: str = "") -> str:
    headers = {"HX-Request": "true", "HX-Target": part} if part else {}
    response = browser.get(f"/atoms/{atom.pk}{query}", headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def test_the_page_tells_what_is_asked(viewer: Client) -> None:
    atom = AtomFactory(
        symbol="slugify",
        signature="slugify(text: str) -> str",
        description="a slug; raises `TypeError` for <anything> else.",
    )
    RequirementFactory(plan=atom.plan, ref="R7", text="`slugify` must work.", atoms=[atom])

    html = page(viewer, atom)

    assert "<title>slugify, pending" not in html
    assert "<title>slugify, waiting · MGE Console</title>" in html
    assert "raises <code>TypeError</code> for &lt;anything&gt; else." in html
    assert "R7" in html
    assert 'class="hl-' in html
    assert "No answer has been accepted yet." in html


def test_each_try_shows_its_findings_prompt_and_answer(viewer: Client) -> None:
    atom = AtomFactory(status=AtomStatus.FAILED)
    answered(atom, "def slug():\n    pass\n")

    html = page(viewer, atom)

    assert "Wrong name." in html
    assert "<code>py.signature</code>, line 1" in html
    assert "Write &lt;it&gt;." in html
    assert "1,200 in, 90 out" in html
    assert '<li class="marked">' in html


def test_two_tries_are_compared(viewer: Client) -> None:
    atom = AtomFactory()
    answered(atom, "x = 1\n")
    answered(atom, "x = 2\n")
    answered(atom, "x = 3\n", status=AttemptStatus.SUCCEEDED, findings=[])

    assert "Try 2 and try 3" in page(viewer, atom)
    html = page(viewer, atom, "?old=1&new=3")
    assert "Try 1 and try 3" in html
    assert "1 line added, 1 removed" in html


@pytest.mark.parametrize("query", ["?old=x&new=-1", "?old=99999999", "?new=7"])
def test_an_address_that_names_no_try_compares_the_last_two(viewer: Client, query: str) -> None:
    atom = AtomFactory()
    answered(atom, "x = 1\n")
    answered(atom, "x = 2\n")

    assert "Try 1 and try 2" in page(viewer, atom, query)


def test_the_accepted_code_is_shown_with_its_commit(viewer: Client) -> None:
    atom = AtomFactory(status=AtomStatus.SUCCEEDED)
    attempt = AttemptFactory(atom=atom, status=AttemptStatus.SUCCEEDED)
    CodeVersionFactory(attempt=attempt, code="x = '<b>'\n", commit_sha="0123456789" * 4)

    html = page(viewer, atom)

    assert "&lt;b&gt;" in html
    assert "<code>0123456789</code>" in html


def test_the_timeline_has_durations_and_shortened_waits(viewer: Client) -> None:
    now = timezone.now()
    atom = AtomFactory(queued_at=now - timedelta(hours=2))
    TraceEventFactory(
        atom=atom, kind="response", at=now, duration_ms=2500, attempt_number=1, input_tokens=10
    )

    html = page(viewer, atom, part="atom")

    assert "1 h 59 min idle" in html or "2 h 00 min idle" in html
    assert "2.5 s" in html
    assert "10 tokens in, 0 out" in html


def test_neighbours_are_shown_with_their_states(viewer: Client) -> None:
    atom = AtomFactory()
    needed = AtomFactory(plan=atom.plan, symbol="upstream_one", status=AtomStatus.SUCCEEDED)
    user = AtomFactory(plan=atom.plan, symbol="downstream_one", status=AtomStatus.BLOCKED)
    AtomDependencyFactory(dependent=atom, needed=needed, reason="the plan says `Uses`")
    AtomDependencyFactory(dependent=user, needed=atom)

    html = page(viewer, atom, part="neighbours")

    assert html.index("upstream_one") < html.index("downstream_one")
    assert 'aria-label="Passed"' in html
    assert 'aria-label="Blocked"' in html
    assert "the plan says <code>Uses</code>" in html


def test_of_many_neighbours_the_first_are_named_and_the_others_counted(viewer: Client) -> None:
    atom = AtomFactory()
    for _ in range(MOST_NEIGHBOURS + 2):
        AtomDependencyFactory(needed=atom, dependent__plan=atom.plan)

    html = page(viewer, atom, part="neighbours")

    assert f"{MOST_NEIGHBOURS + 2} atoms" in html
    assert html.count("<li>") == MOST_NEIGHBOURS
    assert "And 2 more atoms." in html


def test_the_trace_id_can_be_copied(viewer: Client) -> None:
    atom = AtomFactory()

    assert f'data-copy="{atom.trace_id}"' in page(viewer, atom)


@pytest.mark.parametrize("part", ["atom", "neighbours"])
def test_each_part_is_fetched_alone(viewer: Client, part: str) -> None:
    html = page(viewer, AtomFactory(), part=part)

    assert f'id="{part}"' in html
    assert "<!doctype" not in html
    assert "data-v=" in html


def test_queries_do_not_grow_with_the_story(
    viewer: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    atom = AtomFactory()
    for number in range(8):
        answered(atom, f"x = {number}\n")
        TraceEventFactory(atom=atom, kind="validation", attempt_number=number)
        AtomDependencyFactory(dependent=atom)
        RequirementFactory(plan=atom.plan, atoms=[atom])

    with django_assert_max_num_queries(QUERIES):
        page(viewer, atom)


def test_an_unknown_atom_is_not_found(viewer: Client) -> None:
    assert viewer.get(f"/atoms/{uuid.uuid4()}").status_code == 404


def test_only_get_is_answered(viewer: Client) -> None:
    assert viewer.post(f"/atoms/{AtomFactory().pk}").status_code == 405


def test_strangers_see_nothing() -> None:
    assert Client().get(f"/atoms/{AtomFactory().pk}").status_code == 302
