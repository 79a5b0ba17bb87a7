"""Who gets the places: figures of fairness, and of how new listeners and new tracks begin."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from segue.errors import NotEnoughData
from segue.exploring.shapes import Line, Lines, Table, numbers
from segue.exploring.wording import counted, percent, verb
from segue.web.insights.base import LEAST_SEEN, Asked, Number, Numbers
from segue.web.insights.figures import fairness
from segue.web.insights.figures.popularity import Weeks, weeks_in
from segue.web.insights.figures.telling import Told, ordinal, part_of, rolled
from segue.web.insights.nightly import details
from segue.web.insights.nightly.starts import WITHIN

NEW_TRACK = timedelta(days=90)


def by_popularity(asked: Asked) -> Told:
    """Exposure beside listening, by tenths of popularity before the period."""
    weeks = weeks_in(asked.period)
    earlier = (
        rolled()
        .track_weeks.filter(pl.col("week") < weeks.first)
        .group_by("track")
        .agg(pl.col("listens").sum())
        .collect()
    )
    if earlier.height < 10:
        raise NotEnoughData(f"popularity is that of the time before {weeks.first}, and hardly anything was played then")
    groups = fairness.by_popularity(earlier, *_both(weeks), details.required().frame("tracks"))
    first = groups[0]
    finding = (
        f"The most popular tenth gets {percent(first.exposure)} of exposure and {percent(first.listening)} of listening;"
        f" {percent(fairness.gap(groups))} of exposure would have to move for both to agree (Singh and Joachims 2018)."
    )
    labels = tuple("new" if one.name == fairness.UNPLAYED else ordinal(int(one.name)) for one in groups)
    shares = {"exposure": [one.exposure for one in groups], "listening": [one.listening for one in groups]}
    lines = tuple(Line(name, labels, numbers([100 * one for one in some], 3)) for name, some in shares.items())
    return (
        finding,
        "",
        Lines(lines, "tenth by plays before, or new", "% of all"),
    )


def by_country(asked: Asked) -> Told:
    """Exposure beside listening, by the country of the first artist."""
    groups = fairness.by_country(*_both(weeks_in(asked.period)), details.required().frame("tracks"))
    told = [one for one in groups if one.ratio is not None and one.name not in (fairness.UNKNOWN, "others")]
    if not told:
        raise NotEnoughData("the countries of the artists that were played are not known")
    most, least = max(told, key=lambda one: one.ratio or 0), min(told, key=lambda one: one.ratio or 0)
    finding = (
        f"{most.name} gets {most.ratio:.2f} times the exposure that its listening would give it, {least.name} {least.ratio:.2f};"
        f" {percent(fairness.gap(groups))} of exposure would have to move."
    )
    rows = tuple(
        (one.name, one.tracks, *map(_rounded, (100 * one.exposure, 100 * one.listening, one.ratio))) for one in groups
    )
    return finding, "", Table(("country", "tracks", "% of exposure", "% of listening", "exposure by listening"), rows)


def _both(weeks: Weeks) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What was played and what was shown. Raises `NotEnoughData` where either is nothing."""
    shown = (
        weeks.of(details.required().frame("shown_tracks").lazy())
        .group_by("track")
        .agg(pl.col("weight").sum())
        .collect()
    )
    played = weeks.of(rolled().track_weeks).group_by("track").agg(pl.col("listens").sum()).collect()
    if not shown.height or not played.height:
        what = "recommended" if not shown.height else "played"
        raise NotEnoughData(f"nothing was {what} from {weeks.first} to {weeks.last + timedelta(days=6)}")
    return played, shown


def new_listeners(asked: Asked) -> Told:
    """How many of those who began played something recommended within a day, a week and four weeks."""
    found = details.required().frame("starts")
    sums: list[dict[str, int]] = []
    for period in (asked.period, asked.before or asked.period.before()):
        some = weeks_in(period).of(found.lazy()).select(pl.exclude("week").sum()).collect()
        sums.append(some.row(0, named=True))
    now, before = sums
    if now["newcomers"] < LEAST_SEEN:
        raise NotEnoughData(f"fewer than {LEAST_SEEN} listeners began in the whole weeks of this period")
    compared = asked.before is not None and before["newcomers"] >= LEAST_SEEN
    beside = [Number("Began", now["newcomers"], before["newcomers"] if compared else None, better=1)]
    for days in WITHIN:
        name = f"Played something recommended within {counted(days, 'day')}"
        shares = [one[f"within_{days}"] / max(one["newcomers"], 1) for one in sums]
        beside.append(Number(name, shares[0], shares[1] if compared else None, percent=True, better=1))
    share = percent(now["within_7"] / now["newcomers"])
    finding = f"{share} of {now['newcomers']:,} who began played something recommended in their first week."
    return finding, "", Numbers(tuple(beside))


def new_tracks(asked: Asked) -> Told:
    """How new tracks get their plays, beside the others."""
    weeks = weeks_in(asked.period)
    found = _by_age(weeks)
    new = found.get("new")
    if new is None:
        raise NotEnoughData(f"no track came out in the {NEW_TRACK.days} days before {weeks.last}")
    rows = tuple(
        (name, one["tracks"], part_of(one["offered"], one["tracks"]), part_of(one["heard"], one["tracks"]), one["listens"],
         part_of(one["by_us"], one["listens"]))
        for name in ("new", "others") if (one := found.get(name))
    )  # fmt: skip
    offered, heard = (f"{new[of]:,} {verb(new[of], 'was', 'were')}" for of in ("offered", "heard"))
    out = f"{counted(new['tracks'], 'track')} that came out in the {NEW_TRACK.days} days before"
    finding = f"Of {out}, {offered} recommended to somebody and {heard} played."
    header = ("tracks", "how many", "% recommended", "% played", "plays", "% of plays by recommendation")
    return finding, "", Table(header, rows)


def _by_age(weeks: Weeks) -> dict[str, dict[str, int]]:
    """Sums over new tracks, and over all others that were out."""
    there = details.required()
    played = weeks.of(rolled().track_weeks).group_by("track").agg(pl.col("listens").sum())
    shown = (
        weeks.of(there.frame("shown_tracks").lazy())
        .group_by("track")
        .agg(pl.col("shown").sum(), by_us=pl.col("played").sum())
    )
    out = pl.col("released").is_null() | (pl.col("released") <= weeks.last + timedelta(days=6))
    tracks = (
        there.frame("tracks")
        .lazy()
        .filter(out)
        .join(played, on="track", how="left")
        .join(shown, on="track", how="left")
    )
    sums = (
        pl.len().alias("tracks"), (pl.col("shown") > 0).sum().alias("offered"), (pl.col("listens") > 0).sum().alias("heard"),
        pl.col("listens").sum(), pl.col("by_us").sum(),
    )  # fmt: skip
    kind = pl.when(_since(weeks.last)).then(pl.lit("new")).otherwise(pl.lit("others")).alias("kind")
    return {row["kind"]: row for row in tracks.group_by(kind).agg(sums).collect().iter_rows(named=True)}


def _since(last: date) -> pl.Expr:
    return (pl.col("released") > last - NEW_TRACK).fill_null(value=False)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
