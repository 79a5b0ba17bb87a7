"""A genre, or another word for music: what it is played for here."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from segue.web.catalog.search import find
from segue.web.covers.recipes import of_music
from segue.web.discovery.played import of_genre
from segue.web.listening.models import listener_of
from segue.web.pages.facts import tint_of
from segue.web.shown import rows_of_keys
from segue.web.tiles import artist_tiles_of_keys

TRACKS = 20
ARTISTS = 12
LIKE_IT = 8


@login_required
@require_safe
def genre(request: HttpRequest, name: str) -> HttpResponse:
    """The page of a genre, in whatever spelling."""
    said = " ".join(name.replace("\0", " ")[:200].split())
    near = [one.title for one in find(said, ("genre",), LIKE_IT)]
    found = of_genre(said, TRACKS, ARTISTS)
    if found is None and not near:
        raise Http404(_("There is no such genre."))
    called = found.name if found else near[0]
    told = {
        "name": called,
        "kind": found.kind if found else "genre",
        "tint": tint_of(of_music("mix", called, None, [called])),
        "tracks": rows_of_keys(found.tracks, listener_of(request.user)) if found else [],
        "artists": artist_tiles_of_keys(found.artists) if found else [],
        "near": [one for one in near if one.casefold() != called.casefold()],
    }
    return render(request, "pages/genre.html", told)


PATHS = [path("genre/<path:name>/", genre, name="genre")]
