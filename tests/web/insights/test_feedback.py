"""What was said of what was shown, by the reason that was shown."""

from datetime import UTC, date, datetime

import pytest
from django.test import Client

from segue.web.discovery.models import Exposure, Outcome
from segue.web.insights import rollups
from segue.web.insights.base import asked_of
from segue.web.insights.boards import feedback as board
from segue.web.insights.nightly import details
from segue.web.insights.nightly.exposed import exposed
from segue.web.listening.models import Listener

MONDAY = int(datetime(2026, 11, 2, tzinfo=UTC).timestamp() * 1000)
DAY = 86_400_000
ASKED = asked_of("2026-11-02", "2026-11-15", None, date(2026, 11, 15))
OLD = [["t1", "ease", None]]
NEW = [["t1", "ease", None, "played", "t2"], ["t2", "new", None, "new", None], ["t1", "ease", None, "played", "t3"]]


@pytest.fixture
def home(settings, tmp_path):
    settings.HOME = type(settings.HOME).at(tmp_path)


@pytest.fixture
def listeners(db):
    return Listener.objects.bulk_create([Listener() for _ in range(20)])


def shown(listener, tracks, *came, days=0, surface="mix:rewind"):
    made = Exposure.objects.create(
        listener=listener, surface=surface, snapshot="s", shown_ms=MONDAY + days * DAY, tracks=tracks
    )
    for key, kind in came:
        Outcome.objects.create(exposure=made, track_key=key, kind=kind, time_ms=made.shown_ms)


def made():
    details.make({"exposed": exposed}, lambda *_: None)
    return details.required()


def test_each_place_is_counted_once_by_its_reason(listeners, home):
    for listener in listeners:
        shown(listener, NEW, ("t1", "played"), ("t1", "liked"), ("t2", "skipped"))
    shown(listeners[0], OLD, days=1)
    rows = {row[3]: row[4:] for row in made().frame("reasons").iter_rows()}
    assert rows == {"played": (20, 20, 0, 20, 0, 20), "new": (20, 20, 20, 0, 0, 20), "none noted": (1, 0, 0, 0, 0, 1)}
    assert details.required().frame("examples").rows() == [(date(2026, 11, 2), "played", "t2", "t1", 20, 0)]


def test_old_weeks_stay_as_they_were_and_new_ones_are_added(listeners, home):
    shown(listeners[0], NEW, ("t1", "liked"))
    first = made().frame("reasons")
    shown(listeners[0], NEW, ("t2", "disliked"), days=21)
    both = made().frame("reasons")
    assert both.height == 2 * first.height
    assert both.filter(both["week"] == date(2026, 11, 2)).equals(first)
    details.make({"exposed": lambda _: exposed(None)}, lambda *_: None)
    keys = ["week", "reason"]
    assert details.required().frame("reasons").sort(keys).equals(both.sort(keys))


def test_the_board_tells_rates_and_hides_small_groups(listeners, home, user):
    for listener in listeners:
        shown(listener, NEW, ("t1", "played"), ("t1", "liked"), ("t2", "disliked"))
    shown(listeners[0], [["t9", "ease", None, "sounds", "t2"]], ("t9", "liked"), surface="home")
    rollups.make(lambda *_: None)
    made()
    found = {one.id: one for part in board.make(ASKED) for one in part.figures}
    assert found["reason-rates"].data.rows == (
        ("new music", 20, 0, 0, 20, 0.0, 1000.0, 0.0), ("because of what you played", 20, 20, 20, 0, 1000.0, 0.0, 100.0),
    )  # fmt: skip
    assert found["by-mix"].data.rows == (("mix:rewind", 40, 20, 20, 20, 500.0, 500.0, 50.0),)
    assert found["by-source"].finding == "Liked most: ease (100% of what was said); least: new (0% of what was said)."
    assert found["examples"].data.rows[0][3:] == (20, 0)
    user.is_staff = True
    user.save()
    client = Client()
    client.force_login(user)
    page = client.get("/staff/feedback/?from=2026-11-02&to=2026-11-15").content.decode()
    assert "of what was said" in page
    assert listeners[0].key not in page
