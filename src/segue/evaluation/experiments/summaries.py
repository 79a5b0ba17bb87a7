"""What is kept of a metric in a variant: sums, which can be added up over days and machines."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Summary:
    """Sums over the units of a variant: of `y`, of what it is divided by (`x`), and of the same unit's past (`before`, c).

    For a metric that is a mean `x` is 1 for each unit; where nothing is known of the past c is 0. Both then change nothing. Sums
    may also be arrays, all of one shape: many experiments at once.
    """

    n: float
    sum_y: float
    sum_yy: float
    sum_x: float
    sum_xx: float
    sum_xy: float
    sum_c: float = 0.0
    sum_cc: float = 0.0
    sum_yc: float = 0.0
    sum_xc: float = 0.0

    def __add__(self, other: Summary) -> Summary:
        """Both together; their units must be different ones."""
        return Summary(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


def summarise(y: ArrayLike, x: ArrayLike | None = None, before: ArrayLike | None = None) -> Summary:
    """The sums of one variant.

    `y`: one value per unit, (units,) or (experiments, units). `x`: what it is divided by, for a ratio such as clicks per place
    shown (the metric is then sum of y / sum of x, over units that each have many places). `before`: anything of the same units from
    before the experiment, best the same metric; 0 where there is none. Raises ValueError for other shapes and for values that are
    not finite.
    """
    ys = np.asarray(y, dtype=np.float64)
    xs = np.ones_like(ys) if x is None else np.asarray(x, dtype=np.float64)
    cs = np.zeros_like(ys) if before is None else np.asarray(before, dtype=np.float64)
    if not ys.shape == xs.shape == cs.shape or ys.ndim == 0:
        raise ValueError(f"y, x and before must have one value per unit: {ys.shape}, {xs.shape}, {cs.shape}")
    if not all(np.isfinite(values).all() for values in (ys, xs, cs)):
        raise ValueError("y, x and before must be finite")
    n = np.full(ys.shape[:-1], float(ys.shape[-1]))
    products = [(ys,), (ys, ys), (xs,), (xs, xs), (xs, ys), (cs,), (cs, cs), (ys, cs), (xs, cs)]
    sums = [values[0].sum(-1) if len(values) == 1 else np.einsum("...i,...i", *values) for values in products]
    if ys.ndim == 1:
        return Summary(float(n), *map(float, sums))
    return Summary(n, *sums)  # type: ignore[arg-type]
