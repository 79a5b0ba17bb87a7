"""What tests of discovery share: an Engine of the demo world, and a listener who played something of it."""

import time
from dataclasses import replace

import polars as pl
import pytest

from segue.engine.snapshot import Snapshots
from segue.engine.train import train
from segue.web.catalog.models import Artist, Track
from segue.web.discovery import exposures, serving
from segue.web.listening import known
from segue.web.listening.record import NewListen, record_listens

DAY_MS = 86_400_000


@pytest.fixture(autouse=True)
def _nothing_is_kept():
    """What a process keeps of listeners is of listeners of other tests."""
    known._cache.clear()
    known._size = 0
    yield
    exposures._waiting.take(list(exposures._waiting._rows))
    exposures._waiting._late.clear()


@pytest.fixture(scope="session")
def engine(snapshot):
    """The Engine that the service of these tests answers with."""
    serving.forget()
    return serving.engine()


@pytest.fixture
def taste(demo_library, engine):
    """Tracks that one listener of the demo world plays, those played most first."""
    plays = demo_library.listens.drop_nulls("track_id").group_by("listener_id").len().sort("len", "listener_id")
    mine = demo_library.listens.filter(demo_library.listens["listener_id"] == plays["listener_id"][-1])
    ids = mine["track_id"].cast(str).value_counts(sort=True)["track_id"].to_list()
    return [key for key, place in zip(ids, engine.places(ids), strict=True) if place >= 0][:30]


@pytest.fixture
def music(db, demo_library):
    """The tracks and artists of the demo world in the database: all that most of these tests need of it."""
    tracks, artists = demo_library.tracks, demo_library.artists
    Artist.objects.bulk_create(
        Artist(key=key, name=name) for key, name in artists.select("artist_id", "name").iter_rows()
    )  # fmt: skip
    Track.objects.bulk_create(
        Track(key=key, title=title) for key, title in tracks.select("track_id", "title").iter_rows()
    )  # fmt: skip


@pytest.fixture
def fan(music, listener, taste):
    """`listener`, after thirty listens in the last month."""
    now = time.time_ns() // 1_000_000
    listens = [NewListen(track_key=key, time_ms=now - (place + 1) * DAY_MS) for place, key in enumerate(taste)]
    assert record_listens(listener, listens).recorded == len(taste)
    return listener


@pytest.fixture
def listened(fan):
    """Lets `listener` play a track, some seconds ago."""

    def play(key, ago_ms=5_000, **more):
        return record_listens(fan, [NewListen(track_key=key, time_ms=time.time_ns() // 1_000_000 - ago_ms, **more)])

    return play


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """Serves from another directory, in which there is nothing yet."""
    found = serving.Kept(tmp_path, every_s=60)
    monkeypatch.setattr(serving, "_kept", found)
    yield Snapshots(tmp_path)
    found.stop()


@pytest.fixture
def sweden(elsewhere, demo_library):
    """Serves a world in which everybody lives in Sweden: a country with listeners enough to be one."""
    everybody = demo_library.listeners.with_columns(country=pl.lit("SE"))
    return train(replace(demo_library, listeners=everybody), elsewhere, model="popularity", measure=False, ranker=False)


def keys(response) -> list[str]:
    """The tracks of an answer."""
    assert response.status_code == 200, response.content
    return [one["track"] for one in response.json()["recommendations"]]
