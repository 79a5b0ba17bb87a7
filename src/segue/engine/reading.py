"""A request's history as arrays of the snapshot's items."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from segue.engine.request import Request
from segue.errors import BadRequest
from segue.ranking.past import NEVER, Past

LIKE = 3.0
"""A like counts as so many plays."""
DISLIKE = -3.0
SKIP = -0.5
"""A listen that was cut short, beside one that was not."""
ON_PLAYLIST = 1.0
LOOKED_FOR = 0.25
SITTING_MS = 30 * 60_000
LONGEST_SITTING = 50

Places = Callable[[Sequence[str]], np.ndarray]


def past_of(request: Request, places: Places, now_ms: int, latest_ms: int) -> Past:
    """What a request says of the listener; `places` maps item ids to indices, -1 for what the snapshot does not have.

    A time before 1970 or after `latest_ms` is that of a wrong clock: it is not known when that listen was.

    Raises `BadRequest` for plays below 0, or that are no number.
    """
    history = request.history
    listened = places([listen.item_id for listen in history.listens])
    times, plays, skipped = _columns(history.listens, latest_ms)
    on_playlists = [item_id for one in history.playlists for item_id in one]
    told = [*history.likes, *history.dislikes, *on_playlists, *history.searches]
    n_likes, n_dislikes, n_searches = len(history.likes), len(history.dislikes), len(history.searches)
    others = places(told) if told else np.zeros(0, dtype=np.int64)
    said = np.full(len(others), ON_PLAYLIST, dtype=np.float32)
    said[:n_likes], said[n_likes : n_likes + n_dislikes], said[len(said) - n_searches :] = LIKE, DISLIKE, LOOKED_FOR

    items = np.concatenate([listened, others])
    weights = np.concatenate([np.where(skipped, SKIP * plays, plays), said])
    played = np.concatenate([np.where(skipped, 0, plays), np.zeros(len(others))])
    looked_for = np.arange(len(items)) >= len(items) - n_searches
    last = np.concatenate([times, np.full(len(others), NEVER, dtype=np.int64)])
    if request.exclusions.not_my_taste:  # nor what is being listened to just now
        others_taste = np.isin(items, places(request.exclusions.not_my_taste))
        items, listened = np.where(others_taste, -1, items), np.where(others_taste[: len(listened)], -1, listened)
    known = items >= 0
    distinct, place = np.unique(items[known], return_inverse=True)
    latest = np.full(len(distinct), NEVER, dtype=np.int64)
    np.maximum.at(latest, place, last[known])
    total = np.bincount(place, weights=weights[known], minlength=len(distinct)).astype(np.float32)
    if n_dislikes:  # however often it was played before
        disliked = np.isin(distinct, others[n_likes : n_likes + n_dislikes])
        total[disliked] = np.minimum(total[disliked], DISLIKE)
    otherwise = np.bincount(place, weights=~looked_for[known], minlength=len(distinct)) > 0
    session, cut = _sitting(listened, times, skipped)
    return Past(
        distinct.astype(np.int32), total,
        np.bincount(place, weights=played[known], minlength=len(distinct)).astype(np.float32), latest, session, cut, now_ms,
        ~otherwise,
    )  # fmt: skip


def _columns(
    listens: Sequence[tuple[str, int | None, float, bool]], latest_ms: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if not listens:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32), np.zeros(0, dtype=np.bool_)
    _, times, numbers, skipped = zip(*listens, strict=True)
    plays = np.array(numbers, dtype=np.float32)
    if not 0 <= plays.min() <= plays.max() < np.inf:
        wrong = listens[int(np.argmin((plays >= 0) & (plays < np.inf)))]
        raise BadRequest(f"history.listens has {wrong[2]!r} plays of {wrong[0]!r}: plays are 0 or more")
    return (
        np.array([NEVER if time is None or not 0 <= time <= latest_ms else time for time in times], dtype=np.int64),
        plays,
        np.array(skipped, dtype=np.bool_),
    )


def _sitting(items: np.ndarray, times: np.ndarray, skipped: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What was played in the latest sitting, in order: listens not more than half an hour apart."""
    timed = np.flatnonzero((times != NEVER) & (items >= 0))
    if not len(timed):
        return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.bool_)
    order = timed[np.argsort(times[timed], kind="stable")][-LONGEST_SITTING:]
    pauses = np.flatnonzero(np.diff(times[order]) > SITTING_MS)
    order = order[pauses[-1] + 1 :] if len(pauses) else order
    return items[order].astype(np.int32), skipped[order]
