"""Whether variants get the units they should: a sequential test that is safe to look at every day.

Lindon & Malek (2020; NeurIPS 2022), "Anytime-valid inference for multinomial count data": with a Dirichlet prior around the
intended shares, the ratio of the likelihood averaged over the prior to the likelihood of the intended shares is a martingale while
all is right. That it ever exceeds 1/p has a probability of at most p (Ville 1939), for all sample sizes and not in the limit only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, xlogy

ALPHA = 0.01
CONCENTRATION = 1_000.0
"""Of the prior: shares of one half are thought to be wrong by about 1.6 points when they are wrong."""


@dataclass(frozen=True)
class Mismatch:
    """Whether the counts fit the shares. `p_value` is always valid; with `alarm` no result of the experiment is to be believed."""

    p_value: float
    alarm: bool
    counts: tuple[int, ...]
    expected: tuple[float, ...]


def mismatch(counts: Sequence[int], shares: Sequence[float], *, alpha: float = ALPHA) -> Mismatch:
    """Test the counts of units so far against the intended shares, which need not sum to 1.

    Raises ValueError for counts and shares that cannot be.
    """
    if len(counts) != len(shares) or len(counts) < 2:
        raise ValueError(f"as many counts as shares, and at least two: {list(counts)}, {list(shares)}")
    if min(counts) < 0 or min(shares) <= 0:
        raise ValueError(f"counts must be at least 0 and shares above 0: {list(counts)}, {list(shares)}")
    intended = np.asarray(shares, dtype=np.float64) / sum(shares)
    p_value = float(mismatch_p(np.asarray(counts), intended))
    return Mismatch(p_value, p_value <= alpha, tuple(map(int, counts)), tuple((intended * sum(counts)).tolist()))


def mismatch_p(counts: np.ndarray, intended: np.ndarray) -> np.ndarray:
    """The always-valid p of counts (…, variants) under shares (variants,) that sum to 1: one over the martingale, at most 1."""
    prior = CONCENTRATION * intended
    averaged = gammaln(CONCENTRATION) - gammaln(CONCENTRATION + counts.sum(-1))
    averaged = averaged + (gammaln(prior + counts) - gammaln(prior)).sum(-1)
    return np.exp(np.minimum(xlogy(counts, intended).sum(-1) - averaged, 0.0))
