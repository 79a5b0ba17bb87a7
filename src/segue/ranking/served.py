"""Models in the form that answers one request at a time: the same scores, for the items that matter only.

Linear item-item models propose candidates by a walk along sparse weights; the other parts of a blend score just those. What a
blend divides by (the spread of each part's scores over all items) is computed without scoring all items.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numba
import numpy as np
from scipy import sparse

from segue.errors import UnknownModel
from segue.ranking.batches import Factors, no_factors, top_of_rows
from segue.ranking.parts import DensePart, Looked, ServedALS, ServedRidge
from segue.ranking.walk import Scratches, amounts, as_weights, best_of, take, walk
from segue.recommenders.als import ALS
from segue.recommenders.base import Explains, Recommender, TopK
from segue.recommenders.feature_ridge import FeatureRidge
from segue.recommenders.hybrid import FAINT, Hybrid
from segue.recommenders.linear import LinearItemModel, signed
from segue.recommenders.registry import name_of

_BLOCKS_PER_THREAD = 4
PAGE_BYTES = 4_096
DEPTH, ONE_IN = 150, 300
"""So many of the best by item-item weights, or one in so many items, are scored by the other parts in a batch."""


@dataclass(frozen=True, eq=False)
class Usable:
    """What may be in an answer: not `barred`, int32 items; and, where there is a `filter`, only what it says (bool, shape (n,))."""

    barred: np.ndarray
    filter: Callable[[np.ndarray], np.ndarray] | None = None

    def mask(self, items: np.ndarray) -> np.ndarray:
        """Which of these items pass the filter; empty where all do. What is barred is not looked at."""
        return np.zeros(0, dtype=np.bool_) if self.filter is None else self.filter(items)


ALL = Usable(np.zeros(0, dtype=np.int32))


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

    def warm_up(self) -> None:
        """Do what the first request would wait for."""
        ...

    def score(self, items: np.ndarray, weights: np.ndarray, extra: np.ndarray, k: int, usable: Usable) -> Scored:
        """The model's `k` best usable items for a history (distinct items, raw weights), and its scores of `extra` ones.

        `extra` are distinct, and none of them is barred.
        """
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

    def warm_up(self) -> None:
        """Read a little of every page, so that no request waits for the system to map it."""
        for array in (*self.weights.indices, *self.weights.data):
            array[:: PAGE_BYTES // array.itemsize].sum()

    def best(
        self, items: np.ndarray, weights: np.ndarray, extra: np.ndarray, k: int, usable: Usable
    ) -> tuple[np.ndarray, np.ndarray, Walked]:
        """The `k` best usable items and `extra`, distinct, and what each part adds to each, float32, shape (n_parts, m)."""
        scratch = self._scratches.mine()
        weighed = self._weighed(weights)
        spread = np.empty(self.n_parts)
        count = walk(*self.weights, items, weighed, scratch.sums, scratch.touched, spread)
        worths = self.shares / spread if self.normalise else self.shares
        touched = scratch.touched[:count]
        try:
            ok = usable.mask(touched)
        except BaseException:  # a filter that fails, or is interrupted, must not leave its sums to the next request
            self._scratches.drop_mine()
            raise
        found, parts = take(scratch.sums, worths, touched, ok, k, extra.astype(np.int32, copy=False), usable.barred)
        parts *= worths.astype(np.float32)[:, np.newaxis]
        return found, parts, Walked(self, items, weighed, scratch.marks)

    def top(self, histories: sparse.csr_array, k: int, factors: Factors, sure: np.ndarray) -> TopK:
        """The best of many histories at once, on all cores, without what is in them; `factors` see `batches.py`."""
        items = np.full((histories.shape[0], k), -1, dtype=np.int32)
        scores = np.full((histories.shape[0], k), -np.inf, dtype=np.float32)
        blocks = min(len(items), _BLOCKS_PER_THREAD * numba.get_num_threads())
        depth = max(k, DEPTH, self._n_items // ONE_IN) if len(factors.gram) else k
        of_rows = (
            *self.weights, histories.indptr, histories.indices, self._weighed(histories.data), sure, self.shares,
            self.normalise, *factors,
        )  # fmt: skip
        top_of_rows(of_rows, depth, blocks, items, scores)
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

    def warm_up(self) -> None:
        """See `Served.warm_up`."""
        self._walker.warm_up()

    def score(self, items: np.ndarray, weights: np.ndarray, extra: np.ndarray, k: int, usable: Usable) -> Scored:
        """See `Served.score`."""
        found, parts, walked = self._walker.best(items, weights, extra, k, usable)
        return Scored(found, parts[0], parts, self.names, lambda part, places: walked.amounts(part, found[places]))

    def top(self, histories: sparse.csr_array, k: int) -> TopK:
        """The best for many histories at once, on all cores, without what is in them."""
        return self._walker.top(histories, k, no_factors(), histories.data)


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
            places, parts, walked = self._walker.best(history, own, asked[asked >= 0], k, self._in_places(usable))
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
        found = self._played[places]
        if len(new_items):
            newcomers = np.zeros((len(played), len(new_items)), dtype=np.float32)
            newcomers[-1] = new_scores
            found, played = np.concatenate([found, new_items]), np.hstack([played, newcomers])
            total = np.concatenate([total, new_scores])

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

        return Scored(found, total, played, self.names, explain)

    def warm_up(self) -> None:
        """See `Served.warm_up`."""
        self._walker.warm_up()

    def _in_places(self, usable: Usable) -> Usable:
        if len(self._played) == len(self._place):
            return usable
        barred = self._place[usable.barred]
        chosen = usable.filter
        return Usable(barred[barred >= 0], None if chosen is None else lambda found: chosen(self._played[found]))

    def _newcomers(
        self, items: np.ndarray, weights: np.ndarray, unplayed: np.ndarray, *, strange: bool
    ) -> tuple[np.ndarray, np.ndarray, Looked | None]:
        if self._ridge is None or not (len(unplayed) or strange):
            return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32), None
        look = self._ridge.look(items, weights)
        scores = look.scores(unplayed) * np.float32(self.model.newcomer_scale / look.spread)
        return unplayed.astype(np.int32), scores, look

    def top(self, histories: sparse.csr_array, k: int) -> TopK:
        """The best for many histories at once, on all cores, without what is in them.

        By the item-item parts, and ALS where it is a part and no ensemble; what else the blend has is not asked.
        """
        known = sparse.csr_array(histories[:, self._played]) if len(self._played) < histories.shape[1] else histories
        factors, sure = no_factors(), known.data
        for part, share in self._dense:
            if isinstance(part, ServedALS) and len(part.factors) == 1:
                factors = Factors(part.factors[0], part.grams[0], part.covariance, share)
                sure = part.sure(known.data)
        best = self._walker.top(known, k, factors, sure)
        return TopK(np.where(best.items >= 0, self._played[best.items], -1), best.scores)


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

    def warm_up(self) -> None:
        """See `Served.warm_up`: there is nothing to do before the first request is there."""

    def score(self, items: np.ndarray, weights: np.ndarray, extra: np.ndarray, k: int, usable: Usable) -> Scored:
        """See `Served.score`."""
        scores = self.model.scores(_row(items, weights, self.n_items))[0]
        every = np.arange(len(scores), dtype=np.int32)
        mask = usable.mask(every)
        mask = mask.copy() if len(mask) else np.ones(len(scores), dtype=np.bool_)
        mask[usable.barred] = False
        best = best_of(every, scores, mask, k)
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
