"""What tests of playlists share."""

import shutil

import pytest
from django.conf import settings

from segue.web.catalog.models import Artist, Credit, Track
from segue.web.discovery import exposures, serving
from segue.web.listening import known


@pytest.fixture(autouse=True)
def _nothing_is_kept():
    """What was indexed, and what the process keeps, is of the databases of other tests."""
    shutil.rmtree(settings.HOME.path / "search", ignore_errors=True)
    known._cache.clear()
    known._size = 0
    yield
    exposures._waiting.take(list(exposures._waiting._rows))


@pytest.fixture
def songs(db) -> list[str]:
    """The keys of twelve tracks."""
    artist = Artist.objects.create(key="artist:her", name="Her, Them & Co")
    for place in range(12):
        track = Track.objects.create(key=f"track:{place}", title=f"Song {place:02}", duration_ms=60_000 + place)
        Credit.objects.create(track=track, artist=artist, position=0)
    return [f"track:{place}" for place in range(12)]


@pytest.fixture(scope="session")
def engine(snapshot):
    """The Engine that the service of these tests answers with."""
    serving.forget()
    return serving.engine()
