"""Models in the form that answers one request at a time: the same scores, for the items that matter only.

Linear item-item models propose candidates by a walk along sparse weights; the other parts of a blend score just those. What a
blend divides by (the spread of each part's scores over all items) is computed without scoring all items.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy import sparse

from segue.errors import UnknownModel
from segue.ranking.parts import DensePart, Looked, ServedALS, ServedRidge
from segue.ranking.walk import (
    Scratches,
    amounts,
    as_weights,
    best_of,
    clear,
    combine,
    spreads,
    top_of_rows,
    walk,
)
from segue.recommenders.als import ALS
from segue.recommenders.base import Explains, Recommender, TopK
from segue.recommenders.feature_ridge import FeatureRidge
from segue.recommenders.hybrid import FAINT, Hybrid
from segue.recommenders.linear import LinearItemModel, signed
from segue.recommenders.registry import name_of

Usable = Callable[[np.ndarray], np.ndarray]
"""Which of these items (int32, shape (n,)) may be in the answer: bool, shape (n,), or empty where all may."""


@dataclass(frozen=True, eq=False)
class Scored:
    """Candidates, in no order, and what the model says of them.

    Attributes:
        items: int32 (m,), distinct.
        total: float32 (m,): the model's scores.
        parts: float32 (n_parts, m): what each of `names` adds to the score (but for a trace of popularity).
        explain: for one part and places into `items`: what each history item adds to that part's own scores, float32 (n,
            n_history); None where the part cannot say.
    """

    items: np.ndarray
    total: np.ndarray
    parts: np.ndarray
    names: tuple[str, ...]
    explain: Callable[[int, np.ndarray], np.ndarray | None]


class Served(Protocol):
    """A model that answers single requests."""

    names: tuple[str, ...]

    def score(self, items: np.ndarray, weights: np.ndarray, extra: np.ndarray, k: int, usable: Usable) -> Scored:
        """The model's `k` best usable items for a history (distinct items, raw weights), and its scores of `extra` ones."""
        ...


def served(model: Recommender, n_items: int) -> Served:
    """The form in which a model of so many items answers single requests."""
    if isinstance(model, Hybrid) and any(isinstance(part, LinearItemModel) for part in model.parts):
        return ServedHybrid(model)
    if isinstance(model, LinearItemModel):
        return ServedLinear(model)
    return ServedWhole(model, n_items)


class Walker:
    """Linear item-item models that are walked together, each with its share of the sum."""

    def __init__(self, models: Sequence[LinearItemModel], shares: np.ndarray, *, normalise: bool) -> None:
        self.n_parts = len(models)
        self.shares, self.normalise = shares.astype(np.float64), normalise
        self.weights = as_weights([model.weights for model in models])
        self._weightings = [model.weighting for model in models]
        self._n_items = models[0].weights.shape[0]
        self._scratches = Scratches(self.n_parts, self._n_items)

    def best(
        self, items: np.ndarray, weights: np.ndarray, extra: np.ndarray, k: int, usable: Usable
    ) -> tuple[np.ndarray, np.ndarray, Walked]:
        """The `k` best usable items and `extra`, distinct, and what each part adds to each, float32, shape (n_parts, m)."""
        scratch = self._scratches.mine()
        weighed = self._weighed(weights)
        count = walk(*self.weights, items, weighed, scratch.sums, scratch.seen, scratch.touched)
        worths = self.shares
        if self.normalise:
            worths = worths / spreads(scratch.sums, scratch.touched, count, self._n_items)
        combine(scratch.sums, worths, scratch.touched, count, scratch.totals)
        touched = scratch.touched[:count]
        chosen = touched[best_of(touched, scratch.totals[:count], usable(touched), k)]
        if len(extra):
            chosen = np.unique(np.concatenate([chosen, extra.astype(np.int32)]))
        parts = scratch.sums[:, chosen] * worths.astype(np.float32)[:, np.newaxis]
        clear(scratch.sums, scratch.seen, scratch.touched, count)
        return chosen, parts, Walked(self, items, weighed, scratch.marks)

    def top(self, histories: sparse.csr_array, k: int) -> TopK:
        """The best of many histories at once, on all cores, without what is in them."""
        items = np.full((histories.shape[0], k), -1, dtype=np.int32)
        scores = np.full((histories.shape[0], k), -np.inf, dtype=np.float32)
        top_of_rows(
            *self.weights, histories.indptr, histories.indices, self._weighed(histories.data), self.shares, self.normalise,
            items, scores,
        )  # fmt: skip
        return TopK(items, scores)

    def _weighed(self, weights: np.ndarray) -> np.ndarray:
        return np.stack([signed(weights, weighting) for weighting in self._weightings])


@dataclass(frozen=True, eq=False)
class Walked:
    """A history as it was walked, for saying afterwards what each of its items added."""

    walker: Walker
    items: np.ndarray
    weighed: np.ndarray
    marks: np.ndarray

    def amounts(self, part: int, asked: np.ndarray) -> np.ndarray:
        """What each history item adds to that part's scores of distinct items, float32, shape (n_asked, n_history)."""
        weights = self.walker.weights
        return amounts(
            weights.indptrs[part], weights.indices[part], weights.data[part], self.items, self.weighed[part], asked, self.marks
        )  # fmt: skip


class ServedLinear:
    """One linear item-item model."""

    def __init__(self, model: LinearItemModel) -> None:
        self.names: tuple[str, ...] = (name_of(model),)
        self._walker = Walker([model], np.ones(1), normalise=False)

    def score(self, items: np.ndarray, weights: np.ndarray, extra: np.ndarray, k: int, usable: Usable) -> Scored:
        """See `Served.score`."""
        found, parts, walked = self._walker.best(items, weights, extra, k, usable)
        return Scored(found, parts[0], parts, self.names, lambda part, places: walked.amounts(part, found[places]))


class ServedHybrid:
    """A hybrid: its linear parts propose, all parts score.

    What no linear part has any weight for has the score that the other parts give it, but is proposed only by `extra`.
    """

    def __init__(self, model: Hybrid) -> None:
        self.model = model
        linear = [place for place, part in enumerate(model.parts) if isinstance(part, LinearItemModel)]
        dense = [place for place in range(len(model.parts)) if place not in linear]
        self.names = (*(model.names[place] for place in (*linear, *dense)), "newcomers")
        shares = np.asarray(model.weights)
        self._walker = Walker([model.parts[place] for place in linear], shares[linear], normalise=True)  # type: ignore[misc]
        self._dense = [(_dense(model.parts[place]), float(shares[place])) for place in dense]
        self._popularity = np.asarray(model.popularity.shares) * np.float32(FAINT)
        self._ridge = None if model.ridge is None else ServedRidge(model.ridge)
        n_items = len(model.played) + len(model.unplayed)
        self._played = np.asarray(model.played, dtype=np.int32)
        self._place = np.full(n_items, -1, dtype=np.int32)
        self._place[self._played] = np.arange(len(self._played), dtype=np.int32)

    def score(self, items: np.ndarray, weights: np.ndarray, extra: np.ndarray, k: int, usable: Usable) -> Scored:
        """See `Served.score`."""
        places = self._place[items]
        known = places >= 0
        history, own = places[known], weights[known]
        asked = self._place[extra]
        if len(history):
            places, parts, walked = self._walker.best(
                history, own, asked[asked >= 0], k, lambda found: usable(self._played[found])
            )
        else:
            places, walked = asked[asked >= 0], None
            parts = np.zeros((self._walker.n_parts, len(places)), dtype=np.float32)
        looks = [part.look(history, own) for part, _ in self._dense] if len(history) else []
        rows = [
            look.scores(places) * np.float32(share / look.spread)
            for look, (_, share) in zip(looks, self._dense, strict=bool(looks))
        ]
        rows = rows or [np.zeros(len(places), dtype=np.float32) for _ in self._dense]
        played = np.vstack([parts, *rows, np.zeros(len(places), dtype=np.float32)])
        total = played.sum(axis=0) + self._popularity[places]
        ridge = self._newcomers(items, weights, extra[asked < 0], strange=not len(history) and len(items) > 0)
        new_items, new_scores, look = ridge
        if look is not None and not len(history):
            # Of a history that nobody has played, the ridge alone knows anything.
            played[:] = 0
            played[-1] = look.scores(self._played[places]) * np.float32(self.model.newcomer_scale / look.spread)
            total = played[-1].copy()
        newcomers = np.zeros((len(played), len(new_items)), dtype=np.float32)
        newcomers[-1] = new_scores
        found = np.concatenate([self._played[places], new_items])

        def explain(part: int, wanted: np.ndarray) -> np.ndarray | None:
            answer = np.zeros((len(wanted), len(items)), dtype=np.float32)
            if part == len(self.names) - 1:
                return None if look is None else look.amounts(found[wanted])
            chosen = self._place[found[wanted]]
            if part < self._walker.n_parts:
                if walked is not None:
                    answer[:, known] = walked.amounts(part, chosen)
            elif looks:
                answer[:, known] = looks[part - self._walker.n_parts].amounts(chosen)
            return answer

        return Scored(
            found, np.concatenate([total, new_scores]), np.hstack([played, newcomers]), self.names, explain
        )  # fmt: skip

    def _newcomers(
        self, items: np.ndarray, weights: np.ndarray, unplayed: np.ndarray, *, strange: bool
    ) -> tuple[np.ndarray, np.ndarray, Looked | None]:
        if self._ridge is None or not (len(unplayed) or strange):
            return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32), None
        look = self._ridge.look(items, weights)
        scores = look.scores(unplayed) * np.float32(self.model.newcomer_scale / look.spread)
        return unplayed.astype(np.int32), scores, look

    def top(self, histories: sparse.csr_array, k: int) -> TopK:
        """The best of the linear parts for many histories at once, on all cores, without what is in them."""
        return self._walker.top(histories, k)


def _dense(model: Recommender) -> DensePart:
    if isinstance(model, ALS):
        return ServedALS(model)
    if isinstance(model, FeatureRidge):
        return ServedRidge(model)
    raise UnknownModel(f"a hybrid with a {name_of(model)} cannot be served")


class ServedWhole:
    """Any other model: all items are scored."""

    def __init__(self, model: Recommender, n_items: int) -> None:
        self.model, self.n_items = model, n_items
        self.names: tuple[str, ...] = (name_of(model),)

    def score(self, items: np.ndarray, weights: np.ndarray, extra: np.ndarray, k: int, usable: Usable) -> Scored:
        """See `Served.score`."""
        scores = self.model.scores(_row(items, weights, self.n_items))[0]
        every = np.arange(len(scores), dtype=np.int32)
        best = best_of(every, scores, usable(every), k)
        found = np.union1d(best, extra).astype(np.int32)
        total = scores[found]

        def explain(part: int, places: np.ndarray) -> np.ndarray | None:  # noqa: ARG001 - there is but one
            if not isinstance(self.model, Explains):
                return None
            row = _row(items, weights, len(scores))
            answer = np.zeros((len(places), len(items)), dtype=np.float32)
            for place, item in enumerate(found[places]):
                contributions = self.model.contributions(row, int(item))
                answer[place, np.searchsorted(items, contributions.items)] = contributions.amounts
            return answer

        return Scored(found, total, total[np.newaxis], self.names, explain)


def _row(items: np.ndarray, weights: np.ndarray, n_items: int) -> sparse.csr_array:
    return sparse.csr_array((weights.astype(np.float32), items, np.array([0, len(items)])), shape=(1, n_items))
