"""Tracks as the rows of pages: what is written on them, their cover, what the listener said of each. Five queries for all."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import orjson

from segue.engine.request import Reason, Recommendation
from segue.web.catalog.lookup import Named, credits_of, in_order
from segue.web.catalog.models import Release, Track
from segue.web.covers.art import art_url, pictured
from segue.web.covers.recipes import of_track
from segue.web.discovery.wording import told
from segue.web.listening.feedback import said_of_tracks
from segue.web.listening.models import Listener


@dataclass(frozen=True)
class Tile:
    """A picture with a name that leads somewhere; `play` is the address of a page whose first list of tracks it plays.

    `titled`: the name stands on the picture, whose lowest quarter is calm and dark.
    """

    name: str
    href: str
    cover: str
    about: str = ""
    play: str = ""
    round: bool = False
    titled: bool = False


@dataclass(frozen=True)
class Row:
    """A track on a page.

    Attributes:
        id, title, artists, release, length_ms, explicit: as in the catalogue.
        cover: the address of its picture.
        said: "like", "dislike", "never" or "".
        reasons: why it is there, the strongest first.
        exposure: the page of recommendations it was shown on.
        score: for what is ordered by it.
    """

    id: str
    title: str
    artists: tuple[Named, ...]
    release: Named | None
    length_ms: int | None
    explicit: bool
    cover: str
    said: str = ""
    reasons: tuple[Reason, ...] = ()
    exposure: uuid.UUID | None = None
    score: float = 0.0

    @property
    def by(self) -> str:
        """The artists' names."""
        return ", ".join(one.name for one in self.artists)

    @property
    def told(self) -> str:
        """The reasons as JSON, for the drawer that says why: [[kind, text, [[track id, share], …]], …]."""
        return orjson.dumps(
            [(one.kind, told(one), [(of.item_id, round(of.share, 3)) for of in one.because]) for one in self.reasons]
        ).decode()

    @property
    def why(self) -> str:
        """The strongest reason, in words; empty where there is none."""
        return told(self.reasons[0]) if self.reasons else ""


_LEFT_OUT = (
    "lyrics", "sound", "songwriters", "producers", "subgenres", "tags", "instruments", "language", "work_id", "isrc",
)  # fmt: skip


def rows_of(tracks: Sequence[Track], listener: Listener | None = None) -> list[Row]:
    """Rows for tracks of the database, in order."""
    credited, guests = credits_of([track.pk for track in tracks])
    releases = Release.objects.only("key", "title").in_bulk(
        {one.release_id for one in tracks if one.release_id is not None}
    )
    said = said_of_tracks(listener, [track.pk for track in tracks]) if listener is not None else {}
    with_art = pictured(track.pk for track in tracks)
    return [
        Row(
            track.key, track.title, (*credited[track.pk], *guests[track.pk]), _named(releases.get(track.release_id or 0)),
            track.duration_ms, bool(track.explicit),
            art_url(track.key) if track.pk in with_art else of_track(track).url, said.get(track.pk, ""),
        )
        for track in tracks
    ]  # fmt: skip


def rows_of_keys(keys: Iterable[str], listener: Listener | None = None) -> list[Row]:
    """Rows for track ids, in order; those that are not there are left out."""
    return rows_of(in_order(Track.objects.defer(*_LEFT_OUT), list(keys)), listener)


def recommended(
    tracks: Sequence[Recommendation], listener: Listener | None = None, exposure: uuid.UUID | None = None
) -> list[Row]:
    """Rows for recommendations, with their reasons, in order; what is no longer in the catalogue is left out."""
    known = {row.id: row for row in rows_of_keys((one.item_id for one in tracks), listener)}
    return [
        replace(known[one.item_id], reasons=one.reasons, exposure=exposure, score=one.score)
        for one in tracks if one.item_id in known
    ]  # fmt: skip


def _named(release: Release | None) -> Named | None:
    return None if release is None else Named(release.key, release.title)
