"""Do similar tracks have the same genre? The ten most like each of 1,000 tracks of spotify-songs, by several models.

A track's genres are those of its playlists. Models that are given the genres, or the playlists, are marked: they know more than
the sound. Agreement is the share of the ten that have a genre in common with the track; chance is that share among all tracks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
from scipy import sparse

from benchmarks.measure import data_folder, parser, report
from segue import sources
from segue.features import item_features
from segue.library import Interactions
from segue.library.tables import AUDIO_FEATURES
from segue.metrics import bootstrap
from segue.recommenders.base import TopK
from segue.recommenders.content import Content
from segue.recommenders.hybrid import Hybrid
from segue.recommenders.kmeans import KMeans

NEEDS_DATA = True
ASKED, K = 1_000, 10
SOUND = ("audio", "numeric")
LEVELS = ("genres", "subgenres")


def plain_cosine(tracks: pl.DataFrame, items: np.ndarray) -> np.ndarray:
    """The classic: standard scores of the audio features, and the largest cosines."""
    values = tracks.select(pl.col(name).fill_null(pl.col(name).mean()) for name in AUDIO_FEATURES).to_numpy()
    vectors = (values - values.mean(axis=0)) / values.std(axis=0)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    scores = vectors[items] @ vectors.T
    scores[np.arange(len(items)), items] = -np.inf
    return np.argsort(-scores, axis=1, kind="stable")[:, :K]


def agreement(tracks: pl.DataFrame, column: str, items: np.ndarray, found: np.ndarray | None) -> np.ndarray:
    """Per asked track, the share of `found` (of all tracks, where None) with a genre in common."""
    rows = tracks.select(row=pl.int_range(pl.len()), word=column).explode("word").drop_nulls()
    codes = rows["word"].rank("dense").to_numpy() - 1
    at = (rows["row"].to_numpy(), codes)
    member = sparse.csr_array(
        sparse.coo_array((np.ones(rows.height, np.float32), at), shape=(tracks.height, codes.max() + 1))
    )
    same = (member[items] @ member.T).toarray() > 0
    if found is None:
        return (same.sum(axis=1) - 1) / (tracks.height - 1)
    there = found >= 0
    agreed = np.take_along_axis(same, np.maximum(found, 0), axis=1) & there
    return np.asarray(agreed.sum(axis=1) / np.maximum(there.sum(axis=1), 1))


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and write."""
    chosen = parser(__doc__).parse_args(arguments)
    library = sources.read([data_folder("spotify-songs")]).library
    interactions = Interactions.from_library(library, "track", "playlists", ordered=True)
    features = item_features(library, interactions)
    assert features is not None
    ids = pl.DataFrame({"track_id": interactions.item_ids.tolist()})
    tracks = ids.join(library.tracks, on="track_id", how="left", maintain_order="left")
    items = np.sort(np.random.default_rng(0).choice(len(ids), ASKED, replace=False))
    heard = features.only(SOUND)

    def of(found: TopK) -> np.ndarray:
        return found.items

    ways: list[tuple[str, str, Callable[[], np.ndarray | None]]] = [
        ("chance", "", lambda: None),
        ("plain cosine on scaled features", "sound", lambda: plain_cosine(tracks, items)),
        ("content", "sound, year, length", lambda: of(Content().fit(interactions, heard).similar(items, K))),
        ("kmeans", "sound, year, length", lambda: of(KMeans().fit(interactions, heard).similar(items, K))),
        ("hybrid", "playlists only", lambda: of(Hybrid().fit(interactions).similar(items, K))),
        ("content", "all, genres too", lambda: of(Content().fit(interactions, features).similar(items, K))),
        ("hybrid", "all, genres too", lambda: of(Hybrid().fit(interactions, features).similar(items, K))),
    ]
    rows: list[dict[str, Any]] = []
    for name, given, way in ways:
        found = way()
        row: dict[str, Any] = {"who": name, "knows": given}
        for column in LEVELS:
            [interval] = bootstrap(agreement(tracks, column, items, found)[:, np.newaxis])
            row |= {column: interval.mean, f"{column} 95%": f"{interval.low:.3f}-{interval.high:.3f}"}
        rows.append(row)
    report("spotify-songs, genre agreement of the ten most similar", rows, chosen.json, tracks=ASKED)


if __name__ == "__main__":
    main()
