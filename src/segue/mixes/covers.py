"""Covers: a recipe for a picture from what the music sounds like, so that the same music always looks the same."""

from __future__ import annotations

import numpy as np

from segue.engine.engine import Engine
from segue.library.tables import AUDIO_FEATURES
from segue.mixes.base import Cover, seed_of
from segue.mixes.saying import genres_in

_CALM, _BUSY = 0.4, 0.65
_PATTERNS = {"calm": ("waves", "rings"), "middling": ("blocks", "dots"), "busy": ("rays", "mosaic")}
_SHOWN = 4
_SEEDS = 1 << 32
"""Seeds are below this, so that a browser reads them exactly."""


def cover_of(key: str, items: np.ndarray, engine: Engine, words: str) -> Cover:
    """The cover of a mix of these items (indices, shape (n,)), with `words` on it.

    The genre they have most of gives the hue, their mean valence the brightness, their mean energy the energy and the kind of
    pattern; 0.5 where nothing is known. The same key and items give the same cover.
    """
    items = np.asarray(items, dtype=np.int64)
    ids = tuple(engine.ids.names(items[:_SHOWN]))
    seed = seed_of("cover", key, *ids)
    energy = _mean(items, "energy", engine)
    manner = "calm" if energy < _CALM else "busy" if energy > _BUSY else "middling"
    genres = genres_in(items, engine, 1)
    hue = seed_of("hue", *(genres or [key])) % 360
    return Cover(
        _PATTERNS[manner][seed % 2], hue, _mean(items, "valence", engine), energy, seed % _SEEDS, words, ids
    )  # fmt: skip


def _mean(items: np.ndarray, feature: str, engine: Engine) -> float:
    values = engine.catalogue.facts.audio[items, AUDIO_FEATURES.index(feature)]
    values = values[np.isfinite(values)]
    return round(float(np.clip(values.mean(dtype=np.float64), 0, 1)), 3) if len(values) else 0.5
