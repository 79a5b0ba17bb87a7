"""Mixes: all of them by how often they are made; one with its rows, kept as a playlist."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from segue.web.discovery import exposures
from segue.web.discovery.mixes import mixes_of
from segue.web.discovery.models import Exposure
from segue.web.listening.models import Listener
from segue.web.pages.mixes import anew
from segue.web.playlists.models import Playlist
from tests.web.pages.test_home import page, rich, tracks  # noqa: F401 - fixtures


def test_all_mixes_stand_on_one_page_each_once(page, rich):  # noqa: F811
    text = page.get("/mixes/").content.decode()
    _snapshot, made = mixes_of(rich)
    assert len(made) > 3
    for mix in made:
        assert text.count(f'<a class="name" href="/mixes/{mix.key}/">') == 1, mix.key


def test_a_mix_has_rows_with_reasons_and_is_noted(page, rich):  # noqa: F811
    answer = page.get("/mixes/discover-weekly/")
    text = answer.content.decode()
    _snapshot, [mix] = mixes_of(rich, only=["discover-weekly"])
    assert tracks(answer) == [one.item_id for one in mix.tracks]
    assert 'data-surface="mix:discover-weekly"' in text
    assert "/share/?kind=mix&amp;key=discover-weekly" in text
    assert text.count("data-reasons=") == len(mix.tracks)
    exposures.flush()
    assert Exposure.objects.get(listener=rich).surface == "mix:discover-weekly"


def test_a_mix_is_kept_as_a_playlist_by_a_form(page, rich):  # noqa: F811
    answer = page.post("/mixes/discover-weekly/")
    kept = Playlist.objects.filter(listener=rich).latest("pk")
    assert answer["Location"] == f"/playlists/{kept.key}/"
    assert (kept.title or "").startswith("Discover Weekly")
    assert kept.entries.count() == 30


@pytest.mark.parametrize("key", ["discover-monthly", "daily-mix-99", "%00", "daily-mix-1'--"])
def test_what_is_no_mix(page, rich, key):  # noqa: F811
    assert page.get(f"/mixes/{key}/").status_code == 404


def test_mixes_are_for_who_is_signed_in(db):
    assert Client().get("/mixes/")["Location"].startswith("/accounts/login/")


def test_of_who_plays_nothing_the_page_says_how_it_begins(catalogue, snapshot, page, listener):  # noqa: F811
    text = page.get("/mixes/").content.decode()
    assert "<h1>Your mixes</h1>" in text


def test_when_a_mix_is_made_anew_is_said_by_the_clock_of_the_listener():
    now = datetime.now(UTC)
    here = Listener(timezone="Etc/UTC")
    midnight = datetime.combine(now.date(), datetime.min.time(), UTC) + timedelta(days=1)
    assert anew(None, here) == ""
    assert anew(midnight, here) == "Made anew tomorrow."
    assert anew(midnight + timedelta(days=3), here) == f"Made anew on {midnight + timedelta(days=3):%A}."
