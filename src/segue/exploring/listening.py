"""How and when people listen: over time, by hour and weekday, and what they skip."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from segue.errors import NotEnoughData
from segue.exploring.report import Recipe
from segue.exploring.shapes import Bars, Grid, Line, Lines, Shape, numbers
from segue.exploring.view import View
from segue.exploring.wording import percent, plural
from segue.library.tables import REPEATED_ID

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
EARLIEST_YEAR = 1995
"""An earlier time comes from a clock that did not know it: no service kept listens before."""
FEWEST_PLAYS = 100


def over_time(view: View) -> tuple[str, str, Shape]:
    """Plays by day, week or month: whichever gives the line some forty to four hundred points."""
    times = _times(view)
    first, last = times.min(), times.max()
    if not isinstance(first, datetime) or not isinstance(last, datetime) or (last - first).days < 2:
        raise NotEnoughData(f"all {view.signal} are from the same two days")
    span = (last - first).days
    every, name = ("1d", "day") if span <= 120 else ("1w", "week") if span <= 800 else ("1mo", "month")
    each = times.dt.truncate(every).alias("start").to_frame().group_by("start").len().sort("start")
    filled = _whole(each.upsample("start", every=every).with_columns(pl.col("len").fill_null(0)), first, last, every)
    counts = filled["len"].to_numpy()
    days = tuple(filled["start"].dt.strftime("%Y-%m-%d").to_list())
    unit = plural(view.wording.unit)
    best = int(counts.argmax())
    finding = (
        f"{len(times):,} {unit} from {first:%Y-%m-%d} to {last:%Y-%m-%d}, {percent_change(counts)}; the busiest {name} "
        f"began on {days[best]} with {counts[best]:,}, {counts[best] / counts.mean():.1f} times the mean."
    )
    return finding, f"{unit} a {name}", Lines((Line(unit, days, numbers(counts, 7)),), name, f"{unit} a {name}")


def _whole(periods: pl.DataFrame, first: datetime, last: datetime, every: str) -> pl.DataFrame:
    """Without a first or last period that is not whole: half a week looks like a fall."""
    day = timedelta(days=1)
    ends = periods["start"].dt.offset_by(every)
    whole = (periods["start"] > first - day) & (ends < last + day)
    return periods.filter(whole) if whole.sum() >= 3 else periods


def percent_change(counts: np.ndarray) -> str:
    """How the second half of a series compares with the first, in words."""
    first, second = counts[: len(counts) // 2].mean(), counts[-(len(counts) // 2) :].mean()
    change = second / first - 1 if first > 0 else 0.0
    if abs(change) < 0.05:
        return "about as many in the second half as in the first"
    return f"{percent(abs(change))} {'more' if change > 0 else 'fewer'} in the second half than in the first"


def week(view: View) -> tuple[str, str, Shape]:
    """Which share of all plays begins in each hour of the week (UTC)."""
    times = _times(view)
    if (times.dt.time() == datetime.min.time()).all():
        raise NotEnoughData("the times are dates without an hour")
    places = (times.dt.weekday().cast(pl.Int32) - 1) * 24 + times.dt.hour().cast(pl.Int32)
    shares = np.bincount(places.to_numpy(), minlength=7 * 24).reshape(7, 24) * 100 / len(times)
    day, hour = np.unravel_index(shares.argmax(), shares.shape)
    evening, weekend = shares[:, 18:].sum() / 100, shares[5:].sum() / 100
    finding = (
        f"The fullest hour is {DAYS[day]} at {hour}:00 UTC; {percent(evening)} of the {plural(view.wording.unit)} begin "
        f"after 18:00, and {percent(weekend)} at the weekend (two of seven days are 29%)."
    )
    rows = tuple(numbers(row, 3) for row in shares)
    hours = tuple(f"{number}:00" for number in range(24))
    return finding, f"% of {plural(view.wording.unit)}", Grid(DAYS, hours, rows, "hour (UTC)")


def skips(view: View) -> tuple[str, str, Shape]:
    """The share of plays that were skipped, genre by genre."""
    listens = view.library.listens.drop_nulls("skipped")
    if not listens["skipped"].any():
        raise NotEnoughData("no listen says that it was skipped")
    overall = float(listens["skipped"].mean())  # type: ignore[arg-type]
    text = f"{percent(overall)} of the plays are skipped"
    by_genre = _skips_by_genre(view, listens)
    if by_genre.height < 2:
        bars = Bars(("skipped", "played on"), numbers((100 * overall, 100 * (1 - overall)), 3), "what became of it")
        return f"{text}.", "% of plays", bars
    most, least = by_genre.row(0, named=True), by_genre.row(-1, named=True)
    finding = (
        f"{text}: most often {most['genre']} ({percent(most['share'])}), "
        f"least often {least['genre']} ({percent(least['share'])})."
    )
    bars = Bars(tuple(by_genre["genre"]), numbers(100 * by_genre["share"].to_numpy(), 3), "genre")
    return finding, "% of plays skipped", bars


def _skips_by_genre(view: View, listens: pl.DataFrame) -> pl.DataFrame:
    """`genre`, `share` of the fifteen most played genres, the most skipped first; a track counts for its first genre."""
    of_track = view.tracks.select(
        pl.col("track_id").cast(REPEATED_ID), genre=pl.col("genres").list.first().str.to_lowercase()
    ).drop_nulls()
    played = listens.join(of_track, on="track_id")
    each = played.group_by("genre").agg(pl.len().alias("plays"), pl.col("skipped").mean().alias("share"))
    known = each.filter(pl.col("plays") >= FEWEST_PLAYS).sort("plays", "genre", descending=[True, False]).head(15)
    return known.sort("share", "genre", descending=[True, False])


def _times(view: View) -> pl.Series:
    """When each play began, without times that cannot be. Raises `NotEnoughData` when none is known."""
    if view.signal == "playlists":
        raise NotEnoughData("playlists do not say when anything was played")
    known = getattr(view.library, view.signal)["time"].drop_nulls()
    if known.is_empty():
        raise NotEnoughData(f"the {view.signal} do not say when they were made" if view.signal == "feedback"
                            else "no listen says when it began")  # fmt: skip
    credible = known.filter((known.dt.year() >= EARLIEST_YEAR) & (known <= view.now))
    if credible.is_empty():
        raise NotEnoughData("no time is between 1995 and now")
    return credible


RECIPES = (
    Recipe("over-time", "Listening over time", over_time),
    Recipe("week", "The hours of the week", week),
    Recipe("skips", "What is skipped", skips),
)
