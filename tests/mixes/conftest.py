from datetime import UTC, datetime

import polars as pl
import pytest

from segue.demo import world
from segue.engine.engine import Engine
from segue.engine.snapshot import Snapshots
from segue.engine.train import train
from segue.library import Library
from segue.mixes.base import For
from segue.mixes.listening import fors_of

AT = datetime(2025, 11, 5, 20, 30, tzinfo=UTC)
"""A Wednesday evening, in the last months of the demo world."""


def trained(library: Library, directory, **options) -> Engine:
    """An engine of the fastest model there is."""
    snapshots = Snapshots(directory)
    train(library, snapshots, model="rp3beta", measure=False, **options)
    return Engine.open(directory)


class Engines(list[Engine]):
    """Several, and short in print."""

    def __repr__(self) -> str:
        return "engines"


@pytest.fixture(scope="session")
def library() -> Library:
    """A quarter of the demo world."""
    return world(seed=1, scale=0.25)


@pytest.fixture(scope="session")
def engine(library, tmp_path_factory) -> Engine:
    """Trained on all of it."""
    return trained(library, tmp_path_factory.mktemp("mixes"))


@pytest.fixture(scope="session")
def fors(library) -> list[For]:
    """Listeners of little, middling and much activity, on a Wednesday in November 2025; tastes differ."""
    active = library.listens["listener_id"].cast(pl.String).value_counts().sort("count", "listener_id")
    chosen = [active["listener_id"][int(share * (active.height - 1))] for share in (0.05, 0.3, 0.5, 0.7, 1.0)]
    return fors_of(chosen, library, "track", AT)


@pytest.fixture(scope="session")
def engines(engine, library, tmp_path_factory) -> Engines:
    """Snapshots of small worlds: one with many versions and explicit words, one of artists and without times."""
    other, small = world(seed=2, scale=0.08), world(seed=3, scale=0.08)
    number = pl.int_range(pl.len())
    odd = pl.when(number % 3 == 0).then(pl.format("work:{}", number // 9)).alias("work_id")
    other = Library.of(
        **{table.name: frame for table, frame in other.frames()}
        | {"tracks": other.tracks.with_columns(odd, explicit=number % 4 == 1)}
    )
    undated = Library.of(
        **{table.name: frame for table, frame in small.frames()}
        | {"listens": small.listens.with_columns(time=pl.lit(None, dtype=small.listens["time"].dtype))}
    )
    return Engines(
        [
            engine,
            trained(other, tmp_path_factory.mktemp("versions")),
            trained(undated, tmp_path_factory.mktemp("undated"), level="artist"),
        ]
    )
