"""Learning a Ranker, and judging whether it is worth having: trees, weights and verdict each on listeners of their own."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from segue import metrics
from segue.ranking.ranker import LIMITS, SEGMENTS, Ranker, SegmentVerdict, Verdict, segments_of
from segue.ranking.signals import NAMES, standardised
from segue.ranking.trees import Trees

CUTOFF = 20
LEAST_GROUPS = 300
"""With fewer groups that have a hit, neither trees nor verdict could be trusted."""
LEAST_OF_SEGMENT = 30
"""A segment with fewer groups to choose on keeps to the blend."""
WORTH_OF_ALL = 100
"""What all groups say of a weight counts as much as so many of the segment's own."""
WEIGHTS = (0.0, 0.25, 0.5, 0.75)
"""The blend always keeps a say: it was learned from far more than the trees were."""
SHARES = (0.5, 0.2, 0.3)
"""Shares of the listeners that the trees, the weights and the verdict are made on."""
FOLDS = 4
MOST_TREES = 50
"""In each fold; a few hundred trees are all that there is time for in a request."""
PATIENCE = 20
PARAMETERS = {
    "objective": "lambdarank",
    "label_gain": [0, 1],
    "lambdarank_truncation_level": CUTOFF + 10,
    "metric": "ndcg",
    "eval_at": [CUTOFF],
    "num_leaves": 8,
    "learning_rate": 0.08,
    "min_data_in_leaf": 200,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 10.0,
    "max_bin": 127,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 2,
    "verbosity": -1,
}


@dataclass(frozen=True, eq=False)
class Groups:
    """Candidates as they are served, one group for each listener and cut in time, stacked.

    Attributes:
        signals: float32 (n_rows, n_signals): see `Signals`.
        blend: float32 (n_rows,): relevance as it is served without a ranker.
        hit: bool (n_rows,): whether the listener played it after the cut.
        sizes: int (n_groups,): rows of each group, in order.
        relevant: int (n_groups,): all that the listener came to after the cut, candidates or not.
        history_sizes: int (n_groups,): items in the history.
        listener: int (n_groups,): whose group it is; the groups of one listener stay together.

    Raises `ValueError` when the shapes do not fit.
    """

    signals: np.ndarray
    blend: np.ndarray
    hit: np.ndarray
    sizes: np.ndarray
    relevant: np.ndarray
    history_sizes: np.ndarray
    listener: np.ndarray

    def __post_init__(self) -> None:
        n_rows, n_groups = int(self.sizes.sum()), len(self.sizes)
        rows = (len(self.signals), len(self.blend), len(self.hit))
        groups = (len(self.relevant), len(self.history_sizes), len(self.listener))
        if set(rows) != {n_rows} or set(groups) != {n_groups}:
            raise ValueError(f"groups of {n_rows} rows have {rows}, and {n_groups} groups {groups}")
        if self.signals.shape[1] != len(NAMES):
            raise ValueError(f"{self.signals.shape[1]} signals are not the {len(NAMES)} of this version")

    def of(self, chosen: np.ndarray) -> Groups:
        """Only these groups (flags, shape (n_groups,))."""
        rows = np.repeat(chosen, self.sizes)
        return Groups(self.signals[rows], self.blend[rows], self.hit[rows], self.sizes[chosen], self.relevant[chosen],
                      self.history_sizes[chosen], self.listener[chosen])  # fmt: skip

    @property
    def starts(self) -> np.ndarray:
        """The first row of each group, and after the last."""
        return np.concatenate([[0], np.cumsum(self.sizes)])

    def standardised(self, scores: np.ndarray) -> np.ndarray:
        """Scores of the rows, standardised within each group."""
        parts = [standardised(scores[start:end]) for start, end in pairwise(self.starts)]
        return np.concatenate([np.zeros(0, dtype=np.float32), *parts])

    def hits(self) -> np.ndarray:
        """How many of each group's candidates were played."""
        return np.diff(np.concatenate([[0], np.cumsum(self.hit)])[self.starts])

    def ndcg(self, scores: np.ndarray) -> np.ndarray:
        """NDCG@20 of each group in the order of these scores of the rows; NaN where nothing is relevant."""
        top = np.zeros((len(self.sizes), CUTOFF), dtype=np.bool_)
        for group, start in enumerate(self.starts[:-1]):
            rows = slice(start, start + self.sizes[group])
            found = self.hit[rows][np.argsort(-scores[rows], kind="stable")[:CUTOFF]]
            top[group, : len(found)] = found
        return metrics.ndcg(top, self.relevant, CUTOFF)


@dataclass(frozen=True, eq=False)
class Learned:
    """A ranker, None where it is not better than the blend, and why."""

    ranker: Ranker | None
    verdict: Verdict


def learn_ranker(groups: Groups, seed: int = 0) -> Learned:
    """Learn a ranker and judge it.

    Of the listeners, half grow the trees (LambdaMART, Burges 2010), a fifth choose for each segment how much the trees are
    heeded, and the others, on whom nothing was learned, give the verdict: the ranker is used only where its NDCG@20 is better,
    and would be in 95% of such samples of listeners.
    """
    groups = groups.of((groups.relevant > 0) & (groups.sizes > 0))
    telling = int((groups.hits() > 0).sum())
    if telling < LEAST_GROUPS:
        why = f"off: {telling:,} listeners came to something among their candidates, and {LEAST_GROUPS} are needed to learn from"
        return Learned(None, Verdict(on=False, why=why))
    rng = np.random.default_rng(seed)
    parts = _parts(groups, SHARES, rng)
    growing, choosing, judging = (groups.of(parts == part) for part in range(len(SHARES)))
    trees = _grow(growing, rng, seed)
    weights = _choose(choosing, trees)
    if not any(weights):
        why = "off: however little the trees were heeded, the blend alone was better"
        return Learned(None, Verdict(on=False, why=why))
    verdict = _judge(judging, trees, weights, seed)
    return Learned(Ranker(trees, weights, LIMITS, NAMES, verdict) if verdict.on else None, verdict)


def _parts(groups: Groups, shares: tuple[float, ...], rng: np.random.Generator) -> np.ndarray:
    """The part that each group is in, with these shares of the listeners drawn for each."""
    listeners, codes = np.unique(groups.listener, return_inverse=True)
    ends = np.round(np.cumsum(shares) * len(listeners)).astype(np.int64)
    return np.searchsorted(ends, rng.permutation(len(listeners)), side="right")[codes]


def _grow(groups: Groups, rng: np.random.Generator, seed: int) -> Trees:
    """Trees by LambdaRank: the mean of folds, each grown until it gets no better on the listeners it leaves out.

    What one fold takes from chance the others do not, which with few listeners decides whether trees are better at all.
    """
    import lightgbm  # noqa: PLC0415 - takes its time, and is not needed for serving

    # Groups without a hit, or of hits alone, have no order to learn.
    groups = groups.of((groups.hits() > 0) & (groups.hits() < groups.sizes))
    folds = _parts(groups, (1 / FOLDS,) * FOLDS, rng)
    boosters = []
    for fold in range(FOLDS):
        grown, left_out = groups.of(folds != fold), groups.of(folds == fold)
        learned = lightgbm.Dataset(grown.signals, grown.hit.astype(np.int8), group=grown.sizes)
        judged = lightgbm.Dataset(
            left_out.signals, left_out.hit.astype(np.int8), group=left_out.sizes, reference=learned
        )
        stop = lightgbm.early_stopping(PATIENCE, verbose=False)
        parameters = PARAMETERS | {"seed": seed + fold}
        boosters.append(lightgbm.train(parameters, learned, MOST_TREES, valid_sets=[judged], callbacks=[stop]))
    return Trees.of(*boosters)


def _choose(groups: Groups, trees: Trees) -> tuple[float, ...]:
    """For each segment the weight of the trees that ranks best, by its own groups and, for want of many, by all of them.

    0 where it is no better than the blend on the segment's own groups.
    """
    blend, beside = groups.standardised(groups.blend), groups.standardised(trees.predict(groups.signals))
    quality = np.stack([groups.ndcg((1 - np.float32(one)) * blend + np.float32(one) * beside) for one in WEIGHTS])
    gain = quality - quality[0]
    segments = segments_of(groups.history_sizes)
    chosen = []
    for segment in range(len(SEGMENTS)):
        own = gain[:, segments == segment]
        best = int(np.argmax(own.sum(axis=1) + WORTH_OF_ALL * gain.mean(axis=1)))
        helps = own.shape[1] >= LEAST_OF_SEGMENT and own[best].mean() > 0
        chosen.append(WEIGHTS[best] if helps else 0.0)
    return tuple(chosen)


def _judge(groups: Groups, trees: Trees, weights: tuple[float, ...], seed: int) -> Verdict:
    blend, beside = groups.standardised(groups.blend), groups.standardised(trees.predict(groups.signals))
    segments = segments_of(groups.history_sizes)
    share = np.repeat(np.array(weights, dtype=np.float32)[segments], groups.sizes)
    listeners, codes = np.unique(groups.listener, return_inverse=True)
    before, after = groups.ndcg(blend), groups.ndcg((1 - share) * blend + share * beside)
    of_listeners = np.stack([np.bincount(codes, one) / np.bincount(codes) for one in (before, after)])
    difference = metrics.bootstrap(np.diff(of_listeners, axis=0).T, resamples=2_000, level=0.9, seed=seed)[0]
    without, with_it = (float(mean) for mean in of_listeners.mean(axis=1))
    on = difference.mean > 0 and difference.low > 0
    why = (
        f"{'on' if on else 'off'}: NDCG@{CUTOFF} {with_it:.4f} with it and {without:.4f} without, on "
        f"{len(listeners):,} listeners it did not learn from (difference {difference.mean:+.4f}, 90% of samples from "
        f"{difference.low:+.4f} to {difference.high:+.4f})"
    )
    told = tuple(
        _of_segment(name, weights[place], before[segments == place], after[segments == place])
        for place, name in enumerate(SEGMENTS)
    )
    return Verdict(on, why, len(listeners), without, with_it, difference.low, difference.high, told)


def _of_segment(name: str, weight: float, before: np.ndarray, after: np.ndarray) -> SegmentVerdict:
    if not len(before):
        return SegmentVerdict(name, weight, 0)
    return SegmentVerdict(name, weight, len(before), float(before.mean()), float(after.mean()))
