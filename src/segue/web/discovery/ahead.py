"""Mixes of the week, made before anybody asks: kept in the database, so that whichever process is asked first finds them."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from functools import cache
from typing import Any

from django.conf import settings
from pydantic import TypeAdapter

import segue
from segue.errors import BadSnapshot
from segue.mixes.base import For, Mix
from segue.web import clock
from segue.web.discovery.models import MadeAhead
from segue.web.jobs.models import Job
from segue.web.jobs.run import Progress
from segue.web.listening.models import Listen, Listener

KIND = "weekly-mixes"
LISTENED_WITHIN = timedelta(weeks=4)
"""They are made for whoever listened so lately; others wait a moment when they come back."""
_FORGOTTEN_AFTER = timedelta(weeks=2)
_AT_ONCE = 200


def state_of(snapshot: str, plan: str, asked: For) -> str:
    """A hash of what mixes depend on: the snapshot, what an experiment changes, the listener as looked at, and the code."""
    return hashlib.sha256(
        repr((segue.__version__, snapshot, plan, asked)).encode("utf-8", "backslashreplace")
    ).hexdigest()


def found(listener: str, product: str, state: str) -> tuple[Mix, ...] | None:
    """The mixes of a product that were made for a listener, by key, in just this state of things; None where there are none."""
    row = (
        MadeAhead.objects.filter(listener__key=listener, product=product, state=state)
        .values_list("mixes", flat=True)
        .first()
    )
    return None if row is None else _as_mixes().validate_python(row)


def keep(listener_id: int, product: str, state: str, mixes: tuple[Mix, ...]) -> bool:
    """Keep what was made; False where it was there."""
    if MadeAhead.objects.filter(listener=listener_id, product=product, state=state).exists():
        return False
    made = {"state": state, "mixes": _as_mixes().dump_python(mixes, mode="json"), "made_ms": clock.now_ms()}
    MadeAhead.objects.update_or_create(listener_id=listener_id, product=product, defaults=made)
    return True


def make(progress: Progress) -> dict[str, Any]:
    """Make the mixes of the week for everybody with an account who listened of late. Killed, it goes on where it was."""
    from segue.web.discovery import mixes, serving  # noqa: PLC0415 (mixes look here for what was made)

    now_ms = clock.now_ms()
    since = now_ms - LISTENED_WITHIN // timedelta(milliseconds=1)
    listens = Listen.objects.filter(time_ms__gte=since, time_ms__lte=now_ms, listener__user__isnull=False)
    wanted = sorted(listens.values_list("listener", flat=True).distinct())
    anew = 0
    serving.kept().refresh()
    snapshot = serving.engine().manifest.name
    progress.say(f"mixes for {len(wanted):,} listeners, of {snapshot}")
    for start in range(0, len(wanted), _AT_ONCE):
        for place, listener in enumerate(Listener.objects.filter(pk__in=wanted[start : start + _AT_ONCE]), start):
            progress(place / len(wanted), f"listener {place + 1:,} of {len(wanted):,}")
            anew += mixes.make_ahead(listener)
            mixes.forget(listener.key)
    MadeAhead.objects.filter(made_ms__lt=now_ms - _FORGOTTEN_AFTER // timedelta(milliseconds=1)).delete()
    return {"listeners": len(wanted), "made": anew, "snapshot": snapshot}


def other_snapshot() -> str | None:
    """Why they should be made again, in words: another snapshot came into use since; None where none did, or there are none."""
    last = Job.objects.filter(kind=KIND, state="done").order_by("-created").values_list("report", flat=True).first()
    try:
        current = settings.HOME.snapshots.current()
    except BadSnapshot:
        return None
    return None if last is None or last.get("snapshot") == current else f"{current} is in use"


@cache
def _as_mixes() -> TypeAdapter[tuple[Mix, ...]]:
    return TypeAdapter(tuple[Mix, ...])
