"""An artist: what they are played for, what they made, and who is close to them."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from segue.engine.request import Reason
from segue.errors import BadSnapshot, NotFound
from segue.web.accounts.countries import COUNTRIES
from segue.web.catalog.discography import appears_on, best_known, newest_first
from segue.web.catalog.lookup import in_order, one
from segue.web.catalog.models import Artist
from segue.web.discovery.artists import related
from segue.web.discovery.played import OfArtist, of_artist
from segue.web.discovery.wording import told
from segue.web.listening.feedback import said_of
from segue.web.listening.models import Listener, listener_of
from segue.web.listening.own_plays import plays_of_artist
from segue.web.pages.facts import own_plays, tint_of
from segue.web.shown import Row, Tile, rows_of, rows_of_keys
from segue.web.tiles import artist_tiles, cover_of_artist, release_tiles

TOP = 10
RELEASES = 12
ON_A_PAGE = 60
RELATED = 12
GUEST = 5


@login_required
@require_safe
def artist(request: HttpRequest, key: str) -> HttpResponse:
    """The page of an artist."""
    found, listener = _there(key), listener_of(request.user)
    played = of_artist(found.key, TOP)
    cover = cover_of_artist(found)
    releases = list(newest_first(found)[: RELEASES + 1])
    said = said_of(listener, artist_key=found.key)
    told = {
        "artist": found,
        "cover": cover.url,
        "tint": tint_of(cover),
        "country": COUNTRIES.get(found.country or "", found.country),
        "listeners": played.listeners,
        "said": "like" if said.like else "never" if said.never else "",
        "yours": own_plays(plays_of_artist(listener, found)),
        "tracks": _top(found, played, listener),
        "releases": release_tiles(releases[:RELEASES]),
        "more": len(releases) > RELEASES,
        "guest": rows_of(list(appears_on(found)[:GUEST]), listener),
        "related": _related(found),
    }
    return render(request, "pages/artist.html", told)


@login_required
@require_safe
def releases_of_artist(request: HttpRequest, key: str) -> HttpResponse:
    """All releases of an artist, page by page."""
    found = _there(key)
    page = Paginator(newest_first(found), ON_A_PAGE).get_page(request.GET.get("page"))
    tiles = release_tiles(list(page.object_list))
    return render(request, "pages/artist_releases.html", {"artist": found, "page": page, "releases": tiles})


def _there(key: str) -> Artist:
    found = one(Artist.objects.all(), key)
    if found is None:
        raise Http404(_("There is no such artist."))
    return found


def _top(artist: Artist, played: OfArtist, listener: Listener) -> list[Row]:
    """What is played most here; where nobody has played anything, what is best known."""
    rows = rows_of_keys(played.tracks, listener)
    return rows or rows_of(list(best_known(artist)[:TOP]), listener)


def _related(artist: Artist) -> list[Tile]:
    """Who has to do with the artist, and what they share; nobody where no snapshot says so."""
    try:
        _snapshot, found = related(artist.key, RELATED)
    except (BadSnapshot, NotFound):
        return []
    artists = in_order(Artist.objects.defer("bio", "tags"), [each.artist_id for each in found])
    reasons = {each.artist_id: each.reasons[0] for each in found if each.reasons}
    about = {each.key: _shared(reasons[each.key], artist, each) for each in artists if each.key in reasons}
    return artist_tiles(artists, about)


def _shared(reason: Reason, artist: Artist, other: Artist) -> str:
    """Why they are close; "played by the same listeners" is true of all: then with the genres of both."""
    both = [genre for genre in artist.genres or () if genre in (other.genres or ())]
    if reason.kind != "listeners" or not both:
        return told(reason)
    return _("both %s, with the same listeners") % get_text_list(both[-2:], _("and"))


PATHS = [
    path("releases/<path:key>/", releases_of_artist, name="artist_releases"),
    path("artist/<path:key>/", artist, name="artist"),
]
