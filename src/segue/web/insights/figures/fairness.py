"""Who gets the places: what is shown beside what is played, by popularity and by the country of the artist.

Exposure of a place is 1 / log2(1 + rank); fair is exposure in proportion to merit, for which listening stands here (Singh &
Joachims, Fairness of exposure in rankings, KDD 2018, sec. 3 and 4.2). The gap is half the sum of the absolute differences of
shares: the share of exposure that would have to move.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

UNPLAYED = "not played before"
UNKNOWN = "not known"
MOST = 12


@dataclass(frozen=True)
class Group:
    """Some tracks: how many, and their shares of all exposure and of all listening."""

    name: str
    tracks: int
    exposure: float
    listening: float

    @property
    def ratio(self) -> float | None:
        """Exposure by listening: 1 is in proportion; None where nobody listened."""
        return self.exposure / self.listening if self.listening else None


def gap(groups: Sequence[Group]) -> float:
    """The share of exposure that would have to move, 0 to 1."""
    return sum(abs(one.exposure - one.listening) for one in groups) / 2


def by_popularity(
    earlier: pl.DataFrame, played: pl.DataFrame, shown: pl.DataFrame, tracks: pl.DataFrame
) -> list[Group]:
    """By tenths of the tracks that were played before (`earlier`: track, listens), the most played tenth first; then the others."""
    ranked = earlier.sort("listens", "track", descending=[True, False]).with_columns(
        tenth=pl.int_range(pl.len()) * 10 // pl.len()
    )
    labelled = (
        tracks.select("track")
        .join(ranked.select("track", "tenth"), on="track", how="left")
        .with_columns(
            group=pl.when(pl.col("tenth").is_null())
            .then(pl.lit(UNPLAYED))
            .otherwise(pl.col("tenth").replace_strict(_TENTHS))
        )
    )
    found = {one.name: one for one in _groups(labelled, played, shown)}
    return [found[name] for name in (*_TENTHS.values(), UNPLAYED) if name in found]


def by_country(played: pl.DataFrame, shown: pl.DataFrame, tracks: pl.DataFrame) -> list[Group]:
    """By the country of the first artist: those with the most listening, then the others together."""
    known = tracks.select("track", group=pl.col("country").fill_null(UNKNOWN))
    groups = sorted(_groups(known, played, shown), key=lambda one: (-one.listening, -one.exposure, one.name))
    rest = groups[MOST:]
    if not rest:
        return groups
    others = Group(
        "others", sum(one.tracks for one in rest), sum(one.exposure for one in rest), sum(one.listening for one in rest)
    )
    return [*groups[:MOST], others]


_TENTHS: dict[int, str] = {n: f"{n + 1}" for n in range(10)}


def _groups(labelled: pl.DataFrame, played: pl.DataFrame, shown: pl.DataFrame) -> list[Group]:
    """`labelled` is track, group; `played` track, listens; `shown` track, weight."""
    joined = labelled.join(played.select("track", "listens"), on="track", how="left").join(
        shown.select("track", "weight"), on="track", how="left"
    )
    sums = joined.group_by("group").agg(pl.len(), pl.col("weight").sum(), pl.col("listens").sum())
    weight, listens = float(sums["weight"].sum()), float(sums["listens"].sum())
    return [
        Group(name, tracks, exposure / weight if weight else 0.0, plays / listens if listens else 0.0)
        for name, tracks, exposure, plays in sums.iter_rows()
    ]
