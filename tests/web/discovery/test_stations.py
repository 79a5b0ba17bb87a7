"""Stations over HTTP: they keep their rules, react, and lose nothing of what two devices say."""

import threading
import time
import uuid

import pytest
from django.core.cache import cache
from django.db import connections

from segue.web.discovery import stations
from segue.web.discovery.models import Exposure, Outcome, Station
from segue.web.listening.models import Feedback, Listen, Listener

NOW = time.time_ns() // 1_000_000
TRACK_MS = 200_000


@pytest.fixture
def station(api, fan, taste):
    """A station from a track that the listener plays."""
    made = api.post("/stations", {"seed": {"kind": "track", "said": taste[0]}})
    assert made.status_code == 201, made.content
    return made.json()


@pytest.fixture
def coming(api, station):
    def ask(n=5):
        answer = api.post(f"/stations/{station['id']}/next", {"n": n})
        assert answer.status_code == 200, answer.content
        return answer.json()

    return ask


@pytest.fixture
def tell(api, station):
    def told(track, outcome, place=0, **more):
        body = {"track": track, "time_ms": NOW - 40 * TRACK_MS + place * TRACK_MS, "outcome": outcome, **more}
        return api.post(f"/stations/{station['id']}/played", body)

    return told


def played_through(coming, tell, n, outcome="played"):
    found = []
    for place in range(n):
        [track] = coming(1)["tracks"]
        assert tell(track["track"], outcome, place).status_code == 200
        found.append(track)
    return found


def test_a_station_begins_goes_on_and_ends(api, station, coming, taste, fan):
    assert station["name"]
    assert (station["kind"], station["count"]) == ("track", 0)
    assert [one["id"] for one in api.get("/stations").json()["items"]] == [station["id"]]
    assert api.get(f"/stations/{station['id']}").json() == station
    first = coming()
    assert len(first["tracks"]) == 5
    assert all(track["reasons"] for track in first["tracks"])
    assert coming()["tracks"] == first["tracks"], "a look ahead notes nothing"
    assert api("DELETE", f"/stations/{station['id']}").status_code == 204
    assert api.get(f"/stations/{station['id']}").status_code == 404


@pytest.mark.parametrize(
    "seed",
    [{"kind": "words", "said": "calm music for the evening"}, {"kind": "genre", "said": "GENRE"},
     {"kind": "artist", "said": "ARTIST"}, {"kind": "playlist", "said": ["TRACK", "TRACK2"]}],
)  # fmt: skip
def test_it_grows_from_many_things(api, fan, engine, taste, seed):
    facts = engine.catalogue.facts
    names = {"GENRE": facts.genre_names[0], "ARTIST": facts.artist_ids[0], "TRACK": taste[0], "TRACK2": taste[1]}
    said = seed["said"]
    known = [names[one] for one in said] if isinstance(said, list) else names.get(said, said)
    made = api.post("/stations", {"seed": {"kind": seed["kind"], "said": known}, "mood": "calm", "name": "Mine"})
    assert made.status_code == 201, made.content
    assert made.json()["name"] == "Mine"
    assert api.post(f"/stations/{made.json()['id']}/next", {"n": 3}).json()["tracks"]


@pytest.mark.parametrize(
    ("body", "status"),
    [({"seed": {"kind": "genre", "said": "no such genre"}}, 404), ({"seed": {"kind": "track", "said": "nothing"}}, 404),
     ({"seed": {"kind": "song", "said": "x"}}, 422), ({"seed": {"kind": "track", "said": ["x"]}}, 422),
     ({"seed": {"kind": "playlist", "said": "x"}}, 422), ({}, 422), ({"seed": {"kind": "tag", "said": ""}}, 422)],
)  # fmt: skip
def test_what_it_cannot_grow_from(api, fan, engine, body, status):
    assert api.post("/stations", body).status_code == status
    assert not Station.objects.exists()


def test_no_track_twice_and_no_artist_within_five(coming, tell):
    found = played_through(coming, tell, 16)
    assert len({track["track"] for track in found}) == len(found)
    artists = [track["artists"][0] for track in found]
    for place, artist in enumerate(artists):
        assert artist not in artists[max(place - 5, 0) : place]


def test_it_reacts_to_skips(coming, tell):
    before = [track["track"] for track in coming(8)["tracks"]]
    tell(before[0], "skipped", 0)
    tell(before[1], "skipped", 1)
    assert [track["track"] for track in coming(6)["tracks"]] != before[2:]


def test_what_is_disliked_and_its_artist_do_not_come_again(coming, tell):
    first = coming(8)["tracks"][3]
    tell(first["track"], "disliked")
    ahead = coming(30)["tracks"]
    assert first["track"] not in [track["track"] for track in ahead]
    assert first["artists"][0] not in [artist for track in ahead for artist in track["artists"][:1]]


def test_what_is_played_is_a_listen_and_feedback(api, coming, tell, fan):
    answer = coming(3)
    played, skipped, liked = (track["track"] for track in answer["tracks"])
    tell(played, "played", 0, exposure=answer["exposure"])
    tell(skipped, "played", 1)
    tell(skipped, "skipped", 1, exposure=answer["exposure"])
    version = Listener.objects.get(pk=fan.pk).version
    for _ in range(2):
        assert tell(liked, "liked", 2, exposure=answer["exposure"]).json()["count"] == 3
    mine = Listen.objects.filter(listener=fan, source="station")
    assert dict(mine.values_list("track__key", "skipped")) == {played: False, skipped: True, liked: None}
    assert mine.count() == 3
    assert Feedback.objects.get(listener=fan, track__key=liked).kind == "like"
    assert Listener.objects.get(pk=fan.pk).version > version
    assert sorted(Outcome.objects.values_list("track_key", "kind")) == sorted(
        [(played, "played"), (skipped, "skipped"), (liked, "liked")]
    )
    shown = Exposure.objects.get(pk=answer["exposure"])
    assert shown.surface == "station"
    recommended = api.get("/recommendations?n=100").json()["recommendations"]
    assert not {played, liked} & {one["track"] for one in recommended}


@pytest.mark.parametrize(
    ("change", "status"),
    [({"track": "nothing"}, 422), ({"outcome": "loved"}, 422), ({"time_ms": -1}, 422), ({"more": 1}, 422),
     ({"time_ms": NOW + 2 * 86_400_000}, 422), ({"time_ms": 2**63}, 422), ({"exposure": str(uuid.uuid4())}, 200)],
)  # fmt: skip
def test_what_cannot_have_been_played(api, station, taste, change, status):
    body = {"track": taste[0], "time_ms": NOW, "outcome": "played"} | change
    assert api.post(f"/stations/{station['id']}/played", body).status_code == status
    assert api.get(f"/stations/{station['id']}").json()["count"] == (status == 200)


def test_somebody_elses_station_is_not_found(others_api, api, station, taste):
    missing = uuid.uuid4()
    body = {"track": taste[0], "time_ms": NOW, "outcome": "played"}
    for method, path, sent in (
        ("GET", "", None),
        ("DELETE", "", None),
        ("POST", "/next", {}),
        ("POST", "/played", body),
    ):
        theirs = others_api(method, f"/stations/{station['id']}{path}", sent)
        none = others_api(method, f"/stations/{missing}{path}", sent)
        assert theirs.status_code == none.status_code == 404
        assert theirs.json()["detail"] == none.json()["detail"]
    assert others_api.get("/stations").json()["items"] == []
    assert api.get(f"/stations/{station['id']}").json()["count"] == 0


def test_a_station_is_begun_once_for_an_idempotency_key(api, fan, taste):
    body = {"seed": {"kind": "track", "said": taste[0]}}
    first, again = (api.post("/stations", body, Idempotency_Key="once") for _ in range(2))
    assert first.json() == again.json()
    assert Station.objects.count() == 1


def test_in_a_private_session_it_steers_and_leaves_nothing(api, station, coming, tell, fan):
    [first] = coming(1)["tracks"]
    tell(first["track"], "played", 0)
    listens, state = Listen.objects.filter(listener=fan).count(), Station.objects.get().state
    exposures = Exposure.objects.count()
    Listener.objects.filter(pk=fan.pk).update(private_until_ms=NOW + 3_600_000)
    found = played_through(coming, tell, 6)
    assert len({track["track"] for track in found}) == 6
    assert Listen.objects.filter(listener=fan).count() == listens
    assert Exposure.objects.count() == exposures
    assert Station.objects.get().state == state
    Listener.objects.filter(pk=fan.pk).update(private_until_ms=None)
    assert coming(1)["tracks"][0]["track"] == found[0]["track"]
    cache.clear()


@pytest.mark.django_db(transaction=True)
def test_two_devices_lose_nothing(station, fan, taste):
    """Both read the station before either has changed it, again and again."""
    problems = []

    def device(number):
        try:
            listener = Listener.objects.get(pk=fan.pk)
            for place in range(8):
                mine = stations.station_of(listener, station["id"])
                told = stations.Played(taste[number * 8 + place], NOW - 10_000_000 + number * 1_000 + place, "played")
                stations.note(listener, mine, told)
        except Exception as error:  # noqa: BLE001
            problems.append(error)
        finally:
            connections.close_all()

    devices = [threading.Thread(target=device, args=(number,)) for number in range(2)]
    for one in devices:
        one.start()
    for one in devices:
        one.join()
    assert problems == []
    kept = stations.state_kept(Station.objects.get(pk=station["id"]))
    assert kept.count == 16
    assert {play.item_id for play in kept.plays} == set(taste[:16])
    assert Station.objects.get(pk=station["id"]).version == 16
