"""Runs one model on one task and measures everything about its answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from segue import metrics
from segue.evaluation.memory import peak_rss_mb, reset_peak
from segue.evaluation.tasks import RankingTask, RatingTask, activity_groups, popularity_tiers
from segue.features.groups import unit_rows
from segue.recommenders.base import PredictsRatings, Recommender
from segue.recommenders.item_knn import unit_columns
from segue.recommenders.ranking_quality import rankings

CUTOFFS = (10, 20, 50, 100)
SHOWN = 20
"""How many items the beyond-accuracy metrics look at."""
RESAMPLES = 100

AT_K = {
    "ndcg": metrics.ndcg,
    "recall": metrics.recall,
    "precision": metrics.precision,
    "f1": metrics.f1,
    "map": metrics.average_precision,
    "mrr": metrics.reciprocal_rank,
    "hit": metrics.hit_rate,
}


@dataclass(eq=False)
class Judgement:
    """What came of one model on one task.

    `per_listener` has one value per row of `listener_ids` and metric. `overall` has, for metrics of all answers
    together, the value and its bootstrap standard error over listeners.
    """

    listener_ids: np.ndarray
    per_listener: dict[str, np.ndarray]
    overall: dict[str, tuple[float, float]]
    segments: dict[str, np.ndarray] = field(default_factory=dict)
    fit_s: float = 0.0
    recommend_s: float = 0.0
    peak_rss_mb: float = 0.0


def judge_ranking(model: Recommender, task: RankingTask) -> Judgement:
    """Fit, rank for every history that has something hidden, and measure."""
    reset_peak()
    started = time.perf_counter()
    model.fit(task.train, task.features)
    fitted = time.perf_counter()
    rows = np.flatnonzero(np.diff(task.relevant.indptr))
    ranked = np.empty((len(rows), min(task.depth, task.relevant.shape[1])), dtype=np.int32)
    auc = np.empty(len(rows))
    done, recommend_s, asked = 0, 0.0, time.perf_counter()
    for block in rankings(model, task.histories, task.left_out, task.depth, rows=rows, candidates=task.candidates):
        recommend_s += time.perf_counter() - asked
        places = slice(done, done + len(block.rows))
        ranked[places] = block.items
        auc[places] = metrics.rank_auc(block.scores, task.relevant[block.rows], task.left_out[block.rows])
        done += len(block.rows)
        asked = time.perf_counter()
    peak = peak_rss_mb()
    judgement = _measure(ranked, auc, task, rows)
    judgement.fit_s, judgement.recommend_s, judgement.peak_rss_mb = fitted - started, recommend_s, peak
    return judgement


def _measure(ranked: np.ndarray, auc: np.ndarray, task: RankingTask, rows: np.ndarray) -> Judgement:
    relevant = sparse.csr_array(task.relevant[rows])
    histories = sparse.csr_array(task.histories[rows])
    hits, counts = metrics.hits_of(ranked, relevant), metrics.relevant_counts(relevant)
    cutoffs = [k for k in CUTOFFS if k <= task.depth] + ([task.depth] if task.depth not in CUTOFFS else [])
    values = {f"{name}@{k}": metric(hits, counts, k) for k in cutoffs for name, metric in AT_K.items()}
    values |= {"r-precision": metrics.r_precision(hits, counts), "clicks": metrics.clicks(hits, counts), "auc": auc}
    shown = ranked[:, :SHOWN]
    popularity = np.bincount(task.train.positive.indices, minlength=task.train.n_items) / max(task.train.n_listeners, 1)
    values[f"novelty@{SHOWN}"] = metrics.novelty(shown, popularity)
    values[f"lift@{SHOWN}"] = metrics.popularity_lift(shown, histories, popularity)
    values[f"diversity@{SHOWN}"] = metrics.intra_list_diversity(shown, _item_vectors(task))
    for tier, columns in _by_tier(task).items():
        within = sparse.csr_array(relevant.multiply(columns[np.newaxis]))
        within.eliminate_zeros()
        values[f"recall@{SHOWN}|popularity={tier}"] = metrics.recall(
            metrics.hits_of(shown, within), metrics.relevant_counts(within), SHOWN
        )
    n_items = task.train.n_items
    overall = {
        f"coverage@{SHOWN}": _with_error(lambda w: metrics.coverage(shown[w > 0], n_items), len(rows)),
        f"gini@{SHOWN}": _with_error(lambda w: metrics.gini(np.repeat(shown, w, axis=0), n_items), len(rows)),
    }
    segments = {"activity": activity_groups(histories)}
    return Judgement(task.listener_ids[rows], values, overall, segments)


def judge_ratings(model: PredictsRatings, task: RatingTask) -> Judgement:
    """Fit, predict every hidden value from the rest of the listener's ratings, and measure."""
    reset_peak()
    started = time.perf_counter()
    model.fit(task.train)
    fitted = time.perf_counter()
    test = task.test
    rows = np.repeat(np.arange(test.shape[0]), np.diff(test.indptr))
    predicted = np.asarray(model.predict(task.train.matrix, rows, test.indices), dtype=np.float64)
    done, peak = time.perf_counter(), peak_rss_mb()
    actual = test.data.astype(np.float64)
    n = test.shape[0]
    hits, top_sizes, liked = _top_predicted(predicted, actual, rows, n, task)
    precision = np.where(top_sizes > 0, hits / np.maximum(top_sizes, 1), 0.0)
    recall = np.where(liked > 0, hits / np.maximum(liked, 1), 0.0)
    asked = np.bincount(rows, minlength=n) > 0
    values = {
        f"precision@{task.top}": np.where(asked, precision, np.nan),
        f"recall@{task.top}": np.where(asked, recall, np.nan),
        f"f1@{task.top}": np.where(asked, _harmonic(precision, recall), np.nan),
    }
    overall = {
        "rmse": _with_error(lambda w: metrics.rmse(np.repeat(predicted, w[rows]), np.repeat(actual, w[rows])), n),
        "mae": _with_error(lambda w: metrics.mae(np.repeat(predicted, w[rows]), np.repeat(actual, w[rows])), n),
        "auc": _with_error(
            lambda w: metrics.roc_auc(np.repeat(predicted, w[rows]), np.repeat(actual >= task.like_from, w[rows])), n
        ),
    }
    segments = {"activity": activity_groups(task.train.matrix)}
    return Judgement(task.train.listener_ids, values, overall, segments, fitted - started, done - fitted, peak)


def _top_predicted(
    predicted: np.ndarray, actual: np.ndarray, rows: np.ndarray, n: int, task: RatingTask
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Per listener: likes among the recommended, how many were recommended, and how many likes were hidden.

    Recommended are the `top` best predicted of the hidden items whose predicted value is that of a like.
    """
    order = np.lexsort((np.arange(len(rows)), -predicted, rows))
    sizes = np.bincount(rows, minlength=n)
    place = np.empty(len(rows), dtype=np.int64)
    place[order] = np.arange(len(rows)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    recommended = (place < task.top) & (predicted >= task.like_from)
    liked = actual >= task.like_from
    return (
        np.bincount(rows[recommended & liked], minlength=n),
        np.bincount(rows[recommended], minlength=n),
        np.bincount(rows[liked], minlength=n),
    )


def _harmonic(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.divide(2 * a * b, a + b, out=np.zeros_like(a), where=a + b > 0)


def _with_error(statistic: Callable[[np.ndarray], float], n: int) -> tuple[float, float]:
    """A statistic of all listeners, and its bootstrap standard error; it takes how often each listener was drawn."""
    rng = np.random.default_rng(0)
    draws = [statistic(rng.multinomial(n, np.full(n, 1 / n))) for _ in range(RESAMPLES)]
    return statistic(np.ones(n, dtype=np.int64)), float(np.nanstd(draws))


def _item_vectors(task: RankingTask) -> sparse.csr_array:
    """What diversity compares: tags, genres and sound where they are known, else who plays an item."""
    if task.features is not None:
        return unit_rows(task.features.stacked())
    return sparse.csr_array(unit_columns(task.train.positive).T)


def _by_tier(task: RankingTask) -> dict[str, np.ndarray]:
    tiers = popularity_tiers(task.train.positive)
    return {tier: (tiers == tier).astype(np.float32) for tier in ("head", "middle", "tail")}
