"""Words: what people search for, the tags they give, and how they call their playlists."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import polars as pl

from segue.errors import NotEnoughData
from segue.exploring.report import Section
from segue.exploring.shapes import Cloud, Table, Word
from segue.exploring.wording import counted, joined, named, verb
from segue.exploring.words import FEWEST, HEIGHT, WIDTH
from segue.web.insights.base import LEAST_SEEN, Asked, Board, section
from segue.web.insights.figures.telling import Told, change, figure
from segue.web.insights.nightly import details
from segue.web.insights.nightly.words import DAYS, weights


def make(asked: Asked) -> Sequence[Section]:
    """Clouds with tables beside them."""
    return [
        section("searches", "Searches", [
            figure("searched", "What people search for", lambda: _cloud("search", "searches")),
            figure("searched-table", "Searches, and four weeks before", _searches),
            figure("nothing-found", "Searches that found nothing", _nothing),
        ]),
        section("tags", "Tags", [
            figure("tags", "Tags that listeners give", lambda: _cloud("tag", "taggings")),
            figure("catalogue-tags", "Tags of the catalogue", _catalogue_tags),
        ]),
        section("titles", "Playlists", [figure("titles", "Words in titles of playlists", lambda: _cloud("title", "playlists"))]),
    ]  # fmt: skip


_UNITS = {
    "search": "listeners",
    "tag": "listeners",
    "title": "playlists",
    "track tag": "tracks",
    "artist tag": "artists",
}
_CALLED = {"search": "search term", "tag": "tag", "title": "word", "track tag": "tag", "artist tag": "tag"}


def _cloud(of: str, source: str) -> Told:
    return _drawn(of, _enough(of, source))


def _enough(of: str, source: str) -> pl.DataFrame:
    """The words. Raises `NotEnoughData`, saying whether there was too little, or too few people."""
    there = details.required()
    found = there.frame("words").filter(pl.col("of") == of)
    said = there.said["words"]
    if found.height >= FEWEST:
        return found
    known, people = said.get(source, 0), said.get("listeners", 0)
    when = f" in the last {DAYS} days" if of == "search" else ""
    if not known:
        raise NotEnoughData(f"there are no {source}{when}")
    if people < LEAST_SEEN:
        there_are = f"there {verb(people, 'is', 'are')} {counted(people, 'listener')}"
        raise NotEnoughData(f"{there_are}, and a word is shown when {LEAST_SEEN} different ones have used it")
    raise NotEnoughData(
        f"of {known:,} {source}{when}, {counted(found.height, _CALLED[of])} came from {LEAST_SEEN} different listeners,"
        f" and a cloud begins with {FEWEST}"
    )


def _drawn(of: str, found: pl.DataFrame) -> Told:
    first = [f"{named(word)} ({number:,.0f})" for word, number in weights(found)[:3]]
    finding = f"The most used of {counted(found.height, _CALLED[of])}, by the number of {_UNITS[of]}: {joined(first)}."
    placed = details.required().frame("clouds").filter(pl.col("of") == of).drop("of")
    words = tuple(Word(**row) for row in placed.iter_rows(named=True))
    if not words:
        raise NotEnoughData(f"{finding.rstrip('.')}; to draw them takes a package more: pip install 'segue[explore]'")
    return finding, _UNITS[of], Cloud(words, WIDTH, HEIGHT)


def _searches() -> Told:
    found = _enough("search", "searches")
    rows = [
        (word, times, people, before, change(people, before))
        for word, times, people, before in found.select("word", "times", "listeners", "before").iter_rows()
    ]
    grown = max((row for row in rows if row[4] is not None), key=lambda row: row[4] or 0, default=None)
    finding = (
        f"{counted(len(rows), 'search term')} of {LEAST_SEEN} listeners or more in the {DAYS} days until {_until()}"
    )
    finding += f"; {named(grown[0])} grew most ({grown[4]:+.0f}%)." if grown and (grown[4] or 0) > 0 else "."
    return finding, "", Table(("search", "times", "listeners", "listeners before", "change, %"), tuple(rows))


def _nothing() -> Told:
    there = details.required()
    rows = tuple(
        there.frame("words").filter(pl.col("of") == "nothing found").select("word", "times", "listeners").iter_rows()
    )
    if not rows:
        raise NotEnoughData(f"no search of {LEAST_SEEN} different listeners found nothing in the last {DAYS} days")
    most, _, people = rows[0]
    finding = (
        f"{counted(len(rows), 'search term')} found nothing; most listeners ({people:,}) looked for {named(most)}."
    )
    return finding, "", Table(("search", "times", "listeners"), rows)


def _catalogue_tags() -> Told:
    found = details.required().frame("words")
    for of in ("track tag", "artist tag"):
        some = found.filter(pl.col("of") == of)
        if some.height >= FEWEST:
            return _drawn(of, some)
    raise NotEnoughData(f"the catalogue has not {FEWEST} different tags")


def _until() -> str:
    return datetime.fromtimestamp(details.required().made_ms / 1000, UTC).date().isoformat()


BOARD = Board(
    "words", "Words", "What people search for, how they tag, and what they call their playlists. Made anew every night.", 30, make,
    dated=False,
)  # fmt: skip
