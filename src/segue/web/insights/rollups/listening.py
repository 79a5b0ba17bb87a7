"""What listens add up to. Each function takes all listens of some listeners; the sums over all of them come after."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from segue.library.sittings import PAUSE_MS

DAY_MS = 86_400_000
_SKIPPED = pl.col("skipped").fill_null(0) == 1
_SUMS = (
    pl.col("plays").sum().alias("listens"),
    pl.col("plays").filter(_SKIPPED).sum().alias("skips"),
    pl.col("listener").n_unique().cast(pl.Int64).alias("listeners"),
)


@dataclass(frozen=True)
class Catalogue:
    """Main artists of tracks (track, artist), and their genres, in one spelling each (track, genre)."""

    artists: pl.DataFrame
    genres: pl.DataFrame


@dataclass(frozen=True)
class Part:
    """All that some listeners heard.

    Attributes:
        all: their listens, with `day`; null without a time.
        timed: those with a time, by listener and then by time.
        by_artist: `timed` for each main artist of what was played, or the artist where no more is known: once each.
        catalogue: who made what.
    """

    all: pl.DataFrame
    timed: pl.DataFrame
    by_artist: pl.DataFrame
    catalogue: Catalogue

    @classmethod
    def of(cls, listens: pl.DataFrame, catalogue: Catalogue) -> Part:
        """From rows as `rows.listens` gives them."""
        told = listens.with_columns(day_of(pl.col("time_ms")))
        # Of those that begin at once, the longest last: the order, and so the sessions, do not hang on how the database lies.
        timed = told.drop_nulls("time_ms").sort("listener", "time_ms", "ms_played", nulls_last=False)
        return cls(told, timed, _by_artist(timed, catalogue), catalogue)


def day_of(time_ms: pl.Expr) -> pl.Expr:
    """The day (UTC) of a time, as `day`."""
    return (time_ms // DAY_MS).cast(pl.Int32).cast(pl.Date).alias("day")


def _week() -> pl.Expr:
    return pl.col("day").dt.truncate("1w").alias("week")


def _by_artist(listens: pl.DataFrame, catalogue: Catalogue) -> pl.DataFrame:
    known = listens.filter(pl.col("track").is_not_null()).drop("artist").join(catalogue.artists, on="track")
    others = listens.filter(pl.col("track").is_null() & pl.col("artist").is_not_null())
    return pl.concat([known.select(others.columns), others])


def heard(part: Part) -> pl.DataFrame:
    """Of each listener: first_day, last_day, listens."""
    return part.all.group_by("listener").agg(
        first_day=pl.col("day").min(), last_day=pl.col("day").max(), listens=pl.col("plays").sum()
    )


def days(part: Part, said: pl.DataFrame) -> pl.DataFrame:
    """Of each listener and day all that `Rollups.days` has; `said` is listener, day, likes, dislikes."""
    ended = pl.col("time_ms") + pl.col("ms_played").fill_null(0)
    begins = (pl.col("time_ms") - ended.shift(1) >= PAUSE_MS).over("listener").fill_null(value=True)
    played = part.timed.with_columns(begins=begins).group_by("listener", "day").agg(
        *_SUMS[:2],
        known=pl.col("plays").filter(pl.col("skipped").is_not_null()).sum(),
        ms_played=pl.col("ms_played").sum(),
        sessions=pl.col("begins").sum().cast(pl.Int64),
    )  # fmt: skip
    artists = part.by_artist.select("listener", "day", "artist").unique()
    before = _by_artist(part.all.filter(pl.col("time_ms").is_null()), part.catalogue).select("listener", "artist")
    new = (
        artists.group_by("listener", "artist")
        .agg(pl.col("day").min())
        .join(before, on=["listener", "artist"], how="anti")
    )
    on = ["listener", "day"]
    whole = (
        played.join(new.group_by(on).agg(new_artists=pl.len().cast(pl.Int64)), on=on, how="left")
        .join(artists.group_by(on).agg(artists=pl.len().cast(pl.Int64)), on=on, how="left")
        .join(said, on=on, how="full", coalesce=True)
    )
    return whole.with_columns(pl.exclude(on).fill_null(0)).sort("day", "listener")


def returns(days: pl.DataFrame) -> pl.DataFrame:
    """How many listeners came back on a day, after being away since the day before on which they listened: day, away, listeners."""
    active = days.filter(pl.col("listens") > 0).sort("listener", "day")
    away = (pl.col("day") - pl.col("day").shift(1).over("listener")).dt.total_days().alias("away")
    return active.select("day", away).drop_nulls().group_by("day", "away").agg(listeners=pl.len().cast(pl.Int64))


def track_weeks(part: Part) -> pl.DataFrame:
    """Of each week and track, sums that add up over listeners."""
    return part.timed.drop_nulls("track").group_by(_week(), "track").agg(_SUMS)


def artist_weeks(part: Part) -> pl.DataFrame:
    """Of each week and artist."""
    return part.by_artist.group_by(_week(), "artist").agg(_SUMS)


def genre_weeks(part: Part) -> pl.DataFrame:
    """Of each week and genre."""
    return part.timed.join(part.catalogue.genres, on="track").group_by(_week(), "genre").agg(_SUMS)


def hours(part: Part, zones: pl.DataFrame) -> pl.DataFrame:
    """Of each day and hour on the listeners' clocks; `zones` is listener, zone."""
    found = []
    zoned = part.timed.select("listener", "time_ms", "plays").join(zones, on="listener")
    for (zone,), some in zoned.partition_by("zone", as_dict=True).items():
        local = pl.from_epoch("time_ms", time_unit="ms").dt.replace_time_zone("UTC").dt.convert_time_zone(str(zone))
        found.append(some.select("listener", "plays", day=local.dt.date(), hour=local.dt.hour().cast(pl.Int64)))
    if not found:
        found = [pl.DataFrame(schema={"listener": pl.Int64, "plays": pl.Int64, "day": pl.Date, "hour": pl.Int64})]
    return pl.concat(found).group_by("day", "hour").agg(
        listens=pl.col("plays").sum(), listeners=pl.col("listener").n_unique().cast(pl.Int64)
    )  # fmt: skip
