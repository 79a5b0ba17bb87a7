"""Whether the service lives, whether it can answer, and how it is doing (Prometheus)."""

from __future__ import annotations

import hmac
from collections.abc import Callable

import orjson
import structlog
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse

from segue.web import metrics as counted

log = structlog.get_logger()


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return _told("ok\n", 200)


def readyz(request: HttpRequest) -> HttpResponse:
    """Whether requests can be answered, and if not, what is missing: 200, or 503."""
    checks = {name: _checked(name, check) for name, check in _CHECKS.items()}
    ready = all(problem is None for problem in checks.values())
    body = {"ready": ready, "checks": {name: "ok" if said is None else said for name, said in checks.items()}}
    response = HttpResponse(orjson.dumps(body), status=200 if ready else 503, content_type="application/json")
    response["Cache-Control"] = "no-store"
    return response


def metrics(request: HttpRequest) -> HttpResponse:
    """What was counted; for this machine, or for who has the token of `SEGUE_METRICS_TOKEN`."""
    if not may_see_metrics(request):
        return _told("Metrics are for this machine only, or with the token of SEGUE_METRICS_TOKEN.\n", 403)
    response = HttpResponse(counted.text(), content_type="text/plain; version=0.0.4; charset=utf-8")
    response["Cache-Control"] = "no-store"
    return response


def may_see_metrics(request: HttpRequest) -> bool:
    """Whether a request has the token, or comes from this machine and through no proxy."""
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer" and settings.METRICS_TOKEN:
        return hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode())
    passed_on = any(name in request.META for name in ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP"))
    return not passed_on and request.META.get("REMOTE_ADDR") in {"127.0.0.1", "::1"}


def _told(words: str, status: int) -> HttpResponse:
    response = HttpResponse(words, status=status, content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "no-store"
    return response


_VIEWS: dict[str, Callable[[HttpRequest], HttpResponse]] = {"/healthz": healthz, "/readyz": readyz, "/metrics": metrics}


class HealthMiddleware:
    """Answers those who watch the service before anything else is asked of it: by any name of the host, without a session."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        view = _VIEWS.get(request.path)
        return self.get_response(request) if view is None else view(request)


# -- what must be there --------------------------------------------------------------------------------------------------


def _checked(name: str, check: Callable[[], str | None]) -> str | None:
    try:
        return check()
    except Exception as error:  # noqa: BLE001 - whatever is wrong, the service is not ready
        # What a driver says may hold addresses and names of users: it goes to the log only.
        log.warning("not_ready", check=name, problem=str(error))
        return "cannot be reached: the log says why"


_migrated: set[str] = set()


def _database() -> str | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    alias = str(connection.settings_dict["NAME"])
    if alias not in _migrated:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return "is not up to date: run segue serve, or segue database migrate"
        _migrated.add(alias)
    return None


def _snapshot() -> str | None:
    from segue.web.discovery.serving import ready  # noqa: PLC0415

    said = ready()
    return said if isinstance(said, str) else None


def _jobs() -> str | None:
    from segue.web.jobs.queue import huey  # noqa: PLC0415

    huey().pending_count()
    return None


_CHECKS: dict[str, Callable[[], str | None]] = {"database": _database, "snapshot": _snapshot, "jobs": _jobs}
