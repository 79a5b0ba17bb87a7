"""What another way of recommending would have earned, from what was logged with its probabilities.

For each logged recommendation: the reward that came of it, the propensity with which it was chosen, and the probability with which
the new way would have chosen it there. Their ratio is its weight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri


@dataclass(frozen=True)
class Estimate:
    """An expected reward with an interval for a single look.

    `effective_n`: (sum w)² / sum w² (Kish 1965): of so many evenly weighted recommendations it knows as much; below about 100
    believe neither value nor interval. `mean_weight`: near 1 where propensities are right. `clipped`: the part of weights that were
    cut.
    """

    value: float
    low: float
    high: float
    effective_n: float
    standard_error: float
    mean_weight: float
    clipped: float
    n: int


def ips(
    rewards: ArrayLike, propensities: ArrayLike, new_probabilities: ArrayLike, *,
    clip: float | None = None, groups: ArrayLike | None = None, alpha: float = 0.05,
) -> Estimate:  # fmt: skip
    """Inverse propensity scores, mean(w r) (Horvitz & Thompson 1952): unbiased without `clip`, and the widest.

    All (recommendations,). `clip`: the largest weight, which trades a little bias for much variance (Ionides 2008). `groups`: whose
    each recommendation is; those of one listener are then not taken for independent.
    """
    given = _given(rewards, propensities, new_probabilities, clip)
    terms = given.weights * given.rewards
    return given.estimate(float(terms.mean()), terms - terms.mean(), groups, alpha)


def snips(
    rewards: ArrayLike, propensities: ArrayLike, new_probabilities: ArrayLike, *,
    clip: float | None = None, groups: ArrayLike | None = None, alpha: float = 0.05,
) -> Estimate:  # fmt: skip
    """Self-normalised, sum(w r) / sum(w) (Swaminathan & Joachims 2015, equation 6), its interval by the delta method.

    Stays within the range of rewards; its bias falls with the number of recommendations. Arguments as in `ips`.
    """
    given = _given(rewards, propensities, new_probabilities, clip)
    total = given.weights.sum()
    if total == 0:
        raise ValueError("the new way chooses nothing that was logged: every weight is 0")
    value = float((given.weights * given.rewards).sum() / total)
    return given.estimate(value, given.weights * (given.rewards - value) * (len(given.weights) / total), groups, alpha)


def doubly_robust(
    rewards: ArrayLike, propensities: ArrayLike, new_probabilities: ArrayLike, expected: ArrayLike, expected_new: ArrayLike, *,
    clip: float | None = None, groups: ArrayLike | None = None, alpha: float = 0.05,
) -> Estimate:  # fmt: skip
    """A model of rewards, corrected by what it got wrong: mean(q_new + w (r - q)) (Dudík, Langford & Li 2011, equation 2).

    `expected`: the model's reward of what was logged; `expected_new`: its mean over what the new way would choose there. The model
    must not have learned from these rewards. Unbiased where either the propensities or the model are right. Other arguments as in
    `ips`.
    """
    given = _given(rewards, propensities, new_probabilities, clip)
    model, model_new = (np.asarray(values, dtype=np.float64) for values in (expected, expected_new))
    if not model.shape == model_new.shape == given.rewards.shape:
        raise ValueError("expected and expected_new must have one value per recommendation")
    terms = model_new + given.weights * (given.rewards - model)
    return given.estimate(float(terms.mean()), terms - terms.mean(), groups, alpha)


@dataclass(frozen=True)
class _Given:
    rewards: np.ndarray
    weights: np.ndarray
    clipped: float

    def estimate(self, value: float, influence: np.ndarray, groups: ArrayLike | None, alpha: float) -> Estimate:
        """The normal interval of a mean of what each recommendation adds (`influence`, of mean 0), summed within groups."""
        n = len(influence)
        if groups is not None:
            _, places = np.unique(np.asarray(groups), return_inverse=True)
            influence = np.bincount(places, weights=influence)
        independent = len(influence)
        error = float(np.sqrt((influence**2).sum() * independent / max(independent - 1, 1))) / n
        half = float(ndtri(1 - alpha / 2)) * error if independent > 1 else float("inf")
        squares = float((self.weights**2).sum())
        effective = float(self.weights.sum()) ** 2 / squares if squares else 0.0
        return Estimate(
            value, value - half, value + half, effective, error, float(self.weights.mean()), self.clipped, n
        )


def _given(rewards: ArrayLike, propensities: ArrayLike, new_probabilities: ArrayLike, clip: float | None) -> _Given:
    r, logged, new = (np.asarray(values, dtype=np.float64) for values in (rewards, propensities, new_probabilities))
    if r.ndim != 1 or not r.shape == logged.shape == new.shape or not len(r):
        raise ValueError("rewards and probabilities must have one value per recommendation, and there must be some")
    if not (
        np.isfinite(r).all() and (logged > 0).all() and (logged <= 1).all() and (new >= 0).all() and (new <= 1).all()
    ):
        raise ValueError("rewards must be finite, propensities above 0 and at most 1, new probabilities from 0 to 1")
    weights = new / logged
    if clip is None:
        return _Given(r, weights, 0.0)
    return _Given(r, np.minimum(weights, clip), float((weights > clip).mean()))
