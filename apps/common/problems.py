"""Errors of the JSON API: one shape for all of them (RFC 9457)."""

from typing import Any

from django.http import JsonResponse

CONTENT_TYPE = "application/problem+json"

# What is said where nothing better is known; the codes are stable.
CODES = {
    400: "bad_request",
    401: "not_signed_in",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    412: "precondition_failed",
    413: "too_large",
    422: "invalid_input",
    429: "too_many_requests",
    500: "internal",
}
SENTENCES = {
    400: "The request cannot be read. A body must be JSON, in UTF-8.",
    403: "This is not allowed. A write from a page needs the CSRF token; a program sends a token.",
    404: "There is nothing at this address. /api/v2/docs lists every address.",
    405: "This address does not know the method; the Allow header lists those that it knows.",
    412: "The row is not what If-Match or If-Unmodified-Since expects.",
    500: "Something went wrong inside the console. It is in the log; try again later.",
}


def problem(status: int, code: str = "", detail: str = "", **facts: Any) -> JsonResponse:
    """Return an error as application/problem+json; `code` is stable, `detail` is for people."""
    body = {
        "type": "about:blank",
        "status": status,
        "code": code or CODES.get(status, "refused"),
        "detail": detail or SENTENCES.get(status, f"The answer is status {status}."),
        **facts,
    }
    return JsonResponse(body, status=status, content_type=CONTENT_TYPE)
