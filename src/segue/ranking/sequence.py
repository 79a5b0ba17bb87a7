"""What comes next after these tracks, in this sitting; it learns from skips."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import sparse
from scipy.special import expit

from segue.library.sittings import Sittings
from segue.ranking import votes
from segue.ranking.following import near_and_next

LONGEST = 50
"""So many of the latest items of a sitting are looked at."""
MORE = 200
"""So many of the most played items are proposed beside what is near to the sitting."""
LATE = 0.2
ENOUGH = 200
AT = 20
ITEM_LITTLE = 10.0
ARTIST_LITTLE = 20.0
CHOICES = {
    # Never less: where what came next did not depend on skips, a skip looks like a sign of what was being listened to.
    "against": (0.2, 0.4, 0.8),
    "follow": (0.03, 0.1, 0.2, 0.4),
    "recency": (0.0, 0.25, 0.5, 1.0),
    "common": (0.1, 0.3, 1.0),
    "sound": (0.003, 0.01, 0.03, 0.1),
}
N_TUNED = 1_500
N_FITTED = 50_000


@dataclass(frozen=True, eq=False)
class SequenceModel:
    """Items vote for what is played in the same sittings, and the last one played for what is played next.

    The score of an item is the mean vote of what was played in this sitting, later ones counting more, plus `follow` times what
    follows the last one, minus `against` times the votes of what was skipped; `common` times its popularity, and `sound`
    times its likeness to what was played, less that to what was skipped, tell apart what has no votes. A session-based
    neighbourhood (V-SKNN: Ludewig & Jannach, UMUAI 2018), summed up in weights between items, so that no sitting is kept.

    Attributes:
        near, following: the votes, see `segue.ranking.following`.
        popularity: float32 (n_items,): share of all plays.
        by_popularity: int32 (n_items,): the items, the most played first.
        vectors: float32 (n_items, d): as in `Space`; d is 0 where there are none.
        item_odds: float32 (n_items,): log-odds of a skip, shrunk towards its artist's; `artist_odds`: its artist's, shrunk
            towards all.
        skip_weights: float64 (1 + 11,): of the logistic regression, the constant first; empty where no skips are known.
        recency: an item with d items played since counts `(1 + d)^-recency`.
        follow, against, common, sound: see above.
    """

    near: sparse.csr_array
    following: sparse.csr_array
    popularity: np.ndarray
    by_popularity: np.ndarray
    vectors: np.ndarray
    item_odds: np.ndarray
    artist_odds: np.ndarray
    skip_weights: np.ndarray
    recency: float = 0.25
    follow: float = 0.1
    against: float = 0.3
    common: float = 0.3
    sound: float = 0.01

    @property
    def n_items(self) -> int:
        """Number of items."""
        return len(self.popularity)

    def next_scores(self, session: np.ndarray, skipped: np.ndarray, candidates: np.ndarray) -> np.ndarray:
        """How likely each candidate is to be played next, and not skipped: higher is likelier. float32, shape (c,).

        Args:
            session: int, shape (m,): items of this sitting, the latest last; those that were skipped, too.
            skipped: bool, shape (m,): which were.
            candidates: int, shape (c,). Items of the sitting are scored like others; one that was skipped goes down most.
        """
        sitting = _latest(session, skipped)
        return votes.next_scores(*sitting, np.array(candidates, dtype=np.int32), self._tables, self._tuned)

    def propose(self, session: np.ndarray, skipped: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """The best `k` items to come next that the sitting did not have, best first, and their scores: int32, float32.

        They are found among what has votes and the most played. Equal scores go to the lower item.
        """
        sitting = _latest(session, skipped)
        rivals, score = votes.proposed(*sitting, self._by_popularity, max(k, MORE), self._tables, self._tuned)
        if 0 < k < len(score):
            chosen = np.flatnonzero(score >= -np.partition(-score, k - 1)[k - 1])
            rivals, score = rivals[chosen], score[chosen]
        best = np.lexsort((rivals, -score))[: max(k, 0)]
        return rivals[best], score[best]

    def skip_probability(self, session: np.ndarray, skipped: np.ndarray, candidates: np.ndarray) -> np.ndarray:
        """How likely each candidate is to be skipped, if it comes next: float32, shape (c,); 0 where no skips are known.

        A logistic regression on how often it and its artist are skipped; how many were skipped in this sitting beside how
        many would be expected, and how many in a row; how many were played; the votes of what was played and
        what was skipped, and of the last one played for what follows it; its popularity; and how much more its vector is
        like what was played than like what was skipped.
        """
        if not len(self.skip_weights):
            return np.zeros(len(candidates), dtype=np.float32)
        asked = np.array(candidates, dtype=np.int32)
        features = votes.skip_features(*_latest(session, skipped), asked, self._tables, self.recency)
        return _probability(features, self.skip_weights)

    def expected(self, sittings: Sittings, listens: np.ndarray, most: int = AT) -> np.ndarray:
        """At which rank each of `listens` (places in the sittings) was expected just before it: int64, 0 the best.

        `most` where it was at none of the first so many, or where its sitting had had that item.
        """
        starts = np.maximum(sittings.starts[sittings.sitting_of()[listens]], listens - LONGEST)
        return votes.ranks(listens, sittings.items, sittings.skipped, starts, self._by_popularity, self._tables,
                           self._tuned, most)  # fmt: skip

    @cached_property
    def _tables(self) -> votes.Tables:
        """What native code reads, all of it read only, so that it is compiled once for made and for loaded models."""
        near, following = ((_fixed(m.indptr), _fixed(m.indices), _fixed(m.data)) for m in (self.near, self.following))
        rest = (self.popularity, self.vectors, self.item_odds, self.artist_odds)
        popularity, vectors, item_odds, artist_odds = map(_fixed, rest)
        return near, following, popularity, vectors, item_odds, artist_odds

    @cached_property
    def _by_popularity(self) -> np.ndarray:
        return _fixed(self.by_popularity)

    @property
    def _tuned(self) -> tuple[float, float, float, float, float]:
        return self.recency, self.follow, self.against, self.common, self.sound


def learn_sequence(sittings: Sittings, n_items: int, vectors: np.ndarray | None = None,
                   artists: np.ndarray | None = None, seed: int = 0) -> SequenceModel:  # fmt: skip
    """Count what is near to what and what follows what, and learn from the latest fifth what that says of what comes next.

    Numbers are tuned, and skips regressed, on sittings that were not counted; in the end all are. With fewer than 200 listens to
    tune on the defaults stand, and a skip is as likely as it was for the item before.

    Args:
        sittings: what was played and skipped, in items 0 to `n_items - 1`.
        n_items: how many items there are.
        vectors: float32 (n_items, d), of length 1 or 0; None where there are none.
        artists: int (n_items,): the main artist of each item, -1 where not known.
        seed: of the choice of the listens to tune on.
    """
    vectors = np.zeros((n_items, 0), np.float32) if vectors is None else np.ascontiguousarray(vectors, np.float32)
    artists = np.full(n_items, -1) if artists is None else np.asarray(artists)
    whole = _counted(sittings, n_items, vectors, artists)
    if len(sittings) < 2:
        return whole
    early, late = sittings.split(float(np.quantile(sittings.begun(), 1 - LATE)))
    rng = np.random.default_rng(seed)
    told = _some(late.played & (late.places() > 0), N_TUNED, rng)
    judged = _some(late.played | late.skipped, N_FITTED, rng)
    if len(told) < ENOUGH or not len(early):
        return whole
    known = _tuned(_counted(early, n_items, vectors, artists), late, told)
    fitted = _skip_weights(known, late, judged) if early.skipped.any() else whole.skip_weights
    return replace(whole, skip_weights=fitted, **{name: getattr(known, name) for name in CHOICES})


def _counted(sittings: Sittings, n_items: int, vectors: np.ndarray, artists: np.ndarray) -> SequenceModel:
    """The model with default numbers."""
    near, following = near_and_next(sittings, n_items)
    played = np.bincount(sittings.items[sittings.played], minlength=n_items)
    skipped = np.bincount(sittings.items[sittings.skipped], minlength=n_items)
    item_odds, artist_odds = _odds(played, skipped, artists)
    weights = np.zeros(1 + votes.N_FEATURES if skipped.any() else 0)
    weights[1:2] = 1  # as likely as the item's own rate
    return SequenceModel(
        near=near,
        following=following,
        popularity=(played / max(played.sum(), 1)).astype(np.float32),
        by_popularity=np.argsort(-played, kind="stable").astype(np.int32),
        vectors=vectors,
        item_odds=item_odds,
        artist_odds=artist_odds,
        skip_weights=weights,
    )


def _odds(played: np.ndarray, skipped: np.ndarray, artists: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log-odds of a skip by item and by artist, float32, shape (n_items,), each shrunk towards what it belongs to."""
    overall = (skipped.sum() + 0.5) / (skipped.sum() + played.sum() + 1)
    artist = np.where(artists < 0, artists.max(initial=0) + 1, artists)
    artist_skipped, artist_played = (np.bincount(artist, weights=count) for count in (skipped, played))
    of_artist = (artist_skipped + ARTIST_LITTLE * overall) / (artist_skipped + artist_played + ARTIST_LITTLE)
    of_artist = np.where(artists < 0, overall, of_artist[artist])
    of_item = (skipped + ITEM_LITTLE * of_artist) / (skipped + played + ITEM_LITTLE)
    return tuple(np.log(rate / (1 - rate)).astype(np.float32) for rate in (of_item, of_artist))


def _tuned(model: SequenceModel, late: Sittings, told: np.ndarray) -> SequenceModel:
    """The model with the best of `CHOICES` for each number in turn, by NDCG@20 of what was played next."""
    best, best_quality = model, -1.0
    for name, values in CHOICES.items():
        if name == "sound" and not model.vectors.shape[1]:
            continue
        for value in values:
            tried = replace(model, **{n: getattr(best, n) for n in CHOICES} | {name: value})
            ranks = tried.expected(late, told)
            quality = float(np.mean(np.where(ranks < AT, 1 / np.log2(ranks + 2), 0)))
            if quality > best_quality:
                best, best_quality = tried, quality
    return best


def _skip_weights(model: SequenceModel, late: Sittings, judged: np.ndarray) -> np.ndarray:
    """Constant and weights of the logistic regression, float64; those of the model where one outcome never happened."""
    skipped = late.skipped[judged]
    if len(np.unique(skipped)) < 2:
        return model.skip_weights
    starts = np.maximum(late.starts[late.sitting_of()[judged]], judged - LONGEST)
    features = votes.skip_features_of(judged, late.items, late.skipped, starts, model._tables, model.recency)
    middle, spread = features.mean(axis=0), features.std(axis=0)
    spread[spread < 1e-9] = np.inf
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - a second to import, and only training needs it

    fitted = LogisticRegression(max_iter=500).fit((features - middle) / spread, skipped)
    weights = fitted.coef_[0] / spread
    return np.concatenate([[fitted.intercept_[0] - weights @ middle], weights])


def _probability(features: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return expit(weights[0] + features @ weights[1:]).astype(np.float32)


def _some(wanted: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """The places of `n` of the flags that are set, or of all, ascending."""
    places = np.flatnonzero(wanted)
    return np.sort(rng.choice(places, n, replace=False)) if len(places) > n else places


def _latest(session: np.ndarray, skipped: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.array(session[-LONGEST:], dtype=np.int32), np.array(skipped[-LONGEST:], dtype=np.bool_)


def _fixed(array: np.ndarray) -> np.ndarray:
    """A read-only view, as memory-mapped arrays are."""
    view = np.asarray(array).view()
    view.flags.writeable = False
    return view
