"""Facts of the items: whose they are, when they came out, how they sound, and how much they are played."""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy import sparse

from segue.engine.prepare.genres import genre_shares
from segue.library.interactions import Interactions
from segue.library.library import Library
from segue.library.tables import AUDIO_FEATURES
from segue.ranking.catalogue import NO_DAY, UNKNOWN, Facts

MIDDLE = 0.5
"""The place of an only item, and of items that are all played alike."""


def make_facts(library: Library, interactions: Interactions) -> Facts:
    """What the library knows of the items of `interactions`, in their order.

    A track came out when it did, else when its release did; a date that does not say how much of it is known is a day.
    An artist or a release sounds like the mean of its tracks. An item the catalogue does not have has
    unknowns, and a work of its own; so have tracks of which no work is known.

    A place by popularity is the mean place of all that have as many listeners, from 0 to 1; an artist's is by those who play
    any of their items, each once, among the artists of these items. Where no artist is known it is NaN.
    """
    stated = _stated(library, interactions)
    artist, artist_ids = _codes(stated["artist_id"])
    release, release_ids = _codes(stated["release_id"])
    language, languages = _codes(stated["language"])
    credited, credited_ids = _credited(stated["credits"])
    genres, genre_names = genre_shares(library, interactions, stated["artist_id"])
    played = interactions.positive
    listeners = np.bincount(played.indices, minlength=interactions.n_items)
    of_artist = np.bincount(by_artist(interactions, artist, len(artist_ids)).indices, minlength=len(artist_ids))
    return Facts(
        artist=artist,
        release=release,
        work=_codes(stated.select(pl.coalesce("work_id", pl.format("\0{}", "item_id"))).to_series())[0],
        day=stated["date"].to_physical().fill_null(NO_DAY).to_numpy().astype(np.int32),
        to_the_day=(stated["date_precision"].fill_null("day") == "day").to_numpy(),
        explicit=stated["explicit"].cast(pl.Int8).fill_null(UNKNOWN).to_numpy().astype(np.int8),
        language=language.astype(np.int16),
        audio=stated.select(AUDIO_FEATURES).to_numpy().astype(np.float32),
        genres=genres,
        popularity=(listeners / max(int((np.diff(played.indptr) > 0).sum()), 1)).astype(np.float32),
        rank=_places(listeners),
        artist_rank=np.append(_places(of_artist), np.float32(np.nan))[artist],
        credited=credited,
        items_of_artist=_items_of(artist, len(artist_ids), listeners),
        artist_ids=artist_ids,
        artist_names=_names(library, artist_ids),
        credited_ids=credited_ids,
        release_ids=release_ids,
        genre_names=genre_names,
        languages=languages,
    )  # fmt: skip


def by_artist(interactions: Interactions, artist: np.ndarray, n_artists: int) -> sparse.csr_array:
    """How much each listener plays each artist: CSR float32, shape (n_listeners, n_artists).

    `artist`, shape (n_items,), is the artist of each item, or -1.
    """
    known = np.flatnonzero(artist != UNKNOWN)
    whose = (np.ones(len(known), dtype=np.float32), (known, artist[known]))
    belongs = sparse.csr_array(sparse.coo_array(whose, shape=(interactions.n_items, n_artists)))
    return sparse.csr_array(interactions.positive @ belongs)


# -- what is stated ----------------------------------------------------------------------------------------------


def _stated(library: Library, interactions: Interactions) -> pl.DataFrame:
    """One row per item: item_id, artist_id, credits, release_id, work_id, date, date_precision, explicit, language, audio."""
    ids = pl.DataFrame({"item_id": interactions.item_ids.tolist()}, schema={"item_id": pl.String})
    known = {"track": _tracks, "release": _releases, "artist": _artists}[interactions.level](library, ids)
    return ids.join(known, on="item_id", how="left", maintain_order="left", coalesce=True)


def _tracks(library: Library, ids: pl.DataFrame) -> pl.DataFrame:
    tracks = library.tracks.select(
        "release_id", "work_id", "date", "date_precision", "explicit", "language", *AUDIO_FEATURES,
        item_id="track_id", artist_id=pl.col("artist_ids").list.first(),
        credits=pl.concat_list(pl.col("artist_ids", "featured_artist_ids").fill_null([])),
    )  # fmt: skip
    released = library.releases.select("release_id", release_date="date", release_precision="date_precision")
    own = pl.col("date").is_not_null()
    return (
        tracks.join(ids, on="item_id", how="semi")
        .join(released, on="release_id", how="left")
        .with_columns(
            date=pl.coalesce("date", "release_date"),
            date_precision=pl.when(own).then("date_precision").otherwise("release_precision"),
        )
    )


def _releases(library: Library, ids: pl.DataFrame) -> pl.DataFrame:
    stated = library.releases.select(
        "date", "date_precision", item_id="release_id", artist_id=pl.col("artist_ids").list.first(), credits="artist_ids"
    )  # fmt: skip
    found = ids.join(stated, on="item_id", how="left").with_columns(release_id="item_id")
    return _with_sound(found, library.tracks.select(*AUDIO_FEATURES, item_id="release_id"))


def _artists(library: Library, ids: pl.DataFrame) -> pl.DataFrame:
    found = ids.with_columns(
        artist_id="item_id", credits=pl.concat_list("item_id"), release_id=pl.lit(None, dtype=pl.String),
        date=pl.lit(None, dtype=pl.Date), date_precision=pl.lit(None, dtype=pl.String),
    )  # fmt: skip
    return _with_sound(found, library.tracks.select(*AUDIO_FEATURES, item_id=pl.col("artist_ids").list.first()))


def _with_sound(items: pl.DataFrame, tracks: pl.DataFrame) -> pl.DataFrame:
    """The items with the means of their tracks' audio features; what only a track can have is null."""
    sound = tracks.drop_nulls("item_id").group_by("item_id").agg(pl.col(AUDIO_FEATURES).cast(pl.Float64).mean())
    return items.join(sound, on="item_id", how="left").with_columns(
        work_id=pl.lit(None, dtype=pl.String),
        explicit=pl.lit(None, dtype=pl.Boolean),
        language=pl.lit(None, dtype=pl.String),
    )


def _credited(of_items: pl.Series) -> tuple[sparse.csr_array, tuple[str, ...]]:
    """Lists of artist ids, one for each item, as `Facts.credited`; and the ids."""
    listed = (
        pl.DataFrame({"item": np.arange(len(of_items)), "artist_id": of_items})
        .explode("artist_id")
        .drop_nulls()
        .unique()
    )
    codes, ids = _codes(listed["artist_id"])
    entries = (np.ones(len(codes), dtype=np.bool_), (listed["item"].to_numpy(), codes))
    return sparse.csr_array(sparse.coo_array(entries, shape=(len(of_items), len(ids)))), ids


def _names(library: Library, artist_ids: tuple[str, ...]) -> tuple[str, ...]:
    """What each artist is called; the id, where the catalogue does not say."""
    ids = pl.DataFrame({"artist_id": artist_ids}, schema={"artist_id": pl.String})
    named = ids.join(library.artists.select("artist_id", "name"), on="artist_id", how="left", maintain_order="left")
    return tuple(named.select(pl.coalesce("name", "artist_id")).to_series().to_list())


def _codes(texts: pl.Series) -> tuple[np.ndarray, tuple[str, ...]]:
    """Each text as its place among the sorted distinct ones, int32, -1 for null; and those."""
    codes = (texts.rank("dense").cast(pl.Int32) - 1).fill_null(UNKNOWN)
    return codes.to_numpy().astype(np.int32), tuple(texts.drop_nulls().unique().sort().to_list())


# -- how much they are played ------------------------------------------------------------------------------------


def _places(listeners: np.ndarray) -> np.ndarray:
    """0 for the fewest to 1 for the most, float32; equal numbers have the mean of their places."""
    if len(listeners) < 2:
        return np.full(len(listeners), MIDDLE, dtype=np.float32)
    _, which, alike = np.unique(listeners, return_inverse=True, return_counts=True)
    place = np.cumsum(alike) - (alike + 1) / 2
    return (place[which] / (len(listeners) - 1)).astype(np.float32)


def _items_of(artist: np.ndarray, n_artists: int, listeners: np.ndarray) -> sparse.csr_array:
    """Each artist's items, the most played first, with how many play them: CSR float32, indices not sorted."""
    order = np.lexsort((-listeners, artist))
    order = order[np.searchsorted(artist[order], 0) :].astype(np.int32)
    indptr = np.searchsorted(artist[order], np.arange(n_artists + 1))
    return sparse.csr_array((listeners[order].astype(np.float32), order, indptr), shape=(n_artists, len(artist)))
