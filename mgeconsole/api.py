"""The JSON API: one router per app, and one shape of errors (RFC 9457)."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from apps.accounts.api import PageSession, TokenBearer
from apps.common.errors import ConsoleError
from apps.execution.api import router as execution_router
from apps.traceability.api import router as traceability_router

api = NinjaAPI(
    title="MGE Console",
    version="2.0",
    description="Import masterplans, run them, and read every figure that the pages show.",
    docs_url="/docs",
    urls_namespace="api",
    auth=[TokenBearer(), PageSession()],
)
api.add_router("/masterplans", execution_router)
api.add_router("/traceability", traceability_router)


def problem(status: int, code: str, detail: str, **facts: Any) -> JsonResponse:
    """Return an error as application/problem+json; `code` is stable, `detail` is for people."""
    body = {"type": "about:blank", "status": status, "code": code, "detail": detail, **facts}
    return JsonResponse(body, status=status, content_type="application/problem+json")


@api.exception_handler(ConsoleError)
def refuse(request: HttpRequest, error: ConsoleError) -> HttpResponse:
    facts = {key: str(value) for key, value in error.facts.items()}
    return problem(error.status, error.code, error.message, facts=facts)


@api.exception_handler(ValidationError)
def refuse_input(request: HttpRequest, error: ValidationError) -> HttpResponse:
    fields = [
        {"field": ".".join(str(part) for part in entry["loc"]), "message": entry["msg"]}
        for entry in error.errors
    ]
    detail = "The request has fields that cannot be used; `fields` says which and why."
    return problem(422, "invalid_input", detail, fields=fields)


@api.exception_handler(AuthenticationError)
def refuse_stranger(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    detail = "Send a valid token in the Authorization header, as `Bearer mge_…`, or sign in."
    response = problem(401, "not_signed_in", detail)
    response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(HttpError)
def refuse_request(request: HttpRequest, error: HttpError) -> HttpResponse:
    return problem(error.status_code, "bad_request", str(error))


@api.exception_handler(Http404)
def not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem(404, "not_found", "There is nothing at this address.")
