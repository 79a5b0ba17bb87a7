"""What listeners say of what is recommended: by where it was shown, by what proposed it, and by the reason shown."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import polars as pl
from django.urls import reverse

from segue.errors import NotEnoughData
from segue.exploring.report import Section
from segue.exploring.shapes import Bars, Table, numbers
from segue.exploring.wording import counted, named, percent
from segue.web.catalog.models import Credit, Track
from segue.web.insights.base import LEAST_SEEN, Asked, Board, Linked, Number, Numbers, Period, section
from segue.web.insights.figures.popularity import weeks_in
from segue.web.insights.figures.telling import Told, figure, rolled
from segue.web.insights.nightly import details

EXAMPLES = 40
FEWEST = 20
"""A share of fewer likes and dislikes than this says little: it is not compared."""
REASONS = {
    "played": "because of what you played", "sounds": "sounds like what you played", "listeners": "played by listeners like you",
    "new": "new music", "related": "a related artist", "popular": "popular with others", "explore": "something different",
    "none noted": "no reason noted",
}  # fmt: skip
_COUNTS = ("shown", "played", "skipped", "liked", "disliked")


def make(asked: Asked) -> Sequence[Section]:
    """All of it."""
    return [
        section("said", "In all", [figure("said", "Likes and dislikes of what was recommended", partial(_said, asked))]),
        section("where", "Where and by what", [
            figure("by-surface", "By where it was shown", partial(_by, asked, "surface", "not like mix:")),
            figure("by-mix", "Mixes and playlists", partial(_by, asked, "surface", "mixes")),
            figure("by-source", "By what proposed it", partial(_by, asked, "source", "all")),
        ]),
        section("why", "By the reason that was shown", [
            figure("reasons", "Which reasons are believed", partial(_reasons, asked)),
            figure("reason-rates", "Likes and dislikes by reason", partial(_reason_table, asked)),
            figure("examples", "What most was said of", partial(_examples, asked)),
        ]),
    ]  # fmt: skip


def _shelves(period: Period) -> pl.LazyFrame:
    return rolled().shelf_days.filter(pl.col("day").is_between(period.first, period.last))


def _sums(frame: pl.LazyFrame) -> pl.DataFrame:
    return frame.select(pl.col(name).sum() for name in _COUNTS).collect()


def _said(asked: Asked) -> Told:
    now = _sums(_shelves(asked.period)).row(0, named=True)
    if not now["shown"]:
        raise NotEnoughData(f"nothing was recommended from {asked.period.first} to {asked.period.last}")
    old = _sums(_shelves(asked.before)).row(0, named=True) if asked.before else None
    said = now["liked"] + now["disliked"]
    some = (
        Number("Likes", now["liked"], _of(old, "liked"), better=1),
        Number("Dislikes", now["disliked"], _of(old, "disliked"), better=-1),
        Number(
            "Liked, of all that was said", _share(now), None if old is None else _share(old), percent=True, better=1
        ),
        Number(
            "Something said, of what was played",
            _said_of(now),
            None if old is None else _said_of(old),
            percent=True,
            better=1,
        ),
    )
    finding = (
        f"Of {now['shown']:,} tracks that were shown, {now['played']:,} were played, and something was said of {said:,}"
    )
    return f"{finding}{_in_words(now)}.", "", Numbers(some)


def _of(one: dict[str, int] | None, what: str) -> int | None:
    return None if one is None else one[what]


def _share(one: dict[str, int]) -> float | None:
    said = one["liked"] + one["disliked"]
    return one["liked"] / said if said else None


def _said_of(one: dict[str, int]) -> float | None:
    return min(1.0, (one["liked"] + one["disliked"]) / one["played"]) if one["played"] else None


def _in_words(one: dict[str, int]) -> str:
    share = _share(one)
    return "" if share is None else f": {percent(share)} of it likes"


def _by(asked: Asked, by: str, which: str) -> Told:
    mixes = pl.col("surface").str.starts_with("mix:") | (pl.col("surface") == "playlist")
    chosen = {"mixes": mixes, "all": pl.lit(value=True)}.get(which, ~mixes)
    found = _shelves(asked.period).filter(chosen).group_by(by).agg(pl.col(name).sum() for name in _COUNTS).collect()
    found = found.sort("shown", by, descending=[True, False])
    if not found["shown"].sum():
        what = "no mix or playlist was shown with tracks of ours" if which == "mixes" else "nothing was recommended"
        raise NotEnoughData(f"{what} from {asked.period.first} to {asked.period.last}")
    rows = [(row[by], *_rates(row)) for row in found.iter_rows(named=True)]
    return _best(found, by), "", Table((_HEADERS.get(which, by), *_RATES), tuple(rows))


_HEADERS = {"mixes": "mix or playlist"}
_RATES = (
    "shown",
    "played",
    "likes",
    "dislikes",
    "likes of 1,000 shown",
    "dislikes of 1,000 shown",
    "liked, % of what was said",
)


def _rates(row: dict[str, int]) -> tuple[int | float | None, ...]:
    per, share = 1000 / row["shown"] if row["shown"] else 0.0, _share(row)
    return (
        row["shown"], row["played"], row["liked"], row["disliked"], round(row["liked"] * per, 2), round(row["disliked"] * per, 2),
        None if share is None else round(100 * share, 1),
    )  # fmt: skip


def _best(found: pl.DataFrame, by: str) -> str:
    """Which are liked most and least, of those of which enough was said."""
    told = found.filter(pl.col("liked") + pl.col("disliked") >= FEWEST).with_columns(
        share=pl.col("liked") / (pl.col("liked") + pl.col("disliked"))
    )
    if told.height < 2:
        return f"Nothing to compare yet: that takes two with {FEWEST} likes and dislikes each."
    told = told.sort("share", by)
    best, worst = told.row(-1, named=True), told.row(0, named=True)
    liked = [f"{named(one[by])} ({percent(one['share'])} of what was said)" for one in (best, worst)]
    return f"Liked most: {liked[0]}; least: {liked[1]}."


# -- reasons -------------------------------------------------------------------------------------------------------------


def _by_reason(asked: Asked) -> pl.DataFrame:
    """By kind of reason in the whole weeks of the period, those that enough listeners were shown: reason, counts."""
    told = details.required().frame("reasons").lazy()
    sums = (*(pl.col(name).sum() for name in _COUNTS), pl.col("listeners").max())
    found = (
        weeks_in(asked.period)
        .of(told)
        .group_by("reason")
        .agg(sums)
        .sort("shown", "reason", descending=[True, False])
        .collect()
    )
    if not found.height:
        raise NotEnoughData("nothing was recommended in the whole weeks of this period")
    enough = found.filter(pl.col("listeners") >= LEAST_SEEN)
    if not enough.height:
        raise NotEnoughData(f"no kind of reason was shown to {LEAST_SEEN} different listeners in a week of this period")
    return enough.with_columns(reason=pl.col("reason").replace(REASONS))


def _reasons(asked: Asked) -> Told:
    found = _by_reason(asked)
    told = found.filter(pl.col("liked") + pl.col("disliked") > 0).with_columns(
        share=100 * pl.col("liked") / (pl.col("liked") + pl.col("disliked"))
    )
    if not told.height:
        raise NotEnoughData("nobody liked or disliked what was recommended in this period")
    told = told.sort("share", "reason", descending=[True, False])
    shape = Bars(tuple(told["reason"].to_list()), numbers(told["share"].to_list(), 3), "reason shown")
    return _best(found, "reason"), "% likes, of likes and dislikes", shape


def _reason_table(asked: Asked) -> Told:
    found = _by_reason(asked)
    rows = [(row["reason"], *_rates(row)) for row in found.iter_rows(named=True)]
    most = found.row(0, named=True)
    share = most["shown"] / found["shown"].sum()
    finding = f"The reason given most often: {most['reason']}, with {percent(share)} of all places."
    return finding, "", Table(("reason shown", *_RATES), tuple(rows))


def _examples(asked: Asked) -> Told:
    told = weeks_in(asked.period).of(details.required().frame("examples").lazy())
    keys = ("track", "reason", "because")
    found = told.group_by(keys).agg(pl.col("liked").sum(), pl.col("disliked").sum()).collect()
    if not found.height:
        raise NotEnoughData("nobody liked or disliked what was recommended in the whole weeks of this period")
    found = found.sort(pl.col("liked") + pl.col("disliked"), *keys, descending=[True, False, False, False])
    names = _named({key for name in ("track", "because") for key in found[name].head(EXAMPLES).drop_nulls()})
    rows = [
        (_linked(track, names), REASONS.get(reason, reason), _linked(because, names), liked, disliked)
        for track, reason, because, liked, disliked in found.head(EXAMPLES).iter_rows()
    ]
    liked, disliked = int(found["liked"].sum()), int(found["disliked"].sum())
    finding = f"{counted(liked, 'like')} and {counted(disliked, 'dislike')}; whose they are is not kept here."
    return finding, "", Table(("track", "reason shown", "it named", "likes", "dislikes"), tuple(rows))


def _named(keys: set[str]) -> dict[str, str]:
    """Artist and title of tracks, by key."""
    main = Credit.objects.filter(track__key__in=keys, featured=False, position=0)
    artists = dict(main.values_list("track__key", "artist__name"))
    titles = Track.objects.filter(key__in=keys).values_list("key", "title")
    return {key: " – ".join(filter(None, (artists.get(key), title))) for key, title in titles}


def _linked(key: str | None, names: dict[str, str]) -> str | None:
    if key is None or key not in names:
        return key
    return Linked.to(names[key], reverse("track", args=[key]))


BOARD = Board(
    "feedback",
    "Feedback",
    "What listeners say of what is recommended, where it was shown and which reason was given.",
    50,
    make,
)
