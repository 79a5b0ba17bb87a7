"""The jobs of the service as those who run it see them: what is scheduled, how it went the last time, and what is going on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from segue.web import clock
from segue.web.jobs import schedule
from segue.web.jobs.models import Job

RUNS = 30


@dataclass(frozen=True)
class Kind:
    """A kind of job: `when` and `sentence` (how it went the last time) in words, `next_ms` when it is due next; its last run."""

    kind: str
    title: str
    when: str
    next_ms: int | None
    last: Job | None
    sentence: str

    @property
    def next(self) -> datetime | None:
        """When it is due next."""
        return None if self.next_ms is None else datetime.fromtimestamp(self.next_ms / 1000, UTC)

    @property
    def is_alive(self) -> bool:
        """Whether one waits or runs."""
        return self.last is not None and self.last.state in {"queued", "running"}


def kinds() -> list[Kind]:
    """What the service does for itself."""
    due = schedule.due_ms()
    found = []
    for one in schedule.all_scheduled():
        last = Job.objects.filter(kind=one.kind, user=None).defer("log").order_by("-created").first()
        when = "when asked for" if one.when is None else str(one.when)
        found.append(
            Kind(one.kind, one.title, when, due.get(one.kind), last, "never yet" if last is None else sentence(last))
        )
    return found


def running() -> list[Job]:
    """What waits or runs, for anybody, the oldest first."""
    return list(Job.objects.filter(state__in=("running", "queued")).defer("log").order_by("created")[:RUNS])


def ended() -> list[Job]:
    """What ended last."""
    over = Job.objects.filter(state__in=("done", "failed", "cancelled"))
    return list(over.defer("log").order_by("-created")[:RUNS])


def lines(job: Job) -> list[tuple[datetime, str]]:
    """The log of a job: when, and what."""
    return [(datetime.fromtimestamp(time_ms / 1000, UTC), text) for time_ms, text in job.log]


def sentence(job: Job) -> str:
    """How a job stands, in words: what it says of itself where it does, else its state and how long ago."""
    if job.state == "running":
        return f"runs, {job.progress:.0%}{f': {job.doing}' if job.doing else ''}"
    if job.state == "queued":
        return job.doing or "waits"
    if job.state == "failed":
        return f"failed: {job.problem}"
    ended = "cancelled" if job.state == "cancelled" else str(job.report.get("why") or _counted(job.report) or "done")
    return ended if job.finished is None else f"{ended}, {ago(job.finished)}"


def _counted(report: dict[str, Any]) -> str:
    """What a report counts."""
    numbers = {
        name: number
        for name, number in report.items()
        if isinstance(number, int) and not isinstance(number, bool) and number
    }
    return ", ".join(f"{number:,} {name}" for name, number in numbers.items())[:200]


def ago(moment: datetime) -> str:
    """How long ago a moment was: "just now", "12 minutes ago"."""
    minutes = int(clock.now_ms() / 1000 - moment.timestamp()) // 60
    for size, word in ((1440, "day"), (60, "hour"), (1, "minute")):
        if number := minutes // size:
            return f"{number} {word}{'' if number == 1 else 's'} ago"
    return "just now"
