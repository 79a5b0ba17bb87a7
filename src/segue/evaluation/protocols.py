"""The protocols: each splits a data set into what may be learned from and what is asked.

A protocol is a function of a `Dataset` and a seed. No test information enters fitting, tuning, filtering or popularity.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from scipy import sparse

from segue.evaluation.tasks import Dataset, RankingTask, RatingTask, require
from segue.features.table import item_features
from segue.library.interactions import Interactions, Level, Signal
from segue.library.splits import Split, holdout, split_by_mask, split_by_order

TEST_SHARE = 0.2
HELD_OUT_LISTENERS = 0.2
COLD_ITEMS = 0.2
TEMPORAL_TRAIN_SHARE = 0.9
PLAYLIST_SEEDS = (1, 5, 10, 25)
HELD_OUT_PLAYLISTS = 0.2
CONTINUATION_DEPTH = 500


@dataclass(frozen=True)
class Protocol:
    """A way to ask: `make(dataset, seed)` makes the task of one seed; `headline` are the metrics a table shows.

    `signal` and `level` are what the interactions must be made of; `rates` says that ratings are to be predicted.
    """

    name: str
    meaning: str
    make: Callable[[Dataset, int], RankingTask | RatingTask]
    headline: tuple[str, ...]
    signal: Signal | None = None
    level: Level | None = None
    rates: bool = False


def _holdout(dataset: Dataset, seed: int) -> RankingTask:
    whole = dataset.interactions.positive
    split = holdout(whole, np.random.default_rng(seed), TEST_SHARE)
    require(split.test.nnz, "holdout needs listeners with three items or more")
    return RankingTask(
        dataset.interactions.with_matrix(split.train), dataset.features(split.test), split.train, split.test,
        split.train, dataset.interactions.listener_ids,
    )  # fmt: skip


def _strong(dataset: Dataset, seed: int) -> RankingTask:
    whole = dataset.interactions.positive
    rng = np.random.default_rng(seed)
    order = rng.permutation(whole.shape[0])
    held_out = np.sort(order[: round(HELD_OUT_LISTENERS * len(order))])
    kept = np.sort(order[len(held_out) :])
    require(len(held_out) and len(kept), "strong generalisation needs five listeners or more")
    split = holdout(sparse.csr_array(whole[held_out]), rng, TEST_SHARE)
    train = replace(dataset.interactions, matrix=whole).listeners(kept)
    return RankingTask(
        train, dataset.features(_scattered(split.test, held_out, len(order))), split.train, split.test, split.train,
        dataset.interactions.listener_ids[held_out],
    )  # fmt: skip


def _temporal(dataset: Dataset, seed: int) -> RankingTask:  # noqa: ARG001  (one cut in time: nothing is drawn)
    listens = dataset.library.listens
    require(listens["time"].null_count() < listens.height, "temporal needs listens with times, and these have none")
    cut = listens["time"].drop_nulls().quantile(TEMPORAL_TRAIN_SHARE, interpolation="nearest")
    before = dataset.library.until(cut)  # type: ignore[arg-type]
    after = replace(dataset.library, listens=listens.filter(pl.col("time") >= cut))
    level = dataset.interactions.level
    train = Interactions.from_library(before, level, ordered=True)
    later = Interactions.from_library(after, level)
    relevant = _aligned(later, train)
    seen = train.positive
    relevant = _without(relevant, seen)
    rows = np.flatnonzero((np.diff(seen.indptr) > 0) & (np.diff(relevant.indptr) > 0))
    require(len(rows), "temporal found nobody who played something new after the cut")
    histories = sparse.csr_array(train.matrix[rows])
    return RankingTask(
        train, item_features(before, train), histories, sparse.csr_array(relevant[rows]),
        sparse.csr_array(seen[rows]), train.listener_ids[rows],
    )  # fmt: skip


def _cold_items(dataset: Dataset, seed: int) -> RankingTask:
    whole = dataset.interactions.positive
    rng = np.random.default_rng(seed)
    cold = np.zeros(whole.shape[1], dtype=np.bool_)
    cold[rng.permutation(whole.shape[1])[: round(COLD_ITEMS * whole.shape[1])]] = True
    split = split_by_mask(whole, ~cold[whole.indices])
    rows = np.flatnonzero((np.diff(split.train.indptr) > 0) & (np.diff(split.test.indptr) > 0))
    require(len(rows), "cold-items needs listeners who play both a cold and a warm item")
    return RankingTask(
        dataset.interactions.with_matrix(split.train), dataset.features(split.test), sparse.csr_array(split.train[rows]),
        sparse.csr_array(split.test[rows]), sparse.csr_array(split.train[rows]),
        dataset.interactions.listener_ids[rows], candidates=cold,
    )  # fmt: skip


def _continuation(dataset: Dataset, seed: int) -> RankingTask:
    require(dataset.library.playlists.height, "continuation needs playlists, and the library has none")
    playlists = dataset.interactions
    rng = np.random.default_rng(seed)
    sizes = np.diff(playlists.matrix.indptr)
    seeds = rng.choice(PLAYLIST_SEEDS, size=len(sizes))
    able = np.flatnonzero(sizes > seeds)
    held_out = np.sort(rng.permutation(able)[: round(HELD_OUT_PLAYLISTS * len(sizes))])
    require(len(held_out) >= 1, "continuation needs playlists of more than a few tracks")
    kept = np.setdiff1d(np.arange(len(sizes)), held_out)
    order = _places(dataset, playlists)
    split = split_by_order(playlists.matrix, order, seeds)
    histories = sparse.csr_array(split.train[held_out])
    hidden = sparse.csr_array(split.test[held_out])
    return RankingTask(
        playlists.listeners(kept), dataset.features(_scattered(hidden, held_out, len(sizes))), histories, hidden,
        histories, playlists.listener_ids[held_out], depth=CONTINUATION_DEPTH,
    )  # fmt: skip


def _rating(dataset: Dataset, seed: int) -> RatingTask:
    matrix = dataset.interactions.matrix
    split = holdout(matrix, np.random.default_rng(seed), TEST_SHARE)
    require(split.test.nnz, "rating needs listeners with three ratings or more")
    like_from = float(np.ceil((matrix.data.min() + matrix.data.max()) / 2 + 0.5))
    return RatingTask(dataset.interactions.with_matrix(split.train), split.test, like_from, 10)


@dataclass(frozen=True)
class PlayCountRules:
    """Thresholds of the classic play-count protocol on the Taste Profile."""

    min_songs: int = 90
    min_listeners: int = 120
    max_count: int = 5
    test_share: float = 0.4
    top: int = 30
    like_from: float = 1.5


def play_count(rules: PlayCountRules) -> Callable[[Dataset, int], RatingTask]:
    """The play-count protocol with these thresholds.

    Listeners with few songs are left out, then songs with few listeners, then counts above the maximum; a random share
    of what is left is hidden.
    """

    def make(dataset: Dataset, seed: int) -> RatingTask:
        matrix = dataset.interactions.positive
        active = np.flatnonzero(np.diff(matrix.indptr) >= rules.min_songs)
        matrix = sparse.csr_array(matrix[active])
        known = np.flatnonzero(np.bincount(matrix.indices, minlength=matrix.shape[1]) >= rules.min_listeners)
        matrix = sparse.csr_array(matrix[:, known])
        matrix = split_by_mask(matrix, matrix.data <= rules.max_count).train
        require(
            matrix.nnz,
            f"playcount found no listener with {rules.min_songs} songs and song with {rules.min_listeners} listeners: "
            "lower the thresholds (--min-songs, --min-listeners)",
        )
        split = _hide_share(matrix, rules.test_share, np.random.default_rng(seed))
        subset = dataset.interactions.listeners(active).items(known)
        return RatingTask(subset.with_matrix(split.train), split.test, rules.like_from, rules.top)

    return make


def protocols(rules: PlayCountRules | None = None) -> dict[str, Protocol]:
    """All protocols, by name."""
    ranking = ("ndcg@20", "recall@20", "mrr@20", "coverage@20", "lift@20")
    rating = ("rmse", "mae", "auc")
    return {
        protocol.name: protocol
        for protocol in (
            Protocol("holdout", "per listener 80/20, full ranking", _holdout, ranking),
            Protocol("strong", "held-out listeners, fold-in 80/20 (Liang et al. 2018)", _strong, ranking),
            Protocol("temporal", "a global cut in time: new items after it", _temporal, ranking, "listens"),
            Protocol("cold-items", "a fifth of the items never seen in training", _cold_items, ranking),
            Protocol("continuation", "the rest of a playlist from its first tracks (RecSys Challenge 2018)",
                     _continuation, ("r-precision", "ndcg@500", "clicks", "recall@500"), "playlists", "track"),
            Protocol("rating", "predict hidden ratings", _rating, (*rating, "precision@10", "recall@10"), "feedback", rates=True),
            Protocol("playcount", "the classic play-count protocol", play_count(rules or PlayCountRules()),
                     (*rating, "precision@30", "recall@30", "f1@30"), rates=True),
        )
    }  # fmt: skip


def _scattered(rows: sparse.csr_array, places: np.ndarray, n: int) -> sparse.csr_array:
    """A matrix of `n` rows with these rows at (ascending) `places`, and nothing in the others."""
    sizes = np.zeros(n + 1, dtype=np.int64)
    sizes[places + 1] = np.diff(rows.indptr)
    return sparse.csr_array((rows.data, rows.indices, np.cumsum(sizes)), shape=(n, rows.shape[1]))


def _aligned(other: Interactions, to: Interactions) -> sparse.csr_array:
    """The positive entries of `other` in the rows and columns of `to`; what `to` does not have is left out."""
    rows = _lookup(other.listener_ids, to.listener_ids)
    columns = _lookup(other.item_ids, to.item_ids)
    entries = sparse.coo_array(other.positive)
    known = (rows[entries.row] >= 0) & (columns[entries.col] >= 0)
    placed = (entries.data[known], (rows[entries.row[known]], columns[entries.col[known]]))
    return sparse.csr_array(sparse.coo_array(placed, shape=to.matrix.shape))


def _lookup(ids: np.ndarray, known: np.ndarray) -> np.ndarray:
    places = np.minimum(np.searchsorted(known, ids), len(known) - 1)
    return np.where(known[places] == ids, places, -1)


def _without(matrix: sparse.csr_array, seen: sparse.csr_array) -> sparse.csr_array:
    """The matrix without the entries that `seen` has too."""
    n_items = matrix.shape[1]
    rows = np.repeat(np.arange(matrix.shape[0], dtype=np.int64), np.diff(matrix.indptr))
    seen_rows = np.repeat(np.arange(matrix.shape[0], dtype=np.int64), np.diff(seen.indptr))
    new = ~np.isin(rows * n_items + matrix.indices, seen_rows * n_items + seen.indices)
    return split_by_mask(matrix, new).train


def _places(dataset: Dataset, playlists: Interactions) -> np.ndarray:
    """For each stored entry of the playlist matrix, the place at which the track first stands in the playlist."""
    firsts = (
        dataset.library.playlists.select("playlist_id", track_id="track_ids")
        .with_columns(place=pl.int_ranges(pl.col("track_id").list.len()))
        .explode("track_id", "place")
        .drop_nulls()
        .group_by("playlist_id", "track_id")
        .agg(pl.col("place").min())
    )
    rows = playlists.listener_index(firsts["playlist_id"].to_list())
    columns = playlists.item_index(firsts["track_id"].to_list())
    places = sparse.csr_array(
        sparse.coo_array((firsts["place"].to_numpy() + 1.0, (rows, columns)), shape=playlists.matrix.shape)
    )
    places.sort_indices()
    return places.data


def _hide_share(matrix: sparse.csr_array, share: float, rng: np.random.Generator) -> Split:
    return split_by_mask(matrix, rng.random(matrix.nnz) >= share)
