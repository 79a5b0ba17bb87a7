"""The catalogue as it is listened to: what is popular, how long the tail is, what nobody plays, and what is wrong with the data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache, partial
from typing import Any

import polars as pl
from django.urls import reverse

from segue.errors import NotEnoughData
from segue.exploring.report import Figure, LeftOut, Section
from segue.exploring.shapes import Bars, Lines, Table
from segue.exploring.wording import counted, joined, named, percent, plural, verb
from segue.web.catalog.models import Artist
from segue.web.insights.base import Asked, Board, Linked, Number, Numbers, section
from segue.web.insights.figures.popularity import (
    Weeks,
    lorenz,
    moved,
    of_names,
    share_of_top,
    totals,
    unevenness,
    weeks_in,
)  # fmt: skip
from segue.web.insights.figures.telling import Told, change, enough, figure, rolled
from segue.web.insights.nightly import details, problems
from segue.web.insights.rollups import Rollups

TOP = 50
SAMPLE = 30
NEW = timedelta(days=90)
"""What came out no longer ago is new."""


def make(asked: Asked) -> Sequence[Section]:
    """All of it; each figure by itself, so that what one lacks is not lacking in others."""
    return [
        section("popular", "Most popular", [_popular(asked, of) for of in ("genre", "artist", "track")]),
        section("tail", "The long tail", [
            figure("tail", "How uneven it is", partial(_tail, asked)),
            figure("lorenz", "Who has how much of it", partial(_lorenz, asked)),
            figure("coverage", "How much of the catalogue is heard", partial(_coverage, asked)),
        ]),
        section("moving", "Rising and falling", [
            figure(f"{way}-{plural(of)}", f"{way.capitalize()} {plural(of)}", partial(_moving, asked, of, rising=way == "rising"))
            for of in ("track", "artist") for way in ("rising", "falling")
        ]),
        section("unplayed", "Never played", [figure("never-played", "Tracks that nobody has played", partial(_unplayed, asked))]),
        section("problems", "Data problems", [
            figure("problems", "How many of each", _problems),
            figure("problem-samples", "Some of each", _problem_samples),
        ]),
    ]  # fmt: skip


# -- popular -------------------------------------------------------------------------------------------------------------


def _popular(asked: Asked, of: str) -> Figure | LeftOut:
    return figure(f"popular-{plural(of)}", f"{plural(of).capitalize()}", partial(_most_played, asked, of))


def _weeks(asked: Asked) -> tuple[Weeks, Weeks | None]:
    """The whole weeks of the period, and as many right before them, where it is compared."""
    now = weeks_in(asked.period)
    if asked.before is None:
        return now, None
    return now, Weeks(now.first - timedelta(weeks=now.number), now.first - timedelta(weeks=1))


def _totals(of: str, weeks: Weeks) -> pl.DataFrame:
    return _added_up(rolled(), of, weeks)


@lru_cache(maxsize=6)
def _added_up(there: Rollups, of: str, weeks: Weeks) -> pl.DataFrame:
    """Most figures of a page are made of the same sums."""
    return totals(getattr(there, f"{of}_weeks"), of, weeks)


def _played(of: str, weeks: Weeks) -> pl.DataFrame:
    found = _totals(of, weeks)
    if not found.height or not found["listens"].sum():
        raise NotEnoughData(f"nothing was played from {weeks.first} to {weeks.last + timedelta(days=6)}")
    return found


def _most_played(asked: Asked, of: str) -> Told:
    now, earlier = _weeks(asked)
    found = _played(of, now)
    before = dict(_totals(of, earlier).select(of, "listens").iter_rows()) if earlier else {}
    names = _names(of, found[of].head(TOP).to_list())
    rows = tuple(
        (*names[one], listens, change(listens, before.get(one)), enough(most, round(reach / now.number)))
        for one, listens, reach, most in found.head(TOP).iter_rows() if one in names
    )  # fmt: skip
    if not rows:
        raise NotEnoughData("what it is of was taken out of the catalogue since: the next numbers know")
    share = sum(row[-3] for row in rows) / found["listens"].sum()
    plays = f"{rows[0][-3]:,} plays in {counted(now.number, 'whole week')} from {now.first}"
    first = f"{counted(len(rows), of)} {verb(len(rows), 'has', 'have')} {percent(share)}"
    finding = f"{named(str(rows[0][0]))} comes first with {plays}; the first {first}"
    header = ("track", "artist") if of == "track" else (of,)
    return f"{finding} of all.", "", Table((*header, "plays", "change, %", "listeners a week"), rows)


def _names(of: str, ids: Sequence[int]) -> dict[object, tuple[str, ...]]:
    """The first cells of a row: a name with its page."""
    if of == "genre":
        return {one: (Linked.to(str(one), reverse("genre", args=[str(one)])),) for one in ids if one}
    if of == "artist":
        artists = Artist.objects.filter(pk__in=ids).values_list("pk", "key", "name")
        return {pk: (Linked.to(name, reverse("artist", args=[key])),) for pk, key, name in artists}
    found = problems.named(ids).items()
    return {pk: (Linked.to(title, reverse("track", args=[key])), artist) for pk, (key, title, artist) in found}


# -- the tail ------------------------------------------------------------------------------------------------------------


def _tail(asked: Asked) -> Told:
    now, earlier = _weeks(asked)
    some, told = [], []
    for of in ("track", "artist"):
        listens = _played(of, now)["listens"].to_numpy()
        old = _totals(of, earlier)["listens"].to_numpy() if earlier else None
        old = old if old is not None and old.sum() else None
        some.append(Number(f"Gini of {plural(of)}", unevenness(listens), None if old is None else unevenness(old)))
        top = share_of_top(listens)
        some.append(
            Number(
                f"Plays of the top 1% of {plural(of)}", top, None if old is None else share_of_top(old), percent=True
            )
        )
        told.append(f"the most played hundredth of {plural(of)} takes {percent(top)}")
    return f"Of all plays, {joined(told)}.", "", Numbers(tuple(some))


def _lorenz(asked: Asked) -> Told:
    now, _ = _weeks(asked)
    listens = {of: _played(of, now)["listens"].to_numpy() for of in ("track", "artist")}
    lines = tuple(lorenz(plural(of), some) for of, some in listens.items())
    gini = [f"{unevenness(some):.2f} for {plural(of)}" for of, some in listens.items()]
    finding = f"The further from the straight line, the more uneven: Gini {joined(gini)} (0 all alike, 1 one has all)."
    return finding, "", Lines(lines, "% of what was played, least played first", "% of plays", diagonal=True)


def _coverage(asked: Asked) -> Told:
    now, earlier = _weeks(asked)
    there = details.required()
    tracks, artists = there.frame("tracks").height, there.said["catalogue"]["artists"]
    spans = [now] if earlier is None else [now, earlier]
    played = [_totals("track", weeks).height / tracks for weeks in spans]
    by = [_totals("artist", weeks).height / max(artists, 1) for weeks in spans]
    some = [_beside("Tracks played", played), _beside("Artists played", by)]
    finding = f"{percent(played[0])} of {counted(tracks, 'track')} were played"
    try:
        shown = there.frame("shown_tracks").lazy()
    except NotEnoughData:
        return f"{finding}; none were recommended yet.", "", Numbers(tuple(some))
    offered = [weeks.of(shown).select(pl.col("track").n_unique()).collect().item() / tracks for weeks in spans]
    some.append(_beside("Tracks recommended", offered))
    return f"{finding}, and {percent(offered[0])} were recommended to somebody.", "", Numbers(tuple(some))


def _beside(name: str, values: Sequence[float]) -> Number:
    return Number(name, values[0], values[1] if len(values) > 1 else None, percent=True, better=1)


# -- moving --------------------------------------------------------------------------------------------------------------


def _moving(asked: Asked, of: str, *, rising: bool) -> Told:
    now, earlier = _weeks(asked)
    earlier = earlier or Weeks(now.first - timedelta(weeks=now.number), now.first - timedelta(weeks=1))
    found = moved(_played(of, now), _totals(of, earlier), of)
    some = found.filter(pl.col("change") > 1 if rising else pl.col("change") < 1)
    way = "rose" if rising else "fell"
    if not some.height:
        raise NotEnoughData(
            f"no {of} {way} by more than chance explains, against the {counted(earlier.number, 'week')} before"
        )
    some = some.sort("change", of, descending=[rising, False])
    names = _names(of, of_names(some, of, TOP))
    rows = tuple((*names[row[of]], *_movement(row)) for row in some.head(TOP).iter_rows(named=True) if row[of] in names)
    if not rows:
        raise NotEnoughData("what it is of was taken out of the catalogue since: the next numbers know")
    how = "where it had none before" if rows[0][-2] is None else f"to {rows[0][-2]:g} times its share of listeners"
    finding = (
        f"{counted(some.height, of)} {way} by more than chance, {named(str(rows[0][0]))} most ({how}). Of all that is listed, 5% at"
        " most may be chance (Benjamini and Hochberg 1995)."
    )
    header = ("track", "artist") if of == "track" else (of,)
    return finding, "", Table((*header, "listener-weeks", "before", "times its share", "p"), rows)


def _movement(row: dict[str, Any]) -> tuple[int | float | None, ...]:
    ratio = round(row["change"], 2) if row["before"] else None
    return enough(row["reach"]), enough(row["before"]), ratio, float(f"{row['p']:.2g}")


# -- never played --------------------------------------------------------------------------------------------------------


def _unplayed(asked: Asked) -> Told:
    there = details.required().frame("tracks").lazy()
    played = rolled().track_weeks.select("track").unique()
    never = there.join(played, on="track", how="anti").collect()
    number = there.select(pl.len()).collect().item()
    if not never.height:
        raise NotEnoughData(f"every one of {counted(number, 'track')} was played")
    new = never.filter(pl.col("released") > asked.period.last - NEW)
    newest = never.sort("released", "track", descending=[True, False], nulls_last=True)
    released = dict(newest.select("track", "released").head(SAMPLE).iter_rows())
    names = _names("track", list(released))
    rows = tuple((*names[pk], day.isoformat() if day else None) for pk, day in released.items() if pk in names)
    finding = (
        f"{counted(never.height, 'track')} ({percent(never.height / number)}) {verb(never.height, 'was', 'were')} never played in a"
        f" listen with a time; {new.height:,} of them came out in the {NEW.days} days before {asked.period.last}."
    )
    return finding, "", Table(("track", "artist", "out since"), rows)


# -- problems ------------------------------------------------------------------------------------------------------------


def _found() -> pl.DataFrame:
    found = details.required().frame("problems")
    if not found.height:
        raise NotEnoughData("nothing is missing, and nothing looks wrong")
    return found


def _problems() -> Told:
    counts = (
        _found().group_by("problem").agg(pl.col("number").first()).sort("number", "problem", descending=[True, False])
    )
    labels, numbers = counts["problem"].to_list(), counts["number"].to_list()
    finding = f"The most common of {counted(len(labels), 'problem')}: {labels[0]}, at {numbers[0]:,}."
    return finding, "tracks (artists, where they have none)", Bars(tuple(labels), tuple(map(float, numbers)), "problem")


def _problem_samples() -> Told:
    rows = []
    for problem, _, key, title, artist in _found().iter_rows():
        page = "artist" if problem == "artist without tracks" else "track"
        rows.append((problem, Linked.to(title, reverse(page, args=[key])), artist if page == "track" else None))
    finding = f"The first {problems.SAMPLE} of each, at most; the whole catalogue is looked over every night."
    return finding, "", Table(("problem", "what", "artist"), tuple(rows))


BOARD = Board(
    "catalogue",
    "Catalogue",
    "What is popular, how long the tail is, what nobody plays, and what is wrong with the data.",
    20,
    make,
)
