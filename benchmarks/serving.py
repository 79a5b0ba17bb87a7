"""Serving: the full pipeline with reasons, one request at a time, and in batches beside implicit and faiss.

The catalogue and its listeners are generated (see `generated.py`), a fifth of each history is hidden, the rest goes through `segue
train` as any library does. Requests are of listeners the model has not seen.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import polars as pl
import psutil
from implicit.cpu.als import AlternatingLeastSquares
from scipy import sparse

from benchmarks.generated import CLUSTERS, TASTE_CONCENTRATION, as_interactions, generate
from benchmarks.measure import MB, Meter, measure, parser, report
from segue import metrics
from segue.engine import Engine, History, Listen, Request, Snapshots, train
from segue.library import Library
from segue.library.splits import holdout
from segue.ranking.served import ServedHybrid
from segue.recommenders.topk import top_k

SEED = 7
SIZES = {"100,000": (100_000, 60_000, 3_000_000), "1,000,000": (1_000_000, 100_000, 5_000_000)}
HISTORIES = (10, 50, 500)
REQUESTS = 600
TURN = 60
WARM_UP = 60
BATCH = 4_000
TOP = 100
TRACKS_OF_ARTIST = 8
TRACKS_OF_RELEASE = 4
NOW_MS = 1_760_000_000_000


def main(arguments: list[str]) -> None:
    options = parser(__doc__)
    options.add_argument("--size", choices=list(SIZES), action="append", help="only this catalogue")
    options.add_argument(
        "--keep", type=Path, metavar="DIR", help="keep the snapshots there, and use those that are there"
    )
    chosen = options.parse_args(arguments)
    # One thread for everything but training and batches: what one request costs is what is measured.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    single, batch, about = [], [], {}
    for size in chosen.size or list(SIZES):
        with tempfile.TemporaryDirectory() as folder:
            home = str((chosen.keep or Path(folder)) / size.replace(",", ""))
            trained = measure(prepare, home, *SIZES[size])
            about[f"{size}_tracks_training_s"] = trained.seconds.get("train", 0.0)
            about[f"{size}_tracks_training_peak_mb"] = trained.peak_mb
            served = measure(serve, home, SIZES[size][0]).value
            single += [{"tracks": size, **row} for row in served["rows"]]
            about |= {f"{size}_tracks_{name}": value for name, value in served["about"].items()}
            about |= {f"{size}_tracks_{name}": value for name, value in throughput(home, SIZES[size][0]).items()}
            batch += [{"tracks": size, **row} for row in measure(in_batches, home, *SIZES[size]).value]
    report("The top 100 for 4,000 listeners at once, two threads", batch, None)
    report("One request: the full pipeline with reasons, one thread", single, chosen.json, batches=batch, **about)


def prepare(meter: Meter, home: str, n_items: int, n_listeners: int, n_pairs: int) -> None:
    """Train on what is not hidden."""
    snapshots = Snapshots(Path(home) / "snapshots")
    if snapshots.names():
        return
    library = library_of(split_of(n_items, n_listeners, n_pairs).train, n_items)
    with meter.phase("train"):
        train(
            library,
            snapshots,
            measure=False,
            ranker=False,
            progress=lambda text: print(text, file=sys.stderr, flush=True),
        )


def split_of(n_items: int, n_listeners: int, n_pairs: int) -> Any:
    return holdout(as_interactions(generate(n_listeners, n_items, n_pairs, SEED)).positive, np.random.default_rng(0))


def clusters_of(n_items: int) -> tuple[np.ndarray, np.ndarray]:
    """The popularity and the cluster of each item: what `generate` draws first."""
    random = np.random.default_rng(SEED)
    popularity = random.permutation(np.arange(1, n_items + 1) ** -0.9)
    return popularity, random.integers(0, CLUSTERS, n_items)


def library_of(matrix: sparse.csr_array, n_items: int) -> Library:
    """The listens with artists, releases, genres, dates and sound, so that every stage has something to do."""
    _, cluster = clusters_of(n_items)
    random = np.random.default_rng(SEED + 1)
    # An artist is of one cluster: tracks in the order of their clusters, so many each.
    order = np.argsort(cluster, kind="stable")
    artist, release = np.empty(n_items, dtype=np.int64), np.empty(n_items, dtype=np.int64)
    artist[order], release[order] = np.arange(n_items) // TRACKS_OF_ARTIST, np.arange(n_items) // TRACKS_OF_RELEASE
    ids = as_interactions(sparse.csr_array((1, n_items), dtype=np.float32)).item_ids.tolist()
    n_artists = int(artist.max()) + 1
    centre = random.random((CLUSTERS, 3))[cluster]
    sound = np.clip(centre + random.normal(0, 0.1, centre.shape), 0, 1)
    rows, columns = matrix.nonzero()
    tracks = pl.DataFrame({
        "track_id": ids, "title": [f"Track {one}" for one in range(n_items)],
        "artist_ids": [[f"a{one}"] for one in artist], "release_id": [f"r{one}" for one in release],
        "genres": [[f"genre {one}"] for one in cluster], "energy": sound[:, 0], "valence": sound[:, 1],
        "acousticness": sound[:, 2], "tempo": 80 + 80 * random.random(n_items),
        "date": np.datetime64("2025-10-01") - random.integers(0, 20_000, n_items).astype("timedelta64[D]"),
    })  # fmt: skip
    listens = pl.DataFrame({
        "listener_id": pl.Series([f"l{row:07}" for row in range(matrix.shape[0])]).gather(rows),
        "track_id": pl.Series(ids).gather(columns), "plays": matrix.data.astype(np.int32),
    })  # fmt: skip
    return Library.of(
        artists=pl.DataFrame({"artist_id": [f"a{one}" for one in range(n_artists)],
                              "name": [f"Artist {one}" for one in range(n_artists)]}),
        releases=pl.DataFrame({"release_id": [f"r{one}" for one in range(int(release.max()) + 1)],
                               "title": [f"Release {one}" for one in range(int(release.max()) + 1)]}),
        tracks=tracks, listens=listens,
    )  # fmt: skip


def histories(n_items: int, size: int, n: int) -> list[History]:
    """Histories of so many distinct items of new listeners, drawn as the others were, over the last two years."""
    random = np.random.default_rng([SEED, size])
    popularity, cluster = clusters_of(n_items)
    found = []
    for _ in range(n):
        taste = random.dirichlet(np.full(CLUSTERS, TASTE_CONCENTRATION))
        weight = popularity * (0.85 * taste[cluster] + 0.15 / CLUSTERS)
        # Gumbel noise and the largest: a draw without replacement in proportion to the weights.
        items = np.argpartition(np.log(weight) + random.gumbel(size=n_items), -size)[-size:]
        times = NOW_MS - (random.random(size) * 730 * 86_400_000).astype(np.int64)
        plays = 1.0 + random.poisson(1.0, size)
        found.append(
            History(
                tuple(Listen(f"i{item:07}", int(at), float(n)) for item, at, n in zip(items, times, plays, strict=True))
            )
        )
    return found


def serve(meter: Meter, home: str, n_items: int) -> dict[str, Any]:  # noqa: ARG001
    """Times of single requests, by the size of their history."""
    begun = time.perf_counter()
    engine = Engine.open(Path(home) / "snapshots")
    opened = time.perf_counter() - begun
    warm = engine.warm_up()
    rows: list[dict[str, Any]] = []
    every: list[float] = []
    every_of_peer: list[float] = []
    peer = _peer(n_items)
    for size in HISTORIES:
        requests = [Request(one) for one in histories(n_items, size, REQUESTS)]
        for request in requests[:WARM_UP]:
            engine.recommend([request])
        taken, taken_by_peer = [], []
        # In turns, as the speed of machines changes; not request by request, as each empties the other's caches.
        for start in range(0, len(requests), TURN):
            for request in requests[start : start + TURN]:
                begun = time.perf_counter()
                [answer] = engine.recommend([request])
                taken.append(time.perf_counter() - begun)
                assert len(answer.recommendations) == request.n
                assert all(one.reasons for one in answer.recommendations)
            taken_by_peer += [_time_peer(peer, request) for request in requests[start : start + TURN]]
        every, every_of_peer = every + taken, every_of_peer + taken_by_peer
        rows.append(_row(f"{size} items", taken, taken_by_peer))
    rows.append(_row("all three", every, every_of_peer))
    return {"rows": rows, "about": {"open_s": opened, "warm_up_s": warm}}


def _peer(n_items: int) -> AlternatingLeastSquares:
    """An ALS of implicit with factors drawn at random: what they are makes no difference to the time it takes."""
    model = AlternatingLeastSquares(factors=64, num_threads=1)
    model.item_factors = np.random.default_rng(SEED).normal(0, 0.1, (n_items, 64)).astype(np.float32)
    return model


def _time_peer(model: AlternatingLeastSquares, request: Request) -> float:
    """How long implicit takes to fold the same history in and score: no filters, no rules, no reasons."""
    items = np.array(sorted(int(one.item_id[1:]) for one in request.history.listens), dtype=np.int32)
    row = sparse.csr_matrix((np.ones(len(items), np.float32), items, [0, len(items)]), (1, len(model.item_factors)))
    begun = time.perf_counter()
    model.recommend(0, row, N=request.n, recalculate_user=True)
    return time.perf_counter() - begun


def _row(name: str, taken: list[float], by_peer: list[float]) -> dict[str, Any]:
    peer_ms = float(np.median(by_peer)) * 1e3
    return {"history": name, **_percentiles(taken), "implicit_p50_ms": peer_ms,
            "times_implicit": peer_ms / (float(np.median(taken)) * 1e3)}  # fmt: skip


def _percentiles(seconds: list[float]) -> dict[str, float]:
    p50, p90, p99 = np.percentile(np.array(seconds) * 1e3, [50, 90, 99])
    return {"p50_ms": float(p50), "p90_ms": float(p90), "p99_ms": float(p99)}


def throughput(home: str, n_items: int) -> dict[str, float]:
    """Requests per second of two processes that share a snapshot, and the memory of one of them."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        per_s, resident, unshared = zip(*pool.map(_one_process, [home] * 2, [n_items] * 2), strict=True)
    return {
        "requests_per_s_on_2_processes": sum(per_s),
        "resident_mb": max(resident),
        "resident_unshared_mb": max(unshared),
    }


def _one_process(home: str, n_items: int) -> tuple[float, float, float]:
    process = psutil.Process()
    before = process.memory_full_info().uss / MB
    engine = Engine.open(Path(home) / "snapshots")
    engine.warm_up()
    requests = [Request(one) for size in HISTORIES for one in histories(n_items, size, REQUESTS // 3)]
    engine.recommend(requests[:WARM_UP])
    begun = time.perf_counter()
    for request in requests:
        engine.recommend([request])
    per_s = len(requests) / (time.perf_counter() - begun)
    memory = process.memory_full_info()
    return per_s, memory.rss / MB, memory.uss / MB - before


def in_batches(meter: Meter, home: str, n_items: int, n_listeners: int, n_pairs: int) -> list[dict[str, Any]]:  # noqa: ARG001
    """Listeners per second, and NDCG@20 of what was hidden from them."""
    split = split_of(n_items, n_listeners, n_pairs)
    judged = np.flatnonzero(np.diff(split.test.indptr))
    rows = np.sort(np.random.default_rng(1).choice(judged, min(BATCH, len(judged)), replace=False))
    seen, hidden = sparse.csr_array(split.train[rows]), sparse.csr_array(split.test[rows])
    engine = Engine.open(Path(home) / "snapshots")
    columns = engine.places([f"i{item:07}" for item in range(n_items)])
    mine = sparse.csr_array(
        (seen.data, columns[seen.indices].astype(np.int32), seen.indptr), shape=(len(rows), n_items)
    )
    served = engine.pipeline.served
    assert isinstance(served, ServedHybrid)
    back = np.argsort(columns)
    served.top(mine[:64], TOP)
    found: list[dict[str, Any]] = []

    def add(name: str, seconds: float, items: np.ndarray) -> None:
        hits = metrics.hits_of(items[:, :20].astype(np.int32), hidden)
        quality = float(np.nanmean(metrics.ndcg(hits, metrics.relevant_counts(hidden), 20)))
        found.append({"system": name, "listeners_per_s": len(rows) / seconds, "ndcg_20": quality})

    begun = time.perf_counter()
    best = served.top(mine, TOP)
    add("segue", time.perf_counter() - begun, back[best.items])
    model = AlternatingLeastSquares(
        factors=64, regularization=10.0, alpha=10.0, iterations=15, random_state=0, num_threads=2
    )
    binary = sparse.csr_matrix(
        (np.ones(split.train.nnz, np.float32), split.train.indices, split.train.indptr), split.train.shape
    )
    model.fit(binary, show_progress=False)
    part = sparse.csr_matrix(binary[rows])
    model.recommend(rows[:64], part[:64], N=TOP)
    begun = time.perf_counter()
    items, _ = model.recommend(rows, part, N=TOP, filter_already_liked_items=True)
    add("implicit ALS, recommend", time.perf_counter() - begun, items)
    faiss.omp_set_num_threads(2)
    index = faiss.IndexFlatIP(64)
    index.add(np.ascontiguousarray(model.item_factors, dtype=np.float32))
    vectors = np.ascontiguousarray(model.user_factors[rows], dtype=np.float32)
    more = TOP + int(np.diff(part.indptr).max())
    begun = time.perf_counter()
    scores, near = index.search(vectors, more)
    kept = top_k_without(scores, near, seen)
    add("faiss Flat on its factors", time.perf_counter() - begun, kept)
    peer = found[1]["listeners_per_s"]
    return [{**row, "times_implicit": row["listeners_per_s"] / peer} for row in found]


def top_k_without(scores: np.ndarray, near: np.ndarray, seen: sparse.csr_array) -> np.ndarray:
    """The best of what was found that is not in the history."""
    width = int(seen.shape[1])
    keys = np.repeat(np.arange(seen.shape[0], dtype=np.int64), np.diff(seen.indptr)) * width + seen.indices
    known = np.isin(np.arange(len(near), dtype=np.int64)[:, np.newaxis] * width + near, keys)
    place = top_k(np.where(known, -np.inf, scores).astype(np.float32), TOP).items
    return np.take_along_axis(near, np.maximum(place, 0), axis=1)


if __name__ == "__main__":
    main(sys.argv[1:])
