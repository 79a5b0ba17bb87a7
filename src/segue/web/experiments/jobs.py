"""Every hour: what experiments say, and the end of one whose guardrail says that it harms."""

from __future__ import annotations

from typing import Any

from segue.errors import BadRequest
from segue.web import clock
from segue.web.experiments import deciding
from segue.web.experiments.analysis import analyse
from segue.web.experiments.measuring import DAY_MS
from segue.web.experiments.models import RUNNING, Experiment
from segue.web.jobs.models import Job
from segue.web.jobs.run import Progress, register
from segue.web.jobs.schedule import every, scheduled


@scheduled("experiments", title="Experiments", when=every(hours=1))
@register("experiments")
def look(job: Job, progress: Progress) -> dict[str, Any]:
    """Look at every experiment that runs, or of which not everything is measured yet."""
    return look_at_all(progress)


def look_at_all(progress: Any = lambda _share, _doing: None) -> dict[str, Any]:
    """The same, here and now. What it finds depends on the clock and the database alone: begun again, nothing is done twice."""
    now_ms = clock.now_ms()
    rows = [one for one in Experiment.objects.exclude(started_ms=None).order_by("pk") if _is_open(one, now_ms)]
    said: dict[str, Any] = {}
    for place, row in enumerate(rows):
        progress(place / len(rows), row.name)
        found = analyse(row, now_ms)
        said[row.name] = found["verdicts"][0]["sentence"]
        if row.state == RUNNING and (why := next((one for one in found["verdicts"] if one["harms"]), None)):
            try:
                deciding.stop(row, None, f"{why['variant']}: {why['sentence']}")
            except BadRequest:
                continue  # somebody ended it meanwhile
    return {"experiments": said}


def _is_open(row: Experiment, now_ms: int) -> bool:
    """Whether there may be more to measure: who was in the middle at the end comes back, or not, one window later."""
    return row.ended_ms is None or now_ms < row.ended_ms + 2 * row.window_days * DAY_MS
