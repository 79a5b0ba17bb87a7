"""Library in, Snapshot out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

import segue
from segue.engine.ids import Ids
from segue.engine.items import item_table
from segue.engine.learn import learned_ranker
from segue.engine.names import Names
from segue.engine.prepare.catalogue import make_catalogue
from segue.engine.snapshot import Manifest, Snapshots
from segue.engine.stored import save_catalogue, save_sequence
from segue.errors import NotEnoughData
from segue.features.table import item_features
from segue.library.interactions import Interactions, Level, Signal
from segue.library.library import Library
from segue.library.sittings import sittings_of
from segue.library.splits import holdout
from segue.ranking.catalogue import Catalogue
from segue.ranking.sequence import SequenceModel, learn_sequence
from segue.recommenders import storage
from segue.recommenders.ranking_quality import mean_ndcg, sample_rows
from segue.recommenders.registry import create, needs_listening, parameters_of, ranks_unplayed

JUDGES = 2_000
COMPANIONS = ("content", "kmeans")
"""Models that come with every snapshot of items of which something is known: they are cheap, and need no listening."""


def train(
    library: Library,
    snapshots: Snapshots,
    *,
    model: str | None = None,
    parameters: dict[str, Any] | None = None,
    level: Level | None = None,
    signal: Signal | None = None,
    measure: bool = True,
    ranker: bool = True,
    sequence: bool = True,
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
        ranker: also try to learn a ranker (it takes training the model once more); it is used where it is better than the blend.
        sequence: also learn what follows what, which stations use.
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
    metrics: dict[str, Any] = {}
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

    progress("preparing what serving needs")
    catalogue = make_catalogue(library, interactions, features)
    following = _sequence(library, interactions, catalogue) if sequence else None
    learned = None
    if ranker and model == "hybrid":
        learned = learned_ranker(library, interactions, model, chosen, _until_ms(library), progress)
        metrics["ranker"] = asdict(learned.verdict)

    def write(path: Path) -> dict[str, Any]:
        progress("writing the snapshot")
        storage.save(fitted, path / "model")
        for name, companion in companions.items():
            storage.save(companion, path / "companions" / name)
        if features is not None:
            features.save(path / "features")
        table = item_table(library, interactions)
        table.write_parquet(path / "items.parquet")
        save_catalogue(Ids.of(interactions.item_ids.tolist()), Names.of(table), catalogue, path)
        if learned is not None and learned.ranker is not None:
            learned.ranker.save(path / "ranker")
        if following is not None:
            save_sequence(following, path)
        return {
            "segue": segue.__version__,
            "model": model,
            "parameters": parameters_of(fitted),
            "level": interactions.level,
            "library": library.fingerprint(),
            "counts": {"listeners": interactions.n_listeners, "items": interactions.n_items,
                       "pairs": int(interactions.matrix.nnz)},
            "metrics": metrics,
            "until_ms": _until_ms(library),
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


def _sequence(library: Library, interactions: Interactions, catalogue: Catalogue) -> SequenceModel | None:
    """What follows what, where the listening says so."""
    if interactions.signal != "listens":
        return None
    sittings = sittings_of(library, interactions.item_ids, interactions.level)
    if not len(sittings.items):
        return None
    return learn_sequence(sittings, interactions.n_items, catalogue.space.vectors, catalogue.facts.artist)


def _until_ms(library: Library) -> int:
    """When the last listen began; listens from the future (of a clock that runs ahead) do not count."""
    now = datetime.now(UTC)
    last = library.listens.filter(pl.col("time") <= now)["time"].dt.epoch("ms").max()
    return int(last if isinstance(last, int) else now.timestamp() * 1000)
