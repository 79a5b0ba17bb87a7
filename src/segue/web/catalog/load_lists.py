"""Lists of a Library that are rows of the database: who is credited on tracks, and what is on playlists."""

from __future__ import annotations

import polars as pl
from django.db.models import F

from segue.web.catalog.loading import Loading, in_parts
from segue.web.catalog.models import Artist, Credit, Track
from segue.web.catalog.rows import clean
from segue.web.catalog.writing import Upsert, delete, insert, upsert
from segue.web.playlists.models import Entry, Playlist

_CREDIT = Upsert(Credit, ("track_id", "featured", "position"), parents={"track_id": Track, "artist_id": Artist})
_MOST_CREDITS = 1000


def load_credits(loading: Loading, tracks: pl.DataFrame) -> None:
    """Put in the credits of tracks: key, artist_ids and featured_artist_ids, one row for each. What is null stays as it was."""
    ids = loading.ids("tracks", tracks["key"]).alias("track_id")
    for column, featured in (("artist_ids", False), ("featured_artist_ids", True)):
        lists = pl.DataFrame([ids, tracks[column].list.head(_MOST_CREDITS)]).drop_nulls()
        credited = _places(loading, "tracks", lists, "artists").with_columns(featured=pl.lit(featured))
        lengths = credited.group_by("track_id").agg(position=pl.len())
        ends = lists.join(lengths, on="track_id", how="left").with_columns(
            pl.col("position").fill_null(0), featured=pl.lit(featured)
        )
        delete(Credit, {"track_id": "=", "featured": "=", "position": ">="}, ends)
        upsert(_CREDIT, credited)


def load_entries(loading: Loading, playlists: pl.DataFrame) -> int:
    """Replace the entries of playlists (key, modified_ms, track_ids) that differ; how many did.

    A playlist that was changed later than this one stays as it is.
    """
    given = playlists.select("key", "modified_ms", "track_ids").with_columns(
        playlist_id=loading.ids("playlists", playlists["key"])
    )  # fmt: skip
    there, entries = _as_they_are(given["playlist_id"].to_list())
    given = given.join(there, on="playlist_id").filter(
        (pl.col("modified_ms") < pl.col("now_ms")).ne_missing(other=True)
    )
    lists = given.select("playlist_id", "track_ids").drop_nulls()
    placed = _places(loading, "playlists", lists, "tracks")
    wanted = placed.group_by("playlist_id").agg(pl.col("track_id").sort_by("position"))
    both = lists.join(wanted, on="playlist_id", how="left").join(entries, on="playlist_id", how="left", suffix="_now")
    changed = both.filter(pl.col("track_id").ne_missing(pl.col("track_id_now")))
    delete(Entry, {"playlist_id": "="}, changed)
    insert(Entry, placed.join(changed, on="playlist_id", how="semi"))
    for some in in_parts(changed.filter(pl.col("track_id_now").is_not_null())["playlist_id"]):
        Playlist.objects.filter(pk__in=some).update(version=F("version") + 1)
    return changed.height


def _as_they_are(playlists: list[int]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """When playlists were changed, as playlist_id and now_ms; and their tracks in order, as playlist_id and track_id."""
    times: list[tuple] = []
    entries: list[tuple] = []
    for some in in_parts(playlists):
        times += Playlist.objects.filter(pk__in=some).values_list("pk", "modified_ms")
        entries += Entry.objects.filter(playlist_id__in=some).order_by().values_list("playlist", "track", "position")
    numbers = {"playlist_id": pl.Int64, "track_id": pl.Int64, "position": pl.Int64}
    there = pl.DataFrame(entries, numbers, orient="row").group_by("playlist_id")
    return (
        pl.DataFrame(times, {"playlist_id": pl.Int64, "now_ms": pl.Int64}, orient="row"),
        there.agg(pl.col("track_id").sort_by("position")),
    )


def _places(loading: Loading, table: str, lists: pl.DataFrame, named: str) -> pl.DataFrame:
    """Lists (an owner's primary key, and keys in order) as rows: owner, the primary key of what is named, position from 0.

    What is not there is left out and counted.
    """
    owner, keys = lists.columns
    found = f"{named.removesuffix('s')}_id"
    rows = lists.explode(keys).drop_nulls().with_columns(clean(pl.col(keys)))
    rows = loading.those(
        table, rows.with_columns(loading.ids(named, rows[keys]).alias(found)), pl.col(found).is_not_null()
    )
    return rows.select(owner, found, position=pl.int_range(pl.len()).over(owner))
