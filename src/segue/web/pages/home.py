"""Where one begins: what is worth playing now, shelf by shelf; for who is not signed in, what this is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from segue.engine.request import Recommendation
from segue.errors import BadSnapshot
from segue.mixes.base import Mix
from segue.web.covers.recipes import of_music
from segue.web.discovery import exposures
from segue.web.discovery.front import Because, for_you, front
from segue.web.discovery.mixes import mixes_of
from segue.web.discovery.wording import told_mix
from segue.web.editorial.picks import shown_to
from segue.web.listening.models import Listener, listener_of
from segue.web.listening.zones import zone
from segue.web.pages.editorial import tile_of
from segue.web.pages.mixes import card_of, names_in
from segue.web.playing.latest import latest_of
from segue.web.shown import Row, recommended

FEW, MORE = 5, 20
"""How many tracks are shown for one at first, and when more are asked for."""
FIRST = ("discover-weekly", "daily-mix")
"""The products of the first answer: the opening, and the first shelf."""
NEW, IN_CHART, BECAUSE, OWED = 4, 10, 2, 4
_COVERS = 12


@dataclass(frozen=True)
class Part:
    """Somebody or something with tracks: a mix or an artist, and the first of what it has."""

    title: str
    why: str
    tracks: list[Row]
    surface: str
    href: str = ""
    cover: str = ""


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What is worth playing now for who is signed in; for others, what this is."""
    if not request.user.is_authenticated:
        return render(request, "pages/front.html", {"signup": settings.SIGNUP, "covers": _drawn()})
    listener = listener_of(request.user)
    if not listener.welcomed and not listener.listens.exists() and not listener.feedback.exists():
        return redirect("welcome")
    shown = {"greeting": _greeting(listener, request.user.name), "latest": latest_of(listener)}
    return render(request, "pages/home.html", shown | _first(listener))


@login_required
@require_safe
def shelves(request: HttpRequest) -> HttpResponse:
    """The shelves below the first: a part of the page, asked for when it is there."""
    assert request.user.is_authenticated
    listener = listener_of(request.user)
    try:
        shown = _recommended(listener) | _mixed(listener)
    except BadSnapshot:
        shown = {}
    picks = [tile_of(pick) for pick in shown_to(listener)]
    if request.GET.get("below") == "for-you":
        # The page has it already.
        shown.pop("tracks", None)
    return render(request, "pages/home_shelves.html", shown | {"picks": picks})


@login_required
@require_safe
def for_listener(request: HttpRequest) -> HttpResponse:
    """The recommendations alone: asked for again when something was said, and for more of them."""
    assert request.user.is_authenticated
    listener, n = listener_of(request.user), MORE if request.GET.get("n") == str(MORE) else FEW
    try:
        snapshot, found = for_you(listener, n)
    except BadSnapshot:
        return render(request, "pages/for_you.html", {"problem": _not_ready()})
    return render(request, "pages/for_you.html", _for_you(listener, snapshot, found))


@require_safe
def icon(request: HttpRequest) -> HttpResponse:
    """Where browsers look for an icon without being told."""
    return redirect(static("segue/mark.svg"), permanent=True)


def forbidden(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was not sent from here."""
    return render(request, "403.html", status=403)


# -- the first answer ----------------------------------------------------------------------------------------------------


def _first(listener: Listener) -> dict[str, Any]:
    """The opening and the first shelf. For who is hardly known yet, the first shelf is what is recommended at all."""
    try:
        _snapshot, made = mixes_of(listener, only=FIRST)
        by_key = {mix.key: mix for mix in made}
        weekly = by_key.pop("discover-weekly", None)
        daily = [card_of(mix, listener).tile for mix in by_key.values()]
        shown: dict[str, Any] = {"daily": daily if len(daily) > 1 else []}
        if weekly is None:
            return shown | _for_you(listener, *for_you(listener, 2 * FEW)) | {"cold": True}
    except BadSnapshot:
        return {"problem": _not_ready()}
    return shown | {"weekly": card_of(weekly, listener), "names": names_in(weekly)}


def _greeting(listener: Listener, name: str) -> str:
    """By the clock of the listener."""
    hour = datetime.now(UTC).astimezone(zone(listener)).hour
    said = _("Good morning") if 5 <= hour < 12 else _("Good afternoon") if 12 <= hour < 18 else _("Good evening")
    called = name.strip().split(" ")[0]
    return f"{said}, {called}" if called else said


# -- the shelves ---------------------------------------------------------------------------------------------------------


def _recommended(listener: Listener) -> dict[str, Any]:
    """For the listener, and because of artists they played."""
    found = front(listener, FEW, BECAUSE, OWED)
    because = [_because(listener, found.snapshot, one) for one in found.because]
    return _for_you(listener, found.snapshot, found.for_you) | {"because": because}


def _for_you(listener: Listener, snapshot: str, found: Sequence[Recommendation]) -> dict[str, Any]:
    exposure = exposures.shown(listener, "home:for-you", snapshot, found)
    return {"tracks": recommended(found, listener, exposure), "n": len(found), "more": MORE}


def _because(listener: Listener, snapshot: str, one: Because) -> Part:
    said, why = (
        (_("Because you listened to %(artist)s"), _("By others, owed to what you played of theirs."))
        if one.played
        else (_("Because you like %(artist)s"), _("By others, owed to what you like of theirs."))
    )
    rows = _rows(listener, snapshot, one.tracks, "home:because")
    return Part(said % {"artist": one.artist}, why, rows, "home:because")


def _mixed(listener: Listener) -> dict[str, Any]:
    """What comes of mixes: new releases, a chart where there are enough listeners, and what is hidden or nearly forgotten."""
    snapshot, made = mixes_of(listener)
    by_key = {mix.key: mix for mix in made}
    shown: dict[str, Any] = {}
    for name, key, n in (("new", "release-radar", NEW), ("chart", _chart(by_key), IN_CHART)):
        if mix := by_key.get(key):
            shown[name] = _part(listener, snapshot, mix, n, f"home:{name}")
    wide = [mix for mix in made if mix.key in {"hidden-gems", "on-repeat", "rewind", "time-of-day"}]
    return shown | {"wide": [(card_of(mix, listener), names_in(mix)) for mix in wide]}


def _chart(made: Mapping[str, Mix]) -> str:
    """The key of what is trending: where the listener is, else among listeners like them, else among all."""
    return next((key for key in made if key.startswith("trending")), "")


def _part(listener: Listener, snapshot: str, mix: Mix, n: int, surface: str) -> Part:
    card, said = card_of(mix, listener), told_mix(mix)
    return Part(
        said.title, said.sentence, _rows(listener, snapshot, mix.tracks[:n], surface), surface, card.href, card.cover
    )


def _rows(listener: Listener, snapshot: str, tracks: Sequence[Recommendation], surface: str) -> list[Row]:
    return recommended(tracks, listener, exposures.shown(listener, surface, snapshot, tracks))


def _not_ready() -> str:
    return _("Recommendations are not ready yet: they are being learned. Come back in a moment.")


def _drawn() -> list[str]:
    """Addresses of covers for the front page: of music that there is not, over the whole range of what is drawn."""
    kinds = [
        {"tempo": 60.0 + 110 * (place * 5 % 12) / 11, "energy": (place * 7 % 12) / 11, "valence": place / 11,
         "acousticness": 1 - (place * 7 % 12) / 11, "key": place}
        for place in range(_COVERS)
    ]  # fmt: skip
    return [of_music("track", f"front-{place}", features).url for place, features in enumerate(kinds)]


PATHS = [
    path("", home, name="home"),
    path("home/shelves/", shelves, name="home_shelves"),
    path("for-you/", for_listener, name="for_you"),
    path("favicon.ico", icon),
]
