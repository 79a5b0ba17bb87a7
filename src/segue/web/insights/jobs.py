"""The job of the dashboard: its numbers are made anew each hour in which anything happened."""

from __future__ import annotations

from typing import Any

from segue.web.jobs.models import Job
from segue.web.jobs.run import Progress, register
from segue.web.jobs.schedule import every, scheduled

ROLLUPS = "rollups"


@scheduled(ROLLUPS, title="Numbers of the dashboard", when=every(hours=1))
@register(ROLLUPS)
def make_rollups(job: Job, progress: Progress) -> dict[str, Any]:
    """Add up what was listened to, shown and said. Killed, it begins anew; what was there stays."""
    from segue.web.insights import rollups  # noqa: PLC0415 (polars is not loaded where no job is run)

    if not rollups.changed():
        return {"made": False, "why": "nothing happened since"}
    made = rollups.make(progress)
    return {"made": True, "listens": made.manifest["listens"], "seconds": made.manifest["seconds"]}
