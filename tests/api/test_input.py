"""Whatever is sent, the answer is a problem in words, and never a 500."""

import json
from base64 import b64encode

import pytest
from django.conf import LazySettings

from apps.masterplans.models import Masterplan
from tests.api.programs import PLANS, Program, problem_of
from tests.execution.plans import TEXT
from tests.factories import AtomFactory, MasterplanFactory

pytestmark = pytest.mark.django_db


def cursor(query: str) -> str:
    """Return the cursor of these parameters, as ninja writes one."""
    return b64encode(query.encode()).decode()


@pytest.mark.parametrize(
    "name",
    ["mp-²", "mp-١٢", "mp--1", "mp-+1", "mp-1_0", "mp-%00", "%00", "mp-1%0A", "%F0%9F%98%80"],
)
def test_no_plan_has_a_name_like_that(operator: Program, name: str) -> None:
    MasterplanFactory()

    assert problem_of(operator.get(f"{PLANS}/{name}")) == (404, "plan_not_found")


@pytest.mark.parametrize("status", ["%00", "nonsense", "READY", "%ED%A0%80"])
def test_an_unknown_status_names_the_known_ones(operator: Program, status: str) -> None:
    answer = operator.get(f"{PLANS}?status={status}")

    assert problem_of(answer) == (422, "invalid_input")
    [field] = answer.json()["fields"]
    assert field["field"].endswith("status")
    assert "'ready'" in field["message"]


def test_a_status_filters(operator: Program) -> None:
    ready = MasterplanFactory()
    MasterplanFactory(status="draft")

    answer = operator.get(f"{PLANS}?status=ready").json()

    assert [plan["ref"] for plan in answer["results"]] == [ready.ref]


@pytest.mark.parametrize(
    "text",
    [
        "zzzz",
        "%00",
        "é",
        "=",
        cursor("r=1&p=x"),
        cursor("p=%00"),
        cursor("p=1%00"),
        cursor("p=%C2%B2"),
        cursor("p=nan"),
        cursor("p=1.5"),
        cursor("p=" + "9" * 5000),
        cursor("p="),
        cursor("r=maybe"),
        cursor("o=-1&p=1"),
        cursor("o=1000000000000&p=1"),
        cursor("o=x"),
        cursor("&".join(["p=1"] * 5)) + "A",
    ],
)
@pytest.mark.parametrize("list_of", ["plans", "atoms"])
def test_a_cursor_of_another_making_is_refused(operator: Program, text: str, list_of: str) -> None:
    atom = AtomFactory()
    path = PLANS if list_of == "plans" else f"{PLANS}/{atom.plan.ref}/atoms"

    answer = operator.client.get(path, {"cursor": text} if text != "%00" else {"cursor": "\0"})

    assert problem_of(answer) == (422, "invalid_input")
    assert [entry["field"] for entry in answer.json()["fields"]] == ["query.cursor"]


@pytest.mark.parametrize("query", ["p=99999999999999999999", "p=-1", "r=1", "r=1&p=-5", "o=9&p=3"])
def test_a_cursor_beyond_the_rows_is_an_empty_or_a_short_page(
    operator: Program, query: str
) -> None:
    MasterplanFactory()

    answer = operator.client.get(PLANS, {"cursor": cursor(query)})

    assert answer.status_code == 200


@pytest.mark.parametrize("size", ["0", "-1", "x", "1.5", "%00", "9" * 5000])
def test_a_page_has_a_size(operator: Program, size: str) -> None:
    answer = operator.get(f"{PLANS}?page_size={size}")

    assert problem_of(answer) == (422, "invalid_input")
    assert [entry["field"] for entry in answer.json()["fields"]] == ["query.page_size"]


def test_a_page_is_never_larger_than_what_the_api_allows(operator: Program) -> None:
    plan = AtomFactory().plan
    AtomFactory.create_batch(200, plan=plan)

    for size in ("201", "99999999999999999999"):
        answer = operator.get(f"{PLANS}/{plan.ref}/atoms?page_size={size}")
        assert len(answer.json()["results"]) == 200
    assert len(operator.get(answer.json()["next"]).json()["results"]) == 1


@pytest.mark.parametrize("path", [PLANS, f"{PLANS}/check"])
def test_a_body_that_is_too_large_is_refused_with_the_limit(
    operator: Program, settings: LazySettings, path: str
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000

    answer = operator.post(path, {"text": "x" * 2_000})

    assert problem_of(answer) == (413, "too_large")
    assert "2.0 kB" in answer.json()["detail"]


@pytest.mark.parametrize("body", [b"{", b"", b"\xff", b"[" * 20_000, b"1" * 5_000, b"null", b"[]"])
def test_a_body_that_is_no_object_is_refused(operator: Program, body: bytes) -> None:
    answer = operator.client.post(PLANS, body, content_type="application/json")

    assert problem_of(answer) in {(400, "bad_request"), (422, "invalid_input")}


@pytest.mark.parametrize("sign", ["\0", "\ud800", "\udfff\ud800", "\x1b", "\u2028", "\ufffe"])
@pytest.mark.parametrize("place", ["Polite", "Greetings", "the whole", "R1: ", "greet/parts.py"])
def test_signs_that_postgres_cannot_store_are_no_failure(
    operator: Program, sign: str, place: str
) -> None:
    body = {"text": TEXT.replace(place, place + sign)}
    assert "\\u" in json.dumps(body)

    for path in (f"{PLANS}/check", PLANS):
        answer = operator.post(path, body)
        assert answer.status_code in {200, 201, 422}, answer.content
        if answer.status_code == 422:
            problem_of(answer)

    for plan in Masterplan.objects.all():
        assert "\0" not in plan.source_text
        assert operator.get(f"{PLANS}/{plan.ref}").status_code == 200
        assert operator.get(f"{PLANS}/{plan.ref}/atoms").status_code == 200


def test_the_same_text_again_names_the_plan(operator: Program) -> None:
    for text in (TEXT, TEXT + "\0"):
        first = operator.post(PLANS, {"text": text})
        again = operator.post(PLANS, {"text": text})

        assert problem_of(again) == (409, "already_imported")
        facts = again.json()["facts"]
        if first.status_code == 201:
            assert (facts["ref"], facts["plan_id"]) == (first.json()["ref"], first.json()["id"])


@pytest.mark.parametrize(
    "path",
    ["traceability/trace/nonsense", "traceability/trace/%00", "masterplans/mp-1/export?kind=x"],
)
def test_other_arguments_that_are_not_understood_name_the_field(
    operator: Program, path: str
) -> None:
    answer = operator.get(f"/api/v2/{path}")

    assert problem_of(answer) == (422, "invalid_input")
    assert len(answer.json()["fields"]) == 1
