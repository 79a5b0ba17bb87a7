"""Two rankings in one list: which one are the clicked items from?

Team-draft interleaving (Radlinski, Kurup & Joachims 2008, section 4.2): as captains choose players, both rankings choose in turn
the best item that is left, and a coin says who goes first in each round. Each listener compares both, so it takes far fewer of
them.
"""

from __future__ import annotations

import math
import random
from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from segue.evaluation.experiments.effects import LEAST, Effect, effect_of
from segue.evaluation.experiments.sequences import tuned

Item = TypeVar("Item", bound=Hashable)
Team = Literal["a", "b"] | None


class Interleaved(NamedTuple):
    """The list to show, and whose each item is. None: nobody's, the other ranking had nothing left to put against it."""

    ranking: list
    teams: list[Team]


def interleave(a: Sequence[Item], b: Sequence[Item], seed: int | str, length: int | None = None) -> Interleaved:
    """One list of `length` items (all that there are, if None) out of two rankings; the same seed gives the same list."""
    coin = random.Random(seed)  # noqa: S311 - chance, not a secret
    ranking: list[Item] = []
    teams: list[Team] = []
    length = len({*a, *b}) if length is None else length
    while len(ranking) < length:
        of_a, of_b = ([one for one in dict.fromkeys(own) if one not in ranking] for own in (a, b))
        if not of_a or not of_b:
            left = (of_a or of_b)[: length - len(ranking)]
            return Interleaved(ranking + left, teams + [None] * len(left))
        ahead = teams.count("a") - teams.count("b")
        a_picks = coin.random() < 0.5 if ahead == 0 else ahead < 0
        ranking.append(of_a[0] if a_picks else of_b[0])
        teams.append("a" if a_picks else "b")
    return Interleaved(ranking, teams)


def preference(clicks_a: ArrayLike, clicks_b: ArrayLike, *, alpha: float = 0.05, rho: float | None = None) -> Effect:
    """Which ranking listeners prefer: `difference` is above 0 where a wins, from -1 to 1, always valid.

    `clicks_a`, `clicks_b`: (listeners,) clicks on items of each team. Each listener has one voice, for the team with more clicks,
    or for none; `relative` is not known, `treatment` and `control` are the parts of listeners for a and for b.
    """
    more = np.sign(np.asarray(clicks_a, dtype=np.float64) - np.asarray(clicks_b, dtype=np.float64))
    if more.ndim != 1:
        raise ValueError("clicks must have one number per listener")
    n, for_a, for_b = (
        len(more),
        float((more > 0).mean()) if len(more) else 0.0,
        float((more < 0).mean()) if len(more) else 0.0,
    )
    variance = (for_a + for_b - (for_a - for_b) ** 2) / max(n - 1, 1)
    rho = tuned(alpha=alpha) if rho is None else rho
    effect = effect_of((for_b, for_a), (variance / 2, variance / 2), n, n >= LEAST, alpha, rho)
    # Both parts come from the same listeners: the bounds of the difference know that, those of a ratio would not.
    return replace(effect, relative=math.nan, relative_low=-math.inf, relative_high=math.inf)
