"""What is played next in a sitting, and what is skipped: the sequence model beside popularity, item-KNN and transitions.

On the demo world. Everything is learned from the first nine tenths of the time; for listens of the last tenth, second or later in
their sittings, all items that the sitting has not had yet are ranked, to find the next one that is played and not skipped. The AUC
is that of telling skipped listens from played ones (among both) by a low score, or by the model's probability of a skip. Item-KNN's
parameters are the best on the tenth before. Intervals: 95%, paired, by bootstrap over listeners.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl
from scipy import sparse
from sklearn.utils.extmath import randomized_svd

from benchmarks.measure import parser, report
from segue.demo import world
from segue.features import item_features
from segue.library import Interactions, Library
from segue.library.sittings import Sittings, sittings_of
from segue.metrics import roc_auc
from segue.ranking.sequence import SequenceModel, learn_sequence
from segue.recommenders.item_knn import ItemKNN
from segue.recommenders.popularity import Popularity
from segue.recommenders.transitions import Transitions

AT = 20
DIMENSIONS = 64
RESAMPLES = 400
BLOCK = 1_000
KNN_CHOICES = [(similarity, n) for similarity in ("cosine", "bm25") for n in (50, 200, 500)]

Sitting = tuple[np.ndarray, np.ndarray]
Score = Callable[[list[Sitting]], np.ndarray]
"""From sittings so far (items, and which were skipped) to scores of all items, shape (n_sittings, n_items)."""


def by_history(model: Any, n_items: int, heard: Callable[[Sitting], np.ndarray]) -> Score:
    """A recommender that takes some items of the sitting for a history."""

    def score(sittings: list[Sitting]) -> np.ndarray:
        histories = [np.unique(heard(sitting)) for sitting in sittings]
        indptr = np.concatenate([[0], np.cumsum([len(history) for history in histories])])
        indices = np.concatenate(histories).astype(np.int32)
        rows = sparse.csr_array((np.ones(len(indices), np.float32), indices, indptr), shape=(len(sittings), n_items))
        return np.asarray(model.scores(rows))

    return score


def by_sequence(model: SequenceModel) -> Score:
    everything = np.arange(model.n_items, dtype=np.int32)
    return lambda sittings: np.stack([model.next_scores(*sitting, everything) for sitting in sittings])


def all_of(sitting: Sitting) -> np.ndarray:
    return sitting[0]


def played_of(sitting: Sitting) -> np.ndarray:
    return sitting[0][~sitting[1]]


def last_of(sitting: Sitting) -> np.ndarray:
    return sitting[0][-1:]


def before(sittings: Sittings, listens: np.ndarray) -> list[Sitting]:
    """What each listen's sitting had before it."""
    starts = sittings.starts[sittings.sitting_of()[listens]]
    return [
        (sittings.items[start:end], sittings.skipped[start:end]) for start, end in zip(starts, listens, strict=True)
    ]


def ranks(score: Score, sittings: Sittings, listens: np.ndarray) -> np.ndarray:
    """The rank of each listen's item among all that its sitting has not had, 0 the best; equal ones by item."""
    found = []
    for start in range(0, len(listens), BLOCK):
        block = listens[start : start + BLOCK]
        heard, target = before(sittings, block), sittings.items[block]
        scores = score(heard)
        for row, (items, _) in enumerate(heard):
            scores[row, items] = -np.inf
        own = scores[np.arange(len(block)), target][:, None]
        first = np.arange(scores.shape[1]) < target[:, None]
        found.append(((scores > own) | ((scores == own) & first)).sum(axis=1))
    return np.concatenate(found)


def own_scores(score: Score, sittings: Sittings, listens: np.ndarray) -> np.ndarray:
    """What each listen's own item scored before it."""
    blocks = [listens[start : start + BLOCK] for start in range(0, len(listens), BLOCK)]
    return np.concatenate([score(before(sittings, b))[np.arange(len(b)), sittings.items[b]] for b in blocks])


def skip_chances(model: SequenceModel, sittings: Sittings, listens: np.ndarray) -> np.ndarray:
    return np.array([model.skip_probability(*heard, sittings.items[listen : listen + 1])[0]
                     for heard, listen in zip(before(sittings, listens), listens, strict=True)])  # fmt: skip


def sample(sittings: Sittings, wanted: np.ndarray, n: int, seed: int) -> np.ndarray:
    """Some of these listens that are second or later in their sitting, of items that the sitting has not had yet."""
    seen = np.stack([sittings.sitting_of(), sittings.items])
    _, firsts = np.unique(seen, axis=1, return_index=True)
    new = np.zeros(len(sittings.items), dtype=np.bool_)
    new[firsts] = True
    places = np.flatnonzero(wanted & new & (sittings.places() > 0))
    return np.sort(np.random.default_rng(seed).choice(places, min(n, len(places)), replace=False))


def resamples(listener: np.ndarray) -> Iterator[np.ndarray]:
    """For each resample of the listeners, which listens (some often) are in it."""
    rng = np.random.default_rng(0)
    by_listener = np.argsort(listener, kind="stable")
    parts = np.split(by_listener, np.flatnonzero(np.diff(listener[by_listener])) + 1)
    for _ in range(RESAMPLES):
        yield np.concatenate([parts[part] for part in rng.integers(0, len(parts), len(parts))])


def interval(values: list[float]) -> str:
    low, high = np.quantile(values, (0.025, 0.975))
    return f"{low:+.4f} to {high:+.4f}"


def until(library: Library, share: float) -> tuple[Library, float]:
    """What was known before that share of the time, and when that was (ms since 1970)."""
    times = library.listens.select(pl.col("time").dt.epoch("ms"))["time"].to_numpy()
    moment = int(times.min() + share * (times.max() - times.min()))
    return library.until(datetime.fromtimestamp(moment / 1000, tz=UTC)), float(moment)


def tuned_knn(library: Library, n: int) -> ItemKNN:
    """Item-KNN with the parameters that find the most in the last tenth of what it may know, then fitted on all of it."""
    known, moment = until(library, 8 / 9)
    interactions = Interactions.from_library(known, "track", whole_catalogue=True)
    late = sittings_of(library, interactions.item_ids).split(moment)[1]
    listens = sample(late, late.played, n, 1)

    def quality(choice: tuple[str, int]) -> float:
        model = ItemKNN(similarity=choice[0], neighbours=choice[1]).fit(interactions)
        return float((ranks(by_history(model, interactions.n_items, all_of), late, listens) < AT).mean())

    similarity, neighbours = max(KNN_CHOICES, key=quality)
    whole = Interactions.from_library(library, "track", whole_catalogue=True)
    return ItemKNN(similarity=similarity, neighbours=neighbours).fit(whole)


def sitting_knn(sittings: Sittings, interactions: Interactions, like: ItemKNN) -> ItemKNN:
    """Item-KNN that takes every sitting for a listener."""
    places = (sittings.sitting_of()[sittings.played], sittings.items[sittings.played])
    shape = (len(sittings), interactions.n_items)
    rows = sparse.csr_array(sparse.coo_array((np.ones(len(places[0]), np.float32), places), shape=shape))
    rows.sum_duplicates()
    ids = np.array([str(number) for number in range(len(sittings))], dtype=object)
    made = Interactions(rows, ids, interactions.item_ids, "track")
    return ItemKNN(similarity=like.similarity, neighbours=like.neighbours).fit(made)


def content_vectors(library: Library, interactions: Interactions) -> np.ndarray:
    """What items are like, as short vectors of length 1."""
    features = item_features(library, interactions)
    assert features is not None
    left, sizes, _ = randomized_svd(features.stacked(), DIMENSIONS, random_state=0)
    vectors = left * sizes
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9), dtype=np.float32)


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and write."""
    options = parser(__doc__)
    options.add_argument("--scale", type=float, default=1.0)
    options.add_argument("--listens", type=int, default=20_000)
    chosen = options.parse_args(arguments)
    library = world(scale=chosen.scale)
    known, moment = until(library, 0.9)
    interactions = Interactions.from_library(known, "track", ordered=True, whole_catalogue=True)
    n_items = interactions.n_items
    early, test = sittings_of(library, interactions.item_ids).split(moment)
    artist = library.tracks.select("track_id", artist=pl.col("artist_ids").list.first().rank("dense") - 1)
    artists = artist.sort("track_id")["artist"].to_numpy().astype(np.int32)
    sequence = learn_sequence(early, n_items, content_vectors(known, interactions), artists)
    bare = learn_sequence(early, n_items, artists=artists)
    knn = tuned_knn(known, chosen.listens // 4)
    by_sittings, transitions = sitting_knn(early, interactions, knn), Transitions().fit(interactions)
    contenders = {
        "sequence": by_sequence(sequence),
        "sequence, without vectors": by_sequence(bare),
        "popularity": by_history(Popularity().fit(interactions), n_items, all_of),
        "item-knn, of the sitting": by_history(knn, n_items, all_of),
        "item-knn, of what was not skipped": by_history(knn, n_items, played_of),
        "item-knn, of the last item": by_history(knn, n_items, last_of),
        "item-knn learned on sittings, of the sitting": by_history(by_sittings, n_items, all_of),
        "transitions, of the sitting": by_history(transitions, n_items, all_of),
        "transitions, of the last item": by_history(transitions, n_items, last_of),
    }
    asked = sample(test, test.played, chosen.listens, 2)
    judged = sample(test, test.played | test.skipped, chosen.listens, 3)
    owner = test.listener[test.sitting_of()]
    chances = {"sequence": sequence, "sequence, without vectors": bare}
    found = {who: ranks(score, test, asked) for who, score in contenders.items()}
    warned = {who: skip_chances(chances[who], test, judged) if who in chances else -own_scores(score, test, judged)
              for who, score in contenders.items()}  # fmt: skip
    rows = table(found, warned, test.skipped[judged], owner[asked], owner[judged])
    numbers = {name: getattr(sequence, name) for name in ("recency", "follow", "against", "common", "sound")}
    report(
        "What is played next, and what is skipped, in the demo world", rows, chosen.json, listens=len(asked),
        items=n_items, item_knn=f"{knn.similarity}, {knn.neighbours} neighbours", sequence=str(numbers),
    )  # fmt: skip


def table(found: dict[str, np.ndarray], warned: dict[str, np.ndarray], skipped: np.ndarray, asker: np.ndarray,
          judge: np.ndarray) -> list[dict[str, Any]]:  # fmt: skip
    """One row for each contender, and how far the first one is ahead of it."""
    hits = {who: rank < AT for who, rank in found.items()}
    reciprocal = {who: np.where(rank < AT, 1 / (rank + 1), 0) for who, rank in found.items()}
    first = next(iter(found))
    draws, judged = list(resamples(asker)), list(resamples(judge))
    auc = {who: [roc_auc(scores[draw], skipped[draw]) for draw in judged] for who, scores in warned.items()}
    rows: list[dict[str, Any]] = []
    for who in found:
        row: dict[str, Any] = {"who": who}
        for name, values in (("hit@20", hits), ("MRR@20", reciprocal)):
            ahead = values[first].astype(float) - values[who]
            row |= {name: float(values[who].mean()),
                    f"{name}: ahead by": "" if who == first else interval([ahead[draw].mean() for draw in draws])}  # fmt: skip
        ahead_auc = [one - other for one, other in zip(auc[first], auc[who], strict=True)]
        row |= {"skip AUC": roc_auc(warned[who], skipped), "AUC: ahead by": "" if who == first else interval(ahead_auc)}
        rows.append(row)
    return rows


if __name__ == "__main__":
    main()
