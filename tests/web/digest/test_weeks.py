"""Whose Monday morning it is."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from segue.errors import BadRequest
from segue.web.digest.weeks import DAY_MS, Week, due

ZONES = [ZoneInfo(name) for name in ("Pacific/Auckland", "Asia/Tokyo", "Europe/Copenhagen", "America/New_York")]


def _ms(*when):
    return int(datetime(*when, tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("now", "names"),
    [
        ((2026, 11, 22, 18, 59), []),
        ((2026, 11, 22, 19, 0), ["Pacific/Auckland"]),
        ((2026, 11, 22, 23, 0), ["Pacific/Auckland", "Asia/Tokyo"]),
        ((2026, 11, 23, 7, 0), ["Pacific/Auckland", "Asia/Tokyo", "Europe/Copenhagen"]),
        ((2026, 11, 23, 19, 0), ["Asia/Tokyo", "Europe/Copenhagen", "America/New_York"]),
        ((2026, 11, 25, 12, 0), []),
    ],
)
def test_mornings_go_round_the_earth(now, names):
    found = due(ZONES, _ms(*now), 8)
    assert [zone.key for zone in ZONES if zone in found] == names
    assert {week.name for week in found.values()} <= {"2026-W48"}


def test_a_clock_that_is_put_back_brings_no_second_week():
    berlin = ZoneInfo("Europe/Berlin")
    weeks = {due([berlin], at, 8).get(berlin) for at in range(_ms(2026, 10, 24), _ms(2026, 10, 28), 600_000)}
    assert weeks == {None, Week(date(2026, 10, 26))}


def test_weeks_have_names():
    assert Week.named("2026-W53").monday == date(2026, 12, 28)
    assert Week(date(2026, 12, 28)).name == "2026-W53"
    for name in ("2025-W53", "2026-W0", "soon", "2026-48"):
        with pytest.raises(BadRequest, match="no week"):
            Week.named(name)


def test_mixes_of_the_week_are_those_of_its_own_monday_also_where_it_begins_before_greenwich():
    week, auckland = Week(date(2026, 11, 23)), ZoneInfo("Pacific/Auckland")
    morning = week.begins_ms(auckland, 8)
    assert morning == _ms(2026, 11, 22, 19)
    assert week.made_ms(morning) == _ms(2026, 11, 23)
    assert week.made_ms(morning + DAY_MS) == morning + DAY_MS
