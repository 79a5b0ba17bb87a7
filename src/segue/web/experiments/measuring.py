"""What came of a listener's first days with a variant: measured once, when these days are over.

Each listener counts with the same number of days, so listeners are one draw each, and the sequences of
`segue.evaluation.experiments` hold however often anybody looks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db.models import Count, Min, Q, QuerySet

from segue.web.discovery.models import Exposure, Outcome
from segue.web.experiments.assignment import KIND_OF
from segue.web.experiments.models import Experiment, Seen
from segue.web.listening.models import Feedback, Listen, Listener

DAY_MS = 86_400_000
BEFORE_DAYS = 28
"""What a listener did in so many days before is what CUPED knows of them."""
AT_ONCE = 300
_STARTED = {"played", "skipped"}


@dataclass
class Measured:
    """What came of one listener's days.

    Attributes:
        shown: places of pages they were shown; started: how many of them they played; through, skipped: to the end, or not.
        liked, disliked: of these places.
        a, b: places of either team that were played through, on interleaved pages.
        listens, ms: all that they heard, from wherever; days: on how many.
        found: artists of whom they had never heard anything.
        before: the same of the days before: listens, skipped, known (listens of which it is known), days, likes.
        country, old: where they are, and whether they had listened before.
    """

    shown: int = 0
    started: int = 0
    through: int = 0
    skipped: int = 0
    liked: int = 0
    disliked: int = 0
    a: int = 0
    b: int = 0
    listens: int = 0
    ms: int = 0
    days: int = 0
    found: int = 0
    before: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("listens", "skipped", "known", "days", "likes"), 0)
    )
    country: str = ""
    old: bool = False


@dataclass(frozen=True)
class Unit:
    """Whose days: from the first exposure (`since_ms`) to `until_ms`."""

    listener: int
    since_ms: int
    until_ms: int


def measure_what_is_over(experiment: Experiment, now_ms: int) -> int:
    """Measure every listener whose days are over, and then whether they came back; how many were measured. Done again: nothing.

    Who was still in the middle of these days when the experiment ended does not count.
    """
    window = experiment.window_days * DAY_MS
    now_ms = min(now_ms, experiment.ended_ms or now_ms)
    over = Seen.objects.filter(experiment=experiment, measured__isnull=True, time_ms__lte=now_ms - window)
    done = 0
    while rows := list(over.order_by("time_ms")[:AT_ONCE]):
        units = [Unit(row.listener_id, row.time_ms, row.time_ms + window) for row in rows]
        found = measured(units, experiment.surfaces)
        for row in rows:
            row.measured = asdict(found[row.listener_id])
        Seen.objects.bulk_update(rows, ["measured"])
        done += len(rows)
    _see_who_returned(experiment, now_ms - 2 * window, window)
    return done


def measured(units: Sequence[Unit], surfaces: Iterable[str]) -> dict[int, Measured]:
    """What came of each unit's days, by listener."""
    found = {unit.listener: Measured() for unit in units}
    by_listener = {unit.listener: unit for unit in units}
    for pk, country in Listener.objects.filter(pk__in=by_listener).values_list("pk", "country"):
        found[pk].country = country or ""
    _pages(by_listener, found, frozenset(surfaces))
    _listens(by_listener, found)
    _artists(by_listener, found)
    _likes_before(by_listener, found)
    return found


def _pages(units: dict[int, Unit], found: dict[int, Measured], kinds: frozenset[str]) -> None:
    """Of the pages at the experiment's surfaces: what was shown, and what became of it."""
    mine = _within(Exposure.objects.filter(listener_id__in=units), units, "shown_ms")
    shown: dict[Any, tuple[int, dict[str, Any]]] = {}
    rows = mine.values_list("pk", "listener_id", "surface", "shown_ms", "tracks")
    for pk, listener, surface, time_ms, tracks in rows.iterator(chunk_size=500):
        if KIND_OF.get(surface) in kinds and units[listener].since_ms <= time_ms < units[listener].until_ms:
            shown[pk] = listener, {track[0]: track[5] for track in tracks if len(track) > 5}
            found[listener].shown += len(tracks)
    told = _within(Outcome.objects.filter(exposure__listener_id__in=units), units, "exposure__shown_ms")
    began: set[tuple[Any, str]] = set()
    for exposure, track, kind in told.values_list("exposure_id", "track_key", "kind").iterator(chunk_size=2000):
        if exposure not in shown:
            continue
        listener, teams = shown[exposure]
        one = found[listener]
        if kind in _STARTED and (exposure, track) not in began:
            began.add((exposure, track))
            one.started += 1
        if kind == "played":
            one.through += 1
            one.a += teams.get(track) == "a"
            one.b += teams.get(track) == "b"
        one.skipped += kind == "skipped"
        one.liked += kind == "liked"
        one.disliked += kind == "disliked"


def _listens(units: dict[int, Unit], found: dict[int, Measured]) -> None:
    rows = _within(Listen.objects.filter(listener_id__in=units), units, "time_ms", BEFORE_DAYS * DAY_MS)
    days: dict[int, tuple[set[int], set[int]]] = defaultdict(lambda: (set(), set()))
    for listener, time_ms, ms, skipped in rows.values_list("listener_id", "time_ms", "ms_played", "skipped").iterator():
        unit, one = units[listener], found[listener]
        if unit.since_ms <= time_ms < unit.until_ms:
            one.listens += 1
            one.ms += ms or 0
            days[listener][1].add(time_ms // DAY_MS)
        elif unit.since_ms - BEFORE_DAYS * DAY_MS <= time_ms < unit.since_ms:
            one.before["listens"] += 1
            one.before["known"] += skipped is not None
            one.before["skipped"] += bool(skipped)
            days[listener][0].add(time_ms // DAY_MS)
    for listener, (before, during) in days.items():
        found[listener].before["days"], found[listener].days = len(before), len(during)


def _artists(units: dict[int, Unit], found: dict[int, Measured]) -> None:
    """Artists whose first listen (that was not skipped) falls into the days; and whether there was any before."""
    heard = Listen.objects.filter(
        listener_id__in=units, track__credits__position=0, track__credits__featured=False
    ).exclude(skipped=True)  # fmt: skip
    firsts = heard.values_list("listener_id", "track__credits__artist_id").annotate(
        first=Min("time_ms"), timeless=Count("pk", filter=Q(time_ms=None))
    )
    for listener, _artist, first, timeless in firsts.iterator():
        unit = units[listener]
        # What has no time was there before: counts of plays come with imports.
        before = timeless > 0 or first < unit.since_ms
        found[listener].old |= before
        found[listener].found += not before and first < unit.until_ms


def _likes_before(units: dict[int, Unit], found: dict[int, Measured]) -> None:
    likes = Feedback.objects.filter(listener_id__in=units, kind="like", time_ms__isnull=False)
    for listener, time_ms in likes.values_list("listener_id", "time_ms").iterator():
        since = units[listener].since_ms
        found[listener].before["likes"] += since - BEFORE_DAYS * DAY_MS <= (time_ms or 0) < since


def _within(rows: QuerySet[Any], units: dict[int, Unit], field: str, before_ms: int = 0) -> QuerySet[Any]:
    """Those from the first beginning to the last end."""
    first, last = min(unit.since_ms for unit in units.values()), max(unit.until_ms for unit in units.values())
    return rows.filter(**{f"{field}__gte": first - before_ms, f"{field}__lt": last})


def _see_who_returned(experiment: Experiment, latest_ms: int, window: int) -> None:
    """Whether they listened in the window after their first one, of those for whom that is over."""
    over = Seen.objects.filter(experiment=experiment, returned=None, time_ms__lte=latest_ms)
    while rows := list(over.order_by("time_ms")[:AT_ONCE]):
        units = {row.listener_id: Unit(row.listener_id, row.time_ms + window, row.time_ms + 2 * window) for row in rows}
        listens = _within(Listen.objects.filter(listener_id__in=units), units, "time_ms")
        back = {
            listener for listener, time_ms in listens.values_list("listener_id", "time_ms").iterator()
            if units[listener].since_ms <= time_ms < units[listener].until_ms
        }  # fmt: skip
        for row in rows:
            row.returned = row.listener_id in back
        Seen.objects.bulk_update(rows, ["returned"])
