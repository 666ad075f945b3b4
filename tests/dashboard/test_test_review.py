import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.acceptance.models import AcceptanceTest, Origin, TestState
from apps.accounts.core.roles import Role
from apps.masterplans.models import Masterplan
from tests.dashboard.plans_with_tests import browser_of, suite, waiting

pytestmark = pytest.mark.django_db
QUERIES = 16


@pytest.fixture
def plan() -> Masterplan:
    return suite().plan


@pytest.fixture
def reviewer() -> Client:
    return browser_of(Role.REVIEWER, "rita")


def address(plan: Masterplan, test: AcceptanceTest | None = None) -> str:
    query = f"?test={test.pk}" if test else ""
    return f"/masterplans/{plan.ref}/tests/review{query}"


def page(
    browser: Client, plan: Masterplan, test: AcceptanceTest | None = None, part: str = ""
) -> str:
    headers = {"HX-Request": "true", "HX-Target": part} if part else {}
    response = browser.get(address(plan, test), headers=headers)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def send(browser: Client, test: AcceptanceTest, **fields: str) -> tuple[int, str]:
    """Post a decision on the test; return the status and the page that follows."""
    posted = {"do": "decide", "test": str(test.pk), "text": test.text, **fields}
    response = browser.post(address(test.plan, test), posted, follow=True)
    return response.status_code, " ".join(response.content.decode().split())


# What it shows.


def test_requirement_and_test_stand_side_by_side(reviewer: Client, plan: Masterplan) -> None:
    first, second = waiting(plan, 2)

    html = page(reviewer, plan)

    assert f"<title>Review {first.check_id}" in html
    assert "2 tests wait" in html
    assert "1 of 2" in html
    assert "<code>work</code> must return text." in html
    assert "returns <code>&quot;a&quot;</code>" in html
    assert 'class="hl-k">def</span>' in html
    assert f'href="?test={second.pk}" data-hotkey="]"' in html
    assert 'form="review-form"' in html


@pytest.mark.parametrize("part", ["review_state", "review_list"])
def test_live_parts_leave_the_form_alone(reviewer: Client, plan: Masterplan, part: str) -> None:
    waiting(plan)

    html = page(reviewer, plan, part=part)

    assert f'id="{part}"' in html
    assert "review-form" not in html
    assert f"live:mp.{plan.ref}.tests from:body" in html


def test_every_choice_has_a_key_and_none_is_made(reviewer: Client, plan: Masterplan) -> None:
    waiting(plan)

    html = page(reviewer, plan)

    for key, hotkey in (("approve", "a"), ("regenerate", "s"), ("reject", "d"), ("edit", "e")):
        assert f'id="choice-{key}" value="{key}" data-hotkey="{hotkey}"' in html
    assert " checked" not in html.split('id="review-form"')[1].split("</form>")[0]


def test_nothing_waits(reviewer: Client, plan: Masterplan) -> None:
    html = page(reviewer, plan)

    assert "<h2>Nothing waits</h2>" in html
    assert "review-form" not in html


def test_who_may_not_decide_reads(plan: Masterplan) -> None:
    (test,) = waiting(plan)
    viewer = browser_of(Role.VIEWER, "vera")

    html = page(viewer, plan)

    assert "Reviewers and leads decide on them." in html
    assert "review-form" not in html
    assert viewer.post(address(plan), {"do": "decide", "test": test.pk}).status_code == 403
    assert Client().get(address(plan)).status_code == 302
    assert viewer.get("/masterplans/mp-99999/tests/review").status_code == 404


def test_hidden_characters_are_written_out(reviewer: Client, plan: Masterplan) -> None:
    (test,) = waiting(plan)
    AcceptanceTest.objects.filter(pk=test.pk).update(text="# \u202e<b>\n")

    html = page(reviewer, plan)

    assert "⟨U+202E⟩" in html
    assert "stand in the field for editing as they are" in html
    assert "<b>\n" not in html


# Decisions.


def test_approve_and_see_the_next(reviewer: Client, plan: Masterplan) -> None:
    first, second = waiting(plan, 2)

    status, html = send(reviewer, first, choice="approve")

    assert status == 200
    assert f"{first.check_id} approved." in html
    assert f"Review {second.check_id}" in html
    first.refresh_from_db()
    assert first.state == TestState.ACTIVE
    assert first.decided_by.username == "rita"


def test_reject_needs_a_reason(reviewer: Client, plan: Masterplan) -> None:
    (test,) = waiting(plan)

    status, html = send(reviewer, test, choice="reject")

    assert status == 422
    assert 'id="reason-error">Say why it is rejected.' in html
    assert 'id="choice-reject" value="reject" data-hotkey="d"' in html
    assert AcceptanceTest.objects.get().state == TestState.WAITING

    status, html = send(reviewer, test, choice="reject", reason="It tests the wrong thing.")

    assert "rejected." in html
    assert AcceptanceTest.objects.get().state == TestState.REJECTED


def test_a_reason_that_the_action_refuses_comes_back(reviewer: Client, plan: Masterplan) -> None:
    (test,) = waiting(plan)

    status, html = send(reviewer, test, choice="reject", reason="no")

    assert status == 422
    assert 'id="reason-error"' in html
    assert ">no</textarea>" in html


def test_an_edit_is_a_new_version(reviewer: Client, plan: Masterplan) -> None:
    (test,) = waiting(plan)
    text = test.text.replace("'a'", "'b'")
    assert text != test.text

    status, html = send(reviewer, test, choice="edit", text=text.replace("\n", "\r\n"))

    assert status == 200
    assert "saved as version 2." in html
    newest = AcceptanceTest.objects.get(version=2)
    assert newest.text == text
    assert newest.origin == Origin.PERSON


def test_a_refused_edit_comes_back_with_every_weakness(reviewer: Client, plan: Masterplan) -> None:
    (test,) = waiting(plan)
    text = "import os\n\ndef test_R1_c1():\n    assert True\n"

    status, html = send(reviewer, test, choice="edit", text=text)

    assert status == 422
    assert 'id="text-error"' in html
    assert html.split('id="text-error"')[1].split("</ul>")[0].count("<li>") >= 2
    assert "import os def test_R1_c1(): assert True" in html.split("<textarea")[1]
    assert '<details class="card edit" id="edit" open>' in html
    assert AcceptanceTest.objects.count() == 1


def test_a_choice_is_needed(reviewer: Client, plan: Masterplan) -> None:
    (test,) = waiting(plan)

    status, html = send(reviewer, test, choice="", reason="typed")

    assert status == 422
    assert "Choose what happens to the test." in html
    assert ">typed</textarea>" in html


def test_somebody_was_faster(reviewer: Client, plan: Masterplan) -> None:
    test, other = waiting(plan, 2)
    send(browser_of(Role.LEAD, "lena"), test, choice="approve")

    status, html = send(reviewer, test, choice="reject", reason="It tests the wrong thing.")

    assert status == 409
    assert "does not wait any more" in html
    assert "active by lena" in html
    assert "It tests the wrong thing." in html
    assert AcceptanceTest.objects.get(pk=test.pk).state == TestState.ACTIVE
    assert AcceptanceTest.objects.get(pk=other.pk).state == TestState.WAITING


def test_the_page_of_a_test_that_was_decided_says_so(reviewer: Client, plan: Masterplan) -> None:
    test, _ = waiting(plan, 2)
    send(browser_of(Role.LEAD, "lena"), test, choice="approve")

    html = page(reviewer, plan, test, part="review_state")

    assert f"{test.check_id} does not wait any more</b>: active by lena" in html


def test_approve_those_that_were_shown(reviewer: Client, plan: Masterplan) -> None:
    shown = waiting(plan, 2)
    (doubtful,) = waiting(plan, is_low_trust=True)
    html = page(reviewer, plan)
    assert "Approve these 2 tests" in html
    (later,) = waiting(plan)

    response = reviewer.post(
        address(plan),
        {"do": "approve_all", "tests": [str(test.pk) for test in shown] + ["nonsense"]},
        follow=True,
    )

    assert "2 tests approved." in response.content.decode()
    states = {test.pk: test.state for test in AcceptanceTest.objects.all()}
    assert [states[test.pk] for test in shown] == [TestState.ACTIVE] * 2
    assert states[doubtful.pk] == states[later.pk] == TestState.WAITING


def test_back_to_what_was_generated(reviewer: Client, plan: Masterplan) -> None:
    (test,) = waiting(plan)

    status, html = send(reviewer, test, choice="regenerate")

    assert status == 409  # nobody has edited it
    assert "Nothing was decided." in html


def test_queries_do_not_grow(
    reviewer: Client, plan: Masterplan, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    waiting(plan, 12)

    with django_assert_max_num_queries(QUERIES):
        page(reviewer, plan)
