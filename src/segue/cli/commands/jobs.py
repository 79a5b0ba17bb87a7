"""`segue jobs`: the work that the service does for itself."""

from __future__ import annotations

import signal
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from segue.cli.context import HomeOption, JsonOption, answer, progress_console, say
from segue.errors import NotFound, SegueError
from segue.home import Home
from segue.web.setup import set_up

if TYPE_CHECKING:
    from segue.web.jobs.models import Job

group = typer.Typer(
    help="The work that the service does for itself: what, when, and how it went.", no_args_is_help=True
)
_ASKED_EVERY_S = 1.0


@group.command("list")
def list_jobs(home: HomeOption = None, json: JsonOption = None) -> None:
    """List what is done by itself: when, when next, and how it went the last time."""
    _set_up(home)
    from segue.web.jobs import overview  # noqa: PLC0415 - Django is set up by now

    found = overview.kinds()
    rows = [
        {"kind": one.kind, "title": one.title, "when": one.when, "next_ms": one.next_ms,
         "state": one.last and one.last.state, "id": one.last and str(one.last.pk), "sentence": one.sentence}
        for one in found
    ]  # fmt: skip
    if answer(rows, json):
        return
    for one in found:
        say(f"{one.kind:<18}{one.when:<26}next {_moment(one.next_ms):<18}{one.sentence}")


@group.command("run")
def run_job(
    kind: Annotated[str, typer.Argument(help="Which, as segue jobs list names it.")],
    wait: Annotated[bool, typer.Option("--wait", help="Wait until it is done; here, where no worker does it.")] = False,  # noqa: FBT002
    home: HomeOption = None,
    json: JsonOption = None,
) -> None:
    """Do a job now. One that waits or runs is not begun twice."""
    _set_up(home)
    from segue.web.jobs import overview, queue  # noqa: PLC0415 - Django is set up by now

    job = queue.start_now(kind, "segue jobs")
    if wait:
        _await(job)
        job.refresh_from_db()
        if job.state != "done":
            raise SegueError(job.problem or f"the job {job.pk} was {job.state}")
    if not answer({"id": str(job.pk), "kind": kind, "state": job.state, "report": job.report}, json):
        say(overview.sentence(job) if wait else f"{kind}: {job.state}; segue jobs log {job.pk}")


@group.command("log")
def log(
    job: Annotated[
        str,
        typer.Argument(help="Its id, as segue jobs list --json and the dashboard show it; or a kind: its last run."),
    ],
    home: HomeOption = None,
    json: JsonOption = None,
) -> None:
    """Show what a job wrote down."""
    _set_up(home)
    found = _found(job)
    if answer(
        {"id": str(found.pk), "kind": found.kind, "state": found.state, "log": found.log, "report": found.report}, json
    ):
        return
    for time_ms, text in found.log:
        say(f"{_moment(time_ms)}  {text}")
    say(f"{found.kind} {found.pk}: {found.state}{f', {found.progress:.0%}' if found.state == 'running' else ''}")


def _set_up(home: Any) -> None:
    set_up(Home.at(home))
    from segue.web.catalog import housekeeping  # noqa: PLC0415 - Django is set up by now

    housekeeping.must_be_up_to_date()


def _found(name: str) -> Job:
    from segue.web.jobs.models import Job  # noqa: PLC0415 - Django is set up by now

    try:
        found = Job.objects.filter(pk=UUID(name)).first()
    except ValueError:
        found = Job.objects.filter(kind=name, user=None).order_by("-created").first()
    if found is None:
        raise NotFound(f"there is no job {name!r}: segue jobs list shows what there is")
    return found


def _await(job: Job) -> None:
    """Do a job here, or wait for the worker that does it. Told to end, put it back into the queue."""
    from segue.web.jobs import run  # noqa: PLC0415 - Django is set up by now

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: run.stopping.set())
    last = ""
    while True:
        run.recover()
        run.run(job.pk)
        job.refresh_from_db()
        if job.state not in {"queued", "running"}:
            return
        if run.stopping.is_set():
            progress_console.print(f"segue: interrupted; the job {job.pk} is left to the workers", highlight=False)
            raise typer.Exit(130)
        if job.doing and job.doing != last:
            last = job.doing
            progress_console.print(f"{job.progress:.0%} {last}", highlight=False, markup=False)
        run.stopping.wait(_ASKED_EVERY_S)


def _moment(time_ms: int | None) -> str:
    return "-" if time_ms is None else f"{datetime.fromtimestamp(time_ms / 1000, UTC):%Y-%m-%d %H:%M}"
