"""The leaderboard: models beside each other on one protocol, over several seeds, with intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from segue import metrics
from segue.errors import NotEnoughData, UnknownModel
from segue.evaluation.judging import Judgement, judge_ranking, judge_ratings
from segue.evaluation.protocols import Protocol
from segue.evaluation.tasks import Dataset, RankingTask, RatingTask
from segue.recommenders.base import Recommender
from segue.recommenders.registry import (
    create,
    create_rating_predictor,
    parameters_of,
    rating_predictors,
    recommenders,
)
from segue.recommenders.tuning import search_space, tune

DEFAULT_MODELS = (
    "popularity",
    "user-knn",
    "item-knn",
    "rp3beta",
    "als",
    "ease",
    "svd",
    "kmeans",
    "content",
    "feature-ridge",
    "hybrid",
)
SEGMENT_METRICS = ("ndcg@20", "recall@20")
Z95 = 1.959964


@dataclass(frozen=True)
class ModelSpec:
    """A model to judge: its name and the parameters that differ from its defaults."""

    name: str
    parameters: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """One line of a leaderboard. `segments` maps "country=DE" to metrics and the number of listeners."""

    name: str
    parameters: dict[str, Any]
    metrics: dict[str, metrics.Interval]
    segments: dict[str, dict[str, Any]]
    fit_s: float
    recommend_s: float
    peak_rss_mb: float


@dataclass(frozen=True)
class Skipped:
    """A model that could not be judged here, and why."""

    name: str
    why: str


@dataclass(frozen=True)
class Leaderboard:
    """The outcome of an evaluation, best first by the protocol's first metric."""

    dataset: str
    protocol: Protocol
    seeds: int
    sizes: dict[str, int]
    entries: tuple[Entry, ...]
    skipped: tuple[Skipped, ...]

    def as_json(self) -> dict[str, Any]:
        """One JSON document: see `segue evaluate --json`."""
        return {
            "dataset": self.dataset,
            "protocol": self.protocol.name,
            "seeds": self.seeds,
            "sizes": self.sizes,
            "models": [_entry_json(entry) for entry in self.entries],
            "skipped": [{"name": skipped.name, "why": skipped.why} for skipped in self.skipped],
        }


def leaderboard(
    dataset: Dataset,
    protocol: Protocol,
    models: Sequence[ModelSpec] = tuple(map(ModelSpec, DEFAULT_MODELS)),
    *,
    seeds: int = 1,
    trials: int = 0,
    progress: Callable[[str], None] = lambda _: None,
) -> Leaderboard:
    """Judge every model on every seed.

    Args:
        dataset: what to split.
        protocol: how.
        models: whom to judge.
        seeds: how many splits; figures are means over them.
        trials: hyperparameters tried per model and seed, on an inner split of the training data; 0 for the given ones.
        progress: called with a line of text before each piece of work.

    A model that lacks data it needs (features, say) is skipped with the reason; other errors stop the evaluation.
    """
    judgements: dict[str, list[Judgement]] = {spec.name: [] for spec in models}
    parameters: dict[str, dict[str, Any]] = {}
    skipped: dict[str, Skipped] = {}
    for seed in range(seeds):
        task = protocol.make(dataset, seed)
        for spec in models:
            if spec.name in skipped:
                continue
            progress(f"{spec.name} (seed {seed})")
            try:
                chosen = _tuned(spec, task, trials, seed, progress)
                judgements[spec.name].append(_judge(chosen, task))
            except NotEnoughData as error:
                skipped[spec.name] = Skipped(spec.name, str(error))
                continue
            if seed == 0:
                parameters[spec.name] = parameters_of(_create(chosen, task))
    entries = [
        _entry(spec.name, parameters[spec.name], judgements[spec.name], dataset)
        for spec in models
        if spec.name not in skipped
    ]
    first = protocol.headline[0]
    lower_is_better = first in {"rmse", "mae", "clicks"}
    entries.sort(key=lambda entry: entry.metrics[first].mean * (1 if lower_is_better else -1))
    return Leaderboard(dataset.name, protocol, seeds, _sizes(dataset), tuple(entries), tuple(skipped.values()))


def _tuned(
    spec: ModelSpec, task: RankingTask | RatingTask, trials: int, seed: int, progress: Callable[[str], None]
) -> ModelSpec:
    if not trials or isinstance(task, RatingTask) or not search_space(spec.name):
        return spec
    best, *_ = tune(
        spec.name, task.train, task.features, trials=trials, seed=seed,
        progress=lambda trial: progress(f"{spec.name}: {trial.ndcg:.4f} on the inner split"),
    )  # fmt: skip
    return ModelSpec(spec.name, best.parameters | spec.parameters)


def _create(spec: ModelSpec, task: RankingTask | RatingTask) -> Any:
    if isinstance(task, RankingTask):
        return create(spec.name, **spec.parameters)
    if spec.name in recommenders() and spec.name not in rating_predictors():
        raise NotEnoughData(f"{spec.name} ranks, but does not predict ratings")
    return create_rating_predictor(spec.name, **spec.parameters)


def _judge(spec: ModelSpec, task: RankingTask | RatingTask) -> Judgement:
    model = _create(spec, task)
    if isinstance(task, RatingTask):
        return judge_ratings(model, task)
    if not isinstance(model, Recommender):
        raise UnknownModel(f"{spec.name} does not rank items")
    return judge_ranking(model, task)


def _entry(name: str, parameters: dict[str, Any], judged: list[Judgement], dataset: Dataset) -> Entry:
    names = list(judged[0].per_listener)
    listener_ids, values = _mean_per_listener(judged, names)
    found = dict(zip(names, metrics.bootstrap(values), strict=True))
    for metric in judged[0].overall:
        means, errors = zip(*(judgement.overall[metric] for judgement in judged), strict=True)
        mean, error = float(np.mean(means)), float(np.mean(errors))
        found[metric] = metrics.Interval(mean, mean - Z95 * error, mean + Z95 * error)
    return Entry(
        name, parameters, found, _segments(listener_ids, values, names, judged, dataset),
        float(np.mean([judgement.fit_s for judgement in judged])),
        float(np.mean([judgement.recommend_s for judgement in judged])),
        max(judgement.peak_rss_mb for judgement in judged),
    )  # fmt: skip


def _mean_per_listener(judged: list[Judgement], names: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Each listener's mean over seeds, shape (n_listeners, n_metrics): the bootstrap is over listeners, not pairs."""
    ids = np.concatenate([judgement.listener_ids for judgement in judged]).astype(str)
    stacked = np.concatenate(
        [np.column_stack([judgement.per_listener[name] for name in names]) for judgement in judged]
    )
    distinct, group = np.unique(ids, return_inverse=True)
    known = ~np.isnan(stacked)
    totals, counts = np.zeros((2, len(distinct), len(names)))
    np.add.at(totals, group, np.where(known, stacked, 0))
    np.add.at(counts, group, known)
    return distinct, np.divide(totals, counts, out=np.full(totals.shape, np.nan), where=counts > 0)


def _segments(
    listener_ids: np.ndarray, values: np.ndarray, names: list[str], judged: list[Judgement], dataset: Dataset
) -> dict[str, dict[str, Any]]:
    labels = dataset.listener_segments(listener_ids)
    firsts = {str(name): place for place, name in enumerate(judged[0].listener_ids)}
    known = np.array([firsts.get(name, -1) for name in listener_ids])
    for name, values_of_seed in judged[0].segments.items():
        labels[name] = values_of_seed[known]
        labels[name][known < 0] = None
    columns = np.array([names.index(metric) for metric in SEGMENT_METRICS if metric in names], dtype=np.int64)
    found = {}
    for segment, label in labels.items():
        for value in sorted({value for value in label if value is not None}):
            rows = np.flatnonzero(label == value)
            intervals = metrics.bootstrap(values[np.ix_(rows, columns)], resamples=300)
            found[f"{segment}={value}"] = {
                "listeners": len(rows),
                "metrics": {names[c]: _interval_json(i) for c, i in zip(columns, intervals, strict=True)},
            }
    return found


def _sizes(dataset: Dataset) -> dict[str, int]:
    interactions = dataset.interactions
    return {"listeners": interactions.n_listeners, "items": interactions.n_items, "pairs": int(interactions.matrix.nnz)}


def _entry_json(entry: Entry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "parameters": entry.parameters,
        "metrics": {name: _interval_json(interval) for name, interval in entry.metrics.items()},
        "segments": entry.segments,
        "fit_s": round(entry.fit_s, 3),
        "recommend_s": round(entry.recommend_s, 3),
        "peak_rss_mb": round(entry.peak_rss_mb, 1),
    }


def _interval_json(interval: metrics.Interval) -> dict[str, Any]:
    def number(value: float) -> float | None:
        return None if np.isnan(value) else round(value, 6)

    return {"mean": number(interval.mean), "ci95": [number(interval.low), number(interval.high)]}
