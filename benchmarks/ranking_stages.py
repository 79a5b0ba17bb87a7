"""What each stage of ranking gives and costs: the blend, the ranker, and the page under each rule.

On the demo world by a cut in time and by hiding a fifth of each history, on Last.fm-2K and on lastfm-tracks by hiding. The library
without what is hidden (listens, feedback, words and playlists of the hidden pairs, or all that came later) goes through `segue
train`; requests are as they are served, at the test moment where times are known. A ranker whose verdict is off is judged, too.
Differences are paired, with 95% bootstrap intervals over listeners: from the blend alone, and from the base of each setting (the
same ranking without any rule, or with all default rules).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import polars as pl
from scipy import sparse

from benchmarks.measure import data_folder, each_set
from segue import metrics, sources
from segue.demo import world
from segue.engine import Engine, Request, Snapshots, train
from segue.engine.histories import histories_of, with_items
from segue.engine.request import Context
from segue.evaluation.protocols import TEST_SHARE, protocols
from segue.evaluation.tasks import Dataset, RankingTask
from segue.library import Library
from segue.library.interactions import Interactions
from segue.library.local_time import local_clock
from segue.library.splits import holdout
from segue.ranking import learning
from segue.ranking.diversity import NO_RULES, SMALL_ARTIST, SMOOTHING, Rules, mean_genres
from segue.ranking.pipeline import Ask, Pipeline
from segue.ranking.ranker import LIMITS, Ranker, Verdict
from segue.ranking.served import Scored
from segue.ranking.signals import NAMES

NEEDS_DATA = True
LISTENERS = 2_000
AT = 20
SEED = 0
RULES = ("diversity", "per_artist", "per_release", "one_version", "apart", "calibration", "small_artists")
OTHERS: dict[str, tuple[Any, ...]] = {
    "diversity": (0.05, 0.1, 0.3),
    "per_artist": (2, 5),
    "calibration": (0.05, 0.2, 0.3),
    "small_artists": (0.1, 0.2),
}
"""Settings beside the defaults, for knowing where these stand."""
MEASURES = ("ndcg@20", "recall@20", "diversity", "lift", "little known", "artists", "genre kl")


@dataclass(frozen=True, eq=False)
class Case:
    """A library without what is hidden, and what is asked: of which listeners, when, and what they then came to.

    `listener_ids`, `contexts` and `relevant` (item ids) stand in one order.
    """

    name: str
    known: Library
    level: Any
    listener_ids: list[str]
    contexts: list[Context]
    relevant: list[np.ndarray]


class Once(Pipeline):
    """Scores and ranks a request once, however many pages are put together from it."""

    _kept: tuple[Any, Any] = (None, None)
    _ranked: tuple[Any, Any] = (None, None)

    def _scored(self, ask: Ask, usable: Any) -> tuple[Scored, np.ndarray, np.ndarray]:
        if self._kept[0] is not ask.past:
            self._kept = (ask.past, super()._scored(ask, usable))
        return self._kept[1]

    def _relevance(self, ask: Ask, scored: Scored) -> np.ndarray:
        if self._ranked[0] is not scored:
            self._ranked = (scored, super()._relevance(ask, scored))
        return self._ranked[1]


# -- what is asked -----------------------------------------------------------------------------------------------------


def by_hiding(name: str, library: Library) -> Case:
    """The protocol `holdout` with seed 0: a fifth of each history is hidden."""
    interactions = Dataset.of(name, library).interactions
    split = holdout(interactions.positive, np.random.default_rng(SEED), TEST_SHARE)
    known = without_pairs(library, interactions, split.test)
    rows = _some(np.flatnonzero(np.diff(split.test.indptr)))
    relevant = [interactions.item_ids[split.test.indices[slice(*split.test.indptr[row : row + 2])]] for row in rows]
    ids = interactions.listener_ids[rows].tolist()
    return Case(f"{name}, holdout", known, interactions.level, ids, [Context()] * len(ids), relevant)


def without_pairs(library: Library, interactions: Interactions, hidden: sparse.csr_array) -> Library:
    """The library without anything that shows a hidden pair of listener and item."""
    entries = sparse.coo_array(hidden)
    pairs = pl.DataFrame({
        "listener_id": pl.Series(interactions.listener_ids.tolist(), dtype=pl.String).gather(entries.row),
        "item_id": pl.Series(interactions.item_ids.tolist(), dtype=pl.String).gather(entries.col),
    })  # fmt: skip

    def rest(frame: pl.DataFrame) -> pl.DataFrame:
        rows = frame.with_row_index("row")
        found = with_items(rows, library, interactions.level).join(pairs, on=["listener_id", "item_id"], how="semi")
        return rows.filter(~pl.col("row").is_in(found["row"].implode())).drop("row")

    playlists = library.playlists
    if interactions.level == "track" and playlists.height:
        of_listener = {key[0]: set(one["item_id"]) for key, one in pairs.group_by("listener_id")}
        kept = [
            [track for track in tracks or () if track not in of_listener.get(owner, ())]
            for owner, tracks in playlists.select("listener_id", "track_ids").iter_rows()
        ]
        playlists = playlists.with_columns(track_ids=pl.Series(kept, dtype=playlists.schema["track_ids"]))
    return replace(
        library, listens=rest(library.listens), feedback=rest(library.feedback), taggings=rest(library.taggings),
        playlists=playlists,
    )  # fmt: skip


def by_time(name: str, library: Library) -> Case:
    """The protocol `temporal`: what was new to each listener in the last tenth of the time."""
    dataset = Dataset.of(name, library)
    task = protocols()["temporal"].make(dataset, SEED)
    assert isinstance(task, RankingTask)
    cut = library.listens["time"].drop_nulls().quantile(1 - 0.1, interpolation="nearest")
    assert isinstance(cut, datetime)
    rows = _some(np.arange(len(task.listener_ids)))
    relevant = [task.train.item_ids[task.relevant.indices[slice(*task.relevant.indptr[row : row + 2])]] for row in rows]
    ids = task.listener_ids[rows].tolist()
    return Case(
        f"{name}, temporal", library.until(cut), dataset.interactions.level, ids, moments(library, cut, ids), relevant
    )


def moments(library: Library, cut: datetime, listener_ids: list[str]) -> list[Context]:
    """When, by their own clocks, and where these listeners first listened after the cut."""
    after = library.listens.filter((pl.col("time") >= cut) & ~pl.col("skipped").fill_null(value=False))
    first = after.group_by(pl.col("listener_id").cast(pl.String)).agg(pl.col("time").min())
    asked = pl.DataFrame({"listener_id": listener_ids}).join(first, on="listener_id", how="left", maintain_order="left")
    people = asked.join(library.listeners, on="listener_id", how="left", maintain_order="left")
    clock = local_clock(people["time"], people["country"])
    now_ms = int(cut.timestamp() * 1000)
    return [
        Context(now_ms=now_ms, hour=hour, weekday=weekday, month=month, country=country)
        for hour, weekday, month, country in zip(
            clock["hour"], clock["weekday"], clock["month"], people["country"], strict=True
        )
    ]


def _some(rows: np.ndarray) -> np.ndarray:
    chosen = np.random.default_rng(SEED).permutation(len(rows))[:LISTENERS]
    return rows[np.sort(chosen)]


# -- who answers -------------------------------------------------------------------------------------------------------


def trained(case: Case, home: Path) -> tuple[Engine, Ranker | None, str]:
    """The engine, a ranker also where its verdict keeps it off (None where there was too little to learn from), and why."""
    grown: dict[str, Any] = {}

    def keep(name: str) -> Any:
        original = getattr(learning, name)

        def kept(*arguments: Any) -> Any:
            grown[name] = original(*arguments)
            return grown[name]

        return patch.object(learning, name, kept)

    def tell(text: str) -> None:
        print(f"{datetime.now(UTC):%H:%M:%S} {case.name}: {text}", flush=True)

    with keep("_grow"), keep("_choose"):
        manifest = train(case.known, Snapshots(home), level=case.level, signal="listens", measure=False, progress=tell)
    engine = Engine.open(home)
    verdict = manifest.metrics["ranker"]
    weights = grown.get("_choose", ())
    if "_grow" not in grown:
        return engine, None, verdict["why"]
    if not any(weights):
        weights = (learning.WEIGHTS[1],) * len(weights)
    ranker = Ranker(grown["_grow"], tuple(weights), LIMITS, NAMES, Verdict(on=False, why=verdict["why"]))
    told = ", ".join(f"{name} {weight}" for name, weight in zip(("new", "casual", "heavy"), weights, strict=True))
    return engine, ranker, f"{verdict['why']} (weights: {told})"


def settings() -> Iterator[tuple[str, str, Rules]]:
    """What the page is put together by: its name, the setting it is compared with, and the rules."""
    default = Rules()
    yield "no rules", "no rules", NO_RULES
    yield "default rules", "no rules", default
    for rule in RULES:
        yield f"only {rule}", "no rules", replace(NO_RULES, **{rule: getattr(default, rule)})
        for value in OTHERS.get(rule, ()):
            yield f"only {rule} {value}", "no rules", replace(NO_RULES, **{rule: value})
        yield f"default but {rule}", "default rules", replace(default, **{rule: getattr(NO_RULES, rule)})


def shown(case: Case, engine: Engine, ranker: Ranker | None) -> tuple[dict[str, np.ndarray], list[Ask]]:
    """What each way of ranking shows each listener, int32 (n_listeners, 20), -1 where the page ends early; and the requests."""
    names, now_ms = case.listener_ids, engine.manifest.until_ms
    asks = [
        engine.ask(Request(history, n=AT, context=context))
        for history, context in zip(histories_of(names, case.known, case.level, now_ms), case.contexts, strict=True)
    ]
    ways: list[tuple[str, Pipeline, Rules, bool]] = []
    served = Once(engine.model, engine.catalogue, engine.ranker)
    blend = served if engine.ranker is None else Once(engine.model, engine.catalogue)
    if any(context.hour is not None for context in case.contexts):
        ways.append(("blend, the moment unknown", Once(engine.model, engine.catalogue), NO_RULES, True))
    ways.append(("blend", blend, NO_RULES, False))
    if ranker is not None:
        ways.append(("ranker", Once(engine.model, engine.catalogue, ranker), NO_RULES, False))
    ways += [(f"served, {name}", served, rules, False) for name, _, rules in settings()]
    pages = {name: np.full((len(asks), AT), -1, dtype=np.int32) for name, *_ in ways}
    nowhen = engine.asking.moment(Context())
    for row, ask in enumerate(asks):
        for name, pipeline, rules, timeless in ways:
            found = pipeline.page(replace(ask, rules=rules, moment=nowhen if timeless else ask.moment)).items
            pages[name][row, : len(found)] = found
    [first] = engine.recommend([Request(histories_of(names[:1], case.known, case.level, now_ms)[0], n=AT,
                                        context=case.contexts[0], reasons=False)])  # fmt: skip
    told = engine.places([one.item_id for one in first.recommendations])
    assert (pages["served, default rules"][0, : len(told)] == told).all()
    return pages, asks


# -- how good it is ----------------------------------------------------------------------------------------------------


def measured(pages: np.ndarray, case: Case, engine: Engine, asks: list[Ask]) -> np.ndarray:
    """`MEASURES` of each listener's page, float64, shape (n_listeners, n_measures).

    What the history has in any form (skipped, or liked only) is never recommended, so it does not count as missed either.
    """
    n_items, facts = len(engine.ids), engine.catalogue.facts
    wanted = [engine.places(ids.tolist()) for ids in case.relevant]
    wanted = [np.setdiff1d(one[one >= 0], ask.past.items) for one, ask in zip(wanted, asks, strict=True)]
    relevant = _rows(wanted, n_items)
    hits, counts = metrics.hits_of(pages, relevant), metrics.relevant_counts(relevant)
    histories = _rows([ask.past.items[ask.past.weights > 0] for ask in asks], n_items)
    real = pages >= 0
    little = (facts.artist_rank[pages] < SMALL_ARTIST) & real & (facts.artist[pages] >= 0)
    artists = [len(np.unique(facts.artist[page[page >= 0]])) for page in pages]
    return np.column_stack([
        metrics.ndcg(hits, counts, AT), metrics.recall(hits, counts, AT), _variety(pages, engine),
        metrics.popularity_lift(pages, histories, np.asarray(facts.popularity, dtype=np.float64)),
        little.sum(axis=1) / np.maximum(real.sum(axis=1), 1), artists,
        [_genre_distance(page[page >= 0], ask, engine) for page, ask in zip(pages, asks, strict=True)],
    ])  # fmt: skip


def _rows(columns: list[np.ndarray], width: int) -> sparse.csr_array:
    ends = np.cumsum([0, *(len(one) for one in columns)])
    return sparse.csr_array((np.ones(ends[-1]), np.concatenate(columns), ends), shape=(len(columns), width))


def _variety(pages: np.ndarray, engine: Engine) -> np.ndarray:
    """1 - the mean cosine of the pairs of a page (Ziegler et al., WWW 2005)."""
    found = []
    for page in pages:
        vectors = np.asarray(engine.catalogue.space.vectors[page[page >= 0]], dtype=np.float64)
        pairs = (vectors.sum(axis=0) ** 2).sum() - (vectors**2).sum()
        found.append(1 - pairs / (len(vectors) * (len(vectors) - 1)) if len(vectors) > 1 else np.nan)
    return np.array(found)


def _genre_distance(page: np.ndarray, ask: Ask, engine: Engine) -> float:
    """KL divergence, in nats, of the page's genres from the listener's (Steck, RecSys 2018); NaN where none is known."""
    facts, liked = engine.catalogue.facts, ask.past.weights > 0
    taste = mean_genres(ask.past.items[liked], np.log1p(ask.past.weights[liked]), facts).astype(np.float64)
    own = mean_genres(page, np.ones(len(page), dtype=np.float32), facts)
    if not taste.any() or not own.any():
        return float("nan")
    mixed = SMOOTHING * taste + (1 - SMOOTHING) * own
    there = taste > 0
    return float((taste[there] * np.log(taste[there] / mixed[there])).sum())


def rows_of(case: Case, engine: Engine, pages: dict[str, np.ndarray], asks: list[Ask]) -> list[dict[str, Any]]:
    """One row for each way of ranking."""
    values = {name: measured(page, case, engine, asks) for name, page in pages.items()}
    beside = {f"served, {name}": f"served, {other}" for name, other, _ in settings()}
    rows = []
    for name, of_listeners in values.items():
        means = np.nanmean(of_listeners, axis=0)
        row = {"set": case.name, "way": name} | dict(zip(MEASURES, means.tolist(), strict=True))
        row["coverage"] = metrics.coverage(pages[name], len(engine.ids))
        for what, other in (("blend", "blend"), ("base", beside.get(name, "blend"))):
            [difference] = metrics.bootstrap(of_listeners[:, :1] - values[other][:, :1], resamples=2_000)
            row |= {f"ndcg - {what}": difference.mean, f"95% {what}": f"{difference.low:+.4f} {difference.high:+.4f}"}
        rows.append(row)
    return rows


def case_of(name: str) -> Case:
    """The data set of this name."""
    if name.startswith("demo"):
        return (by_time if name == "demo-temporal" else by_hiding)("demo", world(seed=1, scale=1.0))
    return by_hiding(name, sources.read([data_folder(name)]).library)


NAMED = ("demo-temporal", "demo-holdout", "lastfm-2k", "lastfm-tracks")


def measured_set(name: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The rows of one data set, and the ranker's verdict."""
    case = case_of(name)
    with tempfile.TemporaryDirectory() as folder:
        engine, ranker, verdict = trained(case, Path(folder))
        pages, asks = shown(case, engine, ranker)
        return rows_of(case, engine, pages, asks), {"verdict": verdict, "listeners": len(asks)}


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and write, after each data set what there is so far."""
    each_set(__doc__, "What each stage of ranking gives", NAMED, measured_set, arguments)


if __name__ == "__main__":
    main()
