"""Confidence sequences: intervals that hold at all times at once, so that looking early and often is safe.

The asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas (2021; Annals of Statistics 2024), Theorem 2.2:
after t units with mean m and standard deviation s, for all t at once with probability 1 - alpha in the limit,

    m ± s √( 2 (t rho² + 1) / (t² rho²) · log( √(t rho² + 1) / alpha ) ).

It is Robbins' normal mixture (Howard, Ramdas, McAuliffe & Sekhon 2021, Proposition 5) with an estimated variance. `rho` says at
about which t it is narrowest; it must not depend on what was seen.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.special import lambertw

PLANNED = 10_000
"""Units in both variants for which intervals are narrowest when nothing else was planned."""


def tuned(units: float = PLANNED, alpha: float = 0.05) -> float:
    """The rho with which the sequence is narrowest after so many units, of both variants together.

    With u = t rho² + 1, the width is least where u - log u = 1 - 2 log alpha: u = -W₋₁(-alpha² / e). There it is √u standard
    errors, 3.04 for alpha 0.05 where a single look has 1.96.
    """
    if units <= 0 or not 0 < alpha < 1:
        raise ValueError(f"units must be above 0 and alpha between 0 and 1: {units}, {alpha}")
    u = -float(lambertw(-(alpha**2) / math.e, -1).real)
    return math.sqrt((u - 1) / units)


def reach(t: Any, rho: float, alpha: float) -> Any:
    """Half the width of the sequence after t units, in standard errors."""
    seen = np.asarray(t, dtype=np.float64) * rho**2
    with np.errstate(divide="ignore"):
        return np.sqrt((1 + 1 / seen) * (np.log1p(seen) - 2 * math.log(alpha)))


def always_valid_p(z: Any, t: Any, rho: float) -> Any:
    """The smallest alpha with which the sequence leaves out a value that lies z standard errors away, after t units.

    `reach` solved for alpha. The smallest of all looks so far is valid as well.
    """
    seen = np.asarray(t, dtype=np.float64) * rho**2
    return np.minimum(1.0, np.sqrt(1 + seen) * np.exp(-0.5 * np.square(z) * seen / (1 + seen)))
