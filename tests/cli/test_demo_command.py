"""`segue demo`: it takes nobody's place."""

import socket
from functools import partial

import polars as pl
import pytest

from segue.cli.commands import demo
from segue.demo import world
from segue.engine.train import train
from segue.library import Library


@pytest.fixture
def invented(monkeypatch):
    """A smaller world and a simpler model, which are sooner made."""
    monkeypatch.setattr(demo, "world", lambda seed: world(seed, scale=0.03))
    monkeypatch.setattr(demo, "train", partial(train, model="rp3beta", ranker=False))


def test_the_library_of_somebody_is_not_written_over(run, tmp_path, invented):
    demos = world(1, scale=0.03)
    nobodys = demos.listeners.with_columns(listener_id=pl.lit("me")).head(1)
    Library(artists=demos.artists, listeners=nobodys).save(tmp_path / "home" / "library")
    before = Library.open(tmp_path / "home" / "library").fingerprint()
    told = run("demo", home=tmp_path / "home", ok=1)
    assert "holds a library that is not the demo's" in " ".join(told.err.split())
    assert Library.open(tmp_path / "home" / "library").fingerprint() == before


def test_a_database_of_another_world_stays_with_its_world(run, tmp_path, invented):
    world(1, scale=0.03).save(tmp_path / "library")
    (tmp_path / "segue.sqlite").touch()
    told = run("demo", "--seed", "2", home=tmp_path, ok=1)
    assert "another demo world" in " ".join(told.err.split())


def test_it_ends_with_recommendations_and_their_reasons(run, tmp_path, invented):
    said = run("demo", home=tmp_path).out
    assert "and might like:" in said
    assert "because you" in said
    assert "How well each model" not in said


def test_a_port_that_is_taken_gives_way_to_the_next():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        assert demo._free_port(taken) > taken
    assert demo._free_port(taken) == taken
