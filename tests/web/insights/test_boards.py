"""The frame of the dashboard: who sees it, what is asked of it, and its files of CSV."""

from datetime import date

import pytest
from django.test import Client

from segue.errors import BadRequest
from segue.exploring.report import Figure
from segue.exploring.shapes import Bars, Table
from segue.web.insights import views
from segue.web.insights.base import Board, Period, asked_of, section
from segue.web.insights.views import csv_of

TODAY = date(2026, 11, 21)


@pytest.fixture
def board(monkeypatch):
    """A board that shows what it was asked."""

    def make(asked):
        days = Bars((str(asked.period.first), "<b>"), (1.0, 2.0), "day")
        return [section("all", "All", [Figure("days", "Days", "Two.", "days", days)])]

    monkeypatch.setitem(views.BOARDS, "tried", Board("tried", "Tried", "Only here.", 99, make))


@pytest.fixture
def staff(user):
    user.is_staff = True
    user.save()
    client = Client()
    client.force_login(user)
    return client


def test_a_span_is_asked_beside_the_one_before():
    asked = asked_of("2026-11-01", "2026-11-07", None, TODAY)
    assert asked.period == Period(date(2026, 11, 1), date(2026, 11, 7))
    assert asked.before == Period(date(2026, 10, 25), date(2026, 10, 31))
    assert asked_of(None, None, "nothing", TODAY).before is None
    assert asked_of(None, None, None, TODAY).period == Period(date(2026, 10, 25), TODAY)


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [("2026-11-07", "2026-11-01", "before it begins"), ("soon", None, "looks like"), ("1999-01-01", "2026-01-01", "ten years"),
     ("0001-01-01", None, "between 1900")],
)  # fmt: skip
def test_what_is_no_span_is_refused(first, last, said):
    with pytest.raises(BadRequest, match=said):
        asked_of(first, last, None, TODAY)


def test_a_formula_stays_text_in_a_spreadsheet():
    made = csv_of(Table(("word", "n"), (("=HYPERLINK(1)", 1), ("a,b", 2), ("-1", -1))))
    assert made.splitlines() == ["word,n", "'=HYPERLINK(1),1", '"a,b",2', "'-1,-1"]


def test_staff_see_a_board_and_its_file(staff, board):
    page = staff.get("/staff/tried/?from=2026-11-01&to=2026-11-02").content.decode()
    assert "2026-11-01" in page
    assert "<b>" not in page.split("<main", 1)[1]
    file = staff.get("/staff/tried/days.csv?from=2026-11-01&to=2026-11-02")
    assert file["Content-Type"].startswith("text/csv")
    assert file.content.decode().splitlines()[1] == "2026-11-01,1.0"
    assert staff.get("/staff/tried/?from=never").status_code == 400
    assert staff.get("/staff/tried/other.csv").status_code == 404
    assert staff.get("/staff/other/").status_code == 404


def test_nobody_else_learns_that_it_is_there(user, board):
    client = Client()
    assert client.get("/staff/tried/").status_code == 302
    client.force_login(user)
    assert client.get("/staff/tried/").status_code == 404
    assert client.get("/staff/tried/days.csv").status_code == 404
