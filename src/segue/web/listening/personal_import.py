"""A file of somebody's listening, into their listener: what they played, said and put on playlists elsewhere.

Each step may be done again: listens are events, what is said is said once, and a playlist is known by where it came from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

import polars as pl
from django.db import transaction
from django.utils.crypto import salted_hmac

from segue.errors import BadRequest, NotFound
from segue.library.library import Library
from segue.sources.base import Reading
from segue.web import clock
from segue.web.jobs.models import Job
from segue.web.jobs.run import Progress
from segue.web.listening import uploads
from segue.web.listening.changing import changed
from segue.web.listening.matching import Catalogue, Matched, Missing
from segue.web.listening.models import Feedback, Listener, listener_of
from segue.web.listening.record import DAY_MS, LONGEST_MS, Row, event_numbers, primary_keys, write
from segue.web.playlists.models import Entry, Playlist

SHOWN = 50
MOST_PLAYLISTS = 1000
MOST_ENTRIES = 10_000
_AT_ONCE = 2000
_OPPOSITES = ("like", "dislike", "never")


@dataclass(frozen=True)
class Joined:
    """A personal Library with the keys of the catalogue, and the primary keys of those."""

    library: Library
    tracks: Matched
    artists: Matched
    track_ids: dict[str | None, int]
    artist_ids: dict[str | None, int]

    def track(self, own_id: str | None) -> int | None:
        """The primary key of a track of the file; None where the catalogue does not have it."""
        return self.track_ids.get(self.tracks.keys.get(own_id or ""))

    def artist(self, own_id: str | None) -> int | None:
        """The same of an artist."""
        return self.artist_ids.get(self.artists.keys.get(own_id or ""))


def import_listening(job: Job, progress: Progress) -> dict[str, Any]:
    """The work of the job "import-listening"; its report.

    `job.input` has `file` and `name` (see `uploads`) and, where the file has several listeners, `listener`: which. `wanted` says
    what playlists become: "playlists", "likes" or both.
    """
    assert job.user is not None
    listener = listener_of(job.user)
    progress(0.0, "reading the file")
    reading = uploads.read(job)
    personal = _of_one(reading.library, job.input.get("listener"))
    progress(0.2, "looking its tracks up")
    joined = _joined(personal)
    wanted = job.input.get("wanted") or ["playlists"]
    progress(0.5, "recording what was played")
    listens = _record(listener, joined, lambda share: progress(0.5 + 0.4 * share))
    progress(0.9, "noting likes and playlists")
    likes = _liked(joined) if "likes" in wanted else []
    feedback = _say(listener, [*_said(joined), *likes])
    playlists = _playlists(listener, joined, job, progress) if "playlists" in wanted else []
    written = {"playlists": len(playlists), "playlist_keys": playlists[:SHOWN]}
    return {**of_reading(reading), **_found(joined), "listens": listens, "feedback": feedback, **written}


def of_reading(reading: Reading) -> dict[str, Any]:
    """What a report says of the file itself."""
    rejected = [{"file": row.file, "line": row.line, "why": row.why} for row in reading.rejects.rows[:SHOWN]]
    return {
        "format": next(iter(reading.formats.values()), ""),
        "rejected": len(reading.rejects),
        "rejects": rejected,
    }


def _of_one(library: Library, wanted: str | None) -> Library:
    """What is of one listener of a Library. Raises `BadRequest` where it is not said which, `NotFound` for one who is not there."""
    ids = library.listeners["listener_id"].to_list()
    if wanted is None and len(ids) > 1:
        some = ", ".join(ids[:20]) + (", …" if len(ids) > 20 else "")
        raise BadRequest(
            f"The file has {len(ids):,} listeners: say by `listener` which of them you are. There is {some}."
        )
    if wanted is not None and wanted not in ids:
        raise NotFound(f"The file has no listener {wanted!r}; it has {', '.join(ids[:20]) or 'none'}.")
    mine = wanted or (ids[0] if ids else None)
    of_mine = pl.col("listener_id").cast(pl.String).eq_missing(pl.lit(mine, dtype=pl.String))
    return replace(
        library, listens=library.listens.filter(of_mine), feedback=library.feedback.filter(of_mine),
        playlists=library.playlists.filter(of_mine | pl.col("listener_id").is_null()).head(MOST_PLAYLISTS),
    )  # fmt: skip


def _joined(personal: Library) -> Joined:
    spoken = pl.concat(
        [personal.listens.select("track_id", "artist_id"), personal.feedback.select("track_id", "artist_id")]
    )
    listed = personal.playlists["track_ids"].explode().drop_nulls()
    played = pl.concat([spoken["track_id"].drop_nulls().cast(pl.String), listed])
    of_artist = spoken.filter(pl.col("track_id").is_null())["artist_id"].drop_nulls().cast(pl.String)
    catalogue = Catalogue()
    tracks = catalogue.tracks(personal, _most_first(played))
    artists = catalogue.artists(personal, _most_first(of_artist))
    return Joined(
        personal, tracks, artists, primary_keys("catalog_track", tracks.keys.values()),
        primary_keys("catalog_artist", artists.keys.values()),
    )  # fmt: skip


def _most_first(ids: pl.Series) -> list[str]:
    """Each id once, those that occur most first."""
    return ids.alias("id").value_counts().sort("count", "id", descending=[True, False])["id"].to_list()


def _found(joined: Joined) -> dict[str, Any]:
    """What a report says of tracks and artists: how many were found, and the first that were not."""
    return {
        "tracks": {"found": len(joined.tracks.keys), "missing": len(joined.tracks.missing)},
        "artists": {"found": len(joined.artists.keys), "missing": len(joined.artists.missing)},
        "missing": [_shown(one) for one in [*joined.tracks.missing, *joined.artists.missing][:SHOWN]],
    }


def _shown(one: Missing) -> dict[str, Any]:
    return {"name": one.asked, "closest": [{"id": key, "name": name} for key, name in one.closest]}


# -- listens -------------------------------------------------------------------------------------------------------------


def _record(listener: Listener, joined: Joined, told: Callable[[float], None]) -> dict[str, int]:
    """Record what was played; how many listens there were, are new, were known, are of what was not found, and cannot be."""
    listens = joined.library.listens
    report = {"read": listens.height, "recorded": 0, "known": 0, "missing": 0, "impossible": 0}
    latest_ms = clock.now_ms() + DAY_MS
    counts: dict[tuple[int | None, int | None, int | None, str | None], Row] = {}
    for done, some in _slices(listens):
        rows: list[Row] = []
        for row in _rows(some, joined):
            if row.track_id is None and row.artist_id is None:
                report["missing"] += 1
            elif row.time_ms is None:
                one = (row.track_id, row.artist_id, row.position, row.source)
                counts[one] = row._replace(
                    plays=min(row.plays + (counts[one].plays if one in counts else 0), LONGEST_MS)
                )
            elif 0 <= row.time_ms <= latest_ms:
                rows.append(row)
            else:
                report["impossible"] += 1
        _note(report, len(rows), write(listener, _with_events(rows)))
        told(done / max(listens.height, 1))
    untimed = list(counts.values())
    for start in range(0, len(untimed), _AT_ONCE):
        part = untimed[start : start + _AT_ONCE]
        _note(report, len(part), write(listener, _with_events(part), counts=True))
        told(1.0)
    return report


def _note(report: dict[str, int], written: int, new: int) -> None:
    report["recorded"] += new
    report["known"] += written - new


def _slices(listens: pl.DataFrame) -> Iterator[tuple[int, pl.DataFrame]]:
    for start in range(0, listens.height, _AT_ONCE):
        some = listens.slice(start, _AT_ONCE)
        yield start + some.height, some


def _rows(some: pl.DataFrame, joined: Joined) -> Iterator[Row]:
    values = some.select(
        pl.col("track_id", "artist_id").cast(pl.String), pl.col("time").dt.epoch("ms"), "position", "ms_played", "skipped",
        pl.col("plays").fill_null(1), pl.col("source").cast(pl.String).str.slice(0, 100),
    )  # fmt: skip
    for track_id, artist_id, time_ms, position, ms_played, skipped, plays, source in values.iter_rows():
        track = joined.track(track_id)
        artist = joined.artist(artist_id) if track_id is None else None
        yield Row(track, artist, time_ms, position, ms_played, skipped, plays, source, 0)


def _with_events(rows: Sequence[Row]) -> list[Row]:
    told = event_numbers([(row.track_id, row.artist_id, row.time_ms, row.position, row.source) for row in rows])
    return [row._replace(event=event) for row, event in zip(rows, told, strict=True)]


# -- feedback ------------------------------------------------------------------------------------------------------------


def _said(joined: Joined) -> Iterator[Feedback]:
    rows = joined.library.feedback.select(
        pl.col("track_id", "artist_id").cast(pl.String), "kind", "rating", pl.col("time", "expires").dt.epoch("ms")
    )
    for track_id, artist_id, kind, rating, time_ms, expires_ms in rows.iter_rows():
        track = joined.track(track_id)
        artist = joined.artist(artist_id) if track_id is None else None
        yield Feedback(
            track_id=track, artist_id=artist, kind=kind, rating=rating, time_ms=time_ms, expires_ms=expires_ms
        )


def _liked(joined: Joined) -> Iterator[Feedback]:
    """A like of each track of the playlists."""
    now_ms = clock.now_ms()
    for own_id in joined.library.playlists["track_ids"].explode().drop_nulls():
        yield Feedback(track_id=joined.track(own_id), kind="like", time_ms=now_ms)


def _say(listener: Listener, said: Sequence[Feedback]) -> int:
    """Add what is said to what was said here, which stays: of one thing it is not changed by a file. How much is new."""
    with transaction.atomic():
        changed(listener)  # first: nobody says anything else of these meanwhile
        told: set[tuple[int | None, int | None, str]] = {(track, artist, _slot(kind)) for track, artist, kind in
                Feedback.objects.filter(listener_id=listener.pk).values_list("track_id", "artist_id", "kind")}  # fmt: skip
        new: list[Feedback] = []
        for word in reversed(said):  # the last word counts
            one = (word.track_id, word.artist_id, _slot(word.kind))
            if one not in told and one[:2] != (None, None):
                told.add(one)
                word.listener_id = listener.pk
                new.append(word)
        Feedback.objects.bulk_create(new[::-1], batch_size=_AT_ONCE)
    return len(new)


def _slot(kind: str) -> str:
    return "opinion" if kind in _OPPOSITES else kind


# -- playlists -----------------------------------------------------------------------------------------------------------


def _playlists(listener: Listener, joined: Joined, job: Job, progress: Progress) -> list[str]:
    """Write the playlists that have a track of the catalogue; their keys. One that was changed here since is left as it is."""
    written: list[str] = []
    rows = joined.library.playlists.select(
        "playlist_id", "title", "description", "track_ids", pl.col("modified").dt.epoch("ms")
    )
    for own_id, title, description, own_tracks, modified_ms in rows.iter_rows():
        tracks = [track for one in own_tracks or () if (track := joined.track(one)) is not None][:MOST_ENTRIES]
        if not tracks:
            continue
        called = job.input.get("title") or PurePosixPath(job.input["name"]).stem if title == uploads.STEM else title
        # Not to be guessed, and the same when the same file is brought again.
        where = f"{listener.key}\0{job.input.get('title') or job.input['name']}\0{own_id}"
        key = f"playlist-{salted_hmac('segue.import', where, algorithm='sha256').hexdigest()[:32]}"
        about = {
            "title": _text(called, 500), "description": _text(description, 10_000),
            "modified_ms": round(job.created.timestamp() * 1000) if modified_ms is None else modified_ms,
        }  # fmt: skip
        if _write_playlist(listener, key, about, tracks):
            written.append(key)
        progress()
    return written


def _write_playlist(listener: Listener, key: str, about: dict[str, Any], tracks: Sequence[int]) -> bool:
    with transaction.atomic():
        changed(listener)
        playlist, _ = Playlist.objects.get_or_create(key=key, defaults={"listener": listener, **about})
        if playlist.listener_id != listener.pk or playlist.version:
            return False
        Playlist.objects.filter(pk=playlist.pk).update(**about)
        playlist.entries.all().delete()
        Entry.objects.bulk_create(
            [Entry(playlist=playlist, track_id=track, position=place) for place, track in enumerate(tracks)],
            batch_size=_AT_ONCE,
        )
    return True


def _text(text: str | None, longest: int) -> str | None:
    return None if text is None else text.replace("\0", "")[:longest]
