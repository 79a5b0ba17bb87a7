"""Stations: begun from anything, listed, steered to a mood, renamed, deleted; each of one listener only."""

import re
import time
import uuid

import pytest
from django.test import Client

from segue.mixes.station_state import Seed
from segue.web.catalog.models import Artist, Track
from segue.web.discovery import stations as own
from segue.web.discovery.models import Station
from segue.web.listening.models import Listener, listener_of
from segue.web.playlists.services import make
from tests.web.pages.test_home import page, tracks  # noqa: F401 - fixtures


@pytest.fixture
def station(catalogue, snapshot, listener) -> Station:
    """A station of `user`."""
    return own.begin(listener, Seed("genre", own.genres(1)[0]), name="Mine")


def begun(page, **said) -> Station:  # noqa: F811
    answer = page.post("/stations/", said)
    assert answer.status_code == 302, answer.content.decode()
    return Station.objects.get(pk=answer["Location"].split("/")[2])


def test_a_station_begins_from_anything(catalogue, snapshot, page, listener):  # noqa: F811
    track, artist = Track.objects.order_by("pk")[3], Artist.objects.order_by("-popularity")[0]
    playlist = make(listener, "Evenings", tracks=[one.key for one in Track.objects.all()[:5]])
    assert own.state_kept(begun(page, kind="track", said=track.key)).item_ids == (track.key,)
    assert begun(page, kind="artist", said=artist.key).name == artist.name
    assert begun(page, kind="playlist", said=playlist.key).name == "Evenings"
    assert begun(page, kind="genre", said=own.genres(1)[0]).listener == listener
    assert own.state_kept(begun(page, kind="words", said="calm", mood="acoustic")).targets
    assert page.get("/stations/").content.decode().count('<li class="tile">') == 5


@pytest.mark.parametrize(
    ("kind", "said", "words"),
    [
        ("words", "xqzv wxyz", "says nothing of music here"),
        ("words", "", "Say how it should sound"),
        ("genre", "xqzv", "No genre"),
        ("track", "none", "too new here"),
        ("artist", "a\0b", "too new here"),
        ("playlist", "none", "too new here"),
        ("weather", "rain", "cannot start from"),
        ("words", "a" * 400, "characters long"),
    ],
)
def test_what_no_station_can_grow_from_is_said_on_the_page(catalogue, snapshot, page, kind, said, words):  # noqa: F811
    answer = page.post("/stations/", {"kind": kind, "said": said})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Station.objects.exists()


def test_somebody_elses_private_playlist_is_no_seed(catalogue, snapshot, page, stranger):  # noqa: F811
    theirs = make(listener_of(stranger), "Theirs", tracks=[Track.objects.first().key])
    assert page.post("/stations/", {"kind": "playlist", "said": theirs.key}).status_code == 422


def test_artists_and_tracks_are_found_while_words_are_written(catalogue, snapshot, page):  # noqa: F811
    artist = Artist.objects.order_by("-popularity")[0]
    text = page.get("/stations/find/", {"said": artist.name}).content.decode()
    assert f'value="{artist.key}"' in text
    assert "<html" not in text
    assert page.get("/stations/find/", {"said": "\0"}).status_code == 200


def test_a_station_shows_what_comes_and_plays_as_a_station(page, station):  # noqa: F811
    answer = page.get(f"/stations/{station.pk}/")
    text = answer.content.decode()
    assert len(tracks(answer)) == 10
    assert f'data-play-station="{station.pk}"' in text
    assert re.search(rf'<ol class="tracks" data-list [^>]*data-station="{station.pk}"', text)
    assert "From the genre" in text


def test_it_leans_to_a_mood_and_back(page, station, listener):  # noqa: F811
    page.post(f"/stations/{station.pk}/", {"do": "lean", "mood": "calm"})
    station.refresh_from_db()
    assert dict(own.state_kept(station).targets)["energy"] < 0.5
    assert 'value="calm" aria-pressed="true"' in page.get(f"/stations/{station.pk}/").content.decode()
    page.post(f"/stations/{station.pk}/", {"do": "lean", "mood": ""})
    station.refresh_from_db()
    assert not own.state_kept(station).targets
    Listener.objects.filter(pk=listener.pk).update(private_until_ms=time.time_ns() // 1_000_000 + 60_000)
    listener.refresh_from_db()
    own.lean(listener, station, "dark")
    station.refresh_from_db()
    assert own.state_of(station, listener).targets
    assert not own.state_kept(station).targets, "a private session leaves nothing"


def test_it_is_renamed_and_deleted(page, station):  # noqa: F811
    address = f"/stations/{station.pk}/"
    page.post(address, {"do": "rename", "name": "  Rainy \0 days "})
    station.refresh_from_db()
    assert station.name == "Rainy days"
    page.post(address, {"do": "rename", "name": " "})
    station.refresh_from_db()
    assert station.name == "Rainy days"
    assert page.post(address, {"do": "delete"})["Location"] == "/stations/"
    assert not Station.objects.exists()


def test_somebody_elses_station_is_none(page, station, stranger):  # noqa: F811
    other = Client()
    other.force_login(stranger, backend="allauth.account.auth_backends.AuthenticationBackend")
    for address in (f"/stations/{station.pk}/", f"/stations/{uuid.uuid4()}/"):
        assert other.get(address).status_code == 404
        assert other.post(address, {"do": "delete"}).status_code == 404
    assert Station.objects.count() == 1
    assert "Mine" not in other.get("/stations/").content.decode()
    assert Client().post("/stations/", {"kind": "words", "said": "calm"})["Location"].startswith("/accounts/login/")


def test_a_damaged_station_says_so_and_can_go(page, station):  # noqa: F811
    Station.objects.filter(pk=station.pk).update(state="{}")
    assert page.get("/stations/").status_code == 200
    assert "start the station anew" in page.get(f"/stations/{station.pk}/").content.decode()
