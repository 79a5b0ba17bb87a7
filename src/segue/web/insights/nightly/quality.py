"""How good recommendations are, and for whom: the engine in use is asked as of a week ago, and judged by the week that followed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
from scipy import sparse

from segue import metrics
from segue.engine.engine import Engine
from segue.engine.request import History, Listen, Request
from segue.errors import BadSnapshot, NotEnoughData
from segue.web.insights import rollups
from segue.web.insights.base import LEAST_SEEN
from segue.web.insights.nightly.details import Details, Part
from segue.web.listening import told

DAYS = 7
K = 20
ASKED = 1_000
"""So many listeners are asked about, at most."""
AT_ONCE = 50
NEW_DAYS, HEAVY = 28, 50
"""Who began less than so many days before is new; who played so much in those days is a heavy listener."""
BINS = 10
_DAY_MS = 86_400_000


@dataclass(frozen=True)
class _Case:
    """A listener: what was known when the week began, and four weeks before that, and the tracks that were new to them in it."""

    listener: int
    country: str | None
    kind: str
    known: tuple[Listen, ...]
    earlier: tuple[Listen, ...]
    wanted: frozenset[str]


def quality(before: Details | None) -> Part:
    """Hit rate and NDCG by kind of listener and by country, and how scores moved. Raises `NotEnoughData` saying what is missing."""
    engine = _engine()
    since, until = _week(engine)
    cases = list(_cases(since, until))
    if len(cases) < LEAST_SEEN:
        raise NotEnoughData(f"fewer than {LEAST_SEEN} listeners played anything new to them in the week from {since}")
    ranked, scores = _asked(engine, [case.known for case in cases])
    judged = _judged(cases, ranked)
    _, old_scores = _asked(engine, [case.earlier for case in cases if case.earlier])
    said = {
        "snapshot": engine.manifest.name, "from": str(since), "to": str(until), "listeners": len(cases),
        "seen": engine.manifest.until_ms > _ms(since), "scores": _moved(old_scores, scores),
    }  # fmt: skip
    return {"quality": _by_segment(judged)}, said


def _engine() -> Engine:
    from segue.web.discovery import serving  # noqa: PLC0415

    try:
        engine = serving.engine()
    except BadSnapshot as error:
        raise NotEnoughData(str(error)) from None
    if engine.manifest.level != "track":
        raise NotEnoughData(f"the snapshot in use recommends {engine.manifest.level}s, and what is played are tracks")
    return engine


def _week(engine: Engine) -> tuple[datetime, datetime]:
    """The week that is judged by: the latest, which ends with the last listen."""
    there = rollups.current()
    last = None if there is None else there.days.select(pl.col("day").max()).collect().item()
    if last is None:
        raise NotEnoughData("it begins with the first listens, and the rollups of them")
    until = datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=1)
    return until - timedelta(days=DAYS), until


def _cases(since: datetime, until: datetime) -> Iterator[_Case]:
    """Listeners of that week, drawn by a hash of their number; those who played nothing new to them are passed over."""
    there = rollups.current()
    assert there is not None
    played = there.days.filter(
        pl.col("day").is_between(since.date(), until.date(), closed="left"), pl.col("listens") > 0
    )
    chosen = (
        played.select("listener").unique().join(there.listeners, on="listener")
        .sort(pl.col("listener").hash(seed=7)).head(ASKED).select("listener", "country").collect()
    )  # fmt: skip
    since_ms, until_ms = _ms(since), _ms(until)
    for listener, country in chosen.iter_rows():
        listens = [one for one in told.facts_of(listener, "track").listens if (one.time_ms or 0) < until_ms]
        known = tuple(one for one in listens if (one.time_ms or 0) < since_ms)
        heard = {one.item_id for one in known}
        wanted = frozenset(one.item_id for one in listens if (one.time_ms or 0) >= since_ms and not one.skipped) - heard
        if wanted:
            earlier = tuple(one for one in known if (one.time_ms or 0) < since_ms - NEW_DAYS * _DAY_MS)
            yield _Case(listener, country, _kind(known, since_ms), known, earlier, wanted)


def _kind(known: Sequence[Listen], since_ms: int) -> str:
    lately = since_ms - NEW_DAYS * _DAY_MS
    if not any((one.time_ms or 0) < lately for one in known):
        return "new"
    return "heavy" if sum(one.plays for one in known if (one.time_ms or 0) >= lately) >= HEAVY else "casual"


def _asked(engine: Engine, histories: Sequence[tuple[Listen, ...]]) -> tuple[list[list[str]], np.ndarray]:
    """The first `K` items that each would have been recommended, and the scores of all of them together."""
    ranked: list[list[str]] = []
    scores: list[float] = []
    for start in range(0, len(histories), AT_ONCE):
        some = [Request(History(listens), n=K, reasons=False) for listens in histories[start : start + AT_ONCE]]
        for answer in engine.recommend(some):
            ranked.append([one.item_id for one in answer.recommendations])
            scores += [one.score for one in answer.recommendations]
    return ranked, np.array(scores)


def _judged(cases: Sequence[_Case], ranked: Sequence[Sequence[str]]) -> pl.DataFrame:
    """Of each case: kind, country, hit_rate, ndcg."""
    number: dict[str, int] = defaultdict(lambda: len(number))
    places = np.full((len(cases), K), -1)
    for row, items in enumerate(ranked):
        places[row, : len(items)] = [number[item] for item in items]
    pairs = [(row, number[item]) for row, case in enumerate(cases) for item in case.wanted]
    rows, columns = np.array(pairs).T
    relevant = sparse.csr_array((np.ones(len(pairs)), (rows, columns)), shape=(len(cases), len(number)))
    hits, counts = metrics.hits_of(places, relevant), metrics.relevant_counts(relevant)
    return pl.DataFrame({
        "kind": [case.kind for case in cases], "country": [case.country for case in cases],
        "hit_rate": metrics.hit_rate(hits, counts, K), "ndcg": metrics.ndcg(hits, counts, K),
    })  # fmt: skip


def _by_segment(judged: pl.DataFrame) -> pl.DataFrame:
    """By, segment, listeners, hit_rate, ndcg: where there are enough listeners."""
    sums = (pl.len().alias("listeners"), pl.col("hit_rate").mean(), pl.col("ndcg").mean())
    frames = [judged.select(by=pl.lit("all"), segment=pl.lit("everybody"), hit_rate="hit_rate", ndcg="ndcg")
              .group_by("by", "segment").agg(sums)]  # fmt: skip
    for by in ("kind", "country"):
        told = judged.drop_nulls(by).select(by=pl.lit(by), segment=by, hit_rate="hit_rate", ndcg="ndcg")
        frames.append(told.group_by("by", "segment").agg(sums).sort("listeners", descending=True))
    return pl.concat(frames).filter(pl.col("listeners") >= LEAST_SEEN)


def _moved(before: np.ndarray, now: np.ndarray) -> dict[str, list[float]]:
    """How many scores lie in each tenth of those before, then and now; empty where there were too few."""
    if len(before) < BINS * K:
        return {}
    edges = np.unique(np.quantile(before, np.linspace(0, 1, BINS + 1)[1:-1]))
    tenths = [np.bincount(np.searchsorted(edges, some), minlength=len(edges) + 1) for some in (before, now)]
    return {"edges": edges.tolist(), "before": tenths[0].tolist(), "now": tenths[1].tolist()}


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
