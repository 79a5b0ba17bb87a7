"""Pages of the people who run the service."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse


def for_staff(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page of whoever runs the service: nobody else learns that it is there."""

    @wraps(view)
    @login_required
    def guarded(request: HttpRequest, *args: Any, **more: Any) -> HttpResponse:
        if not request.user.is_staff:
            raise Http404
        return view(request, *args, **more)

    return guarded
