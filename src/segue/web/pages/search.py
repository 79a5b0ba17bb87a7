"""Search: results as one types, what one looked for lately, and what to look into."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, path, resolve, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from pydantic import BaseModel, Field

from segue.web.catalog import search as catalogue
from segue.web.catalog.search import Found
from segue.web.catalog.words import LONGEST
from segue.web.listening.models import Listener, listener_of
from segue.web.listening.searches import forget_searches, note_search, recent_searches
from segue.web.shown import Row, Tile, rows_of_keys
from segue.web.tiles import artist_tiles_of_keys, playlist_tile, release_tiles_of_keys

SHOWN = {"track": 6, "artist": 6, "release": 6, "playlist": 6, "genre": 8}
RECENT = 8
GENRES = 40


class _Opened(BaseModel):
    """What was searched for, and the path of the page that it led to."""

    words: str = Field(max_length=LONGEST)
    at: str = Field(max_length=2_000)


class Best(NamedTuple):
    """What was most likely meant, shown large: a tile, and what kind of thing it is in words."""

    tile: Tile
    kind: str
    said: str


@login_required
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """The page: its field asks for it again with every few letters, and takes the results out of it."""
    listener = listener_of(request.user)
    words = _clean(request.GET.get("q", ""))
    told = _found(words, listener) if words else _nothing_asked(listener)
    return render(request, "pages/search.html", {"words": words, "at": request.get_full_path(), **told})


@login_required
@require_POST
def opened(request: HttpRequest) -> HttpResponse:
    """Something that was found is opened or played: only then a search is kept, with what it led to."""
    try:
        told = _Opened.model_validate_json(request.body)
        to = resolve(told.at)
    except (ValueError, Resolver404):
        return HttpResponse(status=400)
    about = {to.url_name: to.kwargs["key"]} if to.url_name in {"track", "artist"} else {}
    note_search(listener_of(request.user), told.words, **about)
    return HttpResponse(status=204)


@login_required
@require_POST
def forget(request: HttpRequest) -> HttpResponse:
    """One search is forgotten, or all of them."""
    forget_searches(listener_of(request.user), _clean(request.POST.get("words", "")) or None)
    return redirect("search")


def _clean(text: str) -> str:
    return " ".join(text.replace("\0", " ")[:LONGEST].split())


def _nothing_asked(listener: Listener) -> dict[str, Any]:
    named = catalogue.genres(200)
    genres = [one.title for one in named if one.about == "genre"] + [one.title for one in named if one.about != "genre"]
    return {"recent": recent_searches(listener, RECENT), "genres": genres[:GENRES]}


def _found(words: str, listener: Listener) -> dict[str, Any]:
    """What was found, by kind; each kind is asked for by itself, so that none crowds out another."""
    hits = {kind: catalogue.find(words, (kind,), most, listener) for kind, most in SHOWN.items()}
    best = max((found[0] for found in hits.values() if found), key=lambda one: one.score, default=None)
    about = {one.key: one.subtitle for one in hits["release"]}
    told: dict[str, Any] = {
        "tracks": rows_of_keys([one.key for one in hits["track"]], listener),
        "artists": artist_tiles_of_keys([one.key for one in hits["artist"]]),
        "releases": release_tiles_of_keys([one.key for one in hits["release"]], about),
        "playlists": [playlist_tile(one.key, one.title, one.subtitle) for one in hits["playlist"]],
        "genres": [one.title for one in hits["genre"]],
    }
    return told | {"best": best and _best(best, told), "number": sum(map(len, told.values()))}


def _best(hit: Found, told: dict[str, Any]) -> Best | None:
    """The best of what is shown; none where it is no longer in the catalogue."""
    if hit.kind == "genre":
        return Best(Tile(hit.title, reverse("genre", args=[hit.title]), ""), "genre", _("Genre"))
    shown: list[Any] = told[f"{hit.kind}s"]
    if not shown:
        return None
    first = shown[0]
    if isinstance(first, Row):
        tile = Tile(first.title, reverse("track", args=[first.id]), first.cover, first.by)
        return Best(tile, "track", _("Track"))
    said = {"artist": _("Artist"), "release": _("Release"), "playlist": _("Playlist")}[hit.kind]
    return Best(first, hit.kind, said)


PATHS = [
    path("search/", search, name="search"),
    path("search/opened/", opened, name="search_opened"),
    path("search/forget/", forget, name="search_forget"),
]
