"""What everybody with a link may see, without signing in or the app around it: a page, and two pictures of it."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from segue.errors import NotFound
from segue.web.api.limits import address_of, take
from segue.web.sharing import links, pictures
from segue.web.sharing.contents import Contents, contents_of
from segue.web.sharing.fonts import png
from segue.web.sharing.radar import radar

PAGES_A_MINUTE = 120
PICTURES_A_MINUTE = 30
_KEPT_S = 3600


@require_safe
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """The page of a link."""
    if (wait := take(f"shared:{address_of(request)}", PAGES_A_MINUTE).wait_s) > 0:
        return _too_many(wait)
    try:
        share = links.public(token)
        contents = contents_of(share)
    except NotFound:
        return _unlisted(render(request, "sharing/gone.html", _around(), status=404))
    told = {"contents": contents, "share": share, "about": about(contents), "radar": radar(contents.features), **_around(),
            "link": settings.URL + reverse("shared", args=[token]), "mark": _mark(contents)}  # fmt: skip
    response = render(request, "sharing/shared.html", told)
    response.headers["Cache-Control"] = "no-cache"
    return response if share.listed else _unlisted(response)


@require_safe
def picture(request: HttpRequest, token: str) -> HttpResponse:
    """The picture beside a link: 1200 by 630."""
    return _drawn(request, token, pictures.card)


@require_safe
def story(request: HttpRequest, token: str) -> HttpResponse:
    """The picture for stories: 1080 by 1920."""
    return _drawn(request, token, pictures.story)


def about(contents: Contents) -> str:
    """What it is, in a line: "A mix of 30 tracks by Portishead, Tricky and others"."""
    if contents.kind == "taste":
        names = ", ".join(name for name, _code in contents.artists[:3])
        return _("Mostly %(names)s.") % {"names": names} if names else ""
    return how_many(contents) + "."


def how_many(contents: Contents) -> str:
    """How many tracks, and whose."""
    total = contents.total
    text = ngettext("%(n)s track", "%(n)s tracks", total) % {"n": f"{total:,}"}
    names = list(dict.fromkeys(line.by for line in contents.tracks if line.by))
    if not names:
        return text
    some = {"text": text, "names": ", ".join(names[:3])}
    return (_("%(text)s by %(names)s and others") if len(names) > 3 else _("%(text)s by %(names)s")) % some


def _drawn(request: HttpRequest, token: str, compose: Callable[[Contents], str]) -> HttpResponse:
    """A picture, drawn where whoever asks has not got it already."""
    if (wait := take(f"picture:{address_of(request)}", PICTURES_A_MINUTE).wait_s) > 0:
        return _too_many(wait)
    try:
        share = links.public(token)
        drawing = compose(contents_of(share))
    except NotFound:
        return _unlisted(
            HttpResponse("There is no such picture.\n", content_type="text/plain; charset=utf-8", status=404)
        )
    tag = f'"{hashlib.sha256(drawing.encode()).hexdigest()[:32]}"'
    known = tag in request.headers.get("If-None-Match", "")
    response = HttpResponse(status=304) if known else HttpResponse(png(drawing), content_type="image/png")
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = f"public, max-age={_KEPT_S}"
    patch_vary_headers(response, ["Accept-Language"])
    return response if share.listed else _unlisted(response)


def _mark(contents: Contents) -> str:
    """A few letters that change with what is shown: in the address of the picture, they have it fetched anew."""
    return hashlib.sha256(repr(contents).encode()).hexdigest()[:8]


def _around() -> dict[str, object]:
    return {"signup": settings.SIGNUP and not settings.SINGLE_USER, "url": settings.URL}


def _unlisted(response: HttpResponse) -> HttpResponse:
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _too_many(wait_s: float) -> HttpResponse:
    wait = str(math.ceil(wait_s))
    text = _("Too many requests: wait %s s.") % wait + "\n"
    return HttpResponse(text, status=429, content_type="text/plain; charset=utf-8", headers={"Retry-After": wait})
