"""Listening that another service still has: fetched by the name one goes by there, as a job."""

from __future__ import annotations

import os

from django.utils.translation import gettext as _

from segue.errors import BadRequest, Busy
from segue.library.library import Library
from segue.sources.online import links
from segue.sources.online.settings import OnlineSettings
from segue.web import clock
from segue.web.accounts.models import User
from segue.web.jobs import queue
from segue.web.jobs.models import Job
from segue.web.listening.imports import MOST_WAITING, imports_of
from segue.web.listening.jobs import LISTENING
from segue.web.listening.models import listener_of

ADDRESSES = {"listenbrainz": "https://listenbrainz.org/user/{}", "lastfm": "https://www.last.fm/user/{}/library"}
TITLES = {"listenbrainz": "ListenBrainz", "lastfm": "Last.fm"}


def services() -> tuple[str, ...]:
    """The services that can be asked here: Last.fm wants a key, which whoever runs the service may have given."""
    has_key = bool(OnlineSettings.from_env(os.environ).lastfm_api_key)
    return ("listenbrainz", "lastfm") if has_key else ("listenbrainz",)


def begin(user: User, service: str, name: str) -> Job:
    """Begin to fetch what somebody of that name played last. Raises `BadRequest` for what cannot be, and `Busy`."""
    if service not in services():
        raise BadRequest(_("That service cannot be asked here."))
    called = name.strip()
    link = links.recognise(ADDRESSES[service].format(called)) if called and "/" not in called else None
    if link is None or (link.service, link.kind) != (service, "history"):
        raise BadRequest(
            _("%(name)s is not a name that %(service)s gives: write it as it stands on your page there.")
            % {"name": called[:40] or _("Nothing"), "service": TITLES[service]}
        )
    if listener_of(user).is_private(clock.now_ms()):
        raise Busy(_("A private session goes on, in which nothing is recorded: end it, then import."))
    if imports_of(user).filter(state__in=("queued", "running")).count() >= MOST_WAITING:
        raise Busy(_("%s imports wait already: begin another when one of them is done.") % MOST_WAITING)
    about = {"service": service, "of": link.id, "name": f"{TITLES[service]}: {link.id}", "wanted": ["playlists"]}
    return queue.start(LISTENING, user, about)


def fetched(service: str, of: str) -> Library:
    """What a service tells of somebody. Raises `SegueError` in words for whom it is."""
    link = links.understood(ADDRESSES[service].format(of))
    return links.fetch(link, OnlineSettings.from_env(os.environ))
