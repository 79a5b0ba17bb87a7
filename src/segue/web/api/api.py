"""The API as one value. A module of `api/routers/` with a `router` and a `PREFIX` is part of it: adding one is adding a file."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import orjson
import structlog
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.renderers import BaseRenderer

from segue.errors import BadRequest, BadSnapshot, NotFound, SegueError
from segue.web.api import routers
from segue.web.api.errors import Problem

log = structlog.get_logger()


class OrjsonRenderer(BaseRenderer):
    """Answers as JSON, fast."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        """The data as JSON."""
        return orjson.dumps(data)


def make() -> NinjaAPI:
    """The API with every router there is."""
    api = NinjaAPI(
        title="Segue",
        version="1",
        description="Music recommendations with true reasons.",
        renderer=OrjsonRenderer(),
        docs_url="/docs",
        urls_namespace="api",
    )
    for module in sorted(pkgutil.iter_modules(routers.__path__), key=lambda info: info.name):
        loaded = importlib.import_module(f"segue.web.api.routers.{module.name}")
        api.add_router(loaded.PREFIX, loaded.router, tags=[loaded.TAG])
    api.exception_handler(Problem)(lambda request, problem: problem.response(request))
    api.exception_handler(ValidationError)(_invalid)
    api.exception_handler(SegueError)(_said)
    api.exception_handler(Http404)(
        lambda request, _: Problem(404, "not-found", "There is no such thing.").response(request)
    )
    api.exception_handler(HttpError)(
        lambda request, error: Problem(error.status_code, "http", str(error)).response(request)
    )
    return api


def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    wrong = [{"where": ".".join(map(str, one["loc"])), "what": one["msg"]} for one in error.errors]
    detail = "; ".join(f"{one['where']}: {one['what']}" for one in wrong[:3])
    return Problem(422, "invalid", detail, errors=wrong).response(request)


def _said(request: HttpRequest, error: SegueError) -> HttpResponse:
    """What the rooms below say, in the terms of HTTP."""
    status, kind = next(
        (answer for sort, answer in _STATUS.items() if isinstance(error, sort)), (400, "bad-request")
    )  # fmt: skip
    if status >= 500:
        log.error("not_ready", problem=str(error), path=request.path)
        return Problem(status, kind, "The recommendations are not ready yet: try again soon.").response(request)
    return Problem(status, kind, str(error)).response(request)


_STATUS: dict[type[SegueError], tuple[int, str]] = {
    NotFound: (404, "not-found"), BadRequest: (422, "bad-request"), BadSnapshot: (503, "no-snapshot"),
}  # fmt: skip
