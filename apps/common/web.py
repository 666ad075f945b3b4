"""What every page shares: its request, its headers, its parts, and how a refusal looks."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render, resolve_url
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.middleware import HtmxDetails

from apps.common.errors import ConsoleError

if TYPE_CHECKING:
    from django.contrib.auth.models import _User

GetResponse = Callable[[HttpRequest], HttpResponseBase]

# No inline script or style anywhere, so no nonce. Kept by tests/static/test_templates.py.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self';"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in ("camera", "geolocation", "microphone", "payment", "usb", "browsing-topics")
)
MESSAGES_ID = "messages"  # where a refusal lands on a page that is already open


class ConsoleRequest(HttpRequest):
    """The request of a view that only people who signed in can reach."""

    user: "_User"
    htmx: HtmxDetails


class SecurityHeadersMiddleware:
    """Adds the headers that Django has no setting for; a view may set its own first."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if response.headers.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault("Cache-Control", "private, no-cache")
        return response


class RefusalMiddleware:
    """Turns a ConsoleError of a view into a page, or into a message of the open page."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        if is_htmx(request) and _leads_to_sign_in(response):
            # Followed by the browser, this would put the sign-in page inside the open page.
            return HttpResponse("Signed out, sign in again.", status=401, content_type="text/plain")
        return response

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        """Answer for a refusal; leave every other exception to Django."""
        if not isinstance(exception, ConsoleError):
            return None
        return refuse(request, message=exception.message, status=exception.status)


def refuse(request: HttpRequest, *, message: str, status: int) -> HttpResponse:
    """Return the refusal as a page, or as the fragment that htmx puts into #messages."""
    context = {"message": message, "status": status}
    if not is_htmx(request):
        return render(request, "errors/refusal.html", context, status=status)
    response = render(request, "_refusal.html", context, status=status)
    response.headers["HX-Retarget"] = f"#{MESSAGES_ID}"
    response.headers["HX-Reswap"] = "innerHTML"
    response.headers["X-Refusal"] = "1"  # static/js/refusals.js lets htmx swap this one
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say in words what to do when the form's token does not fit; `reason` is for developers."""
    message = (
        "The form was not sent: it is too old, or this browser keeps no cookies."
        " Reload the page and send it again."
    )
    if is_htmx(request):
        return refuse(request, message=message, status=403)
    origin = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(
        origin, {request.get_host()}, require_https=request.is_secure()
    )
    context = {"message": message, "form_address": origin if is_ours else ""}
    return render(request, "errors/old_form.html", context, status=403)


def render_part(
    request: HttpRequest, template: str, context: Mapping[str, Any], **parts: str
) -> HttpResponse:
    """Render the page, or alone the part whose id htmx wants to swap.

    `parts` maps the id of an element to the template of its fragment; an id with hyphens is
    written with underscores.
    """
    chosen = parts.get(_target(request).replace("-", "_"), template)
    response = render(request, chosen, dict(context))
    patch_vary_headers(response, ("HX-Request", "HX-Target"))
    return response


def is_htmx(request: HttpRequest) -> bool:
    """Return whether htmx sent the request and waits for a fragment."""
    htmx: HtmxDetails | None = getattr(request, "htmx", None)
    return bool(htmx) and not (htmx and (htmx.boosted or htmx.history_restore_request))


def _target(request: HttpRequest) -> str:
    htmx: HtmxDetails | None = getattr(request, "htmx", None)
    return (htmx.target or "") if htmx is not None and is_htmx(request) else ""


def _leads_to_sign_in(response: HttpResponseBase) -> bool:
    location = response.headers.get("Location", "")
    return response.status_code == 302 and location.startswith(resolve_url(settings.LOGIN_URL))
