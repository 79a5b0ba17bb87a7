"""Who listens, what they said, and who made the music: what the sums of listens are joined with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC

import polars as pl

from segue.features.tags import canonical
from segue.web.insights.rollups.listening import Catalogue, day_of
from segue.web.insights.rollups.rows import AT_ONCE, all_rows, integers
from segue.web.listening.models import Listener
from segue.web.listening.zones import zone_named

_ABOUT = {
    "listener": pl.Int64, "account": pl.Boolean, "country": pl.String, "birth_year": pl.Int16, "gender": pl.String,
    "signed_up": pl.Date, "zone": pl.String,
}  # fmt: skip
_SAID = {"listener": "listener_id", "time_ms": "time_ms", "like": "CASE WHEN kind = 'like' THEN 1 ELSE 0 END",
         "dislike": "CASE WHEN kind IN ('dislike', 'never') THEN 1 ELSE 0 END"}  # fmt: skip


def listeners() -> pl.DataFrame:
    """Everybody: listener, account, country (upper case), birth_year, gender, signed_up, and the time zone they live by."""
    found = Listener.objects.order_by("pk").values_list(
        "pk", "user__date_joined", "country", "birth_year", "gender", "timezone"
    )
    frames, rows = [pl.DataFrame(schema=_ABOUT)], []
    for pk, joined, country, born, gender, zone in found.iterator(AT_ONCE):
        day = joined and joined.astimezone(UTC).date()
        rows.append((pk, joined is not None, country, born, gender, day, zone_named(zone, country or None).key))
        if len(rows) == AT_ONCE:
            frames.append(pl.DataFrame(rows, _ABOUT, orient="row"))
            rows = []
    frames.append(pl.DataFrame(rows, _ABOUT, orient="row"))
    return pl.concat(frames).with_columns(pl.col("country", "gender").replace("", None)).with_columns(
        pl.col("country").str.to_uppercase(), pl.col("zone").replace(_unknown_zones(frames))
    )  # fmt: skip


def _unknown_zones(frames: list[pl.DataFrame]) -> dict[str, str]:
    """Zones that Python knows and polars does not."""
    unknown = {}
    for zone in set().union(*(frame["zone"].unique().to_list() for frame in frames)):
        try:
            pl.select(pl.lit(0).cast(pl.Datetime("ms", "UTC")).dt.convert_time_zone(zone))
        except pl.exceptions.ComputeError:
            unknown[zone] = "UTC"
    return unknown


def said() -> Iterator[pl.DataFrame]:
    """Likes and dislikes that have a time: listener, day, likes, dislikes; of one listener and day perhaps in several rows."""
    for frame in integers(
        _SAID, "FROM listening_feedback WHERE time_ms IS NOT NULL AND kind IN ('like', 'dislike', 'never')"
    ):
        yield frame.group_by("listener", day_of(pl.col("time_ms"))).agg(
            likes=pl.col("like").sum(), dislikes=pl.col("dislike").sum()
        )


def catalogue() -> Catalogue:
    """Who made the tracks that there are."""
    credited = [frame.unique() for frame in integers({"track": "track_id", "artist": "artist_id"}, _MAIN)]
    artists = pl.concat([pl.DataFrame(schema={"track": pl.Int64, "artist": pl.Int64}), *credited]).unique()
    own = _genres("catalog_track").rename({"item": "track"})
    theirs = _genres("catalog_artist").join(artists, left_on="item", right_on="artist")
    borrowed = theirs.join(own, on="track", how="anti").select("track", "word")
    words = pl.concat([own.select("track", "word"), borrowed]).unique().rename({"track": "item"})
    spelt = canonical(words.with_columns(weight=pl.lit(1.0)))
    return Catalogue(artists, spelt.select(track="item", genre="word"))


_MAIN = "FROM catalog_credit WHERE NOT featured"


def _genres(table: str) -> pl.DataFrame:
    """Items that have genres: item, word; one row for each."""
    rows = all_rows(
        f"SELECT id, CAST(genres AS TEXT) FROM {table} WHERE genres IS NOT NULL",  # noqa: S608 - one of two names
        {"item": pl.Int64, "word": pl.String},
    )
    lists = rows.with_columns(pl.col("word").str.json_decode(pl.List(pl.String)))
    return lists.explode("word").drop_nulls("word")
