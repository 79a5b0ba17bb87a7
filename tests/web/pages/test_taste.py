"""What one's listening says of one, as a page; and what one wants."""

import time

import numpy as np
import pytest
from django.test import Client

from segue.web.listening.habits import habits_of
from segue.web.listening.models import Listener, NotMyTaste
from segue.web.listening.record import NewListen, record_listens
from segue.web.pages import taste_charts

DAY_MS = 86_400_000
NOW_MS = time.time_ns() // 1_000_000


@pytest.fixture
def page(user) -> Client:
    """`user`, signed in."""
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def played(listener, catalogue):
    """A listener who played sixty tracks, some of them often, in ten weeks."""
    keys = catalogue.tracks["track_id"].to_list()[:60]
    listens = [
        NewListen(track_key=key, time_ms=NOW_MS - (n % 70) * DAY_MS - again * 1000, ms_played=180_000)
        for n, key in enumerate(keys) for again in range(1 + (n < 5) * 4)
    ]  # fmt: skip
    record_listens(listener, listens)
    return listener


def test_nothing_played_says_how_it_begins(page):
    assert "play three tracks and this page begins" in page.get("/taste/").content.decode()
    assert "in that time" in page.get("/taste/?days=28").content.decode()


def test_what_was_played_is_drawn_with_a_table_behind_each(page, played, snapshot):
    shown = page.get("/taste/")
    assert shown.context["taste"]["plays"] == 80
    for name in ("artists", "tracks", "genres", "decades", "radar", "clock", "drawn_weeks", "map"):
        assert shown.context[name], name
    text = shown.content.decode()
    assert text.count('<details class="behind">') == 5
    assert 'style="' not in text
    assert page.get("/taste/figures/?days=365").status_code == 200
    assert page.get("/taste/?days=nonsense").context["days"] == "all"


def test_it_is_drawn_without_a_snapshot_too(page, played, settings, tmp_path):
    from segue.web.discovery import serving  # noqa: PLC0415

    serving.forget()
    kept = settings.HOME
    try:
        settings.HOME = type(kept)(tmp_path)
        assert page.get("/taste/").context["map"] is None
    finally:
        settings.HOME = kept
        serving.forget()


def test_the_dial_and_explicit_words_are_set_and_said_aloud(page, listener):
    answer = page.post("/taste/settings/", {"dial": "80", "explicit": "on"}, headers={"HX-Request": "true"})
    assert "far from what you know" in answer.content.decode()
    assert "said" in answer["HX-Trigger"]
    before = Listener.objects.get(pk=listener.pk)
    assert (before.dial, before.explicit) == (0.8, True)
    page.post("/taste/settings/", {"dial": "x" * 9})
    after = Listener.objects.get(pk=listener.pk)
    assert (after.dial, after.explicit) == (0.8, False)
    assert after.version > before.version
    page.post("/taste/settings/", {"dial": "999"})
    assert Listener.objects.get(pk=listener.pk).dial == 1


def test_an_artist_is_not_mine_and_is_again(page, played):
    first = page.get("/taste/").context["artists"][0][0]["id"]
    answer = page.post("/taste/not-me/", {"artist": first, "days": "all"})
    assert first not in [artist["id"] for artist, *_ in answer.context["artists"]]
    assert NotMyTaste.objects.exists()
    answer = page.post("/taste/not-me/", {"artist": first, "days": "all", "back": "1"})
    assert first in [artist["id"] for artist, *_ in answer.context["artists"]]
    assert not NotMyTaste.objects.exists()
    assert page.post("/taste/not-me/", {"artist": "nobody\0"}).status_code == 404


def test_in_private_nothing_is_said(page, played):
    first = page.get("/taste/").context["artists"][0][0]["id"]
    page.post("/privacy/private/", {"on": "1"})
    page.post("/taste/not-me/", {"artist": first})
    assert not NotMyTaste.objects.exists()


def test_the_clock_is_the_listeners_and_an_artist_is_new_once(listener, catalogue):
    rows = catalogue.tracks.filter(catalogue.tracks["artist_ids"].list.len() == 1)
    key = rows["track_id"][0]
    other = rows.filter(rows["artist_ids"].list.first() != rows["artist_ids"][0][0])["track_id"][0]
    Listener.objects.filter(pk=listener.pk).update(timezone="Asia/Tokyo")
    listener.refresh_from_db()
    monday = 1_704_067_200_000  # 2024-01-01, midnight in UTC: 9:00 in Tokyo
    times = [(key, 0), (key, 1), (key, 7), (other, 7), (other, 14)]
    record_listens(listener, [NewListen(track_key=one, time_ms=monday + day * DAY_MS) for one, day in times])
    habits = habits_of(listener)
    assert habits.hours[:, 9].tolist() == [4, 1, 0, 0, 0, 0, 0]
    assert [(week.plays, week.new) for week in habits.weeks] == [(2, 2), (2, 1), (1, 0)]
    # Of the last two weeks alone, what was first heard before is not new.
    assert [(week.plays, week.new) for week in habits_of(listener, monday + 7 * DAY_MS).weeks] == [(2, 1), (1, 0)]


def test_charts_of_little_are_charts():
    assert taste_charts.clock(np.zeros(24, int)) == ()
    assert len(taste_charts.clock(np.arange(24))) == 24
    assert taste_charts.ribbon([0, 0]) == ""
    assert taste_charts.ribbon([3]).startswith("M0.0 ")
    assert taste_charts.radar({"energy": 0.5}, None, {}) is None
    assert taste_charts.weeks_drawn([]) is None
