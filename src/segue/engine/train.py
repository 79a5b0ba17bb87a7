"""Library in, Snapshot out."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy import sparse

import segue
from segue.engine.items import item_table
from segue.engine.snapshot import Manifest, Snapshots
from segue.errors import NotEnoughData
from segue.features.table import item_features
from segue.library.interactions import Interactions, Level, Signal
from segue.library.library import Library
from segue.library.segments import segments_of
from segue.library.splits import holdout
from segue.recommenders import storage
from segue.recommenders.popularity import Popularity, popularity_by_segment
from segue.recommenders.ranking_quality import mean_ndcg, sample_rows
from segue.recommenders.registry import create, needs_listening, parameters_of, ranks_unplayed

TRENDING_HALF_LIFE_DAYS = 14.0
JUDGES = 2_000
COMPANIONS = ("content", "kmeans")
"""Models that come with every snapshot of items of which something is known: they are cheap, and need no listening."""
SEGMENTS = ("country", "age")


def train(
    library: Library,
    snapshots: Snapshots,
    *,
    model: str | None = None,
    parameters: dict[str, Any] | None = None,
    level: Level | None = None,
    signal: Signal | None = None,
    measure: bool = True,
    progress: Callable[[str], None] = lambda _: None,
) -> Manifest:
    """Train a model on a library and publish the snapshot.

    Args:
        library: what to learn from.
        snapshots: where to publish.
        model: the name of a recommender; None for the hybrid, or content where there is no listening to learn from.
        parameters: those that differ from its defaults.
        level: what is recommended; None for tracks where listens name tracks, else artists.
        signal: learn from listens, feedback or playlists; None for the first of these there is.
        measure: also train on 80% of each history, to write NDCG@20 on the rest into the manifest.
        progress: called with a line of text before each stage.

    Interrupted at any point, the snapshot in use stays the one before.
    """
    progress("reading interactions")
    whole = model is None or ranks_unplayed(model)
    interactions = Interactions.from_library(library, level, signal, ordered=True, whole_catalogue=whole)
    progress("reading features")
    features = item_features(library, interactions)
    model = model or ("hybrid" if interactions.positive.nnz else "content")
    if not interactions.positive.nnz and (needs_listening(model) or features is None or not features.descriptions):
        raise NotEnoughData(
            "there is no listening to learn from (or every listen was skipped, or every feedback a dislike):"
            " import some. Where tracks have tags, genres or audio features, content and kmeans (--model) need none"
        )
    chosen = parameters or {}
    metrics = {}
    if measure and interactions.positive.nnz:
        progress(f"measuring {model} on a fifth of each history")
        metrics = _measured(model, chosen, library, interactions)
    progress(f"training {model} on {interactions.n_listeners:,} listeners and {interactions.n_items:,} items")
    fitted = create(model, **chosen).fit(interactions, features)

    companions = (
        {}
        if features is None or not features.descriptions
        else {name: create(name).fit(interactions, features) for name in COMPANIONS if name != model}
    )

    def write(path: Path) -> dict[str, Any]:
        progress("writing the snapshot")
        storage.save(fitted, path / "model")
        for name, companion in companions.items():
            storage.save(companion, path / "companions" / name)
        if features is not None:
            features.save(path / "features")
        fallbacks = _popularities(library, interactions)
        for number, fallback in enumerate(fallbacks.values()):
            storage.save(fallback, path / "popularity" / str(number))
        (path / "popularity.json").write_text(json.dumps(list(fallbacks)))
        item_table(library, interactions).write_parquet(path / "items.parquet")
        return {
            "segue": segue.__version__,
            "model": model,
            "parameters": parameters_of(fitted),
            "level": interactions.level,
            "library": library.fingerprint(),
            "counts": {"listeners": interactions.n_listeners, "items": interactions.n_items,
                       "pairs": int(interactions.matrix.nnz)},
            "metrics": metrics,
        }  # fmt: skip

    return snapshots.publish(write)


def _measured(model: str, parameters: dict[str, Any], library: Library, interactions: Interactions) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    split = holdout(interactions.positive, rng)
    rows = sample_rows(split.test, JUDGES, rng)
    if not len(rows):
        return {}
    train_part = interactions.with_matrix(split.train)
    fitted = create(model, **parameters).fit(train_part, item_features(library, interactions, split.test))
    return {"ndcg@20": round(mean_ndcg(fitted, split.train, split.test, rows, 20), 4), "judged": len(rows)}


def _popularities(library: Library, interactions: Interactions) -> dict[str, Popularity]:
    """What to offer where nothing is known of a taste: overall, trending, by country, and by age group."""
    found = {"overall": Popularity().fit(interactions)}
    # Beside a listen from the future (of a clock that runs ahead), all others would be old.
    future = pl.col("time") > datetime.now(UTC) + timedelta(days=1)
    past = library.listens.filter(~future.fill_null(value=False))
    if interactions.signal == "listens" and past["time"].null_count() < past.height:
        recent = Interactions.from_library(
            replace(library, listens=past), interactions.level, "listens", half_life_days=TRENDING_HALF_LIFE_DAYS
        )
        aligned = _columns_like(recent, interactions)
        found["trending"] = Popularity().fit(aligned)
    for attribute, labels in segments_of(library, interactions.listener_ids).items():
        if attribute in SEGMENTS:
            for label, popular in popularity_by_segment(interactions, labels).items():
                found[f"{attribute}-{label}"] = popular
    return found


def _columns_like(recent: Interactions, interactions: Interactions) -> Interactions:
    """The rows of `recent` with the columns of `interactions` (skips may have taken some away)."""
    columns = interactions.item_index(list(recent.item_ids))
    entries = sparse.coo_array(recent.matrix)
    matrix = sparse.coo_array(
        (entries.data, (entries.row, columns[entries.col])), shape=(recent.n_listeners, interactions.n_items)
    )
    return Interactions(
        sparse.csr_array(matrix), recent.listener_ids, interactions.item_ids, recent.level, recent.signal
    )
