"""The jobs of discovery: training anew, and mixes made ahead."""

from __future__ import annotations

from typing import Any

from segue.web.discovery import ahead
from segue.web.jobs.models import Job
from segue.web.jobs.run import Progress, register
from segue.web.jobs.schedule import daily, scheduled, weekly
from segue.web.training import beside


@scheduled(beside.KIND, title="Train the models anew", when=daily(hour=3), sooner=beside.enough_is_new)
@register(beside.KIND, after=lambda _: beside.clear())
def retrain(job: Job, progress: Progress) -> dict[str, Any]:
    """A new snapshot of what is in the database, published where it is no step back."""
    return beside.retrain(progress)


@scheduled(ahead.KIND, title="Mixes of the week", when=weekly(weekday=0, hour=0, minute=5), sooner=ahead.other_snapshot)
@register(ahead.KIND)
def make_weekly_mixes(job: Job, progress: Progress) -> dict[str, Any]:
    """Discover Weekly and the others, before anybody asks."""
    return ahead.make(progress)
