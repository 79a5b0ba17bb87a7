"""When items are played: by the hours of the listeners' own clocks, and by the seasons."""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy import sparse

from segue.engine.prepare.times import believable
from segue.library import Library
from segue.library.interactions import Interactions
from segue.library.keys import normalised
from segue.library.local_time import local_clock
from segue.library.tables import REPEATED_ID
from segue.ranking.catalogue import DAY_PARTS, NO_DAY, UNKNOWN, Facts, Moments

PRIOR_PLAYS = 100.0
"""What is known of the artist counts as much as so many plays of the item; of the genres, as so many of the artist.

Plays come in clusters, by the same few listeners, and say less than as many independent ones would. In the demo world, moments
made of half of the listeners with 20 foretell the months of the others' plays worse than none at all; with 100, better.
"""

_MONTHS = 12
_HOURS_OF_PART = 24 // len(DAY_PARTS)
_DAY_MS = 86_400_000
_SMALLEST = 1e-6

# How much more what names a season is played in each month, January first, where nothing else is known; the mean of each
# row is 1. Made by hand, and cautious but for Christmas. "Fall", "spring" and "estate" say other things more often.
_SEASONS: tuple[tuple[tuple[str, ...], tuple[float, ...]], ...] = (
    (
        ("christmas", "xmas", "noel", "navidad", "weihnacht", "weihnachten", "jul", "kerst", "santa claus", "jingle bells"),
        (0.6, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.4, 2.4, 7.0),
    ),
    (("halloween",), (0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.6, 1.2, 5.2, 1.0, 0.5)),
    (
        ("winter", "snow", "snowfall", "hiver", "invierno", "inverno", "vinter"),
        (2.0, 1.6, 1.0, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.7, 1.1, 2.0),
    ),
    (
        ("summer", "summertime", "midsummer", "beach", "sommer", "sommar", "verano", "verao", "zomer"),
        (0.5, 0.5, 0.6, 0.7, 1.1, 1.9, 2.2, 2.0, 1.0, 0.6, 0.5, 0.4),
    ),
    (("springtime", "fruhling", "primavera", "printemps"), (0.8, 0.8, 1.5, 1.8, 1.6, 0.8, 0.7, 0.8, 0.8, 0.8, 0.8, 0.8)),
    (("autumn", "herbst", "otono", "automne"), (0.8, 0.8, 0.8, 0.8, 0.7, 0.7, 0.7, 0.8, 1.5, 1.9, 1.7, 0.8)),
)  # fmt: skip


def make_moments(library: Library, interactions: Interactions, facts: Facts) -> Moments:
    """When items are played more, or less, than items are; skipped listens do not count.

    A lift is a ratio of plays to the plays that were to be expected, smoothed towards that of something wider (its mean
    under a gamma prior, as in empirical Bayes; Gelman et al., Bayesian Data Analysis, section 2.6). In part b of the day or
    year:

        lift[x, b] = (plays[x, b] + K p[b] wider[x, b]) / (expected[x, b] + K p[b]),  K = `PRIOR_PLAYS`

    where p[b] is the share of all plays that fall into b, and expected[x, b] = plays[x] q[x, b]: q is p, but for months only
    of what was played since x came out, since a song of November has no plays in July; all are then multiplied so that what
    is expected of all items together in b is what was played. An item is smoothed towards its artist
    (or, without one, its genres), times what its title and tags say of a season; an artist towards the genres of its items;
    a genre towards 1. What comes out is the logarithm. Where no times are known, the width is 0; the hours', too, where times
    are dates only.
    """
    n_items = facts.n_items
    played = _timed_plays(library, interactions)
    if not played.height:
        return Moments(np.zeros((n_items, 0), np.float32), np.zeros((n_items, 0), np.float32))
    item, month = played["item"].to_numpy(), played["month"].to_numpy()
    by_month = _counts(item, month, n_items, _MONTHS)
    exposure = _since_release(by_month, item, played["day"].to_numpy(), month, facts)
    months = _lifts(by_month, exposure, facts, _said(library, interactions))
    if played["dated"].all():
        return Moments(np.zeros((n_items, 0), np.float32), months)
    by_part = _counts(item, played["part"].to_numpy(), n_items, len(DAY_PARTS))
    exposure = _shares(by_part.sum(axis=0, dtype=np.float64)).astype(np.float32)
    return Moments(_lifts(by_part, exposure, facts, np.ones(1, np.float32)), months)


def _timed_plays(library: Library, interactions: Interactions) -> pl.DataFrame:
    """Each play of an item at a known time that was not skipped.

    Columns: item; part of the day; month, from 0, as in the north; day, from 1970; and whether its time is midnight (`dated`).
    """
    listens = believable(library.listens)
    listens = listens.filter(pl.col("time").is_not_null() & ~pl.col("skipped").fill_null(value=False))
    listens = listens.select("listener_id", "track_id", "artist_id", "time").with_columns(
        _item_of(listens, library, interactions)
    )
    listens = listens.filter(pl.col("item").is_not_null())
    countries = library.listeners.select(
        pl.col("listener_id").cast(REPEATED_ID), pl.col("country").cast(pl.Categorical)
    )
    placed = listens.join(countries, on="listener_id", how="left", maintain_order="left")
    clock = local_clock(placed["time"], placed["country"])
    milliseconds = pl.col("time").dt.epoch("ms")
    return placed.select(
        "item",
        part=clock["hour"] // _HOURS_OF_PART,
        month=clock["season_month"] - 1,
        day=(milliseconds // _DAY_MS).cast(pl.Int32),
        dated=milliseconds % _DAY_MS == 0,
    )


def _item_of(listens: pl.DataFrame, library: Library, interactions: Interactions) -> pl.Series:
    """The column of `interactions` that each listen is of; null where there is none."""
    ids = pl.Series("id", interactions.item_ids.astype(str).tolist(), dtype=pl.String)
    places = pl.DataFrame({"id": ids.cast(REPEATED_ID), "item": pl.int_range(len(ids), dtype=pl.Int32, eager=True)})
    if interactions.level == "track":
        of_track = places
    else:
        target = pl.col("release_id") if interactions.level == "release" else pl.col("artist_ids").list.first()
        whose = library.tracks.select(pl.col("track_id").cast(REPEATED_ID), id=target.cast(REPEATED_ID))
        of_track = whose.join(places, on="id").select("item", id="track_id")
    found = listens.select(id="track_id").join(of_track, on="id", how="left", maintain_order="left")["item"]
    if interactions.level == "artist":
        named = listens.select(id="artist_id").join(places, on="id", how="left", maintain_order="left")["item"]
        found = found.zip_with(found.is_not_null(), named)
    return found


def _counts(item: np.ndarray, part: np.ndarray, n_items: int, n_parts: int) -> np.ndarray:
    """Plays of each item in each part, float32, shape (n_items, n_parts)."""
    place = item.astype(np.int64) * n_parts + part
    return np.bincount(place, minlength=n_items * n_parts).reshape(n_items, n_parts).astype(np.float32)


def _since_release(
    by_month: np.ndarray, item: np.ndarray, day: np.ndarray, month: np.ndarray, facts: Facts
) -> np.ndarray:
    """The shares of the months in all that was played since each item came out, float32, shape (n_items, 12).

    Since the first listen of all, where it is not known when it came out; since its own first, if that was earlier.
    """
    start, end = int(day.min()), int(day.max())
    by_day = _counts(day - start, month, end - start + 1, _MONTHS)
    since = _shares(np.cumsum(by_day[::-1], axis=0, dtype=np.float64)[::-1])
    heard = np.full(len(by_month), end, dtype=np.int32)
    np.minimum.at(heard, item, day)
    out = np.minimum(heard, np.where(facts.day == NO_DAY, start, facts.day))
    return since.astype(np.float32)[np.maximum(out, start) - start]


def _shares(counts: np.ndarray) -> np.ndarray:
    """Counts along the last axis as shares of their sum."""
    total = counts.sum(axis=-1, keepdims=True)
    return np.asarray(counts / np.maximum(total, 1))


def _lifts(plays: np.ndarray, exposure: np.ndarray, facts: Facts, said: np.ndarray) -> np.ndarray:
    """The logarithms of the lifts, float32, shape (n_items, n_parts).

    `plays` has that shape; `exposure`, the shares q, may be one row for all; `said` is what is expected by the items' words.
    """
    expected = plays.sum(axis=1, keepdims=True) * exposure
    in_part = plays.sum(axis=0, dtype=np.float64)
    # So that what is played of all items together is what was expected of them.
    expected *= (in_part / np.maximum(expected.sum(axis=0, dtype=np.float64), _SMALLEST)).astype(np.float32)
    prior = (PRIOR_PLAYS * np.maximum(_shares(in_part), _SMALLEST)).astype(np.float32)
    genres = facts.genres
    of_genre = (genres.T @ plays + prior) / (genres.T @ expected + prior)
    wider = genres @ of_genre + (1 - genres.sum(axis=1))[:, None]
    known = np.flatnonzero(facts.artist != UNKNOWN)
    artist = facts.artist[known]
    theirs = sparse.csr_array(
        (np.ones(len(known), np.float32), (artist, known)), shape=(len(facts.artist_ids), facts.n_items)
    )
    number = np.maximum(theirs.sum(axis=1), 1)[:, None]
    of_artist = (theirs @ plays + prior * (theirs @ wider) / number) / (theirs @ expected + prior)
    wider[known] = of_artist[artist]
    return np.log((plays + prior * wider * said) / (expected + prior)).astype(np.float32)


def _said(library: Library, interactions: Interactions) -> np.ndarray:
    """What titles and tags say of the months in which items are played: `_SEASONS`, or 1; float32, shape (n_items, 12)."""
    frame, key, title = {
        "track": (library.tracks, "track_id", "title"),
        "release": (library.releases, "release_id", "title"),
        # Names say nothing of seasons.
        "artist": (library.artists, "artist_id", None),
    }[interactions.level]
    texts = [] if title is None else [frame.select(id=key, text=title)]
    if "tags" in frame.columns:
        tags = frame.select(id=key, tag="tags").explode("tag")
        texts.append(tags.select("id", text=pl.col("tag").struct.field("tag")))
    words = pl.concat(texts).drop_nulls()
    named = words.select("id", season=_season_of(normalised(words["text"]))).drop_nulls()
    season = named.group_by("id").agg(pl.col("season").min())
    ids = pl.DataFrame({"id": interactions.item_ids.tolist()}, schema={"id": pl.String})
    found = ids.join(season, on="id", how="left", maintain_order="left")["season"].fill_null(len(_SEASONS))
    table = np.array([*(lift for _, lift in _SEASONS), [1.0] * _MONTHS], dtype=np.float32)
    return table[found.to_numpy()]


def _season_of(texts: pl.Series) -> pl.Series:
    """The place in `_SEASONS` of what each normalised text names first there; null where it names nothing."""
    season = pl.lit(None, dtype=pl.Int8)
    for place in range(len(_SEASONS) - 1, -1, -1):
        pattern = rf"\b(?:{'|'.join(_SEASONS[place][0])})\b"
        season = pl.when(pl.col("text").str.contains(pattern)).then(pl.lit(place, dtype=pl.Int8)).otherwise(season)
    return texts.alias("text").to_frame().select(season.alias("season")).to_series()
