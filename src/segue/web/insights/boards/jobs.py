"""The jobs: what is done by itself, what goes on, how it went; and the snapshots that came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from segue.engine.snapshot import Manifest
from segue.errors import BadSnapshot, NotFound
from segue.web.accounts.staff import for_staff
from segue.web.insights.base import Entry
from segue.web.jobs import overview, queue, run, schedule
from segue.web.jobs.models import Job

ENTRY = Entry("staff_jobs", "Jobs", 70)
_LONGEST = 100


@dataclass(frozen=True)
class Run:
    """A job as it is shown: what it is called, how it stands in words, and how far it is in percent."""

    job: Job
    title: str
    sentence: str
    percent: int


@dataclass(frozen=True)
class Trained:
    """A snapshot as it is shown; `problem` where it cannot be used."""

    name: str
    in_use: bool
    manifest: Manifest | None
    problem: str = ""

    @property
    def sentence(self) -> str:
        """What it learned from, and how good it was."""
        if self.manifest is None:
            return self.problem
        counts, metrics = self.manifest.counts, self.manifest.metrics
        told = [
            f"{self.manifest.model} on {counts['listeners']:,} listeners and {counts['items']:,} {self.manifest.level}s"
        ]
        if "ndcg@20" in metrics:
            told.append(f"NDCG@20 {metrics['ndcg@20']:.4f} on a fifth of each history")
        if ndcg := metrics.get("held_out", {}).get("ndcg"):
            told.append(f"{ndcg['new']:.4f} on the latest days, popularity {ndcg['popularity']:.4f}")
        return "; ".join(told)


@for_staff
@require_safe
def jobs(request: HttpRequest) -> HttpResponse:
    """The page."""
    return render(request, "insights/jobs.html", {**_state(), "snapshots": _snapshots(), "places": _places()})


@for_staff
@require_safe
def state(request: HttpRequest) -> HttpResponse:
    """The part of the page that is asked for again and again."""
    return render(request, "insights/jobs_state.html", _state())


@for_staff
@require_safe
def one(request: HttpRequest, job: UUID) -> HttpResponse:
    """A run with its log; with `part=1`, only what changes while it goes on."""
    found = get_object_or_404(Job, pk=job)
    about = {"run": _shown(found), "lines": overview.lines(found), "over": _is_over(found), "numbers": _numbers(found)}
    template = "insights/job_state.html" if request.GET.get("part") == "1" else "insights/job.html"
    return render(request, template, {**about, "places": _places()})


@for_staff
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Do a kind of job now."""
    try:
        job = queue.start_now(request.POST.get("kind", "").replace("\0", "")[:_LONGEST], "the dashboard")
    except NotFound as error:
        raise Http404(str(error)) from error
    return redirect("staff_job", job.pk)


@for_staff
@require_POST
def cancel(request: HttpRequest, job: UUID) -> HttpResponse:
    """End a job that waits or runs."""
    found = get_object_or_404(Job, pk=job)
    if not run.cancel(found):
        messages.info(request, "It had ended already.")
    return redirect("staff_job", job)


@for_staff
@require_POST
def use(request: HttpRequest) -> HttpResponse:
    """Make a snapshot the one in use: back, or forward."""
    name = request.POST.get("name", "").replace("\0", "")[:_LONGEST]
    try:
        settings.HOME.snapshots.use(name)
        messages.success(request, f"Snapshot {name} is in use. Every process takes it up within a few seconds.")
    except BadSnapshot as error:
        messages.error(request, f"{error}.")
    return redirect("staff_jobs")


def _places() -> list[tuple[str, str]]:
    from segue.web.insights import views  # noqa: PLC0415 (it loads this module)

    return views.places()


def _state() -> dict[str, Any]:
    running = [_shown(job) for job in overview.running()]
    return {"kinds": overview.kinds(), "running": running, "ended": [_shown(job) for job in overview.ended()]}


def _shown(job: Job) -> Run:
    return Run(job, schedule.title_of(job.kind), overview.sentence(job), round(100 * job.progress))


def _is_over(job: Job) -> bool:
    return job.state not in {"queued", "running"}


def _numbers(job: Job) -> list[tuple[str, str]]:
    """What its report tells besides its words; of somebody's own, nothing."""
    if job.user_id is not None:
        return []
    told: list[tuple[str, str]] = []
    for name, value in job.report.items():
        if isinstance(value, bool):
            told.append((name, "yes" if value else "no"))
        elif isinstance(value, int | float | str) and name != "why":
            told.append((name, f"{value:,}" if isinstance(value, int | float) else value))
    return told


def _snapshots() -> list[Trained]:
    snapshots = settings.HOME.snapshots
    try:
        current = snapshots.current()
    except BadSnapshot:
        current = ""
    found = []
    for name in snapshots.names():
        try:
            found.append(Trained(name, name == current, snapshots.manifest(name)))
        except BadSnapshot as error:
            found.append(Trained(name, name == current, None, str(error)))
    return found


PATHS = [
    path("jobs/", jobs, name="staff_jobs"),
    path("jobs/state/", state, name="staff_jobs_state"),
    path("jobs/run/", start, name="staff_jobs_run"),
    path("jobs/use/", use, name="staff_jobs_use"),
    path("jobs/<uuid:job>/", one, name="staff_job"),
    path("jobs/<uuid:job>/cancel/", cancel, name="staff_job_cancel"),
]
