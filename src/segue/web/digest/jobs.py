"""The letters, every hour: in some time zone it may be Monday morning."""

from __future__ import annotations

from typing import Any

from segue.web.digest.sending import send_due
from segue.web.jobs.models import Job
from segue.web.jobs.run import Progress, register
from segue.web.jobs.schedule import every, scheduled

KIND = "digest"


@scheduled(KIND, title="Weekly letters", when=every(hours=1))
@register(KIND)
def digest(job: Job, progress: Progress) -> dict[str, Any]:
    """Send what is due. Begun again, it goes on where it was."""
    return send_due(progress, late=bool(job.input.get("late"))).as_dict()
