"""Whether the service lives, whether it can answer, and how it is doing (Prometheus)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


readyz = metrics = healthz
