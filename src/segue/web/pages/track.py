"""A track: how it sounds, what is like it, who plays it."""

from __future__ import annotations

from dataclasses import replace

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from segue.engine.request import Reason
from segue.errors import BadSnapshot, NotFound, SegueError
from segue.web.accounts.countries import COUNTRIES
from segue.web.catalog.lookup import one
from segue.web.catalog.models import Track
from segue.web.covers.recipes import of_track
from segue.web.discovery import likenesses
from segue.web.discovery.in_common import in_common
from segue.web.discovery.played import Crowd, audience
from segue.web.discovery.questions import Question
from segue.web.discovery.recommend import answer
from segue.web.listening.models import Listener, listener_of
from segue.web.listening.own_plays import plays_of_track
from segue.web.pages.facts import bars_of, dated, measured, own_plays, tint_of
from segue.web.shown import Row, rows_of, rows_of_keys

SIMILAR = 10
CHIPS = 16
_TELLING = {"played", "sounds", "related", "listeners", "new"}
"""Reasons that have to do with the listener, or with the track: "among the most played of what fits" fits anything."""


@login_required
@require_safe
def track(request: HttpRequest, key: str) -> HttpResponse:
    """The page of a track."""
    found = one(Track.objects.select_related("release"), key)
    if found is None:
        raise Http404(_("There is no such track."))
    listener = listener_of(request.user)
    [row] = rows_of([found], listener)
    heard_by = audience(found.key)
    told = {
        "track": row,
        "tint": tint_of(of_track(found)),
        "date": dated(found.date, found.date_precision),
        "label": found.release.label if found.release else None,
        "yours": own_plays(plays_of_track(listener, found)),
        "listeners": heard_by.listeners,
        "crowds": [(_crowd(each), each.listeners) for each in heard_by.crowds],
        "bars": bars_of(found),
        "measured": measured(found),
        "similar": _similar(found, listener),
        "credits": _credits(found),
        "named": _named(found),
        "lyrics": found.lyrics,
    }
    return render(request, "pages/track.html", told)


@login_required
@require_safe
def why_this(request: HttpRequest) -> HttpResponse:
    """The part of a track's page that says why it would be recommended: a page does not wait for it."""
    listener = listener_of(request.user)
    rows = rows_of_keys([request.GET.get("track", "")], listener)
    if not rows:
        raise Http404(_("There is no such track."))
    return render(request, "pages/track_why.html", {"track": replace(rows[0], reasons=_why(rows[0].id, listener))})


def _why(key: str, listener: Listener) -> tuple[Reason, ...]:
    """Why it would be recommended; nothing for what one has heard, or where nothing can be said."""
    try:
        recommendations = answer(listener, Question(n=1, within=[key])).recommendations
    except SegueError:
        return ()
    return tuple(reason for one in recommendations for reason in one.reasons if reason.kind in _TELLING)


def _similar(found: Track, listener: Listener) -> list[Row]:
    """Tracks like it, each with what they share as its reason."""
    try:
        _snapshot, alike = likenesses.similar(found.key, SIMILAR, why=True)
    except (BadSnapshot, NotFound):
        return []
    said = {one.item_id: in_common(one.alike) for one in alike}
    return [
        replace(row, reasons=(Reason("sounds", said[row.id]),)) if said[row.id] else row
        for row in rows_of_keys(said, listener)
    ]


def _crowd(crowd: Crowd) -> str:
    if crowd.kind == "age":
        return _("aged %s") % crowd.name.replace("-", "–")
    return COUNTRIES.get(crowd.name, crowd.name)


def _credits(found: Track) -> list[tuple[str, str]]:
    told = (
        (_("Written by"), found.songwriters), (_("Produced by"), found.producers), (_("Instruments"), found.instruments),
    )  # fmt: skip
    return [(what, ", ".join(map(str, names))) for what, names in told if names]


def _named(found: Track) -> list[str]:
    """Its genres and tags, each once, in whatever spelling it comes first."""
    words = [*(found.genres or ()), *(found.subgenres or ()), *(one["tag"] for one in found.tags or ())]
    once: dict[str, str] = {}
    for word in words:
        once.setdefault(word.casefold(), word)
    return list(once.values())[:CHIPS]


PATHS = [path("track/<path:key>/", track, name="track"), path("why-this/", why_this, name="track_why")]
