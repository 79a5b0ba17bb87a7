"""How popular artists, releases and tracks are, 0 to 1: by who plays them, as the snapshot knows, else as their source states."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from django.conf import settings

from segue.engine.ids import Ids
from segue.engine.stored import load_catalogue
from segue.errors import BadSnapshot
from segue.ranking.catalogue import Facts

Stated = Sequence[float | None]


class Popularity:
    """Places by popularity in the current snapshot; without one, only what sources state (0 to 100) counts."""

    def __init__(self) -> None:
        self.ids: Ids | None = None
        self.facts: Facts | None = None
        snapshots = settings.HOME.snapshots
        try:
            self.ids, _, catalogue = load_catalogue(snapshots.path(snapshots.current()))
            self.facts = catalogue.facts
        except (BadSnapshot, OSError):
            pass

    def of_tracks(self, keys: Sequence[str], stated: Stated) -> list[float]:
        """Of tracks, by key."""
        if self.facts is None or self.ids is None:
            return [_share(value) for value in stated]
        places = self.ids.places(keys)
        ranks = (
            np.where(places >= 0, self.facts.rank[np.maximum(places, 0)], np.nan)
            if len(self.ids)
            else np.full(len(keys), np.nan)
        )
        return [_share(value) if np.isnan(rank) else float(rank) for rank, value in zip(ranks, stated, strict=True)]

    def of_artists(self, keys: Sequence[str], stated: Stated) -> list[float]:
        """Of artists, by key."""
        return [self._artists.get(key, _share(value)) for key, value in zip(keys, stated, strict=True)]

    def of_releases(self, keys: Sequence[str]) -> list[float]:
        """Of releases, by key: of their most popular track."""
        return [self._releases.get(key, 0.0) for key in keys]

    @cached_property
    def _artists(self) -> dict[str, float]:
        if self.facts is None:
            return {}
        known = (self.facts.artist >= 0) & ~np.isnan(self.facts.artist_rank)
        return _greatest(self.facts.artist_ids, self.facts.artist[known], self.facts.artist_rank[known])

    @cached_property
    def _releases(self) -> dict[str, float]:
        if self.facts is None:
            return {}
        known = self.facts.release >= 0
        return _greatest(self.facts.release_ids, self.facts.release[known], self.facts.rank[known])


def _greatest(names: Sequence[str], places: np.ndarray, values: np.ndarray) -> dict[str, float]:
    """The greatest value at each place, by name; those without any are left out."""
    greatest = np.full(len(names), -1.0)
    np.maximum.at(greatest, places, values)
    return {name: value for name, value in zip(names, greatest.tolist(), strict=True) if value >= 0}


def _share(stated: float | None) -> float:
    return min(max((stated or 0.0) / 100, 0.0), 1.0)
