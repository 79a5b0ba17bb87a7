"""Where a listener's taste stands: among the artists of the snapshot, and beside what all listeners play."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from segue.errors import BadSnapshot
from segue.features.maps import project
from segue.library.tables import AUDIO_FEATURES

if TYPE_CHECKING:
    from segue.engine.engine import Engine

FEWEST = 20
"""Of fewer listeners no mean is told, so that nobody shows."""
AROUND = 240
"""So many of the most played artists are drawn around the listener's own."""
_ITEMS = 20


@dataclass(frozen=True)
class Place:
    """An artist on the map: `x` and `y` are 0 to 1; `plays` the listener's, 0 for those around."""

    id: str
    name: str
    x: float
    y: float
    plays: int = 0


@dataclass(frozen=True)
class TasteMap:
    """The artists that somebody plays among others, so that what is alike lies close together; and where they are themselves."""

    mine: tuple[Place, ...]
    around: tuple[Place, ...]
    x: float
    y: float


def mean_features() -> dict[str, float] | None:
    """What all listeners play is like, each track weighted by how many play it; None where fewer than 20 listeners are known."""
    current = _engine()
    return None if current is None else _mean(current.manifest.name)


def taste_map(plays: dict[str, int]) -> TasteMap | None:
    """The map for somebody who played these artists (by key) so often; None where the snapshot knows fewer than three of them."""
    current = _engine()
    if current is None:
        return None
    known, vectors = _artists(current.manifest.name)
    codes = current.asking.codes
    mine = [(int(code), n) for key, n in plays.items() for code in codes.artists([key])]
    own = [(code, n, vector) for code, n in mine if (vector := _vector(current, code)) is not None]
    if len(own) < 3:
        return None
    theirs = {code for code, *_ in own}
    others = [(code, vectors[row]) for row, code in enumerate(known) if code not in theirs]
    plane = project(np.array([vector for *_, vector in own] + [vector for _, vector in others]))
    low, high = plane.min(axis=0), plane.max(axis=0)
    plane = (plane - low) / np.maximum(high - low, 1e-9)
    weights = np.array([n for _, n, _ in own], float)
    x, y = (plane[: len(own)] * (weights / weights.sum())[:, None]).sum(axis=0)
    facts = current.catalogue.facts

    def place(code: int, row: int, n: int = 0) -> Place:
        return Place(facts.artist_ids[code], facts.artist_names[code], float(plane[row, 0]), float(plane[row, 1]), n)

    return TasteMap(
        tuple(place(code, row, n) for row, (code, n, _) in enumerate(own)),
        tuple(place(code, len(own) + row) for row, (code, _) in enumerate(others)), float(x), float(y),
    )  # fmt: skip


def _engine() -> Engine | None:
    from segue.web.discovery.serving import engine  # noqa: PLC0415

    try:
        return engine()
    except BadSnapshot:
        return None


@lru_cache(maxsize=2)
def _mean(snapshot: str) -> dict[str, float] | None:
    """Of one snapshot: it never changes."""
    current = _engine()
    if current is None or current.manifest.name != snapshot:
        return None
    crowds, facts = current.catalogue.crowds, current.catalogue.facts
    overall = crowds.group("overall")
    if overall < 0 or crowds.sizes[overall] < FEWEST:
        return None
    audio, weight = np.asarray(facts.audio, float), np.nan_to_num(np.asarray(facts.popularity, float))[:, None]
    there = np.isfinite(audio)
    total = (weight * there).sum(axis=0)
    sums = (np.where(there, audio, 0) * weight).sum(axis=0)
    return {
        name: float(sums[at] / total[at]) for at, name in enumerate(AUDIO_FEATURES[: audio.shape[1]]) if total[at] > 0
    }


@lru_cache(maxsize=2)
def _artists(snapshot: str) -> tuple[list[int], np.ndarray]:
    """The most played artists of a snapshot, as places in its list, and their vectors."""
    current = _engine()
    if current is None or current.manifest.name != snapshot:
        return [], np.zeros((0, 0))
    facts = current.catalogue.facts
    rank = np.full(len(facts.artist_ids), -1.0)
    known = facts.artist >= 0
    np.maximum.at(rank, facts.artist[known], np.nan_to_num(facts.artist_rank[known], nan=-1.0))
    found = [(int(code), _vector(current, int(code))) for code in np.argsort(-rank, kind="stable")[:AROUND]]
    kept = [(code, vector) for code, vector in found if vector is not None]
    return [code for code, _ in kept], np.array([vector for _, vector in kept])


def _vector(current: Engine, code: int) -> np.ndarray | None:
    """An artist as the mean of their most played items; None where nothing is known of those."""
    theirs = current.catalogue.facts.items_of_artist
    items = theirs.indices[theirs.indptr[code] : theirs.indptr[code + 1]][:_ITEMS]
    mean = current.catalogue.space.vectors[items].mean(axis=0) if len(items) else np.zeros(1)
    length = float(np.linalg.norm(mean))
    return mean / length if length > 0 else None
