"""Whether what would be trained now may take the place of the snapshot in use: asked of the latest listening.

The same recipe is fitted on what was before a moment, and ranks for listeners what they have not heard. What they then came to
is what is right. The snapshot in use and popularity rank for the same histories.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy import sparse

from segue import metrics
from segue.engine.engine import Engine
from segue.engine.histories import with_items
from segue.engine.request import History, Request
from segue.engine.snapshot import Manifest, Snapshots
from segue.errors import SegueError
from segue.features.table import item_features
from segue.library.interactions import Interactions, Level, Signal
from segue.library.library import Library
from segue.recommenders import storage
from segue.recommenders.base import Recommender
from segue.recommenders.popularity import Popularity
from segue.recommenders.ranking_quality import rankings
from segue.recommenders.registry import create, ranks_unplayed

K = 20
_SPANS = tuple(timedelta(days=days) for days in (1, 2, 4, 7, 14, 28))
_LONGEST = _SPANS[-1]
_ASKED = 50


@dataclass(frozen=True)
class Thresholds:
    """What a new model must reach.

    Attributes:
        listeners: so many must have come to something new in the latest days; with fewer, nothing can be told.
        played: so many different items a listener must have played before those days to be asked about.
        judged: at most so many listeners are asked about.
        over_popularity: NDCG@20 by that of popularity, and more than chance would make of it (one-sided, 5%).
        of_current: NDCG@20 by that of the snapshot in use, where that has not seen those days either. Where it was trained on some
            of them it recites what it should guess (in the demo world, three times as much), and is told but not compared.
        coverage: share of items that anybody is shown, by that of the snapshot in use.
        items: number of items, by that of the snapshot in use.
    """

    listeners: int = 50
    played: int = 5
    judged: int = 2_000
    over_popularity: float = 1.05
    of_current: float = 0.9
    coverage: float = 0.5
    items: float = 0.5


@dataclass(frozen=True)
class Recipe:
    """What is trained: the model by name with its parameters (None: what is usual for the library), on what."""

    model: str | None = None
    parameters: tuple[tuple[str, Any], ...] = ()
    level: Level | None = None
    signal: Signal | None = None


@dataclass(frozen=True)
class Verdict:
    """Whether to publish, why (a sentence), and the numbers behind it."""

    publish: bool
    why: str
    numbers: dict[str, Any]


@dataclass(frozen=True)
class _Asked:
    """What rankings are held against: histories (n_judged, n_items), what is right for each, and the ids of the items."""

    histories: sparse.csr_array
    relevant: sparse.csr_array
    item_ids: np.ndarray


@dataclass(frozen=True)
class _Found:
    """How well something ranked: NDCG@20 of each listener, and the share of all items that anybody was shown."""

    ndcg: np.ndarray
    coverage: float

    @property
    def mean(self) -> float:
        return float(self.ndcg.mean())


def judge(
    library: Library, recipe: Recipe, current: tuple[Path, Manifest] | None, rules: Thresholds | None = None
) -> Verdict:
    """Whether a recipe, trained on a library, may replace the snapshot in use (its directory and manifest; None without one)."""
    rules = rules or Thresholds()
    level: Level = recipe.level or (current[1].level if current else "track")
    pairs = _first_heard(library, level)
    cut = _cut(pairs, current[1].until_ms if current else None, rules)
    if cut is None:
        why = (
            f"without a comparison: fewer than {rules.listeners} listeners came to anything new in the latest"
            f" {_LONGEST.days} days, too few to tell"
        )
        return Verdict(publish=True, why=why, numbers={})
    before = library.until(cut)
    whole = recipe.model is None or ranks_unplayed(recipe.model)
    interactions = Interactions.from_library(before, level, recipe.signal, ordered=True, whole_catalogue=whole)
    asked = _asked(pairs, cut, interactions, rules)
    model = create(recipe.model or "hybrid", **dict(recipe.parameters))
    found = {
        "new": _ranked(model.fit(interactions, item_features(before, interactions)), asked),
        "popularity": _ranked(Popularity().fit(interactions), asked),
    }
    if current is not None and current[1].level == level:
        found["current"] = _ranked_by(*current, asked)
    saw = current is not None and current[1].until_ms > cut.timestamp() * 1000
    numbers: dict[str, Any] = {
        "days": round((_last(pairs) - cut) / timedelta(days=1), 1), "listeners": asked.histories.shape[0],
        "current_saw": saw, "ndcg": {name: round(one.mean, 4) for name, one in found.items()},
        "coverage": {name: round(one.coverage, 4) for name, one in found.items()},
    }  # fmt: skip
    against = _against(found, rules, saw=saw)
    numbers["refused"] = against
    on_what = f"on what {numbers['listeners']:,} listeners came to in the latest {_days(numbers['days'])}"
    told = f"NDCG@{K} {_told(found, saw=saw)} {on_what}"
    return Verdict(not against, f"{'; '.join(against)} ({told})" if against else told, numbers)


def _against(found: dict[str, _Found], rules: Thresholds, *, saw: bool) -> list[str]:
    """What speaks against publishing, in words."""
    new, popularity, current = found["new"], found["popularity"], found.get("current")
    against = []
    better = new.ndcg - popularity.ndcg
    least = better.mean() - 1.645 * better.std() / np.sqrt(len(better))
    if new.mean < rules.over_popularity * popularity.mean or least <= 0:
        against.append(
            f"it is no better than popularity: it must be {rules.over_popularity:g} times as good, by more than chance"
        )
    if current is not None:
        if not saw and new.mean < rules.of_current * current.mean:
            against.append(
                f"it is worse than the snapshot in use: it must be {rules.of_current:g} times as good or more"
            )
        if new.coverage < rules.coverage * current.coverage:
            against.append(
                f"it shows {new.coverage:.1%} of all items to anybody, and the snapshot in use {current.coverage:.1%}"
            )
    return against


def _days(number: float) -> str:
    return "day" if number == 1 else f"{number:g} days"


def _told(found: dict[str, _Found], *, saw: bool) -> str:
    head_start = " (which had seen some of it)" if saw else ""
    words = {"new": "{:.4f}", "popularity": "popularity {:.4f}", "current": f"the snapshot in use {{:.4f}}{head_start}"}
    return ", ".join(words[name].format(one.mean) for name, one in found.items())


# -- what is asked -------------------------------------------------------------------------------------------------------


def _first_heard(library: Library, level: Level) -> pl.DataFrame:
    """When each listener first came to each item and did not skip it: listener_id, item_id, time; undated listens are left out."""
    now = datetime.now(UTC)
    heard = library.listens.filter(~pl.col("skipped").fill_null(value=False) & (pl.col("time") <= now))
    rows = with_items(heard, library, level)
    return rows.group_by("listener_id", "item_id").agg(pl.col("time").min())


def _last(pairs: pl.DataFrame) -> datetime:
    last = pairs["time"].max()
    assert isinstance(last, datetime)
    return last


def _cut(pairs: pl.DataFrame, until_ms: int | None, rules: Thresholds) -> datetime | None:
    """The moment to hold out from: when the snapshot in use was trained, or else the latest that leaves enough to tell by."""
    if not pairs.height:
        return None
    last = _last(pairs)
    moments = [last - span for span in _SPANS]
    if until_ms is not None:
        trained = datetime.fromtimestamp(until_ms / 1000, last.tzinfo) + timedelta(milliseconds=1)
        if last - _LONGEST <= trained < last:
            moments.insert(0, trained)
    return next((one for one in moments if len(_judged(pairs, one, rules)) >= rules.listeners), None)


def _judged(pairs: pl.DataFrame, cut: datetime, rules: Thresholds) -> pl.Series:
    """Listeners who had played enough before, and came to something new after; sorted."""
    is_before = pl.col("time") < cut
    counts = pairs.group_by("listener_id").agg(before=is_before.sum(), after=(~is_before).sum())
    return counts.filter((pl.col("before") >= rules.played) & (pl.col("after") > 0))["listener_id"].sort()


def _asked(pairs: pl.DataFrame, cut: datetime, interactions: Interactions, rules: Thresholds) -> _Asked:
    chosen = _judged(pairs, cut, rules)
    if len(chosen) > rules.judged:
        chosen = chosen.sample(rules.judged, seed=0).sort()
    known = pl.DataFrame({"listener_id": interactions.listener_ids.astype(str)}).with_row_index("row")
    rows = chosen.to_frame().join(known, on="listener_id", how="inner", maintain_order="left").with_row_index("place")
    items = pl.DataFrame({"item_id": interactions.item_ids.astype(str)}).with_row_index("column")
    after = pairs.filter(pl.col("time") >= cut).join(rows, on="listener_id", how="inner")
    # What the new model does not know is right all the same: missing it counts.
    after = after.join(items, on="item_id", how="left")
    unknown = pl.col("item_id").rank("dense") - 1 + interactions.n_items
    columns = after.select(pl.coalesce("column", unknown).cast(pl.Int64))["column"].to_numpy()
    shape = (rows.height, interactions.n_items + after["item_id"].n_unique())
    right = sparse.coo_array((np.ones(len(columns), np.float32), (after["place"].to_numpy(), columns)), shape=shape)
    histories = sparse.csr_array(interactions.matrix[rows["row"].to_numpy()])
    return _Asked(histories, sparse.csr_array(right), interactions.item_ids)


def _ranked(model: Recommender, asked: _Asked) -> _Found:
    histories = asked.histories
    every = np.arange(histories.shape[0])
    return _found(np.concatenate([one.items for one in rankings(model, histories, histories, K, rows=every)]), asked)


def _ranked_by(path: Path, manifest: Manifest, asked: _Asked) -> _Found:
    """What a snapshot's model ranks for the same histories; items that it does not know are no part of them."""
    theirs = pl.read_parquet(path / "items.parquet", columns=["item_id"]).with_row_index("place")
    mine = pl.DataFrame({"item_id": asked.item_ids.astype(str)}).with_row_index("column")
    both = mine.join(theirs, on="item_id", how="inner")
    columns, places = both["column"].to_numpy(), both["place"].to_numpy()
    entries = sparse.coo_array(sparse.csc_array(asked.histories)[:, columns])
    shape = (asked.histories.shape[0], theirs.height)
    histories = sparse.csr_array(sparse.coo_array((entries.data, (entries.row, places[entries.col])), shape=shape))
    to_mine = np.full(theirs.height + 1, -1)
    to_mine[places] = columns
    model, every = storage.load(path / "model"), np.arange(shape[0])
    ranked = np.concatenate([one.items for one in rankings(model, histories, histories, K, rows=every)])
    return _found(to_mine[ranked], asked)


def _found(ranked: np.ndarray, asked: _Asked) -> _Found:
    hits = metrics.hits_of(ranked, asked.relevant)
    ndcg = metrics.ndcg(hits, metrics.relevant_counts(asked.relevant), K)
    return _Found(ndcg, len(np.unique(ranked[ranked >= 0])) / max(len(asked.item_ids), 1))


# -- what was trained ----------------------------------------------------------------------------------------------------


def flaws(
    snapshots: Snapshots, name: str, library: Library, current: Manifest | None, rules: Thresholds | None = None
) -> list[str]:
    """What is wrong with a snapshot that was trained: too few items, scores that are no numbers, no answer to a request."""
    rules = rules or Thresholds()
    manifest = snapshots.manifest(name)
    found = []
    if current is not None and manifest.counts["items"] < rules.items * current.counts["items"]:
        items, before = manifest.counts["items"], current.counts["items"]
        found.append(f"it knows {items:,} items, and the snapshot in use {before:,}")
    requests = [Request(one) for one in _histories(library, manifest.level)]
    try:
        engine = Engine.open(snapshots.directory, name)
        if not np.isfinite(engine.model.scores(engine.matrix([engine.past(one) for one in requests]))).all():
            # Native code trusts numbers: it is asked nothing more.
            found.append("some of its scores are no numbers")
        elif not any(answer.recommendations for answer in engine.recommend(requests)):
            found.append("it answers requests with nothing")
    except (SegueError, ValueError, IndexError) as error:
        found.append(f"it cannot answer a request: {error}")
    return found


def _histories(library: Library, level: Level) -> list[History]:
    """Some listeners as they are, and somebody of whom nothing is known."""
    listens = library.listens.filter(
        pl.col("listener_id").is_in(library.listeners["listener_id"].head(_ASKED).implode())
    )
    rows = with_items(listens, replace(library, listens=listens), level)
    heard = rows.group_by("listener_id", maintain_order=True).agg("item_id")["item_id"].to_list()
    return [History.of(dict.fromkeys(items, 1.0)) for items in heard] + [History()]
