"""What is counted, for Prometheus. With `PROMETHEUS_MULTIPROC_DIR` (`segue serve` sets it) all processes count together."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import structlog
from django.conf import settings
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from segue.errors import SegueError
from segue.web import environment

_REGISTRY = CollectorRegistry()
_REQUESTS = Counter(
    "segue_requests",
    "Requests, by address template, method and status.",
    ("route", "method", "status"),
    registry=_REGISTRY,
)
_SECONDS = Histogram(
    "segue_request_seconds", "How long requests took to answer.", ("route",), registry=_REGISTRY,
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)  # fmt: skip
_LISTENS = Counter("segue_listens", "Listens recorded, by how they came.", ("source",), registry=_REGISTRY)
_ANSWERS = Counter(
    "segue_recommendations",
    "Requests for recommendations answered, by whether they were held.",
    ("held",),
    registry=_REGISTRY,
)
_METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}
# A labelled counter is looked up under a lock; here the few that there are stand ready.
_ready: dict[tuple[str, str, int], tuple[Any, Any]] = {}


def listens(number: int, source: str) -> None:
    """Count listens that were recorded: by "api", "import" or "web"."""
    _LISTENS.labels(source).inc(number)


def recommended(*, held: bool) -> None:
    """Count a request for recommendations: whether the answer was held from before."""
    _ANSWERS.labels("yes" if held else "no").inc()


def observe(route: str, method: str, status: int, seconds: float) -> None:
    """Count a request that was answered."""
    at = (route, method, status)
    found = _ready.get(at)
    if found is None:
        named = method if method in _METHODS else "other"
        found = _REQUESTS.labels(route, named, str(status)), _SECONDS.labels(route)
        if method in _METHODS:
            _ready[at] = found
    found[0].inc()
    found[1].observe(seconds)


class ObservingMiddleware:
    """Gives every request an id, which its answer and every line of the log about it carry, and counts and times it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        started = time.perf_counter()
        request_id = os.urandom(8).hex()
        # Not taken back after the answer: Django says what it has to say of a request when all of this is over.
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        response = self.get_response(request)
        response.headers["X-Request-Id"] = request_id
        match = request.resolver_match
        route = match.route if match is not None else "other"
        observe(route, request.method or "", response.status_code, time.perf_counter() - started)
        return response


def text() -> bytes:
    """Everything that was counted, and how things stand now, in Prometheus' text format."""
    registry = CollectorRegistry()
    if environment.text("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        now = CollectorRegistry()
        now.register(_Now())
        return generate_latest(registry) + generate_latest(now)
    registry.register(_Now())
    return generate_latest(_REGISTRY) + generate_latest(registry)


class _Now:
    """How things stand when they are asked for."""

    def collect(self) -> Iterator[Metric]:
        """The jobs by state, and the snapshot that is served from."""
        from segue.web.jobs.models import Job  # noqa: PLC0415

        jobs = GaugeMetricFamily("segue_jobs", "Jobs, by kind and state.", labels=("kind", "state"))
        for kind, state, number in Job.objects.values_list("kind", "state").annotate(number=Count("pk")):
            jobs.add_metric((kind, state), number)
        yield jobs
        yield from _snapshot()


def _snapshot() -> Iterator[Metric]:
    """The snapshot that is current; nothing where there is none."""
    snapshots = settings.HOME.snapshots
    try:
        manifest = snapshots.manifest(snapshots.current())
    except SegueError:
        return
    told = InfoMetricFamily("segue_snapshot", "The snapshot that is current, and its model.")
    told.add_metric((), {"name": manifest.name, "model": manifest.model})
    yield told
