"""Hybrid: a blend of the other models, with weights learned on what an inner split of the training data hides."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from scipy import sparse

from segue.errors import NotEnoughData
from segue.features.groups import ItemFeatures
from segue.library.interactions import Interactions
from segue.library.splits import Split, holdout
from segue.recommenders.base import Contributions, Explains, Recommender, TopK
from segue.recommenders.blending import gather, learn_weights, spread
from segue.recommenders.feature_ridge import FeatureRidge
from segue.recommenders.linear import largest_first
from segue.recommenders.newcomers import newcomer_scale
from segue.recommenders.popularity import Popularity
from segue.recommenders.ranking_quality import mean_ndcg, sample_rows
from segue.recommenders.registry import create
from segue.recommenders.topk import most_alike

JUDGES = 3_000
CUTOFF = 20
FAINT = 1e-4
"""How much popularity counts beside the blend: enough to order items of which the history says nothing."""
LEAST_WEIGHT = 0.03
"""A part with less than this share of the weights is left out: it costs more than it gives."""


class Choice(NamedTuple):
    """A model with its parameters."""

    name: str
    parameters: dict[str, Any]


class Part(NamedTuple):
    """A model to blend, with the parameters to choose from on the inner split.

    One that is `costly` to fit tries only the choices with the weighting that served the first part best.
    """

    model: str
    choices: tuple[dict[str, Any], ...]
    costly: bool = False


DENSE = {"weighting": "log", "neighbours": 1_000, "listener_power": 0.25, "item_power": 0.25, "popularity_power": 0.1}
SPARSE = {"weighting": "binary", "listener_power": 0.0, "item_power": 0.0, "popularity_power": -0.1}
LARGE = 25_000
"""Where there are more listeners and items than this, `LARGE_PARTS` take over: EASE would invert a matrix of as many rows (2.5 GB).

On generated data of 60,000 listeners and 100,000 items `neighbours` and ALS reached NDCG@20 .133, all that may be a part .135,
ALS alone .123; and they answer a request in a fraction of the time.
"""
PARTS = (
    Part("rp3beta", ({"weighting": "log", "alpha": 1.0}, {"weighting": "binary", "alpha": 0.5, "beta": 0.2})),
    Part("ease", (DENSE, DENSE | {"feature_weight": 3.0, "popularity_power": 0.13}, SPARSE), costly=True),
    Part("als", ({"ensemble": 4}, {"weighting": "binary", "regularisation": 10.0, "confidence": 10.0})),
    Part("transitions", ({}, {"weighting": "log"})),
    Part("feature-ridge", ({},)),
)
LARGE_PARTS = (
    Part("neighbours", ({}, {"weighting": "binary"})),
    Part("als", ({"weighting": "binary", "regularisation": 10.0, "confidence": 10.0}, {})),
    Part("transitions", ({"neighbours": 200},)),
)


@dataclass(eq=False)
class Blend:
    """A weighted sum of models' scores, each divided by its spread over the items for that history."""

    names: list[str]
    weights: list[float]
    parts: list[Recommender] = field(repr=False)
    popularity: Popularity = field(repr=False)

    def scores(self, histories: sparse.csr_array) -> np.ndarray:
        """The sum, with a trace of popularity."""
        total = self.popularity.scores(histories) * np.float32(FAINT)
        for part, weight in zip(self.parts, self.weights, strict=True):
            scores = part.scores(histories)
            total += scores * (np.float32(weight) / spread(scores))[:, np.newaxis]
        return total

    def worths(self, history: sparse.csr_array) -> list[float]:
        """What each part's scores of a history, shape (1, n_items), are multiplied by."""
        return [
            weight / float(spread(part.scores(history))[0])
            for part, weight in zip(self.parts, self.weights, strict=True)
        ]

    def amounts(self, history: sparse.csr_array, item: int, worths: list[float]) -> np.ndarray:
        """What each item, shape (n_items,), of a history adds to the score: the parts' contributions, times their `worths`."""
        amounts = np.zeros(history.shape[1], dtype=np.float64)
        for part, worth in zip(self.parts, worths, strict=True):
            if isinstance(part, Explains):
                found = part.contributions(history, item)
                amounts[found.items] += found.amounts * worth
        return amounts


@dataclass(eq=False)
class Hybrid:
    """A blend of other models over the items that somebody has played, and a map from features for those nobody has.

    `fit` hides a fifth of each history, fits every part on the rest with each of its choices of parameters, keeps the
    best choice, learns non-negative weights by coordinate ascent on NDCG@20 of what was hidden, and fits the parts that
    have weight on everything. An item that nobody has played has the score that the blend would give, on average, to one of
    its features (`newcomers.py`); so has every item for a history of such items alone. An empty history is answered by
    popularity.

    Parameters:
        order: whether to learn from the order of listening too, where it is known.
        newcomers: whether items that nobody has played have scores, where something is known of them.
        seed: of the inner split and of the parts.
    """

    order: bool = True
    newcomers: bool = True
    seed: int = 0
    parts: list[Recommender] = field(init=False, repr=False)
    names: list[str] = field(init=False, repr=False)
    weights: list[float] = field(init=False)
    popularity: Popularity = field(init=False, repr=False)
    played: np.ndarray = field(init=False, repr=False)
    unplayed: np.ndarray = field(init=False, repr=False)
    ridge: FeatureRidge | None = field(init=False, repr=False)
    newcomer_scale: float = field(init=False)

    RANKS_UNPLAYED: ClassVar = True

    def fit(self, interactions: Interactions, features: ItemFeatures | None = None) -> Self:
        """Choose, weigh, and fit: two to three times the work of the parts."""
        counts = np.bincount(interactions.positive.indices, minlength=interactions.n_items)
        self.played, self.unplayed = np.flatnonzero(counts), np.flatnonzero(counts == 0)
        known = interactions.items(self.played) if len(self.unplayed) else interactions
        known_features = features.items(self.played) if features is not None and len(self.unplayed) else features
        chosen, weights = self._choose(known, known_features)
        kept = [(model, weight) for model, weight in zip(chosen, weights, strict=True) if weight]
        self.names = [model.name for model, _ in kept]
        self.weights = [weight for _, weight in kept]
        self.parts = [create(model.name, **model.parameters).fit(known, known_features) for model, _ in kept]
        self.popularity = Popularity().fit(known)
        self.ridge, self.newcomer_scale = None, 0.0
        if self.newcomers and len(self.unplayed) and features is not None and known_features is not None:
            self.ridge = FeatureRidge().fit(interactions, features)
            self.newcomer_scale = newcomer_scale(self._blend.scores, known, known_features, self.seed)
        return self

    def scores(self, histories: sparse.csr_array) -> np.ndarray:
        """The blend of the played items, and what the unplayed ones are worth beside them."""
        if not len(self.unplayed):
            return self._blend.scores(histories)
        known = sparse.csr_array(histories[:, self.played])
        total = np.zeros(histories.shape, dtype=np.float32)
        total[:, self.played] = self._blend.scores(known)
        if self.ridge is not None:
            expected = self._expected(histories)
            total[:, self.unplayed] = expected[:, self.unplayed]
            strange = (np.diff(known.indptr) == 0) & (np.diff(histories.indptr) > 0)
            total[strange] = expected[strange]
        return total

    def similar(self, items: np.ndarray, k: int) -> TopK:
        """What the blend recommends to one who has played nothing but the item."""
        n_items = len(self.played) + len(self.unplayed)

        def scores_alone(block: np.ndarray) -> np.ndarray:
            plays = (np.ones(len(block), dtype=np.float32), block, np.arange(len(block) + 1))
            return self.scores(sparse.csr_array(plays, shape=(len(block), n_items)))

        return most_alike(items, k, scores_alone)

    def contributions(self, history: sparse.csr_array, item: int) -> Contributions:
        """The parts' own contributions, in the proportions of the blend; the base is what popularity gives."""
        known = sparse.csr_array(history[:, self.played]) if len(self.unplayed) else history
        place = int(np.searchsorted(self.played, item))
        is_played = place < len(self.played) and self.played[place] == item
        if self.ridge is not None and (not is_played or (not known.nnz and history.nnz)):
            [worth] = self._worths(history, newcomer=True)
            found = self.ridge.contributions(history, item)
            return Contributions(found.items, (found.amounts * worth).astype(np.float32), 0.0)
        amounts = np.zeros(history.shape[1])
        if not is_played:
            return largest_first(history.indices, amounts[history.indices])
        amounts[self.played] = self._blend.amounts(known, place, self._worths(history, newcomer=False))
        return largest_first(history.indices, amounts[history.indices], float(self.popularity.shares[place]) * FAINT)

    @property
    def _blend(self) -> Blend:
        return Blend(self.names, self.weights, self.parts, self.popularity)

    def _worths(self, history: sparse.csr_array, *, newcomer: bool) -> list[float]:
        """What the scores of the parts (or of the ridge) are multiplied by for a history.

        It takes the scores of all items, and is asked once for each item to be explained: the last answer is kept.
        """
        kept = self.__dict__.get("_kept_worths")
        if kept is not None and kept[0] is history and kept[1] == newcomer:
            return kept[2]
        if newcomer:
            assert self.ridge is not None  # noqa: S101 - callers have looked
            worths = [self.newcomer_scale / float(spread(self.ridge.scores(history))[0])]
        else:
            worths = self._blend.worths(sparse.csr_array(history[:, self.played]) if len(self.unplayed) else history)
        self.__dict__["_kept_worths"] = (history, newcomer, worths)
        return worths

    def _expected(self, histories: sparse.csr_array) -> np.ndarray:
        """What the blend would give each item for its features alone."""
        assert self.ridge is not None  # noqa: S101 - callers have looked
        scores = self.ridge.scores(histories)
        return scores * (np.float32(self.newcomer_scale) / spread(scores))[:, np.newaxis]

    def _choose(self, interactions: Interactions, features: ItemFeatures | None) -> tuple[list[Choice], list[float]]:
        """The best choice of parameters of each part, and the weights of the parts, by the inner split."""
        rng = np.random.default_rng(self.seed)
        inner = holdout(interactions.positive, rng)
        features = features.without(interactions, inner.test) if features is not None else None
        # Items left without a play are there only because they are hidden: a part that can score them would learn just that.
        kept_items = np.unique(inner.train.indices)
        if len(kept_items) < interactions.n_items:
            interactions = interactions.items(kept_items)
            features = features.items(kept_items) if features is not None else None
            inner = Split(sparse.csr_array(inner.train[:, kept_items]), sparse.csr_array(inner.test[:, kept_items]))
        rows = sample_rows(inner.test, JUDGES, rng)
        offered = LARGE_PARTS if min(interactions.matrix.shape) > LARGE else PARTS
        parts = [part for part in offered if self._can_learn(part.model, interactions, features)]
        if not len(rows):
            return [Choice(part.model, part.choices[0]) for part in parts], [1 / len(parts)] * len(parts)
        train = interactions.with_matrix(inner.train)
        chosen: list[Choice] = []
        models: list[Recommender] = []
        for part in parts:
            choices = _worth_trying(part, chosen, features)
            choice, model = _best_choice(part.model, choices, train, features, inner, rows)
            chosen.append(choice)
            models.append(model)
        learned = learn_weights(gather(models, inner.train, inner.test, rows), CUTOFF)
        kept = np.where(np.array(learned) >= LEAST_WEIGHT, learned, 0.0)
        return chosen, [float(weight) for weight in kept / kept.sum()]

    def _can_learn(self, model: str, interactions: Interactions, features: ItemFeatures | None) -> bool:
        if model == "transitions":
            return self.order and interactions.order is not None
        return model != "feature-ridge" or features is not None


def _worth_trying(part: Part, chosen: list[Choice], features: ItemFeatures | None) -> list[dict[str, Any]]:
    choices = [one for one in part.choices if features is not None or not one.get("feature_weight")]
    if part.costly and chosen:
        weighting = chosen[0].parameters["weighting"]
        choices = [one for one in choices if one["weighting"] == weighting] or choices
    return choices


def _best_choice(
    name: str,
    choices: list[dict[str, Any]],
    train: Interactions,
    features: ItemFeatures | None,
    inner: Split,
    rows: np.ndarray,
) -> tuple[Choice, Recommender]:
    best: tuple[float, Choice, Recommender] | None = None
    for parameters in choices:
        model = create(name, **parameters).fit(train, features)
        quality = mean_ndcg(model, inner.train, inner.test, rows, CUTOFF) if len(choices) > 1 else 0.0
        if best is None or quality > best[0]:
            best = quality, Choice(name, parameters), model
    if best is None:
        raise NotEnoughData(f"hybrid has no choice of parameters for {name}")
    return best[1:]


MODEL = Hybrid
