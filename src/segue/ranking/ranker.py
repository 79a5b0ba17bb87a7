"""Ranker: trees that order candidates by more than the blend knows, and how much they are to be heeded."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from segue.errors import BadSnapshot
from segue.library.records import load_record, save_record
from segue.ranking.signals import NAMES, standardised
from segue.ranking.trees import Trees

SEGMENTS = ("new", "casual", "heavy")
LIMITS = (20, 150)
"""Items in the history from which a listener is casual, and from which heavy."""


@dataclass(frozen=True)
class SegmentVerdict:
    """NDCG@20 of one segment's listeners, blend and ranker; `weight` is how much the trees are heeded, 0 to 1."""

    name: str
    weight: float
    listeners: int
    blend: float | None = None
    ranker: float | None = None


@dataclass(frozen=True)
class Verdict:
    """Whether the ranker is better than the blend, on listeners that it did not learn from.

    Attributes:
        on: whether it is used.
        why: in one sentence.
        listeners: how many it was judged on; 0, and no numbers, where it did not come to that.
        blend, ranker: NDCG@20 of each, averaged over them.
        low, high: the 5% and 95% quantiles of the mean difference, by bootstrap over the listeners.
        segments: the same by the size of the history.
    """

    on: bool
    why: str
    listeners: int = 0
    blend: float | None = None
    ranker: float | None = None
    low: float | None = None
    high: float | None = None
    segments: tuple[SegmentVerdict, ...] = ()


@dataclass(frozen=True, eq=False)
class Ranker:
    """Trees over `signals`, mixed with the blend.

    Attributes:
        trees: what was learned.
        weights: of the trees beside the blend, 0 to 1, for each of `SEGMENTS`.
        limits: items in the history from which a listener is casual, and from which heavy.
        signals: the columns that the trees look at.
        verdict: why it is used.
    """

    trees: Trees
    weights: tuple[float, ...]
    limits: tuple[int, ...]
    signals: tuple[str, ...]
    verdict: Verdict

    def heeds(self, history_size: int) -> bool:
        """Whether the trees have any weight for a history of so many items."""
        return bool(self.weights[int(segments_of(np.array([history_size]), self.limits)[0])])

    def scores(self, X: np.ndarray, blend: np.ndarray, history_size: int) -> np.ndarray:
        """Scores of the candidates of one listener, float32, shape (m,).

        `X` are their signals, shape (m, n_signals), `blend` their standardised scores by the blend, shape (m,), and
        `history_size` the number of items in the history.
        """
        weight = np.float32(self.weights[int(segments_of(np.array([history_size]), self.limits)[0])])
        if not weight:
            return blend
        return (1 - weight) * blend + weight * standardised(self.trees.predict(X))

    def save(self, path: Path) -> None:
        """Write into a new directory."""
        save_record(self.trees, path / "trees")
        told = {
            "weights": self.weights,
            "limits": self.limits,
            "signals": self.signals,
            "verdict": asdict(self.verdict),
        }
        (path / "ranker.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Ranker:
        """What `save` wrote. Raises `BadSnapshot` when it is damaged, or looks at other signals than this version makes."""
        trees = load_record(Trees, path / "trees")
        try:
            told = json.loads((path / "ranker.json").read_text(encoding="utf-8"))
            segments = tuple(SegmentVerdict(**segment) for segment in told["verdict"].pop("segments"))
            verdict = Verdict(**told["verdict"], segments=segments)
            weights, limits, signals = (tuple(told[name]) for name in ("weights", "limits", "signals"))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadSnapshot(f"{path} does not hold a ranker this version can read: {error!r}") from error
        if signals != NAMES or trees.n_features != len(NAMES) or len(weights) != len(limits) + 1:
            raise BadSnapshot(f"{path} holds a ranker that looks at other signals than this version makes: train again")
        return cls(trees, weights, limits, signals, verdict)


def segments_of(history_sizes: np.ndarray, limits: tuple[int, ...] = LIMITS) -> np.ndarray:
    """The segment of listeners with so many items in their histories, as places in `SEGMENTS`."""
    return np.searchsorted(np.array(limits), history_sizes, side="right")
