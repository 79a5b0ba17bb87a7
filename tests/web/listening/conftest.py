"""What tests of listening share: a catalogue of six songs by three artists."""

import time

import polars as pl
import pytest
from django.db import connection

from segue.library import Library
from segue.web.catalog.load import load
from segue.web.listening import known, told
from tests.sources.samples_exports import DOCKS, LANTERN, RECORDING

NOW_MS = time.time_ns() // 1_000_000
DAY_MS = 86_400_000


def small_library() -> Library:
    """Three artists, six songs; Lantern and Docks are known by ids of Spotify and MusicBrainz too."""
    names = ["lantern", "reeds", "docks", "tide", "gulls", "choir"]
    artists = ["larks", "larks", "oresund", "oresund", "choir", "choir"]
    return Library.of(
        artists=pl.DataFrame({
            "artist_id": ["larks", "oresund", "choir"], "name": ["The Larks", "Øresund", "Gull Choir"],
        }),
        releases=pl.DataFrame({"release_id": ["days"], "title": ["Days"], "artist_ids": [["larks"]]}),
        tracks=pl.DataFrame({
            "track_id": names, "title": ["Lantern", "Reeds", "Docks", "Low Tide", "Gulls", "Choir"],
            "artist_ids": [[one] for one in artists], "release_id": ["days", "days", None, None, None, None],
            "genres": [["folk"], ["folk", "pop"], ["pop"], None, ["jazz"], ["jazz"]],
            "date": [None, None, None, None, None, None],
            "energy": [0.2, 0.4, 0.8, None, None, None],
            "mbid": [RECORDING, None, None, None, None, None],
            "spotify_uri": [LANTERN, None, DOCKS, None, None, None],
        }, schema_overrides={"date": pl.Date}),
    )  # fmt: skip


@pytest.fixture(autouse=True)
def _nothing_is_kept():
    """What a process keeps of listeners is of listeners of other tests."""
    known.forget_all()
    told._middle = None


@pytest.fixture
def songs(db):
    """The six songs, in the database."""
    load(small_library())


@pytest.fixture
def lasting_songs(transactional_db):
    """The same, where threads and other processes see them."""
    load(small_library())


def everything() -> dict[str, list[tuple]]:
    """Every row of every table."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            found[table] = sorted(map(repr, cursor.fetchall()))
    return found
