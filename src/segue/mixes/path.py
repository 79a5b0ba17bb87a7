"""A path from one song to another in smooth steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from segue.engine import wording
from segue.engine.engine import Engine
from segue.engine.request import Because, Reason, Recommendation, Request
from segue.errors import BadRequest, NotEnoughData, NotFound
from segue.ranking.filters import Wanted, allowed

MOST_STEPS = 100
SAME_ARTIST = 3.0
"""What a step to another track of the artist costs: more than any two tracks can be apart."""
_CANDIDATES = 400
_FEWEST_PER_POINT = 16


@dataclass(frozen=True)
class SongPath:
    """A way through the music.

    Attributes:
        tracks: from the first to the last, both included.
        jumps: cosine of each track (but the first) to the one before it, in `Space.vectors`; shape (len(tracks) - 1,).
        direct: cosine of the last to the first.
    """

    tracks: tuple[Recommendation, ...]
    jumps: tuple[float, ...]
    direct: float


def paths(
    ends: Sequence[tuple[str, str]], engine: Engine, steps: int = 8, request: Request | None = None
) -> list[SongPath]:
    """For each pair of item ids, a path with exactly so many tracks between them.

    Every track is further on the way from one end to the other than the one before it. Of all such paths through the tracks near
    the straight line between the ends, this is one whose largest jump is smallest, and of those the one with the smallest sum of
    squared jumps. No song comes twice, in any version, and no artist twice in a row where that can be avoided.

    Args:
        ends: the first and the last item of each path.
        engine: the snapshot to walk in.
        steps: how many tracks stand between, 1 to 100.
        request: its controls and exclusions hold for the tracks between.

    Raises `NotFound` for an id that is not in the snapshot; `BadRequest` for ends that are the same song; `NotEnoughData` where
    nothing is known of an end, or too few tracks lie between.
    """
    if not 1 <= steps <= MOST_STEPS:
        raise BadRequest(f"steps must be from 1 to {MOST_STEPS}, not {steps!r}")
    wanted = Wanted() if request is None else engine.ask(request).wanted
    return [_path(first, last, engine, steps, wanted) for first, last in ends]


def _path(first: str, last: str, engine: Engine, steps: int, wanted: Wanted) -> SongPath:
    start, end = (_known(one, engine) for one in (first, last))
    facts, vectors = engine.catalogue.facts, engine.catalogue.space.vectors
    one, other = _called(np.array([start, end]), engine)
    if facts.work[start] == facts.work[end]:
        raise BadRequest(f"{one} and {other} are the same song: there is no way between them")
    between = _candidates(start, end, engine, steps, wanted)
    if len(between) < steps:
        raise NotEnoughData(f"only {len(between)} tracks can stand between {one} and {other}: ask for fewer steps")
    nodes = np.concatenate([[start], between, [end]])
    points = np.asarray(vectors[nodes], dtype=np.float64)
    cosines = np.clip(points @ points.T, -1, 1)
    artists = facts.artist[nodes]
    same = (artists[:, np.newaxis] == artists) & (artists >= 0)[:, np.newaxis]
    way = _smoothest(1 - cosines + SAME_ARTIST * same, steps)
    chosen = nodes[way]
    jumps = [float(cosines[one, other]) for one, other in pairwise(way)]
    return SongPath(_told(chosen, jumps, engine), tuple(jumps), float(cosines[0, -1]))


def _known(item_id: str, engine: Engine) -> int:
    place = int(engine.places([item_id])[0])
    if place < 0:
        raise NotFound(f"no item {item_id!r} in snapshot {engine.manifest.name}")
    if not engine.catalogue.space.vectors[place].any():
        [name] = _called(np.array([place]), engine)
        raise NotEnoughData(f"too little is known of {name} to find a way to or from it: take another track")
    return place


def _called(items: np.ndarray, engine: Engine) -> list[str]:
    """What people call these items."""
    return [wording.name_of(Because(*told, 1.0)) for told in engine.described(items)]


def _candidates(start: int, end: int, engine: Engine, steps: int, wanted: Wanted) -> np.ndarray:
    """Items near the straight line between the ends, in the order of the way; at least `steps` of them where there are so many."""
    facts, vectors = engine.catalogue.facts, engine.catalogue.space.vectors
    usable = np.asarray(vectors).any(axis=1)
    usable &= (facts.work != facts.work[start]) & (facts.work != facts.work[end])
    if not wanted.everything:
        usable &= allowed(facts, np.arange(facts.n_items, dtype=np.int32), wanted)
    ends = np.asarray(vectors[[start, end]], dtype=np.float32)
    along = np.linspace(0, 1, steps + 2, dtype=np.float32)[:, np.newaxis]
    likeness = ((1 - along) * ends[0] + along * ends[1]) @ np.asarray(vectors).T
    # Where on the way an item is. At the ends it is as far from 0 as the ends are apart.
    progress = likeness[-1] - likeness[0]
    likeness[:, ~usable] = -np.inf
    n_items, per_point = facts.n_items, max(_CANDIDATES // (steps + 2), _FEWEST_PER_POINT)
    while True:
        per_point = min(per_point, n_items)
        near = np.unique(np.argpartition(-likeness, per_point - 1, axis=1)[:, :per_point])
        found = _one_of_each_work(near[usable[near]], likeness, facts.work)
        within = found[np.abs(progress[found]) < 1 - float(ends[0] @ ends[1])]
        if len(within) >= max(steps, _CANDIDATES // 2) or per_point == n_items:
            break
        per_point *= 2
    # In a small library some lie behind the ends: better these than no path.
    chosen = within if len(within) >= steps else found
    return chosen[np.lexsort((chosen, progress[chosen]))]


def _one_of_each_work(items: np.ndarray, likeness: np.ndarray, work: np.ndarray) -> np.ndarray:
    """Of all versions of a song the one nearest to the way."""
    order = items[np.argsort(-likeness[:, items].max(axis=0, initial=-np.inf), kind="stable")]
    _, first = np.unique(work[order], return_index=True)
    return np.sort(order[first])


def _smoothest(distance: np.ndarray, steps: int) -> np.ndarray:
    """The path 0 < … < n - 1 over so many nodes between that has the smallest largest distance, then the smallest sum of squares.

    `distance`, float64 (n, n), 0 or more. Raises `ValueError` for fewer nodes than steps.
    """
    if len(distance) < steps + 2:
        raise ValueError(f"{len(distance)} nodes have no path of {steps} steps")
    forward = np.where(np.triu(np.ones(distance.shape, dtype=np.bool_), 1), distance, np.inf)
    largest, _ = _walked(forward, steps, np.maximum)
    _, way = _walked(np.where(forward <= largest, forward**2, np.inf), steps, np.add)
    return way


def _walked(cost: np.ndarray, steps: int, join: np.ufunc) -> tuple[float, np.ndarray]:
    """The least cost of `steps` nodes between the first and the last, and the nodes (dynamic programming over the steps)."""
    best, before = cost[0], []
    for _ in range(steps):
        through = join(best[:, np.newaxis], cost)
        before.append(np.argmin(through, axis=0))
        best = np.take_along_axis(through, before[-1][np.newaxis], axis=0)[0]
    way = [len(cost) - 1]
    for came_from in reversed(before):
        way.append(int(came_from[way[-1]]))
    return float(best[-1]), np.array([0, *reversed(way)])


def _told(items: np.ndarray, jumps: Sequence[float], engine: Engine) -> tuple[Recommendation, ...]:
    """The tracks of a path, each with what it shares with the one before it."""
    told = engine.described(items)
    found = []
    for place, (item_id, title, artists) in enumerate(told):
        if place == 0:
            found.append(Recommendation(item_id, title, artists, 1.0, "path"))
            continue
        words = engine.sounds.alike(int(items[place]), int(items[place - 1]))
        said = f": {', '.join(words)}" if words else ""
        likeness = max(jumps[place - 1], 0.0)
        reason = Reason("sounds", f"{likeness:.0%} like {told[place - 1][1]}{said}")
        found.append(Recommendation(item_id, title, artists, jumps[place - 1], "path", reasons=(reason,)))
    return tuple(found)
