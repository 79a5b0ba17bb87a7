"""How long a session lasts, and ending it. What is kept in it: when it began and was last used, in s since 1970 UTC."""

from __future__ import annotations

import json
import re
from importlib import import_module

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.contrib.sessions.models import Session
from django.utils import timezone

from segue.web.accounts.models import User

BEGAN, SEEN = "began", "seen"
NOTED_EVERY_S = 60


def begin(session: SessionBase) -> None:
    """Note that somebody signed in."""
    session[BEGAN] = session[SEEN] = timezone.now().timestamp()


def check(session: SessionBase) -> None:
    """End a session that was idle too long or is too old; else note, at most once a minute, that it is used."""
    if SESSION_KEY not in session:
        return
    now = timezone.now().timestamp()
    began, seen = session.get(BEGAN), session.get(SEEN)
    if began is None or seen is None:
        begin(session)
    elif now - seen > settings.SESSION_IDLE.total_seconds() or now - began > settings.SESSION_LONGEST.total_seconds():
        end(session)
    elif now - seen >= NOTED_EVERY_S:
        _note(session, now)


def _note(session: SessionBase, now: float) -> None:
    """Write it at once: at the end of the request it might undo what another request wrote meanwhile."""
    session[SEEN] = now
    try:
        session.save()
    except UpdateError:  # it was ended on another device just now
        session.flush()
        return
    session.modified = False
    UserSession.objects.filter(session_key=session.session_key).update(last_seen_at=timezone.now())


def end(session: SessionBase) -> None:
    """End this session."""
    UserSession.objects.filter(session_key=session.session_key).delete()
    session.flush()


def end_all(user: User, but: str | None = None) -> None:
    """End the sessions of somebody, on all devices but one."""
    for device in UserSession.objects.filter(user=user).exclude(session_key=but or ""):
        device.end()


def forget(user: User, names: re.Pattern[str]) -> None:
    """Delete every session of somebody: signed in, half signed in, or left over. `names` finds what else tells of them."""
    end_all(user)
    store = import_module(settings.SESSION_ENGINE).SessionStore
    theirs = []
    for row in Session.objects.iterator(chunk_size=500):
        held = row.get_decoded()
        if str(held.get(SESSION_KEY)) == str(user.pk) or names.search(json.dumps(held, ensure_ascii=False)):
            theirs.append(row.session_key)
    for key in theirs:
        store().delete(key)
