"""What the catalogue states of tracks, typed and in one row each, and who plays with whom."""

from __future__ import annotations

import polars as pl

from segue.library.library import Library
from segue.library.tables import TRACK_KINDS

LENGTH_CLASSES = ("short", "usual", "long", "very long")
# Where each class ends, in ms: most of what is on record lasts between two and a half and four and a half minutes.
_CLASS_ENDS = (150_000, 270_000, 480_000)
# More artists than these on one track did not all play together: it is a compilation, or a cast.
_MOST_TOGETHER = 20

_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "track_id": pl.String,
    "year": pl.Int16,
    "decade": pl.Int16,
    "length_class": pl.Enum(LENGTH_CLASSES),
    "length_score": pl.Float32,
    "label": pl.String,
    "language": pl.String,
    "kind": pl.Enum(TRACK_KINDS),
    "explicit": pl.Boolean,
    "popularity": pl.Float32,
    "credited_artist_ids": pl.List(pl.String),
}
FACTS = pl.Schema(_COLUMNS)


def track_facts(library: Library) -> pl.DataFrame:
    """What is stated of each track, in the order of the catalogue, columns of `FACTS`; null where nothing is.

    - `year` and `decade` (1980 for 1980 to 1989): of the track's date, else of its release's.
    - `length_class`: short below 2:30, usual below 4:30, long below 8:00. `length_score`: the standard score of ln(length)
      over the tracks whose length is known; 0 where all are the same.
    - `label`: of the release. `language`, `kind`, `explicit`, `popularity`: as the catalogue has them.
    - `credited_artist_ids`: its artists and then its guests, each once.
    """
    releases = library.releases.select("release_id", "label", release_date="date")
    known = library.tracks.join(releases, on="release_id", how="left", maintain_order="left")
    year = pl.coalesce("date", "release_date").dt.year()
    length = pl.when(pl.col("duration_ms") > 0).then(pl.col("duration_ms"))
    facts = known.select(
        "track_id",
        year.cast(pl.Int16).alias("year"),
        (year // 10 * 10).cast(pl.Int16).alias("decade"),
        _length_class(length).alias("length_class"),
        _standard_score(length.log()).alias("length_score"),
        "label",
        "language",
        "kind",
        "explicit",
        "popularity",
        _credited().alias("credited_artist_ids"),
    )
    return facts.cast(FACTS)


def collaborations(library: Library) -> pl.DataFrame:
    """Who plays with whom: `artist_id`, `other_artist_id` and `tracks`, on how many both are credited.

    Both directions stand, sorted by artist, then most tracks first. Artists that `relations` says are members of each other
    or collaborate, and who share no track, have 0. Tracks that credit more than 20 artists are left out.
    """
    credited = library.tracks.select(artist_id=_credited())
    credited = credited.filter(pl.col("artist_id").list.len().is_between(2, _MOST_TOGETHER)).with_row_index("track")
    each = credited.explode("artist_id")
    together = each.join(each.rename({"artist_id": "other_artist_id"}), on="track").select(
        "artist_id", "other_artist_id", tracks=pl.lit(1, dtype=pl.Int32)
    )
    said = library.relations.filter(pl.col("kind").is_in(["member", "collaboration"]))
    stated = [
        said.select(artist_id=one, other_artist_id=other, tracks=pl.lit(0, dtype=pl.Int32))
        for one, other in (("artist_id", "other_artist_id"), ("other_artist_id", "artist_id"))
    ]
    return (
        pl.concat([together, *stated])
        .filter(pl.col("artist_id") != pl.col("other_artist_id"))
        .group_by("artist_id", "other_artist_id")
        .agg(pl.col("tracks").sum())
        .sort("artist_id", "tracks", "other_artist_id", descending=[False, True, False])
    )


def _credited() -> pl.Expr:
    both = pl.concat_list(pl.col("artist_ids").fill_null([]), pl.col("featured_artist_ids").fill_null([]))
    each = both.list.drop_nulls().list.unique(maintain_order=True)
    return pl.when(each.list.len() > 0).then(each)


def _length_class(length: pl.Expr) -> pl.Expr:
    found: pl.Expr = pl.when(length.is_not_null()).then(pl.lit(LENGTH_CLASSES[-1]))
    for name, end in reversed(list(zip(LENGTH_CLASSES, _CLASS_ENDS, strict=False))):
        found = pl.when(length < end).then(pl.lit(name)).otherwise(found)
    return found


def _standard_score(value: pl.Expr) -> pl.Expr:
    spread = value.std(ddof=0)
    return pl.when(spread > 0).then((value - value.mean()) / spread).when(value.is_not_null()).then(0.0)
