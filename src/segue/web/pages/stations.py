"""Stations: begin one, go on with one."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from segue.errors import BadRequest, BadSnapshot, NotFound
from segue.mixes.station_state import Seed, StationState
from segue.mixes.vocabulary import VOCABULARY
from segue.web.api.errors import Problem
from segue.web.catalog import search
from segue.web.catalog.lookup import in_order
from segue.web.catalog.models import Track
from segue.web.covers.recipes import of_music
from segue.web.discovery import stations as own
from segue.web.discovery.models import Station
from segue.web.discovery.wording import PROBLEMS, in_language
from segue.web.listening.models import Listener, listener_of
from segue.web.playlists import services
from segue.web.shown import Row, Tile, recommended, rows_of_keys

SHOWN, AHEAD, LATELY, FOUND, GENRES, SEEDS = 60, 10, 10, 8, 24, 3
LONGEST = 200
WORDS: tuple[tuple[str, str | Promise], ...] = (
    ("calm", gettext_lazy("Calm")), ("happy", gettext_lazy("Happy")), ("melancholy", gettext_lazy("Melancholy")),
    ("energetic", gettext_lazy("Energetic")), ("dreamy", gettext_lazy("Dreamy")), ("dance", gettext_lazy("For dancing")),
    ("focus", gettext_lazy("For focus")), ("sleep", gettext_lazy("For sleep")), ("running", gettext_lazy("For running")),
    ("rain", gettext_lazy("For rain")), ("sunday morning", gettext_lazy("Sunday morning")),
    ("late night", gettext_lazy("Late night")),
)  # fmt: skip
"""What one may begin with at a tap: words that `understand_words` knows, and how they are written."""
MOODS: tuple[tuple[str, str | Promise], ...] = (
    ("", gettext_lazy("As it comes")), ("calm", gettext_lazy("Calmer")), ("bright", gettext_lazy("Brighter")),
    ("energetic", gettext_lazy("More energetic")), ("dark", gettext_lazy("Darker")),
    ("acoustic", gettext_lazy("More acoustic")), ("instrumental", gettext_lazy("Without words")),
    ("dance", gettext_lazy("More to dance to")),
)  # fmt: skip
"""What a station may lean to."""


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def stations(request: HttpRequest) -> HttpResponse:
    """One's own stations, those played last first, and how to begin another; sent, it begins."""
    assert request.user.is_authenticated
    listener = listener_of(request.user)
    if request.method != "POST":
        return render(request, "pages/stations.html", _listed(request, listener))
    kind, said = request.POST.get("kind", "words"), _text(request.POST.get("said", ""), 500)
    try:
        station = own.begin(listener, _seed(listener, kind, said), _text(request.POST.get("mood", ""), LONGEST))
    except (BadRequest, NotFound, Problem, BadSnapshot) as error:
        shown = _listed(request, listener) | {"problem": _plainly(error, kind, said)}
        if kind == "words":
            shown |= {"q": said, "found": _found(said)}
        return render(request, "pages/stations.html", shown, status=422)
    return redirect("station", station.pk)


@login_required
@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Artists and tracks a station may begin from: a part of the page, asked for while words are written."""
    found = _found(_text(request.GET.get("said", ""), LONGEST))
    return render(request, "pages/stations_found.html", {"found": found})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def station(request: HttpRequest, station_id: uuid.UUID) -> HttpResponse:
    """One station: what it plays next. Sent, it leans to a mood, is called something else, or is gone."""
    assert request.user.is_authenticated
    listener = listener_of(request.user)
    try:
        found = own.station_of(listener, station_id)
        state = own.state_of(found, listener)
    except Problem:
        raise Http404 from None
    except BadRequest as error:
        return render(request, "pages/station.html", {"station": found, "cover": "", "problem": _capital(str(error))})
    if request.method == "POST":
        return _changed(request, listener, found)
    shown = {"station": found, "about": _about(state), "count": state.count, "moods": _moods(state)}
    seeds = rows_of_keys(state.item_ids[:SEEDS], listener)
    shown |= {"cover": _cover(found, state, _first_tracks([state])), "seeds": seeds}
    shown |= {"lately": _lately(state, listener)}
    try:
        _snapshot, exposure, ahead = own.look_ahead(listener, found, AHEAD)
    except (BadSnapshot, NotFound) as error:
        return render(request, "pages/station.html", shown | {"problem": _plainly(error, "", "")})
    return render(request, "pages/station.html", shown | {"tracks": recommended(ahead, listener, exposure)})


def _changed(request: HttpRequest, listener: Listener, found: Station) -> HttpResponse:
    act = request.POST.get("do", "")
    try:
        if act == "delete":
            found.delete()
            messages.success(request, _("The station is gone. What it played stays in your history."))
            return redirect("stations")
        if act == "rename":
            own.rename(found, request.POST.get("name", ""))
        elif act == "lean":
            own.lean(listener, found, _text(request.POST.get("mood", ""), LONGEST))
    except (BadRequest, NotFound, Problem, BadSnapshot) as error:
        messages.error(request, _plainly(error, "", ""))
    return redirect("station", found.pk)


# -- beginning -----------------------------------------------------------------------------------------------------------


def _seed(listener: Listener, kind: str, said: str) -> Seed:
    """What is to grow; a playlist by its key. Raises `BadRequest` and `NotFound`."""
    if kind != "playlist":
        return Seed(kind, said)  # type: ignore[arg-type]
    playlist = services.seen(listener, said)
    return Seed("playlist", tuple(services.track_keys(playlist)[:1000]), playlist.title or _("a playlist"))


def _plainly(error: Exception, kind: str, said: str) -> str:
    """What went wrong, and what to do, in words for people."""
    if isinstance(error, BadSnapshot):
        return _("Stations are not ready yet: what they play by is being learned. Come back in a moment.")
    if isinstance(error, Problem):
        return error.detail
    if kind == "words" and not said:
        return _("Say how it should sound, or name an artist or a track.")
    if kind in ("track", "artist", "playlist"):
        return _("Nothing can grow from this yet: it is too new here, or too little known. Try something near to it.")
    return f"{_capital(in_language(str(error), PROBLEMS))}."


def _found(words: str) -> list[dict[str, Any]]:
    """Artists and tracks of these names."""
    hits = search.find(words, ("artist", "track"), FOUND) if words else []
    return [{"kind": hit.kind, "key": hit.key, "title": hit.title, "about": hit.subtitle} for hit in hits]


def _text(said: str, longest: int) -> str:
    return said.replace("\0", "").strip()[:longest]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".")


# -- as they are shown ---------------------------------------------------------------------------------------------------


def _listed(request: HttpRequest, listener: Listener) -> dict[str, Any]:
    mine = own.stations_of(listener).order_by("-played_ms", "-created_ms", "pk")
    rows = list(mine[: own.MOST if "all" in request.GET else SHOWN + 1])
    more = len(rows) > SHOWN and "all" not in request.GET
    try:
        genres = own.genres(GENRES)
    except BadSnapshot:
        genres = []
    return {"mine": _tiles(rows[:SHOWN] if more else rows), "more": more, "genres": genres, "words": WORDS}


def _tiles(rows: Sequence[Station]) -> list[Tile]:
    states = [_state(one) for one in rows]
    tracks = _first_tracks(states)
    return [
        Tile(one.name, href, _cover(one, state, tracks), _about(state), href)
        for one, state in zip(rows, states, strict=True)
        for href in [reverse("station", args=[one.pk])]
    ]


def _state(one: Station) -> StationState:
    """What a station remembers; of one that is damaged, nothing: its page says so."""
    try:
        return own.state_kept(one)
    except BadRequest:
        return StationState("words", one.name, ())


def _first_tracks(states: Sequence[StationState]) -> dict[str, Track]:
    """The first seed of each, by key: how that sounds gives the cover."""
    sounds = Track.objects.only("key", "tempo", "energy", "valence", "acousticness", "musical_key", "genres")
    return {one.key: one for one in in_order(sounds, [state.item_ids[0] for state in states if state.item_ids])}


def _cover(one: Station, state: StationState, tracks: Mapping[str, Track]) -> str:
    first = tracks.get(state.item_ids[0]) if state.item_ids else None
    features: dict[str, float | None] = {}
    if first is not None:
        features = {
            "tempo": first.tempo, "energy": first.energy, "valence": first.valence,
            "acousticness": first.acousticness, "key": first.musical_key,
        }  # fmt: skip
    known = {name: value for name, value in (features | dict(state.targets)).items() if value is not None}
    return of_music("station", str(one.pk), known, (first.genres if first else None) or ()).url


_FROM: dict[str, Callable[[str], str]] = {
    "track": lambda name: _("From the track %s") % name,
    "artist": lambda name: _("From %s") % name,
    "genre": lambda name: _("From the genre %s") % name,
    "tag": lambda name: _("From what is called %s") % name,
    "playlist": lambda name: _("From the playlist %s") % name,
    "words": lambda name: _("From the words “%s”") % name,
}


def _about(state: StationState) -> str:
    """What it grew from."""
    return _FROM[state.kind](state.name)


def _moods(state: StationState) -> list[tuple[str, str | Promise, bool]]:
    """What it may lean to, and whether it does."""
    leans = dict(state.targets)
    return [(word, name, dict(VOCABULARY.get(word, {})) == leans) for word, name in MOODS]


def _lately(state: StationState, listener: Listener) -> list[tuple[Row, str]]:
    """What was played on it last, the latest first, each track once, and what became of it."""
    became = {play.item_id: play.outcome for play in state.plays}
    latest = list(dict.fromkeys(play.item_id for play in reversed(state.plays)))[:LATELY]
    said = {"skipped": _("skipped"), "liked": _("liked"), "disliked": _("not for you")}
    return [(row, said.get(became[row.id], "")) for row in rows_of_keys(latest, listener)]


PATHS = [
    path("stations/", stations, name="stations"),
    path("stations/find/", find, name="stations_find"),
    path("stations/<uuid:station_id>/", station, name="station"),
]
