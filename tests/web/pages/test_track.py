"""The page of a track."""

import pytest

from segue.features.likeness import Shared
from segue.web.catalog.models import Track
from segue.web.discovery.in_common import in_common
from segue.web.discovery.played import audience
from segue.web.listening.feedback import give_feedback
from segue.web.listening.models import Listen
from segue.web.pages.facts import measured


@pytest.fixture
def signed_in(client, user):
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_how_it_sounds_what_is_like_it_and_why(signed_in, listener, catalogue, snapshot, django_assert_max_num_queries):
    for liked in Track.objects.order_by("-popularity")[1:8]:
        give_feedback(listener, "like", track_key=liked.key)
    track = Track.objects.order_by("-popularity").first()
    signed_in.get(f"/track/{track.key}/")
    with django_assert_max_num_queries(25):
        page = signed_in.get(f"/track/{track.key}/")
    assert len(page.context["bars"]) == 7
    assert len(page.context["measured"]) == 3
    assert len(page.context["similar"]) == 10
    assert all(row.why for row in page.context["similar"])
    why = signed_in.get("/why-this/", {"track": track.key})
    assert why.context["track"].why
    assert "data-why-open" in why.text
    Listen.objects.create(listener=listener, track=track, time_ms=None, plays=1, event=1)
    page = signed_in.get(f"/track/{track.key}/")
    assert page.context["yours"] == "You played this once."
    assert "/why-this/" not in page.text


def test_only_twenty_and_more_are_counted(catalogue, snapshot):
    told = [audience(track.key) for track in Track.objects.all()]
    assert any(each.listeners for each in told)
    assert all(each.listeners == 0 or each.listeners >= 20 for each in told)
    assert all(crowd.listeners >= 20 for each in told for crowd in each.crowds)
    assert audience("nobody has this").listeners == 0


def test_a_track_with_nothing_known_and_words_nobody_meant(signed_in, db):
    Track.objects.create(key="x/y:z", title="<i>סוף</i>", tags=[{"tag": "a/b <x>", "weight": 1}], genres=[""], mode=1)
    page = signed_in.get("/track/x/y:z/")
    assert page.status_code == 200
    assert "<i>" not in page.text
    assert "/genre/a/b%20%3Cx%3E/" in page.text
    for missing in ("/track/none/", "/why-this/?track=none", "/why-this/?track=%00", "/why-this/"):
        assert signed_in.get(missing).status_code == 404, missing


def test_measures_and_likenesses_in_words():
    assert measured(Track(tempo=123.6, musical_key=9, mode=0, loudness=-7.25)) == ["124 bpm", "A minor", "−7.2 dB"]
    assert measured(Track(musical_key=0)) == ["C"]
    assert measured(Track(musical_key=-1)) == []
    alike = (
        Shared("numeric", 1.0, 0.4, ("year 2025 / 2021",)), Shared("tags", 1.0, 0.3, ("hazy", "noisy", "loud")),
        Shared("audio", 1.0, 0.2, ("valence 0.42 / 0.02", "tempo 120 / 122")), Shared("new one", 1.0, 0.1, ()),
    )  # fmt: skip
    assert in_common(alike) == "both hazy and noisy; alike in mood and tempo"
    both = (Shared("tags", 1.0, 0.6, ("20s", "pop", "upbeat")), Shared("genres", 1.0, 0.4, ("pop",)))
    assert in_common(both) == "both pop and upbeat"
    assert in_common(alike[:1]) == "alike in year and length"
    assert in_common(()) == ""
