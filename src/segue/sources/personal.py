"""What one person's export or playlist file mentions, put together as a Library."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import polars as pl

from segue.library.library import Library
from segue.library.matching import parse_title, text_id
from segue.library.tables import ARTISTS, FEEDBACK, LISTENS, PLAYLISTS, RELEASES, TRACKS, Table
from segue.library.titles import slug

# A personal export has one listener, who need not be named.
DEFAULT_LISTENER = "me"


class Mention(NamedTuple):
    """A track as a file speaks of it. Artists are in order, the main one first."""

    title: str
    artists: tuple[str, ...] = ()
    release: str | None = None
    spotify_uri: str | None = None
    mbid: str | None = None
    isrc: str | None = None
    duration_ms: int | None = None
    kind: str | None = None
    artist_mbids: tuple[str, ...] = ()
    release_mbid: str | None = None

    @property
    def outside_id(self) -> str | None:
        """The id that others know it by, if it has one."""
        return f"mbid:{self.mbid}" if self.mbid else self.spotify_uri

    @property
    def name_id(self) -> str:
        """The id made of its names."""
        return text_id("track", self.artists[0] if self.artists else None, self.title)


@dataclass
class Collection:
    """Collects plays, feedback and playlists of one listener, and gives them as a Library."""

    source: str
    listener_id: str = DEFAULT_LISTENER
    _mentions: dict[Mention, int] = field(default_factory=dict)
    _plays: list[tuple[int, datetime | None, int | None, bool | None]] = field(default_factory=list)
    _feedback: list[tuple[int | None, str | None, str, datetime | None]] = field(default_factory=list)
    _playlists: list[tuple[str, str | None, datetime | None, list[int]]] = field(default_factory=list)
    _artists: dict[str, str] = field(default_factory=dict)

    def play(
        self, track: Mention, time: datetime | None, ms_played: int | None = None, skipped: bool | None = None  # noqa: FBT001
    ) -> None:  # fmt: skip
        """Note one play that began at that time."""
        self._plays.append((self._place(track), time, ms_played, skipped))

    def feedback(self, track: Mention, kind: str, time: datetime | None = None) -> None:
        """Note what the listener said of a track."""
        self._feedback.append((self._place(track), None, kind, time))

    def artist_feedback(self, name: str, kind: str) -> None:
        """Note what the listener said of an artist."""
        self._feedback.append((None, self._artist(name), kind, None))

    def playlist(
        self, title: str, tracks: Iterable[Mention], description: str | None = None, modified: datetime | None = None
    ) -> None:
        """Note one playlist."""
        self._playlists.append((title, description, modified, [self._place(track) for track in tracks]))

    def __len__(self) -> int:
        return len(self._plays) + len(self._feedback) + len(self._playlists)

    def _place(self, track: Mention) -> int:
        return self._mentions.setdefault(track, len(self._mentions))

    def _artist(self, name: str) -> str:
        artist_id = text_id("artist", name)
        self._artists.setdefault(artist_id, name)
        return artist_id

    def library(self) -> Library:
        """All of it: each track once, under its MusicBrainz id, its Spotify URI or, else, its names."""
        mentions = list(self._mentions)
        # Where a file tells the id of a track in one place and only its names in another, both are that track.
        by_name = {mention.name_id: mention.outside_id for mention in reversed(mentions) if mention.outside_id}
        ids = [mention.outside_id or by_name.get(mention.name_id) or mention.name_id for mention in mentions]
        tracks = self._tracks(mentions, ids)
        return Library.of(
            tracks=tracks,
            releases=_releases(mentions),
            listens=self._listens(ids),
            feedback=self._feedback_frame(ids),
            playlists=self._playlist_frame(ids),
            artists=self._artist_frame(mentions),
        )

    def _tracks(self, mentions: Sequence[Mention], ids: Sequence[str]) -> pl.DataFrame:
        rows: list[dict[str, object]] = [
            {
                "track_id": track_id,
                "title": mention.title,
                "artist_ids": [self._artist(name) for name in mention.artists],
                "featured_artist_ids": [self._artist(name) for name in parse_title(mention.title).featured],
                "release_id": _release_id(mention),
                "duration_ms": mention.duration_ms,
                "kind": mention.kind,
                "mbid": mention.mbid,
                "isrc": mention.isrc,
                "spotify_uri": mention.spotify_uri,
            }
            for track_id, mention in zip(ids, mentions, strict=True)
        ]
        return first_known(TRACKS, rows)

    def _artist_frame(self, mentions: Sequence[Mention]) -> pl.DataFrame:
        mbids: dict[str, str] = {}
        for mention in mentions:
            if len(mention.artists) == len(mention.artist_mbids):
                for name, artist_mbid in zip(mention.artists, mention.artist_mbids, strict=True):
                    mbids.setdefault(text_id("artist", name), artist_mbid)
        rows: list[dict[str, object]] = [
            {"artist_id": key, "name": name, "mbid": mbids.get(key)} for key, name in self._artists.items()
        ]
        return first_known(ARTISTS, rows)

    def _listens(self, ids: Sequence[str]) -> pl.DataFrame:
        schema = {"place": pl.Int64} | {name: LISTENS.schema[name] for name in ("time", "ms_played", "skipped")}
        plays = pl.DataFrame(self._plays, schema=schema, orient="row")
        tracks = pl.Series(ids, dtype=pl.String)
        named = plays.with_columns(track_id=tracks.gather(plays["place"])).drop("place")
        timed = named.drop_nulls("time").unique(["track_id", "time"], keep="first", maintain_order=True)
        # A play without a time is a count of plays: nothing else tells two of them apart.
        untimed = named.filter(pl.col("time").is_null())
        counted = untimed.group_by("track_id", maintain_order=True).agg(plays=pl.len().cast(pl.Int32))
        return pl.concat([timed.with_columns(plays=pl.lit(1, dtype=pl.Int32)), counted], how="diagonal").with_columns(
            listener_id=pl.lit(self.listener_id), source=pl.lit(self.source)
        )

    def _feedback_frame(self, ids: Sequence[str]) -> pl.DataFrame:
        rows = [
            (self.listener_id, None if place is None else ids[place], artist_id, kind, time)
            for place, artist_id, kind, time in self._feedback
        ]
        names = ("listener_id", "track_id", "artist_id", "kind", "time")
        frame = pl.DataFrame(rows, schema={name: FEEDBACK.schema[name] for name in names}, orient="row")
        return frame.unique(["track_id", "artist_id", "kind"], keep="last", maintain_order=True)

    def _playlist_frame(self, ids: Sequence[str]) -> pl.DataFrame:
        seen: Counter[str] = Counter()
        rows = []
        for title, description, modified, places in self._playlists:
            key = f"playlist:{slug(self.listener_id)}/{slug(title)}"
            seen[key] += 1
            unique = key if seen[key] == 1 else f"{key}/{seen[key]}"
            rows.append((unique, title, self.listener_id, description, [ids[place] for place in places], modified))
        names = ("playlist_id", "title", "listener_id", "description", "track_ids", "modified")
        return pl.DataFrame(rows, schema={name: PLAYLISTS.schema[name] for name in names}, orient="row")


def _release_id(mention: Mention) -> str | None:
    artist = mention.artists[0] if mention.artists else None
    return text_id("release", artist, mention.release) if mention.release else None


def _releases(mentions: Sequence[Mention]) -> pl.DataFrame:
    rows: list[dict[str, object]] = [
        {
            "release_id": _release_id(mention),
            "title": mention.release,
            "artist_ids": [text_id("artist", name) for name in mention.artists[:1]],
            "mbid": mention.release_mbid,
        }
        for mention in mentions
        if mention.release
    ]
    return first_known(RELEASES, rows)


def first_known(table: Table, rows: Sequence[dict[str, object]]) -> pl.DataFrame:
    """One row for each key, with the first value that is known of each column; empty lists are not known."""
    if not rows:
        return table.empty()
    [key] = table.key
    frame = pl.DataFrame(rows, schema={name: table.schema[name] for name in rows[0]})
    known = [
        pl.col(name).filter(pl.col(name).list.len() > 0) if dtype == pl.List else pl.col(name).drop_nulls()
        for name, dtype in frame.schema.items()
        if name != key
    ]
    return frame.group_by(key, maintain_order=True).agg(values.first() for values in known)
