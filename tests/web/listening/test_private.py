"""A private session leaves no trace: no row of any table is another than before."""

import time
import uuid

import pytest

from segue.engine.request import Recommendation
from segue.web.discovery import exposures
from segue.web.listening import known
from segue.web.listening.feedback import give_feedback, not_my_taste, take_back
from segue.web.listening.models import Listener
from segue.web.listening.record import NewListen, record_listens
from segue.web.listening.searches import note_search
from tests.web.listening.conftest import DAY_MS, NOW_MS, everything


@pytest.fixture
def private(listener, songs):
    """`listener`, who said and played something before, in a private session."""
    record_listens(listener, [NewListen(track_key="reeds", time_ms=NOW_MS - DAY_MS)])
    give_feedback(listener, "like", track_key="docks")
    Listener.objects.filter(pk=listener.pk).update(private_until_ms=time.time_ns() // 1_000_000 + DAY_MS)
    listener.refresh_from_db()
    return listener


def test_nothing_of_it_is_written(private, monkeypatch):
    monkeypatch.setattr(known, "_engine", lambda: None)
    before = everything()
    done = record_listens(
        private,
        [NewListen(track_key="lantern", time_ms=NOW_MS, client_id="a", exposure_id=uuid.uuid4()),
         NewListen(artist_key="larks", time_ms=NOW_MS)],
    )  # fmt: skip
    assert (done.private, done.recorded) == (True, 0)
    assert give_feedback(private, "dislike", track_key="docks").private
    assert give_feedback(private, "never", artist_key="larks").private
    assert take_back(private, None, track_key="docks").private
    assert not not_my_taste(private, "lantern", add=True)
    assert not note_search(private, "larks", artist="larks")
    assert exposures.shown(private, "x", "s", [Recommendation("lantern", "Lantern", (), 1.0, "model")]) is None
    exposures.flush()
    assert known.known_of(private).history.likes == ("docks",)
    assert everything() == before


def test_nothing_of_it_is_written_over_http(private, api):
    api.get("/me")  # the token is used for the first time
    before = everything()
    answer = api.post("/listens", [{"track": "lantern", "time_ms": NOW_MS, "id": "a"}])
    assert answer.json() == {"recorded": 0, "known": 0, "unknown": [], "private": True}
    assert api("PUT", "/feedback/tracks/lantern", {"kind": "like"}).json()["private"]
    assert api("DELETE", "/feedback/tracks/docks").json()["like"]
    assert api("PUT", "/taste/not-my-taste/lantern").json() == {"not_my_taste": False}
    assert api.post("/imports", {"text": "The Larks - Lantern"}, Idempotency_Key="k").status_code == 409
    assert api.get("/taste").status_code == api.get("/listens").status_code == 200
    assert everything() == before


def test_afterwards_everything_counts_again(private):
    Listener.objects.update(private_until_ms=NOW_MS - 1)
    private.refresh_from_db()
    assert record_listens(private, [NewListen(track_key="lantern", time_ms=NOW_MS)]).recorded == 1
