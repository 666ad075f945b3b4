"""What every operation of the API promises, read from its own description."""

import re
from typing import Any

import pytest
from django.test import Client

from mgeconsole.api import api
from tests.api.programs import problem_of

METHODS = {"get", "post", "put", "patch", "delete"}


OPERATIONS = [
    pytest.param(method, path, operation, id=f"{method} {path}")
    for path, item in api.get_openapi_schema()["paths"].items()
    for method, operation in item.items()
    if method in METHODS
]


def test_there_are_operations() -> None:
    assert len(OPERATIONS) >= 11


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS)
def test_every_operation_has_a_summary_of_its_own(
    method: str, path: str, operation: dict[str, Any]
) -> None:
    # Without one, ninja takes the name of the function, which also ends the operation's id.
    name_of_function = operation["summary"].lower().replace(" ", "_")
    assert not operation["operationId"].endswith(f"_{name_of_function}")


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS)
def test_no_operation_answers_a_stranger(method: str, path: str, operation: dict[str, Any]) -> None:
    address = re.sub(r"\{\w+\}", "00000000-0000-0000-0000-000000000000", path)

    answer = Client().generic(method.upper(), address, "{}", content_type="application/json")

    assert problem_of(answer) == (401, "not_signed_in")
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.django_db
def test_a_wrong_token_is_no_token() -> None:
    for value in ("Bearer mge_nonsense", "Bearer ", "Bearer", "Basic x", "Bearer \xff\xfe"):
        answer = Client(headers={"authorization": value}).get("/api/v2/masterplans")
        assert problem_of(answer) == (401, "not_signed_in")
