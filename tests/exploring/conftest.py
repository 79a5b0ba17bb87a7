"""Libraries to explore: a demo world, and one in which every number can be counted on one's fingers."""

from datetime import UTC, datetime

import polars as pl
import pytest

from segue.demo import world
from segue.exploring import Report, explore
from segue.library import Library

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="session")
def demo() -> Library:
    """A small demo world."""
    return world(seed=2, scale=0.12)


@pytest.fixture(scope="session")
def report(demo) -> Report:
    """It, explored."""
    return explore(demo, name="demo", now=NOW)


@pytest.fixture
def counted() -> Library:
    """Three artists with 8, 1 and 1 plays, by two listeners, on a Monday at 9 and a Saturday at 20."""
    times = ["2024-01-01 09:00:00"] * 2 + ["2024-01-06 20:00:00"] * 8
    return Library.of(
        artists=pl.DataFrame({"artist_id": ["a", "b", "c"], "name": ["Ann", "Bob", "Cem"]}),
        tracks=pl.DataFrame(
            {
                "track_id": ["ta", "tb", "tc"],
                "title": ["One", "Two", "Two"],
                "artist_ids": [["a"], ["b"], ["b"]],
                "genres": [["rock"], ["rock"], ["pop"]],
                "date": pl.Series(["1994-05-01", "2003-01-01", "2009-01-01"]).str.to_date(),
                "duration_ms": [0, 180_000, 240_000],
                "tempo": [0.0, 120.0, 130.0],
                "energy": [0.1, 0.9, None],
            }
        ),
        listens=pl.DataFrame(
            {
                "listener_id": ["u"] * 8 + ["v"] * 2,
                "track_id": ["ta"] * 8 + ["tb", "tc"],
                "time": pl.Series(times).str.to_datetime(time_zone="UTC"),
                "skipped": [True] * 4 + [False] * 6,
            }
        ),
        listeners=pl.DataFrame(
            {
                "listener_id": ["u", "v"],
                "country": ["PT", None],
                "birth_year": [1990, 1990],
                "gender": ["female", "male"],
            }
        ),
    )
