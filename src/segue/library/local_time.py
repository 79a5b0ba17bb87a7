"""The clock and the seasons that a listener lives by, from the country: the usual time zone of each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

# The first zone of a country in the table is that of its capital or largest city, but for these, which stand from east
# to west (or, for Ukraine, from south to north): where most of their people live.
_POPULOUS = {
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "RU": "Europe/Moscow",
    "UA": "Europe/Kyiv",
}
# Nearer to the equator there is no winter to speak of, and the calendar of the north does as well.
_SOUTHERN_FROM_DEGREES = -10


class _Place(NamedTuple):
    zone: str
    southern: bool


_ELSEWHERE = _Place("UTC", southern=False)


def zone_of(country: str | None) -> str:
    """The time zone (IANA name) that most people of a country (ISO 3166-1 alpha-2) live in; "UTC" for an unknown one."""
    return _place_of(country).zone


def is_southern(country: str | None) -> bool:
    """Whether the seasons of a country are those of the south: its main city lies more than 10 degrees south."""
    return _place_of(country).southern


def utc_offset_minutes(countries: Sequence[str | None], time_ms: int) -> np.ndarray:
    """How far the clocks of countries are ahead of UTC at a time (ms since 1970 UTC), int64, shape (n,); 0 for unknown."""
    moment = datetime.fromtimestamp(time_ms / 1000, UTC)
    ahead = {country: moment.astimezone(ZoneInfo(zone_of(country))).utcoffset() for country in set(countries)}
    minutes = {country: int(offset.total_seconds()) // 60 for country, offset in ahead.items() if offset is not None}
    return np.array([minutes[country] for country in countries], dtype=np.int64)


def local_clock(times: pl.Series, countries: pl.Series) -> pl.DataFrame:
    """What listeners' own clocks and calendars show at UTC `times`, in the zones of their `countries`.

    `times` is a Datetime series with time zone UTC; `countries`, as long, holds ISO 3166-1 alpha-2 codes as text or
    categories (null and unknown ones: UTC). Columns, Int8, null where the time is: `hour` (0-23), `weekday` (0 Monday), `month`
    (1-12), and `season_month`, the month in which the north has the same season: half a year off in the south. Summer time
    counts.
    """
    coded = countries.cast(pl.Categorical).rename("country")
    distinct = coded.unique()
    places = [_place_of(country) for country in distinct.cast(pl.String)]
    zones = sorted({place.zone for place in places})
    of_country = pl.DataFrame(
        {
            "country": distinct,
            "zone": pl.Series([zones.index(place.zone) for place in places], dtype=pl.UInt16),
            "southern": pl.Series([place.southern for place in places], dtype=pl.Boolean),
        }
    )
    placed = coded.to_frame().join(of_country, on="country", how="left", maintain_order="left", nulls_equal=True)
    zone = placed["zone"].to_numpy()
    by_zone = np.argsort(zone, kind="stable")
    edges = np.searchsorted(zone[by_zone], np.arange(len(zones) + 1))
    grouped = times[by_zone]
    parts = [_read(grouped[start:end], name) for name, (start, end) in zip(zones, pairwise(edges), strict=True)]
    back = np.empty(len(by_zone), dtype=np.int64)
    back[by_zone] = np.arange(len(by_zone))
    read = pl.concat(parts)[back] if parts else _read(times, "UTC")
    north = pl.when(placed["southern"]).then((pl.col("month") + 5) % 12 + 1).otherwise("month")
    return read.with_columns(season_month=north.cast(pl.Int8))


def _read(times: pl.Series, zone: str) -> pl.DataFrame:
    local = times.dt.convert_time_zone(zone)
    return pl.DataFrame({"hour": local.dt.hour(), "weekday": local.dt.weekday() - 1, "month": local.dt.month()})


def _place_of(country: str | None) -> _Place:
    return _ELSEWHERE if country is None else _places().get(country.upper(), _ELSEWHERE)


@cache
def _places() -> dict[str, _Place]:
    """Each country's main zone, by the table that the `tzdata` package ships: code, coordinates (ISO 6709), zone."""
    found: dict[str, _Place] = {}
    for line in resources.files("tzdata.zoneinfo").joinpath("zone.tab").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        country, coordinates, zone, *_ = line.split("\t")
        if _POPULOUS.get(country, zone) == zone:
            found.setdefault(country, _Place(zone, southern=int(coordinates[:3]) < _SOUTHERN_FROM_DEGREES))
    return found
