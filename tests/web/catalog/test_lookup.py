"""The catalogue over HTTP: everything that is known, in a few queries, and never where a file lies."""

import datetime as dt
from urllib.parse import quote

import polars as pl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from segue.library.matching import Matcher
from segue.web.catalog import lookup
from segue.web.catalog.models import Artist, AudioFile, Credit, Release, Track


@pytest.fixture
def dummy(db):
    """One release with three tracks, and a guest."""
    by = Artist.objects.create(
        key="artist:portishead", name="Portishead", country="GB", genres=["trip hop"], bio="From Bristol."
    )
    guest = Artist.objects.create(key="artist:guest", name="A Guest")
    release = Release.objects.create(
        key="release:portishead/dummy",
        title="Dummy",
        artist_keys=[by.key, "artist:gone"],
        date=dt.date(1994, 1, 1),
        date_precision="year",
    )
    for place, (title, popularity) in enumerate((("Mysterons", 40.0), ("Sour Times", 70.0), ("Glory Box", None))):
        track = Track.objects.create(
            key=f"track:portishead/{title.lower().replace(' ', '-')}", title=title, release=release, popularity=popularity,
            duration_ms=200_000 + place, energy=0.5, musical_key=3, mode=1, genres=["trip hop"],
            tags=[{"tag": "sad", "weight": 2.0}], lyrics="Give me a reason", date=dt.date(1994, 8, 22), date_precision="day",
            sound=[0.1, 0.2],
        )  # fmt: skip
        Credit.objects.create(track=track, artist=by, position=0)
        AudioFile.objects.create(
            path=f"/secret/music/{place}.ogg", track=track, content_id=str(place), track_number=3 - place
        )
    Credit.objects.create(track=track, artist=guest, position=0, featured=True)
    return release


GLORY = "track:portishead/glory-box"


def test_one_track_with_everything_but_where_its_file_is(dummy, api):
    response = api.get(f"/tracks/{GLORY}")
    assert response.status_code == 200
    told = response.json()
    assert (told["id"], told["title"], told["date"], told["lyrics"]) == (
        GLORY,
        "Glory Box",
        "1994-08-22",
        "Give me a reason",
    )
    assert told["artists"] == [{"id": "artist:portishead", "name": "Portishead"}]
    assert told["featured_artists"] == [{"id": "artist:guest", "name": "A Guest"}]
    assert told["release"] == {"id": "release:portishead/dummy", "name": "Dummy"}
    assert told["features"]["energy"] == 0.5
    assert (told["features"]["key"], told["features"]["mode"], told["features"]["tempo"]) == (3, 1, None)
    assert told["tags"] == ["sad"]
    assert told["has_file"] is True
    assert b"secret" not in response.content
    # Slashes of an id may be written either way.
    assert api.get(f"/tracks/{quote(GLORY, safe='')}").json() == told


def test_several_tracks_in_the_order_asked_for_without_lyrics(dummy, api):
    keys = [GLORY, "track:none", "track:portishead/mysterons"]
    items = api.get("/tracks?" + "&".join(f"ids={key}" for key in keys)).json()["items"]
    assert [one["id"] for one in items] == [GLORY, "track:portishead/mysterons"]
    assert "lyrics" not in items[0]


def test_an_artist_with_tracks_and_releases(dummy, api):
    artist = api.get("/artists/artist:portishead").json()
    assert (artist["name"], artist["country"], artist["bio"]) == ("Portishead", "GB", "From Bristol.")
    first = api.get("/artists/artist:portishead/tracks?limit=2").json()
    assert [one["title"] for one in first["items"]] == ["Sour Times", "Mysterons"]
    rest = api.get(f"/artists/artist:portishead/tracks?limit=2&cursor={first['next']}").json()
    assert [one["title"] for one in rest["items"]] == ["Glory Box"]
    assert rest["next"] is None
    assert [one["title"] for one in api.get("/artists/artist:guest/tracks").json()["items"]] == ["Glory Box"]
    [release] = api.get("/artists/artist:portishead/releases").json()["items"]
    assert (release["id"], release["date"]) == (dummy.key, "1994")
    assert release["artists"] == [{"id": "artist:portishead", "name": "Portishead"}]


def test_a_release_has_its_tracks_as_they_are_numbered(dummy, api):
    told = api.get(f"/releases/{dummy.key}").json()
    assert [one["title"] for one in told["tracks"]] == ["Glory Box", "Sour Times", "Mysterons"]


@pytest.mark.parametrize(
    "path", ["/tracks/none", "/artists/none", "/releases/none", "/artists/none/tracks", "/artists/none/releases"]
)
def test_what_is_not_there(dummy, api, path):
    response = api.get(path)
    assert response.status_code == 404
    assert response.json()["type"] == "urn:segue:problem:not-found"


def test_genres_over_http(dummy, api):
    assert {"id": "trip-hop", "name": "trip hop", "kind": "genre"} in api.get("/genres").json()["items"]


@pytest.mark.parametrize(
    ("path", "most"),
    [("/tracks?", 4), ("/artists/artist:portishead/tracks?limit=200", 6), ("/releases/release:portishead/dummy", 7)],
)
def test_the_number_of_queries_does_not_grow_with_the_number_of_tracks(dummy, api, path, most):
    def queries() -> int:
        keys = Track.objects.values_list("key", flat=True)
        asked = path + "&".join(f"ids={key}" for key in keys) if path == "/tracks?" else path
        api.get(asked)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert api.get(asked).status_code == 200
        return len([one for one in captured if "api_token" not in one["sql"] and "accounts_token" not in one["sql"]])

    few = queries()
    artist = Artist.objects.get(key="artist:portishead")
    for place in range(40):
        track = Track.objects.create(key=f"more:{place}", title="More", release=dummy)
        Credit.objects.create(track=track, artist=artist, position=0)
    assert queries() == few
    assert few <= most


def test_tracks_as_a_library_are_found_by_their_names(dummy):
    library = lookup.library_of(lookup.in_order(Track.objects.all(), [GLORY, "track:portishead/mysterons"]))
    assert library.problems() == []
    assert library.tracks["track_id"].to_list() == [GLORY, "track:portishead/mysterons"]
    asked = pl.DataFrame({"artist": ["portishead"], "title": ["glory box"]})
    assert Matcher(library).match(asked)["track_id"].to_list() == [GLORY]


def test_an_empty_library_is_one_too(db):
    assert lookup.library_of([]).tracks.height == 0


def test_a_program_without_the_scope_sees_nothing(dummy, user):
    from tests.web.conftest import Api  # noqa: PLC0415

    assert Api(user, ["listen"]).get(f"/tracks/{GLORY}").status_code == 403
