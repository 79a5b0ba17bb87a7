import numpy as np
import polars as pl
import pytest
from hypothesis import settings
from scipy import sparse

from segue.features import FeatureGroup, ItemFeatures
from segue.library import Interactions, Library

# How long one example takes says more of the machine than of the code.
settings.register_profile("segue", deadline=None)
settings.load_profile("segue")


LONG = ("e2e/test_axe.py", "web/test_durability.py", "web/jobs/test_killed.py", "e2e/test_journeys.py", "cli/test_database.py",
        "cli/test_scan.py", "web/api/test_conformance.py", "cli/test_backup.py")  # fmt: skip
"""Files whose tests take long: begun first, so that no process has them left when the others are done."""


def pytest_collection_modifyitems(items):
    """The long ones first, else in order."""
    items.sort(key=lambda item: not item.path.as_posix().endswith(LONG))


def interactions_of(rows: list[list[float]], level: str = "track") -> Interactions:
    """Interactions of a dense matrix; listeners are l00, l01, …, items i00, i01, …"""
    matrix = sparse.csr_array(np.array(rows, dtype=np.float32))
    listeners = np.array([f"l{row:02}" for row in range(matrix.shape[0])], dtype=object)
    items = np.array([f"i{column:02}" for column in range(matrix.shape[1])], dtype=object)
    return Interactions(matrix, listeners, items, level)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The database of a run goes at its end, whoever of a server in another thread has not hung up yet."""
    yield
    from django.db import connection  # noqa: PLC0415 (most tests know no Django)

    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture(scope="session")
def checkerboard() -> Interactions:
    """Even listeners play even items, odd ones odd items, except that each misses the one on the diagonal.

    What a listener misses is the only item of its colour it has not played: any model that learns from others must put
    it first. (The idea is from the tests of `implicit`.)
    """
    n = 24
    rows, columns = np.indices((n, n))
    return interactions_of((((rows + columns) % 2 == 0) & (rows != columns)).astype(float).tolist())


@pytest.fixture(scope="session")
def checkerboard_features(checkerboard: Interactions) -> ItemFeatures:
    """Two tags, one for each colour."""
    colour = np.eye(2, dtype=np.float32)[np.arange(checkerboard.n_items) % 2]
    group = FeatureGroup("tags", sparse.csr_array(colour), ("even", "odd"), np.ones(2, dtype=np.float32))
    return ItemFeatures(checkerboard.item_ids, (group,))


@pytest.fixture
def small_library() -> Library:
    """Three artists, four tracks on two releases, three listeners."""
    return Library.of(
        artists=pl.DataFrame({"artist_id": ["a1", "a2", "a3"], "name": ["Anna", "Björk & Söhne", "Cee"]}),
        releases=pl.DataFrame({"release_id": ["r1", "r2"], "title": ["One", "Two"], "artist_ids": [["a1"], ["a2"]]}),
        tracks=pl.DataFrame(
            {
                "track_id": ["t1", "t2", "t3", "t4"],
                "title": ["First", "Second", "Third", "Fourth"],
                "artist_ids": [["a1"], ["a1", "a2"], ["a2"], ["a3"]],
                "release_id": ["r1", "r1", "r2", None],
                "genres": [["rock"], ["Rock", "pop"], ["pop"], None],
                "energy": [0.9, 0.8, None, 0.1],
            }
        ),
        listeners=pl.DataFrame({"listener_id": ["u1", "u2"], "country": ["DE", None], "birth_year": [1990, None]}),
        listens=pl.DataFrame(
            {
                "listener_id": ["u1", "u1", "u1", "u2", "u3"],
                "track_id": ["t1", "t1", "t2", "t3", "t4"],
                "time": pl.Series(["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05"])
                .str.to_datetime(time_zone="UTC"),
                "skipped": [False, False, True, None, False],
            }
        ),
        feedback=pl.DataFrame(
            {"listener_id": ["u1", "u2"], "track_id": ["t3", "t1"], "kind": ["like", "dislike"]}
        ),
        playlists=pl.DataFrame(
            {"playlist_id": ["p1", "p2"], "title": ["Mix", "Gym"], "track_ids": [["t1", "t2", "t1"], ["t4"]]}
        ),
    )  # fmt: skip
