"""Imports as their owner begins and follows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from segue import sources
from segue.errors import BadRequest, Busy
from segue.web import clock
from segue.web.accounts.models import User
from segue.web.jobs import queue, run
from segue.web.jobs.models import Job
from segue.web.listening import uploads
from segue.web.listening.jobs import LISTENING, SERVICE
from segue.web.listening.models import listener_of

MOST_WAITING = 5
WANTED = ("playlists", "likes")
"""What playlists of a file may become."""


def imports_of(user: User) -> QuerySet[Job]:
    """The imports that somebody began."""
    return Job.objects.filter(user=user, kind__in=(LISTENING, SERVICE))


def begin(
    user: User, chunks: Iterable[bytes], name: str, *,
    wanted: Sequence[str] = ("playlists",), listener: str | None = None, format_name: str | None = None,
    title: str | None = None, service: bool = False,
) -> Job:  # fmt: skip
    """Begin to import a file, for its owner's listener or (`service`) for all.

    Raises `Busy` in a private session, or where too many imports wait; `BadRequest` and `BadFile` for what cannot be.
    """
    if format_name is not None and format_name not in sources.readers():
        raise BadRequest(f"format must be one of {', '.join(sources.readers())}, not {format_name!r}")
    if not wanted or set(wanted) - set(WANTED):
        raise BadRequest(f"wanted must name {' or '.join(WANTED)}, or both")
    if not service and listener_of(user).is_private(clock.now_ms()):
        raise Busy(_("A private session goes on, in which nothing is recorded: end it, then import."))
    if imports_of(user).filter(state__in=("queued", "running")).count() >= MOST_WAITING:
        raise Busy(_("%s imports wait already: begin another when one of them is done.") % MOST_WAITING)
    about: dict[str, Any] = uploads.keep(chunks, name)
    about |= {"wanted": list(wanted), "listener": listener, "format": format_name, "title": title}
    return queue.start(SERVICE if service else LISTENING, user, about)


def begin_text(user: User, text: str, *, title: str | None = None, wanted: Sequence[str] = ("playlists",)) -> Job:
    """Begin to import pasted lines that name tracks, as "Artist - Title". Raises as `begin`."""
    called = (title or "").strip() or f"Pasted {datetime.now(UTC):%Y-%m-%d %H:%M}"
    return begin(user, [text.encode()], "pasted.txt", wanted=wanted, format_name="lines", title=called)


def import_of(user: User, job_id: UUID) -> Job | None:
    """One import of somebody's; None where it is not theirs."""
    return imports_of(user).filter(pk=job_id).first()


def cancel(job: Job) -> Job:
    """Cancel an import: what it has recorded stays. One that is over stays as it is."""
    run.cancel(job)
    job.refresh_from_db()
    return job
