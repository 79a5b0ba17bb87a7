"""A Library of music files: which of them are the same song, and whose they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from segue.library.library import Library
from segue.library.matching import parse_title, text_id
from segue.library.tables import ARTISTS, FILES, RELEASES, TRACKS
from segue.library.titles import normalise, slug
from segue.sources.music_files import TaggedFile
from segue.sources.music_names import is_disc
from segue.sources.personal import first_known

# A copy of a song in another format is as long to a second; another recording under the same title seldom is.
_SAME_LENGTH_MS = 10_000
# Of an album whose tags do not say whose it is: how many of its files must be by one artist.
_MOST = 0.75
_MANY = "Various Artists"


@dataclass(frozen=True)
class MusicFile:
    """An audio file: its tags, what identifies it, and what was heard in it (columns of `tracks` and `files`)."""

    tagged: TaggedFile
    content_id: str
    size_bytes: int
    modified: datetime
    heard: Mapping[str, Any] = field(default_factory=dict)

    @property
    def duration_ms(self) -> int | None:
        """How long it is: as heard, else as its header says."""
        return self.heard.get("duration_ms") or self.tagged.duration_ms


def library_of(files: Sequence[MusicFile]) -> Library:
    """Artists, releases, tracks and files; a song that lies there twice is one track with two files.

    Ids are MusicBrainz's ("mbid:…") where a file tells one, else made of names, as other sources make them. Where one
    file tells the id and another only the name, both are that one.
    """
    artists = _Artists(files)
    releases = _Releases(files, artists)
    placed = list(zip(files, _song_ids(files), strict=True))
    tracks = [_track(file, track_id, artists, releases) for file, track_id in placed]
    schema = {column.name: column.dtype for column in FILES.columns}
    return Library.of(
        releases=first_known(RELEASES, releases.rows()),
        tracks=first_known(TRACKS, tracks),
        # Last: artists get into it as they are credited.
        artists=first_known(ARTISTS, artists.rows()),
        files=pl.DataFrame([_file(file, track_id) for file, track_id in placed], schema=schema),
    )


def _track(file: MusicFile, track_id: str, artists: _Artists, releases: _Releases) -> dict[str, object]:
    said = file.tagged
    credited = artists.credited(said)
    # The title may name guests whom the tag of the artist does not.
    more = [artists.id_of(name) for name in parse_title(said.title).featured]
    guests = dict.fromkeys([*credited[len(said.artists) :], *more])
    return {
        "track_id": track_id,
        "title": said.title,
        "artist_ids": credited[: len(said.artists)],
        "featured_artist_ids": [guest for guest in guests if guest not in credited[: len(said.artists)]],
        "songwriters": list(said.songwriters),
        "release_id": releases.id_of(said),
        "date": said.date,
        "date_precision": said.date_precision,
        "genres": list(said.genres),
        "language": said.language,
        "kind": said.kind,
        "explicit": said.explicit,
        "mbid": said.mbid,
        "isrc": said.isrc,
        "lyrics": said.lyrics,
        **{name: file.heard.get(name) for name in HEARD},
        "duration_ms": file.duration_ms,
    }


# What an analysis tells of a track.
HEARD = (
    "acousticness", "danceability", "energy", "instrumentalness", "liveness", "speechiness", "valence", "loudness",
    "tempo", "key", "mode", "sound",
)  # fmt: skip


def _file(file: MusicFile, track_id: str) -> dict[str, object]:
    said = file.tagged
    return {
        "path": str(said.path),
        "track_id": track_id,
        "content_id": file.content_id,
        "size_bytes": file.size_bytes,
        "modified": file.modified,
        "duration_ms": file.duration_ms,
        "codec": said.codec,
        "sample_rate": file.heard.get("sample_rate") or said.sample_rate,
        "channels": file.heard.get("channels") or said.channels,
        "track_number": said.track_number,
        "disc_number": said.disc_number,
        "replaygain_track_db": said.replaygain_track_db,
        "replaygain_album_db": said.replaygain_album_db,
        "has_cover": said.has_cover,
    }


# -- artists -----------------------------------------------------------------------------------------------------


class _Artists:
    """The ids of artists by their names, and the MusicBrainz ids that any file tells."""

    def __init__(self, files: Sequence[MusicFile]) -> None:
        self._names: dict[str, tuple[str, str | None]] = {}
        self._mbids: dict[str, str] = {}
        for said in (file.tagged for file in files):
            for names, mbids in (
                ((*said.artists, *said.featured), said.artist_mbids),
                (said.album_artists, said.album_artist_mbids),
            ):
                for name, mbid in zip(names, mbids, strict=bool(mbids)) if mbids else ():
                    self._mbids.setdefault(text_id("artist", name), mbid)

    def id_of(self, name: str, mbid: str | None = None) -> str:
        mbid = mbid or self._mbids.get(text_id("artist", name))
        artist_id = f"mbid:{mbid}" if mbid else text_id("artist", name)
        self._names.setdefault(artist_id, (name, mbid))
        return artist_id

    def credited(self, said: TaggedFile) -> list[str]:
        """Those whom a file credits: the artists, then the guests."""
        names = (*said.artists, *said.featured)
        return list(map(self.id_of, names, said.artist_mbids or [None] * len(names)))

    def rows(self) -> list[dict[str, object]]:
        return [{"artist_id": key, "name": name, "mbid": mbid} for key, (name, mbid) in self._names.items()]


# -- releases ----------------------------------------------------------------------------------------------------


class _Releases:
    """The releases of files: those of one title in one folder (with its discs) are one, by whomever its tracks are."""

    def __init__(self, files: Sequence[MusicFile], artists: _Artists) -> None:
        self._artists = artists
        self._albums: dict[tuple[Path, str], list[TaggedFile]] = {}
        for file in files:
            if file.tagged.album:
                self._albums.setdefault(_album(file.tagged), []).append(file.tagged)
        self._facts = {key: self._fact(album) for key, album in self._albums.items()}

    def _fact(self, album: list[TaggedFile]) -> tuple[list[str], str, str | None]:
        """Whose an album is, its id, and its MusicBrainz id unless its files tell several."""
        mbids = {said.release_mbid for said in album if said.release_mbid}
        mbid = mbids.pop() if len(mbids) == 1 else None
        whose = _whose(album)
        by = whose[0] if whose else _MANY if len({said.artists[:1] for said in album}) > 1 else None
        named = next((said for said in album if said.album_artists == whose and said.album_artist_mbids), None)
        ids = list(map(self._artists.id_of, whose, named.album_artist_mbids if named else [None] * len(whose)))
        return ids, f"mbid:{mbid}" if mbid else text_id("release", by, album[0].album), mbid

    def id_of(self, said: TaggedFile) -> str | None:
        if not said.album:
            return None
        _, release_id, mbid = self._facts[_album(said)]
        return f"mbid:{said.release_mbid}" if said.release_mbid and mbid is None else release_id

    def rows(self) -> list[dict[str, object]]:
        return [
            {
                "release_id": self.id_of(said),
                "title": said.album,
                "artist_ids": self._facts[key][0],
                "date": said.date,
                "date_precision": said.date_precision,
                "mbid": said.release_mbid or self._facts[key][2],
                "label": said.label,
            }
            for key, album in self._albums.items()
            for said in album
        ]


def _album(said: TaggedFile) -> tuple[Path, str]:
    folder = said.path.parent
    return folder.parent if is_disc(folder.name) else folder, normalise(said.album or "")


def _whose(album: list[TaggedFile]) -> tuple[str, ...]:
    """The album artists most of its files name, else the one who made most of it; () for a compilation."""
    named = Counter(said.album_artists for said in album if said.album_artists)
    if named:
        return named.most_common(1)[0][0]
    leads = Counter(said.artists[:1] for said in album if said.artists)
    if not leads or any(said.compilation for said in album):
        return ()
    lead, times = leads.most_common(1)[0]
    return lead if times >= _MOST * len(album) else ()


# -- songs -------------------------------------------------------------------------------------------------------


@dataclass
class _Song:
    """Files that are one recording."""

    first: MusicFile
    mbid: str | None
    places: list[int]

    def is_of(self, file: MusicFile) -> bool:
        one, other = self.first.tagged, file.tagged
        if self.mbid and other.mbid:
            return self.mbid == other.mbid
        apart = abs((self.first.duration_ms or 0) - (file.duration_ms or 0))
        if self.first.duration_ms and file.duration_ms and apart > _SAME_LENGTH_MS:
            return False
        if not one.artists and one.path.parent != other.path.parent:
            return False
        numbers = [(said.disc_number or 1, said.track_number) for said in (one, other)]
        both = all(number for _, number in numbers)
        return not (both and numbers[0] != numbers[1] and one.album and _album(one) == _album(other))


def _song_ids(files: Sequence[MusicFile]) -> list[str]:
    """The track of each file: the same names, about as long, and not two numbers of one album, are the same song."""
    by_name: dict[str, list[_Song]] = {}
    by_mbid: dict[str, _Song] = {}
    for place, file in enumerate(files):
        said = file.tagged
        songs = by_name.setdefault(text_id("track", next(iter(said.artists), None), said.title), [])
        song = by_mbid.get(said.mbid or "") or next((song for song in songs if song.is_of(file)), None)
        if song is None:
            song = _Song(file, None, [])
            songs.append(song)
        song.places.append(place)
        if said.mbid and song.mbid is None:
            song.mbid = said.mbid
            by_mbid[said.mbid] = song
    ids = [""] * len(files)
    for name_id, songs in by_name.items():
        for song in songs:
            # Several songs of one name ("Intro") are told apart by where they are from.
            own = name_id if len(songs) == 1 else f"{name_id}/{_where(song.first)}"
            for place in song.places:
                ids[place] = f"mbid:{song.mbid}" if song.mbid else own
    return ids


def _where(file: MusicFile) -> str:
    said = file.tagged
    parts = (said.album or said.path.parent.name, said.disc_number, said.track_number or said.path.stem)
    return slug(" ".join(str(part) for part in parts if part is not None))
