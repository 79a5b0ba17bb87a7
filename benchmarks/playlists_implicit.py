"""Playlists of spotify-songs: Segue's hybrid beside implicit's ALS and item-KNN, on the same split, in one run.

Protocol `holdout` with playlists as listeners: a fifth of each playlist's tracks is hidden, all other tracks are ranked.
The peers' hyperparameters are the best of a grid on an inner split; the hybrid chooses its own there too.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Self

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from implicit.nearest_neighbours import BM25Recommender, CosineRecommender
from implicit.utils import ParameterWarning
from scipy import sparse
from threadpoolctl import threadpool_limits

from benchmarks.measure import data_folder, parser, report
from segue import sources
from segue.evaluation.judging import judge_ranking
from segue.evaluation.protocols import protocols
from segue.evaluation.tasks import Dataset, RankingTask
from segue.features import ItemFeatures
from segue.library import Interactions
from segue.library.splits import holdout
from segue.metrics import bootstrap
from segue.recommenders.base import Recommender
from segue.recommenders.hybrid import Hybrid
from segue.recommenders.ranking_quality import mean_ndcg, sample_rows

NEEDS_DATA = True
SHOWN = ("ndcg@20", "recall@20")


@dataclass(eq=False)
class ImplicitALS:
    """implicit's ALS, scoring histories by its own fold-in."""

    factors: int
    regularization: float
    alpha: float
    model: Any = field(init=False, repr=False)

    def fit(self, interactions: Interactions, features: ItemFeatures | None = None) -> Self:  # noqa: ARG002
        with threadpool_limits(1, "blas"):
            self.model = AlternatingLeastSquares(
                factors=self.factors, regularization=self.regularization, alpha=self.alpha, random_state=0
            )
            self.model.fit(sparse.csr_matrix(interactions.matrix), show_progress=False)
        return self

    def scores(self, histories: sparse.csr_array) -> np.ndarray:
        with threadpool_limits(1, "blas"):
            folded = self.model.recalculate_user(np.arange(histories.shape[0]), sparse.csr_matrix(histories))
        return np.asarray(folded @ self.model.item_factors.T, dtype=np.float32)


@dataclass(eq=False)
class ImplicitItemKNN:
    """implicit's item-KNN: cosine or BM25."""

    kind: str
    neighbours: int
    model: Any = field(init=False, repr=False)

    def fit(self, interactions: Interactions, features: ItemFeatures | None = None) -> Self:  # noqa: ARG002
        self.model = {"cosine": CosineRecommender, "bm25": BM25Recommender}[self.kind](K=self.neighbours)
        self.model.fit(sparse.csr_matrix(interactions.matrix), show_progress=False)
        return self

    def scores(self, histories: sparse.csr_array) -> np.ndarray:
        scores = sparse.csr_matrix(histories) @ self.model.similarity
        return np.asarray(scores.toarray(), dtype=np.float32)


def best(grid: list[Recommender], task: RankingTask) -> Recommender:
    """The one that ranks best on an inner split of the training data."""
    rng = np.random.default_rng(100)
    inner = holdout(task.train.positive, rng)
    rows = sample_rows(inner.test, 5_000, rng)
    train = task.train.with_matrix(inner.train)
    return max(grid, key=lambda model: mean_ndcg(model.fit(train), inner.train, inner.test, rows, 20))


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and write."""
    options = parser(__doc__)
    options.add_argument("--seeds", type=int, default=3)
    chosen = options.parse_args(arguments)
    warnings.filterwarnings("ignore", category=ParameterWarning)
    library = sources.read([data_folder("spotify-songs")]).library
    dataset = Dataset.of("spotify-songs", library, "playlists", "track")
    als: list[Recommender] = [
        ImplicitALS(*point) for point in product((32, 64, 128), (0.1, 1.0, 10.0), (1.0, 10.0, 40.0))
    ]
    knn: list[Recommender] = [ImplicitItemKNN(*point) for point in product(("cosine", "bm25"), (50, 200, 500))]
    values: dict[str, list[np.ndarray]] = {}
    about: dict[str, Any] = {}
    seconds: dict[str, float] = {}
    peers: list[tuple[str, Recommender]] = []
    for seed in range(chosen.seeds):
        task = protocols()["holdout"].make(dataset, seed)
        assert isinstance(task, RankingTask)
        if not peers:
            peers = [("implicit ALS", best(als, task)), ("implicit item-KNN", best(knn, task))]
            about |= {name: repr(model) for name, model in peers}
        for name, model in [*peers, ("segue hybrid", Hybrid())]:
            judged = judge_ranking(model, task)
            values.setdefault(name, []).append(np.column_stack([judged.per_listener[metric] for metric in SHOWN]))
            seconds[name] = seconds.get(name, 0.0) + judged.fit_s / chosen.seeds
    rows = []
    for name, parts in values.items():
        intervals = bootstrap(np.mean(parts, axis=0))
        row: dict[str, Any] = {"who": name}
        for metric, interval in zip(SHOWN, intervals, strict=True):
            row |= {metric: interval.mean, f"{metric} 95%": f"{interval.low:.4f}-{interval.high:.4f}"}
        rows.append(row | {"fit s": seconds[name]})
    report("spotify-songs playlists, holdout", rows, chosen.json, seeds=chosen.seeds, **about)


if __name__ == "__main__":
    main()
