"""What plays next, by a station and without one; and what was playing."""

import time
import uuid

import pytest
from django.test import Client

from segue.mixes.station_state import Seed
from segue.web.discovery import exposures, stations
from segue.web.discovery.models import Exposure
from segue.web.listening.models import Feedback, Listen
from segue.web.playing.latest import latest_of
from segue.web.playing.models import Latest

NOW = time.time_ns() // 1_000_000


def heard(keys, outcome="played"):
    return [
        {"track": key, "time_ms": NOW - 200_000 * (len(keys) - place), "outcome": outcome, "exposure": None}
        for place, key in enumerate(keys)
    ]


def ids(answer):
    assert answer.status_code == 200, answer.content
    return [one["id"] for one in answer.json()["tracks"]]


def test_it_goes_on_from_what_was_played(post, fan, taste):
    queue = ids(post("/next/", {"seeds": taste[:3], "heard": heard(taste[:3]), "n": 4}))
    assert len(queue) == 4
    answer = post("/next/", {"seeds": taste[:3], "heard": heard(taste[:5]), "queue": queue, "n": 20})
    found = ids(answer)
    assert len(set(found)) == 20
    assert not {*found} & {*taste[:5], *queue}
    [first, *_] = answer.json()["tracks"]
    assert first["why"]
    assert {"id", "title", "by", "artists", "cover", "ms", "why", "reasons", "said"} == set(first)
    exposures.flush()
    shown = Exposure.objects.get(pk=answer.json()["exposure"])
    assert (shown.surface, [one[0] for one in shown.tracks]) == ("next", found)
    assert not Listen.objects.filter(listener=fan, time_ms__gte=NOW - 1_000_000).exists(), (
        "the player tells of listens itself"
    )


def test_a_skip_and_a_like_change_the_very_next_answer(post, fan, taste):
    first = ids(post("/next/", {"seeds": taste[:3], "heard": heard(taste[:3]), "n": 10}))
    assert ids(post("/next/", {"seeds": taste[:3], "heard": heard(taste[:3]), "n": 10})) == first
    for outcome in ("skipped", "liked", "disliked"):
        told = [*heard(taste[:3]), {"track": first[0], "time_ms": NOW, "outcome": outcome}]
        other = [*heard(taste[:3]), {"track": first[0], "time_ms": NOW, "outcome": "played"}]
        body = {"seeds": taste[:3], "n": 10}
        assert ids(post("/next/", body | {"heard": told})) != ids(post("/next/", body | {"heard": other}))


def test_it_goes_on_from_what_nobody_knows(post, fan):
    assert len(ids(post("/next/", {"seeds": ["nobody", "knows"], "n": 3}))) == 3


def test_a_station_goes_on(post, fan, taste, stranger):
    station = stations.begin(fan, Seed("track", taste[0]))
    [one] = ids(post("/next/", {"station": str(station.pk), "n": 1}))
    answer = post("/next/", {"station": str(station.pk), "heard": heard([one], "liked"), "n": 5})
    assert one not in ids(answer)
    assert stations.state_kept(stations.station_of(fan, station.pk)).count == 1
    assert Listen.objects.filter(listener=fan, track__key=one, source="station").count() == 1
    assert Feedback.objects.filter(listener=fan, track__key=one, kind="like").exists()
    other = Client()
    other.force_login(stranger)
    assert other.post("/next/", {"station": str(station.pk)}, content_type="application/json").status_code == 404
    assert post("/next/", {"station": str(uuid.uuid4())}).status_code == 404
    assert post("/next/", {"station": str(station.pk), "heard": heard(["nobody"])}).status_code == 422


def test_a_private_session_leaves_nothing(post, fan, taste):
    fan.private_until_ms = NOW + 3_600_000
    fan.save()
    answer = post("/next/", {"seeds": taste[:2], "n": 2})
    assert len(ids(answer)) == 2
    assert answer.json()["exposure"] is None
    assert post("/latest/", {"track": taste[0]}).status_code == 204
    assert not Latest.objects.exists()


@pytest.mark.parametrize(
    "body",
    [{}, [], {"seeds": ["a"], "n": 0}, {"seeds": ["a"], "n": 21}, {"seeds": ["a"] * 51}, {"seeds": ["a"], "more": 1},
     {"seeds": [""]}, {"station": "x"}, {"station": str(uuid.UUID(int=1)), "seeds": ["a"]}, {"seeds": ["a\0b"]},
     {"heard": heard(["a"] * 101)},
     {"seeds": ["a"], "heard": [{"track": "a", "time_ms": -1, "outcome": "played"}]},
     {"heard": [{"track": "a", "time_ms": 1, "outcome": "loved"}]}],
)  # fmt: skip
def test_what_makes_no_sense_is_said(post, listener, body):
    answer = post("/next/", body)
    assert (answer.status_code, list(answer.json())) == (422, ["detail"])


def test_what_is_no_json_is_said(browser, post):
    assert browser.post("/next/", "{", content_type="application/json").status_code == 400
    assert browser.post("/next/", {"seeds": "a"}).status_code == 415
    assert browser.post("/next/", b" " * 300_000, content_type="application/json").status_code == 413
    assert browser.get("/next/").status_code == 405
    assert Client().post("/next/", "{}", content_type="application/json").status_code == 401


def test_nothing_is_changed_by_other_sites(listener):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(listener.user)
    for path in ("/next/", "/latest/"):
        assert strict.post(path, "{}", content_type="application/json").status_code == 403


def test_without_a_snapshot_it_says_so(post, listener, elsewhere):
    answer = post("/next/", {"seeds": ["a"]})
    assert (answer.status_code, list(answer.json())) == (503, ["detail"])


# -- what was playing ----------------------------------------------------------------------------------------------------


def test_one_goes_on_elsewhere(post, browser, listener, track, stranger):
    nothing = browser.get("/latest/").json()
    assert (nothing["track"], nothing["position_ms"]) == (None, 0)
    assert latest_of(listener) is None
    for position in (1000, 61_000):
        body = {"track": track.key, "position_ms": position, "page": "/mixes/x/?a=1", "title": "Discover Weekly"}
        assert post("/latest/", body).status_code == 204
    told = browser.get("/latest/").json()
    assert (told["track"]["id"], told["track"]["ms"]) == (track.key, 240_000)
    assert told["track"]["artists"] == [{"id": "a1", "name": told["track"]["by"]}]
    assert (told["position_ms"], told["page"], told["title"]) == (61_000, "/mixes/x/?a=1", "Discover Weekly")
    assert told["time_ms"] >= NOW
    assert latest_of(listener).track.title == track.title
    other = Client()
    other.force_login(stranger)
    assert other.get("/latest/").json()["track"] is None


@pytest.mark.parametrize(
    "page", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", "/a\n", "/" + "a" * 500]
)
def test_a_page_is_one_of_ours(post, track, page):
    answer = post("/latest/", {"track": track.key, "page": page})
    assert (answer.status_code, list(answer.json())) == (422, ["detail"])
    assert post("/latest/", {"track": "nothing"}).status_code == 404
