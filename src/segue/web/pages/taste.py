"""What one's listening says of one: what is played most, what it is like, when, and how much of it is new."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from segue.errors import NotFound
from segue.web.covers.recipes import of_music
from segue.web.listening.changing import changed
from segue.web.listening.habits import Habits, habits_of
from segue.web.listening.models import Listener, listener_of
from segue.web.listening.not_mine import not_my_artist
from segue.web.listening.surroundings import mean_features, taste_map
from segue.web.listening.taste import taste_of
from segue.web.pages import taste_charts as charts
from segue.web.shown import rows_of_keys

SPANS = (28, 365, None)
ARTISTS, TRACKS, GENRES = 12, 10, 8
_WORDS = {
    "energy": gettext_lazy("energy"), "valence": gettext_lazy("cheer"), "danceability": gettext_lazy("dance"),
    "acousticness": gettext_lazy("acoustic"), "instrumentalness": gettext_lazy("instrumental"),
    "speechiness": gettext_lazy("speech"), "liveness": gettext_lazy("live"),
}  # fmt: skip


@login_required
@require_safe
def taste(request: HttpRequest) -> HttpResponse:
    """The page."""
    listener = listener_of(request.user)
    return render(request, "pages/taste.html", {"listener": listener, **_of(request, listener)})


@login_required
@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """What is drawn, alone: asked for again when something was said."""
    return render(request, "pages/taste_figures.html", _of(request, listener_of(request.user)))


@login_required
@require_POST
def settings(request: HttpRequest) -> HttpResponse:
    """How far from the familiar recommendations go, and whether explicit words are allowed."""
    listener = listener_of(request.user)
    try:
        dial = min(max(int(request.POST.get("dial", "")[:4]), 0), 100) / 100
    except ValueError:
        dial = listener.dial
    explicit = request.POST.get("explicit") == "on"
    with transaction.atomic():
        changed(listener)
        Listener.objects.filter(pk=listener.pk).update(dial=dial, explicit=explicit)
    answer = render(request, "pages/taste_said.html", {"dial": _dial_in_words(dial), "explicit": explicit})
    answer["HX-Trigger"] = '{"said": {}}'
    return answer


@login_required
@require_POST
def not_me(request: HttpRequest) -> HttpResponse:
    """Somebody else plays this artist under one's name (or, `back`, it is one's own taste after all)."""
    listener, key, back = listener_of(request.user), request.POST.get("artist", ""), "back" in request.POST
    try:
        name = not_my_artist(listener, key, add=not back)
    except NotFound:
        return render(request, "404.html", status=404)
    said = {"artist": key, "name": name, "back": back}
    answer = render(request, "pages/taste_figures.html", {**_of(request, listener), "said": said})
    answer["HX-Trigger-After-Swap"] = '{"taste-changed": {}}'
    return answer


def _of(request: HttpRequest, listener: Listener) -> dict[str, Any]:
    asked = (request.POST if request.method == "POST" else request.GET).get("days", "")
    days = next((one for one in SPANS if str(one or "all") == asked), SPANS[-1])
    found = taste_of(listener, days)
    about = {
        "days": days or "all", "spans": [(one or "all", _span(one)) for one in SPANS], "taste": found,
        "hours_played": round(found["ms_played"] / 3_600_000),
    }  # fmt: skip
    return about | _figures(listener, found) if found["plays"] else about


def _figures(listener: Listener, found: dict[str, Any]) -> dict[str, Any]:
    habits = habits_of(listener, found["since_ms"])
    plays = {one["artist"]["id"]: one["plays"] for one in found["top_artists"]}
    where, everybody = taste_map(plays), mean_features()
    rows = {row.id: row for row in rows_of_keys([one["track"]["id"] for one in found["top_tracks"][:TRACKS]], listener)}
    return {
        "artists": [
            (one["artist"], one["plays"], of_music("artist", one["artist"]["id"]).url) for one in found["top_artists"][:ARTISTS]
        ],
        "tracks": [(rows[one["track"]["id"]], one["plays"]) for one in found["top_tracks"][:TRACKS] if one["track"]["id"] in rows],
        "genres": _genres(found["genres"]),
        "decades": _decades(found["decades"]),
        "radar": charts.radar(found["features"], everybody, {name: str(words) for name, words in _WORDS.items()}),
        "sounds": _sounds(found["features"], everybody), "has_mean": everybody is not None,
        "clock": _clock(habits),
        "weeks": [week for week in habits.weeks if week.plays], "drawn_weeks": charts.weeks_drawn(habits.weeks),
        "new_share": _new_share(habits), "wide": charts.WIDE,
        "map": charts.drawn(where) if where else None, "around": where.around[:40] if where else (),
    }  # fmt: skip


def _genres(genres: list[dict[str, Any]]) -> list[tuple[str, int, float]]:
    """Name, percent and length of the bar (of 100) of the first."""
    most = genres[0]["share"] if genres else 1
    return [(one["name"], round(100 * one["share"]), round(100 * one["share"] / most, 1)) for one in genres[:GENRES]]


def _decades(decades: list[dict[str, int]]) -> dict[str, Any] | None:
    """The ribbon over all decades from the first to the last, with those that were not played."""
    if not decades:
        return None
    plays = {one["decade"]: one["plays"] for one in decades}
    span = list(range(max(min(plays), max(plays) - 110), max(plays) + 1, 10))
    column = charts.WIDE / len(span)
    every = 1 if len(span) <= 7 else 2
    return {
        "outline": charts.ribbon([plays.get(one, 0) for one in span]),
        "labels": [charts.Text(round(column * (at + 0.5), 1), 118, f"{one}s") for at, one in enumerate(span) if at % every == 0],
        "rows": [(f"{one}s", plays.get(one, 0)) for one in span], "most": f"{max(plays, key=lambda one: plays[one])}s",
    }  # fmt: skip


def _sounds(features: dict[str, float | None], everybody: dict[str, float] | None) -> list[tuple[str, str, str]]:
    """Each feature in words: the listener's, and everybody's."""

    def shown(name: str, value: float | None) -> str:
        if value is None:
            return "–"
        return (
            f"{value:.0f}" if name == "tempo" else f"{value:.1f} dB" if name == "loudness" else f"{100 * value:.0f} %"
        )

    words = {**_WORDS, "tempo": _("beats a minute"), "loudness": _("loudness")}
    return [
        (str(words[name]), shown(name, value), shown(name, (everybody or {}).get(name)))
        for name, value in features.items() if value is not None and name in words
    ]  # fmt: skip


def _clock(habits: Habits) -> dict[str, Any] | None:
    by_hour, by_day = habits.hours.sum(axis=0), habits.hours.sum(axis=1)
    if not by_hour.any():
        return None
    day, hour = int(np.argmax(by_day)), int(np.argmax(by_hour))
    return {
        "petals": charts.clock(by_hour), "hour": f"{hour}:00", "day": WEEKDAYS[day],
        "hours": [(f"{at}:00", int(n)) for at, n in enumerate(by_hour)],
        "days": [(WEEKDAYS[at], int(n)) for at, n in enumerate(by_day)],
    }  # fmt: skip


def _new_share(habits: Habits) -> int:
    plays = sum(week.plays for week in habits.weeks)
    return round(100 * sum(week.new for week in habits.weeks) / plays) if plays else 0


def _span(days: int | None) -> str:
    return {28: _("Four weeks"), 365: _("A year")}.get(days or 0) or _("All time")


def _dial_in_words(dial: float) -> str:
    if dial < 0.3:
        return _("Recommendations stay close to what you know.")
    return (
        _("Recommendations go far from what you know.")
        if dial > 0.7
        else _("Recommendations mix what you know and what is new.")
    )


PATHS = [
    path("taste/", taste, name="taste"),
    path("taste/figures/", figures, name="taste_figures"),
    path("taste/settings/", settings, name="taste_settings"),
    path("taste/not-me/", not_me, name="taste_not_me"),
]
