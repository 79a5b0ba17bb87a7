"""The ranker of a snapshot: learned from candidates as they are served, on listening that the blend has not seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from scipy import sparse

from segue.engine.asking import Asking
from segue.engine.histories import histories_of, with_items
from segue.engine.ids import Ids
from segue.engine.prepare.catalogue import make_catalogue
from segue.engine.request import Context, Request
from segue.engine.wanted import Codes
from segue.features.table import item_features
from segue.library.interactions import Interactions
from segue.library.library import Library
from segue.library.local_time import local_clock
from segue.library.splits import holdout
from segue.ranking.learning import Groups, Learned, learn_ranker
from segue.ranking.pipeline import Pipeline
from segue.ranking.ranker import Verdict
from segue.ranking.signals import SIGNALS
from segue.recommenders.registry import create

TRAIN_SHARE = 0.9
JUDGES = 4_000
PAIR = ["listener_id", "item_id"]
OLDEST = 130
"""Years of birth are as people type them."""


@dataclass(frozen=True, eq=False)
class Cut:
    """A library cut in two: what may be learned from, and what each listener then came to that was new to them.

    `now_ms` is the time of the cut; `played`, one row per listener and item: listener_id, item_id; and `moments`, per listener:
    the hour, the weekday and the month, where they were, of the first that they listened to after the cut, their country and
    their age.
    """

    before: Library
    now_ms: int
    played: pl.DataFrame
    moments: dict[str, Context]


def learned_ranker(
    library: Library, interactions: Interactions, model: str, parameters: dict[str, Any], until_ms: int,
    progress: Callable[[str], None] = lambda _: None, seed: int = 0,
) -> Learned:  # fmt: skip
    """A ranker for the model, or the verdict why there is none.

    The library is cut at nine tenths of its time (or, where no times are known, a fifth of each history is hidden); the model, and
    all that serving needs, is made from the first part, and the ranker learns which of the candidates were come to in the other.
    """
    if interactions.signal != "listens":
        return Learned(None, Verdict(on=False, why=f"it learns from listens, and these are {interactions.signal}"))
    progress("cutting the library in time, for the ranker")
    cut = _cut_in_time(library, interactions) or _cut_at_random(library, interactions, until_ms, seed)
    inner = Interactions.from_library(
        cut.before, interactions.level, "listens", ordered=True, whole_catalogue=True
    )  # fmt: skip
    features = item_features(cut.before, inner)
    progress(f"training {model} on the first part, for the ranker")
    pipeline = Pipeline(create(model, **parameters).fit(inner, features), make_catalogue(cut.before, inner, features))
    progress("learning to rank")
    return learn_ranker(groups_of_cut(cut, inner, pipeline, seed), seed)


def groups_of_cut(cut: Cut, inner: Interactions, pipeline: Pipeline, seed: int = 0) -> Groups:
    """The candidates of listeners, as they are served at the cut, and which of them were come to after it."""
    ids, catalogue = Ids.of(inner.item_ids.tolist()), pipeline.catalogue
    asking = Asking(ids, catalogue, Codes(catalogue.facts), cut.now_ms)
    relevant = cut.played.group_by("listener_id", maintain_order=True).agg("item_id")
    chosen = relevant.sample(min(JUDGES, relevant.height), seed=seed).sort("listener_id")
    names = chosen["listener_id"].to_list()
    histories = histories_of(names, cut.before, inner.level, cut.now_ms)
    signals, blends, hits, sizes, history_sizes, counts = [], [], [], [], [], []
    for name, history, wanted in zip(names, histories, chosen["item_id"], strict=True):
        ask = asking.ask(Request(history, context=cut.moments.get(name, Context())))
        if not (ask.past.weights > 0).any():
            continue
        scored, _ = pipeline.candidates(ask)
        places = ids.places(wanted.to_list())
        signals.append(
            pipeline.signals.of(ask.past, scored.items, scored.total, scored.parts, scored.names, ask.moment)
        )
        blends.append(pipeline.unranked(ask, scored))
        hits.append(np.isin(scored.items, places[places >= 0]))
        sizes.append(len(scored.items))
        history_sizes.append(len(ask.past.items))
        counts.append(len(places))
    if not sizes:
        n_signals = len(SIGNALS)
        none = np.zeros(0, dtype=np.int64)
        return Groups(
            np.zeros((0, n_signals), np.float32), np.zeros(0, np.float32), np.zeros(0, np.bool_), none, none, none, none
        )
    return Groups(
        np.concatenate(signals), np.concatenate(blends), np.concatenate(hits), np.array(sizes), np.array(counts),
        np.array(history_sizes), np.arange(len(sizes)),
    )  # fmt: skip


def _cut_in_time(library: Library, interactions: Interactions) -> Cut | None:
    listens = library.listens
    if not listens.height or listens["time"].null_count() > listens.height // 2:
        return None
    time = listens["time"].drop_nulls().quantile(TRAIN_SHARE, interpolation="nearest")
    before = library.until(time)  # type: ignore[arg-type]
    if not _pairs(before, interactions).height:  # all at one time
        return None
    after = listens.filter((pl.col("time") >= time) & ~pl.col("skipped").fill_null(value=False))
    rows = _pairs(replace(library, listens=after), interactions)
    played = rows.join(_in_histories(before, interactions), on=PAIR, how="anti", maintain_order="left")
    # Of a playlist that does not say when it was changed: what may have been put on it later must not show.
    undated = before.playlists["modified"].is_null()
    rest = _playlists_without(before.playlists.filter(undated), played)
    before = replace(before, playlists=pl.concat([before.playlists.filter(~undated), rest]))
    return Cut(before, int(time.timestamp() * 1000), played, _moments(library, after))  # type: ignore[union-attr]


def _cut_at_random(library: Library, interactions: Interactions, until_ms: int, seed: int) -> Cut:
    split = holdout(interactions.positive, np.random.default_rng(seed))
    entries = sparse.coo_array(split.test)
    played = pl.DataFrame({
        "listener_id": pl.Series(interactions.listener_ids.tolist(), dtype=pl.String).gather(entries.row),
        "item_id": pl.Series(interactions.item_ids.tolist(), dtype=pl.String).gather(entries.col),
    })  # fmt: skip
    before = replace(
        library,
        listens=_rows_without(library.listens, played, library, interactions),
        feedback=_rows_without(library.feedback, played, library, interactions),
        taggings=_rows_without(library.taggings, played, library, interactions),
        playlists=_playlists_without(library.playlists, played),
    )
    return Cut(before, until_ms, played, {})


def _rows_without(
    frame: pl.DataFrame, hidden: pl.DataFrame, library: Library, interactions: Interactions
) -> pl.DataFrame:
    """Listens, feedback or taggings without those of hidden pairs (`listener_id`, `item_id`)."""
    rows = frame.with_row_index("row")
    told = with_items(rows, library, interactions.level).join(hidden, on=PAIR, how="semi")
    return rows.join(told.select("row"), on="row", how="anti", maintain_order="left").drop("row")


def _playlists_without(playlists: pl.DataFrame, hidden: pl.DataFrame) -> pl.DataFrame:
    """Playlists without the hidden tracks of their owners (`listener_id`, `item_id`)."""
    rows = playlists.with_row_index("row")
    tracks = rows.filter(pl.col("listener_id").is_in(hidden["listener_id"].unique().implode())).select(
        "row", "listener_id", item_id="track_ids"
    )
    kept = tracks.explode("item_id").join(hidden, on=PAIR, how="anti", maintain_order="left")
    left = kept.group_by("row", maintain_order=True).agg(left=pl.col("item_id").drop_nulls())
    owned = rows.join(left, on="row", how="left", maintain_order="left")
    is_touched = pl.col("row").is_in(tracks["row"].implode())
    track_ids = pl.when(is_touched).then(pl.col("left").fill_null([])).otherwise("track_ids")
    return owned.with_columns(track_ids=track_ids).drop("row", "left")


def _pairs(library: Library, interactions: Interactions) -> pl.DataFrame:
    rows = with_items(library.listens.filter(~pl.col("skipped").fill_null(value=False)), library, interactions.level)
    return rows.select(PAIR).unique(maintain_order=True)


def _in_histories(library: Library, interactions: Interactions) -> pl.DataFrame:
    """What listeners have come to, and so cannot come to anew: heard, skipped, judged, or put on a playlist that has a date."""
    told = [
        with_items(frame, library, interactions.level).select(PAIR) for frame in (library.listens, library.feedback)
    ]
    if interactions.level == "track":
        owned = library.playlists.drop_nulls(["modified", "listener_id"]).select("listener_id", item_id="track_ids")
        told.append(owned.explode("item_id").drop_nulls())
    return pl.concat(told).unique()


def _moments(library: Library, after: pl.DataFrame) -> dict[str, Context]:
    """When and where each listener first listened after the cut."""
    first = after.group_by(pl.col("listener_id").cast(pl.String), maintain_order=True).agg(pl.col("time").min())
    people = first.join(library.listeners, on="listener_id", how="left", maintain_order="left")
    clock = local_clock(people["time"], people["country"])
    found = {}
    for name, time, country, birth_year, hour, weekday, month in zip(
        people["listener_id"],
        people["time"],
        people["country"],
        people["birth_year"],
        clock["hour"],
        clock["weekday"],
        clock["month"],
        strict=True,
    ):
        age = None if birth_year is None else min(max(time.year - birth_year, 0), OLDEST)
        found[name] = Context(hour=hour, weekday=weekday, month=month, country=country, age=age)
    return found
