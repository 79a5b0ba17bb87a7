"""Training anew: what is a step back is not published, what is killed leaves nothing, and the older one can be taken again."""

import os
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import numpy as np
import polars as pl
import pytest
from django.db import connection

from segue.engine.snapshot import Snapshots
from segue.engine.train import train
from segue.errors import SegueError
from segue.home import Home
from segue.library import Library
from segue.web.catalog.load import load
from segue.web.jobs import queue, run
from segue.web.jobs.models import Job
from segue.web.listening.models import Listen
from segue.web.training import beside, guard, retraining

LISTENERS, TASTES, TRACKS = 120, 6, 20
LAST = datetime(2026, 11, 20, tzinfo=UTC)
KNN = guard.Recipe("item-knn")


def library(*, shuffled: bool = False) -> Library:
    """Each listener plays half of the tracks of one taste, a few of them in the last day; or, shuffled, of anybody's."""
    rng = np.random.default_rng(5)
    hits = 1 / np.arange(2, TRACKS + 2)  # some tracks are played by many
    rows = []
    for one in range(LISTENERS):
        mine = rng.choice(TRACKS, TRACKS // 2, replace=False, p=hits / hits.sum()) + TRACKS * (one % TASTES)
        days = np.sort(rng.uniform(1, 30, len(mine)))[::-1]
        days[-2:] = rng.uniform(0, 1, 2)
        rows += [
            (f"l{one:03}", f"t{track:03}", LAST - timedelta(days=day)) for track, day in zip(mine, days, strict=True)
        ]
    who, what, when = (list(column) for column in zip(*rows, strict=True))
    if shuffled:
        what = [what[place] for place in rng.permutation(len(what))]
    names = [f"t{number:03}" for number in range(TASTES * TRACKS)]
    return Library.of(
        artists=pl.DataFrame({"artist_id": ["a"], "name": ["A"]}),
        tracks=pl.DataFrame({"track_id": names, "title": names, "artist_ids": [["a"]] * len(names)}),
        listens=pl.DataFrame({"listener_id": who, "track_id": what, "time": when, "source": ["tests"] * len(who)}),
    )


@pytest.fixture
def home(tmp_path, settings) -> Home:
    """A home of its own, in which something was trained a while ago."""
    settings.HOME = Home(tmp_path)
    old = library().until(LAST - timedelta(days=1))
    train(old, settings.HOME.snapshots, model="item-knn", measure=False, ranker=False, sequence=False)
    return settings.HOME


def current(home: Home):
    name = home.snapshots.current()
    return home.snapshots.path(name), home.snapshots.manifest(name)


def test_what_is_as_good_as_the_one_in_use_and_better_than_popularity_passes(home):
    verdict = guard.judge(library(), KNN, current(home))
    numbers = verdict.numbers
    assert verdict.publish
    assert not numbers["current_saw"]
    assert numbers["listeners"] == LISTENERS
    assert numbers["ndcg"]["new"] > 2 * numbers["ndcg"]["popularity"]
    assert numbers["ndcg"]["current"] == numbers["ndcg"]["new"], "they have learned from the same"
    assert f"NDCG@20 {numbers['ndcg']['new']:.4f}, popularity" in verdict.why


def test_what_learned_from_shuffled_listening_does_not(home):
    verdict = guard.judge(library(shuffled=True), KNN, current(home))
    assert not verdict.publish
    assert "no better than popularity" in verdict.why
    assert guard.judge(library(shuffled=True), KNN, None).numbers["refused"]


def test_what_is_worse_than_the_one_in_use_does_not(home):
    verdict = guard.judge(library(), guard.Recipe("popularity"), current(home))
    assert "worse than the snapshot in use: it must be 0.9 times as good" in verdict.why


def test_one_that_has_seen_the_latest_days_is_told_but_not_compared(home):
    train(library(), home.snapshots, model="item-knn", measure=False, ranker=False, sequence=False)
    strict = guard.Thresholds(of_current=1.5)
    verdict = guard.judge(library(), KNN, current(home), strict)
    assert verdict.publish
    assert verdict.numbers["current_saw"]
    assert "which had seen some of it" in verdict.why
    home.snapshots.use(home.snapshots.names()[-1])
    assert "1.5 times as good" in guard.judge(library(), KNN, current(home), strict).why


def test_too_little_listening_tells_nothing(home):
    whole = library()
    some = replace(whole, listens=whole.listens.filter(pl.col("listener_id").cast(pl.String) < "l040"))
    verdict = guard.judge(some, KNN, current(home))
    assert verdict.publish
    assert "too few to tell" in verdict.why


def test_a_snapshot_that_lost_half_of_its_items_or_does_not_answer_is_no_good(home):
    path, manifest = current(home)
    assert guard.flaws(home.snapshots, manifest.name, library(), manifest) == []
    more = replace(manifest, counts={**manifest.counts, "items": 1_000})
    assert guard.flaws(home.snapshots, manifest.name, library(), more) == [
        f"it knows {manifest.counts['items']} items, and the snapshot in use 1,000"
    ]
    for file in (path / "model").glob("*.data.npy"):
        broken = np.full_like(np.load(file), np.nan)
        file.unlink()  # it is mapped into memory
        np.save(file, broken)
    assert "some of its scores are no numbers" in guard.flaws(home.snapshots, manifest.name, library(), manifest)


def test_it_is_published_or_the_one_in_use_stays_and_either_can_be_taken_again(db, home):
    first = home.snapshots.current()
    load(library())
    said = []
    report = retraining.retrain(home, lambda share, text: said.append((share, text)))
    second = home.snapshots.current()
    assert (report["published"], report["snapshot"], report["listens"]) == (True, second, LISTENERS * TRACKS // 2)
    assert second != first
    metrics = home.snapshots.manifest(second).metrics
    assert metrics["held_out"]["ndcg"]["new"] > metrics["held_out"]["ndcg"]["popularity"]
    assert metrics["last_listen"] == Listen.objects.order_by("pk").last().pk
    assert said == sorted(said, key=lambda one: one[0])

    Listen.objects.all().delete()
    load(library(shuffled=True))
    report = retraining.retrain(home, lambda share, text: None)
    assert not report["published"]
    assert report["why"].startswith(f"kept {second}: it is no better than popularity")
    assert home.snapshots.current() == second

    home.snapshots.use(first)
    assert Snapshots(home.snapshots.directory).current() == first
    assert not retraining.folder(home).exists()


def test_where_none_was_in_use_a_poor_one_is_better_than_none(db, tmp_path, monkeypatch):
    home = Home(tmp_path)
    load(library(shuffled=True))
    monkeypatch.setattr(retraining, "recipe_of", lambda _: KNN)
    report = retraining.retrain(home, lambda share, text: None)
    assert home.snapshots.current() == report["snapshot"]
    assert "as no snapshot was in use, although it is no better than popularity" in report["why"]


def test_enough_is_new(db, home, monkeypatch):
    assert beside.enough_is_new() is None, "nothing was ever heard"
    load(library())
    monkeypatch.setattr(beside, "LEAST_NEW", 200)
    assert beside.enough_is_new() == "240 new listens since 1,200 were trained on"
    monkeypatch.setattr(beside, "NEW_SHARE", 0.3)
    assert beside.enough_is_new() is None
    monkeypatch.setattr(beside, "NEW_SHARE", 0.05)
    Job.objects.create(kind=beside.KIND, state="done")
    assert beside.enough_is_new() is None, "it was tried a moment ago"


@pytest.mark.one_database
def test_the_process_that_trains_goes_with_its_job(transactional_db, home, monkeypatch):
    name = str(connection.settings_dict["NAME"])
    url = f"sqlite:///{name}"
    if connection.vendor == "postgresql":
        url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    monkeypatch.setenv("DATABASE_URL", url)
    load(library())
    before = home.snapshots.names()
    job = queue.start(beside.KIND, None, {})

    def work():
        try:
            run.run(job.pk)
        finally:
            connection.close()

    working = threading.Thread(target=work)
    working.start()
    until = time.monotonic() + 60
    while not Job.objects.filter(pk=job.pk, progress__gt=0).exists():
        assert time.monotonic() < until
        time.sleep(0.02)
    assert run.cancel(job)
    working.join(timeout=30)
    assert not working.is_alive()
    assert home.snapshots.names() == before
    assert not retraining.folder(home).exists()
    assert not list(home.snapshots.directory.glob(".draft*"))


def test_what_goes_wrong_there_is_the_problem_of_the_job(db, home, monkeypatch):
    monkeypatch.setattr(beside, "_COMMAND", ("sh", "-c", """echo noise; echo '{"problem": "there is no room"}'"""))
    with pytest.raises(SegueError, match="there is no room"):
        beside.retrain(run.Progress(Job.objects.create(kind=beside.KIND, state="running")))
    monkeypatch.setattr(beside, "_COMMAND", ("sh", "-c", "kill -9 $$"))
    with pytest.raises(RuntimeError, match="status -9"):
        beside.retrain(run.Progress(Job.objects.create(kind=beside.KIND, state="running")))
