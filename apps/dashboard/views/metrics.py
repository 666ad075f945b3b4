"""The figures for Prometheus."""

import hmac
import ipaddress

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from apps.acceptance import figures, sandbox_figures
from apps.budgets.metrics import registry


@require_GET
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Every metric, computed now. Needs the token of METRICS_TOKEN, or a caller on this machine."""
    if not _may_read(request):
        return _refused()
    registries = (registry, figures.registry, sandbox_figures.registry)
    text = b"".join(generate_latest(each) for each in registries)
    return HttpResponse(text, content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _may_read(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        is_right = hmac.compare_digest(token.strip().encode(), settings.METRICS_TOKEN.encode())
        return scheme.lower() == "bearer" and is_right
    return _is_this_machine(request.META.get("REMOTE_ADDR", ""))


def _is_this_machine(address: str) -> bool:
    """Return whether the peer of the connection is a loopback address; proxies are not looked at."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return found.is_loopback or bool(mapped and mapped.is_loopback)


def _refused() -> HttpResponse:
    if settings.METRICS_TOKEN:
        text, status = "Send the token of METRICS_TOKEN as a bearer token.\n", 401
    else:
        text, status = "Only this machine may read this. Set METRICS_TOKEN to allow others.\n", 403
    response = HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
    if settings.METRICS_TOKEN:
        response["WWW-Authenticate"] = "Bearer"
    return response
