"""The votes of a sitting for what comes next, in native code: one sitting at a time, fast enough to ask after every track."""

from __future__ import annotations

import numba
import numpy as np

Matrix = tuple[np.ndarray, np.ndarray, np.ndarray]
Tables = tuple[Matrix, Matrix, np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""What a `SequenceModel` knows: near and following as CSR (row pointers, items, votes), popularity, vectors, odds of a skip."""

LIKED, DISLIKED, FOLLOWS = range(3)
IN_ORDER = 10.0
"""How much more the order counts for somebody whose last step was one that all take."""


@numba.njit(nogil=True, cache=True)
def gather(session, skipped, near, following, recency):  # type: ignore[no-untyped-def]  # pragma: no cover
    """What the items of a sitting vote for, without looking at items that none of them knows.

    Returns the items that have votes, int32 (n,); the votes, float32 (n, 3); where in these each item is, plus 1 (0 for
    nowhere), int32 (n_items,); and how much each item of the sitting counts, float32 (m,): what was played adds up to 1.
    """
    n_items, m = len(near[0]) - 1, len(session)
    weight, last, before = _weights(session, skipped, recency)
    room = m
    for item in session:
        room += near[0][item + 1] - near[0][item]
    if last >= 0:
        room += following[0][last + 1] - following[0][last]
    items, votes = np.empty(room, np.int32), np.zeros((room, 3), np.float32)
    place = np.zeros(n_items, np.int32)
    n = 0
    for at in range(m):
        column = DISLIKED if skipped[at] else LIKED
        n = _vote(session[at], weight[at], column, near, items, votes, place, n)
        if skipped[at]:  # nothing is nearer to it than itself
            n = _one_vote(session[at], weight[at], column, items, votes, place, n)
    if last >= 0:
        keeps = 0.0
        if before >= 0:
            for entry in range(following[0][before], following[0][before + 1]):
                if following[1][entry] == last:
                    keeps = following[2][entry]
        n = _vote(last, 1 + IN_ORDER * keeps, FOLLOWS, following, items, votes, place, n)
    return items[:n], votes[:n], place, weight


@numba.njit(nogil=True, cache=True)
def _weights(session, skipped, recency):  # type: ignore[no-untyped-def]  # pragma: no cover
    """How much each item counts, and the last two that were played (-1 for none).

    It falls with the number of items played since, so that one more skip changes nothing of what was there before.
    """
    weight = np.zeros(len(session), np.float32)
    last, before, since, total = -1, -1, 0, 0.0
    for at in range(len(session) - 1, -1, -1):
        weight[at] = (1 + since) ** -recency
        if not skipped[at]:
            total += weight[at]
            since += 1
            if since == 1:
                last = session[at]
            elif since == 2:
                before = session[at]
    return weight / np.float32(max(total, 1.0)), last, before


@numba.njit(nogil=True, cache=True)
def _vote(item, weight, column, matrix, items, votes, place, n):  # type: ignore[no-untyped-def]  # pragma: no cover
    for entry in range(matrix[0][item], matrix[0][item + 1]):
        n = _one_vote(matrix[1][entry], weight * matrix[2][entry], column, items, votes, place, n)
    return n


@numba.njit(nogil=True, cache=True)
def _one_vote(item, amount, column, items, votes, place, n):  # type: ignore[no-untyped-def]  # pragma: no cover
    if place[item] == 0:
        items[n] = item
        n += 1
        place[item] = n
    votes[place[item] - 1, column] += amount
    return n


@numba.njit(nogil=True, cache=True)
def middles(session, skipped, weight, vectors):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The weighted sums of the vectors of what was played and of what was skipped, float32 (2, d)."""
    middle = np.zeros((2, vectors.shape[1]), np.float32)
    for at in range(len(session)):
        middle[1 if skipped[at] else 0] += weight[at] * vectors[session[at]]
    return middle


@numba.njit(nogil=True, cache=True)
def next_scores(session, skipped, asked, tables, tuned):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The score of each item of `asked`, float32; `tuned` as `SequenceModel` has it."""
    _, votes, place, weight = gather(session, skipped, tables[0], tables[1], tuned[0])
    return _scores(asked, votes, place, middles(session, skipped, weight, tables[3]), tables, tuned)


@numba.njit(nogil=True, cache=True)
def proposed(session, skipped, by_popularity, more, tables, tuned):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Items that may come next, int32, and their scores, float32: those that have votes, and the `more` most played others."""
    items, votes, place, weight = gather(session, skipped, tables[0], tables[1], tuned[0])
    rivals = _pool(session, items, place, by_popularity, more)
    return rivals, _scores(rivals, votes, place, middles(session, skipped, weight, tables[3]), tables, tuned)


@numba.njit(nogil=True, cache=True)
def _scores(asked, votes, place, middle, tables, tuned):  # type: ignore[no-untyped-def]  # pragma: no cover
    _, follow, against, common, sound = tuned
    popularity, vectors = tables[2], tables[3]
    found = np.empty(len(asked), np.float32)
    direction = np.float32(sound) * (middle[0] - np.float32(against) * middle[1])
    for at in range(len(asked)):
        item = asked[at]
        score = common * popularity[item]
        if place[item] > 0:
            vote = votes[place[item] - 1]
            score += vote[LIKED] + follow * vote[FOLLOWS] - against * vote[DISLIKED]
        for d in range(len(direction)):
            score += direction[d] * vectors[item, d]
        found[at] = score
    return found


@numba.njit(nogil=True, cache=True)
def _pool(session, items, place, by_popularity, n):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The items that have votes, and the `n` most played others, without those of the sitting; int32."""
    found = np.empty(len(items) + min(n, len(by_popularity)), np.int32)
    size = 0
    for item in items:
        if not (session == item).any():
            found[size] = item
            size += 1
    more = 0
    for item in by_popularity:
        if more == n:
            break
        if place[item] == 0 and not (session == item).any():
            found[size] = item
            size += 1
            more += 1
    return found[:size]


@numba.njit(nogil=True, cache=True)
def ranks(asked, items, skipped, starts, by_popularity, tables, tuned, most):  # type: ignore[no-untyped-def]  # pragma: no cover
    """At which rank each listen of `asked` (places in `items`, their sittings from `starts`) was; see `SequenceModel.expected`."""
    found = np.full(len(asked), most)
    for at in range(len(asked)):
        here = asked[at]
        session, was_skipped, target = items[starts[at] : here], skipped[starts[at] : here], items[here : here + 1]
        if (session == target[0]).any():
            continue
        known, votes, place, weight = gather(session, was_skipped, tables[0], tables[1], tuned[0])
        middle = middles(session, was_skipped, weight, tables[3])
        rivals = _pool(session, known, place, by_popularity, most)
        score = _scores(rivals, votes, place, middle, tables, tuned)
        own = _scores(target, votes, place, middle, tables, tuned)[0]
        better = 0
        for rival in range(len(rivals)):
            if score[rival] > own or (score[rival] == own and rivals[rival] < target[0]):
                better += 1
        found[at] = min(better, most)
    return found


N_FEATURES = 11
LITTLE = 1e-3


@numba.njit(nogil=True, cache=True)
def skip_features(session, skipped, asked, tables, recency):  # type: ignore[no-untyped-def]  # pragma: no cover
    """What a skip is foreseen from, float64 (n_asked, N_FEATURES): see `SequenceModel.skip_probability`."""
    near, following, popularity, vectors, item_odds, artist_odds = tables
    _, votes, place, weight = gather(session, skipped, near, following, recency)
    middle = middles(session, skipped, weight, vectors)
    n_skipped, in_a_row, expected = 0, 0, 0.0
    for at in range(len(session)):
        n_skipped += skipped[at]
        in_a_row = in_a_row + 1 if skipped[at] else 0
        expected += 1 / (1 + np.exp(-item_odds[session[at]]))
    unheard = np.zeros(3, np.float32)
    found = np.zeros((len(asked), N_FEATURES))
    for at in range(len(asked)):
        item = asked[at]
        vote = votes[place[item] - 1] if place[item] > 0 else unheard
        row = found[at]
        row[0], row[1] = item_odds[item], artist_odds[item]
        row[2] = np.log((n_skipped + 0.5) / (expected + 0.5))
        row[3] = min(in_a_row, 5)
        row[4], row[5] = np.log(1.0 + len(session) - n_skipped), np.log(1.0 + n_skipped)
        for column in range(3):
            row[6 + column] = np.log(1 + vote[column] / LITTLE)
        row[9] = np.log(1e-6 + popularity[item])
        for d in range(vectors.shape[1]):
            row[10] += vectors[item, d] * (middle[0, d] - middle[1, d])
    return found


@numba.njit(nogil=True, cache=True)
def skip_features_of(asked, items, skipped, starts, tables, recency):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The features of listens (places in `items`, their sittings from `starts`), each as it was foreseen just before it."""
    found = np.empty((len(asked), N_FEATURES))
    for at in range(len(asked)):
        start, here = starts[at], asked[at]
        found[at] = skip_features(items[start:here], skipped[start:here], items[here : here + 1], tables, recency)[0]
    return found
