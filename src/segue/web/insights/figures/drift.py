"""How far the listening of one period is from that of another: the population stability index, guarded against chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import stats

SMALL, LARGE = 0.1, 0.25
"""Below the first nothing changed to speak of, above the second much did (Siddiqi, Credit Risk Scorecards, 2006, ch. 9)."""
MOST_BINS = 20
_LEAST = 0.5
"""Stands for a count of 0, of which there is no logarithm."""


@dataclass(frozen=True)
class Drift:
    """The index, what chance alone would stay below 19 times of 20, and the share that grew and that fell most."""

    index: float
    by_chance: float
    grew: str
    fell: str

    @property
    def verdict(self) -> str:
        """In a word."""
        if self.index <= self.by_chance or self.index < SMALL:
            return "steady"
        return "moved" if self.index < LARGE else "moved much"


def psi(before: np.ndarray, now: np.ndarray) -> float:
    """The population stability index of two histograms over the same bins: sum of (q - p) ln(q / p), with shares p and q.

    It is Jeffreys' divergence (Kullback & Leibler, Annals of Mathematical Statistics 1951, eq. 2.6).
    """
    p, q = (np.maximum(counts.astype(np.float64), _LEAST) for counts in (before, now))
    p, q = p / p.sum(), q / q.sum()
    return float(((q - p) * np.log(q / p)).sum())


def by_chance(bins: int, before: float, now: float) -> float:
    """What the index of two samples from one population stays below in 95% of cases, for so many observations of each.

    (1/n + 1/m) times a chi-squared variable with bins - 1 degrees (Yurdakul, Statistical properties of population stability
    index, 2018, sec. 3).
    """
    return float(stats.chi2.ppf(0.95, max(bins - 1, 1)) * (1 / before + 1 / now))


def drift(before: Mapping[str, float], now: Mapping[str, float]) -> Drift | None:
    """Of two counts by name; the rare ones count together. None where one of them is empty."""
    if not sum(before.values()) or not sum(now.values()):
        return None
    together = {name: before.get(name, 0) + now.get(name, 0) for name in {**before, **now}}
    first = sorted(together, key=lambda name: (-together[name], name))[:MOST_BINS]
    counts = np.array([[some.get(name, 0) for name in first] for some in (before, now)], dtype=np.float64)
    rest = [sum(some.values()) - row.sum() for some, row in zip((before, now), counts, strict=True)]
    if sum(rest) > 0:
        counts, first = np.column_stack([counts, rest]), [*first, "others"]
    shares = counts / counts.sum(axis=1, keepdims=True)
    moved = shares[1] - shares[0]
    chance = by_chance(len(first), *counts.sum(axis=1))
    return Drift(psi(*counts), chance, first[int(moved.argmax())], first[int(moved.argmin())])
