"""What goes wrong, as `application/problem+json` (RFC 9457): a stable `type`, a title, and a detail that says what to do."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse

MEDIA_TYPE = "application/problem+json"
TITLES = {
    400: "The request makes no sense",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "That cannot be done here",
    409: "It is in the way of something else",
    413: "Too large",
    415: "Not a kind of content that is understood",
    422: "A value cannot be what it is",
    429: "Too many requests",
    500: "Something went wrong here",
    503: "Not ready",
}


def title_of(status: int) -> str:
    """What a status says, in a few words."""
    return TITLES.get(status) or HTTPStatus(status).phrase


class Problem(Exception):
    """Ends a request with a problem document. `kind` is stable: programs may rely on it."""

    def __init__(
        self, status: int, kind: str, detail: str, *, headers: Mapping[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(detail)
        self.status, self.kind, self.detail = status, kind, detail
        self.headers, self.more = dict(headers or {}), more

    def response(self, request: HttpRequest) -> HttpResponse:
        """The problem as it is sent."""
        body = {"type": f"urn:segue:problem:{self.kind}", "title": title_of(self.status), "status": self.status,
                "detail": self.detail, "instance": request.path, **self.more}  # fmt: skip
        answer = HttpResponse(orjson.dumps(body, default=str), status=self.status, content_type=MEDIA_TYPE)
        for name, value in self.headers.items():
            answer[name] = value
        return answer


def not_found(what: str) -> Problem:
    """The problem of something that is not there, or is somebody else's: the two must look the same."""
    return Problem(404, "not-found", f"There is no {what} of that id.")
