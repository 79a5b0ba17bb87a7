"""The API as one value. A module of `api/routers/` with a `router` and a `PREFIX` is part of it: adding one is adding a file."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable
from typing import Any

import orjson
import structlog
from django.core.exceptions import BadRequest as BadHttp
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, re_path
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.renderers import BaseRenderer

from segue.errors import BadRequest, BadSnapshot, Busy, NotFound, SegueError
from segue.web.api import limits, reading, routers
from segue.web.api.documentation import ABOUT, Documentation, document
from segue.web.api.errors import Problem

log = structlog.get_logger()
_View = Callable[..., HttpResponseBase]


class OrjsonRenderer(BaseRenderer):
    """Answers as JSON, fast."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        """The data as JSON."""
        return orjson.dumps(data)


class Api(NinjaAPI):
    """The API: every answer has its limits' headers, and whatever goes wrong is a problem document."""

    def _get_urls(self) -> list[URLResolver | URLPattern]:
        """The addresses, and one for all others below, which is 404."""
        found = super()._get_urls()
        for pattern in found:
            if isinstance(pattern, URLPattern):
                pattern.callback = self._answering(pattern.callback)
        nothing = self._answering(_nothing)
        return [*found, re_path(r"^[\s\S]*$", nothing, name="nothing")]

    def _answering(self, view: _View) -> _View:
        @functools.wraps(view)
        def answer(request: HttpRequest, *args: Any, **found: Any) -> HttpResponseBase:
            try:
                reading.check(request, found)
                response = view(request, *args, **found)
            except Exception as error:  # noqa: BLE001 - what is raised outside of operations ends as a problem too
                response = self.on_exception(request, error)
            if response.status_code == 405 and "Allow" in response:
                allowed = ", ".join(sorted(response["Allow"].replace(" ", "").split(",")))
                response = _not_allowed(allowed).response(request)
            standing: limits.Standing | None = getattr(request, "standing", None)
            if standing is not None:
                for name, value in standing.headers().items():
                    response[name] = value
            response.headers.setdefault("Cache-Control", "no-store")
            return response

        answer.csrf_exempt = True  # type: ignore[attr-defined]
        return answer

    def get_openapi_schema(self, **_: Any) -> Any:
        """The OpenAPI document; made once."""
        return self._document

    @functools.cached_property
    def _document(self) -> dict[str, Any]:
        return document(self)


def make() -> Api:
    """The API with every router there is."""
    api = Api(
        title="Segue",
        version="1",
        description=ABOUT,
        renderer=OrjsonRenderer(),
        parser=reading.Reader(),
        docs=Documentation(),
        docs_url="/docs",
        urls_namespace="api",
    )
    for module in sorted(pkgutil.iter_modules(routers.__path__), key=lambda info: info.name):
        loaded = importlib.import_module(f"segue.web.api.routers.{module.name}")
        api.add_router(loaded.PREFIX, loaded.router, tags=[loaded.TAG])
    for error, handler in _HANDLERS.items():
        api.add_exception_handler(error, handler)
    return api


def _nothing(request: HttpRequest) -> HttpResponse:
    limits.anonymous(request)
    raise Problem(404, "not-found", "There is nothing at this address: /api/v1/docs shows what there is.")


def _not_allowed(allowed: str) -> Problem:
    return Problem(405, "method", f"This address takes {allowed}.", headers={"Allow": allowed})


def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Values that do not fit. A form that is missing because something else was sent is of the wrong kind."""
    kind = request.content_type or ""
    if any(one["loc"][0] in {"file", "form"} for one in error.errors) and "form" not in kind:
        return Problem(415, "content-type", f"Send a form as multipart/form-data, not {kind or 'without a Content-Type'}.",
                       headers={"Accept": "multipart/form-data"}).response(request)  # fmt: skip
    wrong = [{"where": ".".join(map(str, one["loc"])), "what": one["msg"]} for one in error.errors[:20]]
    detail = "; ".join(f"{one['where']}: {one['what']}" for one in wrong[:3])
    return Problem(422, "invalid", detail, errors=wrong).response(request)


def _said(request: HttpRequest, error: SegueError) -> HttpResponse:
    """What the rooms below say, in the terms of HTTP."""
    status, kind = next(
        (answer for sort, answer in _STATUS.items() if isinstance(error, sort)), (422, "bad-request")
    )  # fmt: skip
    if status >= 500:
        log.error("not_ready", problem=str(error), path=request.path)
        return Problem(status, kind, "The recommendations are not ready yet: try again soon.",
                       headers={"Retry-After": "10"}).response(request)  # fmt: skip
    return Problem(status, kind, str(error)).response(request)


def _failed(request: HttpRequest, error: Exception) -> HttpResponse:
    """What nobody foresaw: the log says what, under the request's id; the answer does not."""
    log.error("failed", path=request.path, method=request.method, exc_info=error)
    request_id = structlog.contextvars.get_contextvars().get("request_id", "")
    detail = f"It was written down under {request_id}. Try again; if it stays, tell whoever runs this service."
    return Problem(500, "failed", detail, request_id=request_id).response(request)


def _database_busy(request: HttpRequest, error: Exception) -> HttpResponse:
    log.error("database", path=request.path, exc_info=error)
    return Problem(503, "busy", "The database did not answer in time: try again soon.",
                   headers={"Retry-After": "2"}).response(request)  # fmt: skip


def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    """What ninja says: of a body, what the reader found wrong with it."""
    if isinstance(error.__cause__, Problem):
        return error.__cause__.response(request)
    return Problem(error.status_code, "http", str(error)).response(request)


def _no_form(request: HttpRequest, _: Exception) -> HttpResponse:
    return Problem(400, "form", "The body is no form, or it was cut off on the way.").response(request)


_STATUS: dict[type[SegueError], tuple[int, str]] = {
    NotFound: (404, "not-found"), BadRequest: (422, "bad-request"), BadSnapshot: (503, "no-snapshot"), Busy: (409, "busy"),
}  # fmt: skip
_HANDLERS: dict[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = {
    Exception: _failed,
    Problem: lambda request, problem: problem.response(request),
    ValidationError: _invalid,
    SegueError: _said,
    HttpError: _http,
    Http404: lambda request, _: Problem(404, "not-found", "There is no such thing.").response(request),
    RequestDataTooBig: lambda request, _: reading.too_large(request).response(request),
    SuspiciousOperation: _no_form,
    BadHttp: _no_form,
    MultiPartParserError: _no_form,
    UnreadablePostError: _no_form,
    OperationalError: _database_busy,
}
