"""Items nobody has played: a map from features beside cosine, popularity and chance; and what features do to the known ones.

Protocol `cold-items`: a fifth of the items is hidden whole from training, and only these are ranked. Then protocol `holdout`,
with and without features, also among the items that somebody plays in training alone. Means over seeds per listener, with 95%
bootstrap intervals over listeners.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
from scipy import sparse

from benchmarks.measure import data_folder, parser, report
from segue import sources
from segue.evaluation.judging import judge_ranking
from segue.evaluation.protocols import protocols
from segue.evaluation.tasks import Dataset, RankingTask
from segue.features import ItemFeatures
from segue.library import Interactions
from segue.metrics import bootstrap
from segue.recommenders.base import Recommender
from segue.recommenders.content import Content
from segue.recommenders.feature_ridge import FeatureRidge
from segue.recommenders.hybrid import Hybrid
from segue.recommenders.popularity import Popularity

NEEDS_DATA = True
SHOWN = ("ndcg@20", "recall@20")
DESCRIBED = ("audio", "genres")
Run = tuple[str, Recommender, RankingTask]


@dataclass(eq=False)
class Chance:
    """Random numbers."""

    n_items: int = field(init=False, default=0)

    def fit(self, interactions: Interactions, features: ItemFeatures | None = None) -> Self:  # noqa: ARG002
        self.n_items = interactions.n_items
        return self

    def scores(self, histories: sparse.csr_array) -> np.ndarray:
        return np.random.default_rng(0).random((histories.shape[0], self.n_items), dtype=np.float32)


def cold(task: RankingTask) -> Iterator[Run]:
    """Every model on every choice of features."""
    assert task.features is not None
    yield "chance", Chance(), task
    yield "popularity", Popularity(), task
    described = task.features.only(DESCRIBED)
    if 0 < len(described.groups) < len(task.features.groups):
        only = replace(task, features=described)
        yield f"content, {' and '.join(DESCRIBED)} only", Content(), only
        yield f"feature-ridge, {' and '.join(DESCRIBED)} only", FeatureRidge(), only
    yield "content", Content(), task
    if any(group.kind == "credits" for group in task.features.groups):
        yield "content, with artists and releases", Content(credits=1.0), task
    yield "feature-ridge", FeatureRidge(), task
    yield "hybrid", Hybrid(), task


def warm(task: RankingTask) -> Iterator[Run]:
    """The hybrid without features, with them, and with newcomers; among all items, and among those with a listener."""
    played = np.bincount(task.train.positive.indices, minlength=task.train.n_items) > 0
    relevant = sparse.csr_array(task.relevant.multiply(played[np.newaxis, :]))
    relevant.eliminate_zeros()
    known = replace(task, candidates=played, relevant=relevant)
    for where, asked in (("all items", task), ("items with a listener", known)):
        yield f"hybrid without features, {where}", Hybrid(), replace(asked, features=None)
        yield f"hybrid with features, {where}", Hybrid(newcomers=False), asked
        if asked is task:
            yield f"hybrid with features and newcomers, {where}", Hybrid(), asked


def measured(dataset: Dataset, protocol: str, seeds: int) -> list[dict[str, Any]]:
    """One row for each model."""
    found: dict[str, dict[str, list[np.ndarray]]] = {}
    seconds: dict[str, float] = {}
    for seed in range(seeds):
        task = protocols()[protocol].make(dataset, seed)
        assert isinstance(task, RankingTask)
        for name, model, asked in (cold if protocol == "cold-items" else warm)(task):
            judged = judge_ranking(model, asked)
            ids = asked.listener_ids[np.diff(asked.relevant.indptr) > 0]
            values = np.column_stack([judged.per_listener[metric] for metric in SHOWN])
            for listener, value in zip(ids, values, strict=True):
                found.setdefault(name, {}).setdefault(str(listener), []).append(value)
            seconds[name] = seconds.get(name, 0.0) + judged.fit_s / seeds
    rows = []
    for name, listeners in found.items():
        intervals = bootstrap(np.array([np.mean(values, axis=0) for values in listeners.values()]))
        row: dict[str, Any] = {"who": name}
        for metric, interval in zip(SHOWN, intervals, strict=True):
            row |= {metric: interval.mean, f"{metric} 95%": f"{interval.low:.4f}-{interval.high:.4f}"}
        rows.append(row | {"fit s": seconds[name]})
    return rows


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and write."""
    options = parser(__doc__)
    options.add_argument("--seeds", type=int, default=2)
    options.add_argument("--only", choices=("cold-items", "holdout"), default=None)
    chosen = options.parse_args(arguments)
    for folder, signal, level in (("lastfm-2k", None, None), ("spotify-songs", "playlists", "track")):
        dataset = Dataset.of(folder, sources.read([data_folder(folder)]).library, signal, level)  # type: ignore[arg-type]
        for protocol in ("cold-items", "holdout"):
            if chosen.only in (None, protocol):
                rows = measured(dataset, protocol, chosen.seeds)
                path = chosen.json.with_stem(f"{chosen.json.stem}_{folder}_{protocol}") if chosen.json else None
                report(f"{folder}, {protocol}", rows, path, seeds=chosen.seeds)


if __name__ == "__main__":
    main()
