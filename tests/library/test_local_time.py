import subprocess
import sys
from datetime import UTC, datetime
from importlib import resources
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.library.local_time import is_southern, local_clock, utc_offset_minutes, zone_of

TABLE = resources.files("tzdata.zoneinfo").joinpath("zone.tab").read_text(encoding="utf-8")
COUNTRIES = sorted({line[:2] for line in TABLE.splitlines() if not line.startswith("#")})
JANUARY, JULY = (int(datetime(2025, month, 15, 12, tzinfo=UTC).timestamp() * 1000) for month in (1, 7))
MINUTES_1995, MINUTES_2035 = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp() // 60) for year in (1995, 2035))


def times(*texts: str | None) -> pl.Series:
    return pl.Series("time", texts, dtype=pl.String).str.to_datetime("%Y-%m-%d %H:%M", time_unit="ms", time_zone="UTC")


@pytest.mark.parametrize(
    ("country", "zone"),
    [
        ("US", "America/New_York"), ("RU", "Europe/Moscow"), ("BR", "America/Sao_Paulo"), ("AU", "Australia/Sydney"),
        ("CA", "America/Toronto"), ("UA", "Europe/Kyiv"), ("DE", "Europe/Berlin"), ("ES", "Europe/Madrid"),
        ("PT", "Europe/Lisbon"), ("CN", "Asia/Shanghai"), ("ID", "Asia/Jakarta"), ("MX", "America/Mexico_City"),
        ("CL", "America/Santiago"), ("NZ", "Pacific/Auckland"), ("GB", "Europe/London"), ("gb", "Europe/London"),
    ],
)  # fmt: skip
def test_the_zone_of_a_country_is_where_most_of_its_people_live(country, zone):
    assert zone_of(country) == zone


@pytest.mark.parametrize("country", [None, "", "XX", "England"])
def test_an_unknown_country_is_on_utc(country):
    assert zone_of(country) == "UTC"
    assert not is_southern(country)


def test_offsets_follow_summer_time():
    countries = ["US", "IN", None, "SE", "AU", "US"]
    assert utc_offset_minutes(countries, JANUARY).tolist() == [-300, 330, 0, 60, 660, -300]
    assert utc_offset_minutes(countries, JULY).tolist() == [-240, 330, 0, 120, 600, -240]
    assert utc_offset_minutes([], JULY).tolist() == []


def test_the_south_begins_beyond_the_equator():
    south = [country for country in ("AU", "NZ", "AR", "BR", "CL", "ZA", "UY", "PE") if is_southern(country)]
    north = [country for country in ("US", "SE", "IN", "MX", "NG", "CO", "EC", "KE", "ID") if is_southern(country)]
    assert (len(south), north) == (8, [])


def test_hours_and_months_are_the_listeners_own():
    when = times(
        "2025-01-01 02:30", "2025-06-30 23:30", "2025-12-31 23:59", "2025-03-30 00:59", "2025-03-30 01:00", None
    )
    read = local_clock(when, pl.Series(["US", "SE", "AU", "DE", "DE", "US"]))
    assert read["hour"].to_list() == [21, 1, 10, 1, 3, None]
    assert read["month"].to_list() == [12, 7, 1, 3, 3, None]
    assert read["season_month"].to_list() == [12, 7, 7, 3, 3, None]


def test_countries_may_be_categories_unknown_or_absent():
    when = times("2025-07-01 12:00", "2025-07-01 12:00", "2025-07-01 12:00")
    countries = pl.Series(["ZA", None, "XX"], dtype=pl.Categorical)
    read = local_clock(when, countries)
    assert read["hour"].to_list() == [14, 12, 12]
    assert read["season_month"].to_list() == [1, 7, 7]
    assert local_clock(when, pl.Series([None] * 3, dtype=pl.String))["hour"].to_list() == [12] * 3
    empty = local_clock(when.head(0), countries.head(0))
    assert (empty.height, empty.columns) == (0, ["hour", "weekday", "month", "season_month"])


@given(
    st.lists(
        st.tuples(st.integers(MINUTES_1995, MINUTES_2035), st.sampled_from([*COUNTRIES, "XX"])),
        min_size=1, max_size=20,
    )
)  # fmt: skip
def test_the_clock_is_that_of_the_zone(listens):
    moments = [datetime.fromtimestamp(60 * minutes, UTC) for minutes, _ in listens]
    read = local_clock(
        pl.Series(moments, dtype=pl.Datetime("ms", "UTC")), pl.Series([country for _, country in listens])
    )
    local = [moment.astimezone(ZoneInfo(zone_of(c))) for moment, (_, c) in zip(moments, listens, strict=True)]
    assert read["hour"].to_list() == [moment.hour for moment in local]
    assert read["month"].to_list() == [moment.month for moment in local]
    assert read["weekday"].to_list() == [moment.weekday() for moment in local]


def test_every_country_has_a_clock():
    when = pl.Series([datetime(2025, 7, 1, tzinfo=UTC)] * len(COUNTRIES), dtype=pl.Datetime("ms", "UTC"))
    assert local_clock(when, pl.Series(COUNTRIES))["hour"].null_count() == 0
    assert all(zone_of(country) != "UTC" for country in COUNTRIES)


def test_nothing_is_read_at_import():
    code = "import sys, segue.library.local_time; assert 'tzdata' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
