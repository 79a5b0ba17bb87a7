"""What was shown, track by track and reason by reason, week by week: one pass over the exposures of the last weeks."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import polars as pl
from django.db.models import Max, Min

from segue.errors import NotEnoughData
from segue.web.catalog.models import Track
from segue.web.discovery.models import Exposure, Outcome
from segue.web.insights.nightly.details import Details, Part

ANEW = 2
"""So many of the weeks that were counted are counted anew each time: the last went on, and outcomes come late."""
PAGES = 500
COUNTED = ("shown", "played", "skipped", "liked", "disliked")
"""What is counted of a place. What was skipped was played, too: it began."""
UNTOLD = "none noted"
NO_SOURCE = "unknown"
_PLACES = {kind: place for place, kind in enumerate(COUNTED)}
_WEIGHTS = [1 / math.log2(place + 2) for place in range(100)]
_NOTHING: set[str] = set()
_MOST_EXAMPLES = 200
_WEEK_MS = 7 * 86_400_000
_MONDAY_MS = 4 * 86_400_000
"""1970 began on a Thursday: the first Monday was four days later."""
_KEYS = 900

Why = tuple[int, str, str, str]
"""A week, a surface, a source and the kind of a reason."""
Example = tuple[int, str, str | None, str]
"""A week, the kind of a reason, what it names, and the track."""


class _Page(NamedTuple):
    listener: int
    surface: str
    shown_ms: int
    tracks: list[list[Any]]
    came: Mapping[str, set[str]]


def exposed(before: Details | None) -> Part:
    """Counts of all weeks: those before the last two as they were. Raises `NotEnoughData` where nothing was ever shown."""
    ends = Exposure.objects.aggregate(first=Min("shown_ms"), last=Max("shown_ms"))
    if ends["last"] is None:
        raise NotEnoughData("nothing was recommended to anybody yet")
    old = _before(before)
    counted = old["shown_tracks"]["week"].max() if old else None
    since = _number(counted) - ANEW + 1 if isinstance(counted, date) else _week(ends["first"])
    anew = _counted(since * _WEEK_MS + _MONDAY_MS)
    first = _day(since)
    return {name: _joined(old.get(name), frame, first) for name, frame in anew.items()}, {}


def _before(before: Details | None) -> dict[str, pl.DataFrame]:
    names = ("shown_tracks", "reasons", "examples")
    there = before is not None and all((before.path / f"{name}.parquet").is_file() for name in names)
    return {name: before.frame(name) for name in names} if before is not None and there else {}


def _joined(old: pl.DataFrame | None, anew: pl.DataFrame, first: date) -> pl.DataFrame:
    return anew if old is None else pl.concat([old.filter(pl.col("week") < first), anew])


@dataclass
class _Counts:
    """What is added up while pages go by."""

    tracks: dict[tuple[int, str], list[float]] = field(
        default_factory=lambda: defaultdict(lambda: [0, 0, 0, 0, 0, 0.0])
    )
    reasons: dict[Why, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0] * 5))
    people: dict[Why, set[int]] = field(default_factory=lambda: defaultdict(set))
    examples: dict[Example, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))

    def add(self, week: int, page: _Page, place: int, shown: list[Any], came: set[str]) -> None:
        item, source = shown[0], shown[1] or NO_SOURCE
        reason, because = (shown[3], shown[4]) if len(shown) > 4 else (UNTOLD, None)
        why = week, page.surface, source, reason
        of_track, of_reason = self.tracks[week, item], self.reasons[why]
        self.people[why].add(page.listener)
        of_track[5] += _WEIGHTS[place] if place < len(_WEIGHTS) else 1 / math.log2(place + 2)
        of_track[0] += 1
        of_reason[0] += 1
        if not came:
            return
        for kind in {"played", *came} if "skipped" in came else came:
            of_track[_PLACES[kind]] += 1
            of_reason[_PLACES[kind]] += 1
        if came & {"liked", "disliked"}:
            said = self.examples[week, reason, because, item]
            said[0] += "liked" in came
            said[1] += "disliked" in came


def _counted(since_ms: int) -> dict[str, pl.DataFrame]:
    counts = _Counts()
    for page in _pages(since_ms):
        once = {page.tracks[place][0]: place for place in reversed(range(len(page.tracks)))}
        week = _week(page.shown_ms)
        for item, place in once.items():
            counts.add(week, page, place, page.tracks[place], page.came.get(item, _NOTHING))
    return {
        "shown_tracks": _track_frame(counts.tracks),
        "reasons": _reason_frame(counts.reasons, counts.people),
        "examples": _example_frame(counts.examples),
    }


def _pages(since_ms: int) -> Iterator[_Page]:
    """Every page shown since, with what came of it."""
    rows = Exposure.objects.filter(shown_ms__gte=since_ms).values_list(
        "pk", "listener_id", "surface", "shown_ms", "tracks"
    )
    for pages in _some(rows.iterator(chunk_size=PAGES)):
        came: dict[Any, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        told = Outcome.objects.filter(exposure_id__in=[page[0] for page in pages], kind__in=COUNTED)
        for page, key, kind in told.values_list("exposure_id", "track_key", "kind"):
            came[page][key].add(kind)
        for pk, listener, surface, shown_ms, tracks in pages:
            yield _Page(listener, surface, shown_ms, tracks, came.get(pk, {}))


def _some(rows: Iterable[Any]) -> Iterator[list[Any]]:
    some: list[Any] = []
    for row in rows:
        some.append(row)
        if len(some) == PAGES:
            yield some
            some = []
    if some:
        yield some


def _track_frame(tracks: dict[tuple[int, str], list[float]]) -> pl.DataFrame:
    keys = sorted({key for _, key in tracks})
    ids: dict[str, int] = {}
    for start in range(0, len(keys), _KEYS):
        ids |= dict(Track.objects.filter(key__in=keys[start : start + _KEYS]).values_list("key", "pk"))
    rows = [
        (_day(week), ids[key], int(n[0]), n[5], int(n[1]), int(n[3]), int(n[4]))
        for (week, key), n in tracks.items()
        if key in ids
    ]
    schema = {"week": pl.Date, "track": pl.Int64, "shown": pl.Int64, "weight": pl.Float64, "played": pl.Int64,
              "liked": pl.Int64, "disliked": pl.Int64}  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def _reason_frame(reasons: dict[Why, list[int]], people: dict[Why, set[int]]) -> pl.DataFrame:
    rows = [(_day(why[0]), *why[1:], *n, len(people[why])) for why, n in reasons.items()]
    texts = dict.fromkeys(("surface", "source", "reason"), pl.String)
    counts = dict.fromkeys((*COUNTED, "listeners"), pl.Int64)
    return pl.DataFrame(rows, schema={"week": pl.Date, **texts, **counts}, orient="row")


def _example_frame(examples: dict[Example, list[int]]) -> pl.DataFrame:
    """Of each week, those that most was said of."""
    by_week: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for (week, *which), (liked, disliked) in examples.items():
        by_week[week].append((_day(week), *which, liked, disliked))
    rows = [
        row
        for some in by_week.values()
        for row in sorted(some, key=lambda row: (-row[4] - row[5], row[3]))[:_MOST_EXAMPLES]
    ]
    texts = dict.fromkeys(("reason", "because", "track"), pl.String)
    return pl.DataFrame(rows, schema={"week": pl.Date, **texts, "liked": pl.Int64, "disliked": pl.Int64}, orient="row")


def _week(time_ms: int) -> int:
    """Weeks since Monday, 5 January 1970, in UTC."""
    return (time_ms - _MONDAY_MS) // _WEEK_MS


def _number(week: date) -> int:
    return (week - _day(0)).days // 7


def _day(week: int) -> date:
    return datetime.fromtimestamp(_MONDAY_MS / 1000, UTC).date() + timedelta(weeks=week)
