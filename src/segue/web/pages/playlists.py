"""Playlists: which there are, a new one, and where to put a track."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from segue.errors import BadRequest
from segue.web.covers.recipes import of_music
from segue.web.listening.models import Listener, listener_of
from segue.web.pages.playlist import page
from segue.web.playlists import services, shown
from segue.web.playlists.members import name_of
from segue.web.playlists.models import Playlist
from segue.web.shown import Tile, rows_of_keys

AT_ONCE = 60
IN_THE_RAIL = 30
TO_CHOOSE = 100


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def playlists(request: HttpRequest) -> HttpResponse:
    """Those one may change, the latest first; a new one is made by its title."""
    listener = listener_of(request.user)
    if request.method == "POST":
        try:
            made = services.make(listener, request.POST.get("title", ""))
        except BadRequest:
            wrong = _("A title has 1 to %d letters.") % services.LONGEST_TITLE
            return render(request, "pages/playlists.html", _some(listener, 0) | {"wrong": wrong}, status=422)
        return redirect("playlist", made.key)
    start = _number(request.GET.get("from"))
    template = "pages/playlists_more.html" if start else "pages/playlists.html"
    return render(request, template, _some(listener, start))


@login_required
@require_safe
def rail(request: HttpRequest) -> HttpResponse:
    """The latest ones as links: a part of the frame."""
    here = urlsplit(request.headers.get("HX-Current-URL", "")).path
    found = shown.of_listener(listener_of(request.user))[:IN_THE_RAIL]
    links = [(reverse("playlist", args=[one.key]), called(one)) for one in found]
    return render(request, "pages/playlists_rail.html", {"links": links, "here": here})


@login_required
@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """Which one a track is added to: a part of a page. What is chosen is told to the API (playlists.js)."""
    listener = listener_of(request.user)
    rows = rows_of_keys([request.GET.get("track", "")])
    if not rows:
        return render(request, "404.html", status=404)
    words = request.GET.get("q", "").replace("\0", "").strip()[: services.LONGEST_TITLE]
    found = list(shown.of_listener(listener, words)[:TO_CHOOSE])
    held, counts = shown.holding(found, rows[0].id), shown.counts(found)
    choices = [
        {"key": one.key, "title": called(one), "cover": cover_of(one), "held": one.pk in held,
         "about": about(one, counts.get(one.pk, 0), 0, listener)}
        for one in found
    ]  # fmt: skip
    many = bool(words) or len(found) > 10
    said = {"track": rows[0], "choices": choices, "words": words, "many": many}
    return render(request, "pages/playlists_choose.html", said)


def called(playlist: Playlist) -> str:
    """What a playlist is called on a page."""
    return playlist.title or _("Without a title")


def cover_of(playlist: Playlist) -> str:
    """The address of a playlist's picture."""
    return of_music("playlist", playlist.key).url


def about(playlist: Playlist, tracks: int, members: int, listener: Listener) -> str:
    """What stands below a title: how many tracks, and whose it is."""
    said = [ngettext("%(n)s track", "%(n)s tracks", tracks) % {"n": f"{tracks:,}"}]
    if playlist.listener_id != listener.pk:
        said.append(_("by %s") % name_of(playlist.listener))
    elif members:
        said.append(_("made together"))
    if playlist.public:
        said.append(_("public"))
    return " · ".join(said)


def _some(listener: Listener, start: int) -> dict[str, Any]:
    """Some tiles from a place on, and where the next begin."""
    found = list(shown.of_listener(listener)[start : start + AT_ONCE + 1])
    more = start + AT_ONCE if len(found) > AT_ONCE else None
    return {"tiles": _tiles(found[:AT_ONCE], listener), "more": more}


def _tiles(found: Sequence[Playlist], listener: Listener) -> list[Tile]:
    counts, members = shown.counts(found), shown.members(found)
    tiles = []
    for one in found:
        href, n = reverse("playlist", args=[one.key]), counts.get(one.pk, 0)
        said = about(one, n, members.get(one.pk, 0), listener)
        tiles.append(Tile(called(one), href, cover_of(one), said, play=f"{href}rows/?play=1" if n else ""))
    return tiles


def _number(text: str | None) -> int:
    """A place, as an address says it; 0 for what is none."""
    return (
        min(int(text), services.MOST_PLAYLISTS) if text and text.isascii() and text.isdigit() and len(text) < 9 else 0
    )


PATHS = [
    path("playlists/", playlists, name="playlists"),
    path("playlists/choose/", choose, name="playlists_choose"),
    path("playlists/rail/", rail, name="rail_playlists"),
    # Ids of a library's playlists may hold slashes: what is below one (`playlist`) is looked at before.
    path("playlists/<path:key>/", page, name="playlist"),
]
