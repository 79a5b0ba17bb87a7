"""Artists that have to do with each other: by what is said, by shared credits, and by who plays them."""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy import sparse

from segue.engine.prepare.facts import by_artist
from segue.engine.prepare.rows import best_first
from segue.features.metadata import collaborations
from segue.features.rows import largest_of_rows
from segue.library.interactions import Interactions
from segue.library.library import Library
from segue.ranking.catalogue import Facts, Relations
from segue.recommenders.linear import sparse_times_sparse
from segue.recommenders.topk import most_alike

RELATED = 50
SAID = {"member": 1.0, "collaboration": 0.8, "other": 0.3}
"""How much a relation of a kind counts; "similar" counts as much as its source says, or half."""
UNSTATED = 0.5
DOUBT = 10.0
"""Listeners in common are compared with the two artists' listeners and so many more: two of two prove little."""
FEWEST_LISTENERS = 3
MOST_ARTISTS = 200
"""Of a listener of more, the artists played most count: the work grows with the square of their number."""


def make_relations(library: Library, interactions: Interactions, facts: Facts) -> Relations:
    """How much the artists of `facts` have to do with each other: the most that any of these says, the 50 most for each.

    - `relations`, in both directions: `SAID`, or the strength of "similar".
    - Shared credits: 0.8 t / (t + 1) for t tracks that credit both, as guests or not.
    - Listeners: (both - one * other / all) / (sqrt(one * other) + 10) of the numbers who play them, where at least 3 play
      each: a cosine without what chance would have in common, or else all would be related to whom everybody plays.

    The indices of a row are not sorted: those who have most to do with the artist stand first.
    """
    said = _between(pl.concat([_stated(library), _credited(library)]), facts.artist_ids)
    together = said.maximum(_listened(interactions, facts))
    return Relations(best_first(together, RELATED))


def _stated(library: Library) -> pl.DataFrame:
    kind = pl.col("kind").replace_strict(SAID, default=None, return_dtype=pl.Float32)
    weight = pl.coalesce(kind, pl.col("strength").clip(0, 1), pl.lit(UNSTATED, dtype=pl.Float32))
    one, other = "artist_id", "other_artist_id"
    there = library.relations.select(one, other, weight=weight)
    return pl.concat([there, there.select(pl.col(other).alias(one), pl.col(one).alias(other), "weight")])


def _credited(library: Library) -> pl.DataFrame:
    shared = collaborations(library).filter(pl.col("tracks") > 0)
    weight = (SAID["collaboration"] * pl.col("tracks") / (pl.col("tracks") + 1)).cast(pl.Float32)
    return shared.select("artist_id", "other_artist_id", weight=weight)


def _between(pairs: pl.DataFrame, artist_ids: tuple[str, ...]) -> sparse.csr_array:
    """Pairs (`artist_id`, `other_artist_id`, `weight`) as a matrix of the largest weights, without the diagonal."""
    codes = pl.DataFrame({"artist_id": artist_ids}, schema={"artist_id": pl.String}).with_row_index("row")
    others = codes.rename({"artist_id": "other_artist_id", "row": "column"})
    placed = (
        pairs.join(codes, on="artist_id").join(others, on="other_artist_id").filter(pl.col("row") != pl.col("column"))
    )
    most = placed.group_by("row", "column").agg(pl.col("weight").max()).sort("row", "column")
    entries = (most["weight"].to_numpy(), (most["row"].to_numpy(), most["column"].to_numpy()))
    return sparse.csr_array(sparse.coo_array(entries, shape=(len(artist_ids),) * 2), dtype=np.float32)


def _listened(interactions: Interactions, facts: Facts) -> sparse.csr_array:
    """Who is played by the same listeners: the 50 largest of each artist."""
    n_artists = len(facts.artist_ids)
    plays = largest_of_rows(by_artist(interactions, facts.artist, n_artists), MOST_ARTISTS)
    listeners = np.bincount(plays.indices, minlength=n_artists)
    known = np.flatnonzero(listeners >= FEWEST_LISTENERS)
    if len(known) < 2:
        return sparse.csr_array((n_artists, n_artists), dtype=np.float32)
    plays = sparse.csr_array(plays[:, known])
    plays.data = np.ones(plays.nnz, dtype=np.float32)
    played_by = sparse.csr_array(plays.T)
    numbers = listeners[known].astype(np.float32)
    everybody = np.float32(np.count_nonzero(np.diff(plays.indptr)))

    def in_common(block: np.ndarray) -> np.ndarray:
        product = np.outer(numbers[block], numbers)
        both = sparse_times_sparse(sparse.csr_array(played_by[block]), plays)
        both -= product / everybody
        both /= np.sqrt(product, out=product) + np.float32(DOUBT)
        return both

    found = most_alike(np.arange(len(known)), min(RELATED, len(known) - 1), in_common)
    rows, places = np.nonzero(found.scores > 0)
    entries = (found.scores[rows, places], (known[rows], known[found.items[rows, places]]))
    return sparse.csr_array(sparse.coo_array(entries, shape=(n_artists, n_artists)))
