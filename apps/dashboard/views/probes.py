"""Probes for whoever keeps the processes running. They need no sign-in and tell no secret."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.dashboard import health


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """The process is alive; it asks nobody else."""
    return JsonResponse({"status": "alive"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """The process can serve: 200 with Postgres, degraded without Valkey; 503 without Postgres."""
    status, body = health.readiness.check()
    return JsonResponse(body, status=status)
