"""How the models stand: figures of snapshots, of quality, of drift and of sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl
from django.conf import settings

from segue.engine.snapshot import Manifest, Snapshots
from segue.errors import BadSnapshot, NotEnoughData
from segue.exploring.shapes import Bars, Table, numbers
from segue.exploring.wording import joined, named, percent
from segue.web.insights.base import LEAST_SEEN, Asked, Period
from segue.web.insights.figures.drift import LARGE, SMALL, Drift, by_chance, drift, psi
from segue.web.insights.figures.popularity import weeks_in
from segue.web.insights.figures.telling import Told, part_of, rolled, started
from segue.web.insights.nightly import details
from segue.web.insights.nightly.quality import DAYS, HEAVY, NEW_DAYS, K

SNAPSHOTS = 50
FEWEST_SHOWN = 1_000
"""Rates of what was shown less often are not compared in words."""
SAMPLED = 20_000
_LENGTHS = (10, 30, 100, 300, 1_000, 3_000, 10_000)

# -- snapshots -----------------------------------------------------------------------------------------------------------


def leaderboard() -> Told:
    """The snapshots, the best measured first."""
    snapshots = settings.HOME.snapshots
    found = _manifests(snapshots)
    if not found:
        raise NotEnoughData("there is no snapshot yet: train one first (segue train)")
    try:
        used = snapshots.current()
    except BadSnapshot:
        used = ""
    measured = sorted((one for one in found if _ndcg(one) is not None), key=lambda one: (-(_ndcg(one) or 0), one.name))
    rows = [_row(one, used) for one in (*measured, *(one for one in found if _ndcg(one) is None))]
    header = (
        "snapshot",
        "in use",
        "made",
        "model",
        "NDCG@20",
        "judged",
        "listeners",
        "items",
        "pairs",
        "learned until",
        "data",
    )
    return _placed(used, measured), "", Table(header, tuple(rows))


def _manifests(snapshots: Snapshots) -> list[Manifest]:
    """Those that can be read, the latest first."""
    found = []
    for name in snapshots.names()[:SNAPSHOTS]:
        try:
            found.append(snapshots.manifest(name))
        except BadSnapshot:
            continue
    return found


def _ndcg(one: Manifest) -> float | None:
    value = one.metrics.get("ndcg@20")
    return float(value) if isinstance(value, int | float) else None


def _row(one: Manifest, used: str) -> tuple[Any, ...]:
    until = datetime.fromtimestamp(one.until_ms / 1000, UTC).date().isoformat()
    counts = (one.counts.get(name) for name in ("listeners", "items", "pairs"))
    return (one.name, "yes" if one.name == used else "", one.created[:16].replace("T", " "), one.model, _ndcg(one),
            one.metrics.get("judged"), *counts, until, one.library)  # fmt: skip


def _placed(used: str, measured: Sequence[Manifest]) -> str:
    if not used:
        return "None of them is in use."
    place = next((place for place, one in enumerate(measured, 1) if one.name == used), None)
    if place is None:
        return f"{used} is in use; it was trained without being measured, so there is nothing to compare."
    best = _ndcg(measured[place - 1]) or 0
    rank = "the best" if place == 1 else f"number {place}"
    note = (
        "" if len({one.library for one in measured}) == 1 else " Numbers of different data are not strictly comparable."
    )
    return f"{used} is in use: {rank} of {len(measured)} measured, with an NDCG@20 of {best:.3f}.{note}"


# -- quality -------------------------------------------------------------------------------------------------------------

_KINDS = {"new": f"new (began in the last {NEW_DAYS} days)", "casual": "casual",
          "heavy": f"heavy ({HEAVY} plays or more in {NEW_DAYS} days)"}  # fmt: skip


def quality(by: str) -> Told:
    """Hit rate and NDCG of each segment, as the night's job measured them."""
    there = details.required()
    found, said = there.frame("quality"), there.said["quality"]
    told = found.filter(pl.col("by") == by)
    everybody = found.filter(pl.col("by") == "all").row(0, named=True)
    if not told.height:
        raise NotEnoughData(f"no {by} has {LEAST_SEEN} of the {said['listeners']:,} listeners that were asked about")
    some = pl.concat([told, found.filter(pl.col("by") == "all")])
    rows = tuple(
        (
            _KINDS.get(row["segment"], row["segment"]),
            row["listeners"],
            round(100 * row["hit_rate"], 1),
            round(row["ndcg"], 4),
        )
        for row in some.iter_rows(named=True)
    )
    ordered = told.sort("ndcg", "segment", descending=[True, False])
    best, worst = ordered.row(0, named=True), ordered.row(-1, named=True)
    finding = f"{started(named(best['segment']))} listeners are served best (NDCG@{K} {best['ndcg']:.3f})"
    if best is not worst and told.height > 1:
        finding += f", {named(worst['segment'])} ones worst ({worst['ndcg']:.3f})"
    return (
        f"{finding}; everybody, {everybody['ndcg']:.3f}. {_how(said)}",
        "",
        Table(("listeners", "asked about", f"hit rate, % of pages of {K}", f"NDCG@{K}"), rows),
    )


def _how(said: Mapping[str, Any]) -> str:
    how = f"Asked of {said['snapshot']} as of {said['from'][:10]}, judged by tracks new to them in the {DAYS} days that followed."
    return (
        f"{how} It has learned from that week, so read these as a comparison of groups, not as forecasts."
        if said["seen"]
        else how
    )


# -- drift ---------------------------------------------------------------------------------------------------------------


def inputs(asked: Asked) -> Told:
    """The stability index of genres, countries, hours and lengths of histories."""
    now, before = asked.period, asked.before or asked.period.before()
    of = {"genres": _genres, "countries": _countries, "hours of the day": _hours, "lengths of histories": _lengths}
    found: dict[str, Drift] = {}
    for name, counts in of.items():
        one = drift(counts(before), counts(now))
        if one is not None:
            found[name] = one
    if not found:
        raise NotEnoughData(
            f"nothing was played in one of the two periods, {before.first} to {before.last} and {now.first} to {now.last}"
        )
    rows = tuple(
        (name, round(one.index, 4), round(one.by_chance, 4), one.verdict, one.grew, one.fell)
        for name, one in found.items()
    )
    moved = [name for name, one in found.items() if one.verdict != "steady"]
    what = f"{started(joined(moved))} moved" if moved else "Nothing moved to speak of"
    most, index = max(((name, one.index) for name, one in found.items()), key=lambda one: one[1])
    finding = (
        f"{what}; the largest index is that of {most}, {index:.3f}. Below {SMALL} nothing changed to speak of, above {LARGE}"
        " much did (Siddiqi 2006), where it is more than chance explains (Yurdakul 2018)."
    )
    return finding, "", Table(("what", "stability index", "by chance, 95%", "verdict", "grew most", "fell most"), rows)


def scores() -> Told:
    """How the scores of pages moved: the same engine, asked with histories of four weeks apart."""
    said = details.required().said.get("quality", {})
    if "lack" in said:
        raise NotEnoughData(said["lack"])
    moved = said.get("scores")
    if not moved:
        raise NotEnoughData(f"too few listeners have histories that began more than {NEW_DAYS} days before")
    before, now = np.array(moved["before"]), np.array(moved["now"])
    index, chance = psi(before, now), by_chance(len(before), before.sum(), now.sum())
    labels = ("lowest", *(f"≥ {edge:.2g}" for edge in moved["edges"]))
    verdict = "are steady" if index < SMALL or index <= chance else "have moved" if index < LARGE else "have moved much"
    finding = (
        f"Scores {verdict}: stability index {index:.3f}, where chance alone stays below {chance:.3f}. Bars of"
        f" {100 / len(before):.0f}% would be no change at all."
    )
    return (
        finding,
        "% of places now, in each tenth of scores then",
        Bars(labels, numbers(100 * now / now.sum(), 3), "score", ordered=True),
    )


def _genres(period: Period) -> dict[str, float]:
    try:
        weeks = weeks_in(period)
    except NotEnoughData:
        return {}
    return _summed(weeks.of(rolled().genre_weeks), "genre", "listens")


def _countries(period: Period) -> dict[str, float]:
    """Listeners who played, by country; of too few, none."""
    people = _played(period).select("listener").unique().join(rolled().listeners, on="listener")
    counts = people.drop_nulls("country").group_by("country").agg(pl.len().alias("listeners"))
    return {name: number for name, number in counts.collect().iter_rows() if number >= LEAST_SEEN}


def _hours(period: Period) -> dict[str, float]:
    days = rolled().hours.filter(pl.col("day").is_between(period.first, period.last))
    return {f"{hour} o'clock": listens for hour, listens in _summed(days, "hour", "listens").items()}


def _lengths(period: Period) -> dict[str, float]:
    """Those who played, by how much they had ever played until then."""
    day, listens = pl.col("day"), pl.col("listens")
    playing = (day.is_between(period.first, period.last) & (listens > 0)).any()
    until = (
        rolled()
        .days.filter(_asked_about(), day <= period.last)
        .group_by("listener")
        .agg(listens.sum(), playing=playing)
    )
    plays = until.filter("playing").select("listens").collect()["listens"].to_numpy()
    counts = np.bincount(np.searchsorted(_LENGTHS, plays, side="right"), minlength=len(_LENGTHS) + 1)
    names = ["fewer than 10 plays", *(f"{length:,} plays or more" for length in _LENGTHS)]
    return {name: int(number) for name, number in zip(names, counts, strict=True) if number >= LEAST_SEEN}


def _asked_about() -> pl.Expr:
    """Some 20,000 listeners, or all where they are fewer: what chance does is then by their number."""
    everybody = rolled().listeners.select(pl.len()).collect().item()
    return pl.col("listener") % max(1, everybody // SAMPLED) == 0


def _played(period: Period) -> pl.LazyFrame:
    return rolled().days.filter(
        _asked_about(), pl.col("day").is_between(period.first, period.last), pl.col("listens") > 0
    )


def _summed(frame: pl.LazyFrame, by: str, what: str) -> dict[Any, float]:
    return dict(frame.group_by(by).agg(pl.col(what).sum()).collect().iter_rows())


# -- sources -------------------------------------------------------------------------------------------------------------


def sources(asked: Asked) -> Told:
    """What each source has of all places, and how much of what was played of it was listened through."""
    days = rolled().shelf_days.filter(pl.col("day").is_between(asked.period.first, asked.period.last))
    sums = (pl.col(name).sum() for name in ("shown", "played", "through", "liked"))
    found = days.group_by("source").agg(sums).sort("shown", "source", descending=[True, False]).collect()
    shown = found["shown"].sum()
    if not shown:
        raise NotEnoughData(f"nothing was recommended from {asked.period.first} to {asked.period.last}")
    rows = tuple(
        (source, n, round(100 * n / shown, 1), round(100 * played / n, 2), part_of(through, played), liked)
        for source, n, played, through, liked in found.iter_rows() if n
    )  # fmt: skip
    finding = f"{named(rows[0][0])} fills {percent(rows[0][1] / shown)} of all places"
    compared = [row for row in rows if row[1] >= FEWEST_SHOWN]
    if len(compared) > 1:
        best = max(compared, key=lambda row: row[3])
        finding += f"; what {named(best[0])} proposes is played most often ({best[3]:g}%)"
    header = ("source", "shown", "% of places", "% played", "% of that through", "likes")
    return f"{finding}.", "", Table(header, rows)
