"""How quickly those who begin find something by recommendations."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta

import polars as pl
from django.db.models import Min

from segue.errors import NotEnoughData
from segue.web.discovery.models import Outcome
from segue.web.insights import rollups
from segue.web.insights.nightly.details import Details, Part

WEEKS = 52
WITHIN = (1, 7, 28)
"""Days after the first listen (or the signing up, where it came first)."""
_DAY_MS = 86_400_000


def starts(before: Details | None) -> Part:
    """Of each week: who began in it, and how many of them played something recommended soon. Raises `NotEnoughData`."""
    there = rollups.current()
    if there is None:
        raise NotEnoughData("the rollups are not made yet")
    began = _began(there)
    if not began:
        raise NotEnoughData("nobody has begun to listen yet")
    played = dict(
        Outcome.objects.filter(kind__in=("played", "skipped"))
        .values("exposure__listener_id")
        .annotate(first=Min("time_ms"))
        .values_list("exposure__listener_id", "first")
        .iterator(chunk_size=5_000)
    )
    counts: dict[date, list[int]] = defaultdict(lambda: [0] * (1 + len(WITHIN)))
    for listener, day in began.items():
        week = counts[day - timedelta(days=day.weekday())]
        week[0] += 1
        first = played.get(listener)
        for place, days in enumerate(WITHIN, 1):
            week[place] += first is not None and first < _ms(day) + days * _DAY_MS
    names = ("newcomers", *(f"within_{days}" for days in WITHIN))
    rows = [(week, *n) for week, n in sorted(counts.items())]
    schema = {"week": pl.Date, **dict.fromkeys(names, pl.Int64)}
    return {"starts": pl.DataFrame(rows, schema=schema, orient="row")}, {}


def _began(there: rollups.Rollups) -> dict[int, date]:
    """The first day of each listener who began in the last year that anything was played in."""
    first = pl.min_horizontal("first_day", "signed_up").alias("began")
    listeners = there.listeners.select("listener", "last_day", first).drop_nulls("began")
    last = listeners.select(pl.max_horizontal(pl.col("last_day").max(), pl.col("began").max())).collect().item()
    if last is None:
        return {}
    return dict(
        listeners.filter(pl.col("began") > last - timedelta(weeks=WEEKS))
        .select("listener", "began")
        .collect()
        .iter_rows()
    )


def _ms(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
