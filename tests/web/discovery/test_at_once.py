"""What changes a recommendation changes the very next one; what does not, is answered from what is kept."""

import threading
from datetime import timedelta
from typing import get_args

import pytest
from django.utils import timezone

from segue.engine.request import ReasonKind
from segue.engine.train import train
from segue.web.accounts.models import Token
from segue.web.discovery import exposures, recommend, serving
from segue.web.discovery.models import Exposure
from segue.web.listening.feedback import give_feedback, not_my_taste
from segue.web.listening.models import Listener
from segue.web.listening.searches import note_search
from tests.web.conftest import Api
from tests.web.discovery.conftest import keys


@pytest.fixture
def asked(api, fan):
    """The tracks that are recommended now; asked for twice, so that an answer is kept."""

    def ask():
        first = keys(api.get("/recommendations"))
        assert first == keys(api.get("/recommendations"))
        return first

    return ask


def test_a_listen_counts_in_the_next_answer(asked, listened):
    before = asked()
    listened(before[0])
    after = asked()
    assert before[0] not in after
    assert after != before


def test_a_like_and_a_dislike_count(asked, fan):
    before = asked()
    give_feedback(fan, "dislike", track_key=before[0])
    assert before[0] not in asked()
    give_feedback(fan, "like", track_key=before[3])
    assert before[3] not in asked()


def test_never_counts_for_an_artist(asked, fan, demo_library):
    before = asked()
    artist = demo_library.tracks.filter(demo_library.tracks["track_id"] == before[0])["artist_ids"][0][0]
    give_feedback(fan, "never", artist_key=artist)
    theirs = demo_library.tracks.explode("artist_ids").filter(artist_ids=artist)["track_id"].to_list()
    assert not set(asked()) & set(theirs)


def test_a_search_counts(asked, fan, demo_library, taste):
    before = asked()
    other = demo_library.tracks.filter(~demo_library.tracks["track_id"].is_in(taste))["track_id"][5]
    note_search(fan, "something else", track=other)
    assert asked() != before


def test_a_setting_and_what_is_not_my_taste_count(asked, fan, taste):
    before = asked()
    not_my_taste(fan, taste[0], add=True)
    without = asked()
    assert without != before
    Listener.objects.filter(pk=fan.pk).update(dial=1.0)
    Listener.changed(fan.pk)
    assert asked() != without


def test_what_another_process_kept_is_not_served_either(asked, listened):
    """Two processes: each with answers of its own, one database."""
    before = asked()
    elsewhere = recommend.kept
    recommend.kept = type(elsewhere)(1 << 20)
    try:
        listened(before[0])
        now = asked()
    finally:
        recommend.kept = elsewhere
    assert asked() == now != before


def test_answers_are_kept_up_to_so_many_bytes():
    kept = recommend.Answers(10_000)
    ready = recommend.Ready(b"", b"x" * 2_000, "[]", "s")
    state = recommend.State(1, "s", 100)
    for number in range(10):
        kept.put("a", b"%d" % number, state, ready)
    assert kept.bytes <= 10_000
    assert kept.get("a", b"0", state) is None
    assert kept.get("a", b"9", state) is ready
    assert kept.get("a", b"9", state._replace(version=2)) is None
    assert kept.get("b", b"9", state) is None
    kept.put("b", b"", state._replace(quarter=101), ready)
    assert kept.get("a", b"9", state) is None, "what nobody asked for in a quarter of an hour is forgotten"
    kept.forget("b")
    assert kept.bytes == 0


# -- who may ask ---------------------------------------------------------------------------------------------------------


def test_a_withdrawn_token_ends_at_once(api, asked):
    asked()
    api.token.delete()
    response = api.get("/recommendations")
    assert response.status_code == 401
    assert response.json()["type"] == "urn:segue:problem:token"


def test_so_do_an_expired_one_and_an_account_that_is_closed(api, asked, user):
    asked()
    Token.objects.filter(pk=api.token.pk).update(expires=timezone.now() - timedelta(seconds=1))
    assert api.get("/recommendations").status_code == 401
    Token.objects.filter(pk=api.token.pk).update(expires=timezone.now() + timedelta(days=1))
    assert api.get("/recommendations").status_code == 200
    type(user).objects.filter(pk=user.pk).update(is_active=False)
    assert api.get("/recommendations").status_code == 401


def test_scopes_are_read_anew(api, asked, user):
    asked()
    Token.objects.filter(pk=api.token.pk).update(scopes=["listen"])
    assert api.get("/recommendations").status_code == 403
    assert Api(user, ["read"]).get("/recommendations").status_code == 200


def test_when_a_token_was_used_is_noted_once_an_hour(api, asked):
    asked()
    api.token.refresh_from_db()
    used = api.token.last_used
    assert timezone.now() - used < timedelta(minutes=1)
    asked()
    api.token.refresh_from_db()
    assert api.token.last_used == used
    Token.objects.filter(pk=api.token.pk).update(last_used=timezone.now() - timedelta(hours=2))
    asked()
    api.token.refresh_from_db()
    assert timezone.now() - api.token.last_used < timedelta(minutes=1)


def test_an_account_without_a_listener_gets_one(others_api, music, engine, stranger):
    assert not Listener.objects.filter(user=stranger).exists()
    assert others_api.get("/recommendations?n=3").status_code == 200
    assert Listener.objects.filter(user=stranger).exists()


def test_a_browser_asks_with_its_session(client, user, fan, engine):
    assert client.get("/api/v1/recommendations").status_code == 401
    client.force_login(user)
    assert len(keys(client.get("/api/v1/recommendations?n=7"))) == 7


# -- snapshots -----------------------------------------------------------------------------------------------------------


def test_without_a_snapshot_it_says_so_and_looks_again(elsewhere, api, user, demo_library):
    response = api.get("/recommendations")
    assert response.status_code == 503
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["type"] == "urn:segue:problem:no-snapshot"
    assert "segue train" in serving.ready()
    train(demo_library, elsewhere, model="popularity", measure=False, ranker=False)
    assert api.get("/recommendations").status_code == 200
    assert serving.ready() is None


def test_the_next_snapshot_is_taken_up_without_a_failed_request(elsewhere, api, fan, demo_library):
    first = train(demo_library, elsewhere, model="popularity", measure=False, ranker=False).name
    answers = [api.get("/recommendations").json()["snapshot"]]
    second = train(demo_library, elsewhere, model="ease", measure=False, ranker=False).name
    loading = threading.Thread(target=serving.kept().refresh)
    loading.start()
    while loading.is_alive():
        response = api.get("/recommendations")
        assert response.status_code == 200
        answers.append(response.json()["snapshot"])
    loading.join()
    answers.append(api.get("/recommendations").json()["snapshot"])
    assert answers == sorted(answers)
    assert (answers[0], answers[-1]) == (first, second)


def test_a_damaged_snapshot_is_refused_and_the_one_in_use_goes_on(elsewhere, api, fan, demo_library):
    first = train(demo_library, elsewhere, model="popularity", measure=False, ranker=False).name
    assert api.get("/recommendations").json()["snapshot"] == first
    broken = elsewhere.directory / "20990101T000000"
    broken.mkdir()
    (broken / "manifest.json").write_text((elsewhere.directory / first / "manifest.json").read_text())
    elsewhere.use(broken.name)
    assert serving.kept().refresh() is False
    assert api.get("/recommendations").json()["snapshot"] == first
    assert serving.ready() is None


# -- what was shown ------------------------------------------------------------------------------------------------------


def test_what_was_shown_is_kept_with_its_propensities(api, fan, snapshot):
    body = {"n": 40, "exploration": 1.0, "controls": {"dial": 1.0}}
    answer = api.post("/recommendations", body).json()
    exposures.flush()
    kept = Exposure.objects.get(pk=answer["exposure"])
    assert (kept.listener_id, kept.surface, kept.snapshot) == (fan.pk, "recommendations", snapshot)
    shown = [entry[:3] for entry in kept.tracks]
    assert shown == [[one["track"], one["source"], one["propensity"]] for one in answer["recommendations"]]
    assert any(propensity is not None for _, _, propensity in shown)
    assert {entry[3] for entry in kept.tracks} <= set(get_args(ReasonKind))


def test_a_private_session_leaves_no_exposure(api, fan):
    assert api.get("/recommendations").json()["exposure"] is not None
    Listener.objects.filter(pk=fan.pk).update(private_until_ms=4_000_000_000_000)
    exposures.flush()
    before = Exposure.objects.count()
    for question in ({}, {"n": 3}):
        assert api.post("/recommendations", question).json()["exposure"] is None
    assert api.get("/recommendations").json()["exposure"] is None
    exposures.flush()
    assert Exposure.objects.count() == before
