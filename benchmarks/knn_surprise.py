"""User-KNN ratings beside scikit-surprise's KNNBasic (user-based, pearson_baseline, k 40) on a generated set.

Counts of listens, capped at 5, are the ratings. Surprise works out all similarities in `fit`; Segue works out those of
a history when it is asked about one, so its predictions include that. Compilation, once per installation, is not
counted. Surprise runs on one core; Segue uses all there are, which shows when it is asked about many listeners at once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import psutil
from scipy import sparse
from surprise import KNNBasic

from benchmarks.generated import as_interactions, generate
from benchmarks.measure import MB, Measurement, Meter, measure, parser, report
from benchmarks.peers import predictions, trainset
from segue.recommenders.ratings.user_knn import UserKNN

LARGE = (20_000, 10_000, 1_000_000)
SMALL = (2_000, 1_000, 50_000)
BYTES_PER_PAIR_OF_LISTENERS = 44  # five matrices of 8 bytes, and some room
HIGHEST = 5
ASKED_ALONE = 50
ALONE = "predict, one listener a call"


def ratings(size: tuple[int, int, int]) -> sparse.csr_array:
    """Counts, capped."""
    counts = generate(*size)
    counts.data = np.minimum(counts.data, HIGHEST)
    return counts


def every_item(listeners: np.ndarray, n_items: int) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of each of these listeners with all items."""
    return np.repeat(listeners, n_items), np.tile(np.arange(n_items), len(listeners))


def segue(meter: Meter, size: tuple[int, int, int], listeners: np.ndarray) -> np.ndarray:
    """Ours: predictions, shape (n_listeners, n_items)."""
    tiny = as_interactions(ratings((50, 30, 400)))
    UserKNN().fit(tiny).predict(tiny.matrix, np.array([0]), np.array([0]))
    interactions = as_interactions(ratings(size))
    pairs = every_item(listeners, size[1])
    meter.start()
    with meter.phase("fit"):
        model = UserKNN().fit(interactions)
    with meter.phase("predict"):
        predicted = model.predict(interactions.matrix, *pairs)
    for listener in listeners[:ASKED_ALONE]:
        alone = interactions.matrix[[listener]]
        row, items = every_item(np.array([0]), size[1])
        with meter.phase(ALONE):
            model.predict(alone, row, items)
    return predicted.reshape(len(listeners), -1)


def surprise(meter: Meter, size: tuple[int, int, int], listeners: np.ndarray) -> np.ndarray:
    """Theirs: the same."""
    known = trainset(ratings(size))
    algorithm = KNNBasic(k=40, sim_options={"name": "pearson_baseline", "user_based": True}, verbose=False)
    pairs = every_item(listeners, size[1])
    meter.start()
    with meter.phase("fit"):
        algorithm.fit(known)
    with meter.phase("predict"):
        predicted = predictions(algorithm, *pairs)
    return predicted.reshape(len(listeners), -1)


def row(name: str, measured: Measurement, n_listeners: int) -> dict[str, Any]:
    """One line of the table."""
    return {
        "model": name,
        "fit s": measured.seconds["fit"],
        "ms a listener": 1_000 * measured.seconds["predict"] / n_listeners,
        "peak MB": measured.peak_mb,
        "before MB": measured.base_mb,
    }


def main(arguments: list[str] | None = None) -> None:
    options = parser(__doc__)
    options.add_argument("--small", action="store_true", help="2,000 listeners: the large set takes Surprise 16 GB")
    options.add_argument("--listeners", type=int, default=400, help="whom Segue predicts all items for")
    options.add_argument("--sample", type=int, default=8, help="whom both predict all items for")
    chosen = options.parse_args(arguments)
    size = SMALL if chosen.small else LARGE
    needed = size[0] ** 2 * BYTES_PER_PAIR_OF_LISTENERS
    if psutil.virtual_memory().available < needed:
        print(f"Surprise needs {needed / MB:,.0f} MB for {size[0]:,} listeners, which are not free: measuring 2,000")
        size = SMALL
    listeners = np.random.default_rng(0).permutation(size[0])[: chosen.listeners]
    sample = listeners[: chosen.sample]
    ours, theirs = measure(segue, size, listeners), measure(surprise, size, sample)
    unrated = ratings(size)[sample].toarray() == 0
    rows = [row("Segue UserKNN", ours, len(listeners)), row("Surprise KNNBasic", theirs, len(sample))]
    report(
        f"user-KNN, {size[0]:,} listeners x {size[1]:,} items, {size[2]:,} listens: all items of a listener",
        rows,
        chosen.json,
        fit_times_faster=rows[1]["fit s"] / rows[0]["fit s"],
        prediction_times_faster=rows[1]["ms a listener"] / rows[0]["ms a listener"],
        memory_times_less=rows[1]["peak MB"] / rows[0]["peak MB"],
        ms_a_listener_when_asked_one_by_one=1_000 * ours.seconds[ALONE] / min(ASKED_ALONE, len(listeners)),
        largest_difference=float(np.abs(ours.value[: len(sample)] - theirs.value)[unrated].max()),
        predictions_compared=int(unrated.sum()),
    )


if __name__ == "__main__":
    main()
