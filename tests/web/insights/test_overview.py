"""The overview and the audience: what they say of made-up days, whom they hide, and what they say when there is nothing."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from segue.home import Home
from segue.web.catalog.load import load
from segue.web.catalog.models import Track
from segue.web.insights import kept, rollups, views
from segue.web.insights.base import Asked, Period, hidden
from segue.web.insights.boards import audience, overview
from segue.web.insights.figures import answered, returning
from segue.web.insights.figures.activity import Spans, totals
from segue.web.listening.models import Listen, Listener

MONDAY = date(2026, 3, 2)
DAY_MS = 86_400_000


@pytest.fixture(autouse=True)
def _home(settings, tmp_path):
    settings.HOME = Home(tmp_path)
    kept._kept.clear()


def listens(days_of, **about):
    """Listeners who played one track on these days after `MONDAY`."""
    track, first = Track.objects.first(), (MONDAY - date(1970, 1, 1)).days
    people = Listener.objects.bulk_create(
        [Listener(key=f"l{len(days_of)}-{n}-{about}", **about) for n in range(len(days_of))]
    )
    Listen.objects.bulk_create([
        Listen(listener=one, track=track, time_ms=(first + day) * DAY_MS, event=day + 1, skipped=False, ms_played=1000)
        for one, days in zip(people, days_of, strict=True) for day in days
    ])  # fmt: skip


@pytest.fixture
def world(db, small_library):
    """30 Danes who begin on a Monday, of whom 15 come back after a week, and 10 Swedes who begin a week later."""
    load(small_library)
    Listen.objects.all().delete()
    Listener.objects.all().delete()
    listens([[0, 7]] * 15 + [[0]] * 15, country="DK", birth_year=1990)
    listens([[8]] * 10, country="SE", birth_year=1990)
    return rollups.make()


def figures(sections):
    return {figure.id: figure for part in sections for figure in part.figures}


def asked(first, last):
    period = Period(MONDAY + timedelta(days=first), MONDAY + timedelta(days=last))
    return Asked(period, period.before())


def test_the_numbers_stand_beside_those_of_before(world):
    found = {one.name: (one.value, one.before) for one in totals(Spans.of(world, asked(7, 13))).data.numbers}
    assert found["Listeners"] == (25, 30)
    assert found["New listeners"] == (10, 30)
    assert found["Listens"] == (25, 30)
    assert found["Sessions"] == (25, 30)
    assert found["Skipped"] == (0.0, 0.0)
    assert found["Artists heard for the first time"] == (10 / 25, 1.0)


def test_cohorts_are_of_weeks_that_are_over(world):
    rows = returning.cohorts(world, MONDAY + timedelta(days=13)).rows()
    assert rows == [(MONDAY, 30, 0, 30), (MONDAY, 30, 1, 15)]  # ten Swedes are too few
    assert [row[1:] for row in returning.cohorts(world, MONDAY + timedelta(days=12)).rows()] == [(30, 0, 30)]


def test_the_chance_to_come_back_is_the_product_limit():
    # Of ten silences, four end after 2 days, three after 5, and three go on after 3: then seven and three are at risk.
    ended, going_on = np.array([0, 0, 4, 0, 0, 3]), np.array([0, 0, 0, 3])
    shares = returning.comes_back(ended, going_on, within=3)
    assert shares[:5] == pytest.approx([0.4, 0.4, 1.0, 1.0, 1.0])
    assert len(returning.comes_back(ended, going_on, within=3, fewest=4)) == 4  # only three were silent for 4 days


def test_silences_say_who_was_here_last(world):
    until = MONDAY + timedelta(days=13)
    assert returning.silent_days(world, until).tolist() == [0, 0, 0, 0, 0, 10, 15, 0, 0, 0, 0, 0, 0, 15]
    listens([[13]] * 40)
    bars = returning.silences(rollups.make(), until)[0].data
    shown = dict(zip(bars.labels, bars.values, strict=True))
    assert (shown["0"], shown["3–6"], shown["7–13"], shown["28–55"]) == (
        40,
        None,
        None,
        0,
    )  # 15 are too few, and would be alone


@pytest.mark.parametrize(
    ("sizes", "gone"),
    [([50, 30], []), ([50, 30, 19], [30, 19]), ([50, 40, 12, 11], [12, 11]), ([50, 40, 2, 1], [40, 2, 1]), ([5, 4], [5, 4])],
)  # fmt: skip
def test_nobody_is_told_apart_by_what_is_left(sizes, gone):
    assert [size for size, secret in zip(sizes, hidden(sizes), strict=True) if secret] == gone


def test_small_groups_are_in_no_figure(world):
    listens([[8]] * 21, country="NO")
    listens([[8]] * 40, country="FI")
    rollups.make()
    found = figures(audience.make(asked(7, 13)))
    rows = found["country-all"].data.rows
    # Ten Swedes are too few; of fifteen Danes, too: together they are many enough.
    assert [row[:2] for row in rows] == [("Finland", 40), ("Norway", 21)]
    assert all("Sweden" not in str(figure) and "Denmark" not in str(figure) for figure in found.values())


def test_what_comes_of_recommendations_is_told_by_shelf_and_source(world):
    frame = pl.DataFrame({
        "day": [MONDAY, MONDAY, MONDAY - timedelta(days=1)], "surface": ["home", "station", "home"], "source": ["ease"] * 3,
        "snapshot": ["s"] * 3, "pages": [10, 10, 10], "shown": [200, 100, 100], "played": [20, 30, 5], "through": [15, 15, 5],
        "skipped": [5, 15, 0], "liked": [1, 0, 0], "disliked": [0, 0, 0],
    })  # fmt: skip
    frame.write_parquet(world.path / "shelf_days.parquet")
    clicks, table = answered.came_of(world, asked(0, 6), "surface")
    assert clicks.data.labels == ("station", "home")
    assert clicks.data.values == (30.0, 10.0)
    assert table.data.rows[0] == ("home", 200, 20, 10.0, 5.0, 75.0, 5, 1, 0)
    assert answered.came_of(world, asked(0, 6), "source")[1].data.rows[0][:5] == ("ease", 300, 50, 16.67, 5.0)


def test_boards_say_when_there_is_nothing(db, client):
    for board in (overview, audience):
        [section] = board.make(asked(0, 6))
        assert "once an hour" in section.left_out[0].why
    rollups.make()
    for board in (overview, audience):
        assert any(section.left_out for section in board.make(asked(0, 6)))


def test_pages_open_on_the_last_days_of_listening(world, client, user):
    user.is_staff = True
    user.save()
    client.force_login(user)
    assert views._today() == MONDAY + timedelta(days=8)
    for slug in ("overview", "audience"):
        page = client.get(f"/staff/{slug}/")
        assert page.status_code == 200
        assert "2026-03-10" in page.content.decode()
    again = client.get("/staff/overview/totals.csv").content.decode()
    assert "Listeners,40," in again
