"""The queue of jobs: what wakes workers. It holds ids only; what a job is, and how far, its row says (`run.py`)."""

from __future__ import annotations

import json
import threading
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import close_old_connections, connection, transaction
from huey import Huey, RedisHuey, SqliteHuey
from huey.consumer import Consumer
from huey.registry import Message
from huey.serializer import Serializer

from segue.web.accounts.models import User
from segue.web.jobs import run, schedule
from segue.web.jobs.models import Job

log = structlog.get_logger()
_LOOKED_EVERY_S = 10.0


class _Json(Serializer):
    """Messages as JSON: reading a queue must not be able to run code."""

    def _serialize(self, data: Any) -> bytes:
        return json.dumps(data).encode()

    def _deserialize(self, data: bytes) -> Any:
        fields = json.loads(bytes(data))
        return Message(*fields) if isinstance(fields, list) else fields


def huey() -> Huey:
    """The queue: in Redis where there is one, else in a file of the home. Made when first asked for."""
    return _made(settings.REDIS_URL, settings.HOME.path / "jobs.sqlite")


@lru_cache(maxsize=4)
def _made(url: str, file: Path) -> Huey:
    about: dict[str, Any] = {"name": "segue", "results": False, "serializer": _Json()}
    made = RedisHuey(url=url, **about) if url else SqliteHuey(filename=str(file), timeout=20, **about)
    made.task(name="run")(_run)
    return made


def _run(job_id: str) -> None:
    _close_old_connections()
    try:
        if run.run(UUID(job_id)):
            job = Job.objects.filter(pk=job_id).first()
            if job is not None and not run.stopping.is_set() and (following := run.following(job)) is not None:
                _send(following)
    finally:
        _close_old_connections()


def _close_old_connections() -> None:
    """Each job begins with a connection that works; within a transaction, it is the one there is."""
    if not connection.in_atomic_block:
        close_old_connections()


def start(kind: str, user: User | None, work: dict[str, Any]) -> Job:
    """A new job for an account (None: for the service), queued when the transaction is done."""
    job = Job.objects.create(kind=kind, user=user, input=work)
    enqueue(job)
    return job


def start_now(kind: str, by: str) -> Job:
    """The job of a kind that the service does for itself: the one that waits or runs, or a new one, as `by` asks for it.

    Raises `NotFound` for a kind that it does not do for itself.
    """
    job, new = schedule.ask_for(kind, by)
    if new:
        enqueue(job)
    return job


def enqueue(job: Job) -> None:
    """Wake a worker for a job when the transaction is done. Where the queue cannot be reached, workers find it a little later."""
    transaction.on_commit(lambda: _send(job))


def _send(job: Job) -> None:
    made = huey()
    task = made._registry.string_to_task(f"{__name__}.run")
    try:
        made.enqueue(task((str(job.pk),)))
    except Exception as error:  # noqa: BLE001 (the row is what counts)
        log.warning("queue_unreachable", job=str(job.pk), problem=type(error).__name__)


# -- what workers do -----------------------------------------------------------------------------------------------------


def look_around() -> None:
    """Take up what dead workers left, queue what was lost on the way, and what is due."""
    for job in schedule.make_due():
        enqueue(job)
    waiting = run.recover()
    if waiting and not huey().storage.queue_size():
        for job in waiting:
            _send(job)


def drain() -> int:
    """Do everything that waits, here and now; how many jobs were done."""
    huey().storage.flush_queue()  # rows say what waits; messages only wake
    done = 0
    while waiting := [job for job in run.recover() if run.run(job.pk)]:
        done += len(waiting)
    return done


def work(threads: int) -> None:
    """Do jobs as they come, until SIGTERM or Ctrl-C: then those at work stop at their next step, and are queued again."""
    consumer = _Consumer(huey(), workers=threads, periodic=False, max_delay=1.0, graceful_signal="TERM")
    threading.Thread(target=_look_around_often, args=(consumer.stop_flag,), name="look-around", daemon=True).start()
    consumer.run()


class _Consumer(Consumer):
    def stop(self, graceful: bool = False) -> None:  # noqa: FBT001, FBT002
        """Tell jobs to stop, and wait until they have."""
        run.stopping.set()
        super().stop(graceful=True)


def _look_around_often(over: threading.Event) -> None:
    while True:
        close_old_connections()
        try:
            look_around()
        except Exception:
            log.error("look_around_failed", exc_info=True)
        if over.wait(_LOOKED_EVERY_S):
            return
