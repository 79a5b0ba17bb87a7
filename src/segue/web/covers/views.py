"""Pictures as they are sent: the address says all, so that they never change and nobody has to be asked."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from segue.web.covers.drawing import svg
from segue.web.covers.recipes import Recipe


@require_safe
def drawn(request: HttpRequest, code: str) -> HttpResponse:
    """A drawn cover."""
    try:
        picture = svg(Recipe.parse(code))
    except ValueError:
        return HttpResponse("There is no such cover.", content_type="text/plain; charset=utf-8", status=404)
    response = HttpResponse(picture, content_type="image/svg+xml")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
