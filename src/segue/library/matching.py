"""Which track or artist of a library is meant by ids, or by names as people write them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import polars as pl

from segue.errors import InvalidTable
from segue.library.keys import artist_keys, distinct_keys, normalised, title_keys
from segue.library.library import Library
from segue.library.likeness import alike, likely_pairs, numbers
from segue.library.titles import ParsedTitle, normalise, parse_title, text_id, work_id

__all__ = [
    "ARTIST_THRESHOLD", "THRESHOLD", "Matcher", "ParsedTitle", "distinct_keys", "normalise", "parse_title", "text_id",
    "work_id",
]  # fmt: skip

QUERY_COLUMNS = {
    "mbid": pl.String, "isrc": pl.String, "spotify_uri": pl.String, "artist": pl.String, "title": pl.String,
    "release": pl.String, "duration_ms": pl.Int64,
}  # fmt: skip

# How alike both artist and title must be. Of 6,300 real tracks with a letter mistyped, 85 finds 83 %, 99.9 % of those
# rightly; of 12,800 real tracks that are not in the library it takes 0.2 % for another, and half of those are the same
# song spelt otherwise.
THRESHOLD = 85.0
# A name alone says less ("Selena" and "Elena" are 91 alike): of 8,700 artists who are not in the library, 90 takes
# 1.3 % for another and 95 takes 0.4 %, nearly all of which are the same artist spelt otherwise.
ARTIST_THRESHOLD = 95.0
# Below this, two names are not worth showing as a guess either.
_GUESS = 60.0
_GUESSES = 3
# More tracks than this share a title that says nothing ("Intro"): no guess.
_NAMESAKES = 50


class Matcher:
    """Finds the tracks and artists of one library; build once, ask often."""

    def __init__(self, library: Library):
        titles = title_keys(library.tracks["title"])
        names = library.releases.select("release_id", release="title")
        self._tracks = (
            library.tracks.select(
                "track_id", "mbid", "isrc", "spotify_uri", "duration_ms", "popularity", "release_id", "title"
            )
            .with_row_index("row")
            .join(titles, on="title", how="left", maintain_order="left")
            .join(names, on="release_id", how="left", maintain_order="left")
            .with_columns(_keyed("release"))
            .drop("title", "release_id")
        )
        self._artists = library.artists.select(
            "artist_id", "popularity", "mbid", "spotify_uri", _keyed("name").alias("artist")
        )
        self._credits = self._credits_of(library)

    def _credits_of(self, library: Library) -> pl.DataFrame:
        """Under which names each track is known: (row, artist, full), where not `full` is the lead of a joint name."""
        names = library.artists.select(artist_ids="artist_id", artist="name")
        of_track = (
            library.tracks.select(pl.when(pl.col("artist_ids").list.len() > 0).then("artist_ids"))
            .with_row_index("row").explode("artist_ids")
            .join(names, on="artist_ids", how="left", maintain_order="left")
            .select("row", pl.col("artist").fill_null(""))
        )  # fmt: skip
        several = library.tracks.select((pl.col("artist_ids").list.len() > 1).arg_true().alias("row"))
        together = of_track.join(several, on="row", how="semi", maintain_order="left")
        joint = together.group_by("row", maintain_order=True).agg(pl.col("artist").str.join(", "))
        written = pl.concat([of_track, joint])
        keys = artist_keys(written["artist"])
        keyed = written.join(keys, on="artist").drop("artist")
        return pl.concat([
            keyed.select("row", artist="artist_key", full=pl.lit(value=True)),
            keyed.filter(pl.col("lead") != pl.col("artist_key")).select("row", artist="lead", full=pl.lit(value=False)),
        ]).unique(["row", "artist"], keep="first", maintain_order=True)  # fmt: skip

    # -- tracks --------------------------------------------------------------------------------------------------

    def match(self, queries: pl.DataFrame, threshold: float = THRESHOLD) -> pl.DataFrame:
        """Which track each query means.

        Args:
            queries: any of the columns mbid, isrc, spotify_uri, artist, title, release and duration_ms.
            threshold: how alike both names must be for a fuzzy match, 0..100.

        Returns one row for each query, in order. `track_id`; `how`: "id", "text" (the same names), "version" (the same
        recording under another title or credit), "fuzzy" (the names are alike) or null; `score`: how alike artist
        and title are, the lesser of both, 0..100; `closest`: for a miss, up to three ids of tracks that come near.
        A title without an artist finds only tracks without artists. Raises `InvalidTable` for an unknown column.
        """
        asked = _prepared(queries)
        found = [_FOUND]
        left = asked
        for step in (self._by_id, self._by_text, self._by_version):
            candidates = step(left)
            found.append(self._best(left, candidates))
            left = left.join(found[-1], on="query", how="anti")
        ids = self._tracks.select("row", "track_id")
        near = self._near(left).join(ids, on="row", maintain_order="left")
        sure = near.filter((pl.col("score") >= threshold) & pl.col("agrees"))
        found.append(self._best(left, sure.with_columns(how=pl.lit("fuzzy"))))
        return _answers(asked, pl.concat(found).join(ids, on="row"), near, "track_id")

    def _by_id(self, asked: pl.DataFrame) -> pl.DataFrame:
        return pl.concat([
            asked.select("query", name).filter(pl.col(name) != "").join(self._tracks.select("row", name), on=name)
            .select("query", "row", how=pl.lit("id"), score=pl.lit(100.0))
            for name in ("spotify_uri", "mbid", "isrc")
        ])  # fmt: skip

    def _by_text(self, asked: pl.DataFrame) -> pl.DataFrame:
        known = self._credits.filter("full").join(self._tracks.select("row", "title_key"), on="row")
        return asked.join(known, left_on=["artist_key", "title_key"], right_on=["artist", "title_key"]).select(
            "query", "row", how=pl.lit("text"), score=pl.lit(100.0)
        )

    def _by_version(self, asked: pl.DataFrame) -> pl.DataFrame:
        known = self._credits.join(self._tracks.select("row", "core", "recording"), on="row")
        same = ["artist", "core", "recording"]
        whole = asked.select("query", "core", "recording", artist="artist_key")
        lead = asked.select("query", "core", "recording", artist="lead")
        # Two joint names that only share their lead are two acts: one of the two must be the whole name.
        return pl.concat([whole.join(known, on=same), lead.join(known.filter("full"), on=same)]).select(
            "query", "row", how=pl.lit("version"), score=pl.lit(100.0)
        )

    def _near(self, asked: pl.DataFrame) -> pl.DataFrame:
        """Tracks that come near: (query, row, score, sum, agrees); one may match only where it `agrees`."""
        asked = asked.filter(pl.col("title_key") != "")
        artists = _like_artists(asked["artist_key"], self._credits.filter("full")["artist"]).select(
            artist_key="name", artist="known", artist_alike="alike"
        )
        wanted = asked.select("query", "artist_key", name="sung").join(artists, on="artist_key")
        titles = self._credits.filter("full").join(self._tracks.select("row", name="sung"), on="row")
        titles = titles.join(artists, on="artist", how="semi")
        pairs = likely_pairs(
            wanted.select("name", group="artist").unique(), titles.select("name", group="artist").unique(), _GUESS
        )
        near = (
            wanted.join(pairs, left_on=["artist", "name"], right_on=["group", "name"])
            .join(titles.select("row", "artist", known="name"), on=["artist", "known"])
            .select("query", "row", "artist_key", "artist", "artist_alike", title_alike="alike")
        )
        return self._judged(asked, pl.concat([near, self._namesakes(asked)]))

    def _namesakes(self, asked: pl.DataFrame) -> pl.DataFrame:
        """Tracks of the same title by whomever: guesses for an artist that is not known."""
        titles = self._tracks.select("row", "core", "sung").filter(pl.len().over("core") <= _NAMESAKES)
        pairs = (
            asked.select("query", "artist_key", "core", "sung").join(titles, on="core", suffix="_known")
            .join(self._credits.filter("full").select("row", "artist"), on="row")
        )  # fmt: skip
        return pairs.select(
            "query", "row", "artist_key", "artist",
            artist_alike=pl.Series(alike(pairs["artist_key"].to_list(), pairs["artist"].to_list())),
            title_alike=pl.Series(alike(pairs["sung"].to_list(), pairs["sung_known"].to_list())),
        )  # fmt: skip

    def _judged(self, asked: pl.DataFrame, near: pl.DataFrame) -> pl.DataFrame:
        facts = ["row", "recording", "duration_ms", "sung"]
        both = near.join(asked.select("query", *facts[1:]), on="query").join(
            self._tracks.select(facts), on="row", suffix="_known"
        )
        apart = (pl.col("duration_ms") - pl.col("duration_ms_known")).abs()
        agrees = (
            _same_numbers("artist_key", "artist")
            & _same_numbers("sung", "sung_known")
            & ((pl.col("recording") == "") == (pl.col("recording_known") == ""))
            & (apart <= 15_000).fill_null(value=True)
        )
        return both.select(
            "query", "row", score=pl.min_horizontal("artist_alike", "title_alike").cast(pl.Float64),
            sum=pl.col("artist_alike") + pl.col("title_alike"), agrees=agrees,
        ).sort("query", "sum", "row", descending=[False, True, False]).unique(
            ["query", "row"], keep="first", maintain_order=True
        )  # fmt: skip

    def _best(self, asked: pl.DataFrame, candidates: pl.DataFrame) -> pl.DataFrame:
        """One row for each query: the best score, the plain title, the release asked for, the nearest length."""
        both = candidates.join(asked.select("query", "release", "duration_ms"), on="query").join(
            self._tracks.select("row", "release", "duration_ms", "popularity", "title_key", "core"),
            on="row", suffix="_known",
        )  # fmt: skip
        return both.select(
            "query", "row", "how", "score", "popularity",
            altered=pl.col("title_key") != pl.col("core"),
            elsewhere=(pl.col("release") != pl.col("release_known")).fill_null(value=True),
            apart=(pl.col("duration_ms") - pl.col("duration_ms_known")).abs(),
        ).sort(
            "query", "score", "elsewhere", "altered", "apart", "popularity", "row",
            descending=[False, True, False, False, False, True, False], nulls_last=True,
        ).unique("query", keep="first", maintain_order=True).select(_FOUND.columns)  # fmt: skip

    # -- artists -------------------------------------------------------------------------------------------------

    def match_artists(self, names: Iterable[str | None], threshold: float = ARTIST_THRESHOLD) -> pl.DataFrame:
        """Which artist each name means: `artist_id`, `how` ("text", "fuzzy" or null), `score` 0..100 and `closest`."""
        texts = pl.Series("name", list(names), dtype=pl.String)
        asked = texts.to_frame().select(_keyed("name")).with_row_index("query")
        known = self._artists.select("artist_id", "popularity", known="artist").with_row_index("row")
        near = (
            asked.join(_like_artists(asked["name"], known["known"]), on="name")
            .join(known, on="known")
            .sort("query", "alike", "popularity", "row", descending=[False, True, True, False], nulls_last=True)
        )
        sure = near.filter((pl.col("alike") >= threshold) & _same_numbers("name", "known"))
        how = pl.when(pl.col("name") == pl.col("known")).then(pl.lit("text")).otherwise(pl.lit("fuzzy"))
        found = sure.unique("query", keep="first", maintain_order=True).select(
            "query", "artist_id", how=how, score="alike"
        )
        return _answers(asked, found, near, "artist_id")


def _like_artists(names: pl.Series, known: pl.Series) -> pl.DataFrame:
    """Pairs of distinct names (`name`, `known`, `alike`): the same where there is such a name, else what comes near."""
    left, right = (
        texts.unique().alias("name").to_frame().select(pl.lit("").alias("group"), "name").filter(pl.col("name") != "")
        for texts in (names, known)
    )
    same = left.join(right, on="name").select("name", known="name", alike=pl.lit(100.0, dtype=pl.Float32))
    near = likely_pairs(left.join(same, on="name", how="anti"), right, _GUESS)
    return pl.concat([same, near.select("name", "known", "alike")])


def _answers(asked: pl.DataFrame, found: pl.DataFrame, near: pl.DataFrame, key: str) -> pl.DataFrame:
    """One row for each query in order, with the first few of what came `near` (best first) where nothing was found."""
    guesses = near.join(found, on="query", how="anti").group_by("query", maintain_order=True).agg(
        closest=pl.col(key).head(_GUESSES)
    )  # fmt: skip
    return (
        asked.select("query")
        .join(found, on="query", how="left", maintain_order="left")
        .join(guesses, on="query", how="left", maintain_order="left")
        .select(key, "how", pl.col("score").fill_null(0).cast(pl.Float32), pl.col("closest").fill_null([]))
    )


_FOUND = pl.DataFrame(schema={"query": pl.UInt32, "row": pl.UInt32, "how": pl.String, "score": pl.Float64})


def _each(name: str, change: Callable[[str], str]) -> pl.Expr:
    """A function of text over a column; the work is done once for each distinct text."""

    def changed(texts: pl.Series) -> pl.Series:
        lookup = {text: change(text) for text in texts.unique() if text is not None}
        return pl.Series([lookup.get(text) for text in texts], dtype=pl.String)

    return pl.col(name).map_batches(changed, return_dtype=pl.String)


def _keyed(name: str) -> pl.Expr:
    return pl.col(name).map_batches(normalised, return_dtype=pl.String)


def _same_numbers(left: str, right: str) -> pl.Expr:
    return _each(left, numbers) == _each(right, numbers)


def _prepared(queries: pl.DataFrame) -> pl.DataFrame:
    for name in queries.columns:
        if name not in QUERY_COLUMNS:
            raise InvalidTable(f"queries have no column {name!r}: they may have {', '.join(QUERY_COLUMNS)}")
    absent = [
        pl.lit(None, dtype=dtype).alias(name) for name, dtype in QUERY_COLUMNS.items() if name not in queries.columns
    ]
    asked = queries.with_columns(*absent).select(pl.col(name).cast(dtype) for name, dtype in QUERY_COLUMNS.items())
    asked = asked.with_columns(pl.col("title", "artist").fill_null(""), _keyed("release")).with_row_index("query")
    for name, keys in (("title", title_keys), ("artist", artist_keys)):
        asked = asked.join(keys(asked[name]), on=name, how="left", maintain_order="left")
    return asked
