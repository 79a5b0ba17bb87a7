"""A lottery for a few places of the page, whose every probability is known, so that what it shows can be learned from."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np

from segue.ranking.catalogue import UNKNOWN, Facts
from segue.ranking.diversity import Rules

MOST_EXPLORED = 0.4
"""The largest share of a page that the lottery may have, at the dial's unknown end."""
TEMPERATURE = 0.5
"""At this one the best candidate has a weight of exp(2), about 7.4, times the worst's."""
_SURE = 1 - 1e-9


@dataclass(frozen=True, eq=False)
class Draw:
    """What the lottery drew.

    Attributes:
        chosen: int64 (k,): places among the candidates, in an order that says nothing of their scores.
        propensities: float64 (k,): the probability with which each was to be drawn, in (0, 1].
    """

    chosen: np.ndarray
    propensities: np.ndarray


@dataclass(frozen=True, eq=False)
class Mixed:
    """A page of merit and chance.

    Attributes:
        page: int64 (n,): places among the candidates.
        propensities: float64 (n,): NaN for those by merit.
    """

    page: np.ndarray
    propensities: np.ndarray


def share_allowed(wanted: float, dial: float) -> float:
    """The share of the page that may be explored: what is wanted, up to 0.4 of the dial (0 familiar to 1 unknown)."""
    return min(wanted, MOST_EXPLORED * dial)


def explored_places(n: int, share: float, seed: int) -> np.ndarray:
    """Which places of a page of `n` the lottery fills, ascending, int64: at most `share` of them, and never the first.

    The others are cut into as many equal stretches, and one place of each is taken at random, so that they are spread.
    """
    k = max(min(int(share * n + 1e-9), n - 1), 0)
    ends = 1 + np.arange(k + 1) * (n - 1) // max(k, 1)
    return _random(seed, 1).integers(ends[:-1], ends[1:])


def pool(page: np.ndarray, items: np.ndarray, scores: np.ndarray, facts: Facts, rules: Rules) -> np.ndarray:
    """Which candidates may take part, bool (m,): those not on the page that leave its caps kept, whichever of them are drawn.

    The best by `scores` are let in first, each where all caps leave room for it beside the page and those let in before it.
    Equals go to the lower item. The caps of the rules hold then; `apart` is for the page by merit only.
    """
    eligible = np.ones(len(items), dtype=np.bool_)
    eligible[page] = False
    best_first = np.lexsort((items, -scores))
    # The page comes first: what is on it counts, and stays.
    order = np.concatenate([page, best_first[eligible[best_first]]])
    codes = np.stack([_dense(codes[items[order]]) for codes in (facts.artist, facts.release, facts.work)])
    most = np.array([rules.per_artist or 0, rules.per_release or 0, int(rules.one_version)])
    eligible[order[len(page) :]] = _with_room(codes, most, len(page))
    return eligible


def draw(scores: np.ndarray, eligible: np.ndarray, n_places: int, seed: int, temperature: float = TEMPERATURE) -> Draw:
    """Draw `n_places` of the eligible candidates without replacement (all of them, where there are no more than that).

    The probability of each to be among the drawn is min(1, c w): w = exp(score / temperature), with the scores of the eligible
    ones scaled to 0..1, and c such that the probabilities add up to `n_places`. They are exact, because the draw is systematic
    (Madow, Ann. Math. Stat. 1949): candidates in random order are laid end to end, each as long as its probability, and
    those are drawn that lie under a comb of teeth at distance 1. No probability is less than exp(-1 / temperature) times the
    largest, so the weights 1 / propensity are bounded, and the mean over everything eligible of any reward is estimated without
    bias by the sum of reward / propensity over the drawn, divided by the number eligible (Horvitz & Thompson, JASA 1952).

    Args:
        scores: float32 (m,); those of the eligible are finite.
        eligible: bool (m,), see `pool`. It must not depend on the seed.
        n_places: how many.
        seed: the same seed draws the same.
        temperature: above 0; the higher, the more alike are the chances.
    """
    candidates = np.flatnonzero(eligible)
    k = min(n_places, len(candidates))
    if k <= 0:
        return Draw(np.zeros(0, dtype=np.int64), np.zeros(0))
    probability = _inclusion(_weights(scores[candidates].astype(np.float64), temperature), k)
    random = _random(seed, 0)
    order = random.permutation(len(candidates))
    # The sure ones are set aside: where all that is laid out is shorter than 1, rounding cannot make two teeth meet the same.
    sure, open_ = order[probability[order] == 1], order[probability[order] < 1]
    teeth = random.random() + np.arange(k - len(sure))
    ends = np.cumsum(probability[open_])
    drawn = open_[np.minimum(np.searchsorted(ends, teeth, side="right"), len(open_) - 1)]
    chosen = random.permutation(np.concatenate([sure, drawn]))
    return Draw(candidates[chosen], probability[chosen])


def mix_in(page: np.ndarray, drawn: Draw, places: np.ndarray, n: int) -> Mixed:
    """A page of `n`: what was drawn stands at `places`, the best of `page`, in their order, at all others.

    A page by merit that is longer than the places left to it loses its last ones. To have its rules hold for what stays
    (small artists are last on it), make it of `n` less the number drawn. Where there is too little to fill the page, it is
    shorter, and the last of the drawn move up.
    """
    k = min(len(drawn.chosen), len(places))
    size = min(n, len(page) + k)
    at = np.minimum(np.sort(places)[:k], size - k + np.arange(k))
    mixed, propensities = np.empty(size, dtype=np.int64), np.full(size, np.nan)
    mixed[at], propensities[at] = drawn.chosen[:k], drawn.propensities[:k]
    by_merit = np.ones(size, dtype=np.bool_)
    by_merit[at] = False
    mixed[by_merit] = page[: size - k]
    return Mixed(mixed, propensities)


def _random(seed: int, stream: int) -> np.random.Generator:
    return np.random.default_rng([seed % 2**64, stream])


def _weights(scores: np.ndarray, temperature: float) -> np.ndarray:
    spread = scores.max() - scores.min()
    scaled = (scores - scores.max()) / spread if spread > 0 else np.zeros_like(scores)
    return np.exp(scaled / temperature)


def _inclusion(weights: np.ndarray, k: int) -> np.ndarray:
    """min(1, c w), float64 (m,), with c such that they add up to `k` (at most m)."""
    probability = np.ones(len(weights))
    open_ = np.arange(len(weights))
    while len(open_):
        left = k - (len(weights) - len(open_))
        share = left * weights[open_] / weights[open_].sum()
        sure = share >= _SURE
        if not sure.any():
            probability[open_] = share
            break
        open_ = open_[~sure]
    return probability


def _dense(codes: np.ndarray) -> np.ndarray:
    """Codes as numbers from 0 on without gaps; what is not known stays so."""
    return np.where(codes == UNKNOWN, UNKNOWN, np.unique(codes, return_inverse=True)[1])


@numba.njit(nogil=True, cache=True)
def _with_room(codes, most, n_page):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Which of those after the page are let in, bool; `codes` are artist, release and work of all, the page first."""
    n = codes.shape[1]
    counts, room = np.zeros(codes.shape, dtype=np.int64), np.ones(n, dtype=np.bool_)
    for place in range(n):
        for kind in range(len(most)):
            code = codes[kind, place]
            if place >= n_page and most[kind] > 0 and code >= 0 and counts[kind, code] >= most[kind]:
                room[place] = False
        if room[place]:
            for kind in range(len(most)):
                if codes[kind, place] >= 0:
                    counts[kind, codes[kind, place]] += 1
    return room[n_page:]
