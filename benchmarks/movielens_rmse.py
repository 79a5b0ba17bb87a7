"""Errors of the rating predictors on MovieLens 100K beside scikit-surprise's, on the same five folds.

Every fold is learned from anew, by both in the same order of ratings. Segue is given the training rows as histories: it
knows listeners by nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
from scipy import sparse
from surprise import SVD, BaselineOnly, KNNBasic

from benchmarks.generated import as_interactions
from benchmarks.measure import Meter, data_folder, measure, parser, report
from benchmarks.peers import predictions, trainset
from segue.metrics import mae, rmse
from segue.recommenders.registry import create_rating_predictor

NEEDS_DATA = True
FOLDS = 5
PEERS: dict[str, Callable[[int], Any]] = {
    "popularity": lambda _: BaselineOnly(verbose=False),
    "user-knn": lambda _: KNNBasic(sim_options={"name": "pearson_baseline", "user_based": True}, verbose=False),
    "svd": lambda seed: SVD(random_state=seed),
}


def folds(seed: int) -> list[tuple[sparse.csr_array, np.ndarray, np.ndarray, np.ndarray]]:
    """For each fold the training ratings, and the rows, items and ratings to predict."""
    file = data_folder("movielens-100k") / "ml-100k.inter"
    table = pl.read_csv(file, separator="\t", new_columns=["listener", "item", "rating", "time"])
    rows, items = (table[name].rank("dense").to_numpy().astype(np.int32) - 1 for name in ("listener", "item"))
    ratings = table["rating"].to_numpy().astype(np.float32)
    fold_of = np.random.default_rng(seed).permutation(np.arange(len(ratings)) % FOLDS)
    shape = (int(rows.max()) + 1, int(items.max()) + 1)
    parts = []
    for fold in range(FOLDS):
        learned, asked = fold_of != fold, fold_of == fold
        matrix = sparse.coo_array((ratings[learned], (rows[learned], items[learned])), shape=shape)
        parts.append((sparse.csr_array(matrix), rows[asked], items[asked], ratings[asked].astype(np.float64)))
    return parts


def segue(meter: Meter, name: str, seed: int) -> list[tuple[float, float]]:
    """Ours: RMSE and MAE of each fold. Compilation (once per installation) is not counted."""
    model = create_rating_predictor(name, **({"seed": seed} if name == "svd" else {}))
    tiny = as_interactions(sparse.csr_array(np.array([[1, 2], [2, 0]], dtype=np.float32)))
    model.fit(tiny).predict(tiny.matrix, np.array([0, 1]), np.array([0, 1]))
    errors = []
    for train, rows, items, actual in folds(seed):
        interactions = as_interactions(train)
        with meter.phase("fit"):
            model.fit(interactions)
        with meter.phase("predict"):
            predicted = model.predict(train, rows, items)
        errors.append((rmse(predicted, actual), mae(predicted, actual)))
    return errors


def surprise(meter: Meter, name: str, seed: int) -> list[tuple[float, float]]:
    """Theirs: the same."""
    errors = []
    for train, rows, items, actual in folds(seed):
        known, algorithm = trainset(train), PEERS[name](seed)
        with meter.phase("fit"):
            algorithm.fit(known)
        with meter.phase("predict"):
            predicted = predictions(algorithm, rows, items)
        errors.append((rmse(predicted, actual), mae(predicted, actual)))
    return errors


def main(arguments: list[str] | None = None) -> None:
    options = parser(__doc__)
    options.add_argument("--seed", type=int, default=0, help="of the folds and of SVD")
    chosen = options.parse_args(arguments)
    begun = time.perf_counter()
    rows: list[dict[str, Any]] = []
    for name in PEERS:
        ours, theirs = (measure(run, name, chosen.seed) for run in (segue, surprise))
        for who, taken in (("Segue", ours), ("Surprise", theirs)):
            squared, absolute = np.mean(taken.value, axis=0).tolist()
            seconds = sum(taken.seconds.values())
            rows.append(
                {
                    "model": f"{name}, {who}",
                    "RMSE": round(squared, 5),
                    "MAE": round(absolute, 5),
                    "fit s": taken.seconds["fit"] / FOLDS,
                    "predict s": taken.seconds["predict"] / FOLDS,
                    "times faster": sum(theirs.seconds.values()) / seconds if who == "Segue" else None,
                }
            )
    report(f"MovieLens 100K, {FOLDS} folds", rows, chosen.json, seconds_in_all=time.perf_counter() - begun)


if __name__ == "__main__":
    main()
