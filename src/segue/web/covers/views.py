"""Pictures as they are sent. Of a drawn cover the address says all, so that it never changes and nobody has to be asked."""

from __future__ import annotations

from functools import lru_cache

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from segue.web.catalog.models import Track
from segue.web.covers.art import Source, picture_in, scaled, sources_of
from segue.web.covers.drawing import svg
from segue.web.covers.recipes import Recipe, of_track

SIZES = (96, 256, 512)
"""How wide a PNG may be asked for (pixels): few, so that few are made."""


@require_safe
def drawn(request: HttpRequest, code: str) -> HttpResponse:
    """A drawn cover as SVG."""
    try:
        picture = svg(Recipe.parse(code))
    except ValueError:
        return _none()
    return _for_ever(HttpResponse(picture, content_type="image/svg+xml"))


@require_safe
def printed(request: HttpRequest, code: str) -> HttpResponse:
    """A drawn cover as PNG, for what shows no SVG: lock screens and mail. `?size=` is one of SIZES; else the next above it."""
    asked = request.GET.get("size", "")
    wide = int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= 4 else SIZES[-1]
    try:
        picture = png(code, next((size for size in SIZES if size >= wide), SIZES[-1]))
    except ValueError:
        return _none()
    return _for_ever(HttpResponse(picture, content_type="image/png"))


@require_safe
@login_required
def art(request: HttpRequest, key: str) -> HttpResponse:
    """The picture in the audio file of a track, for those who are signed in.

    With `?size=` it is small, and drawn where there is none that can be read: pages have no room for nothing.
    """
    small = "size" in request.GET
    seen = parse_etags(request.headers.get("If-None-Match", ""))
    for source in [] if "\0" in key else sources_of(key):
        if source.etag in seen:
            return _private(HttpResponse(status=304), source)
        picture = scaled(source) if small else picture_in(source)
        if picture is not None:
            return _private(HttpResponse(picture.data, content_type=picture.kind), source)
    track = Track.objects.filter(key=key).first() if small and "\0" not in key else None
    return _none() if track is None else redirect(of_track(track).url)


def _private(response: HttpResponse, source: Source) -> HttpResponse:
    """The response, to be kept by the browser that asked and nobody between."""
    response.headers["ETag"] = source.etag
    response.headers["Cache-Control"] = "private, max-age=86400"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@lru_cache(maxsize=128)
def png(code: str, wide: int) -> bytes:
    """The picture `wide` pixels wide and high. Raises `ValueError` for what is no code."""
    import resvg_py  # noqa: PLC0415 (only here)

    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg(Recipe.parse(code), clean=True), width=wide, height=wide, skip_system_fonts=True
        )
    )


def _for_ever(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def _none() -> HttpResponse:
    return HttpResponse(_("There is no such cover."), content_type="text/plain; charset=utf-8", status=404)
