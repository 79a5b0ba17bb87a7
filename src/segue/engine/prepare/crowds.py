"""What groups of listeners play: everybody, everybody of late, a country, an age, a community of taste."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from scipy import sparse

from segue.engine.prepare.rows import best_first
from segue.engine.prepare.times import believable
from segue.errors import NotEnoughData
from segue.features.clusters import cluster
from segue.library.interactions import Interactions
from segue.library.library import Library
from segue.library.segments import segments_of
from segue.library.weighting import weigh
from segue.ranking.catalogue import Crowds, Space
from segue.recommenders.popularity import ANONYMOUS

TRENDING_HALF_LIFE_DAYS = 14.0
HALF_LIFE_DAYS = 60.0
"""Of what a country, an age or a community plays."""
MOST_ITEMS = 300
FEWEST_PLAYERS = 3
"""What fewer of a group play is not shown as what the group plays."""
LISTENERS_PER_COMMUNITY = 100
MOST_COMMUNITIES = 64
SAMPLE = 20_000
"""The communities of more listeners than this are found on so many of them."""
SEGMENTS = ("country", "age")


def make_crowds(library: Library, interactions: Interactions, space: Space, seed: int = 0) -> Crowds:
    """What each group of at least 20 listeners plays: the 300 items that the greatest shares of it play.

    A listener counts for an item once, or for what is left of that when the plays have faded: half after 14 days for what is
    trending (which there is only where times are known, of those who have any) and after 60 in a country, an age group or
    a community. What is shown of these at least 3 of them play. A row of `top` is empty where there is no such thing.

    Communities are clusters of the listeners' mean vectors, weighted by log(1 + plays): one for every 100 listeners of whom
    a vector is known, at most 64; smaller ones than 20 are left out. They are numbered from the largest.

    Of playlists, each counts as a listener, of whom nothing else is known. The most played item of a row of `top` stands
    first: its indices are not sorted.
    """
    played = interactions.positive
    everybody = np.flatnonzero(np.diff(played.indptr))
    plays = _Plays(played, _at_most_once(played), FEWEST_PLAYERS)
    groups = [_Group("overall", everybody, replace(plays, fewest=1))]
    trending = _of_late(library, interactions, TRENDING_HALF_LIFE_DAYS, timed_only=True)
    if trending is not None:
        groups.append(_Group("trending", np.flatnonzero(np.diff(trending.indptr)), _Plays(trending, trending, 1)))
    late = _of_late(library, interactions, HALF_LIFE_DAYS, timed_only=False)
    plays = plays if late is None else replace(plays, late=late)
    groups += [_Group(name, rows, plays) for name, rows in _segments(library, interactions, everybody)]
    communities, centroids = _communities(played, space.vectors, seed)
    groups += [_Group(f"community-{number}", rows, plays) for number, rows in enumerate(communities)]
    shown = [group for group in groups if len(group.rows) >= ANONYMOUS]
    return Crowds(
        names=tuple(group.name for group in shown),
        sizes=np.array([len(group.rows) for group in shown], dtype=np.int32),
        top=_stacked([group.top() for group in shown], interactions.n_items, np.float32),
        centroids=centroids,
        players=_stacked([_players(played, rows) for rows in communities], interactions.n_items, np.int32),
    )


@dataclass(frozen=True, eq=False)
class _Plays:
    """What listeners play, CSR (n_listeners, n_items): at any time, and what of it counts (0 to 1); `fewest` may be shown."""

    ever: sparse.csr_array
    late: sparse.csr_array
    fewest: int


@dataclass(frozen=True, eq=False)
class _Group:
    """A name, the rows of its listeners, and what they play."""

    name: str
    rows: np.ndarray
    plays: _Plays

    def top(self) -> sparse.csr_array:
        """The shares of its most played items, CSR float32, shape (1, n_items)."""
        late = sparse.csr_array(self.plays.late[self.rows])
        n_items = late.shape[1]
        shares = np.bincount(late.indices, weights=late.data, minlength=n_items) / len(self.rows)
        if self.plays.fewest > 1:
            ever = np.bincount(self.plays.ever[self.rows].indices, minlength=n_items)
            shares[ever < self.plays.fewest] = 0
        return best_first(sparse.coo_array(shares.astype(np.float32)[np.newaxis]), MOST_ITEMS)


def _players(played: sparse.csr_array, rows: np.ndarray) -> sparse.csr_array:
    """How many of these listeners play each item, where enough do."""
    counts = np.bincount(played[rows].indices, minlength=played.shape[1])
    return sparse.csr_array(np.where(counts >= ANONYMOUS, counts, 0)[np.newaxis])


def _stacked(rows: list[sparse.csr_array], n_items: int, dtype: type) -> sparse.csr_array:
    if not rows:
        return sparse.csr_array((0, n_items), dtype=dtype)
    sizes = np.array([row.nnz for row in rows])
    indices = np.concatenate([row.indices for row in rows]).astype(np.int32)
    data: np.ndarray = np.concatenate([row.data for row in rows]).astype(dtype)
    return sparse.csr_array((data, indices, np.append(0, np.cumsum(sizes))), shape=(len(rows), n_items))


# -- who ---------------------------------------------------------------------------------------------------------


def _segments(library: Library, interactions: Interactions, everybody: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """The listeners of each country and age group that is known, by name."""
    if interactions.signal == "playlists" or not len(everybody):
        return
    known = segments_of(library, interactions.listener_ids[everybody])
    for attribute in SEGMENTS:
        labels = pl.Series(known.get(attribute, np.zeros(0, dtype=object)).tolist(), dtype=pl.String)
        for label in labels.drop_nulls().unique().sort():
            yield f"{attribute}-{label}", everybody[(labels == label).fill_null(value=False).to_numpy()]


def _communities(played: sparse.csr_array, vectors: np.ndarray, seed: int) -> tuple[list[np.ndarray], np.ndarray]:
    """The rows of the listeners of each community, the largest first, and their middles, float32 (n_communities, d)."""
    taste = np.asarray(weigh(played, "log") @ np.asarray(vectors), dtype=np.float32)
    length = np.linalg.norm(taste, axis=1)
    known = np.flatnonzero(length > 0)
    if len(known) < ANONYMOUS:
        return [], np.zeros((0, vectors.shape[1]), dtype=np.float32)
    taste = taste[known] / length[known, np.newaxis]
    sample = np.sort(np.random.default_rng(seed).permutation(len(known))[:SAMPLE])
    k = int(np.clip(len(known) // LISTENERS_PER_COMMUNITY, 1, MOST_COMMUNITIES))
    found = cluster(taste[sample], k=k, seed=seed)
    # To the nearest centre: |t - c|^2 = 1 - 2 t.c + |c|^2.
    label = np.argmax(taste @ found.centres.T - np.square(found.centres).sum(axis=1) / 2, axis=1)
    sizes = np.bincount(label, minlength=found.k)
    kept = [number for number in np.argsort(-sizes, kind="stable") if sizes[number] >= ANONYMOUS]
    members = [np.flatnonzero(label == number) for number in kept]
    middles = np.array([taste[rows].mean(axis=0) for rows in members]).reshape(len(members), vectors.shape[1])
    length = np.linalg.norm(middles, axis=1, keepdims=True)
    centroids = np.divide(middles, length, out=np.zeros_like(middles), where=length > 0)
    return [known[rows] for rows in members], centroids.astype(np.float32)


# -- when --------------------------------------------------------------------------------------------------------


def _of_late(
    library: Library, interactions: Interactions, half_life_days: float, *, timed_only: bool
) -> sparse.csr_array | None:
    """What the listeners play, where listens fade: the shape of the interactions; None where no times are known.

    Listens without a time do not fade; `timed_only` leaves them out.
    """
    if interactions.signal != "listens":
        return None
    # Beside a listen from the future, all others would be old.
    past = believable(library.listens)
    if timed_only:
        past = past.filter(pl.col("time").is_not_null())
    if past["time"].null_count() == past.height:
        return None
    try:
        recent = Interactions.from_library(
            replace(library, listens=past), interactions.level, "listens", half_life_days=half_life_days
        )
    except NotEnoughData:  # what has a time is of no item at this level
        return None
    entries = sparse.coo_array(_at_most_once(recent.positive))
    rows = _places(recent.listener_ids, interactions.listener_ids)[entries.row]
    columns = _places(recent.item_ids, interactions.item_ids)[entries.col]
    kept = (rows >= 0) & (columns >= 0)
    placed = (entries.data[kept], (rows[kept], columns[kept]))
    return sparse.csr_array(sparse.coo_array(placed, shape=interactions.matrix.shape))


def _at_most_once(played: sparse.csr_array) -> sparse.csr_array:
    once = np.minimum(played.data, 1).astype(np.float32)
    return sparse.csr_array((once, played.indices, played.indptr), shape=played.shape)


def _places(ids: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The places of ids in `known`, both sorted; -1 for one that is not there (skips may have taken it away)."""
    if not len(known):
        return np.full(len(ids), -1)
    found = np.minimum(np.searchsorted(known, ids), len(known) - 1)
    return np.where(known[found] == ids, found, -1)
