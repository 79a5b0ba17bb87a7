"""The order of a mix: what is drawn, what alternates, and what stands apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from segue.engine.engine import Engine
from segue.engine.request import Recommendation
from segue.mixes.base import seed_of

T = TypeVar("T")


def interleaved(parts: Sequence[Sequence[T]]) -> list[T]:
    """All parts in one list, each spread evenly over it and in its own order; of equals the earlier part comes first."""
    placed = [
        ((place + 0.5) / len(part), number, one) for number, part in enumerate(parts) for place, one in enumerate(part)
    ]
    return [one for _, _, one in sorted(placed, key=lambda entry: entry[:2])]


def apart(tracks: Sequence[Recommendation], engine: Engine) -> list[Recommendation]:
    """The tracks, near to the order given, without the same artist twice in a row.

    Where one artist has more than half of them, that artist's last ones are left out. Artists not known count as nobody's.
    """
    whose = {track.item_id: code for track, code in zip(tracks, artists_of(tracks, engine), strict=True)}
    left = list(tracks)
    counts = Counter(whose.values())
    for artist, count in counts.most_common(1):
        for track in [one for one in reversed(left) if whose[one.item_id] == artist][
            : max(0, 2 * count - len(left) - 1)
        ]:
            left.remove(track)
            counts[artist] -= 1
    found: list[Recommendation] = []
    last = None
    while left:
        # Who has more than half of what is left must be next, or will stand twice in a row at the end.
        pressing = {artist for artist, count in counts.items() if 2 * count > len(left)}
        free = [one for one in left if whose[one.item_id] != last]
        chosen = next((one for one in free if whose[one.item_id] in pressing), free[0] if free else left[0])
        found.append(chosen)
        left.remove(chosen)
        last = whose[chosen.item_id]
        counts[last] -= 1
    return found


def artists_of(tracks: Sequence[Recommendation], engine: Engine) -> list[int]:
    """The artist of each track, as a code; each of those not known is another one, below 0."""
    codes = engine.catalogue.facts.artist[engine.places([track.item_id for track in tracks])] if tracks else []
    return [int(code) if code >= 0 else -1 - place for place, code in enumerate(codes)]


def works_of(tracks: Sequence[Recommendation], engine: Engine) -> list[int]:
    """The work of each track, as a code."""
    places = engine.places([track.item_id for track in tracks])
    return engine.catalogue.facts.work[places].tolist() if tracks else []


def capped(tracks: Sequence[Recommendation], engine: Engine, n: int, per_artist: int, taken: set[int] | None = None,
           given: Counter[int] | None = None) -> list[Recommendation]:  # fmt: skip
    """The first `n` tracks of works not in `taken`, at most `per_artist` of one artist, those in `given` counted.

    Both are brought up to date.
    """
    taken = set() if taken is None else taken
    given = Counter() if given is None else given
    found: list[Recommendation] = []
    for track, artist, work in zip(tracks, artists_of(tracks, engine), works_of(tracks, engine), strict=True):
        if len(found) == n:
            break
        if work in taken or (artist >= 0 and given[artist] >= per_artist):
            continue
        taken.add(work)
        given[artist] += artist >= 0
        found.append(track)
    return found


def drawn(worth: np.ndarray, seed: int) -> np.ndarray:
    """An order, int64, shape (n,), in which what is worth more tends to come first: drawing without replacement.

    By exponential keys (Efraimidis & Spirakis, Information Processing Letters 2006). What is worth nothing comes last.
    """
    noise = np.random.default_rng(seed).standard_exponential(len(worth))
    keys = np.divide(noise, worth, out=np.full(len(worth), np.inf), where=worth > 0)
    return np.argsort(keys, kind="stable")


def turn_of(*words: str, now: int, of: int) -> int:
    """How many turns from `now` it is the turn of what these words name, 0 to `of` - 1: the same words have every `of`-th."""
    return (seed_of(*words) - now) % of


def in_turn(found: Sequence[Recommendation], key: str, listener_id: str, now: int, of: int) -> list[Recommendation]:
    """Those whose turn it is first, else in the order given: so that a mix made anew is not the same again."""
    return sorted(found, key=lambda track: turn_of(key, listener_id, track.item_id, now=now, of=of))
