"""The job of the dashboard: its numbers are made anew each hour in which anything happened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.db import connection, connections

from segue.web.jobs.models import Job
from segue.web.jobs.run import Progress, register
from segue.web.jobs.schedule import every, scheduled

ROLLUPS = "rollups"
DETAILS = "details"


@scheduled(ROLLUPS, title="Numbers of the dashboard", when=every(hours=1))
@register(ROLLUPS)
def make_rollups(job: Job, progress: Progress) -> dict[str, Any]:
    """Add up what was listened to, shown and said. Killed, it begins anew; what was there stays."""
    from segue.web.insights import rollups  # noqa: PLC0415 (polars is not loaded where no job is run)

    if not rollups.changed():
        rollups.forget_old()
        return {"made": False, "why": "nothing happened since"}
    with _told_beside(progress) as say:
        made = rollups.make(say)
    return {"made": True, "listens": made.manifest["listens"], "seconds": made.manifest["seconds"]}


@contextmanager
def _told_beside(progress: Progress) -> Iterator[Callable[[float, str], None]]:
    """Tells how far it is on a connection of its own.

    Ours reads at one moment meanwhile: PostgreSQL lets it write nothing, and a write of it would keep all others from SQLite.
    """
    if connection.in_atomic_block:
        yield progress
        return
    with ThreadPoolExecutor(1) as beside:
        try:
            yield lambda share, doing: beside.submit(progress, share, doing).result()
        finally:
            beside.submit(connections.close_all).result()


def _details_lack_rollups() -> str | None:
    from segue.web.insights import rollups  # noqa: PLC0415
    from segue.web.insights.nightly import details  # noqa: PLC0415

    made = details.current()
    if made is None or made.with_rollups or rollups.current() is None:
        return None
    return "there are rollups now, and there were none the last time"


@scheduled(DETAILS, title="Details for the dashboard", when=every(hours=24), sooner=_details_lack_rollups)
@register(DETAILS)
def make_details(job: Job, progress: Progress) -> dict[str, Any]:
    """Words, problems of the catalogue, what was shown and why, and quality for whom. Killed, it begins anew."""
    from segue.web.insights.nightly import details, exposed, problems, quality, starts, words  # noqa: PLC0415

    parts = {
        "catalogue": problems.catalogue, "words": words.words, "exposed": exposed.exposed, "starts": starts.starts,
        "quality": quality.quality,
    }  # fmt: skip
    return {"rows": details.make(parts, progress)}
