"""A release and its tracks."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from segue.web.catalog.discography import contents, newest_first
from segue.web.catalog.lookup import Named, credits_of, one, releases, tracks_on
from segue.web.catalog.models import Artist, Release, Track
from segue.web.covers.art import art_url, pictured_releases
from segue.web.listening.models import listener_of
from segue.web.pages.facts import dated, tint_of
from segue.web.shown import Tile, rows_of
from segue.web.tiles import cover_of_release, how_long, release_tiles

MORE = 12
ON_A_PAGE = 100
_MANY = 4
"""Of more artists than these, each with tracks on it, it is by various ones."""


@login_required
@require_safe
def release(request: HttpRequest, key: str) -> HttpResponse:
    """The page of a release."""
    found = one(Release.objects.all(), key)
    if found is None:
        raise Http404(_("There is no such release."))
    on = tracks_on(found)
    page = Paginator(on, ON_A_PAGE).get_page(request.GET.get("page"))
    sums = contents([found]).get(found.pk)
    cover = cover_of_release(found, sums.sound if sums else {})
    [told] = releases([found])
    by = told["artists"] or _by_tracks(on)
    listed = {
        "release": found,
        "cover": art_url(art) if (art := pictured_releases([found.pk]).get(found.pk)) else cover.url,
        "tint": tint_of(cover),
        "by": by if len(by) < _MANY else [],
        "date": dated(found.date, found.date_precision),
        "number": sums.tracks if sums else 0,
        "length": how_long(sums.length_ms) if sums else "",
        "tracks": rows_of(list(page.object_list), listener_of(request.user)),
        "page": page,
        "before": page.start_index() - 1,
        "more": _more(found, by),
        "whose": by[0] if by else None,
    }
    return render(request, "pages/release.html", listed)


def _by_tracks(on: list[Track]) -> list[Named]:
    """Whose tracks are on it, where it names nobody."""
    artists, _guests = credits_of([track.pk for track in on[:ON_A_PAGE]])
    return list(dict.fromkeys(name for track in on[:ON_A_PAGE] for name in artists[track.pk][:1]))


def _more(found: Release, by: list[Named]) -> list[Tile]:
    """Other releases of its first artist."""
    artist = one(Artist.objects.all(), by[0].id) if 0 < len(by) < _MANY else None
    return [] if artist is None else release_tiles(list(newest_first(artist).exclude(pk=found.pk)[:MORE]))


PATHS = [path("release/<path:key>/", release, name="release")]
