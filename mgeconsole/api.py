"""The JSON API: one router per app, and one shape of errors (RFC 9457)."""

import logging
from typing import Any

from django.conf import settings
from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.log import log_response
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from apps.accounts.api import PageSession, TokenBearer
from apps.common import display
from apps.common.errors import ConsoleError
from apps.common.problems import CODES, SENTENCES, problem
from apps.execution.api import router as execution_router
from apps.execution.budget_api import budget_router, cost_router, override_router
from apps.execution.testing_api import testing_router
from apps.traceability.api import router as traceability_router

logger = logging.getLogger(__name__)

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
api.add_router("/execution/budget", budget_router)
api.add_router("/cost", cost_router)
api.add_router("/overrides", override_router)
api.add_router("/testing", testing_router)


@api.exception_handler(ConsoleError)
def refuse(request: HttpRequest, error: ConsoleError) -> HttpResponse:
    facts = {key: str(value) for key, value in error.facts.items()}
    return problem(error.status, error.code, error.message, facts=facts)


@api.exception_handler(ValidationError)
def refuse_input(request: HttpRequest, error: ValidationError) -> HttpResponse:
    fields = [_field(entry) for entry in error.errors]
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
    code = CODES.get(error.status_code, "refused")
    return problem(error.status_code, code, SENTENCES.get(error.status_code, str(error)))


@api.exception_handler(RequestDataTooBig)
def refuse_size(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    limit = display.size(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    return problem(413, detail=f"The body is too large: at most {limit} are read.")


@api.exception_handler(BadRequest)
@api.exception_handler(SuspiciousOperation)
def refuse_suspicious(request: HttpRequest, error: Exception) -> HttpResponse:
    return problem(400)


@api.exception_handler(PermissionDenied)
def refuse_forbidden(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
    return problem(403)


@api.exception_handler(Http404)
def not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem(404)


@api.exception_handler(Exception)
def fail(request: HttpRequest, error: Exception) -> HttpResponse:
    """Log what nobody expected, and tell the caller nothing of it, whatever DEBUG says."""
    response = problem(500)
    # Marks the response as logged, so that Django does not log it once more.
    log_response(
        "The API failed at %s",
        request.path,
        response=response,
        request=request,
        logger=logger,
        exception=error,
    )
    return response


def _field(entry: dict[str, Any]) -> dict[str, str]:
    """Say which field and why; ninja's own entries may have no `loc`, only the field's name."""
    place = entry.get("loc", entry)
    return {
        "field": ".".join(str(part) for part in place),
        "message": str(entry.get("msg", "This cannot be used.")),
    }
