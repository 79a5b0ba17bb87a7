"""What all views of playing share: who may ask, what is read, and errors as JSON with a detail that says what to do."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import ValidationError

from segue.errors import BadRequest, BadSnapshot, NotFound
from segue.web.api.errors import Problem, not_found
from segue.web.api.reading import LONGEST_IN_PATH, Reader
from segue.web.catalog.models import Track

MOST_BYTES = 256 * 1024
_READER = Reader()
_P = ParamSpec("_P")
_S = TypeVar("_S", bound=Schema)
_View = Callable[Concatenate[HttpRequest, _P], HttpResponseBase]


def answered(view: _View[_P]) -> _View[_P]:
    """A view for who is signed in (401 else), whose errors are JSON: {"detail": "…"}."""

    @functools.wraps(view)
    def careful(request: HttpRequest, /, *args: _P.args, **more: _P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _told(401, _("Sign in first."))
        try:
            return view(request, *args, **more)
        except Problem as problem:
            return _told(problem.status, problem.detail, problem.headers)
        except BadSnapshot:
            return _told(503, _("Recommendations are not ready yet: they are being learned. Come back in a moment."))
        except NotFound as error:
            return _told(404, str(error))
        except BadRequest as error:
            return _told(422, str(error))

    return careful


def read(request: HttpRequest, schema: type[_S]) -> _S:
    """The JSON of a request. Raises `Problem`: 400, 413, 415, 422."""
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    if length > MOST_BYTES:
        raise Problem(413, "too-large", f"The body is larger than {MOST_BYTES // 1024} kB: name fewer tracks.")
    body = _READER.parse_body(request)
    try:
        return schema.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "body"
        raise Problem(422, "invalid", f"{where}: {first['msg']}"[:500]) from None


def track_of(key: str) -> Track:
    """The track of a key, with its lyrics. Raises `Problem` (404)."""
    if len(key) > LONGEST_IN_PATH or "\0" in key:
        raise not_found("track")
    found = Track.objects.filter(key=key).first()
    if found is None:
        raise not_found("track")
    return found


def _told(status: int, detail: str, headers: dict[str, str] | None = None) -> JsonResponse:
    body: dict[str, Any] = {"detail": detail}
    return JsonResponse(body, status=status, headers=headers)
