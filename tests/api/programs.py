"""Callers of the JSON API."""

import json
from collections.abc import AsyncIterator
from typing import Any

from django.test import Client

from apps.accounts.actions import create_token
from apps.accounts.core.roles import Role
from tests.factories import UserFactory

PLANS = "/api/v2/masterplans"


class Program:
    """A program with a token."""

    def __init__(self, role: Role | None) -> None:
        self.user = UserFactory(role=role)
        token = create_token(user=self.user, name="test")
        self.client = Client(headers={"authorization": f"Bearer {token}"})

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path, headers=headers)

    def post(self, path: str, body: object = None) -> Any:
        return self.client.post(path, json.dumps(body or {}), content_type="application/json")


def problem_of(answer: Any) -> tuple[int, str]:
    """Return status and code of an error, which is a problem with a sentence."""
    assert answer["Content-Type"] == "application/problem+json", answer.content[:500]
    assert int(answer["Content-Length"]) == len(answer.content)
    body = answer.json()
    assert body["status"] == answer.status_code
    assert body["detail"].rstrip("”").endswith(".")
    return answer.status_code, body["code"]


async def collected(chunks: AsyncIterator[bytes]) -> bytes:
    """Return what a streamed answer sends."""
    return b"".join([chunk async for chunk in chunks])
