"""Many questions at once: p-values that count how many were asked."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

Method = Literal["holm", "benjamini-hochberg"]


def corrected(p_values: ArrayLike, method: Method = "holm") -> np.ndarray:
    """Corrected p-values, in the order given.

    `holm` (Holm 1979): at most alpha to be wrong anywhere; for goals. `benjamini-hochberg` (1995): at most alpha of those found are
    wrong, where segments are independent; for looking through segments. Always-valid p-values stay so. Raises ValueError for other
    methods and for what is no probability.
    """
    p = np.asarray(p_values, dtype=np.float64)
    if p.ndim != 1 or not ((p >= 0) & (p <= 1)).all():
        raise ValueError("p-values must be a list of numbers from 0 to 1")
    order, count = np.argsort(p, kind="stable"), len(p)
    if method == "holm":
        stepped = np.maximum.accumulate(p[order] * np.arange(count, 0, -1))
    elif method == "benjamini-hochberg":
        stepped = np.minimum.accumulate((p[order] * count / np.arange(1, count + 1))[::-1])[::-1]
    else:
        raise ValueError(f"unknown correction: {method}")
    result = np.empty(count)
    result[order] = np.minimum(stepped, 1.0)
    return result
