"""What is cleared away each night: what was kept long enough, what nobody waits for, and snapshots that are out of use for long."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Model, QuerySet
from django.utils import timezone

from segue.errors import BadSnapshot
from segue.web import clock
from segue.web.api import idempotency
from segue.web.discovery.models import Exposure
from segue.web.jobs.models import Job
from segue.web.jobs.run import Progress
from segue.web.listening import uploads
from segue.web.listening.models import Search

_AT_ONCE, _LOOKED_UP = 500, 20_000
_DAY_MS = 86_400_000
_SETTLED_S = 86_400
"""A snapshot that was made within a day may be just about to be used."""


def _old_exposures(days: int) -> QuerySet[Any]:
    return Exposure.objects.filter(shown_ms__lt=clock.now_ms() - days * _DAY_MS)


def _old_searches(days: int) -> QuerySet[Any]:
    return Search.objects.filter(time_ms__lt=clock.now_ms() - days * _DAY_MS)


def _old_jobs(days: int) -> QuerySet[Any]:
    ended = Job.objects.filter(state__in=("done", "failed", "cancelled"))
    return ended.filter(finished__lt=timezone.now() - timedelta(days=days))


KEPT = {
    "exposures": ("KEEP_EXPOSURES_DAYS", _old_exposures),
    "searches": ("KEEP_SEARCHES_DAYS", _old_searches),
    "jobs": ("KEEP_JOBS_DAYS", _old_jobs),
}
"""Rows that are kept for a while, by table: the setting that says for how many days (0: for ever), and those that are older."""


def days_kept() -> dict[str, int]:
    """For how many days rows are kept, by table; those that are kept for ever are left out."""
    return {name: days for name, (setting, _) in KEPT.items() if (days := getattr(settings, setting))}


def clean(progress: Progress) -> dict[str, Any]:
    """Clear away; how much of what. Whatever is cleared twice is cleared once."""
    report: dict[str, Any] = {}
    kept = days_kept()
    for place, (name, (_, old)) in enumerate(KEPT.items()):
        progress(place / (len(KEPT) + 1), name)
        report[name] = _delete(old(kept[name]), progress) if name in kept else 0
    progress(len(KEPT) / (len(KEPT) + 1), "sessions, uploads, snapshots")
    report |= {
        "sessions": Session.objects.filter(expire_date__lt=timezone.now()).delete()[0],
        "devices": UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()[0],
        "answers": idempotency.forget_old(),
        "uploads": uploads.sweep(),
        "snapshots": old_snapshots(settings.KEEP_SNAPSHOTS),
    }
    gone = ", ".join(f"{number:,} {name}" for name, number in report.items() if number)
    progress.say(f"gone: {gone}" if gone else "there was nothing to clear away")
    return report


def old_snapshots(keep: int) -> int:
    """Delete all but so many of the newest snapshots; never the one in use, nor one of the last day. How many (keep 0: none)."""
    snapshots = settings.HOME.snapshots
    try:
        current = snapshots.current()
    except BadSnapshot:
        return 0
    gone = 0
    for name in snapshots.names()[keep:] if keep else ():
        path = snapshots.path(name)
        if name != current and time.time() - path.stat().st_mtime > _SETTLED_S:
            shutil.rmtree(path, ignore_errors=True)
            gone += 1
    return gone


def _delete(rows: QuerySet[Any], progress: Progress) -> int:
    """Delete rows a few at a time, so that others write in between."""
    gone = 0
    for keys in _parts(rows):
        rows.model._default_manager.filter(pk__in=keys).delete()
        gone += len(keys)
        progress(doing=f"{gone:,} {rows.model._meta.verbose_name_plural} gone")
    return gone


def _parts(rows: QuerySet[Model]) -> Iterator[list[Any]]:
    while found := list(rows.values_list("pk", flat=True)[:_LOOKED_UP]):
        for start in range(0, len(found), _AT_ONCE):
            yield found[start : start + _AT_ONCE]
