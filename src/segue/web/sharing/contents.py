"""What a link shows: read from what it names, or frozen when it was made. Nothing else of the person is in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from segue.engine.request import Recommendation
from segue.errors import BadRequest, BadSnapshot, NotFound
from segue.ranking.reasons import listed
from segue.web.api.errors import Problem
from segue.web.catalog.models import Artist
from segue.web.covers.recipes import of_mix, of_music
from segue.web.discovery.mixes import mix_of
from segue.web.discovery.wording import in_language, title_in_language
from segue.web.listening.models import Listener
from segue.web.listening.taste import taste_of
from segue.web.playlists.models import Playlist
from segue.web.playlists.services import seen
from segue.web.sharing.models import Share
from segue.web.shown import Row, rows_of, rows_of_keys
from segue.web.tiles import cover_of_artist

TRACKS = 200
"""So many tracks of a playlist are shown."""
ARTISTS, GENRES = 8, 5
DAYS = 90
LONGEST_KEY = 200
_FEATURES = ("energy", "danceability", "valence", "acousticness", "instrumentalness", "tempo")
_SLOWEST, _FASTEST = 60.0, 180.0
_COVER = re.compile(r"/cover/([\w=-]{16})\.svg")


@dataclass(frozen=True)
class Line:
    """A track as others see it."""

    title: str
    by: str
    cover: str
    why: str = ""


@dataclass(frozen=True)
class Contents:
    """What is behind a link.

    Attributes:
        title: of the playlist or mix; for a taste, whose it is.
        name: who shares it; empty where they have said no name.
        cover: the code of its picture.
        tracks, more: tracks in order, and how many there are beside.
        artists: whom they play most: name and code of the picture. `genres`: name and share in percent.
        features: 0 to 1, of a taste.
        recent: whether a taste is of the last three months, not of all times.
    """

    kind: str
    title: str
    name: str
    cover: str
    tracks: tuple[Line, ...] = ()
    more: int = 0
    artists: tuple[tuple[str, str], ...] = ()
    genres: tuple[tuple[str, int], ...] = ()
    features: tuple[tuple[str, float], ...] = ()
    recent: bool = True

    @property
    def total(self) -> int:
        """How many tracks there are."""
        return len(self.tracks) + self.more


def frozen(listener: Listener, kind: str, key: str) -> tuple[str, dict[str, Any]]:
    """The title of what a listener may share, and what is kept of it as it is now.

    Raises `NotFound` for what is not there or not theirs to share, `BadRequest` where there is nothing to show yet.
    """
    if kind == "playlist":
        return seen(listener, key).title or _("Playlist"), {}
    if kind == "mix":
        return _mix(listener, key)
    if kind == "taste" and not key:
        return _("Taste"), _taste(listener)
    raise NotFound("There is nothing of that kind to share.")


def contents_of(share: Share) -> Contents:
    """What a link shows now. Raises `NotFound` where its playlist is gone, or is no longer theirs to show."""
    profile = getattr(share.listener, "profile", None)
    name = profile.name if profile is not None else ""
    if share.kind == "playlist":
        return _playlist(share, name)
    shown = share.shown
    if share.kind == "mix":
        tracks = tuple(
            Line(str(title), str(by), str(cover), in_language(str(why))) for title, by, cover, why in shown["tracks"]
        )
        return Contents("mix", title_in_language(share.title), name, shown["cover"], tracks)
    title = _("%(name)s’s taste") % {"name": name} if name else _("A taste in music")
    artists = tuple((str(artist), str(cover)) for artist, cover in shown["artists"])
    genres = tuple((str(genre), int(percent)) for genre, percent in shown["genres"])
    features = tuple((str(feature), float(value)) for feature, value in shown["features"])
    cover = artists[0][1] if artists else of_music("person", share.token).code()
    return Contents(
        "taste", title, name, cover, artists=artists, genres=genres, features=features, recent=shown["recent"]
    )


def feature_name(name: str) -> str:
    """A feature in a word."""
    return {
        "energy": _("Energetic"), "danceability": _("Danceable"), "valence": _("Happy"), "acousticness": _("Acoustic"),
        "instrumentalness": _("Instrumental"), "tempo": _("Fast"),
    }[name]  # fmt: skip


# -- playlists -----------------------------------------------------------------------------------------------------------


def _playlist(share: Share, name: str) -> Contents:
    found = Playlist.objects.filter(key=share.key).first()
    if found is None or not (found.public or found.listener_id == share.listener_id):
        raise NotFound("There is no such playlist any more.")
    entries = found.entries.order_by("position", "pk")
    tracks = [entry.track for entry in entries.select_related("track")[:TRACKS]]
    lines = tuple(map(_line, rows_of(tracks)))
    by = name if found.listener_id == share.listener_id else ""
    title, code = found.title or _("Playlist"), of_music("playlist", found.key).code()
    return Contents("playlist", title, by, code, lines, max(entries.count() - len(lines), 0))


def _line(row: Row) -> Line:
    return Line(row.title, row.by, _drawn(row))


def _drawn(row: Row) -> str:
    """The code of a track's drawn picture: pictures out of files are not everybody's to see."""
    found = _COVER.fullmatch(row.cover)
    return found[1] if found else of_music("track", row.id).code()


# -- mixes ---------------------------------------------------------------------------------------------------------------


def _mix(listener: Listener, key: str) -> tuple[str, dict[str, Any]]:
    try:
        mix = mix_of(listener, key)[1]
    except (Problem, BadSnapshot) as error:
        raise NotFound("There is no mix of that name.") from error
    rows = {row.id: row for row in rows_of_keys([track.item_id for track in mix.tracks])}
    lines = [
        [row.title, row.by, _drawn(row), plain_reason(track)]
        for track in mix.tracks if (row := rows.get(track.item_id)) is not None
    ]  # fmt: skip
    return mix.title, {"cover": of_mix(mix.cover).code(), "tracks": lines}


def plain_reason(track: Recommendation) -> str:
    """Why a track is there, for somebody else: what it is owed to, and nothing that speaks of the listener.

    In English, as it is kept: each who reads it has it in their own language.
    """
    if not track.reasons:
        return ""
    reason = track.reasons[0]
    names = list(dict.fromkeys(one.artists[0] for one in reason.because if one.artists))[:2]
    if names:
        return f"if you like {listed(names)}"
    return "" if re.search(r"\b(you|your)\b", reason.text) else reason.text


# -- tastes --------------------------------------------------------------------------------------------------------------


def _taste(listener: Listener) -> dict[str, Any]:
    """The last three months; where too little was played in them, all times."""
    taste, recent = taste_of(listener, DAYS), True
    if len(taste["top_artists"]) < ARTISTS:
        taste, recent = taste_of(listener), False
    if not taste["top_artists"]:
        raise BadRequest(_("There is no taste to share yet: play some music first."))
    keys = [one["artist"]["id"] for one in taste["top_artists"][:ARTISTS]]
    artists = Artist.objects.in_bulk(keys, field_name="key")
    return {
        "recent": recent,
        "artists": [(artists[key].name, cover_of_artist(artists[key]).code()) for key in keys if key in artists],
        "genres": [(one["name"], round(100 * one["share"])) for one in taste["genres"][:GENRES]],
        "features": [(name, share) for name in _FEATURES if (share := _share(name, taste["features"])) is not None],
    }


def _share(name: str, features: dict[str, float | None]) -> float | None:
    value = features.get(name)
    if value is None:
        return None
    share = (value - _SLOWEST) / (_FASTEST - _SLOWEST) if name == "tempo" else value
    return round(min(max(share, 0.0), 1.0), 3)
