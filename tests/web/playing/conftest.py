"""What tests of playing share: somebody signed in, and tracks with and without files."""

import numpy as np
import orjson
import pytest
import soundfile
from django.test import Client

from segue.home import Home
from segue.web.catalog.models import Artist, AudioFile, Credit, Track
from tests.web.discovery.conftest import _nothing_is_kept, elsewhere, engine, fan, music, taste  # noqa: F401


@pytest.fixture
def browser(listener):
    """`listener`, signed in."""
    client = Client()
    client.force_login(listener.user)
    return client


@pytest.fixture
def post(browser):
    """Sends JSON, as the player does."""

    def send(path, body):
        return browser.post(path, orjson.dumps(body), content_type="application/json")

    return send


@pytest.fixture
def home(settings, tmp_path):
    """A home with nothing in it."""
    settings.HOME = Home(tmp_path / "home")
    return settings.HOME


@pytest.fixture
def track(db):
    """A track by somebody, known elsewhere, with words."""
    artist = Artist.objects.create(key="a1", name="Sigur Rós & Söhne")
    made = Track.objects.create(
        key="a/b ü?#1", title='Hoppípolla "live"', duration_ms=240_000, lyrics="Brosandi\nHendumst í hringi",
        spotify_uri="spotify:track:6eTGxxQxiTFE6LfZHC33Wm", mbid="0b6a0a0c-6b1f-4bd4-8c0a-0d8a1f0f3c11",
    )  # fmt: skip
    Credit.objects.create(track=made, artist=artist, position=0)
    return made


@pytest.fixture
def filed(tmp_path):
    """Gives a track a file of a second of sound; gives its path."""

    def file(track, name="song.flac", samples=8000, **more):
        path = tmp_path / name
        sound = np.random.default_rng(1).uniform(-0.5, 0.5, samples)
        soundfile.write(path, sound, 8000, format=more.pop("format", None))
        AudioFile.objects.create(path=str(path), track=track, content_id=name, duration_ms=1000, **more)
        return path

    return file


@pytest.fixture
def demo_track(db):
    """A track of the demo's world."""
    return Track.objects.create(
        key="demo:track:0007", title="Rain", genres=["folk"], subgenres=["indie folk"], tempo=101.5, musical_key=9, mode=0,
        energy=0.4, valence=0.3, acousticness=0.8, instrumentalness=0.1, duration_ms=12_500,
    )  # fmt: skip
