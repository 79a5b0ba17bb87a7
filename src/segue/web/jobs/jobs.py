"""The jobs that keep the house: what is old goes, and new music of the folders comes."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from segue.web.jobs import cleaning, rescanning
from segue.web.jobs.models import Job
from segue.web.jobs.run import Progress, register
from segue.web.jobs.schedule import daily, scheduled


@scheduled("clean-up", title="Clear away what is old", when=daily(hour=4))
@register("clean-up")
def clean_up(job: Job, progress: Progress) -> dict[str, Any]:
    """What was kept long enough goes."""
    return cleaning.clean(progress)


@scheduled("rescan", title="Look for new music in the folders", when=daily(hour=2) if settings.MUSIC_FOLDERS else None)
@register("rescan")
def rescan(job: Job, progress: Progress) -> dict[str, Any]:
    """Music files that are new, changed or gone, into the library and the catalogue."""
    return rescanning.rescan(progress)
