from collections.abc import AsyncIterator

import pytest
from asgiref.sync import async_to_sync
from django.test import Client

from apps.accounts.core.roles import Role
from apps.masterplans.models import Masterplan, PlanStatus
from tests.execution.plans import AnsweringClient, started_plan, work_off
from tests.factories import AtomFactory, MasterplanFactory, UserFactory

pytestmark = pytest.mark.django_db


def browser_of(role: Role) -> Client:
    browser = Client()
    browser.force_login(UserFactory(role=role))
    return browser


@pytest.fixture
def operator() -> Client:
    return browser_of(Role.OPERATOR)


async def collected(chunks: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


def status_of(plan: Masterplan) -> str:
    return str(Masterplan.objects.get(pk=plan.pk).status)


def test_start_leads_back_to_the_plan_and_says_so(operator: Client) -> None:
    plan = MasterplanFactory()
    AtomFactory(plan=plan)

    response = operator.post(f"/masterplans/{plan.ref}/start")

    assert response.headers["Location"] == f"/masterplans/{plan.ref}"
    assert status_of(plan) == PlanStatus.RUNNING
    assert f"{plan.ref} started." in operator.get(response.url).content.decode()


@pytest.mark.parametrize(
    ("verb", "before", "after"),
    [("pause", "running", "paused"), ("resume", "paused", "running")],
)
def test_pause_and_resume(operator: Client, verb: str, before: str, after: str) -> None:
    plan = MasterplanFactory(status=before, pause_reason="operator" if before == "paused" else "")
    AtomFactory(plan=plan)

    assert operator.post(f"/masterplans/{plan.ref}/{verb}").status_code == 302
    assert status_of(plan) == after


def test_the_second_of_two_people_who_start_is_told(operator: Client) -> None:
    plan = MasterplanFactory(status=PlanStatus.RUNNING)

    response = operator.post(f"/masterplans/{plan.ref}/start")

    assert response.status_code == 409
    assert "is running, so it cannot be started" in response.content.decode()


def test_nothing_to_retry_is_said(operator: Client) -> None:
    plan = MasterplanFactory(status=PlanStatus.FAILED)

    response = operator.post(f"/masterplans/{plan.ref}/retry-failed")

    assert response.status_code == 409
    assert status_of(plan) == PlanStatus.FAILED


@pytest.mark.parametrize("verb", ["start", "pause", "resume", "retry-failed", "cancel"])
def test_who_may_not_run_a_plan_is_told_who_may(verb: str) -> None:
    plan = MasterplanFactory()

    response = browser_of(Role.VIEWER).post(f"/masterplans/{plan.ref}/{verb}")

    assert response.status_code == 403
    assert status_of(plan) == PlanStatus.READY


def test_nothing_is_changed_by_a_get(operator: Client) -> None:
    plan = MasterplanFactory()

    assert operator.get(f"/masterplans/{plan.ref}/start").status_code == 405
    assert status_of(plan) == PlanStatus.READY


def test_a_form_without_its_token_changes_nothing() -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(UserFactory(role=Role.OPERATOR))
    plan = MasterplanFactory()

    assert browser.post(f"/masterplans/{plan.ref}/start").status_code == 403
    assert status_of(plan) == PlanStatus.READY


@pytest.mark.parametrize("address", ["mp-0001/explode", "mp-99999/start", "nonsense/start"])
def test_unknown_verbs_and_plans_are_not_found(operator: Client, address: str) -> None:
    assert operator.post(f"/masterplans/{address}").status_code == 404


class TestCancel:
    def test_asks_for_the_reference(self, operator: Client) -> None:
        plan = MasterplanFactory(status=PlanStatus.RUNNING)

        html = operator.get(f"/masterplans/{plan.ref}/cancel").content.decode()

        assert f'Type <b class="mono">{plan.ref}</b> to confirm' in html
        assert status_of(plan) == PlanStatus.RUNNING

    def test_cancels_when_the_reference_was_typed(self, operator: Client) -> None:
        plan = MasterplanFactory(status=PlanStatus.RUNNING)

        response = operator.post(f"/masterplans/{plan.ref}/cancel", {"typed": f" {plan.ref} "})

        assert response.headers["Location"] == f"/masterplans/{plan.ref}"
        assert status_of(plan) == PlanStatus.CANCELLED

    @pytest.mark.parametrize("typed", ["", "mp-", "yes"])
    def test_keeps_what_was_typed_when_it_is_something_else(
        self, operator: Client, typed: str
    ) -> None:
        plan = MasterplanFactory(status=PlanStatus.RUNNING)

        response = operator.post(f"/masterplans/{plan.ref}/cancel", {"typed": typed})

        html = response.content.decode()
        assert response.status_code == 422
        assert f'value="{typed}"' in html
        assert 'aria-invalid="true"' in html
        assert status_of(plan) == PlanStatus.RUNNING


class TestExport:
    @pytest.mark.parametrize("kind", ["zip", "bundle", "patch"])
    def test_the_code_of_a_plan_is_downloaded(self, operator: Client, kind: str) -> None:
        plan = work_off(started_plan(), AnsweringClient())

        response = operator.get(f"/masterplans/{plan.ref}/export/{kind}")

        assert response.status_code == 200
        assert "attachment" in response.headers["Content-Disposition"]
        content = async_to_sync(collected)(response.streaming_content)
        assert len(content) == int(response.headers["Content-Length"]) > 0

    def test_nothing_to_export_is_said(self, operator: Client) -> None:
        response = operator.get(f"/masterplans/{MasterplanFactory().ref}/export/zip")

        assert response.status_code == 409
        assert "nothing to export" in response.content.decode()

    def test_unknown_kinds_are_not_found(self, operator: Client) -> None:
        address = f"/masterplans/{MasterplanFactory().ref}/export/tar"

        assert operator.get(address).status_code == 404

    def test_strangers_get_nothing(self) -> None:
        address = f"/masterplans/{MasterplanFactory().ref}/export/zip"

        assert Client().get(address).status_code == 302
