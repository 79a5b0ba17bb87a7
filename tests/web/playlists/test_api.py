"""Playlists over HTTP."""

import pytest

from segue.web.listening.models import Listener
from segue.web.playlists import services
from segue.web.playlists.models import Entry, Playlist


@pytest.fixture
def mine(songs, listener) -> Playlist:
    return services.make(listener, "Mine", "What I like", tracks=songs[:3])


def titles(api, key) -> list[str]:
    response = api.get(f"/playlists/{key}/entries?limit=200")
    assert response.status_code == 200, response.content
    return [one["track"]["title"] for one in response.json()["items"]]


def test_a_playlist_from_beginning_to_end(songs, api):
    made = api.post("/playlists", {"title": "  Sunday\tmorning ", "tracks": [songs[0], songs[1], songs[0]]})
    assert made.status_code == 201, made.content
    key = made.json()["id"]
    assert made["ETag"] == '"0"'
    assert made.json() | {"id": "", "modified_ms": 0} == {
        "id": "", "title": "Sunday morning", "description": None, "public": False, "mine": True, "editable": True,
        "tracks": 3, "version": 0,
        "modified_ms": 0, "genres": [], "followers": None,
    }  # fmt: skip
    assert titles(api, key) == ["Song 00", "Song 01", "Song 00"]
    added = api.post(f"/playlists/{key}/entries", {"tracks": [songs[5]], "at": 1, "version": 0})
    assert (added.status_code, added.json()["version"], added["ETag"]) == (200, 1, '"1"')
    assert titles(api, key) == ["Song 00", "Song 05", "Song 01", "Song 00"]
    api.post(f"/playlists/{key}/entries/move", {"start": 2, "count": 2, "to": 0})
    assert titles(api, key) == ["Song 01", "Song 00", "Song 00", "Song 05"]
    api.post(f"/playlists/{key}/entries/remove", {"positions": [1, 3]})
    assert titles(api, key) == ["Song 01", "Song 00"]
    api("PUT", f"/playlists/{key}/entries", {"tracks": songs[6:8]})
    assert titles(api, key) == ["Song 06", "Song 07"]
    changed = api("PATCH", f"/playlists/{key}", {"title": "Monday", "description": "Work.\nMore work."})
    assert (changed.json()["title"], changed.json()["description"]) == ("Monday", "Work.\nMore work.")
    assert [one["title"] for one in api.get("/playlists").json()["items"]] == ["Monday"]
    assert api("DELETE", f"/playlists/{key}").status_code == 204
    assert api.get(f"/playlists/{key}").status_code == 404
    assert Entry.objects.count() == 0


def test_whoever_changes_an_older_version_is_told(mine, songs, api):
    path = f"/playlists/{mine.key}"
    assert api.post(f"{path}/entries", {"tracks": songs[:1], "version": 0}).status_code == 200
    for stale in (
        api.post(f"{path}/entries", {"tracks": songs[:1], "version": 0}),
        api.post(f"{path}/entries", {"tracks": songs[:1]}, If_Match='"0"'),
        api("PATCH", path, {"title": "No", "version": 0}),
        api("DELETE", path, If_Match='W/"0"'),
    ):
        assert stale.status_code == 409
        assert stale.json()["type"] == "urn:segue:problem:version"
        assert stale.json()["version"] == 1
    assert api.get(path).json()["tracks"] == 4
    assert api("PATCH", path, {"title": "Yes"}, If_Match='"1"').status_code == 200
    assert api("PATCH", path, {"title": "No"}, If_Match='"abc"').status_code == 422
    assert api("PATCH", path, {"title": "No", "version": 2}, If_Match='"3"').status_code == 422
    assert api("DELETE", path, If_Match="*").status_code == 204


OPERATIONS = [
    ("GET", "", None), ("PATCH", "", {"title": "Theirs"}), ("DELETE", "", None), ("GET", "/entries", None),
    ("POST", "/entries", {"tracks": ["track:0"]}), ("PUT", "/entries", {"tracks": []}), ("GET", "/suggestions", None),
    ("POST", "/entries/move", {"start": 0, "to": 1}), ("POST", "/entries/remove", {"positions": [0]}), ("GET", "/export", None),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body"), OPERATIONS)
def test_somebody_elses_private_playlist_looks_as_if_it_were_not_there(mine, others_api, method, path, body):
    theirs = others_api(method, f"/playlists/{mine.key}{path}", body)
    none = others_api(method, f"/playlists/none{path}", body)
    assert (theirs.status_code, none.status_code) == (404, 404)
    assert theirs.content.replace(mine.key.encode(), b"none") == none.content


@pytest.mark.parametrize(("method", "path", "body"), [one for one in OPERATIONS if one[0] != "GET"])
def test_a_public_playlist_is_read_by_all_and_changed_by_its_owner(mine, others_api, method, path, body):
    Playlist.objects.filter(pk=mine.pk).update(public=True)
    assert others_api.get(f"/playlists/{mine.key}").json()["mine"] is False
    assert titles(others_api, mine.key) == ["Song 00", "Song 01", "Song 02"]
    assert b"Song 01" in others_api.get(f"/playlists/{mine.key}/export").content
    assert others_api(method, f"/playlists/{mine.key}{path}", body).status_code == 404
    assert others_api.get("/playlists").json()["items"] == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "", {"title": " "}), ("POST", "", {"title": "x" * 201}), ("POST", "", {"title": "a", "tracks": ["none"]}),
        ("POST", "", {"title": "a", "colour": "red"}), ("POST", "", {"title": "a", "tracks": ["track:0"] * 10_001}),
        ("PATCH", "/{key}", {"title": "\x01"}), ("POST", "/{key}/entries", {"tracks": []}),
        ("POST", "/{key}/entries", {"tracks": ["track:0"], "at": 4}), ("POST", "/{key}/entries/remove", {"positions": [3]}),
        ("POST", "/{key}/entries/move", {"start": 2, "count": 2, "to": 0}), ("POST", "/{key}/entries/move", {"start": 0, "to": 3}),
        ("POST", "/{key}/entries", {"tracks": ["track:0"], "version": 2**40}), ("POST", "/import", {"text": "\n \n"}),
        ("POST", "/import", {"text": "Nobody - Nothing at all"}),
    ],
)  # fmt: skip
def test_what_cannot_be_changes_nothing(mine, api, method, path, body):
    response = api(method, "/playlists" + path.format(key=mine.key), body)
    assert response.status_code == 422, response.content
    assert titles(api, mine.key) == ["Song 00", "Song 01", "Song 02"]
    assert Playlist.objects.get().version == 0


def test_a_playlist_does_not_grow_beyond_its_most(mine, songs, api, monkeypatch):
    monkeypatch.setattr(services, "MOST_TRACKS", 4)
    assert api.post(f"/playlists/{mine.key}/entries", {"tracks": songs[:2]}).status_code == 422
    assert api.post(f"/playlists/{mine.key}/entries", {"tracks": songs[:1]}).status_code == 200


def test_the_same_request_sent_again_adds_once(mine, songs, api):
    for _ in range(2):
        response = api.post(f"/playlists/{mine.key}/entries", {"tracks": songs[:1]}, Idempotency_Key="one")
        assert response.json()["tracks"] == 4
    assert Entry.objects.count() == 4


def test_every_change_counts_in_the_next_recommendation(mine, songs, api, listener):
    for method, path, body in (
        ("POST", f"/{mine.key}/entries", {"tracks": songs[:1]}), ("PATCH", f"/{mine.key}", {"title": "New"}),
        ("DELETE", f"/{mine.key}", None), ("POST", "", {"title": "Another"}),
    ):  # fmt: skip
        before = Listener.objects.get(pk=listener.pk).version
        assert api(method, f"/playlists{path}", body).status_code < 300
        assert Listener.objects.get(pk=listener.pk).version > before


def test_a_playlist_of_a_library_may_have_slashes_in_its_id(mine, api):
    Playlist.objects.filter(pk=mine.pk).update(key="playlist:me/rainy-days")
    assert titles(api, "playlist:me/rainy-days") == ["Song 00", "Song 01", "Song 02"]
    assert api.get("/playlists/playlist%3Ame%2Frainy-days").json()["title"] == "Mine"


def test_going_public_and_back_shows_in_the_search(transactional_db, songs, api, others_api):
    key = api.post("/playlists", {"title": "Rainy Sundays"}).json()["id"]

    def found():
        return [hit["title"] for hit in others_api.get("/search?q=rainy&kinds=playlist&typing=1").json()["items"]]

    assert found() == []
    api("PATCH", f"/playlists/{key}", {"public": True})
    assert found() == ["Rainy Sundays"]
    api("PATCH", f"/playlists/{key}", {"title": "Rainy Mondays"})
    assert found() == ["Rainy Mondays"]
    api("PATCH", f"/playlists/{key}", {"public": False})
    assert found() == []
    api("PATCH", f"/playlists/{key}", {"public": True})
    api("DELETE", f"/playlists/{key}")
    assert found() == []


# -- files and suggestions -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["m3u8", "xspf", "jspf", "csv"])
def test_what_goes_out_comes_in_again(songs, api, kind):
    key = api.post("/playlists", {"title": "Söndag / morgon", "tracks": [songs[3], songs[1], songs[3]]}).json()["id"]
    file = api.get(f"/playlists/{key}/export?format={kind}")
    assert file.status_code == 200
    assert f".{kind}" in file["Content-Disposition"]
    back = api.post("/playlists/import", {"text": file.content.decode()})
    assert back.status_code == 201, back.content
    assert back.json()["unmatched"] == []
    assert titles(api, back.json()["playlist"]["id"]) == ["Song 03", "Song 01", "Song 03"]
    if kind != "csv":
        assert back.json()["playlist"]["title"] == "Söndag / morgon"


def test_an_unknown_format(mine, api):
    assert api.get(f"/playlists/{mine.key}/export?format=exe").status_code == 422


def test_suggestions_are_new_like_the_playlist_and_noted(catalogue, engine, api, listener):
    artist = catalogue.tracks["artist_ids"].list.first().value_counts(sort=True)["artist_ids"][0]
    theirs = catalogue.tracks.filter(catalogue.tracks["artist_ids"].list.first() == artist)["track_id"].to_list()[:6]
    key = api.post("/playlists", {"title": "Seeds", "tracks": theirs}).json()["id"]
    told = api.get(f"/playlists/{key}/suggestions?n=10").json()
    found = [one["track"] for one in told["recommendations"]]
    assert len(found) == 10
    assert not set(found) & set(theirs)
    [exposure] = listener.exposures.all()
    assert (str(exposure.pk), exposure.surface) == (told["exposure"], "playlist")
    empty = api.post("/playlists", {"title": "Empty"}).json()["id"]
    assert api.get(f"/playlists/{empty}/suggestions").json()["recommendations"] == []
