"""What comes of what is recommended, by shelf and by source."""

from __future__ import annotations

import polars as pl

from segue.exploring.report import Figure, LeftOut
from segue.exploring.shapes import Bars, Table
from segue.exploring.wording import percent
from segue.web.insights.base import Asked, Period
from segue.web.insights.figures.activity import share, within
from segue.web.insights.rollups import Rollups

SHOWN = 15
FEWEST_SHOWN = 100
"""Of fewer tracks shown, a share says nothing."""
_SUMMED = ("shown", "played", "through", "skipped", "liked", "disliked")
_NAMES = {"surface": "shelf", "source": "source"}


def came_of(rollups: Rollups, asked: Asked, by: str) -> list[Figure | LeftOut]:
    """Click-through of each, and all there is to know of it; `by` is "surface" or "source"."""
    title = f"Click-through by {_NAMES[by]}"
    now = _sums(rollups, asked.period, by)
    if now.is_empty():
        return [LeftOut(f"{by}-clicks", title, "nothing was recommended in this time")]
    before = None if asked.before is None else _sums(rollups, asked.before, by)
    return [_clicks(now, before, by, title), _all(now, before, by)]


def _sums(rollups: Rollups, period: Period, by: str) -> pl.DataFrame:
    found = rollups.shelf_days.filter(within(period)).group_by(by).agg(pl.col(_SUMMED).sum())
    return found.sort("shown", by, descending=[True, False]).collect()


def _clicks(now: pl.DataFrame, before: pl.DataFrame | None, by: str, title: str) -> Figure | LeftOut:
    many = now.filter(pl.col("shown") >= FEWEST_SHOWN).with_columns(rate=100 * pl.col("played") / pl.col("shown"))
    if many.is_empty():
        return LeftOut(f"{by}-clicks", title, f"fewer than {FEWEST_SHOWN} tracks were shown by each {_NAMES[by]}")
    shown = many.sort("rate", descending=True).head(SHOWN)
    rate = _rate(now) or 0.0
    was = None if before is None else _rate(before)
    compared = "" if was is None else f" ({percent(was)} before)"
    finding = f"Of all tracks shown, {percent(rate)} were played{compared}; most of those by {shown[by][0]}."
    return Figure(f"{by}-clicks", title, finding, "% of tracks shown",
                  Bars(tuple(shown[by]), tuple(shown["rate"].round(2)), _NAMES[by]))  # fmt: skip


def _rate(sums: pl.DataFrame) -> float | None:
    return share(int(sums["played"].sum()), int(sums["shown"].sum()))


def _all(now: pl.DataFrame, before: pl.DataFrame | None, by: str) -> Figure:
    was = (
        {} if before is None else {row[by]: share(row["played"], row["shown"]) for row in before.iter_rows(named=True)}
    )
    rows = []
    for row in now.iter_rows(named=True):
        parts = (share(row["played"], row["shown"]), was.get(row[by]), share(row["through"], row["played"]))
        rows.append((row[by], row["shown"], row["played"], *(one and round(100 * one, 2) for one in parts), row["skipped"],
                     row["liked"], row["disliked"]))  # fmt: skip
    finding = (
        "Played are tracks that were begun from there; listened through, those of them that were not skipped. Whatever comes of"
        " a page counts on the day it was shown."
    )
    header = (
        _NAMES[by],
        "shown",
        "played",
        "click-through %",
        "before %",
        "listen-through %",
        "skipped",
        "liked",
        "disliked",
    )
    return Figure(f"{by}-all", f"What came of it, by {_NAMES[by]}", finding, "tracks", Table(header, tuple(rows)))
