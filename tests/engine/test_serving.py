import threading

import polars as pl
import pytest

from segue.engine import History, Request, Snapshots, train
from segue.engine.serving import Serving
from segue.errors import BadSnapshot
from segue.library import Library


@pytest.fixture
def snapshots(tmp_path) -> Snapshots:
    return Snapshots(tmp_path / "snapshots")


def library(n_listeners: int) -> Library:
    """Everybody plays three of five tracks."""
    rows = [(f"u{one:02}", f"t{(one + step) % 5}") for one in range(n_listeners) for step in range(3)]
    listeners, tracks = map(list, zip(*rows, strict=True))
    return Library.of(listens=pl.DataFrame({"listener_id": listeners, "track_id": tracks}))


def test_there_must_be_a_snapshot_to_begin_with(snapshots):
    with pytest.raises(BadSnapshot, match="train one first"):
        Serving(snapshots.directory)


def test_a_new_snapshot_is_taken_up_and_an_older_one_too(snapshots):
    first = train(library(20), snapshots, model="rp3beta", measure=False).name
    serving = Serving(snapshots.directory)
    assert not serving.refresh()
    second = train(library(30), snapshots, model="rp3beta", measure=False).name
    assert serving.engine.manifest.name == first
    assert serving.refresh()
    assert serving.engine.manifest.name == second
    snapshots.use(first)
    assert serving.refresh()
    assert serving.engine.manifest.name == first


def test_a_bad_snapshot_is_refused_with_the_reason_and_the_old_one_serves_on(snapshots):
    first = train(library(20), snapshots, model="rp3beta", measure=False).name
    serving = Serving(snapshots.directory)
    second = train(library(20), snapshots, model="rp3beta", measure=False).name
    (snapshots.directory / second / "model" / "weights.data.npy").write_bytes(b"not an array")
    assert not serving.refresh()
    assert second in (serving.problem or "")
    assert serving.engine.manifest.name == first
    [answer] = serving.engine.recommend([Request(History.of({"t1": 1.0}), n=2)])
    assert len(answer.recommendations) == 2
    snapshots.use(first)
    assert not serving.refresh()
    assert serving.problem is None


def test_no_request_fails_or_is_answered_by_two_snapshots_while_they_change(snapshots):
    names = [train(library(20 + 10 * one), snapshots, model="rp3beta", measure=False).name for one in range(2)]
    serving = Serving(snapshots.directory)
    failures, answered, stop = [], set(), threading.Event()

    def ask() -> None:
        while not stop.is_set():
            engine = serving.engine
            try:
                [answer] = engine.recommend([Request(History.of({"t1": 1.0, "t2": 2.0}), n=2)])
                assert answer.snapshot == engine.manifest.name
                assert len(answer.recommendations) == 2
                answered.add(answer.snapshot)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is a failed request
                failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for turn in range(6):
        snapshots.use(names[turn % 2])
        serving.refresh()
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures
    assert answered <= set(names)
    assert answered


def test_a_thread_may_keep_it_fresh(snapshots):
    train(library(20), snapshots, model="rp3beta", measure=False)
    serving = Serving(snapshots.directory)
    stop = threading.Event()
    thread = serving.keep_fresh(0.01, stop)
    second = train(library(20), snapshots, model="rp3beta", measure=False).name
    for _ in range(2_000):
        if serving.engine.manifest.name == second:
            break
        stop.wait(0.01)
    stop.set()
    thread.join()
    assert serving.engine.manifest.name == second
