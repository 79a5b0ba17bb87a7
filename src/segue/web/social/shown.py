"""What somebody shows of themselves, to those who may see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count

from segue.errors import BadSnapshot
from segue.mixes.base import Mix
from segue.mixes.blend import blend
from segue.web.catalog.lookup import in_order
from segue.web.catalog.models import Artist, Track
from segue.web.discovery.serving import engine
from segue.web.listening.known import known_of
from segue.web.listening.models import Listen, Listener
from segue.web.listening.taste import taste_of
from segue.web.playlists.models import Playlist
from segue.web.social.models import Profile
from segue.web.social.people import between

LISTENS = 20
DAYS = 90
ARTISTS, GENRES = 8, 6
PLAYLISTS = 60


@dataclass(frozen=True)
class Shown:
    """What one may see of another: None (or nothing) for what is not shown.

    Attributes:
        plays: the last tracks they played, the latest first, each once.
        artists: whom they play most these three months, the most played first.
        genres: and what kinds of music, with shares.
        playlists: their public ones, with `n_tracks`.
    """

    plays: list[Track] | None = None
    artists: list[Artist] | None = None
    genres: list[dict[str, Any]] = field(default_factory=list)
    playlists: list[Playlist] | None = None


def shown_to(viewer: Listener, profile: Profile) -> Shown:
    """What somebody allows this viewer to see: nothing, to who does not follow them. Oneself sees what followers see."""
    owner = profile.listener
    if owner.pk != viewer.pk and not between(viewer, owner).follows:
        return Shown()
    artists, genres = _taste(owner) if profile.shows_taste else (None, [])
    return Shown(
        _plays(owner) if profile.shows_listening else None, artists, genres,
        _playlists(owner) if profile.shows_playlists else None,
    )  # fmt: skip


def may_blend(viewer: Listener, profile: Profile) -> bool:
    """Whether there is a mix for two: both follow each other, and both show their taste, as the mix names artists of both."""
    return (
        between(viewer, profile.listener).mutual
        and profile.shows_taste
        and Profile.objects.filter(listener=viewer, shows_taste=True).exists()
    )


def blend_of(viewer: Listener, other: Listener) -> Mix | None:
    """The mix for two, said to the viewer; None where nothing is known of one of them, or nothing is learned yet."""
    try:
        current = engine()
    except BadSnapshot:
        return None
    mix = blend(known_of(viewer), known_of(other), current)
    return mix if mix.tracks else None


def _plays(owner: Listener) -> list[Track]:
    """The last tracks, without what was skipped or is not of their taste: nothing of private sessions is ever recorded."""
    played = (
        Listen.objects.filter(listener=owner, track__isnull=False, time_ms__isnull=False)
        .exclude(skipped=True)
        .exclude(track__in=owner.not_my_taste.values("track_id"))
        .order_by("-time_ms", "-pk")
        .values_list("track__key", flat=True)
    )
    latest = list(dict.fromkeys(played[: LISTENS * 5]))[:LISTENS]
    return in_order(Track.objects.all(), latest)


def _taste(owner: Listener) -> tuple[list[Artist], list[dict[str, Any]]]:
    taste = taste_of(owner, DAYS)
    keys = [one["artist"]["id"] for one in taste["top_artists"][:ARTISTS]]
    genres = [{"name": one["name"], "percent": round(100 * one["share"])} for one in taste["genres"][:GENRES]]
    return in_order(Artist.objects.all(), keys), genres


def _playlists(owner: Listener) -> list[Playlist]:
    theirs = Playlist.objects.filter(listener=owner, public=True).annotate(n_tracks=Count("entries"))
    return list(theirs.order_by("-modified_ms", "-pk")[:PLAYLISTS])
