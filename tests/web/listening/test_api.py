"""Listens, feedback and taste over HTTP."""

import pytest

from segue.web.accounts.models import Token
from segue.web.catalog.models import Track
from segue.web.listening.models import Listen
from tests.web.conftest import Api
from tests.web.listening.conftest import DAY_MS, NOW_MS


@pytest.fixture
def sent(api, songs):
    """Five listens that were sent."""
    batch = [
        {"track": "lantern", "time_ms": NOW_MS - 5000, "ms_played": 200_000, "id": "1"},
        {"track": "lantern", "time_ms": NOW_MS - 4000, "ms_played": 100_000},
        {"track": "docks", "time_ms": NOW_MS - 3000, "skipped": True},
        {"artist": "choir", "time_ms": NOW_MS - 2000},
        {"track": "reeds", "time_ms": NOW_MS - 400 * DAY_MS, "source": "car"},
    ]
    answer = api.post("/listens", batch)
    assert (answer.status_code, answer.json()["recorded"]) == (200, 5), answer.content
    return batch


def test_what_was_sent_is_shown_latest_first_in_pages(api, sent):
    first = api.get("/listens?limit=3").json()
    assert [(one["track"] or {}).get("id") for one in first["items"]] == [None, "docks", "lantern"]
    assert first["items"][0]["artist"] == {"id": "choir", "name": "Gull Choir"}
    assert first["items"][2]["track"] == {
        "id": "lantern", "title": "Lantern", "artists": [{"id": "larks", "name": "The Larks"}],
    }  # fmt: skip
    rest = api.get(f"/listens?limit=3&cursor={first['next']}").json()
    assert [one["source"] for one in rest["items"]] == ["api", "car"]
    assert rest["next"] is None


def test_listens_of_some_days_are_asked_for(api, sent):
    found = api.get(f"/listens?since_ms={NOW_MS - 4000}&until_ms={NOW_MS - 2000}").json()["items"]
    assert [one["time_ms"] for one in found] == [NOW_MS - 3000, NOW_MS - 4000]


def test_a_listen_is_deleted_by_its_own_listener_only(api, others_api, sent):
    one = api.get("/listens").json()["items"][0]["id"]
    refused = others_api("DELETE", f"/listens/{one}")
    missing = others_api("DELETE", f"/listens/{'0' * 16}")
    assert refused.status_code == missing.status_code == 404
    assert refused.json()["detail"] == missing.json()["detail"]
    assert api("DELETE", f"/listens/{one}").status_code == 204
    assert api("DELETE", f"/listens/{one}").status_code == 404
    assert api("DELETE", "/listens/nonsense").status_code == 404
    assert Listen.objects.count() == 4


def test_the_same_batch_again_is_known(api, sent):
    again = api.post("/listens", sent).json()
    assert again == {"recorded": 0, "known": 5, "unknown": [], "private": False}


def test_what_is_not_in_the_catalogue_is_named_by_its_place(api, songs):
    answer = api.post(
        "/listens", [{"track": "lantern", "time_ms": NOW_MS}, {"track": "none", "time_ms": NOW_MS}]
    ).json()
    assert answer == {"recorded": 1, "known": 0, "unknown": [{"place": 1, "key": "none"}], "private": False}


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "body"),
        ([1], "listens.0"),
        ([{"track": "lantern"}], "listens.0.time_ms"),
        ([{"track": "lantern", "time_ms": None}], "listens.0.time_ms"),
        ([{"track": "lantern", "time_ms": "1"}], "listens.0.time_ms"),
        ([{"track": "lantern", "time_ms": True}], "listens.0.time_ms"),
        ([{"track": "lantern", "time_ms": 1.5}], "listens.0.time_ms"),
        ([{"track": "lantern", "time_ms": -1}], "listens.0.time_ms"),
        ([{"track": "lantern", "time_ms": NOW_MS + 3 * DAY_MS}], "listens.0.time_ms"),
        ([{"track": "lantern", "time_ms": 1, "skipped": 1}], "listens.0.skipped"),
        ([{"track": "lantern", "time_ms": 1, "stars": 1}], "listens.0.stars"),
        ([{"track": "lantern", "time_ms": 1, "exposure": "x"}], "listens.0.exposure"),
        ([{"track": "lantern", "time_ms": 1, "id": ""}], "listens.0.id"),
        ([{"track": "lantern", "time_ms": 1}, {"time_ms": 1}], "listens.1.track"),
        ([{"track": "lantern", "time_ms": 1}] * 1001, "body"),
    ],
)
def test_a_problem_names_the_place_and_nothing_is_recorded(api, songs, body, where):
    answer = api.post("/listens", body) if body else api("POST", "/listens", {})
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert where in answer.json()["detail"]
    assert not Listen.objects.exists()


def test_a_whole_number_may_be_written_with_a_point(api, songs):
    assert api.post("/listens", [{"track": "lantern", "time_ms": 5.0}]).json()["recorded"] == 1


def test_scopes_are_asked_for(user, songs):
    reader, player = Api(user, ["read"]), Api(user, ["listen"])
    assert reader.post("/listens", []).status_code == 403
    assert reader("PUT", "/feedback/tracks/lantern", {"kind": "like"}).status_code == 403
    assert reader.post("/imports", {"text": "a - b"}).status_code == 403
    assert player.get("/listens").status_code == player.get("/taste").status_code == 403
    assert player.post("/listens", []).status_code == 200
    assert Token.objects.count() == 2


def test_a_like_is_given_shown_and_taken_back(api, others_api, songs):
    said = api("PUT", "/feedback/tracks/lantern", {"kind": "like"}).json()
    assert (said["like"], said["dislike"], said["never"]) == (True, False, False)
    assert api.get("/feedback/tracks/lantern").json() == said
    assert not others_api.get("/feedback/tracks/lantern").json()["like"]
    api("PUT", "/feedback/artists/larks", {"kind": "never", "expires_ms": NOW_MS + DAY_MS})
    listed = api.get("/feedback").json()["items"]
    assert [(one["kind"], bool(one["track"]), bool(one["artist"])) for one in listed] == [
        ("never", False, True), ("like", True, False),
    ]  # fmt: skip
    assert [one["kind"] for one in api.get("/feedback?kind=like").json()["items"]] == ["like"]
    assert others_api.get("/feedback").json()["items"] == []
    assert not api("DELETE", "/feedback/tracks/lantern?kind=like").json()["like"]
    assert not api("DELETE", "/feedback/artists/larks").json()["never"]
    assert api.get("/feedback").json()["items"] == []


@pytest.mark.parametrize(
    "word",
    [
        {}, {"kind": "love"}, {"kind": "rating"}, {"kind": "like", "rating": 3}, {"kind": "rating", "rating": 9},
        {"kind": "like", "expires_ms": 1}, {"kind": "like", "loud": True},
    ],
)  # fmt: skip
def test_a_word_that_makes_no_sense_is_refused(api, songs, word):
    assert api("PUT", "/feedback/tracks/lantern", word).status_code == 422


def test_what_is_not_there_is_not_found(api, songs):
    for method, path, body in (
        ("PUT", "/feedback/tracks/none", {"kind": "like"}), ("GET", "/feedback/artists/a/b/c", None),
        ("DELETE", "/feedback/tracks/none", None), ("PUT", "/taste/not-my-taste/none", None),
    ):  # fmt: skip
        assert api(method, path, body).status_code == 404


def test_keys_may_have_slashes(api, songs):
    Track.objects.create(key="track:a/b c", title="Odd")
    assert api("PUT", "/feedback/tracks/track%3Aa%2Fb%20c", {"kind": "like"}).json()["like"]


def test_taste_adds_up_what_was_played(api, sent):
    taste = api.get("/taste?days=30").json()
    assert (taste["plays"], taste["skips"], taste["tracks"], taste["artists"]) == (3, 1, 1, 2)
    assert taste["ms_played"] == 300_000
    assert taste["top_artists"] == [
        {"artist": {"id": "larks", "name": "The Larks"}, "plays": 2},
        {"artist": {"id": "choir", "name": "Gull Choir"}, "plays": 1},
    ]
    assert [(one["track"]["id"], one["plays"]) for one in taste["top_tracks"]] == [("lantern", 2)]
    assert taste["features"]["energy"] == 0.2
    assert taste["features"]["tempo"] is None
    whole = api.get("/taste").json()
    assert (whole["plays"], whole["since_ms"]) == (4, None)
    assert whole["genres"] == [{"name": "folk", "share": 0.75}, {"name": "pop", "share": 0.25}]
    assert whole["features"]["energy"] == pytest.approx((0.2 * 2 + 0.4) / 3, abs=1e-3)


def test_decades_are_those_of_tracks_or_their_releases(api, sent):
    Track.objects.filter(key="reeds").update(date="1994-08-22")
    Track.objects.get(key="lantern").release.__class__.objects.update(date="2001-01-01")
    assert api.get("/taste").json()["decades"] == [{"decade": 1990, "plays": 1}, {"decade": 2000, "plays": 2}]


def test_what_is_not_my_taste_does_not_count(api, others_api, sent):
    assert api("PUT", "/taste/not-my-taste/lantern").json() == {"not_my_taste": True}
    assert [one["track"]["id"] for one in api.get("/taste/not-my-taste").json()["items"]] == ["lantern"]
    assert others_api.get("/taste/not-my-taste").json()["items"] == []
    assert api.get("/taste?days=30").json()["plays"] == 1
    assert api("DELETE", "/taste/not-my-taste/lantern").json() == {"not_my_taste": False}
    assert api.get("/taste?days=30").json()["plays"] == 3


def test_an_empty_taste_is_empty(api):
    taste = api.get("/taste").json()
    assert (taste["plays"], taste["top_artists"], taste["genres"]) == (0, [], [])


def test_settings_are_said(api, listener):
    assert api.get("/taste/settings").json() == {"dial": 0.5, "explicit": True}
    assert api("PUT", "/taste/settings", {"dial": 0.9}).json() == {"dial": 0.9, "explicit": True}
    assert api("PUT", "/taste/settings", {"explicit": False}).json() == {"dial": 0.9, "explicit": False}
    assert api("PUT", "/taste/settings", {"dial": 2}).status_code == 422
    listener.refresh_from_db()
    assert (listener.dial, listener.explicit, listener.version) == (0.9, False, 2)
