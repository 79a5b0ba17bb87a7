"""How a number of plays becomes the weight that a model learns from.

Models take raw weights (plays, or ratings) and apply one of `WEIGHTINGS` themselves, so that a history is the same
thing everywhere: what was played, and how often.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import numpy as np
import polars as pl
from scipy import sparse

from segue.errors import UnknownModel


def binary(weights: np.ndarray) -> np.ndarray:
    """1 where there is anything positive."""
    return (weights > 0).astype(np.float32)


def raw(weights: np.ndarray) -> np.ndarray:
    """As it is."""
    return weights.astype(np.float32)


def log(weights: np.ndarray) -> np.ndarray:
    """ln(1 + w); weights of 0 or less stay out."""
    return np.log1p(np.maximum(weights, 0)).astype(np.float32)


WEIGHTINGS: dict[str, Callable[[np.ndarray], np.ndarray]] = {"binary": binary, "log": log, "raw": raw}


def weigh(matrix: sparse.csr_array, name: str) -> sparse.csr_array:
    """The matrix under the weighting of that name. Raises `UnknownModel` when there is none."""
    matrix = sparse.csr_array(matrix)
    return _with_data(matrix, weigh_values(matrix.data, name))


def weigh_values(weights: np.ndarray, name: str) -> np.ndarray:
    """Weights, shape (n,), under the weighting of that name, float32. Raises `UnknownModel` when there is none."""
    try:
        weighting = WEIGHTINGS[name]
    except KeyError:
        raise UnknownModel(f"no weighting {name!r}: there are {', '.join(WEIGHTINGS)}") from None
    return weighting(weights)


def inverse_document_frequency(matrix: sparse.csr_array) -> np.ndarray:
    """ln(N / listeners of the item) per item, shape (n_items,), float32; 0 for items that nobody has."""
    listeners_of = np.bincount(matrix.indices[matrix.data > 0], minlength=matrix.shape[1])
    idf = np.log(matrix.shape[0] / np.maximum(listeners_of, 1))
    return np.where(listeners_of > 0, idf, 0).astype(np.float32)


def bm25(matrix: sparse.csr_array, k1: float = 1.2, b: float = 0.75) -> sparse.csr_array:
    """Okapi BM25 with items as documents and listeners as words (Robertson & Zaragoza 2009).

    `k1` bounds what many plays by one listener add, `b` discounts items that everybody plays.
    """
    plays = np.bincount(matrix.indices, weights=matrix.data, minlength=matrix.shape[1])
    length = (1 - b) + b * plays / max(plays[plays > 0].mean(), 1e-12) if plays.any() else np.ones_like(plays)
    items_of = np.diff(matrix.indptr)
    idf = np.log(matrix.shape[1] / np.maximum(items_of, 1) + 1)
    rows = np.repeat(idf, items_of)
    data = matrix.data * (k1 + 1) / (k1 * length[matrix.indices] + matrix.data) * rows
    return _with_data(matrix, data.astype(np.float32))


def listen_weights(half_life_days: float | None = None, now: datetime | None = None,
                   skip_weight: float = 0.0) -> pl.Expr:  # fmt: skip
    """What each row of `listens` weighs: its plays, times a decay by age, times `skip_weight` if it was skipped.

    Args:
        half_life_days: a listen this old weighs half; None for no decay. Listens without a time do not decay.
        now: from when the age counts; None for the last listen there is.
        skip_weight: 0 leaves skipped listens out, a negative value makes them count against the track, 1 ignores skips.
    """
    weight = pl.col("plays").fill_null(1).cast(pl.Float32)
    if half_life_days is not None:
        age = (pl.lit(now) if now is not None else pl.col("time").max()) - pl.col("time")
        days = age.dt.total_milliseconds() / 86_400_000
        weight = weight * (pl.lit(0.5) ** (days / half_life_days)).fill_null(1.0)
    skipped = pl.col("skipped").fill_null(value=False)
    return pl.when(skipped).then(weight * skip_weight).otherwise(weight).cast(pl.Float32)


def _with_data(matrix: sparse.csr_array, data: np.ndarray) -> sparse.csr_array:
    return sparse.csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)
