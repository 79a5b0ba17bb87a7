"""What is done by itself, and when. The row of a kind says when it is due next: whichever worker moves it on queues the job.

    @scheduled("rollups", title="Rollups", when=every(hours=1))
    @register("rollups")
    def rollups(job, progress): ...

After a pause of the service, what was due meanwhile is done once. Times of day are in UTC.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from django.db import transaction

from segue.errors import NotFound
from segue.web import clock
from segue.web.jobs import run
from segue.web.jobs.models import Job, Schedule

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_A_WHILE = timedelta(minutes=5)
_LOOKED_EVERY_MS = 15 * 60_000
"""So often it is asked whether a job should come sooner."""


class When(Protocol):
    """The times at which something is due."""

    def first(self, now_ms: int) -> int:
        """When it is due for the first time, seen from when it was first heard of."""

    def after(self, now_ms: int) -> int:
        """The next time, later than now."""


@dataclass(frozen=True)
class Every:
    """Again and again, so long after it was last due; the first time when a new service has had a while to itself."""

    span: timedelta

    def first(self, now_ms: int) -> int:
        """A few minutes from now."""
        return now_ms + min(self.span, _A_WHILE) // timedelta(milliseconds=1)

    def after(self, now_ms: int) -> int:
        """Now, and the span."""
        return now_ms + self.span // timedelta(milliseconds=1)

    def __str__(self) -> str:
        minutes = self.span // timedelta(minutes=1)
        number, word = (minutes // 60, "hour") if minutes % 60 == 0 else (minutes, "minute")
        return f"every {word}" if number == 1 else f"every {number} {word}s"


@dataclass(frozen=True)
class At:
    """At a time of day, on every day or on one of the week (0 is Monday)."""

    hour: int
    minute: int = 0
    weekday: int | None = None

    def first(self, now_ms: int) -> int:
        """The next time."""
        return self.after(now_ms)

    def after(self, now_ms: int) -> int:
        """The next time, later than now."""
        now = datetime.fromtimestamp(now_ms / 1000, UTC)
        found = now.replace(hour=self.hour, minute=self.minute, second=0, microsecond=0)
        if self.weekday is not None:
            found += timedelta(days=(self.weekday - found.weekday()) % 7)
        if found <= now:
            found += timedelta(days=1 if self.weekday is None else 7)
        return int(found.timestamp()) * 1000

    def __str__(self) -> str:
        day = "every day" if self.weekday is None else f"{_DAYS[self.weekday]}s"
        return f"{day} at {self.hour:02}:{self.minute:02} UTC"


def every(**span: int) -> Every:
    """As `timedelta` takes it: `every(hours=1)`."""
    return Every(timedelta(**span))


def daily(hour: int, minute: int = 0) -> At:
    """Each day."""
    return At(hour, minute)


def weekly(weekday: int, hour: int, minute: int = 0) -> At:
    """Each week; Monday is 0."""
    return At(hour, minute, weekday)


@dataclass(frozen=True)
class Scheduled:
    """A kind of job that the service does for itself.

    Attributes:
        kind: its name among jobs.
        title: what people call it.
        when: when it is due; None for only when somebody asks for it.
        sooner: says, in words, why it should be done now although it is not due; None where it should not. Asked every quarter of
            an hour.
    """

    kind: str
    title: str
    when: When | None
    sooner: Callable[[], str | None] | None = None


_scheduled: dict[str, Scheduled] = {}


def scheduled(
    kind: str, *, title: str, when: When | None, sooner: Callable[[], str | None] | None = None
) -> Callable[[run.Work], run.Work]:
    """Makes a kind of job, under `@register(kind)`, one that workers begin by themselves."""

    def noted(work: run.Work) -> run.Work:
        _scheduled[kind] = Scheduled(kind, title, when, sooner)
        return work

    return noted


def all_scheduled() -> list[Scheduled]:
    """The kinds that the service does for itself, by title."""
    run.discover()
    return sorted(_scheduled.values(), key=lambda one: one.title)


def title_of(kind: str) -> str:
    """What people call a kind of job."""
    run.discover()
    return _scheduled[kind].title if kind in _scheduled else kind.replace("-", " ").capitalize()


def due_ms() -> dict[str, int]:
    """When each kind is due next, by kind; nothing of those that only come when asked for."""
    timed = {one.kind for one in all_scheduled() if one.when is not None}
    return {
        kind: due for kind, due in Schedule.objects.values_list("kind", "due_ms") if kind in timed and due is not None
    }


def make_due() -> list[Job]:
    """Jobs for what is due now: each once, however many workers look. They still have to be put into the queue."""
    now_ms = clock.now_ms()
    rows = {row.kind: row for row in Schedule.objects.all()}
    made = []
    for one in all_scheduled():
        row = rows.get(one.kind) or _row(one, now_ms)
        next_ms = None if one.when is None else one.when.after(now_ms)
        if next_ms is not None and (row.due_ms is None or row.due_ms > next_ms):  # it was scheduled otherwise before
            Schedule.objects.filter(kind=one.kind, due_ms=row.due_ms).update(due_ms=next_ms)
        elif next_ms is not None and row.due_ms is not None and row.due_ms <= now_ms:
            made.append(_due(one.kind, row.due_ms, next_ms))
        elif one.sooner is not None and row.looked_ms + _LOOKED_EVERY_MS <= now_ms:
            made.append(_sooner(one, row.looked_ms, now_ms))
    return [job for job in made if job is not None]


def ask_for(kind: str, by: str) -> tuple[Job, bool]:
    """The job of a kind that somebody (`by`, in words) asks for now: the one that waits or runs, or a new one; and whether it is.

    Raises `NotFound` for what the service does not do for itself.
    """
    known = {one.kind: one for one in all_scheduled()}
    if kind not in known:
        raise NotFound(f"there is no job {kind!r}: there is {', '.join(sorted(known))}")
    with transaction.atomic():
        _row(known[kind], clock.now_ms())
        there = _alive(_held(kind))
        return (there, False) if there is not None else (_made(kind, {"by": by}), True)


def _row(one: Scheduled, now_ms: int) -> Schedule:
    first = None if one.when is None else one.when.first(now_ms)
    return Schedule.objects.get_or_create(kind=one.kind, defaults={"due_ms": first})[0]


def _due(kind: str, due_ms: int, next_ms: int) -> Job | None:
    """The job for what was due, where no other worker has made it, and none of the kind waits or runs."""
    with transaction.atomic():
        if not Schedule.objects.filter(kind=kind, due_ms=due_ms).update(due_ms=next_ms):
            return None
        return None if _alive(kind) else _made(kind, {"by": "the schedule", "due_ms": due_ms})


def _sooner(one: Scheduled, looked_ms: int, now_ms: int) -> Job | None:
    assert one.sooner is not None
    mine = Schedule.objects.filter(kind=one.kind, looked_ms=looked_ms).update(looked_ms=now_ms)
    if not mine or _alive(one.kind):
        return None
    why = one.sooner()
    if why is None:
        return None
    with transaction.atomic():
        return None if _alive(_held(one.kind)) else _made(one.kind, {"by": "the schedule", "why": why})


def _held(kind: str) -> str:
    """The kind, whose row nobody else holds until the transaction is done: of two who make a job, the second finds the first's."""
    Schedule.objects.select_for_update().get(pk=kind)
    return kind


def _alive(kind: str) -> Job | None:
    """The job of a kind that waits or runs for the service itself."""
    return Job.objects.filter(kind=kind, user=None, state__in=("queued", "running")).order_by("created").first()


def _made(kind: str, work: dict[str, Any]) -> Job:
    return Job.objects.create(kind=kind, user=None, input=work)
