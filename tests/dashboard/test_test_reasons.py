import pytest
from django.test import Client

from apps.acceptance.models import Dispute, DisputeStatus, Reading
from apps.accounts.core.roles import Role
from apps.masterplans.models import Masterplan, Priority
from tests.dashboard.plans_with_tests import browser_of, judged, requirement, suite
from tests.factories import (
    DisputeFactory,
    MasterplanFactory,
    ObjectionFactory,
    RequirementFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
REASON = "The customer said so on Monday."
TEXT = """\
---
title: Work
language: python
package: demo
---

# Work

## Requirements

### MUST

- R1: `work` returns 1.

## Plan

### Phase: Core

#### Milestone: First

##### Task: All (`demo/core.py`)

- `work(text: str) -> int`: work. Covers R1.
"""


@pytest.fixture
def plan() -> Masterplan:
    return suite().plan


@pytest.fixture
def lead() -> Client:
    return browser_of(Role.LEAD, "lena")


def get(browser: Client, plan: Masterplan, path: str) -> tuple[int, str]:
    response = browser.get(f"/masterplans/{plan.ref}/tests/{path}")
    return response.status_code, " ".join(response.content.decode().split())


def post(browser: Client, plan: Masterplan, path: str, **fields: str) -> tuple[int, str]:
    response = browser.post(f"/masterplans/{plan.ref}/tests/{path}", fields, follow=True)
    return response.status_code, " ".join(response.content.decode().split())


def test_correct_a_priority(lead: Client, plan: Masterplan) -> None:
    row = requirement(plan, ref="R1")
    path = f"requirements/{row.pk}/priority"

    status, html = get(lead, plan, path)
    assert status == 200
    assert 'value="must" checked' in html

    status, html = post(lead, plan, path, priority="should", reason=REASON)
    assert status == 200
    assert "R1 is a SHOULD now." in html
    assert Reading.objects.get().priority == Priority.SHOULD
    assert "Set by lena" in html


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"priority": "should"}, "Say why"),
        ({"priority": "never", "reason": REASON}, "Choose one of the three."),
        ({"priority": "should", "reason": "no"}, "must have 10"),
    ],
)
def test_a_correction_that_is_refused_comes_back(
    lead: Client, plan: Masterplan, fields: dict[str, str], problem: str
) -> None:
    row = requirement(plan)

    status, html = post(lead, plan, f"requirements/{row.pk}/priority", **fields)

    assert status == 422
    assert problem in html
    assert 'role="alert"' in html
    assert f">{fields.get('reason', '')}</textarea>" in html
    assert Reading.objects.get().priority == Priority.MUST


def test_a_requirement_that_was_not_read_has_no_priority_to_correct(
    lead: Client, plan: Masterplan
) -> None:
    unread = RequirementFactory(plan=plan)

    assert get(lead, plan, f"requirements/{unread.pk}/priority")[0] == 404


def test_dispute_and_decide(lead: Client) -> None:
    plan = suite(plan=MasterplanFactory(source_text=TEXT)).plan
    row = requirement(plan, ref="R1", text="`work` returns 1.")
    operator = browser_of(Role.OPERATOR, "olga")

    status, html = get(operator, plan, f"requirements/{row.pk}/dispute")
    assert status == 200
    assert ">`work` returns 1.</textarea>" in html
    _, html = post(
        operator, plan, f"requirements/{row.pk}/dispute", reason=REASON, proposal="It returns 2."
    )
    dispute = Dispute.objects.get()
    assert f"R1 disputed as {dispute.ref}." in html
    assert "disputed by olga" in html

    status, html = get(operator, plan, f"disputes/{dispute.pk}")
    assert "It returns 2." in html
    assert 'name="uphold"' not in html
    assert "Take it back" in html

    status, html = post(lead, plan, f"disputes/{dispute.pk}", comment="Both are right.")
    assert status == 422
    assert "Choose one of the two." in html
    status, html = post(lead, plan, f"disputes/{dispute.pk}", uphold="no", comment="It stands.")
    assert f"{dispute.ref} declined." in html
    dispute.refresh_from_db()
    assert dispute.status == DisputeStatus.DECLINED
    assert "Declined" in get(lead, plan, f"disputes/{dispute.pk}")[1]


def test_a_second_dispute_of_a_requirement_is_refused(lead: Client, plan: Masterplan) -> None:
    row = requirement(plan)
    DisputeFactory(requirement=row)

    status, html = post(
        lead, plan, f"requirements/{row.pk}/dispute", reason=REASON, proposal="Other."
    )

    assert status == 409
    assert "is disputed already" in html
    assert ">Other.</textarea>" in html


def test_take_a_dispute_back(plan: Masterplan) -> None:
    asker = UserFactory(role=Role.OPERATOR)
    dispute = DisputeFactory(requirement=requirement(plan), asked_by=asker)
    browser = Client()
    browser.force_login(asker)

    _, html = post(browser, plan, f"disputes/{dispute.pk}/withdraw")

    assert f"{dispute.ref} taken back." in html
    dispute.refresh_from_db()
    assert dispute.status == DisputeStatus.WITHDRAWN


def test_who_may_not_decide_a_dispute(plan: Masterplan) -> None:
    dispute = DisputeFactory(requirement=requirement(plan))
    viewer = browser_of(Role.VIEWER, "vera")

    status, html = get(viewer, plan, f"disputes/{dispute.pk}")
    assert status == 200
    assert 'name="uphold"' not in html
    status, _ = post(viewer, plan, f"disputes/{dispute.pk}", uphold="yes", comment="Yes.")
    assert status == 403
    dispute.refresh_from_db()
    assert dispute.status == DisputeStatus.OPEN


def test_quarantine_and_release(lead: Client, plan: Masterplan) -> None:
    (test,) = judged(plan, "failed", ref="R1")

    _, html = get(lead, plan, f"{test.pk}/quarantine")
    assert "Quarantine R1.c1" in html
    _, html = post(lead, plan, f"{test.pk}/quarantine", reason="It needs a network.")
    assert "R1.c1 is in quarantine." in html
    assert "by lena: It needs a network." in html
    test.refresh_from_db()
    assert test.is_quarantined

    status, html = post(lead, plan, f"{test.pk}/quarantine", reason="Once more, then.")
    assert status == 409
    assert "was put into quarantine by lena" in html

    _, html = post(lead, plan, f"{test.pk}/release")
    assert "R1.c1 counts again." in html


def test_clear_an_objection(lead: Client, plan: Masterplan) -> None:
    (test,) = judged(plan, "passed", ref="R1")
    objection = ObjectionFactory(requirement=test.requirement, atom=test.atom)

    _, html = get(lead, plan, f"objections/{objection.pk}")
    assert objection.message in html
    _, html = post(lead, plan, f"objections/{objection.pk}", reason="It is such a table.")

    assert "is cleared." in html
    objection.refresh_from_db()
    assert objection.cleared_by.username == "lena"
    assert "<span>Met</span>" in html


@pytest.mark.parametrize(
    "path",
    ["requirements/{r}/priority", "requirements/{r}/dispute", "{t}/quarantine", "objections/{o}"],
)
def test_these_pages_are_for_those_who_may(plan: Masterplan, path: str) -> None:
    (test,) = judged(plan, "passed")
    objection = ObjectionFactory(requirement=test.requirement, atom=test.atom)
    path = path.format(r=test.requirement_id, t=test.pk, o=objection.pk)

    assert get(browser_of(Role.VIEWER, "vera"), plan, path)[0] == 403
    assert post(browser_of(Role.VIEWER, "vic"), plan, path, reason=REASON)[0] == 403


def test_rows_of_another_plan_are_not_found(lead: Client, plan: Masterplan) -> None:
    (test,) = judged(suite().plan, "passed")
    dispute = DisputeFactory()
    objection = ObjectionFactory()

    for path in (
        f"requirements/{test.requirement_id}/priority",
        f"requirements/{test.requirement_id}/dispute",
        f"{test.pk}/quarantine",
        f"objections/{objection.pk}",
        f"disputes/{dispute.pk}",
    ):
        assert get(lead, plan, path)[0] == 404
    assert post(lead, plan, f"{test.pk}/release")[0] == 404
    assert post(lead, plan, f"disputes/{dispute.pk}/withdraw")[0] == 404
