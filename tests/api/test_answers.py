"""What every answer of the API has in common: errors are problems, and GETs have ETags."""

import logging
from typing import NoReturn

import pytest
from asgiref.sync import async_to_sync
from django.conf import LazySettings
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404
from django.test import Client
from ninja.errors import HttpError, ValidationError

from apps.execution import api as execution_api
from tests.api.programs import PLANS, Program, collected, problem_of
from tests.execution.plans import AnsweringClient, started_plan, work_off
from tests.factories import AtomFactory, MasterplanFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(params=[False, True], ids=["plain", "debug"])
def either_debug(request: pytest.FixtureRequest, settings: LazySettings) -> None:
    settings.DEBUG = request.param


def failing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Let every operation on one plan fail."""

    def find_plan(name: str) -> NoReturn:
        raise error

    monkeypatch.setattr(execution_api, "find_plan", find_plan)


@pytest.mark.usefixtures("either_debug")
@pytest.mark.filterwarnings("ignore:Django checks for ServeStatic")  # only said in DEBUG
class TestProblems:
    @pytest.mark.parametrize(
        "path", ["nowhere", "", "masterplans/", "masterplans/a/b/c", "%00", "masterplans/a%2Fb/"]
    )
    def test_an_unknown_address(self, path: str) -> None:
        for client in (Client(), Client(headers={"accept": "text/html"})):
            answer = client.get(f"/api/v2/{path}")
            assert problem_of(answer) == (404, "not_found")
        assert problem_of(Client().post(f"/api/v2/{path}")) == (404, "not_found")

    def test_a_host_that_is_not_ours(self) -> None:
        answer = Client(headers={"host": "evil.example"}).get(PLANS)

        assert problem_of(answer) == (400, "bad_request")

    @pytest.mark.parametrize("method", ["DELETE", "PUT", "TRACE", "NONSENSE"])
    def test_a_method_that_the_address_does_not_know(self, operator: Program, method: str) -> None:
        answer = operator.client.generic(method, PLANS)

        assert problem_of(answer) == (405, "method_not_allowed")
        assert set(answer["Allow"].split(", ")) == {"GET", "POST"}

    def test_a_failure_is_logged_once_and_not_told(
        self,
        operator: Program,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        failing(monkeypatch, OperationalError("the password is 1234"))

        with caplog.at_level(logging.ERROR):
            answer = operator.get(f"{PLANS}/mp-1")

        assert problem_of(answer) == (500, "internal")
        assert b"1234" not in answer.content
        assert b"Traceback" not in answer.content
        [record] = caplog.records
        assert record.exc_info
        assert record.exc_info[0] is OperationalError
        assert "/masterplans/mp-1" in record.getMessage()

    def test_a_failure_outside_the_api_is_a_problem_too(
        self, operator: Program, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def broken(request: object) -> NoReturn:
            raise OperationalError("the password is 1234")

        monkeypatch.setattr(
            "django.contrib.auth.middleware.AuthenticationMiddleware.process_request",
            lambda self, request: broken(request),
        )
        operator.client.raise_request_exception = False

        answer = operator.get(PLANS)

        assert problem_of(answer) == (500, "internal")
        assert b"1234" not in answer.content
        assert len([record for record in caplog.records if record.levelno >= logging.ERROR]) == 1

    @pytest.mark.parametrize(
        ("error", "expected"),
        [
            (Http404("the table is secret"), (404, "not_found")),
            (PermissionDenied("the table is secret"), (403, "forbidden")),
            (SuspiciousOperation("the table is secret"), (400, "bad_request")),
            (HttpError(429, "Wait a little."), (429, "too_many_requests")),
            (HttpError(418, "This is a teapot."), (418, "refused")),
            (BadRequest("the table is secret"), (400, "bad_request")),
        ],
    )
    def test_known_errors_keep_their_status(
        self,
        operator: Program,
        monkeypatch: pytest.MonkeyPatch,
        error: Exception,
        expected: tuple[int, str],
    ) -> None:
        failing(monkeypatch, error)

        answer = operator.get(f"{PLANS}/mp-1")

        assert problem_of(answer) == expected
        assert b"secret" not in answer.content

    def test_an_entry_without_a_place_still_names_its_field(
        self, operator: Program, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        failing(monkeypatch, ValidationError([{"cursor": "Invalid Cursor"}]))

        answer = operator.get(f"{PLANS}/mp-1")

        assert problem_of(answer) == (422, "invalid_input")
        assert answer.json()["fields"][0]["field"] == "cursor"


class TestEtags:
    @pytest.mark.parametrize(
        "path",
        [
            "masterplans",
            "masterplans/{plan}",
            "masterplans/{plan}/atoms",
            "traceability/trace/{atom}",
        ],
    )
    def test_what_did_not_change_is_not_sent_again(self, operator: Program, path: str) -> None:
        atom = AtomFactory()
        address = f"/api/v2/{path.format(plan=atom.plan.ref, atom=atom.pk)}"
        first = operator.get(address)
        assert first.status_code == 200
        assert first["Cache-Control"] == "private, no-cache"

        for sent in (first["ETag"], f'"other", W/{first["ETag"]}', "*"):
            again = operator.get(address, **{"If-None-Match": sent})
            assert (again.status_code, again.content) == (304, b"")
            assert again["ETag"] == first["ETag"]
            assert "Content-Length" not in again
            assert again["Cache-Control"] == "private, no-cache"
        assert operator.get(address, **{"If-None-Match": '"other"'}).status_code == 200

    def test_what_changed_is_sent(self, operator: Program) -> None:
        plan = MasterplanFactory()
        etag = operator.get(f"{PLANS}/{plan.ref}")["ETag"]
        plan.title = "Another title"
        plan.save(update_fields=["title"])

        answer = operator.get(f"{PLANS}/{plan.ref}", **{"If-None-Match": etag})

        assert answer.status_code == 200
        assert answer["ETag"] != etag
        assert answer.json()["title"] == "Another title"

    def test_the_description_of_the_api_has_one(self, client: Client) -> None:
        etag = client.get("/api/v2/openapi.json")["ETag"]

        answer = client.get("/api/v2/openapi.json", headers={"if-none-match": etag})
        assert answer.status_code == 304

    def test_a_stranger_learns_nothing_from_an_etag(self, operator: Program) -> None:
        etag = operator.get(PLANS)["ETag"]

        answer = Client().get(PLANS, headers={"if-none-match": etag})

        assert problem_of(answer) == (401, "not_signed_in")
        assert "ETag" not in answer
        answer = operator.get(f"{PLANS}/mp-9", **{"If-None-Match": "*"})
        assert problem_of(answer) == (404, "plan_not_found")

    def test_a_failed_precondition_is_a_problem(self, operator: Program) -> None:
        answer = operator.get(PLANS, **{"If-Match": '"other"'})

        assert problem_of(answer) == (412, "precondition_failed")

    def test_writes_and_downloads_have_none(self, operator: Program) -> None:
        plan = work_off(started_plan(), AnsweringClient())

        assert "ETag" not in operator.post(f"{PLANS}/check", {"text": plan.source_text})
        answer = operator.get(f"{PLANS}/{plan.ref}/export", **{"If-None-Match": "*"})
        assert answer.status_code == 200
        assert "ETag" not in answer
        assert async_to_sync(collected)(answer.streaming_content).startswith(b"PK")

    def test_pages_have_none(self, client: Client) -> None:
        answer = client.get("/accounts/sign-in")

        assert answer.status_code == 200
        assert "ETag" not in answer
