"""Running jobs. The row of a job is the truth: it may be killed at any point, and the next worker takes it up again.

A kind of job is a function in a module `jobs` of some app, under `@register("kind")`. It is given the Job and a `Progress`, and
gives its report. It must bear being begun again: what it has done already must not be done twice.
"""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import structlog
from django.db import DatabaseError, connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.module_loading import autodiscover_modules

from segue.errors import Busy, SegueError
from segue.web import clock
from segue.web.jobs.models import Job

log = structlog.get_logger()

HEARD_EVERY_S = 10.0
DEAD_AFTER = timedelta(seconds=60)
"""A worker that was not heard from for so long has died."""
RETRIED_AFTER = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))
"""What failed is tried again so much later: whatever was in its way may have gone."""
MOST_TRIES = 1 + len(RETRIED_AFTER)
MOST_LINES = 200
_LONGEST_LINE = 300
WRITTEN_EVERY_S = 0.5
_LONGEST_PROBLEM = 1000
_ORDINALS = {2: "second", 3: "third", 4: "fourth"}

Work = Callable[[Job, "Progress"], dict[str, Any]]
After = Callable[[Job], None]

stopping = threading.Event()
"""Set when this process ends: jobs then stop at their next step, and are queued again."""


class Cancelled(Exception):
    """The job was cancelled, or is gone: nothing it does counts any more."""


class Stopped(Exception):
    """The worker ends: the job is queued again."""


@dataclass(frozen=True)
class _Kind:
    work: Work
    after: After | None


_kinds: dict[str, _Kind] = {}


def register(kind: str, after: After | None = None) -> Callable[[Work], Work]:
    """Makes a function the work of a kind of job; `after` clears up when the job is over, however it ended."""

    def registered(work: Work) -> Work:
        _kinds[kind] = _Kind(work, after)
        return work

    return registered


@cache
def discover() -> None:
    """Load the modules `jobs` of all apps, once: what they register is there then."""
    autodiscover_modules("jobs")


def _kind(name: str) -> _Kind | None:
    discover()
    return _kinds.get(name)


class Progress:
    """Tells how far a job is. Calling it may end the job: it raises `Cancelled` or `Stopped`, which the work lets through."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._written = 0.0

    def __call__(self, share: float | None = None, doing: str | None = None) -> None:
        """Say that `share` (0 to 1) is done, and what is being done now; None leaves either as it is."""
        if stopping.is_set():
            raise Stopped
        job = self._job
        fresh = doing is not None and doing != job.doing
        if share is not None:
            job.progress = min(max(share, 0.0), 1.0)
        if doing is not None:
            job.doing = doing[:200]
        now = time.monotonic()
        if fresh or now - self._written >= WRITTEN_EVERY_S:
            self._written = now
            update(job, progress=job.progress, doing=job.doing, heard_from=timezone.now())

    def say(self, text: str) -> None:
        """Put a line into the log of the job; the oldest go when there are too many."""
        self()
        _note(self._job, text)
        update(self._job, log=self._job.log, heard_from=timezone.now())


def update(job: Job, **values: Any) -> None:
    """Change the row of a job that this process runs. Raises `Cancelled` where it runs it no longer."""
    # `started` is of this run: a worker that was taken for dead must not change what another has begun.
    mine = Job.objects.filter(pk=job.pk, state="running", started=job.started)
    if not mine.update(**values):
        raise Cancelled


def run(job_id: UUID) -> bool:
    """Run a job to its end, if it waits and no other of its kind runs for the same account; whether it did."""
    job = _claimed(job_id)
    if job is None:
        return False
    kind = _kind(job.kind)
    told = log.bind(job=str(job.pk), kind=job.kind)
    try:
        with _heard_from(job):
            report = (kind.work if kind is not None else _unknown)(job, Progress(job))
        _end(job, "done", report=report, progress=1.0)
    except Cancelled:
        told.info("job_cancelled")
        _after(job)
    except Stopped:
        job.input["tries"] -= 1
        _again(job)
    except Busy as error:
        _later(job, str(error), str(error))
    except SegueError as error:
        _end(job, "failed", problem=str(error))
    except Exception as error:  # noqa: BLE001 (whatever it is, the job has an end, and the worker goes on)
        told.error("job_failed", problem=type(error).__name__, exc_info=True)
        if Job.objects.filter(pk=job.pk).exists():
            _later(job, _why(error), _given_up(job, f"the last time, {_why(error)}"))
        else:
            _after(job)
    return True


def _later(job: Job, why: str, given_up: str) -> None:
    """Have a job that failed tried again after a while, or end it where it was tried often enough."""
    tries = job.input["tries"]
    if tries >= MOST_TRIES:
        _end(job, "failed", problem=given_up)
        return
    wait = RETRIED_AFTER[tries - 1]
    minutes = wait // timedelta(minutes=1)
    _note(job, f"{why}; tried again in {minutes} minute{'' if minutes == 1 else 's'}")
    _again(job, "waits to be tried again", timezone.now() + wait)


def _why(error: Exception) -> str:
    """What went wrong, for the one whose job it is. The error's own words, which may name files and people, are for the log."""
    if isinstance(error, DatabaseError):
        return "the database could not be reached, or did not answer in time"
    if isinstance(error, MemoryError):
        return "there was not enough memory for it"
    if isinstance(error, OSError):
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        return (
            "there was no room left on the disk of the service"
            if full
            else "a file of the service could not be read or written"
        )
    return "there was an error in Segue itself"


def _given_up(job: Job, why: str) -> str:
    """Why a job is not tried any more, what of it stays, and what to do."""
    return (
        f"This was tried {MOST_TRIES} times; {why}. What was done until then stays, and nothing is done twice if you begin again."
        f" Whoever runs the service finds more in its log under {job.pk}."
    )


def _unknown(job: Job, progress: Progress) -> dict[str, Any]:
    raise SegueError(f"This version of Segue does not know jobs of the kind {job.kind!r}.")


def cancel(job: Job) -> bool:
    """Cancel a job that waits or runs; whether it did either."""
    cancelled = Job.objects.filter(pk=job.pk, state__in=("queued", "running")).update(
        state="cancelled", finished=timezone.now(), doing=""
    )
    if cancelled:
        _after(job)
    return bool(cancelled)


def recover(now: datetime | None = None) -> list[Job]:
    """Queue the jobs again whose worker has died, or end those that killed every worker; those that wait and may run now."""
    now = now or timezone.now()
    dead = Job.objects.filter(state="running", heard_from__lt=now - DEAD_AFTER)
    for job in dead:
        if job.input.get("tries", 0) < MOST_TRIES:
            dead.filter(pk=job.pk, started=job.started).update(state="queued", doing="")
        else:
            _end(
                job,
                "failed",
                problem=_given_up(job, "each time the process that did it died, perhaps of too little memory"),
            )
    waiting = Job.objects.filter(state="queued").exclude(not_before__gt=now).order_by("created")
    at_work = set(Job.objects.filter(state="running").values_list("kind", "user_id"))
    return [job for job in waiting if (job.kind, job.user_id) not in at_work]


def following(job: Job) -> Job | None:
    """The next job that waits for this one to end."""
    ready = _alike(job).filter(state="queued").exclude(not_before__gt=timezone.now())
    return ready.order_by("created").first()


def _alike(job: Job) -> QuerySet[Job]:
    """The jobs of its kind for the same account: one of them runs at a time."""
    return Job.objects.filter(Q(kind=job.kind) & Q(user_id=job.user_id))


def _claimed(job_id: UUID) -> Job | None:
    """The job, now running here; None where it does not wait, or another of its kind runs for the same account."""
    with transaction.atomic():
        job = Job.objects.filter(pk=job_id, state="queued").exclude(not_before__gt=timezone.now()).first()
        if job is None:
            return None
        # Locked in one order (SQLite has one writer anyhow): of two that are claimed at once, the second sees the first.
        rivals = _alike(job).select_for_update().filter(state__in=("queued", "running"))
        states = {rival.pk: rival.state for rival in rivals.order_by("pk")}
        if states.get(job.pk) != "queued" or "running" in states.values():
            return None
        job.state, job.started, job.heard_from, job.problem = "running", timezone.now(), timezone.now(), ""
        tries = job.input.get("tries", 0) + 1
        job.input = {**job.input, "tries": tries}
        _note(job, "began" if tries == 1 else f"began, for the {_ORDINALS.get(tries, f'{tries}th')} time")
        job.save(update_fields=["state", "started", "heard_from", "problem", "input", "log"])
    return job


def _note(job: Job, text: str) -> None:
    """A line in the log of a job, which is not saved yet."""
    job.log = [*job.log[1 - MOST_LINES :], [clock.now_ms(), " ".join(text.replace("\0", "").split())[:_LONGEST_LINE]]]


def _end(job: Job, state: str, **values: Any) -> None:
    if "problem" in values:
        values["problem"] = " ".join(values["problem"].split())[:_LONGEST_PROBLEM]
    _note(job, f"{state}: {values['problem']}" if "problem" in values else state)
    try:
        update(job, state=state, finished=timezone.now(), doing="", log=job.log, **values)
    except Cancelled:
        log.info("job_ended_elsewhere", job=str(job.pk))
    _after(job)


def _again(job: Job, doing: str = "", not_before: datetime | None = None) -> None:
    values = {"doing": doing, "not_before": not_before, "input": job.input, "log": job.log}
    try:
        update(job, state="queued", heard_from=timezone.now(), **values)
    except Cancelled:
        _after(job)


def _after(job: Job) -> None:
    kind = _kind(job.kind)
    if kind is not None and kind.after is not None:
        kind.after(job)


@contextmanager
def _heard_from(job: Job) -> Iterator[None]:
    """Says every few seconds that the job is being done."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(HEARD_EVERY_S):
            try:
                Job.objects.filter(pk=job.pk, state="running", started=job.started).update(heard_from=timezone.now())
            except DatabaseError as error:
                log.warning("job_not_heard", job=str(job.pk), problem=type(error).__name__)
            finally:
                connection.close()

    threading.Thread(target=beat, name="heard-from", daemon=True).start()
    try:
        yield
    finally:
        over.set()


def summary(job: Job) -> Mapping[str, Any]:
    """A job as its owner sees it."""
    return {
        "id": job.pk, "kind": job.kind, "state": job.state, "progress": round(job.progress, 3), "doing": job.doing,
        "report": job.report, "problem": job.problem, "created": job.created, "started": job.started, "finished": job.finished,
    }  # fmt: skip
