"""Words are shown when 20 different listeners used them."""

from datetime import date

import pytest

from segue.web import clock
from segue.web.insights.base import asked_of
from segue.web.insights.boards import words as board
from segue.web.insights.nightly import details
from segue.web.insights.nightly.words import words
from segue.web.listening.models import Listener, Search, Tagging
from segue.web.playlists.models import Playlist

DAY = 86_400_000


@pytest.fixture
def home(settings, tmp_path):
    settings.HOME = type(settings.HOME).at(tmp_path)


def searched(listeners, text, days=1, **found):
    now = clock.now_ms()
    rows = [Search(listener=one, words=text, time_ms=now - days * DAY, **found) for one in listeners]
    Search.objects.bulk_create(rows)


def told():
    details.make({"words": words}, lambda *_: None)
    parts = board.make(asked_of(None, None, None, date(2026, 1, 1)))
    shown = {one.id: one for part in parts for one in part.figures}
    return shown, {one.id: one.why for part in parts for one in part.left_out}


def test_what_enough_people_say_is_shown(db, home):
    many = Listener.objects.bulk_create([Listener() for _ in range(25)])
    for word in ("rain", "piano", "jazz", "night"):
        searched(many, word)
    searched(many[:20], "Sleep")
    searched(many[:19], "my own name")
    searched(many[:1] * 40, "my own name")
    searched(many[:24], "rain", days=40)
    searched(many, "long ago", days=60)
    Tagging.objects.bulk_create([Tagging(listener=one, tag=f"tag {n}") for one in many[:5] for n in range(6)])
    Playlist.objects.bulk_create([Playlist(listener=one, title="Mornings of Anna") for one in many[:19]])
    shown, left_out = told()
    rows = shown["searched-table"].data.rows
    assert {row[0]: row[1:] for row in rows} == {
        "rain": (25, 25, 24, 4.2), "piano": (25, 25, None, None), "jazz": (25, 25, None, None), "night": (25, 25, None, None),
        "sleep": (20, 20, None, None),
    }  # fmt: skip
    assert {word.text for word in shown["searched"].data.words} <= {row[0] for row in rows}
    assert len(shown["nothing-found"].data.rows) == 5
    assert "0 tags came from 20 different listeners" in left_out["tags"]
    assert "0 words" in left_out["titles"]


def test_a_small_installation_is_told_why_there_are_none(db, home):
    few = Listener.objects.bulk_create([Listener() for _ in range(3)])
    _, left_out = told()
    assert left_out["searched"] == "there are no searches in the last 28 days"
    searched(few, "rain")
    _, left_out = told()
    assert left_out["searched"] == "there are 3 listeners, and a word is shown when 20 different ones have used it"
