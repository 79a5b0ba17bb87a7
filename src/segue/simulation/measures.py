"""What is measured of a week: pure functions of what was shown, what became of it, and what is true.

Those of listeners return float64, shape (n_listeners,), NaN for one of whom nothing can be said; the others one number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.special import gammaln

from segue import metrics

PAIRS = 2_000
SOME = 10
"""So many plays are compared by their entropy."""


@dataclass(frozen=True)
class Measure:
    """One number of a week.

    Attributes:
        id, title, unit: what it is called, and what it counts.
        meaning: how it is found, in one sentence.
        better: 1 when more is better, -1 when less is, 0 when that depends on whom one asks.
        percent: whether it is a share, to be read as a percentage.
    """

    id: str
    title: str
    unit: str
    meaning: str
    better: int = 0
    percent: bool = False


MEASURES = (
    Measure("skips", "Skips", "share of the tracks reached", "Of the tracks reached on the page, those that were skipped.", -1,
            percent=True),
    Measure("likes", "Likes", "likes per 100 tracks reached", "Likes for each 100 tracks reached on the page.", 1),
    Measure("suiting", "Hidden liking", "liking of what was played",
            "How well what was played from the page suits the listener's hidden taste of that week, as the truth has it.", 1),
    Measure("discovery", "Discovery", "share of the tracks played",
            "Of the tracks played to the end from the page, those of artists that the listener had never played before.", 1,
            percent=True),
    Measure("diversity", "Variety of a page", "1 - mean cosine",
            "1 less the mean cosine of all pairs of tracks on a page, in the vectors of the first week's snapshot."),
    Measure("breadth", "Breadth of listening", "entropy heard by entropy of taste",
            "Entropy of the scenes of 10 tracks out of those heard in four weeks (page and own choice), by that of 10 drawn"
            " from the listener's own hidden taste: below 1 is narrower than the taste."),
    Measure("taste", "Breadth of taste", "entropy by entropy of the own taste",
            "Entropy of the hidden taste as listening has moved it, by that of the taste the listener would have by themselves:"
            " below 1 has grown narrower."),
    Measure("gini", "Inequality of artists", "Gini coefficient",
            "How unequally the places on all pages go to artists: 0 equally, 1 to one.", -1),
    Measure("coverage", "Catalogue shown", "share of the tracks",
            "Of all tracks that are out, those on anybody's page that week.", 1, percent=True),
    Measure("homogeneity", "Alike pages", "mean Jaccard of pairs",
            "What the pages of two listeners have in common, by what is on either: the mean of random pairs."),
)  # fmt: skip
OF_LISTENERS = ("skips", "likes", "suiting", "discovery", "diversity", "breadth", "taste")


def skip_rate(reached: np.ndarray, skipped: np.ndarray) -> np.ndarray:
    """Of what was reached, what was skipped; both bool (n_listeners, n_places)."""
    return _per((skipped & reached).sum(axis=1), reached.sum(axis=1))


def likes_per_100(reached: np.ndarray, liked: np.ndarray) -> np.ndarray:
    """Likes for each 100 tracks reached."""
    return 100 * _per((liked & reached).sum(axis=1), reached.sum(axis=1))


def mean_where(values: np.ndarray, here: np.ndarray) -> np.ndarray:
    """The mean of each row's values, where `here` holds."""
    return _per(np.where(here, values, 0).sum(axis=1), here.sum(axis=1))


def discovery(tracks: np.ndarray, through: np.ndarray, artist: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Of the tracks played to the end (`through`), those whose artist is not `known`, bool (n_listeners, n_artists)."""
    rows = np.arange(len(tracks))[:, np.newaxis]
    return mean_where(~known[rows, artist[np.maximum(tracks, 0)]], through)


def diversity(tracks: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """1 - the mean cosine of the pairs on a page (Ziegler et al., WWW 2005); `vectors` (n_tracks, d) have length 1 or 0."""
    return metrics.intra_list_diversity(tracks, sparse.csr_array(vectors.astype(np.float64)))


def entropy(weights: np.ndarray) -> np.ndarray:
    """Shannon's entropy of each row in bits, whatever its sum; NaN for a row of nothing."""
    total = weights.sum(axis=1)
    shares = weights / np.where(total > 0, total, 1)[:, np.newaxis]
    bits = -(shares * np.log2(np.where(shares > 0, shares, 1))).sum(axis=1)
    return np.where(total > 0, bits, np.nan)


def entropy_of_some(counts: np.ndarray, m: int = SOME) -> np.ndarray:
    """The entropy, in bits, to be expected of `m` plays drawn from each row's without putting back; NaN where there are fewer.

    `counts` is int, shape (n_listeners, n_kinds). Entropy grows with the number of plays; of the same number it can be compared
    (rarefaction: Hurlbert 1971, "The nonconcept of species diversity"; the draws are hypergeometric).
    """
    total = counts.sum(axis=1)
    enough = total >= m
    own, of = counts[enough][:, :, np.newaxis], total[enough][:, np.newaxis, np.newaxis]
    drawn = np.arange(1, m + 1)
    possible = (drawn <= own) & (m - drawn <= of - own)
    with_this = _log_choose(own, np.minimum(drawn, own))
    with_others = _log_choose(of - own, np.clip(m - drawn, 0, of - own))
    odds = np.where(possible, np.exp(with_this + with_others - _log_choose(of, np.asarray(m))), 0)
    bits = np.full(len(counts), np.nan)
    bits[enough] = -(odds * (drawn / m) * np.log2(drawn / m)).sum(axis=(1, 2))
    return bits


def entropy_of_draws(shares: np.ndarray, m: int = SOME) -> np.ndarray:
    """The entropy, in bits, to be expected of `m` draws from each row of `shares` (n, n_kinds), rows adding up to 1."""
    drawn = np.arange(1, m + 1)
    share = shares[:, :, np.newaxis]
    odds = np.exp(_log_choose(np.asarray(m), drawn)) * share**drawn * (1 - share) ** (m - drawn)
    return -(odds * (drawn / m) * np.log2(drawn / m)).sum(axis=(1, 2))


def _log_choose(n: np.ndarray, k: np.ndarray) -> np.ndarray:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))


def artist_gini(tracks: np.ndarray, artist: np.ndarray, n_artists: int) -> float:
    """The Gini coefficient of the places that artists have on all pages; NaN where all are empty."""
    if not (tracks >= 0).any():
        return float("nan")
    return metrics.gini(np.where(tracks >= 0, artist[np.maximum(tracks, 0)], -1), n_artists)


def coverage(tracks: np.ndarray, out: np.ndarray) -> float:
    """Of the tracks that are out, bool (n_tracks,), those on any page."""
    return metrics.coverage(tracks, int(out.sum()))


def random_pairs(n_listeners: int, rng: np.random.Generator, n_pairs: int = PAIRS) -> np.ndarray:
    """Pairs of different listeners, int64, shape (n_pairs, 2)."""
    one = rng.integers(n_listeners, size=n_pairs)
    other = (one + rng.integers(1, n_listeners, size=n_pairs)) % n_listeners
    return np.column_stack([one, other])


def homogeneity(tracks: np.ndarray, pairs: np.ndarray) -> float:
    """The mean Jaccard index of the pages of pairs of listeners: what is on both, by what is on either."""
    found = []
    pages = [frozenset(page[page >= 0].tolist()) for page in tracks]
    for one, other in pairs.tolist():
        either = len(pages[one] | pages[other])
        if either:
            found.append(len(pages[one] & pages[other]) / either)
    return float(np.mean(found)) if found else float("nan")


def mean_known(values: np.ndarray, axis: int) -> np.ndarray:
    """The mean along an axis of what is known; NaN where nothing is."""
    known = ~np.isnan(values)
    counts = np.asarray(known.sum(axis=axis))
    total = np.where(known, values, 0).sum(axis=axis)
    return np.divide(total, counts, out=np.full(counts.shape, np.nan), where=counts > 0)


def _per(amount: np.ndarray, of: np.ndarray) -> np.ndarray:
    return np.divide(amount, of, out=np.full(len(of), np.nan), where=of > 0)
