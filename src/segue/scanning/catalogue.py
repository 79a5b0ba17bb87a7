"""A folder's files put into a library: what is new, changed, moved or gone, and nothing else touched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any

import polars as pl

from segue.library.alignment import AlignmentReport, align, with_works
from segue.library.library import Library
from segue.library.tables import NAMES, TABLES, TRACKS
from segue.scanning.scan import Examined
from segue.sources.music_library import library_of

# A file whose tags were changed sounds as long as before, to the rounding; another song under its name does not.
_SAME_LENGTH_MS = 100
# Ids that files gave: what goes by another id came from elsewhere, and stays when its file goes.
_OF_FILES = ("track:", "mbid:")


@dataclass(frozen=True)
class Scan:
    """What a scan made of a library: the new library, how many files are what, and which tracks lie in the folder.

    `told` says by path what the library was told of a file.
    """

    library: Library
    new: int = 0
    changed: int = 0
    moved: int = 0
    unchanged: int = 0
    gone: int = 0
    matched: AlignmentReport | None = None
    track_ids: list[str] = field(default_factory=list)
    gone_paths: list[str] = field(default_factory=list)
    told: dict[str, str] = field(default_factory=dict)


@dataclass
class _Before:
    """What the library has of the folder: the rows of its files, by path, and of those that are no more there."""

    rows: dict[str, dict[str, Any]]
    gone: dict[str, dict[str, Any]]
    moved_from: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, library: Library, examined: Examined) -> _Before:
        inside = f"{str(examined.directory).rstrip('/')}/"
        rows = {
            row["path"]: row
            for row in library.files.filter(pl.col("path").str.starts_with(inside)).iter_rows(named=True)
        }
        present = {str(file.tagged.path) for file in examined.files}
        unread = tuple(str(path) for path in examined.unread)
        gone = {
            path: row
            for path, row in rows.items()
            if path not in present and not any(path == one or path.startswith(f"{one}/") for one in unread)
        }
        before = cls(rows, gone)
        left = {row["content_id"]: path for path, row in reversed(gone.items())}
        for file in examined.files:
            path = str(file.tagged.path)
            if path not in rows and file.content_id in left:
                before.moved_from[path] = left.pop(file.content_id)
        return before

    def track_of(self, path: str, duration_ms: int | None, content_id: str) -> str | None:
        """The track that a file already was; None for a new one, or another song under an old name."""
        row = self.rows.get(self.moved_from.get(path, path))
        if row is None:
            return None
        before = row["duration_ms"]
        as_long = before is not None and duration_ms is not None and abs(before - duration_ms) <= _SAME_LENGTH_MS
        return row["track_id"] if as_long or row["content_id"] == content_id else None


def catalogue(examined: Examined, library: Library) -> Scan:
    """The library with the files of the folder as they are now; nothing but the library is changed.

    A track keeps its id when its file was moved or tagged anew, and is then as the tags now say. What other sources said
    of a track stays, and is only filled where it is null. Files that are gone lose their row; their tracks stay where
    listens, feedback, taggings, a playlist, another file or another source know them.
    """
    before = _Before.of(library, examined)
    incoming = library_of(examined.files)
    told = _told(incoming)
    claims = _claims(incoming, examined, before)
    incoming = _with_track_ids(incoming, claims)
    # A library that was told the same before is not told again: it may know better by now.
    changed = [path for path, old in examined.told.items() if old != told[path]]
    retold = set(incoming.files.filter(pl.col("path").is_in(changed))["track_id"])
    aligned, matched = _aligned(incoming, library, set(claims.values()))
    settled = pl.col("track_id").is_in(list(set(claims.values()) - retold))
    told_before = Library(tracks=aligned.tracks.filter(settled)).merge(Library(tracks=library.tracks))
    files = library.files.filter(~pl.col("path").is_in(list(before.gone)))
    merged = replace(library, tracks=told_before.tracks, files=files).merge(
        replace(aligned, tracks=aligned.tracks.filter(~settled))
    )
    touched = {row["track_id"] for row in before.rows.values()}
    result = _without_orphans(merged, library.tracks.filter(pl.col("track_id").is_in(list(touched))))
    states = _states(examined, before)
    return Scan(
        result.validate(),
        **{name: states.count(name) for name in ("new", "changed", "moved", "unchanged")},
        gone=len(before.gone) - len(before.moved_from),
        matched=matched,
        track_ids=list(dict.fromkeys(aligned.files.sort("path")["track_id"])),
        gone_paths=list(before.gone),
        told=told,
    )


def _states(examined: Examined, before: _Before) -> list[str]:
    """What each file is: new, changed, moved or unchanged."""
    states = []
    for file in examined.files:
        path = str(file.tagged.path)
        row = before.rows.get(path)
        if path in before.moved_from:
            states.append("moved")
        elif row is None:
            states.append("new")
        else:
            states.append("unchanged" if row["content_id"] == file.content_id else "changed")
    return states


# -- which track a file is ---------------------------------------------------------------------------------------


def _claims(incoming: Library, examined: Examined, before: _Before) -> dict[str, str]:
    """The track that is already there for each new one whose files were it; no track is claimed twice."""
    tracks = dict(incoming.files.select("path", "track_id").iter_rows())
    candidates: dict[str, list[str]] = {}
    for file in examined.files:
        path = str(file.tagged.path)
        known = before.track_of(path, file.duration_ms, file.content_id)
        if known is not None:
            candidates.setdefault(tracks[path], []).append(known)
    claims = {own: own for own, those in candidates.items() if own in those}
    taken = set(claims)
    for own, those in candidates.items():
        free = next((track for track in those if track not in taken), None)
        if own not in claims and free is not None:
            claims[own] = free
            taken.add(free)
    return claims


def _with_track_ids(library: Library, ids: Mapping[str, str]) -> Library:
    new = pl.col("track_id").replace(ids) if ids else pl.col("track_id")
    return replace(library, tracks=library.tracks.with_columns(new), files=library.files.with_columns(new))


def _told(incoming: Library) -> dict[str, str]:
    """A digest, by path, of all that files say of their track and its release."""
    releases = {row["release_id"]: row for row in incoming.releases.iter_rows(named=True)}
    digests = {
        row["track_id"]: blake2b(f"{row} {releases.get(row['release_id'])}".encode(), digest_size=16).hexdigest()
        for row in incoming.tracks.iter_rows(named=True)
    }
    return {path: digests[track] for path, track in incoming.files.select("path", "track_id").iter_rows()}


def _aligned(incoming: Library, library: Library, claimed: Iterable[str]) -> tuple[Library, AlignmentReport | None]:
    """The incoming library with the ids that are there; the tracks that are known need not be looked for by name."""
    if not library.tracks.height + library.artists.height:
        return with_works(incoming), None
    is_claimed = pl.col("track_id").is_in(list(claimed))
    blank = [
        pl.when(~is_claimed).then(pl.col(name)).alias(name)
        for name in TRACKS.schema
        if name not in {"track_id", "work_id"}
    ]
    return align(incoming, replace(library, tracks=library.tracks.with_columns(blank)))


# -- what is left with nothing -----------------------------------------------------------------------------------


def _without_orphans(library: Library, touched: pl.DataFrame) -> Library:
    """The library without those of the touched tracks, and of their artists and releases, that nothing knows any more."""
    named = touched.filter(
        pl.col("spotify_uri").is_null()
        & pl.any_horizontal(pl.col("track_id").str.starts_with(prefix) for prefix in _OF_FILES)
    )
    lost = set(named["track_id"]) - _referred(library, "tracks")
    library = replace(library, tracks=library.tracks.filter(~pl.col("track_id").is_in(list(lost))))
    releases = set(touched["release_id"].drop_nulls()) - _referred(library, "releases")
    library = replace(library, releases=library.releases.filter(~pl.col("release_id").is_in(list(releases))))
    credited = pl.concat([touched[name].explode() for name in ("artist_ids", "featured_artist_ids")])
    artists = set(credited.drop_nulls()) - _referred(library, "artists")
    return replace(library, artists=library.artists.filter(~pl.col("artist_id").is_in(list(artists))))


def _referred(library: Library, target: str) -> set[str]:
    """The ids of a table that any row of another one refers to."""
    found: set[str] = set()
    for table in TABLES.values():
        for column in table.columns:
            if column.refers_to is not None and column.refers_to.split(".")[0] == target:
                ids = getattr(library, table.name)[column.name].drop_nulls()
                ids = ids.explode() if column.dtype == NAMES else ids
                found.update(ids.unique().cast(pl.String).drop_nulls())
    return found
