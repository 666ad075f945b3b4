"""The main job over HTTP."""

import io
import json
import zipfile

import pytest
from asgiref.sync import async_to_sync
from django.test import Client

from apps.accounts.core.roles import Role
from apps.masterplans.models import Masterplan
from tests.api.programs import PLANS, Program, collected
from tests.execution.plans import TEXT, AnsweringClient, imported_plan, started_plan, work_off
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> Program:
    return Program(Role.OPERATOR)


def test_import_start_and_watch(operator: Program) -> None:
    answer = operator.post(PLANS, {"text": TEXT})
    assert answer.status_code == 201, answer.content
    plan = answer.json()
    assert plan["status"] == "ready"
    assert plan["budget_usd"] == "5.000000"

    assert operator.post(f"{PLANS}/{plan['ref']}/start").json()["status"] == "running"
    detail = operator.get(f"{PLANS}/{plan['id']}").json()
    assert detail["atoms_by_status"]["queued"] == 2
    assert [wave["atoms"] for wave in detail["waves"]] == [2, 1]


def test_the_same_text_again_is_a_conflict_with_the_plans_name(operator: Program) -> None:
    ref = operator.post(PLANS, {"text": TEXT}).json()["ref"]

    answer = operator.post(PLANS, {"text": TEXT})

    assert answer.status_code == 409
    assert answer["Content-Type"] == "application/problem+json"
    assert (answer.json()["code"], answer.json()["facts"]["ref"]) == ("already_imported", ref)
    assert operator.post(PLANS, {"text": TEXT, "is_copy": True}).status_code == 201


def test_check_stores_nothing(operator: Program) -> None:
    answer = operator.post(f"{PLANS}/check", {"text": TEXT.replace("title:", "titel:")})

    assert answer.status_code == 200
    assert answer.json()["has_errors"]
    assert any("title" in entry["message"] for entry in answer.json()["diagnostics"])
    assert not Masterplan.objects.exists()


@pytest.mark.parametrize("verb", ["start", "pause", "resume", "cancel", "retry-failed"])
def test_a_reviewer_may_not_run_a_plan(verb: str) -> None:
    plan = imported_plan()

    answer = Program(Role.REVIEWER).post(f"{PLANS}/{plan.ref}/{verb}")

    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


def test_without_a_token_nobody_is_let_in() -> None:
    for answer in (Client().get(PLANS), Client().post(PLANS, "{}", content_type="text/json")):
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"] == "Bearer"
        assert answer.json()["code"] == "not_signed_in"


def test_a_session_may_read_but_writes_need_the_csrf_token() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(UserFactory(role=Role.OPERATOR))

    assert client.get(PLANS).status_code == 200
    answer = client.post(PLANS, json.dumps({"text": TEXT}), content_type="application/json")
    assert answer.status_code in {401, 403}
    assert not Masterplan.objects.exists()


@pytest.mark.parametrize("name", ["mp-9999", "mp-", "nonsense", "mp-99999999999999"])
def test_an_unknown_plan_is_a_404_with_a_sentence(operator: Program, name: str) -> None:
    answer = operator.get(f"{PLANS}/{name}")

    assert (answer.status_code, answer.json()["code"]) == (404, "plan_not_found")


def test_a_body_that_is_not_understood_names_the_field(operator: Program) -> None:
    answer = operator.post(PLANS, {"words": TEXT})

    assert answer.status_code == 422
    assert any("text" in entry["field"] for entry in answer.json()["fields"])


def test_an_illegal_transition_says_what_the_plan_is(operator: Program) -> None:
    plan = imported_plan()

    answer = operator.post(f"{PLANS}/{plan.ref}/pause")

    assert answer.status_code == 409
    assert "is ready" in answer.json()["detail"]


def test_lists_are_paged_by_cursor(operator: Program) -> None:
    refs = [imported_plan().ref for _ in range(3)]

    first = operator.get(f"{PLANS}?page_size=2").json()
    second = operator.get(first["next"]).json()

    listed = [plan["ref"] for plan in first["results"] + second["results"]]
    assert listed == refs[::-1]


def test_atoms_and_their_trace(operator: Program) -> None:
    plan = work_off(started_plan(), AnsweringClient())

    atoms = operator.get(f"{PLANS}/{plan.ref}/atoms").json()["results"]
    assert [atom["wave"] for atom in atoms] == [1, 1, 2]
    assert {atom["cost_usd"] for atom in atoms} == {"0.000050"}
    steps = operator.get(f"/api/v2/traceability/trace/{atoms[0]['id']}").json()
    assert [step["kind"] for step in steps] == ["context", "charge", "validation", "stored"]


def test_the_trace_of_no_atom_is_a_404(operator: Program) -> None:
    path = "/api/v2/traceability/trace/00000000-0000-0000-0000-000000000000"

    assert operator.get(path).json()["code"] == "atom_not_found"


def test_export_gives_the_code_of_a_completed_plan(operator: Program) -> None:
    plan = work_off(started_plan(), AnsweringClient())

    answer = operator.get(f"{PLANS}/{plan.ref}/export?kind=zip")

    content = async_to_sync(collected)(answer.streaming_content)
    assert int(answer["Content-Length"]) == len(content)
    archive = zipfile.ZipFile(io.BytesIO(content))
    assert "greet/greet/greeting.py" in archive.namelist()


def test_export_of_nothing_says_so(operator: Program) -> None:
    answer = operator.get(f"{PLANS}/{imported_plan().ref}/export")

    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_export")
