"""What is popular, what moves by more than chance, and what is wrong with the data."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from django.test import Client

from segue.errors import NotEnoughData
from segue.web.catalog.load import load
from segue.web.catalog.models import Artist, Credit, Track
from segue.web.insights import rollups
from segue.web.insights.base import Period, asked_of
from segue.web.insights.boards import catalogue as board
from segue.web.insights.figures.popularity import certain, moved, share_of_top, weeks_in
from segue.web.insights.nightly import details, exposed, problems, starts, words


@pytest.fixture
def staff(user):
    user.is_staff = True
    user.save()
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def home(settings, tmp_path):
    """A home without rollups or details."""
    settings.HOME = type(settings.HOME).at(tmp_path)


def quiet(*_):
    """Progress that nobody watches."""


def figures(asked):
    """All that the board tells, by name: (finding, rows), or why not."""
    parts = board.make(asked)
    told = {one.id: (one.finding, one.data.table().rows) for part in parts for one in part.figures}
    return told, {one.id: one.why for part in parts for one in part.left_out}


def test_weeks_lie_wholly_in_the_period():
    weeks = weeks_in(Period(date(2026, 10, 25), date(2026, 11, 21)))  # a Sunday to a Saturday
    assert (weeks.first, weeks.last, weeks.number) == (date(2026, 10, 26), date(2026, 11, 9), 3)
    assert weeks_in(Period(date(2026, 11, 16), date(2026, 11, 22))).number == 1
    with pytest.raises(NotEnoughData, match="choose a longer one"):
        weeks_in(Period(date(2026, 11, 17), date(2026, 11, 22)))


def test_what_moves_moves_by_more_than_chance():
    """Benjamini and Hochberg by hand: 0.03 > 2/4 x 0.05, but 0.035 <= 3/4 x 0.05 carries it."""
    assert certain(np.array([0.9, 0.001, 0.03, 0.035])).tolist() == [False, True, True, True]
    assert not certain(np.array([0.02, 0.6, 0.7])).any()
    before = pl.DataFrame({"track": range(50), "reach": [100] * 50})
    now = pl.DataFrame({"track": range(50), "reach": [200, 110, 15] + [100] * 47})
    found = moved(now, before, "track")
    assert set(found["track"]) == {0, 2}  # 110 for 100 is chance
    few = pl.DataFrame({"track": range(50), "reach": [19] * 50})
    assert not moved(few, few.with_columns(reach=1), "track").height  # nobody knows of so few


def test_the_first_hundredth_is_one_at_least():
    assert share_of_top(np.array([6.0, 3.0, 1.0])) == 0.6


def test_a_fresh_installation_is_told_what_is_missing(staff, home):
    page = staff.get("/staff/catalogue/").content.decode()
    assert "run the job “Numbers of the dashboard”" in page
    assert "run the job “Details for the dashboard”" in page
    for slug in ("words", "models", "feedback"):
        assert staff.get(f"/staff/{slug}/").status_code == 200


def test_the_catalogue_is_looked_over(staff, home, small_library):
    load(small_library)
    fourth = Track.objects.get(title="Fourth")
    twin = Track.objects.create(key="t5", title="FOURTH!", duration_ms=1, date=date(1850, 1, 1))
    Credit.objects.create(track=twin, artist=fourth.credits.get().artist, position=0)
    other = Track.objects.create(key="t6", title="fourth", genres=["pop"], date=date(2026, 1, 1))
    Credit.objects.create(track=other, artist=fourth.credits.get().artist, position=0)
    Artist.objects.create(key="a9", name="Nobody's")
    rollups.make(quiet)
    parts = {"catalogue": problems.catalogue, "words": words.words, "exposed": exposed.exposed, "starts": starts.starts}
    details.make(parts, quiet)
    made = details.required().frame("problems")
    counts = dict(made.group_by("problem").agg(pl.col("number").first()).iter_rows())
    assert counts == {
        "no genre": 2, "no year": 4, "no length": 5, "impossible date": 1, "impossible length": 1, "looks like another": 1,
        "artist without tracks": 1,
    }  # fmt: skip
    told, left_out = figures(asked_of("2024-01-01", "2024-01-07", None, date(2026, 1, 1)))
    assert told["popular-tracks"][1][0] == ("First", "Anna", 2, None, None)  # of too few people to say how many
    assert [row[0] for row in told["never-played"][1]] == ["fourth", "FOURTH!"]
    assert "nothing" not in told["coverage"][0]
    assert "no track rose by more than chance" in left_out["rising-tracks"]
    page = staff.get("/staff/catalogue/?from=2024-01-01&to=2024-01-07").content.decode()
    assert '<a href="/artist/a9/">Nobody&#x27;s</a>' in page
    assert "Nobody's" in staff.get("/staff/catalogue/problem-samples.csv").content.decode()
